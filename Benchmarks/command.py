"""Runs a command and says what it took."""
import json
import os
import statistics
import subprocess
import time

root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
lvmc = os.environ.get("LVMC", os.path.join(root, ".build", "release", "lvmc"))


def measured(arguments):
    """Output, seconds and peak resident megabytes of a whole command."""
    start = time.perf_counter()
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}")
    return output, time.perf_counter() - start, usage.ru_maxrss / 1024


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
