"""The same run embedded and on a local cluster of two workers of one slot each: what the cluster costs.

The embed stage's time is taken from the commit records: from the first shard begun to the last one committed.
"""

import contextlib
import datetime
import json
import os
import shutil
import subprocess

import renkei

WHAT = "cluster over embedded, two workers"


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def span(store):
    """Of the one run in `store`: seconds from the first embed shard begun to the last committed, mean seconds a shard, root."""
    commits = [json.loads(file.read_text()) for file in store.glob("runs/*/commits/embed/*.json")]
    begun = min(moment(commit["started"]) for commit in commits)
    ended = max(moment(commit["committed"]) for commit in commits)
    lasted = [(moment(commit["committed"]) - moment(commit["started"])).total_seconds() for commit in commits]
    manifest = json.loads(next(store.glob("runs/*/manifest.json")).read_text())
    return (ended - begun).total_seconds(), sum(lasted) / len(lasted), manifest["merkle_root"]


@contextlib.contextmanager
def running(program, library, folder, key, *options):
    """A cluster in `folder`/cluster; yields what calls `renkei` as its user and gives what that prints."""
    place = folder / "cluster"
    environment = {**os.environ, "RENKEI_ONNXRUNTIME": str(library.resolve()), "RENKEI_SITE_KEY": str(key.resolve())}

    def call(*arguments):
        with open(folder / "cluster.log", "a") as log:
            command = [program, *map(str, arguments)]
            return subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True, check=True).stdout

    call("cluster", "up", "--folder", place, *options)
    try:
        yield lambda *arguments: call(*arguments, "--cluster", place / "client.yaml")
    finally:
        call("cluster", "down", "--folder", place)


def row(program, library, folder, name, **what):
    """One row of the table: `what` is the work, as renkei.run takes it."""
    try:
        renkei.run(program, library, folder, **what)
        embedded, _, root = span(folder / "store")
        shutil.move(folder / "store", folder / "store-embedded")
        with running(program, library, folder, folder / "site.key") as call:
            call("submit", (folder / "run.yaml").resolve(), "--watch")
        cluster, shard, other = span(folder / "store")
    except Exception as error:
        return f"| {WHAT} | {name} | could not run | - | - | {error} |"
    same = "same Merkle root" if root == other else "**another Merkle root**"
    return f"| {WHAT} | {name}, shards of {shard:.1f} s | {cluster:.1f} s for {embedded:.1f} s | {embedded / cluster:.2f} | | {same} |"
