"""Slide to features to Parquet on two cores, beside peers and beside the limit: ONNX Runtime and libjpeg-turbo alone."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import renkei
import rounds

PEERS = {"plain Python": "plain", "two Python processes": "processes", "Daft": "daft", "Ray": "ray"}
CORES = 2
UNIT = "tiles/s"
SMALL_TARGET = 0.9
LARGE_TARGET = 0.95


def jpeg_alone(slide):
    """libjpeg-turbo on two cores at once, tiles a second."""
    with ThreadPoolExecutor(CORES) as pool:
        runs = [pool.submit(rounds.peer, "read", "libjpeg-turbo", slide) for _ in range(CORES)]
        return sum(run.result()["by_wall"] for run in runs)


def limit(slide, model):
    """What two cores reach if decoding and encoding cost what they cost alone, and nothing else costs anything."""
    encode, decode = rounds.peer("encode", model)["by_wall"], jpeg_alone(slide)
    return {"encode": encode, "decode": decode, "both": 1 / (1 / encode + 1 / decode)}


def small_rows(renkei_run, slide, encoder, out):
    model = encoder / "model.onnx"
    measures = {"limit": partial(limit, slide, model)}
    measures |= {name: partial(rounds.peer, "pipeline", peer, slide, model, out) for name, peer in PEERS.items()}
    measures["Renkei"] = partial(renkei_run, slide=slide, slides=6, um_per_px=0.25, encoder=encoder)
    found = rounds.alternate(measures)
    alone, ours = found.pop("limit"), found.pop("Renkei")
    what, both = "35-MFLOP encoder", alone.get("both")
    note = alone.get("fault") or f"ONNX Runtime {alone['encode']:,.0f}, libjpeg-turbo {alone['decode']:,.0f}"
    yield what, "limit: both alone, on two cores", both, UNIT, both, None, note
    for name, of in found.items():
        yield what, name, of.get("by_wall"), UNIT, both, None, of.get("fault", "")
    best = max((of["by_wall"] for of in found.values() if "by_wall" in of), default=0)
    note = ours.get("fault") or (f"{ours['embed'] / best:.1f} times the best peer" if best else "")
    yield what, "Renkei: `renkei run`, stage embed", ours.get("embed"), UNIT, both, SMALL_TARGET, note


def large_rows(renkei_run, slide, encoder):
    model = encoder / "model.onnx"
    # At the card's resolution, so that a tile is read as it is stored and not at half its size.
    ours = partial(renkei_run, slide=slide, slides=8, um_per_px=0.5, encoder=encoder)
    found = rounds.alternate({"limit": partial(rounds.peer, "encode", model), "Renkei": ours})
    alone, ours = found["limit"], found["Renkei"]
    what, limit = "EfficientNet-Lite0", alone.get("by_wall")
    yield what, "limit: ONNX Runtime alone, tiles in memory", limit, UNIT, limit, None, alone.get("fault", "")
    yield what, "Renkei: `renkei run`, stage embed", ours.get("embed"), UNIT, limit, LARGE_TARGET, ours.get("fault", "")
