"""Makes the binary files that the tests of LVMData read. Needs NumPy 1.20 or newer.

    python3 make-files.py
"""

import gzip
import os

import numpy as np

here = os.path.dirname(os.path.abspath(__file__))


def path(name):
    return os.path.join(here, name)


grid = np.arange(12).reshape(4, 3)
for kind in ["f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
    np.save(path(f"grid-{kind}.npy"), grid.astype("<" + kind))
np.save(path("signed-i2.npy"), np.array([[-300, 5], [7, -8]], dtype="<i2"))
np.save(path("grid-fortran.npy"), np.asfortranarray(grid.astype("<f8") / 8))
np.save(path("grid-big.npy"), grid.astype(">f8"))
np.save(path("truth.npy"), np.array([[True, False], [False, True]]))
np.save(path("line.npy"), np.array([0.1, np.nan, -3.5]))
np.save(path("images-u1.npy"), np.arange(16, dtype="u1").reshape(2, 2, 2, 2))
np.save(path("beyond-i8.npy"), np.array([2**53 + 1], dtype="<i8"))
np.save(path("complex.npy"), np.array([1j]))
for version in [(2, 0), (3, 0)]:
    with open(path(f"version-{version[0]}.npy"), "wb") as file:
        np.lib.format.write_array(file, grid.astype("<f8"), version=version)

with open(path("two-members.csv.gz"), "wb") as file:
    file.write(gzip.compress(b"a,b\n1,2\n", mtime=0))
    file.write(gzip.compress(b"3,4\n5,\n", mtime=0))
with open(path("tabs.tsv.gz"), "wb") as file:
    file.write(gzip.compress(b"a\tb\n1,5\t2\n", mtime=0))
