"""How long work stands still when a worker or the leader of a local cluster is killed: from `kill -9` to the moment when what it
did is begun again, as the workers' logs tell it.
"""

import contextlib
import datetime
import json
import os
import shutil
import signal
import statistics
import time

import cluster
import renkei

WHAT = "work goes on after `kill -9`"
TARGET = 10
ROUNDS = 3


class Trial:
    """A cluster of two coordinators and two workers at work on a run of many shards of about a second."""

    def __init__(self, place, call):
        self.place = place
        self.call = call

    @classmethod
    @contextlib.contextmanager
    def running(cls, program, library, folder, *, slide, encoder, **what):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        key = renkei.write_input(folder, slide.resolve(), encoder=encoder.resolve(), stride=256, **what)
        spec = folder / "run.yaml"
        spec.write_text(spec.read_text().replace("store: store", "store: s3://renkei/recovery"))
        with cluster.running(program, library, folder, key, "--coordinators", 2) as call:
            call("submit", spec.resolve())
            yield cls(folder / "cluster", call)

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
        return json.loads(self.call("status", "--format", "json"))[0]["leader"]


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
            with Trial.running(program, library, folder, **what) as trial:
                found.append(measure(trial))
    except Exception as error:
        return f"| {WHAT} | {name} | could not run | - | - | {error} |"
    met = "met" if max(found) <= TARGET else "**missed**"
    each = ", ".join(f"{seconds:.1f}" for seconds in found)
    return f"| {WHAT} | {name} | {statistics.median(found):.1f} s | - | {TARGET} s: {met} | {each} s |"
