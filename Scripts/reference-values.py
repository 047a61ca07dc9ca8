#!/usr/bin/env python3
"""Log likelihoods that the tests of the bundled models compare with, where no other package is quoted.

Needs nothing but Python. Each model is maximised by a plain EM or a simplex search written for it
alone; nothing is shared with lvmc.
"""
import csv, math, os, random

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "models", "data")


def read(name):
    with open(os.path.join(here, name)) as file:
        return list(csv.DictReader(file))


def simplex_search(f, start, step=0.3, iterations=4000):
    """Nelder and Mead's method; minimises f."""
    n = len(start)
    points = [list(start)] + [[x + (step if i == j else 0) for j, x in enumerate(start)] for i in range(n)]
    points = sorted((f(p), p) for p in points)
    for _ in range(iterations):
        centre = [sum(p[i] for _, p in points[:-1]) / n for i in range(n)]
        worst, point = points[-1]
        move = lambda t: [c + t * (x - c) for c, x in zip(centre, point)]
        reflected = move(-1.0)
        value = f(reflected)
        if value < points[0][0]:
            further = move(-2.0)
            other = f(further)
            points[-1] = (other, further) if other < value else (value, reflected)
        elif value < points[-2][0]:
            points[-1] = (value, reflected)
        else:
            inner = move(0.5 if value >= worst else -0.5)
            other = f(inner)
            if other < min(worst, value):
                points[-1] = (other, inner)
            else:
                best = points[0][1]
                points = points[:1] + [(f(q), q) for q in
                                       ([b + 0.5 * (x - b) for b, x in zip(best, p)] for _, p in points[1:])]
        points.sort(key=lambda item: item[0])
        if points[-1][0] - points[0][0] < 1e-13:
            break
    return points[0]


def random_intercept():
    groups = {}
    for row in read("orthodont.csv"):
        groups.setdefault(row["subject"], []).append((float(row["age"]), float(row["distance"])))

    def loss(p):
        a, b, tau, sigma = p[0], p[1], math.exp(p[2]), math.exp(p[3])
        total = 0.0
        for rows in groups.values():
            # Covariance sigma² I + tau² 11ᵀ: Sherman and Morrison.
            r = [y - a - b * x for x, y in rows]
            n = len(r)
            determinant = (n - 1) * 2 * math.log(sigma) + math.log(sigma**2 + n * tau**2)
            square = sum(e * e for e in r) / sigma**2
            square -= tau**2 / (sigma**2 * (sigma**2 + n * tau**2)) * sum(r) ** 2
            total += 0.5 * (n * math.log(2 * math.pi) + determinant + square)
        return total

    best = simplex_search(loss, [17, 0.6, 0.7, 0.3])
    best = simplex_search(loss, best[1], 0.05)
    return -best[0]


def gamma_poisson():
    groups = {}
    for row in read("prussian.csv"):
        groups.setdefault(row["corps"], []).append(int(row["deaths"]))

    def loss(p):
        shape, rate = math.exp(p[0]), math.exp(p[1])
        total = 0.0
        for x in groups.values():
            s, n = sum(x), len(x)
            total -= math.lgamma(shape + s) - math.lgamma(shape) + shape * math.log(rate)
            total += (shape + s) * math.log(rate + n) + sum(math.lgamma(v + 1) for v in x)
        return total

    best = simplex_search(loss, [1, 1])
    return -simplex_search(loss, best[1], 0.01)[0]


def mixture(rows, log_density, maximise, parts, starts):
    """EM with log densities per component, best of several random starts; collapsed ones are left out."""
    best = -math.inf
    for start in range(starts):
        random.seed(start)
        weights = [[random.random() ** 3 + 1e-3 for _ in range(parts)] for _ in rows]
        weights = [[v / sum(w) for v in w] for w in weights]
        last = -math.inf
        for _ in range(5000):
            share = [sum(w[k] for w in weights) / len(rows) for k in range(parts)]
            parameters = [maximise(rows, [w[k] for w in weights]) for k in range(parts)]
            if None in parameters:
                total = -math.inf
                break
            total, weights = 0.0, []
            for row in rows:
                logs = [math.log(max(share[k], 1e-300)) + log_density(row, parameters[k]) for k in range(parts)]
                top = max(logs)
                z = sum(math.exp(v - top) for v in logs)
                total += top + math.log(z)
                weights.append([math.exp(v - top) / z for v in logs])
            if total - last < 1e-12 * abs(total):
                break
            last = total
        best = max(best, total)
    return best


