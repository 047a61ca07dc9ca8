"""The optimum of Poisson counts with an effect of the group and one of the row: QuadratureTests."""
import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, logsumexp


def nested_counts():
    """Poisson counts with an effect of the group inside one of the row: trapezoidal rule on both."""
    y = np.array([[3, 2, 9, 1, 4, 6], [1, 0, 0, 3, 1, 1], [5, 12, 4, 7, 2, 8], [2, 2, 3, 0, 5, 1],
                  [9, 14, 3, 8, 20, 6], [0, 1, 2, 0, 0, 1]])
    x = np.linspace(-9, 9, 601)
    weight = -0.5 * x * x - 0.5 * np.log(2 * np.pi) + np.log(x[1] - x[0])

    def minus(p):
        total = 0.0
        eta = p[0] + np.exp(p[1]) * x[:, None] + np.exp(p[2]) * x[None, :]
        for group in y:
            inner = sum(logsumexp(v * eta - np.exp(eta) - gammaln(v + 1) + weight, axis=1) for v in group)
            total += logsumexp(inner + weight)
        return -total

    best = minimize(minus, [1, -0.3, -0.7], method="Nelder-Mead", options=dict(xatol=1e-8, fatol=1e-11, maxiter=3000))
    print("nested counts", -best.fun, best.x[0], *np.exp(best.x[1:]))


nested_counts()
