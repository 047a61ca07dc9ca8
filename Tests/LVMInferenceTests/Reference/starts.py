"""Best optima of mixtures by numpy from very many starts: the numbers of FitStartTests,
FitOptimaTests and ColumnScaleTests. Run from the root of
the repository; takes some minutes.

Tables come from the generator of StartTables in the tests. EM in its textbook form, or L-BFGS of scipy
where there is no closed form, run to the end from random starts; the best is printed."""
import csv
import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, logsumexp


class Draws:
    """The linear congruential generator of ISO C's example rand(), top bits."""

    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (1103515245 * self.state + 12345) % 2**31
        return self.state / 2**31

    def normal(self):
        return sum(self.uniform() for _ in range(12)) - 6

    def choice(self, shares):
        u = self.uniform()
        for k, p in enumerate(shares):
            u -= p
            if u < 0:
                return k
        return len(shares) - 1


def additive_table():
    d = Draws(7)
    low, high = [0, 3, 6], [0, 10, 20]
    return np.array([
        low[d.choice([0.5, 0.3, 0.2])] + high[d.choice([0.2, 0.2, 0.6])] + 0.8 * d.normal() for _ in range(400)
    ])


def incomes_table():
    d = Draws(11)
    y = []
    for _ in range(300):
        k = d.choice([0.45, 0.55])
        scale = 1 if d.uniform() < 0.9 else 4
        y.append([20000, 60000][k] + [3500, 8500][k] * scale * d.normal())
    return np.array(y)


def class_table():
    d = Draws(5)
    P = np.array([
        [[0.1, 0.9, 0.0], [0.2, 0.5, 0.3], [0.8, 0.1, 0.1], [0.4, 0.2, 0.4]],
        [[0.6, 0.1, 0.3], [0.2, 0.5, 0.3], [0.6, 0.3, 0.1], [0.1, 0.3, 0.6]],
        [[0.3, 0.3, 0.4], [0.8, 0.1, 0.1], [0.1, 0.2, 0.7], [0.4, 0.5, 0.1]],
    ])
    rows = []
    for _ in range(500):
        k = d.choice([0.4, 0.4, 0.2])
        rows.append([d.choice(P[k, j]) for j in range(4)])
    return np.array(rows)


def units_table():
    d = Draws(11)
    rows = []
    for _ in range(300):
        k = d.choice([0.4, 0.6])
        a = [0, 3][k] + [1, 0.5][k] * d.normal()
        rows.append([a, 2000 * a + 100 * d.normal()])
    return np.array(rows)


def em(step, start, rounds=3000):
    last, state = -np.inf, start
    for _ in range(rounds):
        f, new = step(state)
        if not f - last > 1e-13 * abs(f):
            break
        last, state = f, new
    return last, state


def additive(y, rng):
    def step(state):
        p, q, m, s = state
        t = (np.log(p)[:, None] + np.log(q)[None, :])[None] - 0.5 * np.log(2 * np.pi) - np.log(s) \
            - 0.5 * ((y[:, None, None] - m[0][:, None] - m[1][None, :]) / s) ** 2
        l = logsumexp(t, axis=(1, 2))
        r = np.exp(t - l[:, None, None])
        # Least squares over both effects at once.
        A, b = np.zeros((6, 6)), np.zeros(6)
        ra, rb, rab = r.sum(axis=2), r.sum(axis=1), r.sum(axis=0)
        A[:3, :3], A[3:, 3:] = np.diag(ra.sum(0)), np.diag(rb.sum(0))
        A[:3, 3:], A[3:, :3] = rab, rab.T
        b[:3], b[3:] = ra.T @ y, rb.T @ y
        v = np.linalg.lstsq(A, b, rcond=None)[0]
        m = v.reshape(2, 3)
        s = np.sqrt((r * (y[:, None, None] - m[0][:, None] - m[1][None, :]) ** 2).sum() / len(y))
        return l.sum(), (ra.mean(0), rb.mean(0), m, s)
    m = np.array([rng.uniform(0, 8, 3), rng.uniform(0, 22, 3)])
    return em(step, (rng.dirichlet(np.ones(3) * 3), rng.dirichlet(np.ones(3) * 3), m, rng.uniform(0.7, 3)))


def classes(x, rng):
    n = len(x)
    hot = (x[:, :, None] == np.arange(3)).astype(float)

    def step(state):
        w, P = state
        with np.errstate(divide="ignore"):
            t = np.log(w) + np.einsum("njc,kjc->nk", hot, np.maximum(np.log(P), -1e3))
        l = logsumexp(t, axis=1)
        r = np.exp(t - l[:, None])
        P = np.einsum("nk,njc->kjc", r, hot) / r.sum(0)[:, None, None]
        return l.sum(), (r.mean(0), P)
    return em(step, (np.ones(3) / 3, rng.dirichlet(np.ones(3), size=(3, 4))))


