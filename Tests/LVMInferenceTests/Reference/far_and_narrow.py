"""The log likelihood of QuadratureTests.farAndNarrow, with scipy."""

import numpy as np
from scipy import integrate, stats

total = 0.0
for x in (5001, 4990):
    def density(z):
        return stats.t.pdf((x - 5000 - 0.001 * z) / 2, 3) / 2 * stats.norm.pdf(z)
    total += np.log(integrate.quad(density, -12, 12, epsabs=0, epsrel=1e-12)[0])
print(total)
