"""Times Renkei beside peers and limits in one run and prints the table.

Use: benches/run, which makes the input
"""

import os
import pathlib
import platform
import sys
from functools import partial

import cluster
import memory
import pipeline
import reading
import recovery
import renkei

WORK = pathlib.Path(".renkei/bench")
DEMO = pathlib.Path(".renkei/demo")
HEAD = ["| what | who | figure | of the limit | target | note |", "|---|---|---:|---:|---|---|"]


def line(what, who, figure, unit, limit, target, note):
    if figure is None:
        return f"| {what} | {who} | could not run | - | - | {note} |"
    ratio = figure / limit if limit else None
    share = f"{ratio:.2f}" if ratio else "-"
    goal = "" if target is None or ratio is None else f"{target:.2f}: {'met' if ratio >= target else '**missed**'}"
    return f"| {what} | {who} | {figure:,.0f} {unit} | {share} | {goal} | {note} |"


def table(program):
    run = partial(renkei.run, program, DEMO / "onnxruntime/libonnxruntime.so", WORK / "run")
    small, large = WORK / "encoder", DEMO / "encoders/efficientnet-lite0"
    yield from HEAD
    for row in reading.rows(WORK / "slide.svs"):
        yield line(*row)
    for row in pipeline.small_rows(run, WORK / "slide.svs", small, WORK / "out"):
        yield line(*row)
    for row in pipeline.large_rows(run, WORK / "short.svs", large):
        yield line(*row)
    yield memory.row(run, WORK / "mosaic.tif", small)
    both = partial(cluster.row, program, DEMO / "onnxruntime/libonnxruntime.so", WORK / "run")
    slide = WORK / "slide.svs"
    yield both("35-MFLOP encoder", slide=slide, slides=6, um_per_px=0.25, encoder=small, shard=2048)
    yield both("EfficientNet-Lite0", slide=slide, slides=4, um_per_px=0.5, encoder=large, shard=2048)
    lost = partial(recovery.row, program, DEMO / "onnxruntime/libonnxruntime.so", WORK / "run")
    work = {"slide": slide, "slides": 30, "um_per_px": 0.25, "encoder": small, "shard": 2048}
    yield lost("a lost worker's shard", recovery.worker_lost, **work)
    yield lost("a lost leader", recovery.leader_lost, **work)


def main():
    cores = sorted(os.sched_getaffinity(0))[: pipeline.CORES]
    os.sched_setaffinity(0, cores)
    load = os.getloadavg()[0]
    text = "\n".join(table(sys.argv[1]))
    machine = f"{len(cores)} cores of {platform.machine()}, load {load:.1f} at the start; medians of 3 rounds in turn."
    (WORK / "table.md").write_text(f"{text}\n\n{machine}\n")
    print(f"{text}\n\n{machine}")


if __name__ == "__main__":
    main()
