#!/usr/bin/env python3
"""lvmc beside a peer on the same table, in turn: one JSON line. Usage: compare.py TASK [ROUNDS]

TASK is one of em, gmm, fa, pca, csv, vae; rounds are 3 unless said.
"""
import json
import os
import sys
import tempfile
import warnings

import classical
import networks

warnings.filterwarnings("ignore")
tasks = {
    "em": classical.em, "gmm": classical.gmm, "fa": classical.fa, "pca": classical.pca, "csv": classical.csv,
    "vae": networks.vae,
}
if len(sys.argv) < 2 or sys.argv[1] not in tasks:
    sys.exit(__doc__)
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
with tempfile.TemporaryDirectory() as folder:
    result = tasks[sys.argv[1]](folder, rounds)
    print(json.dumps({"task": sys.argv[1], "cores": os.cpu_count(), "rounds": rounds, **result}))
