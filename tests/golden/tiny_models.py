"""Writes the tiny ONNX models that crates/inference's tests load (each a few hundred bytes).

Needs: onnx (written with 1.23.2). Use: python3 tests/golden/tiny_models.py crates/inference/tests/fixtures/tiny
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

PLANAR = [3, 2, 2]


def write(folder, name, nodes, dtype=TensorProto.FLOAT, batch="N", shape=PLANAR, axes=(2, 3)):
    """A model from `x` [batch, *shape] to `y` [batch, 3]; constants: `axes`, and `first` for the batch axis."""
    constants = [
        numpy_helper.from_array(np.array(axes, np.int64), "axes"),
        numpy_helper.from_array(np.array([0], np.int64), "first"),
    ]
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("x", dtype, [batch, *shape])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [batch, 3])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, folder / f"{name}.onnx")


def mean(output, source="x"):
    return helper.make_node("ReduceMean", [source, "axes"], [output], keepdims=0)


def main():
    folder = Path(sys.argv[1])
    # Each channel's mean.
    write(folder, "mean", [mean("y")])
    write(folder, "fixed_batch", [mean("y")], batch=4)
    cast = helper.make_node("Cast", ["x"], ["floats"], to=TensorProto.FLOAT)
    write(folder, "bytes", [cast, mean("y", "floats")], TensorProto.UINT8, shape=[2, 2, 3], axes=(1, 2))
    # The square root of the mean: not a number where the mean is negative.
    write(folder, "root", [mean("m"), helper.make_node("Sqrt", ["m"], ["y"])])
    # The mean less the mean of the whole batch: depends on the tiles beside it.
    batch_mean = helper.make_node("ReduceMean", ["m", "first"], ["b"], keepdims=1)
    write(folder, "companions", [mean("m"), batch_mean, helper.make_node("Sub", ["m", "b"], ["y"])])


main()
