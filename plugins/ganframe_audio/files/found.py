"""Which sound files there are."""

from __future__ import annotations

import os
from pathlib import Path

from ganframe_audio.files.decode import SUFFIXES


def entries(path: Path) -> list[tuple[tuple[str, ...], Path]]:
    """The sound files under a folder, or the one file, with the parts of their paths in it, sorted by these.

    FileNotFoundError where there is neither; ValueError, saying what is there instead, where there are no sounds.
    """
    root = path.absolute()
    if root.is_file():
        if root.suffix.lower() not in SUFFIXES:
            raise ValueError(f"{root} is neither a folder nor a sound ({' '.join(sorted(SUFFIXES))})")
        return [((root.name,), root)]
    if not root.is_dir():
        raise FileNotFoundError(f"there is no folder {root}")
    found = [(file.relative_to(root).parts, file) for file in visible(root) if file.suffix.lower() in SUFFIXES]
    if not found:
        other = sorted(p.name for p in root.iterdir())[:4]
        what = f"it holds {', '.join(other)}" if other else "it is empty"
        raise ValueError(f"{root} holds no sounds ({' '.join(sorted(SUFFIXES))}); {what}")
    return sorted(found)


def visible(root: Path) -> list[Path]:
    """All files under a folder but the hidden ones."""
    found = []
    for folder, inner, names in os.walk(root, followlinks=True):
        inner[:] = [name for name in inner if not name.startswith(".")]
        found += [Path(folder) / name for name in names if not name.startswith(".")]
    return found


def classes(found: list[tuple[tuple[str, ...], Path]], wanted: str) -> list[tuple[str, list[Path]]]:
    """The files by class, or all under '' where there are none; `wanted` as AudioFolder says. ValueError."""
    groups: dict[str, list[Path]] = {}
    for parts, file in found:
        if len(parts) > 1 and wanted != "none":
            groups.setdefault(parts[0], []).append(file)
    if wanted == "folders" and not groups:
        raise ValueError("there are no sub-folders with sounds, but classes = 'folders'")
    clear = len(groups) > 1 and all(len(parts) > 1 for parts, _ in found)
    return list(groups.items()) if wanted == "folders" or clear else [("", [file for _, file in found])]
