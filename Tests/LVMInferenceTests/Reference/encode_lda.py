"""Probabilities of the species of some irises by linear discriminant analysis, for EncodeLabelTests.swift.

Needs scikit-learn: python3 Tests/LVMInferenceTests/Reference/encode_lda.py
"""

import csv
from pathlib import Path

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

path = Path(__file__).resolve().parents[2] / "models" / "data" / "iris.csv"
with open(path) as file:
    rows = np.array([[float(x) for x in row] for row in list(csv.reader(file))[1:]])
x, species = rows[:, :4], rows[:, 4].astype(int)
# With this solver the covariance is the mean within species with divisor n: the estimate of maximum likelihood.
lda = LinearDiscriminantAnalysis(solver="lsqr").fit(x, species)
for row in (0, 70, 77, 83, 133, 149):
    print(row, [f"{p:.9g}" for p in lda.predict_proba(x[row : row + 1])[0]])
