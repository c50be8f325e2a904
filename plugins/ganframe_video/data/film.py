"""Films on disk: folders of frames, animated pictures, video files. Each gives its frames one by one."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
from PIL import Image, ImageFile, ImageOps

from ganframe_video.data import container
from ganframe_video.data.fault import BadFilm
from ganframe_video.data.fitting import channels_of

# A cut-off file must fail, whatever another library in this process has set.
ImageFile.LOAD_TRUNCATED_IMAGES = False

#: What files may be, whatever their names say: Pillow's other formats are not even tried.
FORMATS = ("PNG", "JPEG", "BMP", "WEBP", "GIF", "TIFF", "PPM")
STILL = frozenset([".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".ppm", ".pgm"])
ANIMATED = frozenset([".gif", ".webp"])
#: Most frames that one animated picture may stand for, its pauses counted.
MOST = 100_000


@attrs.frozen
class Head:
    """What a film is: its kind, frames, channels, height and width, and frames a second where it says so."""

    kind: str
    frames: int
    channels: int
    size: tuple[int, int]
    rate: float | None


def kind(path: Path) -> str | None:
    """ "frames", "animated" or "video" by what the path is called; None for anything else."""
    if path.is_dir():
        return "frames"
    suffix = path.suffix.lower()
    return "animated" if suffix in ANIMATED else "video" if suffix in container.SUFFIXES else None


def head(path: Path) -> Head:
    """What a film is, by its first frame and what it says of the others. Raises BadFilm, FileNotFoundError."""
    if kind(path) == "video":
        return Head("video", *container.head(path))
    if kind(path) == "frames":
        files = stills(path)
        if not files:
            raise BadFilm(f"{path}: has no frames")
        with opened(files[0]) as image:
            upright = ImageOps.exif_transpose(image)
            return Head("frames", len(files), channels_of(upright), (upright.height, upright.width), None)
    with opened(path) as image:
        times, rate = clock(image)
        image.seek(0)
        return Head("animated", sum(times), channels_of(image), (image.height, image.width), rate)


def frames(path: Path) -> Iterator[Image.Image]:
    """The frames of a film in order. Raises BadFilm."""
    if kind(path) == "video":
        yield from container.frames(path)
    elif kind(path) == "frames":
        for file in stills(path):
            with opened(file) as image:
                yield ImageOps.exif_transpose(image)
    else:
        with opened(path) as image:
            times, _ = clock(image)
            for number, often in enumerate(times):
                image.seek(number)
                frame = image.convert("RGBA") if image.has_transparency_data else image.copy()
                for _ in range(often):
                    yield frame


def measured(path: Path, found: Head) -> Head:
    """The film with as many frames as can be decoded, which for video files need not be what they say. BadFilm."""
    count = 0
    for frame in frames(path):
        frame.load()
        count += 1
    if not count:
        raise BadFilm(f"{path}: has no frames that can be decoded")
    return attrs.evolve(found, frames=count)


def stills(folder: Path) -> list[Path]:
    """The pictures that lie in a folder, by name, numbers in names by their value: frame2 before frame10."""
    files = [p for p in folder.iterdir() if p.suffix.lower() in STILL | ANIMATED and not p.name.startswith(".")]
    return sorted(files, key=lambda p: natural(p.name))


def natural(name: str) -> list[tuple[int, str]]:
    """A sort key: digits by their value."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name) if part]


def clock(image: Image.Image) -> tuple[list[int], float | None]:
    """How many frames each picture of an animated one stands for, and frames a second.

    The shortest duration is one frame; writers join equal frames into one that lasts longer. BadFilm past MOST.
    """
    lasting = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        if image.format == "WEBP":  # tells a frame's duration when it is decoded
            image.load()
        lasting.append(int(image.info.get("duration", 0)))
    unit = min((d for d in lasting if d > 0), default=0)
    if not unit:
        return [1] * len(lasting), None
    times = [max(1, round(d / unit)) for d in lasting]
    if sum(times) > MOST:
        raise BadFilm(f"{image.filename}: lasts {sum(times):,} times its shortest frame; {MOST:,} are read")
    return times, 1000 / unit


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """A picture file, opened but not decoded. BadFilm where opening, or what is done with it, fails."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as image:
                yield image
    except (BadFilm, FileNotFoundError, GeneratorExit):
        raise
    except Exception as error:  # Pillow raises nearly anything on a damaged file
        raise BadFilm(f"{path}: cannot be read ({error})") from None
