#!/usr/bin/env python3
"""Reference values of the families: python3 families.py > families.json

Each case: family, form, arguments (flat, with dims), value (flat, with dims), log density, and where
they exist the mean and elementwise variance. Computed with mpmath at 60 digits (densities) and with
closed forms evaluated by mpmath (moments), apart from matrix families, which come from scipy.stats.
"""
import json
import sys

import numpy as np
from mpmath import mp, mpf, log, exp, gamma, loggamma, beta, pi, sqrt, binomial, log1p, inf, ncdf
from scipy import stats

mp.dps = 60
cases, intervals = [], []


def number(v):
    v = float(v)
    return {np.inf: "inf", -np.inf: "-inf"}.get(v, v)


def flat(v):
    a = np.asarray(v, dtype=float)
    return {"dims": list(a.shape), "values": [number(x) for x in a.ravel()]}


def case(family, form, arguments, x, value, mean=None, variance=None):
    cases.append({
        "family": family, "form": form, "arguments": [flat(a) for a in arguments], "x": flat(x),
        "logDensity": number(value),
        "mean": None if mean is None else flat(mean),
        "variance": None if variance is None else flat(variance),
    })


def interval(family, arguments, low, high, value):
    intervals.append({
        "family": family, "form": 0, "arguments": [flat(a) for a in arguments],
        "low": low, "high": high, "logMass": number(value)})


def scalar(family, form, arguments, xs, density, moments=None):
    a = [mpf(v) for v in arguments]
    mean, variance = moments(*a) if moments else (None, None)
    for x in xs:
        case(family, form, arguments, x, density(mpf(x), *a), mean, variance)


def sigmoid(l):
    return 1 / (1 + exp(-l))


def xlog(x, y):
    return mpf(0) if x == 0 else (x * log(y) if y > 0 else -inf)


# Real line.
def normal(x, m, s): return -((x - m) / s) ** 2 / 2 - log(s) - log(2 * pi) / 2
for a in [(0, 1), (3.5, 0.25), (-1e6, 1e-3), (1e3, 1e5)]:
    scalar("Normal", 0, a, [a[0], a[0] + 0.5, a[0] - 30 * a[1], -2.25], normal, lambda m, s: (m, s * s))
def lognormal(x, m, s): return normal(log(x), m, s) - log(x)
for a in [(0, 1), (1.5, 0.1), (-2, 2)]:
    scalar("LogNormal", 0, a, [1e-12, 0.5, 1, 7.5, 1e9], lognormal,
           lambda m, s: (exp(m + s * s / 2), (exp(s * s) - 1) * exp(2 * m + s * s)))
def student(x, n, l, s):
    z = (x - l) / s
    return loggamma((n + 1) / 2) - loggamma(n / 2) - log(n * pi) / 2 - log(s) - (n + 1) / 2 * log1p(z * z / n)
for a in [(1, 0, 1), (4.5, 1, 2), (30, -3, 0.1), (1e6, 0, 1), (1e12, 0.5, 3), (0.1, 0, 1)]:
    scalar("StudentT", 0, a, [0, 1, -7.25, 1e6, 1e100], student,
           (lambda n, l, s: (l, s * s * n / (n - 2))) if a[0] > 2 else None)
scalar("Laplace", 0, (1, 2), [1, -3, 400, 1e8], lambda x, m, s: -abs(x - m) / s - log(2 * s),
       lambda m, s: (m, 2 * s * s))
scalar("Logistic", 0, (1, 2), [1, -3, 4000, -4000], lambda x, m, s:
       -(x - m) / s - log(s) - 2 * log1p(exp(-(x - m) / s)), lambda m, s: (m, s * s * pi ** 2 / 3))
scalar("Cauchy", 0, (1, 2), [1, -3, 4000, 1e100], lambda x, m, s: -log(pi * s) - log1p(((x - m) / s) ** 2))
# Half lines.
scalar("HalfNormal", 0, (2,), [0, 1e-10, 3, 90], lambda x, s: log(2 / pi) / 2 - log(s) - (x / s) ** 2 / 2,
       lambda s: (s * sqrt(2 / pi), s * s * (1 - 2 / pi)))
scalar("HalfCauchy", 0, (5,), [0, 1, 1e8], lambda x, s: log(2 / pi) - log(s) - log1p((x / s) ** 2))
scalar("Exponential", 0, (0.3,), [0, 1, 5000], lambda x, r: log(r) - r * x, lambda r: (1 / r, 1 / r ** 2))
def gammad(x, a, b): return a * log(b) - loggamma(a) + xlog(a - 1, x) - b * x
for a in [(1, 2), (0.01, 0.5), (3.5, 10), (1000, 4)]:
    scalar("Gamma", 0, a, [1e-20, 0.1, 2, 250], gammad, lambda a, b: (a / b, a / b ** 2))
