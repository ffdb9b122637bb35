"""Converts EfficientNet-Lite0's PyTorch weights to ONNX, with batch normalisation folded into the convolutions.

Input `input` [N, 3, 224, 224], RGB, (pixel - 127) / 128; outputs `features` [N, 1280] and `logits` [N, 1000].
Architecture: Tan and Le 2019 (EfficientNet-B0) without squeeze-and-excitation and with ReLU6 ("Lite").

Arithmetic is single precision: each operation is done in double and rounded once, which for + - * / and square root
gives exactly what single precision would, so the result is the same on every machine.
"""

from array import array
from math import sqrt

import onnx_writer as onnx
import torch_state

_SIZE = 224
# Per group of blocks: repeats, stride of the first, expansion, channels in, channels out. Kernel sizes are the weights' own.
_GROUPS = [
    (1, 1, 1, 32, 16),
    (2, 2, 6, 16, 24),
    (2, 2, 6, 24, 40),
    (3, 2, 6, 40, 80),
    (3, 1, 6, 80, 112),
    (4, 2, 6, 112, 192),
    (1, 1, 6, 192, 320),
]


def _f32(values):
    return array("f", values)


_EPSILON = _f32([1e-3])[0]


def _same_padding(size, kernel, stride):
    """TensorFlow's SAME: the output size, and the padding before and after."""
    out = -(-size // stride)
    total = max((out - 1) * stride + kernel - size, 0)
    return out, total // 2, total - total // 2


def _fold(weight, scale):
    """Each output channel's weights, times its scale."""
    per_channel = len(weight) // len(scale)
    folded = _f32([])
    for channel, factor in enumerate(scale):
        folded.extend(_f32(w * factor for w in weight[channel * per_channel : (channel + 1) * per_channel]))
    return folded


class _Graph:
    def __init__(self, state):
        self.state, self.nodes, self.tensors, self.convolutions = state, [], [], 0

    def constant(self, name, shape, values):
        kind = onnx.INT64 if values.typecode == "q" else onnx.FLOAT
        self.tensors.append(onnx.tensor(name, shape, kind, values.tobytes()))
        return name

    def parameter(self, name, source):
        tensor = self.state[source]
        return self.constant(name, tensor.shape, tensor.values)

    def add(self, operator, inputs, output, name="", **attributes):
        self.nodes.append(onnx.node(operator, inputs, output, name, **attributes))
        return output

    def folded(self, conv, norm):
        """The convolution's weight and bias with the normalisation inside."""
        mean, variance, weight, bias = (
            self.state[f"{norm}.{part}"].values for part in ("running_mean", "running_var", "weight", "bias")
        )
        deviation = _f32(map(sqrt, _f32(v + _EPSILON for v in variance)))
        scale = _f32(w / d for w, d in zip(weight, deviation))
        shift = _f32(b - m for b, m in zip(bias, _f32(m * s for m, s in zip(mean, scale))))
        return _fold(self.state[f"{conv}.weight"].values, scale), shift

    def convolution(self, x, conv, norm, size, stride=1, group=1, relu=True):
        weight, bias = self.folded(conv, norm)
        shape = self.state[f"{conv}.weight"].shape
        kernel = shape[2]
        out, before, after = _same_padding(size, kernel, stride)
        self.convolutions += 1
        y = f"c{self.convolutions}"
        inputs = [x, self.constant(y + "_w", shape, weight), self.constant(y + "_b", shape[:1], bias)]
        pads = [before, before, after, after]
        self.add("Conv", inputs, y, conv, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=pads, group=group)
        return (self.add("Clip", [y, "zero", "six"], y + "r") if relu else y), out

    def block(self, x, index, size, stride, expansion, channels_in, channels_out):
        """An inverted residual: expand, filter each channel apart, project, and add the input where shapes agree."""
        start, prefix = x, f"_blocks.{index}."
        if expansion != 1:
            x, _ = self.convolution(x, prefix + "_expand_conv", prefix + "_bn0", size)
        group = channels_in * expansion
        x, size = self.convolution(x, prefix + "_depthwise_conv", prefix + "_bn1", size, stride, group)
        x, _ = self.convolution(x, prefix + "_project_conv", prefix + "_bn2", size, relu=False)
        if stride == 1 and channels_in == channels_out:
            x = self.add("Add", [x, start], f"a{index}")
        return x, size


def convert(state_dict):
    """The ONNX model's bytes from the bytes of the saved state dict."""
    graph = _Graph(torch_state.read(state_dict))
    graph.constant("zero", (1,), _f32([0]))
    graph.constant("six", (1,), _f32([6]))
    graph.constant("ax", (2,), array("q", [2, 3]))
    x, size = graph.convolution("input", "_conv_stem", "_bn0", _SIZE, 2)
    index = 0
    for repeats, stride, expansion, channels_in, channels_out in _GROUPS:
        for repeat in range(repeats):
            first = repeat == 0
            inner = channels_in if first else channels_out
            x, size = graph.block(x, index, size, stride if first else 1, expansion, inner, channels_out)
            index += 1
    x, _ = graph.convolution(x, "_conv_head", "_bn1", size)
    graph.add("ReduceMean", [x, "ax"], "features", keepdims=0)
    head = ["features", graph.parameter("fw", "_fc.weight"), graph.parameter("fb", "_fc.bias")]
    graph.add("Gemm", head, "logits", transB=1)
    outputs = [onnx.value("features", ["N", 1280]), onnx.value("logits", ["N", 1000])]
    inputs = [onnx.value("input", ["N", 3, _SIZE, _SIZE])]
    return onnx.model("efficientnet_lite0", graph.nodes, graph.tensors, inputs, outputs)
