#!/usr/bin/env python3
"""Optima and standard errors that tests compare with, computed by numpy, scipy, scikit-learn and statsmodels.

    python3 Scripts/reference-models.py

Nothing is shared with lvmc: log likelihoods are written out anew, maximised by EM or L-BFGS from many
starts, and standard errors come from statsmodels or from second differences of the log likelihood.
"""
import itertools, os, sys
import numpy as np
import statsmodels.api as sm
from scipy import optimize, special, stats
from sklearn.mixture import GaussianMixture

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "models", "data")


def read(name):
    return np.genfromtxt(os.path.join(here, name + ".csv"), delimiter=",", skip_header=1)


def say(name, value):
    print(f"{name:28s} {value:.6f}")


def show(name, values):
    print(f"    {name}: " + " ".join(f"{v:.6f}" for v in np.atleast_1d(values).ravel()))


def gaussian_mixture(name, x, kind):
    best = max((GaussianMixture(2, covariance_type=kind, reg_covar=0, tol=1e-12, max_iter=5000, n_init=1,
                                random_state=s).fit(x) for s in range(20)), key=lambda m: m.score(x))
    say(name, best.score(x) * len(x))


def information(loglik, point, step=1e-4):
    """Minus the second differences of the log likelihood, by Richardson from two steps."""
    n = len(point)
    h = step * np.maximum(1, np.abs(point))

    def second(i, j, h):
        e, f = np.zeros(n), np.zeros(n)
        e[i], f[j] = h[i], h[j]
        return (loglik(point + e + f) - loglik(point + e - f) - loglik(point - e + f) + loglik(point - e - f)) / (
            4 * h[i] * h[j])

    result = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            result[i, j] = result[j, i] = -(4 * second(i, j, h) - second(i, j, 2 * h)) / 3
    return result


def maximise(loglik, starts):
    best = None
    for start in starts:
        found = optimize.minimize(lambda p: -loglik(p), start, method="L-BFGS-B",
                                  options=dict(maxiter=5000, maxfun=200000, ftol=1e-15, gtol=1e-8))
        if np.isfinite(found.fun) and (best is None or found.fun < best.fun):
            best = found
    found = optimize.minimize(lambda p: -loglik(p), best.x, method="BFGS", options=dict(gtol=1e-7))
    return found if found.fun <= best.fun else best


def softmax(u):
    u = np.append(u, 0.0)
    return np.exp(u - special.logsumexp(u))


def faithful_mixture():
    x = read("faithful")
    gaussian_mixture("gaussian-mixture-diagonal", x, "diag")
    gaussian_mixture("gaussian-mixture-tied", x, "tied")
    gaussian_mixture("gaussian-mixture-spherical", (x - x.mean(0)) / x.std(0), "spherical")
    # Standard errors of the full mixture, in the entries that lvmc prints.
    m = max((GaussianMixture(2, reg_covar=0, tol=1e-13, max_iter=5000, random_state=s).fit(x) for s in range(5)),
            key=lambda m: m.score(x))
    order = np.argsort(m.means_[:, 0])
    w, mu, cov = m.weights_[order], m.means_[order], m.covariances_[order]
    point = np.concatenate([[w[0]], mu.ravel(), *[c[np.tril_indices(2)] for c in cov]])

    def loglik(p):
        total = []
        for k in range(2):
            c = p[5 + 3 * k:8 + 3 * k]
            s = np.array([[c[0], c[1]], [c[1], c[2]]])
            weight = p[0] if k == 0 else 1 - p[0]
            total.append(np.log(weight) + stats.multivariate_normal(p[1 + 2 * k:3 + 2 * k], s).logpdf(x))
        return special.logsumexp(total, axis=0).sum()

    for _ in range(3):  # Newton, so that the point is the optimum to all digits.
        g = np.array([(loglik(point + e) - loglik(point - e)) / 2e-5 for e in 1e-5 * np.eye(len(point))])
        point = point + np.linalg.solve(information(loglik, point), g)
    say("gaussian-mixture", loglik(point))
    se = np.sqrt(np.diag(np.linalg.inv(information(loglik, point))))
    show("weights[1] se", se[0])
    show("mean se", se[1:5])
    show("cov se (11, 12, 22 of each)", se[5:])


