"""Picture files: what they are and how they become bytes of one shape. Nothing is converted that was not asked for."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import numpy as np
import torch
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError
from torch import Tensor

from ganframe_image.data.archive import Member

# A cut-off file must fail, whatever another library in this process has set.
ImageFile.LOAD_TRUNCATED_IMAGES = False

#: What the files may be, whatever their names say: Pillow's other formats are not even tried.
FORMATS = ("PNG", "JPEG", "BMP", "WEBP", "GIF", "TIFF", "PPM")
SUFFIXES = frozenset([".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif", ".tif", ".tiff", ".ppm", ".pgm"])
MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
CHANNELS = {"1": 1, "L": 1, "LA": 2, "P": 3, "RGB": 3, "PA": 4, "RGBA": 4}
#: Modes in which Pillow gives grey numbers of 16 bits.
DEEP = ("I;16", "I;16B", "I;16L", "I")
#: EXIF orientations that turn a picture on its side.
TURNED = (5, 6, 7, 8)


@attrs.frozen(eq=False)
class Cell:
    """A picture's file that is a cell of a table; its text says which."""

    read: Callable[[], bytes]
    name: str

    def __str__(self) -> str:
        return self.name

    def open(self) -> io.BytesIO:
        """Its bytes. ValueError where the cell holds none."""
        return io.BytesIO(self.read())


#: A picture's file: in a folder, in an archive, or in a table.
File = Path | Member | Cell


class BadPicture(ValueError):
    """A file that is no whole picture of a kind that is read; the text begins with its path."""


@contextmanager
def opened(path: File, deep: bool = False) -> Iterator[Image.Image]:
    """The picture, opened but not decoded; `deep` ones have 16 bits, the others 8.

    BadPicture where opening, or what is done with it, fails.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path if isinstance(path, Path) else path.open(), formats=FORMATS) as image:
                if (fault := _unread(image, deep)) is not None:
                    raise BadPicture(f"{path}: {fault}")
                yield image
    except BadPicture:
        raise
    except FileNotFoundError:
        raise BadPicture(f"{path}: there is no such file, or it is a link that leads nowhere") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadPicture(f"{path}: has more than {Image.MAX_IMAGE_PIXELS} pixels (Pillow's MAX_IMAGE_PIXELS)") from None
    except UnidentifiedImageError:
        raise BadPicture(f"{path}: cannot be read as a picture (it is none of {', '.join(FORMATS)})") from None
    except Exception as error:  # Pillow raises nearly anything on a damaged file
        raise BadPicture(f"{path}: cannot be read as a picture ({error})") from None


def _unread(image: Image.Image, deep: bool) -> str | None:
    """Why a picture of this depth is not read, or None; Pillow drops half of 16-bit colour without a word."""
    sixteen = any(";16" in str(tile[3]) for tile in getattr(image, "tile", ()))
    if deep:
        return None if sixteen and image.mode in DEEP else f"is of mode {image.mode}; only 16-bit grey is read"
    if image.mode not in CHANNELS:
        hint = "; write dtype = 'uint16' for 16-bit grey" if sixteen else ""
        return f"is of mode {image.mode}; only 8-bit grey, colour and alpha are read{hint}"
    return "has 16 bits a channel; of colour and alpha only 8 bits are read" if sixteen else None


def channels_of(image: Image.Image) -> int:
    """How many channels the file has: 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha."""
    own = CHANNELS.get(image.mode, 1)
    return own + 1 if image.has_transparency_data and own in (1, 3) else own


def header(path: File, deep: bool = False) -> tuple[int, tuple[int, int]]:
    """Channels and (height, width) of a file as it is seen upright, without decoding it."""
    with opened(path, deep) as image:
        width, height = image.size
        turned = image.getexif().get(0x0112) in TURNED
        return channels_of(image), (width, height) if turned else (height, width)


@attrs.frozen
class Decoder:
    """Makes every file a picture (channels, height, width) of bytes, or of int16 where `deep`: the value less 32,768.

    With `strict`, a file with other channels is refused; else it is converted: colour to grey by luma, alpha laid over
    `background`, which also fills what `fit = "pad"` adds. `part` takes the left or right half of the file.
    """

    channels: int
    size: tuple[int, int]
    fit: str = "crop"
    filter: str = "lanczos"
    background: int = 255
    strict: bool = False
    part: str = "whole"
    deep: bool = False

    @property
    def dtype(self) -> torch.dtype:
        """That of decoded pictures."""
        return torch.int16 if self.deep else torch.uint8

    def __call__(self, path: File) -> Tensor:
        """Decode one file; BadPicture where it is damaged or, if strict, has other channels."""
        with opened(path, self.deep) as image:
            own = channels_of(image)
            if self.strict and own != self.channels:
                hint = "write channels = 1 or 3 to convert"
                raise BadPicture(f"{path}: has {counted(own)}, the others have {self.channels}; {hint}")
            upright = ImageOps.exif_transpose(image)
            pixels = np.array(self._fitted(self._converted(half(upright, self.part))))
        if self.deep:
            pixels = (pixels.round().clip(0, 65535) - 32768).astype(np.int16)
        return torch.from_numpy(pixels).view(*self.size, self.channels).permute(2, 0, 1).contiguous()

    def _converted(self, image: Image.Image) -> Image.Image:
        if self.deep:
            return image.convert("F")
        if self.channels in (1, 3) and image.has_transparency_data:
            paper = Image.new("RGBA", image.size, (*[self.background] * 3, 255))
            image = Image.alpha_composite(paper, image.convert("RGBA"))
        return image.convert(MODES[self.channels])

    def _fitted(self, image: Image.Image) -> Image.Image:
        height, width = self.size
        resample = Image.Resampling[self.filter.upper()]
        if image.size == (width, height):
            return image
        if self.fit == "crop":
            return ImageOps.fit(image, (width, height), resample)
        if self.fit == "pad":
            return ImageOps.pad(image, (width, height), resample, color=self._paper())
        return image.resize((width, height), resample)

    def _paper(self) -> float | tuple[int, ...]:
        """The background in the picture's own mode."""
        grey = self.background
        if self.deep:
            return 257.0 * grey
        return {1: grey, 2: (grey, 255), 3: (grey, grey, grey), 4: (grey, grey, grey, 255)}[self.channels]


def half(image: Image.Image, part: str) -> Image.Image:
    """The left or right half of a picture, or the whole."""
    width, height = image.size
    boxes = {"left": (0, 0, width // 2, height), "right": (width - width // 2, 0, width, height)}
    return image.crop(boxes[part]) if part in boxes else image


def counted(channels: int) -> str:
    """How many channels, in words."""
    return f"{channels} channel{'s' if channels > 1 else ''}"