scalar("Gamma", 0, (1, 2), [0], gammad, lambda a, b: (a / b, a / b ** 2))
for a in [(1, 2), (0.5, 3), (3, 1.5), (50, 2)]:
    scalar("Weibull", 0, a, [1e-6, 0.5, 2, 2.2], lambda x, k, s:
           log(k / s) + (k - 1) * log(x / s) - (x / s) ** k,
           lambda k, s: (s * gamma(1 + 1 / k), s * s * (gamma(1 + 2 / k) - gamma(1 + 1 / k) ** 2)))
for a in [(2.5, 1), (50, 7), (3, 0.001)]:
    scalar("InverseGamma", 0, a, [1e-3, 0.1, 1, 1e8], lambda x, a, b:
           a * log(b) - loggamma(a) - (a + 1) * log(x) - b / x,
           lambda a, b: (b / (a - 1), b * b / ((a - 1) ** 2 * (a - 2))))
# Intervals.
for a in [(1, 1), (0.5, 0.5), (3, 7), (1e4, 2e4)]:
    scalar("Beta", 0, a, [1e-12, 0.25, 1 / 3, 0.75, 1 - 1e-9], lambda x, a, b:
           (a - 1) * log(x) + (b - 1) * log1p(-x) - log(beta(a, b)),
           lambda a, b: (a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))))
scalar("Beta", 0, (1, 1), [0, 1], lambda x, a, b: mpf(0))
scalar("Uniform", 0, (-1, 3), [-1, 0, 3, 3.5, -2], lambda x, l, h: -log(h - l) if l <= x <= h else -inf,
       lambda l, h: ((l + h) / 2, (h - l) ** 2 / 12))
# Counts and categories.
for p in [0, 0.25, 1 - 1e-12, 1]:
    scalar("Bernoulli", 0, (p,), [0, 1], lambda x, p: xlog(x, p) + xlog(1 - x, 1 - p), lambda p: (p, p * (1 - p)))
for l in [-800, -3, 0, 40, 800]:
    scalar("Bernoulli", 1, (l,), [0, 1], lambda x, l: -log1p(exp(-l)) if x == 1 else -log1p(exp(l)),
           lambda l: (sigmoid(l), sigmoid(l) * sigmoid(-l)))
for a in [(10, 0.3), (10, 0), (10, 1), (100000, 1e-4)]:
    scalar("Binomial", 0, a, [0, 3, 10], lambda x, n, p: log(binomial(n, x)) + xlog(x, p) + xlog(n - x, 1 - p),
           lambda n, p: (n * p, n * p * (1 - p)))
scalar("Binomial", 0, (1e9, 0.5), [5e8, 500010000], lambda x, n, p:
       loggamma(n + 1) - loggamma(x + 1) - loggamma(n - x + 1) + x * log(p) + (n - x) * log(1 - p))
scalar("Binomial", 1, (10, -50), [0, 10], lambda x, n, l:
       log(binomial(n, x)) - x * log1p(exp(-l)) - (n - x) * log1p(exp(l)),
       lambda n, l: (n * sigmoid(l), n * sigmoid(l) * sigmoid(-l)))
def poisson(x, r): return xlog(x, r) - r - loggamma(x + 1)
for r in [0, 1e-9, 2.5, 1e6]:
    scalar("Poisson", 0, (r,), [0, 1, 7, 1e6], poisson, lambda r: (r, r))
def nb(x, m, r):
    return loggamma(x + r) - loggamma(r) - loggamma(x + 1) + xlog(x, m / (r + m)) - r * log1p(m / r)
for a in [(3, 0.5), (3, 1), (250, 12.5), (3, 1e6), (3, 1e12), (0.001, 1e-3), (1e5, 2), (0, 3)]:
    scalar("NegativeBinomial", 0, a, [0, 1, 7, 4000], nb, lambda m, r: (m, m + m * m / r))
for p in [1, 0.3, 1e-9]:
    scalar("Geometric", 0, (p,), [0, 1, 50], lambda x, p: log(p) + xlog(x, 1 - p), lambda p: ((1 - p) / p, (1 - p) / p ** 2))
probabilities = [0.5, 0.0, 0.2, 0.3]
for x in range(4):
    case("Categorical", 0, [probabilities], x, xlog(1, mpf(probabilities[x])))
logits = [800.0, -3.0, 799.0]
for x in range(3):
    case("Categorical", 1, [logits], x, mpf(logits[x]) - log(sum(exp(mpf(l)) for l in logits)))
def multinomial(x, p):
    return loggamma(sum(x) + 1) - sum(loggamma(v + 1) for v in x) + sum(xlog(v, mpf(q)) for v, q in zip(x, p))
for n, x in [(6, [1, 0, 2, 3]), (0, [0, 0, 0, 0]), (6, [1, 1, 1, 3]), (7, [1, 0, 2, 3])]:
    p = np.array(probabilities)
    case("Multinomial", 0, [n, p], x, multinomial(x, p) if sum(x) == n else -inf, n * p, n * p * (1 - p))
