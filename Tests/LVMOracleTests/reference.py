"""The numbers in these tests, from scipy: run `python3 reference.py` and compare."""

import itertools

import numpy as np
from scipy import integrate, special, stats


def show(name, value):
    flat = np.atleast_1d(np.asarray(value, dtype=float)).ravel()
    print(name, ", ".join(repr(float(x)) for x in flat))


def mixture():
    x = np.array([-1.2, 0.3, 2.9, 3.4, -0.5, 4.1])
    w, m, s = np.array([0.35, 0.65]), np.array([-0.4, 3.1]), np.array([0.8, 1.3])
    joint = np.log(w) + stats.norm.logpdf(x[:, None], m, s)
    rows = special.logsumexp(joint, axis=1)
    r = np.exp(joint - rows[:, None])
    show("mixture loglik", rows.sum())
    show("mixture rows", rows)
    show("mixture responsibilities", r[:, 0])
    show("mixture d weights", r.sum(0) / w)
    show("mixture d mean", (r * (x[:, None] - m) / s**2).sum(0))
    show("mixture d scale", (r * (((x[:, None] - m) ** 2) / s**3 - 1 / s)).sum(0))


def hmm():
    y = np.array([1, 0, 4, 6, 2, 1])
    start, t, rate = np.array([0.6, 0.4]), np.array([[0.8, 0.2], [0.3, 0.7]]), np.array([0.9, 4.2])
    e = stats.poisson.pmf(y[:, None], rate)
    alpha = [start * e[0]]
    for i in range(1, 6):
        alpha.append((alpha[-1] @ t) * e[i])
    beta = [np.ones(2)]
    for i in range(5, 0, -1):
        beta.insert(0, t @ (e[i] * beta[0]))
    show("hmm loglik", np.log(alpha[-1].sum()))
    show("hmm second state", [(a * b)[1] / (a * b).sum() for a, b in zip(alpha, beta)])


def gaussian(name, mean, cov, y, latent_cov=None, cross=None, latent_mean=None):
    """log N(y), and the posterior of latents with Cov(latent, y) = cross."""
    show(name + " loglik", stats.multivariate_normal.logpdf(y, mean, cov))
    if latent_cov is not None:
        g = cross @ np.linalg.inv(cov)
        show(name + " posterior mean", latent_mean + g @ (y - mean))
        show(name + " posterior sd", np.sqrt(np.diag(latent_cov - g @ cross.T)))


NILE = np.array([1120.0, 1160, 963, 1210, 1160, 1160, 813, 1230])


def local_level():
    start, wide, drift, noise = 1000.0, 500.0, 38.0, 122.0
    t = np.arange(8)
    level = wide**2 + drift**2 * np.minimum(t[:, None], t)
    cov = level + noise**2 * np.eye(8)
    mean = np.full(8, start)
    gaussian("level", mean, cov, NILE, level, level, mean)
    seen = [0, 1, 2, 4, 5, 6]
    gaussian("level missing", mean[seen], cov[np.ix_(seen, seen)], NILE[seen], level,
             level[:, seen], mean)


def intercept():
    g = np.array([0, 1, 0, 2, 1, 0, 2])
    y = np.array([1.3, -0.4, 0.9, 2.2, 0.1, 1.8, 2.9])
    x = np.array([0.5, -1.0, 1.5, 0.0, 2.0, -0.5, 1.0])
    z = np.eye(3)[g]
    b, slope, tau, sigma = 0.7, 0.4, 1.1, 0.6
    gaussian("intercept", b + slope * x, tau**2 * z @ z.T + sigma**2 * np.eye(7), y,
             tau**2 * np.eye(3), tau**2 * z.T, np.zeros(3))
    item = np.array([0, 0, 1, 1, 1, 0, 0])
    v = np.eye(2)[item]
    gaussian("crossed", b + slope * x,
             tau**2 * z @ z.T + 0.8**2 * v @ v.T + sigma**2 * np.eye(7), y,
             tau**2 * np.eye(3), tau**2 * z.T, np.zeros(3))


