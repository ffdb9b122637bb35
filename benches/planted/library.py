"""Encodes tissue tiles of real slides into the library that the bench of planted truths draws its tiles from.

Use: python3 library.py DATA MODEL OUT
DATA holds `slides/*.svs` and `tiles/*.tif` (the shared data folder, or the demo's components), MODEL is
EfficientNet-Lite0 as ONNX. OUT gets one line of JSON and then rows by columns of little-endian f32: the features turned on
to their principal axes, of which the first 128 are kept. What share of the variance they hold is in the line of JSON.
Tiles of tissue and nothing else go in: no name, no record, no outcome.
"""

import json
import pathlib
import sys

import numpy as np
import onnxruntime
import openslide
from PIL import Image

SIDE = 224
STRIDE = 160
KEPT = 128
# Part of a tile whose colours differ by more than this (0 to 255) between channels: glass is grey.
COLOURED, LEAST_TISSUE = 20, 0.6


def pictures(folder):
    """Every slide as one array, at about half a micrometre a pixel where the file says its scale."""
    for path in sorted((folder / "slides").glob("*.svs")):
        with openslide.OpenSlide(path) as slide:
            yield np.asarray(slide.read_region((0, 0), 0, slide.dimensions).convert("RGB"))
    for path in sorted((folder / "tiles").glob("*.tif")):
        whole = Image.open(path).convert("RGB")
        yield np.asarray(whole.resize((whole.width // 2, whole.height // 2), Image.Resampling.BOX))


def tiles(picture):
    height, width = picture.shape[:2]
    for top in range(0, height - SIDE + 1, STRIDE):
        for left in range(0, width - SIDE + 1, STRIDE):
            tile = picture[top : top + SIDE, left : left + SIDE].astype(np.int16)
            if (np.ptp(tile, axis=2) > COLOURED).mean() >= LEAST_TISSUE:
                yield tile


def features(session, tile):
    values = ((tile.astype(np.float32) - 127) / 128).transpose(2, 0, 1)[None]
    return session.run(["features"], {"input": values})[0][0]


def main(data, model, out):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    by_slide = [np.array([features(session, tile) for tile in tiles(picture)]) for picture in pictures(pathlib.Path(data))]
    rows = np.concatenate([found for found in by_slide if len(found)]).astype(np.float64)
    centred = rows - rows.mean(axis=0)
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    kept = min(KEPT, len(sizes))
    held = float((sizes[:kept] ** 2).sum() / (sizes**2).sum())
    head = {"rows": len(rows), "columns": kept, "slides": len(by_slide), "variance_kept": round(held, 4)}
    out = pathlib.Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(json.dumps(head).encode() + b"\n" + (centred @ axes[:kept].T).astype("<f4").tobytes())
    print(json.dumps(head), [len(found) for found in by_slide])


if __name__ == "__main__":
    main(*sys.argv[1:4])
