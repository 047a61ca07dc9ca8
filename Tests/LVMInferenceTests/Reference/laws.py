"""Means, deviations and quantiles of laws of a single cell, from scipy and mpmath: makes LawReference.swift.

    python laws.py > ../LawReference.swift
"""

import math

import numpy as np
from scipy import integrate, stats


def of(d):
    return d.mean(), d.std(), d.ppf(0.05), d.ppf(0.95)


def from_cdf(cdf, low, high, mean, sd):
    """Quantiles by bisection of a distribution function."""

    def quantile(p):
        a, b = low, high
        for _ in range(200):
            m = 0.5 * (a + b)
            a, b = (m, b) if cdf(m) < p else (a, m)
        return b

    return mean, sd, quantile(0.05), quantile(0.95)


def counts(mass, mean=None, sd=None):
    """Of a law of counts by its masses."""
    p = np.array([mass(k) for k in range(4000)])
    k = np.arange(4000)
    m = (p * k).sum()
    v = (p * k * k).sum() - m * m
    c = p.cumsum()
    return m if mean is None else mean, math.sqrt(v) if sd is None else sd, *(
        float(np.argmax(c >= q - 1e-13)) for q in (0.05, 0.95)
    )


def truncated(d, low, high):
    mass = d.cdf(high) - d.cdf(low)
    moment = lambda k: integrate.quad(
        lambda x: x**k * d.pdf(x) / mass, max(low, d.ppf(1e-17)), min(high, d.isf(1e-17)),
        epsabs=1e-13, epsrel=1e-13, limit=400)[0]
    m = moment(1)
    return (m, math.sqrt(moment(2) - m * m),
            d.ppf(d.cdf(low) + 0.05 * mass), d.ppf(d.cdf(low) + 0.95 * mass))


def censored(d, low, high):
    a, b = d.cdf(low), d.sf(high)
    moment = lambda k: (
        integrate.quad(lambda x: x**k * d.pdf(x), max(low, -50), min(high, 50), epsabs=1e-13,
                       epsrel=1e-13, limit=400)[0]
        + (a * low**k if a > 0 else 0) + (b * high**k if b > 0 else 0))
    m = moment(1)
    clip = lambda x: min(max(x, low), high)
    return m, math.sqrt(moment(2) - m * m), clip(d.ppf(0.05)), clip(d.ppf(0.95))


def zero_inflated(d, p):
    return counts(lambda k: (p if k == 0 else 0) + (1 - p) * d.pmf(k))


def mixed(w, ds):
    m = sum(a * d.mean() for a, d in zip(w, ds))
    v = sum(a * (d.var() + d.mean() ** 2) for a, d in zip(w, ds)) - m * m
    return from_cdf(lambda x: sum(a * d.cdf(x) for a, d in zip(w, ds)), -1e3, 1e3, m, math.sqrt(v))


