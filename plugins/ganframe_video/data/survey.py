"""What there is to know of a folder of films before it is trained on: every film is decoded once."""

from __future__ import annotations

import statistics
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ganframe import Survey
from ganframe_video.data.fault import BadFilm
from ganframe_video.data.film import STILL, Head, head, kind, measured, opened, stills
from ganframe_video.data.found import films as found_films
from ganframe_video.data.heads import rate

#: Frames of a clip that are proposed, or as many as the shorter films have.
FRAMES = 16
#: Folders of pictures are films where two pictures in a row differ less than this share of what any two of them do.
ALIKE = 0.6
#: How many folders are looked at for that, and frames of each.
FOLDERS, LOOKED_AT = 8, 24
NAMES = {"frames": "folders of frames", "animated": "animated pictures", "video": "video files"}
SIDES = (8, 16, 32, 64, 128, 256)


def films(path: Path) -> Survey | None:
    """The survey of a folder; None where there are no films, or where its folders seem to hold separate pictures."""
    try:
        found = found_films(path)
    except (ValueError, FileNotFoundError):
        return None
    paths = [p for _, p in found]
    frames_of = [p for p in paths if kind(p) == "frames"]
    apart = bool(frames_of) and not alike(frames_of)
    if apart and len(frames_of) == len(paths):
        return None
    heads, bad = looked(paths)
    if not heads:
        raise BadFilm(f"none of {len(paths)} films can be read, the first: {bad[0]}")
    lengths = sorted(h.frames for h in heads.values())
    frames = min(FRAMES, max(2, lengths[len(lengths) // 10]))
    short = [f"{p.relative_to(path.absolute())}: has {h.frames} frames" for p, h in heads.items() if h.frames < frames]
    odd = [line.removeprefix(f"{path.absolute()}/") for line in bad] + short
    options = {"path": path, "frames": frames, **shape(list(heads.values()))}
    rank = 1 if not apart and (frames_of or len(heads) > _separate(path)) else -1
    return Survey(options | ({"on_error": "skip"} if odd else {}), told(heads), odd, rank=rank)


def _separate(path: Path) -> int:
    """How many pictures that do not move lie beside the films: a folder of many has pictures, some of them animated."""
    return sum(p.suffix.lower() in STILL for p in path.rglob("*")) if path.is_dir() else 0


def looked(paths: list[Path]) -> tuple[dict[Path, Head], list[str]]:
    """What each film is, and what is wrong with those that cannot be decoded."""
    heads, bad = {}, []
    for path in paths:
        try:
            heads[path] = measured(path, head(path))
        except (BadFilm, FileNotFoundError) as error:
            bad.append(str(error))
    return heads, bad


def told(heads: dict[Path, Head]) -> dict[str, str]:
    """What there is, in words."""
    kinds = Counter(h.kind for h in heads.values())
    lengths = [h.frames for h in heads.values()]
    sizes = Counter(f"{h.size[0]}x{h.size[1]}" for h in heads.values())
    speed = rate(heads.values())
    many = f"{min(lengths):,} to {max(lengths):,}, half of them up to {statistics.median(lengths):,.0f}"
    return {
        "films": f"{len(heads):,} ({', '.join(f'{count:,} {NAMES[name]}' for name, count in kinds.most_common())})",
        "frames": f"{lengths[0]:,} each" if len(set(lengths)) == 1 else many,
        "sizes": ", ".join(f"{count:,} of {size}" for size, count in sizes.most_common(5)) + " (height x width)",
        **({"rate": f"{speed:g} frames a second"} if speed else {}),
    }


def shape(heads: list[Head]) -> dict[str, Any]:
    """`size` and `channels` that fit: the one size, else a side that three quarters of the films have at least."""
    sizes = {h.size for h in heads}
    if len(sizes) == 1:
        height, width = sizes.pop()
        size: Any = height if height == width else [height, width]
    else:
        side = sorted(min(h.size) for h in heads)[len(heads) // 4]
        size = max((s for s in SIDES if s <= side), default=side)
    return {"size": size, "channels": max(h.channels for h in heads)}


def alike(folders: list[Path]) -> bool:
    """Whether pictures in a row are nearer to each other than any two of a folder: frames, not separate pictures."""
    shares = [share for folder in folders[:FOLDERS] if (share := _nearness(folder)) is not None]
    return bool(shares) and statistics.median(shares) < ALIKE


def _nearness(folder: Path) -> float | None:
    """Mean difference of pictures in a row by that of all pairs; None for fewer than three, or damaged ones."""
    files = stills(folder)[:LOOKED_AT]
    try:
        small = np.stack([_small(file) for file in files])
    except (BadFilm, ValueError):
        return None
    if len(small) < 3:
        return None
    apart = np.abs(small[:, None] - small[None]).mean((2, 3))
    every = apart.sum() / (len(small) * (len(small) - 1))
    return float(apart.diagonal(1).mean() / every) if every > 0 else None


def _small(file: Path) -> np.ndarray:
    with opened(file) as image:
        return np.asarray(image.convert("L").resize((16, 16), Image.Resampling.BOX), dtype=np.float32)
