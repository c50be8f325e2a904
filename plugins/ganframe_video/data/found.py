"""Which films there are under a folder."""

from __future__ import annotations

import os
from pathlib import Path

from PIL import Image

from ganframe_video.data import container
from ganframe_video.data.film import ANIMATED, STILL, natural

Found = list[tuple[tuple[str, ...], Path]]


def films(root: Path) -> Found:
    """Every film under a folder, with the parts of its path in it, in their order.

    A film is a video file, an animated picture, or a folder in which nothing but still pictures lies beside other
    folders. FileNotFoundError without a folder; ValueError, saying what is there instead, without films.
    """
    root = root.absolute()
    if not root.is_dir():
        raise FileNotFoundError(f"there is no folder {root}")
    found: Found = []
    for at, inner, names in os.walk(root, followlinks=True):
        inner[:] = [name for name in inner if not name.startswith(".")]
        folder = Path(at)
        files = [folder / name for name in names if not name.startswith(".")]
        here = [p for p in files if is_film(p)]
        if not here and any(p.suffix.lower() in STILL | ANIMATED for p in files):
            here = [folder]
        found += [(p.relative_to(root).parts, p) for p in here]
    if not found:
        other = sorted(p.name for p in root.iterdir())[:4]
        what = f"it holds {', '.join(other)}" if other else "it is empty"
        raise ValueError(f"{root} holds no films; {what}")
    return sorted(found, key=lambda film: [natural(part) for part in film[0]])


def is_film(path: Path) -> bool:
    """True for a video file by its name, and for a GIF or WebP file of several frames."""
    suffix = path.suffix.lower()
    if suffix in container.SUFFIXES:
        return True
    if suffix not in ANIMATED:
        return False
    try:
        with Image.open(path, formats=("GIF", "WEBP")) as image:
            return getattr(image, "n_frames", 1) > 1
    except OSError:
        return suffix == ".gif"  # a damaged one: whoever opens it says so


def grouped(found: Found, classes: str) -> dict[str, list[Path]] | None:
    """Films by the sub-folder that they lie in; None where these are no classes.

    'auto' takes them for classes where there are two at least and no film lies beside them.
    """
    groups: dict[str, list[Path]] = {}
    for parts, path in found:
        if len(parts) > 1:
            groups.setdefault(parts[0], []).append(path)
    clear = len(groups) > 1 and all(len(parts) > 1 for parts, _ in found)
    return groups if groups and (classes == "folders" or (classes == "auto" and clear)) else None
