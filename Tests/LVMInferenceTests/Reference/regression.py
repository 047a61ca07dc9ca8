"""Regressions by numpy: the numbers of FitRegressionTests. Run from the root of the repository.

Least squares by lstsq; mixtures by EM from many random starts, each M-step weighted least squares; a
line shared by responses of unequal noise by alternating generalised least squares and the scales."""
import csv
import numpy as np


def read(name):
    with open(f"models/data/{name}.csv") as f:
        rows = list(csv.reader(f))
    return {h: np.array([float(r[i]) for r in rows[1:]]) for i, h in enumerate(rows[0])}


def show(name, values):
    print(name, [f"{v:.13g}" for v in np.ravel(values)])


iris = read("iris")
sl, sw, pl, pw = (iris[k] for k in ["Sepal.Length", "Sepal.Width", "Petal.Length", "Petal.Width"])
n = len(sl)
X = np.column_stack([np.ones(n), sw, pl, pw])
b = np.linalg.lstsq(X, sl, rcond=None)[0]
s = np.sqrt(np.mean((sl - X @ b) ** 2))
show("least squares", b)
show("its scale and log likelihood", [s, -n / 2 * np.log(2 * np.pi * s * s) - n / 2])

P = np.eye(4) / 0.5**2
show("ridge, noise 1, prior scale 0.5", np.linalg.solve(X.T @ X + P, X.T @ sl))

# sl = a + c pl + noise 1, pw = d + c pl + noise 2: one slope for both.
a, d, c, s1, s2 = 0.0, 0.0, 0.0, 1.0, 1.0
Z = np.zeros((2 * n, 3))
Z[:n, 0] = 1
Z[n:, 1] = 1
Z[:, 2] = np.r_[pl, pl]
y = np.r_[sl, pw]
for _ in range(500):
    w = np.r_[np.full(n, s1**-2), np.full(n, s2**-2)]
    a, d, c = np.linalg.solve(Z.T @ (Z * w[:, None]), Z.T @ (w * y))
    s1 = np.sqrt(np.mean((sl - a - c * pl) ** 2))
    s2 = np.sqrt(np.mean((pw - d - c * pl) ** 2))
show("shared slope", [a, d, c, s1, s2])
show("its log likelihood", [-n * np.log(2 * np.pi) - n * np.log(s1 * s2) - n])

faithful = read("faithful")
x, y = faithful["waiting"], faithful["eruptions"]
n = len(x)
X = np.column_stack([np.ones(n), x])


def log_sum(t):
    top = t.max(axis=1, keepdims=True)
    return (top + np.log(np.exp(t - top).sum(axis=1, keepdims=True)))[:, 0]


def mixture(K, shared, rng):
    B = np.linalg.lstsq(X, y, rcond=None)[0][:, None] + rng.normal(size=(2, K)) * [[0.5], [0.01]]
    if shared:
        B[:] = B[:, :1]
    s = rng.uniform(0.2, 1, K)
    w = np.full(K, 1 / K)
    last = -np.inf
    for _ in range(5000):
        t = np.log(w) - np.log(s) - 0.5 * np.log(2 * np.pi) - 0.5 * ((y[:, None] - X @ B) / s) ** 2
        lse = log_sum(t)
        f = lse.sum()
        if not f - last > 1e-12 * abs(f):
            break
        last = f
        r = np.exp(t - lse[:, None])
        w = r.mean(axis=0)
        if shared:
            v = (r / s**2).sum(axis=1)
            B[:] = np.linalg.solve(X.T @ (X * v[:, None]), X.T @ (v * y))[:, None]
        else:
            for k in range(K):
                B[:, k] = np.linalg.solve(X.T @ (X * r[:, k, None]), X.T @ (r[:, k] * y))
        s = np.sqrt((r * (y[:, None] - X @ B) ** 2).sum(axis=0) / r.sum(axis=0))
        if s.min() < 0.02:  # a few rows on a line of their own: a spurious maximum
            return -np.inf, None
    return last, B


for name, shared in [("two lines", False), ("one line, two scales", True)]:
    rng = np.random.default_rng(1)
    best = max((mixture(2, shared, rng) for _ in range(300)), key=lambda v: v[0])
    show(name, [best[0]])
    show("  its coefficients", best[1])
