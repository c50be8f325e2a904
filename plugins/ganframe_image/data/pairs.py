"""Pairs of pictures that belong together, and two sets of pictures that do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import torch
from torch import Tensor

from ganframe import Field, component, option
from ganframe_image.data import example
from ganframe_image.data.files import Files, PictureFiles, damaged
from ganframe_image.data.found import folder, listed, pictures_in
from ganframe_image.data.rows import Rows, picture_facts, picture_field


@component
class PairedFolder(PictureFiles):
    """Pairs of a target and a source picture, as pix2pix has them (arXiv:1611.07004).

    Either each file holds both halves side by side, or the sub-folders `a` (sources) and `b` (targets) hold files of
    the same names, whatever their suffixes. Fields: `x` the target, `a` the source, both in [-1, 1].
    Facts: `channels size height width` of `x`, `source_channels`.
    """

    path: Path = option(doc="the folder")
    split: str = option("train", "the sub-folder that is read, where the folder has it")
    source: str = option("left", "which half of a file is the source", choices=("left", "right"))

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """Three small pairs side by side to try the laws of datasets on."""
        example.pictures(folder, "abc", (3, 8, 16))
        return {"path": folder}

    def open(self) -> Rows:
        """Find the pairs. FileNotFoundError or ValueError, with the absolute path."""
        root = folder(self.path)
        root = root / self.split if (root / self.split).is_dir() else root
        if (root / "a").is_dir() and (root / "b").is_dir():
            pairs = _same_names(root / "a", root / "b")
            return self._rows([a for a, _ in pairs], [b for _, b in pairs], "whole", "whole")
        paths = pictures_in(root)
        return self._rows(paths, paths, self.source, "right" if self.source == "left" else "left")

    def _rows(self, sources: list[Path], targets: list[Path], source_part: str, target_part: str) -> Rows:
        x = Files(targets, self.decoder(targets, target_part), self.cache // 2)
        a = Files(sources, self.decoder(sources, source_part), self.cache // 2)
        if bad := damaged([x, a], self.on_error):
            x, a = x.without(bad), a.without(bad)
        facts = {**picture_facts(x.shape), "source_channels": a.shape[0]}
        return Rows({"x": x, "a": a}, {"x": picture_field(x.shape), "a": picture_field(a.shape)}, facts)


def _same_names(sources: Path, targets: Path) -> list[tuple[Path, Path]]:
    """Files of both folders with the same relative path but for the suffix; ValueError where one has no partner."""
    by_name = [{p.relative_to(root).with_suffix("").as_posix(): p for p in listed(root)} for root in (sources, targets)]
    alone = sorted(by_name[0].keys() ^ by_name[1].keys())
    if alone or not by_name[0]:
        what = f"'{alone[0]}' (and {len(alone) - 1} others) is in one of them only" if alone else "both are empty"
        raise ValueError(f"{sources} and {targets} must hold files of the same names; {what}")
    return [(by_name[0][name], by_name[1][name]) for name in sorted(by_name[0])]


@component
class UnpairedFolders(PictureFiles):
    """Two folders of pictures that do not belong together, as CycleGAN has them (arXiv:1703.10593).

    Fields: `a` and `b`, in [-1, 1]. As many rows as the larger folder: `a` goes through its folder in order, again and
    again, and each row's `b` is drawn anew from the other. Facts: `channels size height width` of `a`, `b_channels`.
    """

    a: Path = option(doc="the first folder")
    b: Path = option(doc="the second folder")

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """Two small folders to try the laws of datasets on."""
        example.pictures(folder / "a", "ab", (3, 8, 8))
        example.pictures(folder / "b", "abc", (3, 8, 8))
        return {"a": folder / "a", "b": folder / "b"}

    def open(self) -> Unpaired:
        """Find the pictures. FileNotFoundError or ValueError, with the absolute path."""
        return Unpaired(self._column(self.a), self._column(self.b))

    def _column(self, path: Path) -> Files:
        paths = pictures_in(folder(path))
        column = Files(paths, self.decoder(paths), self.cache // 2)
        bad = damaged([column], self.on_error)
        return column.without(bad) if bad else column


@attrs.frozen(eq=False)
class Unpaired:
    """Open data: two columns of pictures, the second in random company."""

    a: Files
    b: Files

    @property
    def read_ahead(self) -> bool:
        """Whether batches are to be read while others are trained on: where files must be decoded for them."""
        return self.a.reads or self.b.reads

    def fields(self) -> dict[str, Field]:
        """Two pictures."""
        return {"a": picture_field(self.a.shape), "b": picture_field(self.b.shape)}

    def facts(self) -> dict[str, Any]:
        """Shape of `a`, and the channels of `b`."""
        return {**picture_facts(self.a.shape), "b_channels": self.b.shape[0]}

    def __len__(self) -> int:
        return max(len(self.a), len(self.b))

    def batch(self, indices: Tensor, rng: torch.Generator) -> dict[str, Tensor]:
        """The rows at these indices; IndexError for one out of range."""
        if len(indices) and not 0 <= int(indices.min()) <= int(indices.max()) < len(self):
            raise IndexError(f"an index is out of range for {len(self)} rows")
        partner = torch.randint(len(self.b), (len(indices),), generator=rng)
        return {"a": self.a.take(indices % len(self.a)), "b": self.b.take(partner)}