PPCA = np.array([[0.2, 1.1, -0.7], [1.5, 2.0, 0.3], [-0.9, 0.4, -1.2], [0.1, 0.0, 0.8],
                 [2.2, 3.1, 0.5]])
W = np.array([[1.0, 0.2], [1.3, -0.4], [0.5, 0.9]])
MU = np.array([0.5, 1.2, -0.1])


def ppca():
    cov = W @ W.T + 0.49 * np.eye(3)
    show("ppca loglik", stats.multivariate_normal.logpdf(PPCA, MU, cov).sum())
    g = W.T @ np.linalg.inv(cov)
    show("ppca means", (PPCA - MU) @ g.T)
    show("ppca covariance", np.eye(2) - g @ W)
    weights = np.array([0.3, 0.7])
    w2 = np.array([[-0.6, 0.1], [0.2, 1.1], [0.9, 0.4]])
    mu2 = np.array([-0.2, 0.4, 0.6])
    joint = np.stack([
        np.log(weights[0]) + stats.multivariate_normal.logpdf(PPCA, MU, cov),
        np.log(weights[1]) + stats.multivariate_normal.logpdf(PPCA, mu2, w2 @ w2.T + 1.21 * np.eye(3)),
    ], axis=1)
    rows = special.logsumexp(joint, axis=1)
    show("mixture of ppca loglik", rows.sum())
    r = np.exp(joint - rows[:, None])
    show("mixture of ppca first", r[:, 0])
    g2 = w2.T @ np.linalg.inv(w2 @ w2.T + 1.21 * np.eye(3))
    means = r[:, :1] * ((PPCA - MU) @ g.T) + r[:, 1:] * ((PPCA - mu2) @ g2.T)
    show("mixture of ppca means", means)
    one = PPCA.copy()
    total = stats.multivariate_normal.logpdf(one[1:], MU, cov).sum()
    total += stats.multivariate_normal.logpdf(one[0, [0, 2]], MU[[0, 2]], cov[np.ix_([0, 2], [0, 2])])
    show("ppca missing loglik", total)


def conjugate():
    y = np.array([0, 3, 1, 7])
    a, b = 2.3, 0.9
    show("gamma-poisson loglik", stats.nbinom.logpmf(y, a, b / (b + 1)).sum())
    show("gamma-poisson mean", (a + y) / (b + 1))
    show("gamma-poisson sd", np.sqrt(a + y) / (b + 1))
    k, n = np.array([0, 4, 9]), np.array([5, 6, 10])
    show("beta-binomial loglik", stats.betabinom.logpmf(k, n, 0.7, 1.9).sum())
    show("beta-binomial mean", (0.7 + k) / (2.6 + n))
    # One rate a group, rows of two groups in turn.
    groups = [y[[0, 2]], y[[1, 3]]]
    total = 0.0
    for v in groups:
        s, m = v.sum(), len(v)
        total += (a * np.log(b) - special.gammaln(a) + special.gammaln(a + s)
                  - (a + s) * np.log(b + m) - special.gammaln(v + 1).sum())
    show("grouped gamma-poisson loglik", total)


def latent_class():
    y = np.array([[0, 1, 2], [1, 1, 0], [2, 0, 0], [0, 0, 1]])
    w = np.array([0.45, 0.55])
    p = np.array([
        [[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.1, 0.2, 0.7]],
        [[0.2, 0.2, 0.6], [0.7, 0.2, 0.1], [0.5, 0.4, 0.1]],
    ])
    joint = np.log(w) + np.stack(
        [sum(np.log(p[k, q, y[:, q]]) for q in range(3)) for k in range(2)], axis=1)
    rows = special.logsumexp(joint, axis=1)
    show("latent class loglik", rows.sum())
    show("latent class first", np.exp(joint[:, 0] - rows))
    joint[1] = np.log(w) + np.array([np.log(p[k, 0, 1]) + np.log(p[k, 2, 0]) for k in range(2)])
    rows = special.logsumexp(joint, axis=1)
    show("latent class missing loglik", rows.sum())


