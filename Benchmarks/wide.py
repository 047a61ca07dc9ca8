#!/usr/bin/env python3
"""Models of many variables, and how long `lvmc check` takes over them.

    Benchmarks/wide.py [LVMC] [--kinds observes,lets] [--counts 100,1000]

One line per kind and count: wall-clock seconds of `lvmc check`, best of three.
`Benchmarks/wide.py --print KIND COUNT` prints one model.
"""

import argparse
import subprocess
import tempfile
import time
from pathlib import Path


def observes(count):
    """Independent observed scalars, each with its own mean and spread."""
    for i in range(count):
        yield f"param m{i} : real"
        yield f"param s{i} : positive"
        yield f"observe x{i} : real ~ Normal(m{i}, s{i})"


def factor(count):
    """One latent scalar with a loading for each observed scalar."""
    yield "latent z : real ~ Normal(0, 1)"
    for i in range(count):
        yield f"param w{i} : real"
        yield f"param s{i} : positive"
        yield f"observe x{i} : real ~ Normal(w{i} * z, s{i})"


def mixture(count):
    """One class with a row of means for each observed scalar."""
    yield "param pi : simplex[3]"
    yield "latent k : category[3] ~ Categorical(pi)"
    for i in range(count):
        yield f"param m{i} : real[3]"
        yield f"param s{i} : positive"
        yield f"observe x{i} : real ~ Normal(m{i}[k], s{i})"


def regression(count):
    """One response on many named predictors."""
    yield "param a : real"
    yield "param s : positive"
    for i in range(count):
        yield f"given x{i} : real"
        yield f"param b{i} : real"
    terms = " + ".join(f"b{i} * x{i}" for i in range(count))
    yield f"observe y : real ~ Normal(a + {terms}, s)"


def lets(count):
    """A chain of definitions, each of which reads the one before."""
    yield "given x : real"
    yield "param b : real"
    yield "param s : positive"
    for i in range(count):
        yield f"let h{i} = b * {f'h{i - 1}' if i else 'x'} + {i}"
    yield f"observe y : real ~ Normal(h{count - 1}, s)"


KINDS = {f.__name__: f for f in (observes, factor, mixture, regression, lets)}


def model(kind, count):
    """The text of a model: parameters first, then what each row has."""
    lines = list(KINDS[kind](count))
    free = [line for line in lines if line.startswith("param ")]
    rows = ["  " + line for line in lines if line not in set(free)]
    return "\n".join([f"model Wide{kind.title()}", "", *free, "", "each row {", *rows, "}", ""])


def seconds(lvmc, path, limit):
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        try:
            done = subprocess.run([lvmc, "check", path], capture_output=True, text=True, timeout=limit)
        except subprocess.TimeoutExpired:
            return f"over {limit} s"
        best = min(best, time.perf_counter() - start)
        if done.returncode:
            return f"exit {done.returncode}: {done.stderr.splitlines()[:1]}"
    return f"{best:.3f} s"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lvmc", nargs="?", default=".build/release/lvmc")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--counts", default="100,300,1000")
    parser.add_argument("--limit", type=float, default=60, help="seconds a check may take")
    parser.add_argument("--print", nargs=2, metavar=("KIND", "COUNT"), dest="show")
    options = parser.parse_args()
    if options.show:
        print(model(options.show[0], int(options.show[1])), end="")
        return
    with tempfile.TemporaryDirectory() as folder:
        for kind in options.kinds.split(","):
            for count in map(int, options.counts.split(",")):
                path = Path(folder) / f"{kind}-{count}.lvm"
                path.write_text(model(kind, count))
                print(f"{kind:12}{count:6}  {seconds(options.lvmc, path, options.limit)}", flush=True)


if __name__ == "__main__":
    main()