inf = math.inf
CASES = [
    ("real", "Logistic(1, 2)", "", of(stats.logistic(1, 2))),
    ("real", "Laplace(1, 2)", "", of(stats.laplace(1, 2))),
    ("real", "StudentT(5, 1, 2)", "", of(stats.t(5, 1, 2))),
    ("positive", "LogNormal(0.3, 0.5)", "", of(stats.lognorm(0.5, scale=math.exp(0.3)))),
    ("positive", "HalfNormal(2)", "", of(stats.halfnorm(scale=2))),
    ("positive", "Exponential(2)", "", of(stats.expon(scale=0.5))),
    ("positive", "Gamma(0.3, 2)", "", of(stats.gamma(0.3, scale=0.5))),
    ("positive", "Gamma(30, 2)", "", of(stats.gamma(30, scale=0.5))),
    ("positive", "Weibull(1.5, 2)", "", of(stats.weibull_min(1.5, scale=2))),
    ("positive", "InverseGamma(4, 3)", "", of(stats.invgamma(4, scale=3))),
    ("unit", "Beta(0.5, 3)", "", of(stats.beta(0.5, 3))),
    ("real", "Uniform(-1, 2)", "", of(stats.uniform(-1, 3))),
    ("count", "Poisson(3.5)", "", of(stats.poisson(3.5))),
    ("count", "Binomial(10, 0.3)", "", of(stats.binom(10, 0.3))),
    ("count", "Binomial(10, logit: 0.3)", "", of(stats.binom(10, 1 / (1 + math.exp(-0.3))))),
    ("count", "NegativeBinomial(4, 2)", "", of(stats.nbinom(2, 2 / 6))),
    ("count", "Geometric(0.2)", "", of(stats.geom(0.2, loc=-1))),
    ("positive", "Normal(1, 2)", "", truncated(stats.norm(1, 2), 0, inf)),
    ("real", "Truncated(Normal(1, 2), -1, 2)", "", truncated(stats.norm(1, 2), -1, 2)),
    ("real", "Truncated(Normal(0, 1), low: 6)", "",
     # Far in the tail scipy's own truncated normal keeps the digits.
     of(stats.truncnorm(6, inf))),
    ("positive", "Truncated(Weibull(1.5, 2), low: 1)", "", truncated(stats.weibull_min(1.5, scale=2), 1, inf)),
    ("real", "Censored(Normal(1, 2), low: 0)", "", censored(stats.norm(1, 2), 0, inf)),
    ("real", "Censored(Normal(1, 2), -0.5, 2.5)", "", censored(stats.norm(1, 2), -0.5, 2.5)),
    ("count", "ZeroInflated(Poisson(4), 0.3)", "", zero_inflated(stats.poisson(4), 0.3)),
    ("count", "ZeroInflated(NegativeBinomial(4, 2), 0.02)", "", zero_inflated(stats.nbinom(2, 1 / 3), 0.02)),
    ("real", "Mixture([0.3, 0.7], Normal([-2, 3], [1, 0.5]))", "",
     mixed([0.3, 0.7], [stats.norm(-2, 1), stats.norm(3, 0.5)])),
    ("count", "Mixture([0.3, 0.7], Poisson([2, 12]))", "",
     counts(lambda k: 0.3 * stats.poisson(2).pmf(k) + 0.7 * stats.poisson(12).pmf(k))),
    # A latent of the row, integrated over its prior.
    ("count", "Poisson(2 * r)", "latent r : positive ~ Gamma(3, 2)", of(stats.nbinom(3, 3 / 6))),
    ("positive", "Exponential(2 * r)", "latent r : positive ~ Gamma(3, 4)", of(stats.lomax(3, scale=2))),
    ("positive", "Gamma(2.5, 2 * r)", "latent r : positive ~ Gamma(3, 4)", of(stats.betaprime(2.5, 3, scale=2))),
    ("real", "Normal(1, 2 / sqrt(r))", "latent r : positive ~ Gamma(3, 4)",
     of(stats.t(6, 1, 2 * math.sqrt(4 / 3)))),
    ("count", "Binomial(8, r)", "latent r : unit ~ Beta(2, 3)", of(stats.betabinom(8, 2, 3))),
    ("count", "Geometric(r)", "latent r : unit ~ Beta(4, 3)",
     # The tail is heavy: the moments in closed form.
     (lambda a, b: counts(
         lambda k: math.exp(math.lgamma(a + 1) + math.lgamma(b + k) - math.lgamma(a + b + k + 1)
                            - math.lgamma(a) - math.lgamma(b) + math.lgamma(a + b)),
         mean=b / (a - 1), sd=math.sqrt(a * b * (a + b - 1) / ((a - 1) ** 2 * (a - 2)))))(4, 3)),
]

print("/// Made by Reference/laws.py.")
print("let lawReference: [LawCase] = [")
for kind, law, latent, (mean, sd, q5, q95) in CASES:
    print("  LawCase(")
    print(f'    "{kind}", "{law}", "{latent}",')
    print(f"    [{float(mean)!r}, {float(sd)!r}, {float(q5)!r}, {float(q95)!r}]),")
print("]")
