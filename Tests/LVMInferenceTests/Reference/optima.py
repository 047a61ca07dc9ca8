"""Optima that FitOptimaTests compares with: scipy's linear programme, and EM from 40 random starts."""

import csv
import math
import pathlib

import numpy as np
from scipy.optimize import linprog
from scipy.special import gammaln, logsumexp

DATA = pathlib.Path(__file__).parents[3] / "models" / "data"


def least_absolute_deviations():
    rows = list(csv.DictReader(open(DATA / "iris.csv")))
    y = np.array([float(r["Sepal.Length"]) for r in rows])
    names = ("Sepal.Width", "Petal.Length", "Petal.Width")
    x = np.array([[1.0] + [float(r[n]) for n in names] for r in rows])
    n, d = x.shape
    cost = np.r_[np.zeros(d), np.ones(2 * n)]
    equal = np.c_[x, np.eye(n), -np.eye(n)]
    bounds = [(None, None)] * d + [(0, None)] * (2 * n)
    found = linprog(cost, A_eq=equal, b_eq=y, bounds=bounds, method="highs")
    print("Laplace regression:", -n * math.log(2 * found.fun / n) - n)


def poisson_table():
    n = 240
    x, t, y = [], [], []
    lines = [(1.0, 0.8), (1.0, -0.8), (2.2, 0.1), (-0.5, 0.2)]
    for i in range(n):
        x.append(-2 + 4 * i / (n - 1))
        t.append(1 + (i * 5 % 7) / 2)
        a, b = lines[(i * i + i // 3) % 4]
        rate = t[i] * math.exp(a + b * x[i])
        y.append(max(0.0, math.floor(rate + math.sqrt(2 * rate) * math.sin(12.9898 * i) + 0.5)))
    return np.array(x), np.array(t), np.array(y)


def poisson_regressions(starts=40, k=4):
    x, t, y = poisson_table()
    rng = np.random.default_rng(0)
    n = len(y)
    f = np.stack([np.ones(n), x], 1)
    offset = np.log(t)[:, None]
    values = []
    for _ in range(starts):
        b = np.c_[rng.normal(1, 1, k), rng.normal(0, 0.7, k)]
        w = np.full(k, 1 / k)
        last = -np.inf
        for _ in range(5000):
            eta = np.clip(f @ b.T + offset, -30, 30)
            joint = y[:, None] * eta - np.exp(eta) - gammaln(y + 1)[:, None] + np.log(w + 1e-300)
            total = logsumexp(joint, 1)
            r = np.exp(joint - total[:, None])
            if total.sum() - last < 1e-11:
                break
            last = total.sum()
            w = r.mean(0)
            for _ in range(3):
                mu = np.exp(np.clip(f @ b.T + offset, -30, 30))
                g = np.einsum("nk,nd->kd", r * (y[:, None] - mu), f)
                h = np.einsum("nk,nd,ne->kde", r * mu, f, f) + 1e-9 * np.eye(2)
                b = b + np.clip(np.linalg.solve(h, g[..., None])[..., 0], -1, 1)
        values.append(total.sum())
    values = np.sort(values)[::-1]
    print("Poisson regressions:", values[0], "reached by", (values > values[0] - 1e-4).sum(), values[:12])


if __name__ == "__main__":
    least_absolute_deviations()
    poisson_regressions()
