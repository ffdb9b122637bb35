"""Writes an ONNX model (onnx.proto3, IR version 9, opset 18) with nothing but the standard library.

Only what a converted encoder needs: float32 and int64 tensors, integer attributes, one dynamic batch axis.
Fields are written in the order of their numbers, as protobuf's own serialiser does, so the bytes are reproducible.
"""

FLOAT, INT64 = 1, 7
_VARINT, _BYTES = 0, 2
_ATTRIBUTE_INT, _ATTRIBUTE_INTS = 2, 7


def _varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field, value):
    return _varint(field << 3 | _VARINT) + _varint(value)


def _bytes(field, value):
    value = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | _BYTES) + _varint(len(value)) + value


def tensor(name, shape, element_type, raw):
    """A TensorProto whose little-endian values are `raw`."""
    dims = b"".join(_number(1, size) for size in shape)
    return dims + _number(2, element_type) + _bytes(8, name) + _bytes(9, raw)


def _attribute(name, value):
    if isinstance(value, int):
        return _bytes(1, name) + _number(3, value) + _number(20, _ATTRIBUTE_INT)
    return _bytes(1, name) + b"".join(_number(8, item) for item in value) + _number(20, _ATTRIBUTE_INTS)


def node(operator, inputs, output, name="", **attributes):
    """A NodeProto with one output; attributes are integers or lists of integers."""
    out = b"".join(_bytes(1, item) for item in inputs) + _bytes(2, output)
    if name:
        out += _bytes(3, name)
    out += _bytes(4, operator)
    return out + b"".join(_bytes(5, _attribute(key, attributes[key])) for key in sorted(attributes))


def value(name, shape):
    """A ValueInfoProto of a float32 tensor; a text in `shape` names a dynamic axis."""
    dims = (_bytes(2, size) if isinstance(size, str) else _number(1, size) for size in shape)
    shape_proto = b"".join(_bytes(1, dim) for dim in dims)
    tensor_type = _number(1, FLOAT) + _bytes(2, shape_proto)
    return _bytes(1, name) + _bytes(2, _bytes(1, tensor_type))


def model(name, nodes, tensors, inputs, outputs):
    """A ModelProto; every argument but the graph's name is a list of the messages above."""
    graph = b"".join(_bytes(1, item) for item in nodes) + _bytes(2, name)
    graph += b"".join(_bytes(5, item) for item in tensors)
    graph += b"".join(_bytes(11, item) for item in inputs) + b"".join(_bytes(12, item) for item in outputs)
    opset = _bytes(1, "") + _number(2, 18)
    return _number(1, 9) + _bytes(7, graph) + _bytes(8, opset)
