"""A folder of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganframe import component, option
from ganframe_image.data import example
from ganframe_image.data.files import Files, PictureFiles, damaged, folder, listed, pictures_in
from ganframe_image.data.rows import Rows, pictured


@component
class ImageFolder(PictureFiles):
    """All pictures under a folder (png jpg bmp webp gif tif ppm), in the order of their paths.

    Fields: `x` (channels, height, width) in [-1, 1]; `label` one-hot where the pictures lie in sub-folders, whose names
    are the classes. Facts: `channels size height width`, with labels `classes frequencies`. Photographs are turned
    upright by their EXIF tag; of several frames the first is read; 16-bit, float and CMYK files are refused. Up to
    1,000 files are decoded when the data is opened, more when they are first needed.
    """

    path: Path = option(doc="the folder")
    classes: str = option(
        "auto", "'folders': sub-folders are classes; 'none': no label; 'auto': folders, where there are two or more "
        "and no picture lies beside them", choices=("auto", "folders", "none"),
    )  # fmt: skip

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """Two classes of small pictures to try the laws of datasets on."""
        example.pictures(folder / "cats", "ab", (3, 6, 8))
        example.pictures(folder / "dogs", "abc", (3, 6, 8))
        return {"path": folder, "size": (4, 6)}

    def open(self) -> Rows:
        """Find the pictures. FileNotFoundError or ValueError, with the absolute path."""
        root = folder(self.path)
        groups = {} if self.classes == "none" else class_folders(root)
        beside = any(p.parent == root for p in listed(root)) if self.classes == "auto" else False
        if self.classes == "folders" and not groups:
            raise ValueError(f"{root} has no sub-folders with pictures, but classes = 'folders'")
        if not groups or beside or (self.classes == "auto" and len(groups) < 2):
            return self._rows(pictures_in(root), None, ())
        paths = [path for group in groups.values() for path in group]
        codes = torch.repeat_interleave(torch.arange(len(groups)), torch.tensor([len(g) for g in groups.values()]))
        return self._rows(paths, codes, tuple(groups))

    def _rows(self, paths: list[Path], codes: Tensor | None, names: tuple[str, ...]) -> Rows:
        column = Files(paths, self.decoder(paths), self.cache)
        bad = damaged([column], self.on_error)
        if bad:
            column = column.without(bad)
            codes = codes[[i for i in range(len(codes)) if i not in bad]] if codes is not None else None
        return pictured(column, column.shape, codes, names)


def class_folders(root: Path) -> dict[str, list[Path]]:
    """The pictures of each direct sub-folder that has any, by its name, sorted."""
    inner = sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
    return {p.name: paths for p in inner if (paths := listed(p))}
