"""Picture files as a column, decoded when first asked for and kept as bytes."""

from __future__ import annotations

import threading
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from ganframe import component, option
from ganframe_image.data.decode import BadPicture, Decoder, File, header
from ganframe_image.data.reshape import height_width
from ganframe_image.data.rows import scaled

#: Up to so many files, all are decoded at once when the data is opened: a damaged one is found before training.
EAGER = 1000
#: Where channels are to be found out, so many files are looked at, evenly spread.
LOOKED_AT = 10_000


@component
class PictureFiles:
    """The options of data that is read from picture files."""

    size: int | tuple[int, int] | None = option(
        None, "side of the pictures, or [height, width]; the files' own, all equal, where left out", min=1
    )
    channels: int | str = option(
        "auto", "1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha; 'auto': the files', all equal",
        choices=("auto", 1, 2, 3, 4),
    )  # fmt: skip
    fit: str = option(
        "crop", "what happens to another shape: its middle is cut, it is padded or stretched",
        choices=("crop", "pad", "stretch"),
    )
    filter: str = option(
        "lanczos", "resampling filter", choices=("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")
    )
    dtype: str = option(
        "uint8", "the files' numbers: of 8 bits, or grey ones of 16", choices=("uint8", "uint16")
    )
    background: int = option(255, "grey level behind transparency and beside padded pictures", min=0, max=255)
    on_error: str = option(
        "fail", "what happens to a damaged file: an error, or it is skipped with a warning", choices=("skip", "fail")
    )
    cache: int = option(4096, "MiB of memory for decoded pictures; what does not fit is decoded each time", min=0)

    def decoder(self, paths: Sequence[File], part: str = "whole") -> Decoder:
        """How these files are decoded: asked sizes and channels, or what the files themselves say."""
        channels, size, deep = self.channels, self.size, self.dtype == "uint16"
        if deep and channels not in ("auto", 1):
            raise ValueError(f"pictures of 16 bits are read in grey, not in {channels} channels")
        strict = not isinstance(channels, int)
        if strict or size is None:
            heads = survey(paths, every=size is None, skip=self.on_error == "skip", deep=deep)
            channels = only(heads, lambda h: h[0], "channels", "write channels = 1 or 3") if strict else channels
            size = size or only(heads, lambda h: h[1], "sizes (height, width)", "write size = N or [height, width]")
            if self.size is None and part != "whole":
                size = (size[0], size[1] // 2)  # type: ignore[index]
        assert isinstance(channels, int)
        size = height_width(size, (0, 0))
        return Decoder(channels, size, self.fit, self.filter, self.background, strict, part, deep)


class Files:
    """Pictures as floats in [-1, 1], decoded from files; the first that fit into `cache` MiB stay in memory."""

    def __init__(self, paths: Sequence[File], decode: Decoder, cache: int) -> None:
        self.paths, self.decode = list(paths), decode
        self.shape = (decode.channels, *decode.size)
        kept = min(len(paths), cache * 2**20 // (torch.Size(self.shape).numel() * decode.dtype.itemsize))
        self._store = torch.empty(kept, *self.shape, dtype=decode.dtype)
        self._ready = torch.zeros(kept, dtype=torch.bool)
        self._left = kept
        self._lock = threading.Lock()

    @property
    def reads(self) -> bool:
        """Whether some picture is still to be decoded."""
        return self._left > 0 or len(self._store) < len(self.paths)

    def __len__(self) -> int:
        return len(self.paths)

    def take(self, indices: Tensor) -> Tensor:
        """The pictures at these indices; BadPicture for a damaged file."""
        if self._left == 0 and len(self._store) == len(self.paths):
            return scaled(self._store.index_select(0, indices))
        return scaled(torch.stack([self._one(i) for i in indices.tolist()]))

    def without(self, bad: set[int]) -> Files:
        """The same column less some rows; what is decoded already is kept."""
        good = torch.tensor([i for i in range(len(self)) if i not in bad])
        rest = Files([self.paths[i] for i in good.tolist()], self.decode, 0)
        kept = good[good < len(self._store)]
        rest._store, rest._ready = self._store[kept], self._ready[kept]
        rest._left = int((~rest._ready).sum())
        return rest

    def _one(self, index: int) -> Tensor:
        if not 0 <= index < len(self.paths):
            raise IndexError(f"index {index} is out of range for {len(self.paths)} pictures")
        if index < len(self._store) and self._ready[index]:
            return self._store[index]
        pixels = self.decode(self.paths[index])
        if index < len(self._store):
            self._store[index] = pixels
            with self._lock:  # batches may be read on several threads
                self._left -= not self._ready[index]
                self._ready[index] = True
        return pixels


def damaged(columns: Sequence[Files], on_error: str) -> set[int]:
    """Rows with a damaged file in any column, found by decoding all where that is asked for or soon done.

    With `on_error = "fail"` the first one raises; files beyond EAGER are then left until they are needed.
    """
    bad: dict[int, str] = {}
    if on_error == "fail" and len(columns[0]) > EAGER:
        return set()
    for column in columns:
        for index in range(len(column)):
            try:
                column.take(torch.tensor([index]))
            except (BadPicture, OSError) as error:
                if on_error == "fail":
                    raise
                bad[index] = str(error)
    if len(bad) == len(columns[0]):
        raise BadPicture(f"all {len(bad)} pictures are damaged, the first: {next(iter(bad.values()))}")
    if bad:
        shown = "\n  ".join(list(bad.values())[:5])
        warnings.warn(f"{len(bad)} of {len(columns[0])} pictures are damaged and skipped:\n  {shown}", stacklevel=2)
    return set(bad)


Head = tuple[int, tuple[int, int]]


def survey(paths: Sequence[File], every: bool, skip: bool, deep: bool = False) -> dict[File, Head]:
    """Channels and size of the files, or of some evenly spread ones; damaged ones raise, or are left out."""
    step = 1 if every else -(-len(paths) // LOOKED_AT)
    heads: dict[File, Head] = {}
    for path in paths[::step]:
        try:
            heads[path] = header(path, deep)
        except BadPicture:
            if not skip:
                raise
    if not heads:
        raise BadPicture(f"all {len(paths)} pictures are damaged, the first: {paths[0]}")
    return heads


def only(heads: dict[File, Head], what: Callable[[Head], Any], name: str, hint: str) -> Any:
    """What all heads agree in; ValueError, with how many files of each kind and one of them, where they do not."""
    kinds = Counter(map(what, heads.values()))
    if len(kinds) > 1:
        example = {what(head): path for path, head in reversed(heads.items())}
        said = ", ".join(f"{count} of {kind} (such as {example[kind]})" for kind, count in kinds.most_common(3))
        raise ValueError(f"the pictures differ in {name}: {said}; {hint}")
    return next(iter(kinds))