def poisson_mixture():
    rows = [int(row["deaths"]) for row in read("prussian.csv")]
    return mixture(
        rows, lambda x, rate: x * math.log(rate) - rate - math.lgamma(x + 1),
        lambda rows, w: max(1e-12, sum(a * b for a, b in zip(rows, w)) / sum(w)), 2, 5)


def mixed_type_mixture():
    rows = [(float(r["Sepal.Length"]), float(r["Sepal.Width"]), r["species"]) for r in read("iris.csv")]

    def maximise(rows, w):
        total = sum(w)
        means = [sum(a * r[j] for a, r in zip(w, rows)) / total for j in (0, 1)]
        variances = [sum(a * (r[j] - means[j]) ** 2 for a, r in zip(w, rows)) / total for j in (0, 1)]
        if min(variances) < 1e-3:
            return None
        label = {s: sum(a for a, r in zip(w, rows) if r[2] == s) / total for s in "123"}
        return means, variances, label

    def log_density(row, p):
        means, variances, label = p
        value = math.log(max(label[row[2]], 1e-300))
        for j in (0, 1):
            value -= 0.5 * math.log(2 * math.pi * variances[j])
            value -= 0.5 * (row[j] - means[j]) ** 2 / variances[j]
        return value

    return mixture(rows, log_density, maximise, 3, 60)


def item_response():
    patterns = {}
    for row in read("lsat6.csv"):
        key = tuple(int(row[f"Q{j}"]) for j in range(1, 6))
        patterns[key] = patterns.get(key, 0) + 1
    # The trapezoidal rule on a fine grid: its error for these integrands is far below 1e-10.
    grid = [-9 + 0.15 * i for i in range(121)]
    weight = [0.15 * math.exp(-0.5 * t * t) / math.sqrt(2 * math.pi) for t in grid]

    def loss(p):
        right = [[1 / (1 + math.exp(-(math.exp(p[j]) * t - p[5 + j]))) for j in range(5)] for t in grid]
        total = 0.0
        for key, count in patterns.items():
            value = 0.0
            for w, r in zip(weight, right):
                for j in range(5):
                    w *= r[j] if key[j] else 1 - r[j]
                value += w
            total -= count * math.log(value)
        return total

    best = simplex_search(loss, [-0.3] * 5 + [-2.7, -1, -0.2, -1.3, -2.1], 0.1)
    for _ in range(3):
        best = simplex_search(loss, best[1], 0.02)
    return -best[0]


def random_effects():
    groups = {}
    for row in read("prussian.csv"):
        groups.setdefault(row["corps"], []).append((float(row["year"]), int(row["deaths"])))
    grid = [-9 + 0.1 * i for i in range(181)]

    def loss(p):
        level, trend, between = p[0], p[1], math.exp(p[2])
        total = 0.0
        for rows in groups.values():
            fixed = [level + trend * (year - 84.5) / 10 for year, _ in rows]
            mean = sum(math.exp(f) for f in fixed)
            deaths = sum(y for _, y in rows)
            base = sum(y * f - math.lgamma(y + 1) for (_, y), f in zip(rows, fixed))
            logs = [deaths * between * z - mean * math.exp(between * z) - 0.5 * z * z for z in grid]
            top = max(logs)
            value = sum(math.exp(v - top) for v in logs) * 0.1 / math.sqrt(2 * math.pi)
            total -= base + top + math.log(value)
        return total

    best = simplex_search(loss, [-0.4, 0.1, -1.0])
    return -simplex_search(loss, best[1], 0.02)[0]


for f in (random_intercept, gamma_poisson, poisson_mixture, mixed_type_mixture, item_response,
          random_effects):
    print(f"{f.__name__.replace('_', '-')} {f():.6f}")
