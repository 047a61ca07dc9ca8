"""Optima and standard errors of models with a random intercept of a group, by a sum over 4,001 nodes of the standard
normal, BFGS, and the inverse of a Hessian by Richardson differences. Numbers of QuadratureErrorTests.swift.
Needs numpy and scipy."""

import numpy as np
from scipy import optimize, special

n = 84
G = np.arange(n) // 6
X = (np.arange(n) * 7 % 11) / 5 - 1
# A group's level and chance, made of fractional parts of multiples of irrational numbers.
LEVEL = 2 * ((G * 0.6180339887498949) % 1) - 1
U = (np.arange(n) * 0.7548776662466927 + 0.31) % 1
BINARY = (U < special.expit(0.4 + 0.9 * X + 2 * LEVEL)).astype(float)
COUNT = np.floor(-np.log(U) * np.exp(0.7 + 0.5 * X + LEVEL))

z = np.linspace(-9, 9, 4001)
log_w = -0.5 * z * z - 0.5 * np.log(2 * np.pi) + np.log(z[1] - z[0])
groups = [G == k for k in range(G.max() + 1)]


def marginal(log_density):
    return sum(special.logsumexp(log_density[m].sum(0) + log_w) for m in groups)


def logistic(p):
    eta = p[0] + p[1] * X[:, None] + p[2] * z
    return marginal(BINARY[:, None] * eta - np.logaddexp(0, eta))


def poisson(p):
    eta = p[0] + p[1] * X[:, None] + p[2] * z
    return marginal(COUNT[:, None] * eta - np.exp(eta) - special.gammaln(COUNT + 1)[:, None])


def survival(p):
    # Weibull times with a normal effect on the logarithm of their scale.
    t, k = (COUNT + 0.5)[:, None], p[3]
    log_scale = p[0] + p[1] * X[:, None] + p[2] * z
    r = np.log(t) - log_scale
    return marginal(np.log(k) - np.log(t) + k * r - np.exp(k * r))


def hessian(f, p, h=2e-3):
    def plain(h):
        d = len(p)
        e = np.eye(d) * h
        return np.array([[(f(p + e[i] + e[j]) - f(p + e[i] - e[j]) - f(p - e[i] + e[j])
                           + f(p - e[i] - e[j])) / (4 * h * h) for j in range(d)] for i in range(d)])
    return (4 * plain(h) - plain(2 * h)) / 3


for name, f, start in [("logistic", logistic, [0, 0, 1]), ("poisson", poisson, [0, 0, 1]),
                       ("weibull", survival, [0, 0, 1, 1])]:
    best = optimize.minimize(lambda p: -f(p), start, method="BFGS", options=dict(gtol=1e-7))
    p = np.array(best.x)
    p[2] = abs(p[2])  # the sign of an effect is its own
    for _ in range(3):  # Newton, to the last digit
        g = optimize.approx_fprime(p, f, 1e-6)
        p = p - np.linalg.solve(hessian(f, p), g)
    errors = np.sqrt(np.diag(np.linalg.inv(-hessian(f, p))))
    print(name, repr(f(p)), np.round(p, 6), np.round(errors, 6))
print(BINARY.astype(int).tolist())
print(COUNT.astype(int).tolist())
