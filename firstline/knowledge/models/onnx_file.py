"""Writing an ONNX file: the few messages of its protobuf format that a graph needs.

Field numbers are those of ``onnx.proto`` (github.com/onnx/onnx, IR version 8). Written by hand so that building the
model needs neither the ``onnx`` package nor a second copy of the weights in memory; equal input gives equal bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

IR_VERSION = 8
OPSET = 17
_TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int64": 7}

Attribute = int | float | Sequence[int]


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _bytes(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _text(number: int, value: str) -> bytes:
    return _bytes(number, value.encode())


def _tensor(name: str, values: NDArray[np.generic]) -> bytes:
    shape = b"".join(_number(1, size) for size in values.shape)
    return shape + _number(2, _TYPES[values.dtype.name]) + _text(8, name) + _bytes(9, np.ascontiguousarray(values).tobytes())


def _attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, float):
        return _text(1, name) + _varint(2 << 3 | 5) + np.float32(value).tobytes() + _number(20, 1)
    if isinstance(value, int):
        return _text(1, name) + _number(3, value) + _number(20, 2)
    return _text(1, name) + b"".join(_number(8, one) for one in value) + _number(20, 7)


def _value(name: str, kind: str, shape: Sequence[int | str]) -> bytes:
    sizes = b"".join(_bytes(1, _number(1, size) if isinstance(size, int) else _text(2, size)) for size in shape)
    return _text(1, name) + _bytes(2, _bytes(1, _number(1, _TYPES[kind]) + _bytes(2, sizes)))


@dataclass
class Graph:
    """A graph under construction. Operations return the names of their results."""

    name: str
    nodes: list[bytes] = field(default_factory=list)
    constants: dict[str, bytes] = field(default_factory=dict)
    inputs: list[bytes] = field(default_factory=list)
    outputs: list[bytes] = field(default_factory=list)

    def constant(self, name: str, values: NDArray[np.generic]) -> str:
        """A tensor that is part of the file."""
        self.constants[name] = _tensor(name, values)
        return name

    def operations(
        self, kind: str, inputs: Sequence[str], count: int, names: Sequence[str] = (), **attributes: Attribute
    ) -> list[str]:
        """Add a node with several results."""
        results = list(names) or [f"{kind.lower()}_{len(self.nodes)}_{place}" for place in range(count)]
        node = b"".join(_text(1, one) for one in inputs) + b"".join(_text(2, one) for one in results)
        node += _text(3, f"n{len(self.nodes)}") + _text(4, kind)
        self.nodes.append(node + b"".join(_bytes(5, _attribute(name, value)) for name, value in attributes.items()))
        return results

    def operation(self, kind: str, *inputs: str, result: str | None = None, **attributes: Attribute) -> str:
        """Add a node with one result."""
        return self.operations(kind, inputs, 1, [result] if result else (), **attributes)[0]

    def takes(self, name: str, kind: str, shape: Sequence[int | str]) -> str:
        """Declare an input."""
        self.inputs.append(_value(name, kind, shape))
        return name

    def gives(self, name: str, kind: str, shape: Sequence[int | str]) -> None:
        """Declare an output."""
        self.outputs.append(_value(name, kind, shape))

    def file(self, notes: Mapping[str, str]) -> bytes:
        """The whole file; ``notes`` become its metadata."""
        graph = b"".join(_bytes(1, one) for one in self.nodes) + _text(2, self.name)
        graph += b"".join(_bytes(5, one) for one in self.constants.values())
        graph += b"".join(_bytes(11, one) for one in self.inputs) + b"".join(_bytes(12, one) for one in self.outputs)
        model = _number(1, IR_VERSION) + _text(2, "firstline") + _bytes(7, graph) + _bytes(8, _text(1, "") + _number(2, OPSET))
        return model + b"".join(_bytes(14, _text(1, key) + _text(2, value)) for key, value in notes.items())
