"""Writes ../ChainReference.swift: linear-Gaussian chains as one dense joint Gaussian, by mpmath.

Needs mpmath. Run as: python3 special_chain.py > ../ChainReference.swift
Gradients are central differences with a step of 1e-25 at 75 digits: exact to double precision.
"""

import random

from mpmath import mp, mpf, matrix

mp.dps = 75
NAMES = "m0 p0 a b q c d r y mask".split()


def shapes(s, m):
    return [(s,), (s, s), (s, s), (s,), (s, s), (m, s), (m,), (m,), (m,), (m,)]


def size(shape):
    return shape[0] * (shape[1] if len(shape) == 2 else 1)


def at(values, shape, t):
    """Row t of a flat input, which is row-free if it has the size of one."""
    width = size(shape)
    start = 0 if len(values) == width else t * width
    part = [mpf(v) for v in values[start:start + width]]
    if len(shape) == 1:
        return matrix(part)
    return matrix([part[i * shape[1]:(i + 1) * shape[1]] for i in range(shape[0])])


def dense(n, s, m, inputs, smooth=False):
    """Log likelihood and, if asked, smoothed means and covariances."""
    m0, p0, a, b, q, c, d, r, y, mask = [
        [at(v, shape, t) for t in range(n)] for v, shape in zip(inputs, shapes(s, m))]
    mean, cov = [m0[0]], {(0, 0): (p0[0] + p0[0].T) / 2}
    for t in range(1, n):
        mean.append(a[t] * mean[-1] + b[t])
        for u in range(t):
            cov[t, u] = a[t] * cov[t - 1, u]
            cov[u, t] = cov[t, u].T
        cov[t, t] = a[t] * cov[t - 1, t - 1] * a[t].T + (q[t] + q[t].T) / 2
    seen = [(t, i) for t in range(n) for i in range(m) if mask[t][i] != 0]
    count = len(seen)
    k, e = matrix(count, count), matrix(count, 1)
    for p, (t, i) in enumerate(seen):
        e[p] = y[t][i] - (c[t][i, :] * mean[t])[0] - d[t][i]
        for o, (u, j) in enumerate(seen[:p + 1]):
            k[p, o] = (c[t][i, :] * cov[t, u] * c[u][j, :].T)[0] + (r[t][i] if p == o else 0)
            k[o, p] = k[p, o]
    root = mp.cholesky(k)
    z = mp.lu_solve(k, e)
    value = -(e.T * z)[0] / 2 - sum(mp.log(root[i, i]) for i in range(count))
    value -= count * mp.log(2 * mp.pi) / 2
    if not smooth:
        return value
    inverse, rows = mp.inverse(k), []
    for t in range(n):
        h = matrix(s, count)
        for p, (u, j) in enumerate(seen):
            h[:, p] = cov[t, u] * c[u][j, :].T
        posterior = cov[t, t] - h * inverse * h.T
        centre = mean[t] + h * z
        rows += [centre[i] for i in range(s)]
        rows += [posterior[i, j] for i in range(s) for j in range(s)]
    return value, rows


def gradient(n, s, m, inputs):
    """Packed as the kernel does if inputs are on rows; for row-free inputs one total each."""
    step = mpf(10) ** -25
    out = []
    for index in range(9):
        values = inputs[index]
        part = []
        for e in range(len(values)):
            shifted = []
            for sign in (1, -1):
                copy = [mpf(v) for v in values]
                copy[e] += sign * step
                shifted.append(dense(n, s, m, inputs[:index] + [copy] + inputs[index + 1:]))
            part.append((shifted[0] - shifted[1]) / (2 * step))
        out.append(part)
    return out


def literal(values):
    return "[" + ", ".join(repr(float(v)) for v in values) + "]"


def case(name, n, s, m, inputs, gradients=True):
    value, rows = dense(n, s, m, inputs, smooth=True)
    print(f"    GaussianChainCase(\n      name: \"{name}\", rows: {n}, states: {s}, observations: {m},")
    print("      inputs: [\n        " + ",\n        ".join(literal(v) for v in inputs) + ",\n      ],")
    print(f"      logLikelihood: {float(value)!r},")
    parts = gradient(n, s, m, inputs) if gradients else []
    print("      gradients: [\n        " + ",\n        ".join(literal(v) for v in parts) + "\n      ],")
    print("      smoothed: " + literal(rows) + "),")


rng = random.Random(20260102)


def normal(count, scale=1.0):
    return [rng.gauss(0, scale) for _ in range(count)]


def spd(s):
    g = normal(s * s)
    return [sum(g[i * s + k] * g[j * s + k] for k in range(s)) + (0.2 if i == j else 0)
            for i in range(s) for j in range(s)]


def spread(n, make):
    return [v for _ in range(n) for v in make()]


print("// Written by Reference/special_chain.py; do not edit.\n")
print("""/// Inputs in kernel order, row-free where they have the size of one row; gradients of the log
/// likelihood in their shapes; smoothed means and covariances by row.
struct GaussianChainCase: Sendable {
  var name: String
  var rows, states, observations: Int
  var inputs: [[Double]]
  var logLikelihood: Double
  var gradients: [[Double]]
  var smoothed: [Double]
}

extension GaussianChainCase {
  static let references: [GaussianChainCase] = [""")

n, s, m = 4, 2, 2
case("everything by row, two values missing", n, s, m, [
    spread(n, lambda: normal(s)), spread(n, lambda: spd(s)), spread(n, lambda: normal(s * s)),
    spread(n, lambda: normal(s)), spread(n, lambda: spd(s)), spread(n, lambda: normal(m * s)),
    spread(n, lambda: normal(m)), [rng.uniform(0.1, 2) for _ in range(n * m)], normal(n * m),
    [1, 1, 0, 1, 1, 1, 1, 0]])

n = 8
case("AR(2) in companion form: singular Q and P0, no noise, gaps", n, 2, 1, [
    [0.3, 0.3], [1, 1, 1, 1], [0.6, 0.3, 1, 0], [0.1, 0], [0.5, 0, 0, 0], [1, 0], [0.2], [0.0],
    normal(n), [1, 1, 1, 0, 1, 1, 0, 1]])

n = 6
case("rank-one Q over three states", n, 3, 2, [
    normal(3), spd(3), normal(9, 0.5), normal(3), [4, 2, -6, 2, 1, -3, -6, -3, 9], normal(6),
    normal(2), [0.5, 0.0], normal(2 * n), [1] * (2 * n)])

n = 40
walk = [100 + v for v in normal(n)]
case("local level, drift over noise 1e-10", n, 1, 1, [
    [0], [1e6], [1], [0], [1e-10], [1], [0], [1], walk, [1] * n])
n = 12
case("local level, prior variance 1e12", n, 1, 1, [
    [0], [1e12], [1], [0], [0.5], [1], [0], [2.0], normal(n, 5), [1] * n])
case("local linear trend, prior variance 1e12", n, 2, 1, [
    [0, 0], [1e12, 0, 0, 1e12], [1, 1, 0, 1], [0, 0], [0.3, 0, 0, 0.01], [1, 0], [0], [1.0],
    [0.3 * t + v for t, v in enumerate(normal(n))], [1] * n])
print("  ]\n}")
