"""What there is to know of sounds before they are trained on: every file is decoded once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs
from torch import Tensor

from ganframe import Survey
from ganframe_audio.files.decode import SUFFIXES, NoLibrary, whole
from ganframe_audio.files.found import entries, visible
from ganframe_audio.files.wav import BadSound, Head

#: Kinds that are told one by one, and names in a line.
KINDS, NAMES = 5, 5
#: Lengths of windows that are proposed.
LENGTHS = tuple(2**k for k in range(10, 15))
#: Samples this near to full scale, this share of a sound, make it clipped; below this peak it is silent.
FULL, CLIPPED, SILENT = 0.999, 0.001, 1e-4
#: A class this many times smaller than the largest one is told.
RARE = 10


@attrs.frozen
class Look:
    """One whole sound: its header, the loudest sample, and the share of samples at full scale."""

    head: Head
    peak: float
    full: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.head.frames / self.head.rate


Looks = dict[str, Look]


def sounds(path: Path) -> Survey | None:
    """The survey of a folder of sounds or of one; None where there are none. Raises BadSound where all are bad."""
    if path.is_file() and path.suffix.lower() not in SUFFIXES:
        return None
    try:
        found = entries(path)
    except (ValueError, FileNotFoundError):
        return None
    looks: Looks = {}
    bad: list[str] = []
    for parts, file in found:
        try:
            looks["/".join(parts)] = look(*whole(file))
        except NoLibrary:
            raise
        except (BadSound, OSError) as error:
            bad.append(str(error).removeprefix(f"{path.absolute()}/"))
    if not looks:
        raise BadSound(f"all {len(found)} sounds are damaged, the first: {bad[0]}")
    odd = [*bad, *_odd(looks), *_beside([parts for parts, _ in found]), *_others(path)]
    return Survey({"path": path, **_options(looks, bool(bad))}, _told(looks), odd)


def look(head: Head, sound: Tensor) -> Look:
    """What a decoded file is."""
    loud = sound.abs()
    head = attrs.evolve(head, frames=sound.shape[1])
    return Look(head, float(loud.max()), float((loud >= FULL).float().mean()))


def _told(looks: Looks) -> dict[str, str]:
    lengths = sorted(one.seconds for one in looks.values())
    files = Counter(one.head.kind for one in looks.values()).most_common()
    peaks = [one.peak for one in looks.values()]
    return {
        "sounds": f"{len(looks):,} ({', '.join(f'{count:,} {kind}' for kind, count in files)})",
        "sample rates": kinds(looks, lambda one: f"{one.head.rate:,} Hz"),
        "channels": kinds(looks, lambda one: str(one.head.channels)),
        "seconds": f"{lengths[0]:.3g} to {lengths[-1]:.3g}, half of them up to {lengths[len(lengths) // 2]:.3g}; "
        f"{sum(lengths):,.4g} in all",
        "loudest sample": f"{min(peaks):.2f} to {max(peaks):.2f} of full scale",
    }  # fmt: skip


def kinds(looks: Looks, what: Callable[[Look], str]) -> str:
    """How many sounds there are of each kind, with one of those that are rare; one kind alone needs no number."""
    found = Counter(map(what, looks.values())).most_common()
    if len(found) == 1:
        return found[0][0]
    example = {what(one): name for name, one in reversed(looks.items())}
    told = [f"{found[0][1]:,} of {found[0][0]}"]
    told += [f"{count:,} of {kind} (such as {example[kind]})" for kind, count in found[1:KINDS]]
    return ", ".join(told) + (f" and {len(found) - KINDS} more" if len(found) > KINDS else "")


def _options(looks: Looks, bad: bool) -> dict[str, Any]:
    """`length`, with `sample_rate`, `resample`, `channels`, `normalize`, `on_error` where the files need them."""
    heads = [one.head for one in looks.values()]
    rate = Counter(head.rate for head in heads).most_common(1)[0][0]
    options: dict[str, Any] = {"length": _length([head.frames * rate / head.rate for head in heads])}
    if len({head.rate for head in heads}) > 1:
        options |= {"sample_rate": rate, "resample": True}
    if len({head.channels for head in heads}) > 1 or max(head.channels for head in heads) > 2:
        options["channels"] = 1
    if any(one.peak > 1 for one in looks.values()):
        options["normalize"] = True
    return options | ({"on_error": "skip"} if bad else {})


def _length(frames: Iterable[float]) -> int:
    """The largest power of two that three quarters of the sounds have, up to 16,384."""
    ordered = sorted(frames)
    usual = ordered[len(ordered) // 4]
    return max((n for n in LENGTHS if n <= usual), default=LENGTHS[0])


def _odd(looks: Looks) -> list[str]:
    """Sounds that are silent, clipped or far beyond full scale."""
    said = {
        "silent": [n for n, one in looks.items() if one.peak < SILENT],
        "clipped": [n for n, one in looks.items() if one.peak <= 1 and one.full > CLIPPED],
        "past full scale": [n for n, one in looks.items() if one.peak > 1],
    }
    return [f"{what}: {names(found)}" for what, found in said.items() if found]


def _beside(paths: list[tuple[str, ...]]) -> list[str]:
    """Why folders are no classes though there are some, and classes with next to nothing in them."""
    groups = Counter(parts[0] for parts in paths if len(parts) > 1)
    alone = [parts[0] for parts in paths if len(parts) == 1]
    if groups and alone:
        return [f"{names(alone)} beside the folders {names(groups)}: so these are no classes"]
    rare = [name for name, count in groups.items() if count * RARE <= max(groups.values())]
    most = groups.most_common(1)
    return [f"class {name} has {groups[name]:,} sounds, {most[0][0]} {most[0][1]:,}" for name in rare]


def _others(path: Path) -> list[str]:
    """Files that are no sounds by their names."""
    if path.is_file():
        return []
    left = sorted(str(file.relative_to(path)) for file in visible(path) if file.suffix.lower() not in SUFFIXES)
    return [f"no sounds: {names(left)}"] if left else []


def names(found: Iterable[str] | Mapping[str, int]) -> str:
    """Some names in a line."""
    listed = list(found)
    return ", ".join(listed[:NAMES]) + (f" and {len(listed) - NAMES:,} more" if len(listed) > NAMES else "")