def labelled_groups():
    y, g = np.array([0.3, 2.5, -0.4, 3.9, 1.0]), np.array([0, 0, 1, 0, 1])
    w, m, s, tau = np.array([0.4, 0.6]), np.array([0.0, 2.5]), np.array([0.5, 0.9]), 0.8
    total, posterior = 0.0, []
    for group in range(2):
        v = y[g == group]
        n = len(v)
        logs, means = [], []
        for k in itertools.product(range(2), repeat=n):
            k = list(k)
            cov = tau**2 * np.ones((n, n)) + np.diag(s[k] ** 2)
            logs.append(np.log(w[k]).sum() + stats.multivariate_normal.logpdf(v, m[k], cov))
            means.append(tau**2 * np.ones(n) @ np.linalg.solve(cov, v - m[k]))
        z = special.logsumexp(logs)
        total += z
        posterior.append(np.exp(np.array(logs) - z) @ np.array(means))
    show("labelled groups loglik", total)
    show("labelled groups mean", posterior)


def eight_schools():
    y = np.array([28.0, 8, -3, 7, -1, 1, 18, 12])
    s = np.array([15.0, 10, 16, 11, 9, 11, 10, 18])

    def conditional(tau):
        cov = np.diag(s**2 + tau**2) + 25.0 * np.ones((8, 8))
        return stats.multivariate_normal.logpdf(y, np.zeros(8), cov), 25.0 * np.ones(8) @ np.linalg.solve(cov, y)

    def weight(tau):
        return np.exp(conditional(tau)[0] + 30 + stats.halfcauchy.logpdf(tau, scale=5))

    def line(f):
        a = integrate.quad(f, 0, 20, epsabs=0, epsrel=1e-13, limit=500)[0]
        return a + integrate.quad(f, 20, np.inf, epsabs=0, epsrel=1e-13, limit=500)[0]

    z = line(weight)
    show("eight schools loglik", np.log(z) - 30)
    show("eight schools mu", line(lambda t: weight(t) * conditional(t)[1]) / z)
    show("eight schools tau", line(lambda t: weight(t) * t) / z)


def rasch():
    y = np.array([[1, 0, 1], [0, 0, 0], [1, 1, 1]])
    d = np.array([-0.5, 0.8, 0.1])
    total, means = 0.0, []
    for row in y:
        def f(z, row=row):
            p = special.expit(z - d)
            return np.prod(np.where(row == 1, p, 1 - p)) * stats.norm.pdf(z, 0, 1.4)
        a = integrate.quad(f, -15, 15, epsabs=0, epsrel=1e-13, limit=500)[0]
        means.append(integrate.quad(lambda z: z * f(z), -15, 15, epsabs=1e-15, epsrel=1e-13, limit=500)[0] / a)
        total += np.log(a)
    show("rasch loglik", total)
    show("rasch means", means)


def two_axes():
    y = np.array([1.1, 0.3, 2.0, 1.6])

    def f(s, m):
        return np.exp(stats.norm.logpdf(y, m, s).sum() + stats.t.logpdf(m, 3, 0.5, 2) + stats.gamma.logpdf(s, 2, scale=0.5))

    z = integrate.dblquad(f, -np.inf, np.inf, 0, np.inf, epsabs=1e-14, epsrel=1e-11)[0]
    m1 = integrate.dblquad(lambda s, m: m * f(s, m), -np.inf, np.inf, 0, np.inf, epsabs=1e-14, epsrel=1e-11)[0]
    show("normal with unknown scale loglik", np.log(z))
    show("normal with unknown scale mean", m1 / z)


