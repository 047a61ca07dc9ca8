"""Writes QuadraticReference.swift: whitened squares and weighted scatter by numpy on `wobble` inputs.

Run from this folder: python3 quadratic.py > ../QuadraticReference.swift

A result stands as its first and last number and a sum of all of them times a second sequence.
"""

import math

import numpy as np


def wobble(count, low=-1.0, high=1.0, salt=0):
    out = []
    for i in range(count):
        x = ((i + 1) * 7919 + salt * 104729) * 0.6180339887498949
        out.append(low + (high - low) * (x - math.floor(x)))
    return np.array(out)


def summary(values):
    values = values.ravel()
    checks = wobble(len(values), 0.3, 1.7, 5)
    return values[0], values[-1], float(np.sum(checks * values))


# rows, coordinates, states: one of each, lengths beside the widths of registers, tiles and blocks.
shapes = [
    (1, 1, 1), (77, 1, 3), (130, 2, 1), (65, 3, 2), (300, 4, 9), (200, 5, 2), (127, 7, 8),
    (64, 8, 3), (129, 9, 1), (260, 12, 2), (150, 15, 2), (2100, 16, 8), (70, 17, 3), (90, 33, 2),
]

print("// Made by Reference/quadratic.py; do not edit.")
print("\n/// Rows, coordinates, states; then first, last and checked sum of either op.")
print("let quadraticReference: [QuadraticCase] = [")
for n, d, k in shapes:
    x = wobble(n * d, -2, 3, 1).reshape(n, d)
    m = wobble(k * d, -1, 1, 2).reshape(k, d)
    factor = wobble(k * d * d, -1, 1, 3).reshape(k, d, d)
    w = wobble(n * k, 0, 1, 4).reshape(n, k)
    # A third of the weights are nothing, another third next to nothing.
    w = np.where(np.arange(n * k).reshape(n, k) % 3 == 1, 0.0, w)
    w = np.where(np.arange(n * k).reshape(n, k) % 3 == 2, w * 1e-60, w)
    r = x[:, None, :] - m[None]
    squares = (np.einsum("kij,nkj->nki", np.tril(factor), r) ** 2).sum(-1)
    first = np.einsum("nk,nki->ki", w, r)
    second = np.einsum("nk,nki,nkj->kij", w, r, r)
    scatter = np.concatenate([first, second.reshape(k, -1)], axis=1)
    numbers = [", ".join(repr(float(v)) for v in summary(a)) for a in (squares, scatter)]
    print(f"  .init(\n    {n}, {d}, {k}, squares: ({numbers[0]}),\n    scatter: ({numbers[1]})),")
print("]")
