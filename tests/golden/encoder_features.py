"""Prints reference features of two encoders on real tiles, computed by the Python package of ONNX Runtime.

Needs: numpy pillow onnxruntime==1.32.0. Use, from the repository:
python3 tests/golden/encoder_features.py ../shared/data > crates/inference/tests/fixtures/encoder_features.json

Each image gives three crops at (x, y): the output holds their first eight features, the sum and the L2 norm of all.
Of the tissue model's answer to each image's upper left 500 x 500 pixels it holds the mean and a few pixels.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

SIDE = 224
CROPS = [(0, 0), (388, 388), (776, 12)]
ENCODERS = [
    # file, output, width, kind, um/px, mean, std
    ("efficientnet_lite0", "features", 1280, "embedding", 0.5, 127.0, 128.0),
    ("gleason_mobilenet050", "features", 512, "embedding", 0.69, 127.5, 127.5),
    ("gleason_mobilenet050", "probs", 4, "probabilities", 0.69, 127.5, 127.5),
]
MASK_PIXELS = [(0, 0), (250, 250), (499, 499), (100, 400)]  # row, column


def session(models, name):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    path = models / f"{name}.onnx"
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"]), path


def encoder(models, images, name, output, width, kind, um_per_px, mean, std):
    runner, path = session(models, name)
    tiles = []
    for file, image in images:
        for x, y in CROPS:
            crop = image[y : y + SIDE, x : x + SIDE].astype(np.float64)
            planar = ((crop - mean) / std).astype(np.float32).transpose(2, 0, 1)[None]
            features = runner.run([output], {"input": planar})[0][0].astype(np.float64)
            assert features.shape == (width,)
            tile = {"file": file, "x": x, "y": y, "first": [float(v) for v in features[:8]]}
            tiles.append(tile | {"sum": float(features.sum()), "norm": float(np.linalg.norm(features))})
    facts = {"model": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "output": output}
    return facts | {"width": width, "kind": kind, "um_per_px": um_per_px, "mean": mean, "std": std, "tiles": tiles}


def mask(models, images):
    runner, path = session(models, "tissue_unet")
    answers = []
    for file, image in images:
        crop = image[:500, :500].astype(np.float32)[None] / np.float32(255)
        answer = runner.run(None, {"input": crop})[0][0, :, :, 0].astype(np.float64)
        pixels = [float(answer[y, x]) for y, x in MASK_PIXELS]
        answers.append({"file": file, "mean": float(answer.mean()), "pixels": pixels})
    return {"model": path.name, "pixels_at": MASK_PIXELS, "images": answers}


def main():
    shared = Path(sys.argv[1])
    files = sorted((shared / "tiles").glob("*.tif"))
    images = [(file.name, np.asarray(Image.open(file).convert("RGB"))) for file in files]
    models = shared / "models"
    encoders = [encoder(models, images, *row) for row in ENCODERS]
    report = {"onnxruntime": onnxruntime.__version__, "side": SIDE, "encoders": encoders, "mask": mask(models, images)}
    json.dump(report, sys.stdout, indent=1)
    print()


main()