def laplace_prior():
    total = 0.0
    for y in [0.4, -2.0]:
        f = lambda z: stats.laplace.pdf(z, 0.3, 0.7) * stats.norm.pdf(y, z, 0.5)
        total += np.log(sum(integrate.quad(f, a, b, epsabs=0, epsrel=1e-13)[0] for a, b in
                            [(-15, y), (y, 0.3), (0.3, 15)] if a < b) if y < 0.3 else
                        sum(integrate.quad(f, a, b, epsabs=0, epsrel=1e-13)[0] for a, b in
                            [(-15, 0.3), (0.3, y), (y, 15)]))
    show("laplace prior loglik", total)


def ica():
    x = np.array([[0.5, -1.0], [2.0, 0.3]])
    a = np.array([[1.0, 0.4], [-0.3, 1.5]])
    s = np.linalg.solve(a, x.T).T
    show("ica loglik", stats.laplace.logpdf(s).sum() - 2 * np.log(abs(np.linalg.det(a))))
    show("ica sources", s)


def autoregression():
    # y1, y2 ~ N(1, 2); then y_t = 0.3 + 0.6 y_{t−1} − 0.2 y_{t−2} + N(0, 0.5); the fourth is missing.
    n = 6
    l, m = np.zeros((n, n)), np.zeros(n)
    for t in range(n):
        if t < 2:
            m[t], l[t, t] = 1.0, 2.0
        else:
            m[t] = 0.3 + 0.6 * m[t - 1] - 0.2 * m[t - 2]
            l[t] = 0.6 * l[t - 1] - 0.2 * l[t - 2]
            l[t, t] = 0.5
    y = np.array([0.4, 1.9, 1.1, 0.0, 0.6, -0.2])
    seen = [0, 1, 2, 4, 5]
    cov = l @ l.T
    gaussian("ar", m, cov, y)
    gaussian("ar missing", m[seen], cov[np.ix_(seen, seen)], y[seen], cov[3:4, 3:4], cov[3:4, seen], m[3:4])


def counts():
    # n ~ Poisson(4.5), y ~ Binomial(n, 0.3) is Poisson(1.35).
    y = np.array([0, 2, 5])
    show("thinned poisson loglik", stats.poisson.logpmf(y, 1.35).sum())
    show("thinned poisson mean", y + 4.5 * 0.7)


def many_labels():
    # A shared mean with 19 labelled rows: 2^19 configurations, so the mean is integrated outside.
    y = np.array([0.1, 2.2, -0.4, 1.9, 3.0, 0.7, 0.2, 2.6, 1.1, -1.0, 0.5, 2.4, 1.7, 0.0, 3.3, 0.9, 2.1, -0.2, 1.4])

    def f(m):
        rows = np.logaddexp(np.log(0.3) + stats.norm.logpdf(y, m, 0.6), np.log(0.7) + stats.norm.logpdf(y, m + 2, 0.6))
        return np.exp(rows.sum() + stats.norm.logpdf(m, 0, 1) + 30)

    z = integrate.quad(f, -8, 8, epsabs=0, epsrel=1e-13, limit=500)[0]
    show("many labels loglik", np.log(z) - 30)
    show("many labels mean", integrate.quad(lambda m: m * f(m), -8, 8, epsabs=0, epsrel=1e-13, limit=500)[0] / z)


def covariance_gradient():
    s, r = np.array([[1.3, 0.4], [0.4, 0.9]]), np.array([0.1, 0.2])
    i = np.linalg.inv(s)
    show("covariance gradient", -0.5 * (i - i @ np.outer(r, r) @ i))


