"""Runs measures in turn, round by round, and takes medians."""

import json
import statistics
import subprocess
import sys
import traceback

ROUNDS = 3


def call(*command):
    """Runs a program that prints one JSON object as its last line."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=600)
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines() or ["no message"]
    if done.returncode != 0:
        raise RuntimeError(lines[-1])
    return json.loads(lines[-1])


def peer(script, *arguments):
    return call(sys.executable, f"benches/peers/{script}.py", *arguments)


def alternate(measures):
    """The median of each key that a measure returns; `fault`, a text, where a measure cannot be made."""
    found = {name: [] for name in measures}
    faults = {}
    for number in range(ROUNDS):
        for name in [name for name in measures if name not in faults]:
            print(f"round {number + 1}: {name}", file=sys.stderr, flush=True)
            try:
                found[name].append(measures[name]())
            except Exception as error:
                traceback.print_exc()
                faults[name] = {"fault": str(error)}
    return {name: faults.get(name) or medians(found[name]) for name in measures}


def medians(rounds):
    return {key: statistics.median(each[key] for each in rounds) for key in rounds[0]}
