"""Reads a state dict that PyTorch saved in its format before version 1.6, without PyTorch and without running its code.

The file is four pickles (magic number, protocol, system facts, the dict), a pickled list of storage keys, and then each
storage: its element count as an int64 and its raw values. Only the few classes such a file needs are let in.
"""

import collections
import io
import pickle
import struct
from array import array
from dataclasses import dataclass

_MAGIC = 0x1950A86A20F9469CFC6C
_TYPE_CODES = {"FloatStorage": "f", "LongStorage": "q"}


@dataclass
class Storage:
    type_code: str
    values: array = None


@dataclass
class Tensor:
    """A view into a storage: where it starts and how far apart neighbours along each axis lie, in elements."""

    storage: Storage
    offset: int
    shape: tuple
    strides: tuple

    @property
    def values(self):
        """The elements row by row."""
        places = [self.offset]
        for size, stride in zip(self.shape, self.strides):
            places = [place + step for place in places for step in range(0, size * stride, stride)]
        return array(self.storage.type_code, map(self.storage.values.__getitem__, places))


def _tensor(storage, offset, shape, strides, *_):
    return Tensor(storage, offset, shape, strides)


class _Unpickler(pickle.Unpickler):
    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in _TYPE_CODES:
            return _TYPE_CODES[name]
        raise pickle.UnpicklingError(f"a state dict may not name {module}.{name}")

    def persistent_load(self, pid):
        _, type_code, key = pid[:3]
        return self.storages.setdefault(key, Storage(type_code))


def read(data):
    """The tensors by name."""
    file = io.BytesIO(data)
    if _Unpickler(file).load() != _MAGIC:
        raise pickle.UnpicklingError("not a state dict in PyTorch's format before version 1.6")
    for _ in ("protocol version", "system facts"):
        _Unpickler(file).load()
    unpickler = _Unpickler(file)
    tensors = unpickler.load()
    for key in _Unpickler(file).load():
        storage = unpickler.storages[key]
        (count,) = struct.unpack("<q", file.read(8))
        storage.values = array(storage.type_code)
        storage.values.frombytes(file.read(count * storage.values.itemsize))
    return tensors
