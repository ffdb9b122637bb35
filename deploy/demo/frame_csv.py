"""Turns a pickled, xz-compressed pandas table of numbers into CSV without pandas and without running the pickle's code.

Every class and function that the pickle names is replaced by an inert one of this module; any other name is refused.
Numbers are written as short as they still read back equal; whole numbers without a point; missing values as nothing.
"""

import io
import lzma
import math
import pickle
from array import array


class _Dtype:
    def __init__(self, code, *_):
        self.code = code

    def __setstate__(self, state):
        if state[1] not in ("<", "|"):
            raise pickle.UnpicklingError("big-endian numbers are not read")


class _Array:
    """An array of numpy: of objects, filled by its state, or of numbers, filled from a buffer."""

    def __init__(self, values=()):
        self.values = values

    def __setstate__(self, state):
        self.values = state[-1]


class _Frame:
    def __setstate__(self, state):
        self.manager = state["_mgr"]


def _from_buffer(buffer, dtype, shape, order):
    values = array({"f8": "d", "i8": "q"}[dtype.code])
    values.frombytes(buffer)
    if order != "C" or len(values) != math.prod(shape):
        raise pickle.UnpicklingError("a block of the table is not whole and row-major")
    return _Array(values)


def _index(_, attributes):
    return attributes


def _block(values, placement, _):
    return values.values, placement.values


def _manager(blocks, axes):
    return blocks, axes


_KNOWN = {
    ("numpy", "dtype"): _Dtype,
    ("numpy", "ndarray"): _Array,
    ("numpy.core.multiarray", "_reconstruct"): lambda *_: _Array(),
    ("numpy.core.numeric", "_frombuffer"): _from_buffer,
    ("pandas._libs.internals", "_unpickle_block"): _block,
    ("pandas.core.frame", "DataFrame"): _Frame,
    ("pandas.core.indexes.base", "Index"): None,
    ("pandas.core.indexes.base", "_new_Index"): _index,
    ("pandas.core.indexes.range", "RangeIndex"): None,
    ("pandas.core.internals.managers", "BlockManager"): _manager,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in _KNOWN:
            raise pickle.UnpicklingError(f"the table may not name {module}.{name}")
        return _KNOWN[module, name]


def _text(number):
    if isinstance(number, float):
        if math.isnan(number):
            return ""
        if number.is_integer():
            return str(int(number))
    return repr(number)


def convert(data):
    """The CSV's bytes, lines ended by a line feed, from the compressed pickle's."""
    frame = _Unpickler(io.BytesIO(lzma.decompress(data))).load()
    blocks, (names, rows) = frame.manager
    count = rows["stop"] - rows["start"]
    columns = {}
    for values, placement in blocks:
        for index, column in enumerate(placement):
            columns[column] = values[index * count : (index + 1) * count]
    lines = [",".join(names["data"].values)]
    for row in range(count):
        lines.append(",".join(_text(columns[column][row]) for column in range(len(columns))))
    return ("\n".join(lines) + "\n").encode()
