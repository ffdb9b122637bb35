"""Writes a small encoder with random weights and its card: 35 MFLOP a tile, 224-px uint8 tiles in, 256 features out.

Use: python3 make_encoder.py FOLDER
"""

import hashlib
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Input channels, output channels, kernel, stride, groups of each convolution.
LAYERS = [
    (3, 16, 3, 2, 1), (16, 16, 3, 2, 16), (16, 32, 1, 1, 1), (32, 32, 3, 2, 32), (32, 64, 1, 1, 1),
    (64, 64, 3, 2, 64), (64, 128, 1, 1, 1), (128, 128, 3, 1, 128), (128, 256, 1, 1, 1),
]  # fmt: skip
CARD = """\
# Random weights, for timing only.
version: 1
name: bench-small
licence: Apache-2.0
sha256: {sha256}
um_per_px: 0.25
um_per_px_tolerance: 0.1
input: {{name: x, layout: nhwc, dtype: uint8, height: 224, width: 224, mean: [0, 0, 0], std: [1, 1, 1]}}
output: {{name: y, width: 256, kind: embedding}}
feature_tolerance: 1.0e-4
"""


def model():
    generator = np.random.default_rng(0)
    constants = [numpy_helper.from_array(np.array([1 / 255], np.float32), "scale")]
    nodes = [
        helper.make_node("Cast", ["x"], ["cast"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["cast", "scale"], ["scaled"]),
        helper.make_node("Transpose", ["scaled"], ["planes"], perm=[0, 3, 1, 2]),
    ]
    last = "planes"
    for place, (channels, out, kernel, stride, groups) in enumerate(LAYERS):
        weights = generator.standard_normal((out, channels // groups, kernel, kernel)) * 0.2
        constants.append(numpy_helper.from_array(weights.astype(np.float32), f"weights{place}"))
        shape = dict(pads=[kernel // 2] * 4, strides=[stride] * 2, kernel_shape=[kernel] * 2, group=groups)
        nodes.append(helper.make_node("Conv", [last, f"weights{place}"], [f"sum{place}"], **shape))
        nodes.append(helper.make_node("Relu", [f"sum{place}"], [f"layer{place}"]))
        last = f"layer{place}"
    nodes += [helper.make_node("GlobalAveragePool", [last], ["mean"]), helper.make_node("Flatten", ["mean"], ["y"])]
    tiles = helper.make_tensor_value_info("x", TensorProto.UINT8, ["N", 224, 224, 3])
    features = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 256])
    graph = helper.make_graph(nodes, "bench-small", [tiles], [features], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def write(folder):
    folder.mkdir(parents=True, exist_ok=True)
    data = model().SerializeToString()
    (folder / "model.onnx").write_bytes(data)
    (folder / "card.yaml").write_text(CARD.format(sha256=hashlib.sha256(data).hexdigest()))


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]))
