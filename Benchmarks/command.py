"""Runs a command and says what it took."""
import json
import os
import statistics
import subprocess
import sys
import tempfile

root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
lvmc = os.environ.get("LVMC", os.path.join(root, ".build", "release", "lvmc"))


# A child's peak begins at its parent's size until it executes another program, and numpy's tables are
# large: a small process starts the command and tells its own children's peak.
starter = """
import os, resource, subprocess, sys, time
start = time.perf_counter()
status = subprocess.call(sys.argv[2:])
seconds = time.perf_counter() - start
with open(sys.argv[1], "w") as file:
    print(seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, file=file)
sys.exit(status)
"""


def measured(arguments):
    """Output, seconds and peak resident megabytes of a whole command."""
    with tempfile.NamedTemporaryFile("r") as told:
        process = subprocess.run(
            [sys.executable, "-S", "-c", starter, told.name, *arguments], stdout=subprocess.PIPE, text=True)
        if process.returncode != 0:
            raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}")
        seconds, megabytes = map(float, told.read().split())
    return process.stdout, seconds, megabytes


def run(folder, model, table, *flags):
    """One fit by the command: fit.json, seconds and peak megabytes of the whole command."""
    path = os.path.join(folder, "model.lvm")
    with open(path, "w") as file:
        file.write(model)
    out = os.path.join(folder, "out.fit")
    _, seconds, megabytes = measured([lvmc, "run", path, table, "-o", out, "--quiet", *flags])
    with open(os.path.join(out, "fit.json")) as file:
        return json.load(file), seconds, megabytes


def middle(values):
    return round(statistics.median(values), 5)
