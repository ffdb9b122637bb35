"""Writes the encoder that whole-run tests use: the mean colour of each cell of a 4 x 4 grid over the tile, 48 features.

It looks at colour only, so it is quick, and what it gives can be checked by hand.
Needs: onnx. Use: python3 tests/golden/pooling_encoder.py crates/testkit/fixtures/pooling/model.onnx
"""

import sys

import onnx
from onnx import TensorProto, helper

NODES = [
    helper.make_node("AveragePool", ["x"], ["p"], kernel_shape=[56, 56], strides=[56, 56]),
    helper.make_node("Flatten", ["p"], ["y"]),
]
graph = helper.make_graph(
    NODES,
    "pooling",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, 224, 224])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 48])],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
onnx.checker.check_model(model, full_check=True)
onnx.save(model, sys.argv[1])
