"""Means of a normal variable cut to limits, by quadrature: what `Censored` with limits gives.

    python clipped_means.py
"""

import numpy as np
from scipy import integrate, stats


def mean(m, s, low, high):
    law = stats.norm(m, s)
    inner = integrate.quad(
        lambda x: x * law.pdf(x), max(low, m - 40 * s), min(high, m + 40 * s),
        points=[m], epsabs=1e-13, epsrel=1e-13)[0]
    ends = 0.0
    if np.isfinite(low):
        ends += low * law.cdf(low)
    if np.isfinite(high):
        ends += high * law.sf(high)
    return inner + ends


for low, high in [(0, np.inf), (-np.inf, 3), (0, 3)]:
    print(low, high, repr(float(mean(1.25, 2, low, high))))
