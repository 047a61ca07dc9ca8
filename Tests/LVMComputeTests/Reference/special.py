"""Writes ../SpecialReference.swift: special functions at 60+ digits by mpmath.

Needs mpmath. Run as: python3 special.py > ../SpecialReference.swift
"""

import itertools
import random

from mpmath import mp, mpf, digamma, erfc, log, loggamma, polygamma, sqrt

mp.dps = 80
inf = mpf("inf")


def near(rng, low, high, count):
    """Doubles log-uniform in [10**low, 10**high]."""
    return [10 ** rng.uniform(low, high) for _ in range(count)]


rng = random.Random(20260101)
positive = [1e-300, 1e-20, 1e-8, 0.1, 0.5, 0.999999, 1.0000001, 1.25, 1.46163214496836, 1.4616322,
            1.5, 1.9999999, 2.0000001, 2.5, 3.75, 7.9, 8.1, 9.999, 10.0, 10.5, 33.3, 170.6, 1e3, 1e6,
            1e10, 1e15, 1e100, 1e300]
positive += near(rng, -3, 3, 40)
negative = [-1e-20, -1e-5, -0.1, -0.25, -0.5, -0.75, -0.999, -1.0001, -1.5, -2.4, -3.9, -10.3, -20.6,
            -100.25, -1234.5]
tails = [0.0, 1e-300, -1e-300, 1e-9, -1e-9, 0.3, -0.3, 0.6, -0.6, 1.0, -1.0, 1.5, -1.5, 2.2, -2.2, 4.0,
         -4.0, 5.5, -5.5, 6.5, -6.5, 8.0, -8.0, 12.3, -12.3, 20.7, -20.7, 29.9, -29.9, -30.0, -30.1, 36.5,
         -36.5, -37.4, -38.0, -50.0, -1e3, -1e5, -1e10]
tails += [rng.uniform(-37, 37) for _ in range(30)]


def log_cdf(x):
    with mp.workdps(400):  # 1 − 1e-292 has to be told from 1
        return +log(cdf(x))


def cdf(x):
    x = mpf(x)
    if x < -1000:  # mpmath's erfc underflows nothing, but is slow to converge this far out
        z = 1 / (x * x)
        mills, term = mpf(1), mpf(1)
        for k in range(1, 12):
            term *= -(2 * k - 1) * z
            mills += term
        return mp.exp(-x * x / 2) / (-x * sqrt(2 * mp.pi)) * mills
    return erfc(-x / sqrt(mpf(2))) / 2


def lgamma(x):
    x = mpf(x)
    if x > 0:
        return loggamma(x)
    return log(mp.pi / abs(mp.sin(mp.pi * x))) - loggamma(1 - x)


def log_rising(x, n):
    # Enough digits for n far below the rounding of x.
    with mp.workdps(400):
        return +(loggamma(mpf(x) + mpf(n)) - loggamma(mpf(x)))


def digamma_rising(x, n):
    with mp.workdps(400):
        return +(digamma(mpf(x) + mpf(n)) - digamma(mpf(x)))


def lbeta(a, b):
    with mp.workdps(700):
        a, b = mpf(a), mpf(b)
        return +(loggamma(a) + loggamma(b) - loggamma(a + b))


xs = [1e-300, 1e-12, 1e-3, 0.3, 0.999, 1.0001, 1.7, 3.2, 9.99, 10.01, 57.3, 1e4, 1e8, 1e12]
ns = [1e-200, 1e-17, 1e-6, 0.5, 1, 2, 3, 7, 8, 9, 33, 12.75, 1e3, 1e6, 123456789.0, 1e9]
rising = list(itertools.product(xs, ns)) + list(zip(near(rng, -2, 12, 60), near(rng, -3, 9, 60)))
pairs = [(a, b) for a, b in itertools.combinations_with_replacement(
    [1e-300, 1e-10, 0.2, 0.9, 1.3, 4.5, 9.9, 10.1, 40.0, 1e3, 1e7, 1e12, 1e100], 2)]
pairs += list(zip(near(rng, -2, 6, 40), near(rng, -2, 12, 40)))


def literal(v):
    return "-.infinity" if v == -inf else ".infinity" if v == inf else repr(float(v))


def table(name, rows):
    print(f"  static let {name}: [[Double]] = [")
    for row in rows:
        print("    [" + ", ".join(literal(v) for v in row) + "],")
    print("  ]\n")


print("// Written by Reference/special.py; do not edit.\n")
print("/// Arguments, then the value to double precision.")
print("enum SpecialReference {")
table("lgamma", [(x, lgamma(x)) for x in positive + negative])
table("digamma", [(x, digamma(mpf(x))) for x in positive + negative])
table("trigamma", [(x, polygamma(1, mpf(x))) for x in positive[1:] + negative])
table("normalCDF", [(x, cdf(x)) for x in tails if x > -37.5])
table("logNormalCDF", [(x, log_cdf(x)) for x in tails])
table("logRising", [(x, n, log_rising(x, n)) for x, n in rising])
table("digammaRising", [(x, n, digamma_rising(x, n)) for x, n in rising if x > 1e-100])
table("lbeta", [(a, b, lbeta(a, b)) for a, b in pairs])
print("}")
