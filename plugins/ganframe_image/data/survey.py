"""What there is to know of a folder or archive of pictures before it is trained on: every file is decoded once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from ganframe import Survey
from ganframe_image.data.archive import members
from ganframe_image.data.decode import DEEP, SUFFIXES, TURNED, BadPicture, File, channels_of, opened
from ganframe_image.data.found import entries

#: Kinds that are told one by one, and names in a line.
KINDS, NAMES = 5, 5
#: Sides that are proposed where the pictures have several.
SIDES = (8, 16, 32, 64, 128, 256, 512, 1024)
#: A class this many times smaller than the largest one is told.
RARE = 10


@attrs.frozen
class Look:
    """One whole picture: its format and mode as Pillow calls them, channels, height and width, and frames."""

    format: str
    mode: str
    channels: int
    size: tuple[int, int]
    frames: int

    @property
    def bits(self) -> int:
        """Of a channel."""
        return 16 if self.mode in DEEP else 8


Looks = dict[str, Look]


def pictures(path: Path) -> Survey | None:
    """The survey of a folder or zip archive; None where there are no pictures. Raises BadPicture where all are bad."""
    if path.is_file() and path.suffix.lower() != ".zip":
        return None
    root = path.absolute()
    try:
        found = entries(root)
    except (ValueError, FileNotFoundError):
        return None
    looks, bad = looked({"/".join(parts): file for parts, file in found})
    if not looks:
        raise BadPicture(f"all {len(found)} pictures are damaged, the first: {bad[0]}")
    odd = [*(line.removeprefix(f"{root}/") for line in bad), *_frames(looks)]
    odd += [*_deep(looks), *_beside([parts for parts, _ in found]), *_others(root)]
    return Survey({"path": path, **options(looks, bad)}, described(looks), odd)


def described(looks: Looks) -> dict[str, str]:
    """How many pictures of which formats, sizes, modes and depths there are."""
    return {
        "pictures": f"{len(looks):,} ({counted(look.format for look in looks.values())})",
        "sizes": kinds(looks, lambda look: f"{look.size[0]}x{look.size[1]}") + " (height x width)",
        "modes": kinds(looks, lambda look: look.mode),
        "depth": kinds(looks, lambda look: f"{look.bits} bits"),
    }


def looked(files: Mapping[str, File]) -> tuple[Looks, list[str]]:
    """What each file is, by its name, and what is wrong with those that cannot be decoded."""
    looks, bad = {}, []
    for name, file in files.items():
        try:
            looks[name] = look(file)
        except BadPicture as error:
            bad.append(str(error))
    return looks, bad


def look(file: File) -> Look:
    """What a file is; BadPicture where it cannot be decoded, as a picture of 8 bits or as one of 16."""
    try:
        return _look(file, False)
    except BadPicture as error:
        try:
            return _look(file, True)
        except BadPicture:
            raise error from None


def _look(file: File, deep: bool) -> Look:
    with opened(file, deep) as image:
        image.load()
        width, height = image.size
        size = (width, height) if image.getexif().get(0x0112) in TURNED else (height, width)
        return Look(image.format or "?", image.mode, channels_of(image), size, getattr(image, "n_frames", 1))


def counted(words: Iterable[str]) -> str:
    """How often each word comes, the commonest first: `1,200 PNG, 3 JPEG`."""
    return ", ".join(f"{count:,} {word}" for word, count in Counter(words).most_common())


def kinds(looks: Looks, what: Callable[[Look], str]) -> str:
    """How many pictures there are of each kind, with one of those that are rare; one kind alone needs no number."""
    found = Counter(map(what, looks.values())).most_common()
    if len(found) == 1:
        return str(found[0][0])
    example = {what(one): name for name, one in reversed(looks.items())}
    told = [f"{found[0][1]:,} of {found[0][0]}"]
    told += [f"{count:,} of {kind} (such as {example[kind]})" for kind, count in found[1:KINDS]]
    return ", ".join(told) + (f" and {len(found) - KINDS} more" if len(found) > KINDS else "")


def options(found: Looks, bad: list[str]) -> dict[str, Any]:
    """`size` and `channels` of most use, `dtype` for 16 bits; `on_error` where some files must be left out."""
    looks = list(found.values())
    deep = [look for look in looks if look.bits == 16]
    chosen = deep if 2 * len(deep) > len(looks) else [look for look in looks if look.bits == 8]
    said: dict[str, Any] = {"size": _size({look.size for look in chosen}, chosen)}
    if chosen is deep:
        said["dtype"] = "uint16"
    else:
        said["channels"] = _channels({look.channels for look in chosen})
    return said | ({"on_error": "skip"} if bad or len(chosen) < len(looks) else {})


def _size(sizes: set[tuple[int, int]], looks: list[Look]) -> int | list[int]:
    """The one size there is; else a side that three quarters of the pictures have at least."""
    if len(sizes) == 1:
        height, width = sizes.pop()
        return height if height == width else [height, width]
    side = sorted(min(look.size) for look in looks)[len(looks) // 4]
    return max((s for s in SIDES if s <= side), default=side)


def _channels(found: set[int]) -> int:
    """What all have; else colour where any has it, with alpha only where all have that."""
    if found <= {2, 4}:
        return max(found)
    return 3 if found & {3, 4} else 1


def _frames(looks: Looks) -> list[str]:
    several = {name: look.frames for name, look in looks.items() if look.frames > 1}
    return [f"{name}: has {frames} frames, of which the first is read" for name, frames in several.items()]


def _deep(looks: Looks) -> list[str]:
    """Files of another depth than most, which cannot be read together with them."""
    by_bits = {bits: [name for name, look in looks.items() if look.bits == bits] for bits in (8, 16)}
    rest = min(by_bits, key=lambda bits: len(by_bits[bits]))
    return [f"of {rest} bits, unlike the others: {_names(by_bits[rest])}"] if by_bits[rest] else []


def _beside(paths: list[tuple[str, ...]]) -> list[str]:
    """Why folders are no classes though there are some, and classes with next to nothing in them."""
    groups = Counter(parts[0] for parts in paths if len(parts) > 1)
    alone = [parts[0] for parts in paths if len(parts) == 1]
    if groups and alone:
        return [f"{_names(alone)} beside the folders {_names(groups)}: so these are no classes"]
    rare = [name for name, count in groups.items() if count * RARE <= max(groups.values())]
    most = groups.most_common(1)
    return [f"class {name} has {groups[name]:,} pictures, {most[0][0]} {most[0][1]:,}" for name in rare]


def _others(path: Path) -> list[str]:
    """Files that are no pictures by their names."""
    if path.is_file():
        names = ["/".join(parts) for parts, _ in members(path)]
    else:
        walk = os.walk(path, followlinks=True)
        names = [str((Path(folder) / name).relative_to(path)) for folder, _, inner in walk for name in inner]
    kept = (name for name in names if not any(part.startswith(".") for part in Path(name).parts))
    left = sorted(name for name in kept if Path(name).suffix.lower() not in SUFFIXES)
    return [f"no pictures: {_names(left)}"] if left else []


def _names(names: Iterable[str]) -> str:
    names = list(names)
    return ", ".join(names[:NAMES]) + (f" and {len(names) - NAMES:,} more" if len(names) > NAMES else "")
