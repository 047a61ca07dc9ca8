"""Writes OpReference.swift: values of tensor ops by numpy and scipy on inputs of the `wobble` sequence.

Run from this folder: python3 ops.py > ../OpReference.swift
"""

import math

import numpy as np
import scipy.linalg
import scipy.special


def wobble(count, low=-1.0, high=1.0, salt=0):
    out = []
    for i in range(count):
        x = ((i + 1) * 7919 + salt * 104729) * 0.6180339887498949
        out.append(low + (high - low) * (x - math.floor(x)))
    return np.array(out)


def tensor(dims, low=-1.0, high=1.0, salt=0):
    return wobble(int(np.prod(dims)), low, high, salt).reshape(dims)


def positive_definite(n, salt=0):
    a = tensor([n, n], salt=salt)
    return a @ a.T + 0.5 * np.eye(n)


x = tensor([2, 3, 4])
w = tensor([3, 1], 0.5, 2.0, 1)
p = positive_definite(4)
h = tensor([3, 4], salt=2)
large = positive_definite(30)
rhs = tensor([30, 2], salt=3)
batch = np.stack([positive_definite(3, s) for s in range(2)])
lower = np.linalg.cholesky(p)


def integral(p, h):
    return -0.5 * np.linalg.slogdet(p)[1] + 0.5 * h @ np.linalg.solve(p, h)


rows = {
    "add": x + w,
    "divide": x / w,
    "power": (x + 2) ** w,
    "maximum": np.maximum(x, w - 1),
    "xlogy": scipy.special.xlogy(x, w),
    "logRising": scipy.special.gammaln(x + 2 + w) - scipy.special.gammaln(x + 2),
    "lbeta": scipy.special.betaln(x + 2, w),
    "expDifference": np.exp(x - w),
    "digammaRising": scipy.special.digamma(x + 2 + w) - scipy.special.digamma(x + 2),
    "lgamma": scipy.special.gammaln(x + 2),
    "digamma": scipy.special.digamma(x + 2),
    "trigamma": scipy.special.polygamma(1, x + 2),
    "normalCDF": scipy.special.ndtr(x),
    "logNormalCDF": scipy.special.log_ndtr(x),
    "sum 0 2": x.sum(axis=(0, 2)),
    "sum 1": x.sum(axis=1),
    "max 0 2": x.max(axis=(0, 2)),
    "max 2": x.max(axis=2),
    "logSumExp 0 2": scipy.special.logsumexp(x, axis=(0, 2)),
    "logSumExp 1": scipy.special.logsumexp(x, axis=1),
    "cumsum 1": np.cumsum(x, axis=1),
    "cumsum 1 reversed": np.cumsum(x[:, ::-1], axis=1)[:, ::-1],
    "transpose": x.transpose(2, 0, 1),
    "slice": x[:, 1:3, :],
    "concat": np.concatenate([x, x[:, :1, :]], axis=1),
    "take": x[:, 0, :][[1, 0, 1]],
    "contract": np.einsum("abc,bd->cad", x, w),
    "cholesky": lower,
    "cholesky large": np.linalg.cholesky(large),
    "cholesky batch": np.linalg.cholesky(batch),
    "stackedRoot": np.linalg.cholesky(np.eye(4) + h.T @ h),
    "triangularSolve": scipy.linalg.solve_triangular(lower, h.T, lower=True),
    "triangularSolve transposed": scipy.linalg.solve_triangular(lower, h.T, lower=True, trans=1),
    "triangularSolve large": scipy.linalg.solve_triangular(
        np.linalg.cholesky(large), rhs, lower=True),
    "gaussianIntegral": np.array([integral(p, v) for v in h]),
    "spdSolve": np.array([np.linalg.solve(p, v) for v in h]),
    "spdInverse": np.linalg.inv(p),
    "spdInverse large": np.linalg.inv(large),
    "diagonal": np.diagonal(batch, axis1=1, axis2=2),
    "lowerTriangle": np.tril(p, -1) + 0.5 * np.diag(np.diag(p)),
}

print("// Made by Reference/ops.py; do not edit.")
print("\n/// Dimensions and values by name of the case in `OpTests`.")
print("let opReference: [String: (dims: [Int], values: [Double])] = [")
for name, value in rows.items():
    value = np.asarray(value)
    print(f'  "{name}": (')
    print(f"    {list(value.shape)},")
    print("    [")
    numbers = [repr(float(v)) for v in value.ravel()]
    line = "     "
    for number in numbers:
        if len(line) + len(number) + 2 > 100:
            print(line)
            line = "     "
        line += f" {number},"
    print(line)
    print("    ]")
    print("  ),")
print("]")
