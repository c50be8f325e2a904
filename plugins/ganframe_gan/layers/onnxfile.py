"""The bytes of a small ONNX file, so that no further library is needed to try one."""

from __future__ import annotations


def example_file(size: int, operator: str = "ReduceMean", batch: int | None = None) -> bytes:
    """The mean of rows (N, size), as (N, 1), or another reduction: IR version 8, opset 13; `batch` fixes N.

    An ONNX file is a protocol buffer (onnx.proto3, ModelProto): fields of varints and of bytes with their length.
    """
    axes = _text(1, "axes") + _number(8, 1) + _number(20, 7)  # AttributeProto: name, ints, type INTS
    node = _text(1, "x") + _text(2, "y") + _text(3, "n") + _text(4, operator) + _bytes(5, axes)
    reads, gives = _value("x", (batch, size)), _value("y", (batch, 1))
    graph = _bytes(1, node) + _text(2, "g") + _bytes(11, reads) + _bytes(12, gives)
    opset = _text(1, "") + _number(2, 13)
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, opset)


def _value(name: str, shape: tuple[int | None, ...]) -> bytes:
    """ValueInfoProto of a float tensor; None is a free axis."""
    axes = b"".join(_bytes(1, _number(1, n) if n is not None else _text(2, "N")) for n in shape)
    tensor = _number(1, 1) + _bytes(2, axes)
    return _text(1, name) + _bytes(2, _bytes(1, tensor))


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())