def students(y, rng):
    def parts(u):
        w = np.array([0, u[0]]) - np.logaddexp(0, u[0])
        return w, u[1:3] * 1e4, np.exp(u[3:5]) * 1e4, np.exp(u[5])

    def loss(u):
        w, a, b, v = parts(u)
        z = (y[:, None] - a) / b
        t = w + gammaln((v + 1) / 2) - gammaln(v / 2) - 0.5 * np.log(v * np.pi) - np.log(b) \
            - (v + 1) / 2 * np.log1p(z * z / v)
        return -logsumexp(t, axis=1).sum()
    u = np.r_[rng.normal(), rng.uniform(0.5, 9, 2), rng.normal(size=2) - 1, rng.uniform(0, 3)]
    r = minimize(loss, u, method="L-BFGS-B", bounds=[(-9, 9)] * 3 + [(-6, 4)] * 2 + [(-3, 12)], options={"maxiter": 2000, "ftol": 1e-15, "gtol": 1e-8})
    r = minimize(loss, r.x, method="BFGS", options={"gtol": 1e-7})
    return -r.fun, parts(r.x)


def planes(x, rng, K=2):
    """Full covariances of two columns: the same as one factor and one spread for both."""
    def step(state):
        w, m, S = state
        L = np.linalg.cholesky(S)
        z = np.linalg.solve(L[None], (x[:, None, :] - m)[..., None])[..., 0]
        t = np.log(w) - 0.5 * (z**2).sum(-1) - np.log(L[:, 0, 0] * L[:, 1, 1]) - np.log(2 * np.pi)
        l = logsumexp(t, axis=1)
        r = np.exp(t - l[:, None])
        m = (r.T @ x) / r.sum(0)[:, None]
        c = x[:, None, :] - m
        S = np.einsum("nk,nki,nkj->kij", r, c, c) / r.sum(0)[:, None, None]
        return l.sum(), (r.mean(0), m, S)
    return em(step, (np.ones(K) / K, x[rng.integers(len(x), size=K)], np.array([np.cov(x.T)] * K)))


def guarded(x, rng, K):
    """None that collapses onto a line or a point."""
    try:
        f, (w, m, S) = planes(x, rng, K)
    except np.linalg.LinAlgError:
        return -np.inf, None
    return (f if np.linalg.det(S).min() > 1e-6 * np.linalg.det(np.cov(x.T)) else -np.inf), (w, m, S)


def chain(x, rng, K=4, starts=200, rounds=3000):
    """All starts at once."""
    n, C = len(x), x.max() + 1
    a = rng.dirichlet(np.ones(K), size=starts)
    T = rng.dirichlet(np.ones(K), size=(starts, K))
    P = rng.dirichlet(np.ones(C), size=(starts, K))
    for _ in range(rounds):
        alpha, c = np.zeros((n, starts, K)), np.zeros((n, starts))
        for i in range(n):
            v = (a if i == 0 else np.einsum("sj,sjk->sk", alpha[i - 1], T)) * P[:, :, x[i]]
            c[i] = v.sum(1)
            alpha[i] = v / c[i][:, None]
        beta, pairs = np.ones((n, starts, K)), np.zeros((starts, K, K))
        for i in range(n - 2, -1, -1):
            v = P[:, :, x[i + 1]] * beta[i + 1] / c[i + 1][:, None]
            pairs += alpha[i][:, :, None] * T * v[:, None, :]
            beta[i] = np.einsum("sjk,sk->sj", T, v)
        g = alpha * beta
        a, T = g[0], pairs / np.maximum(pairs.sum(2, keepdims=True), 1e-300)
        P = np.stack([g[x == k].sum(0) for k in range(C)], axis=2) / g.sum(0)[:, :, None]
    return sorted(np.log(c).sum(0), reverse=True)


def best(name, fit, data, starts):
    rng = np.random.default_rng(1)
    runs = sorted((fit(data, rng) for _ in range(starts)), key=lambda r: -r[0])
    print(name, f"{runs[0][0]:.10f}", [f"{r[0]:.5f}" for r in runs[1:6]], flush=True)


if __name__ == "__main__":
    best("additive labels", additive, additive_table(), 60)
    best("classes", classes, class_table(), 60)
    best("students", students, incomes_table(), 30)
    best("planes", planes, units_table(), 60)
    with open("models/data/faithful.csv") as f:
        eruptions = np.array([[float(r["eruptions"]), float(r["waiting"])] for r in csv.DictReader(f)])
    for K in (3, 4, 5):
        best(f"{K} kinds of eruptions", lambda x, rng: guarded(x, rng, K), eruptions, 60 if K < 5 else 200)
    with open("models/data/earthquakes_annual.csv") as f:
        counts = np.array([int(r["count"]) for r in csv.DictReader(f)])
    found = chain(np.digitize(counts, [15, 23]), np.random.default_rng(1))
    print("chain", f"{found[0]:.10f}", [f"{f:.5f}" for f in found[1:6]])
