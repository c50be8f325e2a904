"""A folder of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganframe import Survey, component, option
from ganframe_image.data import example, survey
from ganframe_image.data.decode import File
from ganframe_image.data.files import Files, PictureFiles, damaged
from ganframe_image.data.found import entries
from ganframe_image.data.rows import Rows, pictured


@component
class ImageFolder(PictureFiles):
    """All pictures (png jpg bmp webp gif tif ppm) under a folder or in a zip archive, in the order of their paths.

    Fields: `x` (channels, height, width) in [-1, 1]; `label` one-hot where the pictures lie in sub-folders, whose names
    are the classes. Facts: `channels size height width`, with labels `classes frequencies`. Photographs are turned
    upright by their EXIF tag; of several frames the first is read; float and CMYK files are refused, 16-bit ones unless
    `dtype` says so. Up to 1,000 files are decoded when the data is opened, more when they are first needed. Archives
    are read where they lie (data/archive.py has the limits); one folder around all else in them is looked through.
    """

    path: Path = option(doc="the folder, or a .zip archive")
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

    @classmethod
    def survey(cls, path: Path) -> Survey | None:
        """What there is to know of a folder or archive with pictures in it; None for anything else."""
        return survey.pictures(path)

    def open(self) -> Rows:
        """Find the pictures. FileNotFoundError or ValueError, with the absolute path."""
        root = self.path.absolute()
        found = entries(root)
        groups: dict[str, list[File]] = {}
        for parts, file in found:
            if len(parts) > 1 and self.classes != "none":
                groups.setdefault(parts[0], []).append(file)
        if self.classes == "folders" and not groups:
            raise ValueError(f"{root} has no sub-folders with pictures, but classes = 'folders'")
        clear = len(groups) > 1 and all(len(parts) > 1 for parts, _ in found)
        if self.classes != "folders" and not clear:
            return self._rows([file for _, file in found], None, ())
        files = [file for group in groups.values() for file in group]
        codes = torch.repeat_interleave(torch.arange(len(groups)), torch.tensor([len(g) for g in groups.values()]))
        return self._rows(files, codes, tuple(groups))

    def _rows(self, files: list[File], codes: Tensor | None, names: tuple[str, ...]) -> Rows:
        column = Files(files, self.decoder(files), self.cache)
        bad = damaged([column], self.on_error)
        if bad:
            column = column.without(bad)
            codes = codes[[i for i in range(len(codes)) if i not in bad]] if codes is not None else None
        return pictured(column, column.shape, codes, names)
