"""Posteriors of random linear-Gaussian models from their dense joint Gaussian, with mpmath at 80 digits.

    python gaussian_posteriors.py > ../GaussianReference.swift && swift format -i ../GaussianReference.swift
"""

import mpmath as mp
import numpy as np

mp.mp.dps = 80
rng = np.random.default_rng(20)
SCALES = [1e-9, 1e-9, 1e-7, 1e-5, 1e-2, 1.0]


def number(v):
    return repr(float(v))


def vector(v):
    return "[" + ", ".join(number(x) for x in v) + "]"


def matrix(m):
    return "[" + ", ".join(vector(r) for r in m) + "]"


def rounded(v):
    return np.round(v, 3)


def case(k):
    """Two latents, the second perhaps with a mean in the first, and one or two observed vectors."""
    n, m = int(rng.integers(1, 4)), int(rng.integers(1, 3))
    chained, second = k % 3 == 0, k % 2 == 0
    a = rounded(rng.normal(size=(m, n)))
    lines = [f"latent z : real[{n}] ~ Normal(0, 1)"]
    if chained:
        lines.append(f"latent u : real[{m}] ~ Normal({matrix(a)} * z, 0.5)")
    else:
        lines.append(f"latent u : real[{m}] ~ Normal(0.3, 2)")
    # Latents as root · noise + mean.
    root = mp.zeros(n + m)
    mean = mp.zeros(n + m, 1)
    for i in range(n):
        root[i, i] = 1
    for i in range(m):
        root[n + i, n + i] = mp.mpf("0.5") if chained else 2
        mean[n + i] = 0 if chained else mp.mpf(0.3)
        for j in range(n):
            root[n + i, j] = mp.mpf(a[i, j]) if chained else 0
    gains, offsets, scales, names = [], [], [], []
    for name in ["x", "y"][: 2 if second else 1]:
        d = int(rng.integers(2, 4))
        w, v = rounded(rng.normal(size=(d, n))), rounded(rng.normal(size=(d, m)))
        c = rounded(rng.normal(size=d))
        s = np.array([float(f"{rng.choice(SCALES) * rng.uniform(0.5, 2):.3g}") for _ in range(d)])
        lines.append(
            f"observe {name} : real[{d}] ~ Normal({matrix(w)} * z + {matrix(v)} * u + {vector(c)}, {vector(s)})")
        for i in range(d):
            gains.append([mp.mpf(t) for t in w[i]] + [mp.mpf(t) for t in v[i]])
            offsets.append(mp.mpf(c[i]))
            scales.append(mp.mpf(s[i]))
            names.append(f"{name}{i + 1}")
    g = mp.matrix(gains)
    cov = root * root.T
    noise = mp.diag([s * s for s in scales])
    joint = g * cov * g.T + noise
    centre = g * mean + mp.matrix(offsets)
    rows = []
    for missing in [False, True]:
        eps = rng.normal(size=n + m)
        x = centre + g * (root * mp.matrix(list(eps))) + mp.matrix(
            [s * mp.mpf(e) for s, e in zip(scales, rng.normal(size=len(scales)))])
        x = [float(t) for t in x]
        gap = int(rng.integers(len(x))) if missing and len(x) > 1 else None
        seen = [i for i in range(len(x)) if i != gap]
        block = mp.matrix([[joint[i, j] for j in seen] for i in seen])
        inverse = block ** -1
        r = mp.matrix([mp.mpf(x[i]) - centre[i] for i in seen])
        across = cov * g.T
        across = mp.matrix([[across[i, j] for j in seen] for i in range(n + m)])
        post = mean + across * inverse * r
        spread = cov - across * inverse * across.T
        cell = []
        if gap is not None:
            one = mp.matrix([[joint[gap, j] for j in seen]])
            cell = [centre[gap] + (one * inverse * r)[0],
                    mp.sqrt(joint[gap, gap] - (one * inverse * one.T)[0])]
        density = -(r.T * inverse * r)[0] / 2 - mp.log(mp.det(block)) / 2 - len(seen) * mp.log(2 * mp.pi) / 2
        rows.append((x, gap, [post[i] for i in range(n + m)],
                     [mp.sqrt(spread[i, i]) for i in range(n + m)], cell, density))
    return n, lines, names, rows


print("/// Made by Reference/gaussian_posteriors.py.")
print("let gaussianReference: [GaussianCase] = [")
for k in range(24):
    n, lines, names, rows = case(k)
    print("  GaussianCase(")
    print('    """')
    print("    each row {")
    for line in lines:
        print(f"      {line}")
    print("    }")
    print('    """,')
    print(f"    columns: {names}".replace("'", '"') + f", widthOfZ: {n},")
    print("    rows: [")
    for x, gap, mean, sd, cell, density in rows:
        print(f"      .init(x: {vector(x)}, gap: {'nil' if gap is None else gap},")
        print(f"        mean: {vector(mean)},")
        print(f"        sd: {vector(sd)},")
        print(f"        cell: {vector(cell)}, density: {number(density)}),")
    print("    ]),")
print("]")