# Vectors and matrices.
for a in [[1, 1, 1], [0.5, 2, 7], [1000, 2000, 1]]:
    t = sum(a)
    for x in [[0.25, 0.25, 0.5], [1e-8, 0.75, 1 - 0.75 - 1e-8]]:
        case("Dirichlet", 0, [a], x, loggamma(t) - sum(loggamma(v) for v in a)
             + sum((mpf(v) - 1) * log(mpf(u)) for v, u in zip(a, x)),
             [v / t for v in a], [v / t * (1 - v / t) / (t + 1) for v in a])
mean, cov = np.array([1.0, -2.0, 0.5]), np.array([[2.0, 0.6, -0.3], [0.6, 1.0, 0.2], [-0.3, 0.2, 0.5]])
for x in [[1, -2, 0.5], [0, 0, 0], [30, -10, 5]]:
    case("MultivariateNormal", 0, [mean, cov], x, stats.multivariate_normal(mean, cov).logpdf(x), mean, np.diag(cov))
case("MultivariateNormal", 0, [mean, 1e-8 * cov], mean + 1e-4, stats.multivariate_normal([0] * 3, cov).logpdf([1] * 3)
     + 12 * np.log(10), mean, 1e-8 * np.diag(cov))
other = np.array([[1.5, 0.1, 0.4], [0.1, 2.5, -0.7], [0.4, -0.7, 3.0]])
d = np.diag(cov)
for nu in [7.5, 40.0]:
    case("Wishart", 0, [nu, cov], other, stats.wishart(nu, cov).logpdf(other), nu * cov, nu * (cov ** 2 + np.outer(d, d)))
    m = nu - 4
    case("InverseWishart", 0, [nu, cov], other, stats.invwishart(nu, cov).logpdf(other), cov / m,
         ((m + 2) * cov ** 2 + m * np.outer(d, d)) / ((m + 1) * m * m * (m - 2)))
# The LKJ normaliser from its definition: the integral of |R|^(shape − 1) over the three correlations,
# by the substitution to independent partial correlations.
for shape in [1, 0.5, 2, 10]:
    e = mpf(shape)
    def side(b): return mp.quad(lambda t: (1 - t * t) ** (b - 1), [-1, 0, 1]) if b >= 1 else 2 ** (2 * b - 1) * beta(b, b)
    R = np.array([[1, 0.5, -0.2], [0.5, 1, 0.1], [-0.2, 0.1, 1]])
    case("LKJ", 0, [shape], R, (e - 1) * log(mpf(np.linalg.det(R))) - 2 * log(side(e + mpf(1) / 2)) - log(side(e)))
    R = R[:2, :2]
    case("LKJ", 0, [shape], R, (e - 1) * log(mpf("0.75")) - log(side(e)))

# log P(low ≤ X ≤ high).
def two(cdf, low, high):
    return log((cdf(mpf(high)) if high is not None else 1) - (cdf(mpf(low)) if low is not None else 0))
mp.dps = 400
limits = [(-1, 2), (None, 0.5), (0.5, None), (8, 9), (-9, -8), (30, 30.5), (None, -35), (35, None), (3, 3 + 1e-6)]
# Exact tails: every distribution function here is evaluated with 400 digits.
for low, high in limits:
    interval("Normal", [1, 2], low, high, two(lambda x: ncdf((x - 1) / 2), low, high))
    interval("Logistic", [1, 2], low, high, two(lambda x: sigmoid((x - 1) / 2), low, high))
    interval("Laplace", [1, 2], low, high, two(
        lambda x: exp((x - 1) / 2) / 2 if x < 1 else 1 - exp(-(x - 1) / 2) / 2, low, high))
for low, high in [(0.5, 2), (None, 0.5), (0.5, None), (8, 9), (0, 1), (-1, 1), (60, 60.5), (2, 2 + 1e-9)]:
    interval("Exponential", [1.5], low, high, two(lambda x: 1 - exp(-1.5 * max(x, 0)), low, high))
    interval("Weibull", [1.5, 2], low, high, two(lambda x: 1 - exp(-(max(x, mpf(0)) / 2) ** mpf(1.5)), low, high))
    interval("HalfNormal", [2], low, high, two(lambda x: 2 * ncdf(max(x, 0) / 2) - 1, low, high))
    interval("LogNormal", [0.5, 2], low, high, two(
        lambda x: ncdf((log(x) - mpf(0.5)) / 2) if x > 0 else mpf(0), low, high))
    interval("Geometric", [0.25], low, high, log(
        (1 - mpf("0.75") ** (mp.floor(high) + 1) if high is not None else 1)
        - (1 - mpf("0.75") ** mp.ceil(max(low, 0)) if low is not None else 0))
        if mp.floor(high if high is not None else 1e9) >= mp.ceil(low if low is not None else 0) else -inf)
for low, high in [(-2, 0), (0, None), (None, 0), (1, 9)]:
    interval("Uniform", [-1, 3], low, high, log((min(high if high is not None else 3, 3) - max(low if low is not None else -1, -1)) / mpf(4)))

json.dump({"cases": cases, "intervals": intervals}, sys.stdout, separators=(",", ":"))
print()
