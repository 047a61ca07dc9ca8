#!/usr/bin/env python3
"""lvmc beside a peer on the same table: one JSON line per comparison. Usage: compare.py gmm|csv [ROUNDS]"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")
root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
lvmc = os.environ.get("LVMC", os.path.join(root, ".build", "release", "lvmc"))
task = sys.argv[1]
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3

MIXTURE = """model Mixture(K = 8, D)
param weights : simplex[K]
param mean    : real[K, D]
param cov     : covariance[K, D]
each row {
  latent  kind : category[K] ~ Categorical(weights)
  observe x    : real[D]     ~ MultivariateNormal(mean[kind], cov[kind])
}
"""


def run(folder, model, table, *flags):
    """One fit by the command; returns fit.json and the seconds of the whole command."""
    path = os.path.join(folder, "model.lvm")
    with open(path, "w") as file:
        file.write(model)
    out = os.path.join(folder, "out.fit")
    start = time.perf_counter()
    subprocess.run([lvmc, "run", path, table, "-o", out, "--quiet", *flags], check=True)
    seconds = time.perf_counter() - start
    with open(os.path.join(out, "fit.json")) as file:
        return json.load(file), seconds


def gmm(folder):
    from sklearn.mixture import GaussianMixture

    rng = np.random.default_rng(0)
    n, d, k = 200_000, 16, 8
    centres = rng.normal(0, 6, (k, d))
    mix = np.eye(d) + 0.3 * rng.normal(size=(d, d))
    x = centres[rng.integers(k, size=n)] + rng.normal(size=(n, d)) @ mix
    table = os.path.join(folder, "x.npy")
    np.save(table, x)
    ours, theirs, whole, theirs_whole, values = [], [], [], [], []
    for _ in range(rounds):
        start = time.perf_counter()
        peer = GaussianMixture(k, max_iter=20, tol=0, init_params="random_from_data", random_state=0).fit(x)
        theirs.append((time.perf_counter() - start) / peer.n_iter_)
        start = time.perf_counter()
        best = GaussianMixture(k, max_iter=500, tol=1e-6, n_init=4, init_params="k-means++", random_state=0).fit(x)
        theirs_whole.append(time.perf_counter() - start)
        fit, seconds = run(folder, MIXTURE, table, "--restarts", "1")
        ours.append(fit["seconds"] / fit["iterations"])
        fit, seconds = run(folder, MIXTURE, table, "--restarts", "4")
        whole.append(seconds)
        values.append((fit["objective"]["value"], float(best.score(x) * n)))
    return {
        "peer": "scikit-learn", "rows": n, "seconds_per_iteration": statistics.median(ours),
        "peer_seconds_per_iteration": statistics.median(theirs),
        "ratio_per_iteration": statistics.median(theirs) / statistics.median(ours),
        "seconds_whole_command": statistics.median(whole), "peer_seconds_four_starts": statistics.median(theirs_whole),
        "ratio_whole": statistics.median(theirs_whole) / statistics.median(whole),
        "log_likelihood": values[0][0], "peer_log_likelihood": values[0][1],
    }


def csv(folder):
    rng = np.random.default_rng(1)
    table = os.path.join(folder, "x.csv")
    x = rng.normal(size=(1_000_000, 10))
    np.savetxt(table, x, delimiter=",", fmt="%.6f", header=",".join(f"x{i + 1}" for i in range(10)), comments="")
    size = os.path.getsize(table) / 1e6
    model = "model G(D)\nparam m : real[D]\nparam s : positive[D]\neach row { observe x : real[D] ~ Normal(m, s) }\n"
    ours, theirs = [], []
    for _ in range(rounds):
        fit, _ = run(folder, model, table)
        ours.append(fit["secondsReading"])
        start = time.perf_counter()
        with open(table) as file:
            file.readline()
            np.loadtxt(file, delimiter=",")
        theirs.append(time.perf_counter() - start)
    return {
        "peer": "numpy.loadtxt", "megabytes": size, "megabytes_per_second": size / statistics.median(ours),
        "peer_megabytes_per_second": size / statistics.median(theirs),
        "ratio": statistics.median(theirs) / statistics.median(ours),
    }


with tempfile.TemporaryDirectory() as folder:
    print(json.dumps({"task": task, **{"gmm": gmm, "csv": csv}[task](folder)}))
