"""Video files through PyAV, an optional library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from ganframe_video.data.fault import BadFilm

SUFFIXES = frozenset([".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".mpg", ".mpeg", ".ogv", ".wmv"])
#: The name that the extra has in `pip install`.
EXTRA = "ganframe[video]"


def library(path: Path) -> Any:
    """PyAV; ValueError that says how to get it."""
    try:
        import av
    except ImportError:
        raise ValueError(f'{path}: video files are read through PyAV: pip install "{EXTRA}"') from None
    return av


def head(path: Path) -> tuple[int, int, tuple[int, int], float | None]:
    """Frames, channels, (height, width) and frames a second; frames are counted by packets where no number stands."""
    with _opened(path) as (box, stream):
        first = next(box.decode(stream), None)
        if first is None:
            raise BadFilm(f"{path}: has no frames")
        size = upright(first).size
        channels = 1 if first.format.name.startswith("gray") else 3
        rate = float(stream.average_rate) if stream.average_rate else None
        known = stream.frames
    return known or _packets(path), channels, (size[1], size[0]), rate


def _packets(path: Path) -> int:
    with _opened(path) as (box, stream):
        return sum(packet.size > 0 for packet in box.demux(stream))


def frames(path: Path) -> Iterator[Image.Image]:
    """The frames in order, upright. BadFilm where they cannot be decoded."""
    with _opened(path) as (box, stream):
        for frame in box.decode(stream):
            yield upright(frame)


def upright(frame: Any) -> Image.Image:
    """A decoded frame as a picture, turned as its display matrix says."""
    image: Image.Image = frame.to_image()
    return image.rotate(frame.rotation, expand=True) if getattr(frame, "rotation", 0) else image


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, Any]]:
    """The file and its first stream of pictures."""
    av = library(path)
    try:
        with av.open(str(path)) as box:
            if not box.streams.video:
                raise BadFilm(f"{path}: has no pictures")
            stream = box.streams.video[0]
            stream.thread_type = "NONE"
            yield box, stream
    except (BadFilm, FileNotFoundError, GeneratorExit):
        raise
    except (av.FFmpegError, ValueError) as error:
        raise BadFilm(f"{path}: cannot be read ({error})") from None
