"""Mixtures, factor models and table reading, beside scikit-learn and numpy."""
import os
import time

import numpy as np
from command import lvmc, measured, middle, run

MIXTURE = """model Mixture(K = 8, D)
param weights : simplex[K]
param mean    : real[K, D]
param cov     : covariance[K, D]
each row {
  latent  kind : category[K] ~ Categorical(weights)
  observe x    : real[D]     ~ MultivariateNormal(mean[kind], cov[kind])
}
"""

FACTORS = """model Factors(L = 10, D)
param W     : real[D, L]
param mu    : real[D]
param noise : positive[D]
each row {
  latent  z : real[L] ~ Normal(0, 1)
  observe x : real[D] ~ Normal(W * z + mu, noise)
}
"""

COMPONENTS = """model Components(L = 10, D)
param W     : real[D, L]
param mu    : real[D]
param noise : positive
each row {
  latent  z : real[L] ~ Normal(0, 1)
  observe x : real[D] ~ Normal(W * z + mu, noise)
}
"""


def mixture_table(folder, spread):
    """200,000 × 16 from 8 Gaussians whose centres are `spread` apart."""
    rng = np.random.default_rng(0)
    n, d, k = 200_000, 16, 8
    centres = rng.normal(0, spread, (k, d))
    mix = np.eye(d) + 0.3 * rng.normal(size=(d, d))
    x = centres[rng.integers(k, size=n)] + rng.normal(size=(n, d)) @ mix
    path = os.path.join(folder, "x.npy")
    np.save(path, x)
    return path, x


def factor_table(folder):
    """50,000 × 100 from 10 factors."""
    rng = np.random.default_rng(0)
    n, d, l = 50_000, 100, 10
    loadings = rng.normal(size=(d, l))
    x = rng.normal(size=(n, l)) @ loadings.T + rng.normal(size=(n, d)) * rng.uniform(0.5, 2, d)
    path = os.path.join(folder, "x.npy")
    np.save(path, x)
    return path, x


def seconds_of(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def em(folder, rounds):
    """EM where components overlap so that every row counts for several: seconds over iterations, with the climbs
    that lvmc makes where EM crawls counted as none."""
    from sklearn.mixture import GaussianMixture

    table, x = mixture_table(folder, 0.7)
    ours, theirs = [], []
    for _ in range(rounds):
        seconds, peer = seconds_of(
            lambda: GaussianMixture(8, max_iter=10, tol=0, init_params="random_from_data", random_state=0).fit(x))
        theirs.append(seconds / peer.n_iter_)
        fit, _, _ = run(folder, MIXTURE, table, "--restarts", "1")
        ours.append(fit["seconds"] / fit["iterations"])
    return {
        "peer": "scikit-learn", "seconds_per_iteration": middle(ours), "iterations": fit["iterations"],
        "seconds": fit["seconds"], "log_likelihood": round(fit["objective"]["value"], 3),
        "peer_seconds_per_iteration": middle(theirs), "ratio": round(middle(theirs) / middle(ours), 1),
    }


def gmm(folder, rounds):
    """From one seed to the optimum; the peer from k-means++ until it moves no more, and 20 iterations from random
    rows, which end lower. What the program takes before any table is told beside the peak of the whole."""
    from sklearn.mixture import GaussianMixture

    table, x = mixture_table(folder, 6)
    ours, theirs, random, whole, values, memory = [], [], [], [], [], []
    for i in range(rounds):
        seconds, peer = seconds_of(
            lambda: GaussianMixture(8, max_iter=500, tol=1e-6, init_params="k-means++", random_state=i).fit(x))
        slow, lower = seconds_of(
            lambda: GaussianMixture(8, max_iter=20, tol=0, init_params="random_from_data", random_state=i).fit(x))
        fit, all_of_it, megabytes = run(folder, MIXTURE, table, "--restarts", "1", "--seed", str(i + 1))
        values.append(tuple(
            round(v, 3)
            for v in (fit["objective"]["value"], float(peer.score(x) * len(x)), float(lower.score(x) * len(x)))))
        ours.append(fit["seconds"])
        theirs.append(seconds)
        random.append(slow)
        whole.append(all_of_it)
        memory.append(megabytes)
    _, _, program = measured([lvmc, "check", os.path.join(folder, "model.lvm")])
    return {
        "peer": "scikit-learn", "seconds": middle(ours), "peer_seconds": middle(theirs),
        "peer_seconds_random": middle(random), "seconds_whole_command": middle(whole),
        "ratio": round(middle(theirs) / middle(ours), 1), "ratio_random": round(middle(random) / middle(ours), 1),
        "log_likelihoods": values, "iterations": [fit["iterations"], peer.n_iter_, lower.n_iter_],
        "megabytes": middle(memory), "megabytes_of_program": middle([program]), "megabytes_of_table": x.nbytes / 1e6,
    }


def factors(folder, rounds, model, peer):
    table, x = factor_table(folder)
    ours, one, theirs, values, memory = [], [], [], [], []
    for _ in range(rounds):
        seconds, fitted = seconds_of(lambda: peer().fit(x))
        fit, _, megabytes = run(folder, model, table)
        single, _, _ = run(folder, model, table, "--restarts", "1")
        theirs.append(seconds)
        ours.append(fit["seconds"])
        one.append(single["seconds"])
        memory.append(megabytes)
        values.append((round(fit["objective"]["value"], 3), round(float(fitted.score(x) * len(x)), 3)))
    return {
        "peer": "scikit-learn", "seconds": middle(ours), "seconds_one_start": middle(one), "peer_seconds": middle(theirs),
        "ratio": round(middle(theirs) / middle(ours), 1), "log_likelihoods": values[-1],
        "megabytes": middle(memory), "megabytes_of_table": x.nbytes / 1e6,
    }


def fa(folder, rounds):
    from sklearn.decomposition import FactorAnalysis

    return factors(folder, rounds, FACTORS, lambda: FactorAnalysis(10, tol=1e-8, max_iter=1000))


def pca(folder, rounds):
    from sklearn.decomposition import PCA

    return factors(folder, rounds, COMPONENTS, lambda: PCA(10, svd_solver="covariance_eigh"))


def csv(folder, rounds):
    """Reading and parsing numbers, with numpy's own reader beside."""
    rng = np.random.default_rng(1)
    table = os.path.join(folder, "x.csv")
    x = rng.normal(size=(1_000_000, 10))
    np.savetxt(table, x, delimiter=",", fmt="%.6f", header=",".join(f"x{i + 1}" for i in range(10)), comments="")
    size = os.path.getsize(table) / 1e6
    model = "model G(D)\nparam m : real[D]\nparam s : positive[D]\neach row { observe x : real[D] ~ Normal(m, s) }\n"
    ours, single, theirs = [], [], []
    for _ in range(rounds):
        ours.append(run(folder, model, table)[0]["secondsReading"])
        single.append(run(folder, model, table, "--threads", "1")[0]["secondsReading"])
        theirs.append(seconds_of(lambda: np.loadtxt(table, delimiter=",", skiprows=1))[0])
    return {
        "peer": "numpy.loadtxt", "megabytes": round(size, 1), "megabytes_per_second": middle([size / s for s in ours]),
        "megabytes_per_second_one_thread": middle([size / s for s in single]),
        "peer_megabytes_per_second": middle([size / s for s in theirs]),
        "ratio_one_thread": round(middle(theirs) / middle(single), 1),
    }
