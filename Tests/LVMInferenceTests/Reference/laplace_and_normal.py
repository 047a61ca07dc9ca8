"""The log likelihood of QuadratureTests.laplaceUnderNormal: a Laplace density convolved with a normal."""
from math import erfc, exp, log, sqrt

location, scale, noise = -0.74, 1.01, 0.7


def below(z):
    return 0.5 * erfc(-z / sqrt(2))


total = 0.0
for x in (0.25, -0.56, -0.74, 5):
    r = x - location
    left = exp(-r / scale) * below(r / noise - noise / scale)
    right = exp(r / scale) * below(-r / noise - noise / scale)
    total += log(exp(noise**2 / (2 * scale**2)) / (2 * scale) * (left + right))
print(total)
