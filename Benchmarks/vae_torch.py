#!/usr/bin/env python3
"""A variational autoencoder in eager PyTorch: prints one JSON line. Usage: vae_torch.py TABLE.npy BATCH EPOCHS"""
import json
import os
import sys
import time

import numpy as np
import torch
from torch import nn

table, batch, epochs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(os.cpu_count())
torch.manual_seed(0)
x = torch.from_numpy(np.load(table)).float()
rows, pixels = x.shape
hidden, latent = 400, 20
encoder = nn.Sequential(nn.Linear(pixels, hidden), nn.ReLU(), nn.Linear(hidden, 2 * latent))
decoder = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, pixels))
adam = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3)
density = nn.BCEWithLogitsLoss(reduction="sum")

seconds, elbo = [], []
for _ in range(epochs):
    start, total = time.perf_counter(), 0.0
    for chosen in torch.randperm(rows)[: rows // batch * batch].reshape(-1, batch):
        own = x[chosen]
        mean, log_variance = encoder(own).chunk(2, dim=1)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        kl = 0.5 * torch.sum(torch.exp(log_variance) + mean**2 - 1 - log_variance)
        loss = (density(decoder(z), own) + kl) / batch
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        total += loss.item()
    elbo.append(-total / (rows // batch))
    seconds.append(time.perf_counter() - start)
print(json.dumps({"seconds": seconds, "elbo": elbo, "version": "torch " + torch.__version__}))