def mixture_of_regressions():
    data = read("iris")
    x, y = data[:, 0], data[:, 1]
    best, kept = -np.inf, None
    for seed in range(60):
        random = np.random.default_rng(seed)
        r = random.dirichlet([0.3, 0.3], len(x))
        design, last = np.stack([np.ones_like(x), x], 1), -np.inf
        for _ in range(5000):
            w = r.mean(0)
            lines = [np.linalg.solve((design * r[:, [k]]).T @ design, (design * r[:, [k]]).T @ y) for k in range(2)]
            residual = np.stack([y - design @ line for line in lines], 1)
            sd = np.sqrt((r * residual**2).sum() / len(x))
            logs = np.log(w) + stats.norm.logpdf(residual, 0, sd)
            total = special.logsumexp(logs, axis=1)
            r = np.exp(logs - total[:, None])
            if total.sum() - last < 1e-12:
                break
            last = total.sum()
        if last > best:
            best, kept = last, sorted(map(tuple, lines))
    say("mixture-of-regressions", best)
    show("intercept, slope of each line", np.array(kept))


def factorial_mixture():
    x = read("iris")[:, :4]
    n, d = x.shape
    best = -np.inf
    for seed in range(60):
        random = np.random.default_rng(seed)
        a, b = np.array([0.5, 0.5]), np.array([0.5, 0.5])
        base, shift = x[random.choice(n, 2)], random.normal(0, 0.5, (2, d))
        sd, last = 0.5, -np.inf
        for _ in range(3000):
            cells = list(itertools.product(range(2), range(2)))
            logs = np.stack([np.log(a[i]) + np.log(b[j]) + stats.norm.logpdf(x, base[i] + shift[j], sd).sum(1)
                             for i, j in cells], 1)
            total = special.logsumexp(logs, axis=1)
            r = np.exp(logs - total[:, None])
            if total.sum() - last < 1e-11:
                break
            last = total.sum()
            # The cell means are linear in base and shift: weighted least squares over the four cells.
            design = np.array([[i == 0, i == 1, j == 0, j == 1] for i, j in cells], float)
            weight = r.sum(0)
            means = (r.T @ x) / weight[:, None]
            root = np.sqrt(weight)[:, None]
            found = np.linalg.lstsq(design * root, means * root, rcond=None)[0]
            base, shift = found[:2], found[2:]
            fitted = design @ found
            sd = np.sqrt(sum((r[:, c, None] * (x - fitted[c]) ** 2).sum() for c in range(4)) / (n * d))
            a = np.array([weight[0] + weight[1], weight[2] + weight[3]]) / n
            b = np.array([weight[0] + weight[2], weight[1] + weight[3]]) / n
        best = max(best, last)
    say("factorial-mixture", best)


def robust_mixture():
    x = read("faithful")

    def loglik(p):
        w = softmax(p[:1])
        return special.logsumexp([
            np.log(w[k]) + stats.t.logpdf(x, 4, p[1 + 2 * k:3 + 2 * k], np.exp(p[5 + 2 * k:7 + 2 * k])).sum(1)
            for k in range(2)], axis=0).sum()

    random = np.random.default_rng(0)
    starts = []
    for _ in range(20):
        c = x[random.choice(len(x), 2)]
        starts.append(np.concatenate([[0], c.ravel(), np.log(np.tile(x.std(0) / 2, 2))]))
    say("robust-mixture", -maximise(loglik, starts).fun)


