"""How long work stands still when a worker or the leader of a local cluster is killed: from `kill -9` to the moment when what it
did is begun again, as the workers' logs tell it.
"""

import datetime
import json
import os
import shutil
import signal
import statistics
import subprocess
import time

import cluster
import renkei

WHAT = "work goes on after `kill -9`"
TARGET = 10
ROUNDS = 3


class Trial:
    """A cluster of two coordinators and two workers at work on a run of many shards of about a second."""

    def __init__(self, program, library, folder, **what):
        self.place = folder / "cluster"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        what = {key: value.resolve() if hasattr(value, "resolve") else value for key, value in what.items()}
        key = renkei.write_input(folder, stride=256, **what)
        spec = folder / "run.yaml"
        spec.write_text(spec.read_text().replace("store: store", "store: s3://renkei/recovery"))
        environment = {**os.environ, "RENKEI_ONNXRUNTIME": str(library.resolve()), "RENKEI_SITE_KEY": str(key.resolve())}
        self.call = lambda *rest: cluster.call(program, environment, folder / "cluster.log", *rest)
        self.ask = lambda *rest: subprocess.run([program, *map(str, rest)], env=environment, capture_output=True, text=True)
        self.call("cluster", "up", "--folder", self.place, "--coordinators", 2)
        self.call("submit", spec.resolve(), "--cluster", self.place / "client.yaml")

    def begun(self, worker):
        """Shards of the embed stage that a worker began, each with when."""
        for line in (self.place / f"{worker}.log").read_text().splitlines():
            if "try begins" in line and "stage=embed" in line:
                shard = line.split("shard=")[1].split()[0]
                yield cluster.moment(line.split()[0]), shard

    def kill(self, name):
        processes = json.loads((self.place / "processes.json").read_text())
        os.kill(next(one["id"] for one in processes if one["name"] == name), signal.SIGKILL)
        return datetime.datetime.now(datetime.timezone.utc)

    def leader(self):
        return json.loads(self.ask("status", "--cluster", self.place / "client.yaml", "--format", "json").stdout)[0]["leader"]


def until(ask):
    """The first answer that is one, asked for a minute."""
    for _ in range(1200):
        if answer := ask():
            return answer
        time.sleep(0.05)
    raise RuntimeError("waited in vain")


def worker_lost(trial):
    until(lambda: len(list(trial.begun("worker-1"))) > 2)
    at = trial.kill("worker-1")
    in_hand = list(trial.begun("worker-1"))[-1][1]
    again = until(lambda: [begun for begun, shard in trial.begun("worker-2") if shard == in_hand])
    return (again[0] - at).total_seconds()


def leader_lost(trial):
    until(lambda: len(list(trial.begun("worker-1"))) > 2)
    at = trial.kill(trial.leader())
    workers = ("worker-1", "worker-2")
    again = until(lambda: [begun for worker in workers for begun, _ in trial.begun(worker) if begun > at])
    return (min(again) - at).total_seconds()


def row(program, library, folder, name, measure, **what):
    found = []
    try:
        for _ in range(ROUNDS):
            trial = Trial(program, library, folder, **what)
            try:
                found.append(measure(trial))
            finally:
                trial.call("cluster", "down", "--folder", trial.place)
    except Exception as error:
        return f"| {WHAT} | {name} | could not run | - | - | {error} |"
    met = "met" if max(found) <= TARGET else "**missed**"
    each = ", ".join(f"{seconds:.1f}" for seconds in found)
    return f"| {WHAT} | {name} | {statistics.median(found):.1f} s | - | {TARGET} s: {met} | {each} s |"
