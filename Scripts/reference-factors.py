#!/usr/bin/env python3
"""Numbers that the tests of principal components and factor models compare with.

Needs numpy and scipy. Closed forms by eigenvalues, canonical correlations, and direct minimisation of
the Gaussian likelihood of the covariance; mixtures and missing cells by a plain EM. Nothing is shared
with lvmc.
"""
import csv, os
import numpy as np
from scipy.optimize import minimize

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "models", "data")


def read(name, columns):
    with open(os.path.join(here, name)) as file:
        rows = list(csv.DictReader(file))
    return np.array([[float(r[c]) if r[c] not in ("", "NA") else np.nan for c in columns] for r in rows])


def standardized(x):
    return (x - np.nanmean(x, 0)) / np.nanstd(x, 0)


def gaussian(s, n, model):
    d = len(s)
    return -0.5 * n * (d * np.log(2 * np.pi) + np.linalg.slogdet(model)[1] + np.trace(np.linalg.solve(model, s)))


def ppca(x, l):
    s = np.cov(x.T, bias=True)
    values, vectors = np.linalg.eigh(s)
    values, vectors = values[::-1], vectors[:, ::-1]
    noise = values[l:].mean()
    w = vectors[:, :l] * np.sqrt(values[:l] - noise)
    return gaussian(s, len(x), w @ w.T + noise * np.eye(len(s))), noise


def factor_analysis(x, l, starts=20):
    s = np.cov(x.T, bias=True)
    d = len(s)
    best = None
    for seed in range(starts):
        random = np.random.default_rng(seed)
        start = np.concatenate([random.normal(size=d * l) * 0.5, np.log(np.diag(s)) / 2])

        def loss(p):
            w = p[: d * l].reshape(d, l)
            return -gaussian(s, len(x), w @ w.T + np.diag(np.exp(2 * p[d * l :]))) / len(x)

        found = minimize(loss, start, method="BFGS", options={"gtol": 1e-9, "maxiter": 5000})
        if best is None or found.fun < best.fun:
            best = found
    return -best.fun * len(x), np.exp(2 * best.x[d * l :])


def canonical(x, y, l):
    """Two views with full noise of their own (Bach and Jordan 2005)."""
    n = len(x)
    a, b = x - x.mean(0), y - y.mean(0)
    root = lambda m: np.linalg.cholesky(np.linalg.inv(m.T @ m / n))
    rho = np.linalg.svd(root(a).T @ (a.T @ b / n) @ root(b), compute_uv=False)[:l]
    d = x.shape[1] + y.shape[1]
    logs = np.linalg.slogdet(a.T @ a / n)[1] + np.linalg.slogdet(b.T @ b / n)[1] + np.log1p(-(rho**2)).sum()
    return -0.5 * n * (d * np.log(2 * np.pi) + logs + d), rho


def mixture_of_ppca(x, k, l, starts=40):
    n, d = x.shape
    best = -np.inf
    for seed in range(starts):
        random = np.random.default_rng(seed)
        centres = x[random.choice(n, k, replace=False)]
        r = np.eye(k)[((x[:, None] - centres) ** 2).sum(2).argmin(1)]
        last = -np.inf
        for _ in range(5000):
            weights = r.mean(0)
            logs = np.empty((n, k))
            for c in range(k):
                m = r[:, c] @ x / r[:, c].sum()
                s = (r[:, c, None] * (x - m)).T @ (x - m) / r[:, c].sum()
                values, vectors = np.linalg.eigh(s)
                noise = values[: d - l].mean()
                w = vectors[:, d - l :] * np.sqrt(np.maximum(values[d - l :] - noise, 0))
                cov = w @ w.T + noise * np.eye(d)
                z = x - m
                logs[:, c] = np.log(weights[c]) - 0.5 * (
                    d * np.log(2 * np.pi) + np.linalg.slogdet(cov)[1] + (z * np.linalg.solve(cov, z.T).T).sum(1))
            top = logs.max(1, keepdims=True)
            total = top[:, 0] + np.log(np.exp(logs - top).sum(1))
            r = np.exp(logs - total[:, None])
            if total.sum() - last < 1e-11 * abs(total.sum()) or r.sum(0).min() < 4:
                break
            last = total.sum()
        if r.sum(0).min() >= 8:
            best = max(best, total.sum())
    return best


def ppca_missing(x, l, starts=10):
    n, d = x.shape
    seen = ~np.isnan(x)
    best = None
    for seed in range(starts):
        random = np.random.default_rng(seed)
        start = np.concatenate([random.normal(size=d * l) * 0.5, np.zeros(d), [0.0]])

        def loss(p):
            w, m, noise = p[: d * l].reshape(d, l), p[d * l : -1], np.exp(2 * p[-1])
            cov = w @ w.T + noise * np.eye(d)
            total = 0.0
            for pattern in np.unique(seen, axis=0):
                rows = x[(seen == pattern).all(1)][:, pattern] - m[pattern]
                c = cov[np.ix_(pattern, pattern)]
                total += -0.5 * (
                    len(rows) * (pattern.sum() * np.log(2 * np.pi) + np.linalg.slogdet(c)[1])
                    + (rows * np.linalg.solve(c, rows.T).T).sum())
            return -total / n

        found = minimize(loss, start, method="BFGS", options={"gtol": 1e-9, "maxiter": 5000})
        if best is None or found.fun < best:
            best = found.fun
    return -best * n


iris = read("iris.csv", ["Sepal.Length", "Sepal.Width", "Petal.Length", "Petal.Width"])
arrests = standardized(read("usarrests.csv", ["Murder", "Assault", "UrbanPop", "Rape"]))
air = standardized(read("airquality.csv", ["Ozone", "Solar.R", "Wind", "Temp"]))
rows = np.array([[0.3, 1, -0.4, 0.2, 2], [-1.2, 0.5, 0.7, -0.1, 1], [0.9, -0.3, 0.1, 1.1, 0]]) - 0.1
loadings = np.array([[1, 0.5], [-0.3, 0.8], [0.6, 0.1], [0.2, -0.9], [0.4, 0.3]])
for psi in (3e-6, 1e-6):
    cov = loadings @ loadings.T + np.diag([psi**2, 0.49, 1.21, 0.81, 0.36])
    print("tiny uniqueness", psi, gaussian(rows.T @ rows / 3, 3, cov))
for l in (1, 2, 3):
    print("PPCA iris", l, ppca(iris, l))
for l in (1, 2):
    print("PPCA arrests", l, ppca(arrests, l))
print("PCA arrests, two components: squared error", 50 * np.linalg.eigvalsh(np.cov(arrests.T, bias=True))[:2].sum())
print("factor analysis arrests", factor_analysis(arrests, 1))
print("factor analysis iris", factor_analysis(iris, 1))
print("two views of iris", canonical(iris[:, :2], iris[:, 2:], 1))
print("mixture of PPCA iris", mixture_of_ppca(iris, 2, 1))
for l in (1, 2):
    print("PPCA airquality", l, ppca_missing(air, l))
