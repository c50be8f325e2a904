"""Sealed files: plain safetensors for everybody, in which ganframe finds any changed bit.

The metadata key `ganframe` holds canonical JSON that begins with the SHA-256 of the whole file, taken with its own 64
digits as zeros. The bytes depend on the tensors and the metadata alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch

from ganframe.disk import Buffer, fault
from ganframe.errors import DiskFault

_LENGTH = 8
_PREFIX = rb'{"__metadata__":{"ganframe":"{\"sha256\":\"'
_START = _LENGTH + len(_PREFIX)
_END = _START + 64
_BLANK = "0" * 64

_NAMES = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16",
    torch.float8_e4m3fn: "F8_E4M3", torch.float8_e5m2: "F8_E5M2", torch.complex64: "C64",
    torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8",
    torch.uint64: "U64", torch.uint32: "U32", torch.uint16: "U16", torch.uint8: "U8", torch.bool: "BOOL",
}  # fmt: skip


class BrokenFile(DiskFault):
    """A sealed file that is not what was written: cut short, changed, missing, or never sealed."""


def pack(tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, Any]) -> list[Buffer]:
    """The parts of a sealed file, header first; contiguous CPU tensors are not copied.

    `metadata` is JSON data; its key `sha256` is the seal's. Raises TypeError for a tensor that safetensors cannot hold.
    """
    order = sorted(tensors, key=lambda name: (-tensors[name].element_size(), name))
    parts = [_bytes(name, tensors[name]) for name in order]
    header = _header(order, tensors, [len(part) for part in parts], metadata)
    digest = _digest([header, *parts])
    return [header[:_START] + digest.encode() + header[_END:], *(part for part in parts if len(part))]


def unpack(data: bytes) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Tensors and metadata (with `sha256`) of a sealed file; raises `BrokenFile` if a bit is not as written."""
    metadata = _verify(data)
    try:
        return safetensors.torch.load(data), metadata
    except (safetensors.SafetensorError, KeyError) as error:
        raise BrokenFile(f"not a safetensors file: {error}") from error


def read(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Tensors and metadata of a sealed file, read wholly: a memory map would change with the file."""
    try:
        return unpack(_content(path))
    except BrokenFile as error:
        raise BrokenFile(f"{path.absolute()}: {error}") from error


def verify(path: Path) -> dict[str, Any]:
    """Metadata of a sealed file after checking every bit of it, without making tensors."""
    try:
        return _verify(_content(path))
    except BrokenFile as error:
        raise BrokenFile(f"{path.absolute()}: {error}") from error


def seal_of(parts: Sequence[Buffer]) -> str:
    """The SHA-256 that the parts of a sealed file carry."""
    return bytes(parts[0][_START:_END]).decode()


def _bytes(name: str, tensor: torch.Tensor) -> memoryview:
    if tensor.dtype not in _NAMES or tensor.layout is not torch.strided or tensor.is_meta:
        raise TypeError(f"'{name}' ({tensor.dtype}, {tensor.layout}, {tensor.device}) cannot be stored in safetensors")
    plain = tensor.detach().resolve_conj().resolve_neg().cpu().contiguous()
    return plain.reshape(-1).view(torch.uint8).numpy().data


def _header(
    order: list[str], tensors: Mapping[str, torch.Tensor], sizes: list[int], metadata: Mapping[str, Any]
) -> bytes:
    """Length and JSON of the header, seal blank, padded so that every tensor is aligned."""
    if "__metadata__" in tensors:
        raise ValueError("a tensor cannot be called '__metadata__'")
    own = {key: value for key, value in metadata.items() if key != "sha256"}
    about = json.dumps(own, sort_keys=True, separators=(",", ":"), allow_nan=False)
    sealed = f'{{"sha256":"{_BLANK}"{"," if own else ""}{about[1:]}'
    entries: dict[str, Any] = {"__metadata__": {"ganframe": sealed, "format": "pt"}}
    begin = 0
    for name, size in zip(order, sizes, strict=True):
        shape = list(tensors[name].shape)
        entries[name] = {
            "dtype": _NAMES[tensors[name].dtype], "shape": shape, "data_offsets": [begin, begin + size],
        }  # fmt: skip
        begin += size
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(_LENGTH, "little") + text


def _digest(parts: Sequence[Buffer]) -> str:
    """SHA-256 of a file in parts, its seal taken as zeros; the first part holds the seal."""
    first = memoryview(parts[0])
    sha = hashlib.sha256(first[:_START])
    sha.update(_BLANK.encode())
    sha.update(first[_END:])
    for part in parts[1:]:
        sha.update(part)
    return sha.hexdigest()


def _verify(data: bytes) -> dict[str, Any]:
    """The metadata of a file whose seal holds."""
    if len(data) < _END or data[_LENGTH:_START] != _PREFIX:
        raise BrokenFile("not a sealed file of ganframe, or its beginning is damaged")
    if data[_START:_END] != _digest([data]).encode():
        raise BrokenFile("damaged: the content does not match its checksum")
    try:
        end = _LENGTH + int.from_bytes(data[:_LENGTH], "little")
        metadata: dict[str, Any] = json.loads(json.loads(data[_LENGTH:end])["__metadata__"]["ganframe"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BrokenFile(f"not a safetensors file: {error}") from error
    return metadata


def _content(path: Path) -> bytes:
    with fault("read", path):
        try:
            return path.read_bytes()
        except FileNotFoundError as error:
            raise BrokenFile("missing") from error
