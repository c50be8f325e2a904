"""Which picture files there are, in folders and archives."""

from __future__ import annotations

import os
from pathlib import Path

from ganframe_image.data.archive import members
from ganframe_image.data.decode import SUFFIXES, File


def listed(root: Path) -> list[Path]:
    """All picture files under a folder, by suffix, in the order of their relative paths; hidden ones are left out."""
    found = []
    for folder, inner, names in os.walk(root, followlinks=True):
        inner[:] = [name for name in inner if not name.startswith(".")]
        at = Path(folder)
        found += [at / n for n in names if not n.startswith(".") and Path(n).suffix.lower() in SUFFIXES]
    return sorted(found, key=lambda path: path.relative_to(root).parts)


def entries(path: Path) -> list[tuple[tuple[str, ...], File]]:
    """The picture files under a folder or in a zip archive with the parts of their paths in it, sorted by these.

    FileNotFoundError where there is neither; ValueError, saying what is there instead, where there are no pictures.
    """
    if not path.is_file():
        return [(file.relative_to(path).parts, file) for file in pictures_in(folder(path))]
    if path.suffix.lower() != ".zip":
        raise ValueError(f"{path} is neither a folder nor a .zip archive")
    found = members(path)
    kept = [(parts, member) for parts, member in found if Path(parts[-1]).suffix.lower() in SUFFIXES]
    if not kept:
        raise ValueError(f"{path} holds no pictures ({' '.join(sorted(SUFFIXES))}), but {len(found)} other files")
    return kept


def folder(path: Path) -> Path:
    """The folder as an absolute path; FileNotFoundError where there is none."""
    path = path.absolute()
    if not path.is_dir():
        raise FileNotFoundError(f"there is no folder {path}")
    return path


def pictures_in(root: Path) -> list[Path]:
    """The picture files under a folder; ValueError, saying what is there instead, where there are none."""
    paths = listed(root)
    if not paths:
        other = sorted(p.name for p in root.iterdir())[:4]
        what = f"it holds {', '.join(other)}" if other else "it is empty"
        raise ValueError(f"{root} holds no pictures ({' '.join(sorted(SUFFIXES))}); {what}")
    return paths
