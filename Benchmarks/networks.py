"""A variational autoencoder, 784–400–20–400–784, beside jitted JAX and eager PyTorch."""
import gzip
import json
import os
import sys

import numpy as np
from command import measured, middle, root, run

AUTOENCODER = """model Autoencoder(L = 20, H = 400, D)
network encoder(x : real[D]) -> mean : real[L], scale : positive[L] {
  dense(H) relu
}
network decoder(z : real[L]) -> pixel : unit[D] {
  dense(H) relu
}
each row {
  latent  z : real[L]   ~ Normal(0, 1)
  observe x : binary[D] ~ Bernoulli(decoder(z))
}
guide { z ~ Normal(encoder(x).mean, encoder(x).scale) }
fit { optimizer = Adam(0.001) }
"""


def images(folder):
    """60,000 binary images: each of the 5,000 that are bundled, inked anew twelve times."""
    with gzip.open(os.path.join(root, "models", "data", "mnist5k.csv.gz"), "rt") as file:
        names = file.readline().strip().split(",")
        cells = np.loadtxt(file, delimiter=",", dtype=np.float32)
    grey = np.tile(cells[:, [i for i, name in enumerate(names) if name.startswith("p")]] / 255, (12, 1))
    x = (np.random.default_rng(1).random(grey.shape, dtype=np.float32) < grey).astype(np.float32)
    path = os.path.join(folder, "x.npy")
    np.save(path, x)
    return path, len(x)


def rate(rows, seconds_of_six, seconds_of_one):
    """Rows a second without what happens once: the difference between six epochs and one."""
    return 5 * rows / (seconds_of_six - seconds_of_one)


def vae(folder, rounds):
    """Python for each peer is taken from JAX_PYTHON and TORCH_PYTHON; a peer without one is left out."""
    table, rows = images(folder)
    here = os.path.dirname(os.path.abspath(__file__))
    peers = {
        name: os.environ.get(f"{name.upper()}_PYTHON") for name in ["jax", "torch"]
    }
    result = {}
    for batch in [128, 512]:
        own = {"lvmc": {"rate": [], "whole": [], "memory": []}}
        for name, python in peers.items():
            if python:
                own[name] = {"rate": [], "whole": [], "memory": []}
        for _ in range(rounds):
            one, _, _ = run(folder, AUTOENCODER, table, "--fit", f"batch={batch}", "--fit", "epochs=1")
            six, _, _ = run(folder, AUTOENCODER, table, "--fit", f"batch={batch}", "--fit", "epochs=6")
            own["lvmc"]["rate"].append(rate(rows, six["seconds"], one["seconds"]))
            fit, seconds, megabytes = run(folder, AUTOENCODER, table, "--fit", f"batch={batch}", "--fit", "epochs=5")
            own["lvmc"]["whole"].append(seconds)
            own["lvmc"]["memory"].append(megabytes)
            own["lvmc"]["elbo"] = round(fit["objective"]["value"] / rows, 2)
            for name in own:
                if name == "lvmc":
                    continue
                script = os.path.join(here, f"vae_{name}.py")
                output, seconds, megabytes = measured([peers[name], script, table, str(batch), "5"])
                said = json.loads(output)
                own[name]["rate"].append(rows / np.median(said["seconds"][1:]))
                own[name]["whole"].append(seconds)
                own[name]["memory"].append(megabytes)
                own[name]["elbo"] = round(said["elbo"][-1], 2)
                own[name]["version"] = said["version"]
        result[f"batch {batch}"] = {
            name: {
                "rows_per_second": round(middle(values["rate"])), "seconds_of_five_epochs": middle(values["whole"]),
                "megabytes": round(middle(values["memory"])), "elbo_per_row": values["elbo"],
                **({"version": values["version"]} if "version" in values else {}),
            }
            for name, values in own.items()
        }
    return result
