#!/usr/bin/env python3
"""A variational autoencoder in JAX, each epoch one jitted scan: prints one JSON line.

Usage: vae_jax.py TABLE.npy BATCH EPOCHS
"""
import json
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import optax

table, batch, epochs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
x = jnp.asarray(np.load(table), dtype=jnp.float32)
rows, pixels = x.shape
hidden, latent = 400, 20
keys = jax.random.split(jax.random.PRNGKey(0), 6)


def layer(key, inputs, outputs):
    width = 1 / np.sqrt(inputs)
    return {"w": jax.random.uniform(key, (inputs, outputs), minval=-width, maxval=width), "b": jnp.zeros(outputs)}


weights = {
    "encoder": layer(keys[0], pixels, hidden), "mean": layer(keys[1], hidden, latent),
    "scale": layer(keys[2], hidden, latent), "decoder": layer(keys[3], latent, hidden),
    "pixel": layer(keys[4], hidden, pixels),
}
adam = optax.adam(1e-3)


def negative_elbo(weights, rows, key):
    apply = lambda name, a: a @ weights[name]["w"] + weights[name]["b"]
    h = jax.nn.relu(apply("encoder", rows))
    mean, log_variance = apply("mean", h), apply("scale", h)
    z = mean + jnp.exp(0.5 * log_variance) * jax.random.normal(key, mean.shape)
    logits = apply("pixel", jax.nn.relu(apply("decoder", z)))
    log_p = jnp.sum(rows * logits - jax.nn.softplus(logits), axis=1)
    kl = 0.5 * jnp.sum(jnp.exp(log_variance) + mean**2 - 1 - log_variance, axis=1)
    return jnp.mean(kl - log_p)


@jax.jit
def epoch(weights, state, key):
    shuffle, key = jax.random.split(key)
    order = jax.random.permutation(shuffle, rows)[: rows // batch * batch].reshape(-1, batch)

    def step(carry, chosen):
        weights, state, key = carry
        draw, key = jax.random.split(key)
        value, gradient = jax.value_and_grad(negative_elbo)(weights, x[chosen], draw)
        change, state = adam.update(gradient, state)
        return (optax.apply_updates(weights, change), state, key), value

    (weights, state, key), values = jax.lax.scan(step, (weights, state, key), order)
    return weights, state, key, -jnp.mean(values)


state, key, seconds, elbo = adam.init(weights), keys[5], [], []
for _ in range(epochs):
    start = time.perf_counter()
    weights, state, key, value = epoch(weights, state, key)
    elbo.append(float(value))
    seconds.append(time.perf_counter() - start)
print(json.dumps({"seconds": seconds, "elbo": elbo, "version": "jax " + jax.__version__}))
