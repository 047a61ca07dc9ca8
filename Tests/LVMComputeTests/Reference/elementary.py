"""Writes ElementaryReference.swift: elementary functions at ordinary and extreme points, by mpmath.

Run from this folder: python3 elementary.py > ../ElementaryReference.swift
and python3 elementary.py single > ../ElementarySingleReference.swift for single precision.
"""

import struct
import math
import random
import sys

import mpmath as mp
import numpy as np

mp.mp.prec = 400
single = sys.argv[1:] == ["single"]
random.seed(1)


def hexed(x):
    if math.isnan(x):
        return ".nan"
    if math.isinf(x):
        return ".infinity" if x > 0 else "-.infinity"
    if 0 < abs(x) < 2.0**-1022:
        # A subnormal literal draws a warning; its bits do not.
        return f"Double(bitPattern: 0x{struct.unpack('<Q', struct.pack('<d', x))[0]:x})"
    return x.hex()


def rounded(value):
    """The nearest number of the format, subnormals and overflow included, as a double."""
    digits, top, bottom = (24, 128, -149) if single else (53, 1024, -1074)
    if mp.isnan(value):
        return math.nan
    if mp.isinf(value):
        return math.inf if value > 0 else -math.inf
    if value == 0:
        return 0.0
    if abs(value) > mp.mpf(2) ** top * (1 - mp.mpf(2) ** -(digits + 1)):
        return math.inf if value > 0 else -math.inf
    exponent = max(int(mp.floor(mp.log(abs(value), 2))) - digits + 1, bottom)
    return math.ldexp(int(mp.nint(value / mp.mpf(2) ** exponent)), exponent)


def log_or_limit(x):
    if x > 0:
        return mp.log(x)
    return mp.ninf if x == 0 else mp.nan


functions = {
    "exp": mp.exp,
    "expm1": mp.expm1,
    "log": log_or_limit,
    "log1p": lambda x: mp.log1p(x) if x > -1 else log_or_limit(x + 1),
    "tanh": lambda x: mp.tanh(x) if abs(x) < 400 else mp.sign(x),
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)) if abs(x) < 5000 else (1 if x > 0 else 0),
    "softplus": lambda x: mp.log1p(mp.exp(x)) if abs(x) < 5000 else (x if x > 0 else 0),
}

tiny = [5e-324, 1e-310, 2.2250738585072014e-308, 1e-300, 1e-160, 1e-20, 1e-8, 1e-3]
middle = [0.1, 0.25, 0.34657359, 0.4142135, 0.5, 0.6931471805599453, 0.75, 1.0, 1.5, 2.0, 3.0, 7.5]
large = [20.0, 36.0, 37.5, 100.0, 700.0, 709.0, 709.782712893384, 709.79, 745.0, 745.2, 1e3, 1e9]
points = tiny + middle + large + [1e300]
points += [random.uniform(0, 2) for _ in range(40)] + [10 ** random.uniform(-5, 2.8) for _ in range(40)]
if single:
    smallest = [2.0**-149, 1e-40, 2.0**-126, 1e-37, 1e-30, 1e-20, 1e-8, 1e-4]
    points = smallest + middle + [8.0, 16.6, 17.0, 50.0, 87.3, 88.0, 88.72283, 88.73, 103.0, 104.0, 1e9, 1e38]
    points += [random.uniform(0, 2) for _ in range(40)] + [10 ** random.uniform(-4, 1.9) for _ in range(40)]
points = [0.0] + points + [-x for x in points] + [-1 + 1e-12, -1 + 2**-53, 1 + 2**-52, 1 - 2**-53]
if single:
    points = [float(np.float32(x)) for x in points[:-4]] + [-1 + 2.0**-24, 1 + 2.0**-23, 1 - 2.0**-24]


def value(name, x):
    if name in ("exp", "expm1") and x > 1000:
        return math.inf
    if name in ("exp",) and x < -1000:
        return 0.0
    if name == "expm1" and x < -1000:
        return -1.0
    return rounded(functions[name](mp.mpf(x)))


print("// Made by Reference/elementary.py; do not edit.")
print("\n/// Points and correctly rounded values" + (" in single precision." if single else "."))
print(f"let {'elementarySingleReference' if single else 'elementaryReference'}: [String: [(x: Double, y: Double)]] = [")
for name in functions:
    print(f'  "{name}": [')
    for x in points:
        print(f"    ({hexed(x)}, {hexed(value(name, x))}),")
    print("  ],")
print("]")
