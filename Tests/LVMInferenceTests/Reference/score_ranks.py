"""Ranks of what observed distributions depend on: the Jacobian of moments, or of cell probabilities, in the
free parameters at a point drawn at random. Numbers of IdentificationTests.swift. Needs numpy."""

import itertools
import numpy as np

rng = np.random.default_rng(5)


def rank(f, u):
    u = np.asarray(u, float)
    columns = []
    for i in range(len(u)):
        def at(h):
            v = u.copy()
            v[i] += h
            return f(v)
        h = 1e-3
        columns.append((8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h))
    j = np.array(columns).T
    s = np.linalg.svd(j / np.linalg.norm(j, axis=0), compute_uv=False)
    return len(u), int((s > 1e-7 * s[0]).sum()), s


def moments(mean, cov):
    return np.concatenate([mean, cov[np.tril_indices(len(mean))]])


def latent_of_latent(u):
    """t ~ N(0, 1), z[2] ~ Normal(a t, e^s), x[6] ~ Normal(W z + mu, e^psi)."""
    a, s, w, mu, psi = u[:2], u[2], u[3:15].reshape(6, 2), u[15:21], u[21:27]
    z = np.outer(a, a) + np.exp(2 * s) * np.eye(2)
    return moments(mu, w @ z @ w.T + np.diag(np.exp(2 * psi)))


nodes, weights = np.polynomial.hermite_e.hermegauss(81)
weights = weights / weights.sum()


def cells(eta):
    """Probabilities of all patterns of 0/1 answers, logits eta[node, item], over the nodes."""
    p = 1 / (1 + np.exp(-eta))
    out = []
    for pattern in itertools.product([0, 1], repeat=eta.shape[1]):
        y = np.array(pattern)
        out.append((weights * np.prod(np.where(y, p, 1 - p), axis=1)).sum())
    return np.array(out)


def label_and_ability(u):
    """kind ~ Categorical(w), t ~ Normal(m[kind], 1), q[4] ~ Bernoulli(logit t - b), pass ~ Bernoulli(k[kind])."""
    w = 1 / (1 + np.exp(-u[0]))
    m, b, k = u[1:3], u[3:7], 1 / (1 + np.exp(-u[7:9]))
    out = []
    for share, mean, chance in [(w, m[0], k[0]), (1 - w, m[1], k[1])]:
        c = cells((nodes + mean)[:, None] - b)
        out.append(np.concatenate([share * chance * c, share * (1 - chance) * c]))
    return out[0] + out[1]


def two_parameter_items(u):
    """t ~ Normal(m, e^s), q[4] ~ Bernoulli(logit a (t - b))."""
    m, s, a, b = u[0], u[1], u[2:6], u[6:10]
    return cells(a * ((np.exp(s) * nodes + m)[:, None] - b))


def level(u):
    """Level 0 ~ Normal(0, e^q), then Normal(f level, e^q); y ~ Normal(c level, e^r), eight rows."""
    q, f, c, r = np.exp(u[0]), u[1], u[2], np.exp(u[3])
    n = 8
    l = np.array([[f ** (i - j) * q if j <= i else 0 for j in range(n)] for i in range(n)])
    return moments(np.zeros(n), c * c * l @ l.T + r * r * np.eye(n))


def point(n):
    return rng.normal(size=n) * 0.7


print("latent of a latent", *rank(latent_of_latent, point(27))[:2])
print("label and ability", *rank(label_and_ability, point(9))[:2])
print("label and ability, m[kind] - m[1]", *rank(lambda v: label_and_ability(np.r_[v[0], 0, v[2] - v[1], v[3:]]), point(9))[:2])
print("two-parameter items", *rank(two_parameter_items, np.r_[0.3, -0.2, 1, 0.6, 1.4, 0.9, point(4)])[:2])
print("level", *rank(level, [0.2, 0.7, 0.9, -0.3])[:2])