def linear_regression():
    data = read("diabetes")
    fit = sm.OLS(data[:, -1], sm.add_constant(data[:, :-1])).fit()
    say("linear-regression", fit.llf)
    sigma = np.sqrt(fit.ssr / len(data))
    show("noise", sigma)
    # The errors of maximum likelihood: divisor N instead of N - p.
    show("coefficients", fit.params)
    show("se", fit.bse * sigma / np.sqrt(fit.scale))
    show("noise se", sigma / np.sqrt(2 * len(data)))


def logistic_regression():
    data = read("tumours")
    x = data[:, :-1]
    x = (x - x.mean(0)) / x.std(0)
    fit = sm.Logit(data[:, -1], sm.add_constant(x)).fit(disp=0, tol=1e-12)
    say("logistic-regression", fit.llf)
    show("coefficients", fit.params)
    show("se", fit.bse)


def negative_binomial():
    data = read("earthquakes_annual")
    design = sm.add_constant((data[:, 0] - 1950) / 10)
    fit = sm.NegativeBinomial(data[:, 1], design).fit(disp=0, method="bfgs", gtol=1e-10, maxiter=2000)
    say("negative-binomial", fit.llf)
    show("level, trend, dispersion", [*fit.params[:2], 1 / fit.params[2]])
    # statsmodels estimates 1 / dispersion: the delta method.
    show("se", [*fit.bse[:2], fit.bse[2] / fit.params[2] ** 2])
    poisson = sm.GLM(data[:, 1], design, family=sm.families.Poisson()).fit(tol=1e-14)
    say("poisson-regression", poisson.llf)
    show("level, trend", poisson.params)
    show("se", poisson.bse)


def beta_binomial():
    data = read("bball1970")

    def loglik(p):
        a, b = special.expit(p[0]) * np.exp(p[1]), special.expit(-p[0]) * np.exp(p[1])
        return stats.betabinom.logpmf(data[:, 1], data[:, 0], a, b).sum()

    best = maximise(loglik, [np.array([-1.0, v]) for v in (2.0, 4.0, 6.0)])
    say("beta-binomial", -best.fun)
    show("average, evenness", [special.expit(best.x[0]), np.exp(best.x[1])])


def binary_factors():
    x = read("lsat6")
    patterns, counts = np.unique(x, axis=0, return_counts=True)
    cells = np.array(list(itertools.product([0, 1], repeat=2)), float)

    def loglik(p):
        had, w, base = p[:2], p[2:12].reshape(5, 2), p[12:]
        logits = cells @ w.T + base
        prior = (cells * -np.logaddexp(0, -had) + (1 - cells) * -np.logaddexp(0, had)).sum(1)
        table = prior + patterns @ logits.T - np.logaddexp(0, logits).sum(1)
        prior = stats.norm.logpdf(p[2:], 0, 2).sum()  # the estimate is MAP
        return counts @ special.logsumexp(table, axis=1) + prior

    random = np.random.default_rng(0)
    best = maximise(loglik, [random.normal(0, 1, 17) for _ in range(8)])
    say("bernoulli-lvm", -best.fun)


def class_conditional_ppca():
    data = read("iris")
    x, species = data[:, :4], data[:, 4]
    total = 0.0
    for s in (1, 2, 3):
        own = x[species == s]
        n, d = own.shape
        values = np.sort(np.linalg.eigvalsh(np.cov(own.T, bias=True)))[::-1]
        noise = values[1:].mean()
        # Tipping and Bishop 1999: the likelihood at the closed-form optimum.
        total += -n / 2 * (d * np.log(2 * np.pi) + np.log(values[0]) + (d - 1) * np.log(noise) + d)
        total += n * np.log(n / len(data))
    say("class-conditional-ppca", total)


# Names of functions on the command line run these alone.
parts = (faithful_mixture, mixture_of_regressions, factorial_mixture, robust_mixture, linear_regression,
             logistic_regression, negative_binomial, beta_binomial, binary_factors, class_conditional_ppca)
for part in parts:
    if len(sys.argv) == 1 or part.__name__ in sys.argv[1:]:
        part()
