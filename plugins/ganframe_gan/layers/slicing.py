"""Parts of a wire, and its axes in another order."""

from __future__ import annotations

from torch import Tensor, nn

from ganframe import Shape, component, option
from ganframe_gan.layers import checks


@component
class Chunk:
    """Equal parts along an axis, as several outputs in order: BigGAN's z in chunks (arXiv:1809.11096, appendix B)."""

    examples = ({"x": (6, 4, 4)},)
    chunks: int = option(2, "number of parts; must divide the axis", min=1)
    dim: int = option(1, "the axis to cut; 0 is the batch, 1 the first axis of a row")

    def build(self, x: Shape) -> nn.Module:
        dim = checks.axis(self.dim, x)
        if x[dim - 1] % self.chunks:
            raise ValueError(f"an axis of {x[dim - 1]} cannot be cut into {self.chunks} equal parts")
        return _Chunk(self.chunks, dim)


class _Chunk(nn.Module):
    def __init__(self, chunks: int, dim: int) -> None:
        super().__init__()
        self.chunks, self.dim = chunks, dim

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        return x.chunk(self.chunks, self.dim)


@component
class Slice:
    """A stretch of an axis, x[start:stop]; negative numbers count from the end, as in Python."""

    examples = ({"options": {"start": 1, "stop": -1}, "x": (6, 4)},)
    start: int = option(0, "first index taken")
    stop: int | None = option(None, "first index no longer taken; left out: to the end")
    dim: int = option(1, "the axis to cut; 0 is the batch, 1 the first axis of a row")

    def build(self, x: Shape) -> nn.Module:
        dim = checks.axis(self.dim, x)
        start, stop, _ = slice(self.start, self.stop).indices(x[dim - 1])
        if stop <= start:
            raise ValueError(f"nothing of an axis of {x[dim - 1]} lies in start = {self.start}, stop = {self.stop}")
        return _Narrow(dim, start, stop - start)


@component
class Channels:
    """The first channels of a map: the shortcut of BigGAN-deep's generator (arXiv:1809.11096, appendix B)."""

    examples = ({"options": {"out_channels": 2}, "x": (6, 4, 4)},)
    out_channels: int = option(doc="number of channels kept", min=1)

    def build(self, x: Shape) -> nn.Module:
        if not x or x[0] < self.out_channels:
            raise ValueError(f"the input {x} has no {self.out_channels} channels")
        return _Narrow(1, 0, self.out_channels)


class _Narrow(nn.Module):
    def __init__(self, dim: int, start: int, length: int) -> None:
        super().__init__()
        self.dim, self.start, self.length = dim, start, length

    def forward(self, x: Tensor) -> Tensor:
        return x.narrow(self.dim, self.start, self.length)


@component
class Select:
    """One entry of an axis, which goes away: `index = 2` of StyleMix's (count, features) is the third style."""

    examples = ({"x": (6, 4)},)
    index: int = option(0, "the entry; negative numbers count from the end")
    dim: int = option(1, "the axis; 0 is the batch, 1 the first axis of a row")

    def build(self, x: Shape) -> nn.Module:
        dim = checks.axis(self.dim, x)
        if not -x[dim - 1] <= self.index < x[dim - 1]:
            raise ValueError(f"index = {self.index} lies outside an axis of {x[dim - 1]}")
        return _Select(dim, self.index)


class _Select(nn.Module):
    def __init__(self, dim: int, index: int) -> None:
        super().__init__()
        self.dim, self.index = dim, index

    def forward(self, x: Tensor) -> Tensor:
        return x.select(self.dim, self.index)


@component
class Transpose:
    """Two axes exchanged, as between (channels, length) and (length, channels)."""

    examples = ({"x": (6, 4)},)
    dim0: int = option(1, "one axis; 0 is the batch, 1 the first axis of a row")
    dim1: int = option(2, "the other axis")

    def build(self, x: Shape) -> nn.Module:
        return _Transpose(checks.axis(self.dim0, x), checks.axis(self.dim1, x))


class _Transpose(nn.Module):
    def __init__(self, dim0: int, dim1: int) -> None:
        super().__init__()
        self.dim0, self.dim1 = dim0, dim1

    def forward(self, x: Tensor) -> Tensor:
        return x.transpose(self.dim0, self.dim1)