def densities():
    n = stats.norm
    rows = {
        "Normal": n.logpdf(0.7, 0.2, 1.3),
        "LogNormal": stats.lognorm.logpdf(0.7, 1.3, scale=np.exp(0.2)),
        "StudentT": stats.t.logpdf(0.7, 3.5, 0.2, 1.3),
        "Laplace": stats.laplace.logpdf(0.7, 0.2, 1.3),
        "Logistic": stats.logistic.logpdf(0.7, 0.2, 1.3),
        "Cauchy": stats.cauchy.logpdf(0.7, 0.2, 1.3),
        "HalfNormal": stats.halfnorm.logpdf(0.7, 0, 1.3),
        "HalfCauchy": stats.halfcauchy.logpdf(0.7, 0, 1.3),
        "Exponential": stats.expon.logpdf(0.7, 0, 1 / 1.3),
        "Gamma": stats.gamma.logpdf(0.7, 2.2, scale=1 / 1.3),
        "Weibull": stats.weibull_min.logpdf(0.7, 2.2, scale=1.3),
        "InverseGamma": stats.invgamma.logpdf(0.7, 2.2, scale=1.3),
        "Beta": stats.beta.logpdf(0.7, 2.2, 1.3),
        "Uniform": stats.uniform.logpdf(0.7, 0.2, 1.1),
        "Bernoulli": stats.bernoulli.logpmf(1, 0.7),
        "BernoulliLogit": stats.bernoulli.logpmf(0, special.expit(0.7)),
        "Binomial": stats.binom.logpmf(3, 8, 0.3),
        "Poisson": stats.poisson.logpmf(3, 2.2),
        "NegativeBinomial": stats.nbinom.logpmf(3, 1.3, 1.3 / (1.3 + 2.2)),
        "Geometric": stats.geom.logpmf(4, 0.3),
        "Categorical": np.log(0.3),
        "CategoricalLogits": special.log_softmax([0.4, -0.1, 1.2])[1],
        "MultivariateNormal": stats.multivariate_normal.logpdf([0.7, -0.3], [0.2, 0.1], [[1.3, 0.4], [0.4, 0.9]]),
        "Dirichlet": stats.dirichlet.logpdf([0.2, 0.5, 0.3], [1.3, 2.2, 0.8]),
        "Multinomial": stats.multinomial.logpmf([2, 0, 3], 5, [0.2, 0.5, 0.3]),
        "Wishart": stats.wishart.logpdf([[1.3, 0.4], [0.4, 0.9]], 4.5, [[0.5, 0.1], [0.1, 0.8]]),
        "InverseWishart": stats.invwishart.logpdf([[1.3, 0.4], [0.4, 0.9]], 4.5, [[0.5, 0.1], [0.1, 0.8]]),
        # Two dimensions: (1 + r)/2 is Beta(shape, shape).
        "LKJ": stats.beta.logpdf(0.65, 1.7, 1.7) - np.log(2),
        "HalfByType": n.logpdf(0.7, 0.2, 1.3) - n.logsf(0, 0.2, 1.3),
        "UnitByType": n.logpdf(0.7, 0.2, 1.3) - np.log(n.cdf(1, 0.2, 1.3) - n.cdf(0, 0.2, 1.3)),
        "Truncated": stats.gamma.logpdf(0.7, 2.2, scale=1 / 1.3)
        - np.log(stats.gamma.cdf(3, 2.2, scale=1 / 1.3) - stats.gamma.cdf(0.5, 2.2, scale=1 / 1.3)),
        "TruncatedPoisson": stats.poisson.logpmf(3, 2.2) - stats.poisson.logsf(0, 2.2),
        "CensoredLow": n.logcdf(0.5, 0.2, 1.3),
        "CensoredHigh": stats.t.logsf(0.9, 3.5, 0.2, 1.3),
        "CensoredRight": stats.weibull_min.logsf(0.7, 2.2, scale=1.3),
        "ZeroInflated": np.log(0.25 + 0.75 * np.exp(-2.2)),
        "ZeroInflatedThree": np.log(0.75) + stats.poisson.logpmf(3, 2.2),
        "Mixture": np.log(0.4 * n.pdf(0.7, 0.2, 1.3) + 0.6 * n.pdf(0.7, 1.1, 0.5)),
    }
    for name, value in rows.items():
        show(name, value)


if __name__ == "__main__":
    for f in [mixture, hmm, local_level, intercept, ppca, conjugate, latent_class, labelled_groups,
              eight_schools, rasch, two_axes, laplace_prior, ica, autoregression, counts, many_labels,
              covariance_gradient, densities]:
        f()
