"""Pictures of sounds: the waveform above its spectrogram."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn import functional as F

from ganframe_audio.signal.spectrum import decibels, power

#: Pixels: width of a cell, heights of its two parts, and what lies between cells.
WIDTH, WAVE, SPECTRUM, GAP = 176, 44, 88, 8
#: dB from the brightest to the darkest.
RANGE = 80.0
PAPER, LINE, INK, GREY = (255, 255, 255), (225, 228, 234), (31, 78, 156), (110, 110, 110)
SECOND = (206, 92, 0)
#: Dark to bright, evenly spaced: black, violet, red, orange, pale yellow.
RAMP = np.array([(4, 4, 16), (66, 18, 104), (150, 38, 96), (222, 84, 54), (250, 168, 72), (252, 246, 190)], float)


def coloured(level: Tensor) -> Image.Image:
    """A map of levels 0..1 (rows, columns) in colour."""
    at = level.clamp(0, 1).nan_to_num(0).double().numpy()
    stops = np.linspace(0, 1, len(RAMP))
    return Image.fromarray(np.stack([np.interp(at, stops, RAMP[:, k]) for k in range(3)], -1).round().astype(np.uint8))


def waveform(sound: Tensor) -> Image.Image:
    """The lowest and highest sample at each column, for up to two channels (C, T)."""
    picture = Image.new("RGB", (WIDTH, WAVE), (246, 247, 249))
    draw = ImageDraw.Draw(picture)
    draw.line((0, WAVE // 2, WIDTH, WAVE // 2), LINE)
    for channel, colour in zip(sound[:2].clamp(-1, 1).nan_to_num(0), (INK, SECOND), strict=False):
        high = F.adaptive_max_pool1d(channel[None], WIDTH)[0]
        low = -F.adaptive_max_pool1d(-channel[None], WIDTH)[0]
        for column, (top, bottom) in enumerate(zip(high.tolist(), low.tolist(), strict=True)):
            draw.line((column, (1 - top) * (WAVE - 1) / 2, column, (1 - bottom) * (WAVE - 1) / 2), colour)
    return picture


def spectrum(sound: Tensor) -> Image.Image:
    """The spectrogram of a sound (C, T), channels mixed; windows of about a sixteenth of it, up to 1,024 samples."""
    length = sound.shape[-1]
    size = 2 ** max(4, min(10, (length // 16).bit_length()))
    mixed = sound.mean(0, keepdim=True)
    if length <= size // 2:
        mixed = F.pad(mixed, (0, size))
    found = decibels(power(mixed, size, max(1, min(size // 4, length // WIDTH + 1))), size)[0]
    return scaled(1 + found / RANGE)


def scaled(level: Tensor) -> Image.Image:
    """Levels 0..1 (bands, frames), low bands first, as the lower part of a cell."""
    fitted = F.interpolate(level.clamp(0, 1)[None, None].float(), (SPECTRUM, WIDTH), mode="bilinear")[0, 0]
    return coloured(fitted.flip(0))


def cell(wave: Image.Image, below: Image.Image) -> Image.Image:
    """Both parts, one above the other."""
    picture = Image.new("RGB", (WIDTH, WAVE + SPECTRUM), PAPER)
    picture.paste(wave, (0, 0))
    picture.paste(below, (0, WAVE))
    return picture


def sheet(path: Path, cells: Sequence[Image.Image], columns: int, words: str) -> None:
    """Cells in rows of `columns`, and below them what they show, as a PNG file."""
    columns = min(columns, len(cells))
    rows = -(-len(cells) // columns)
    width, height = WIDTH + GAP, WAVE + SPECTRUM + GAP
    font = ImageFont.load_default(12)
    least = int(font.getlength(words)) + 2 * GAP
    picture = Image.new("RGB", (max(least, columns * width + GAP), rows * height + GAP + 20), PAPER)
    for number, one in enumerate(cells):
        picture.paste(one, (GAP + number % columns * width, GAP + number // columns * height))
    ImageDraw.Draw(picture).text((GAP, rows * height + 2), words, GREY, font)
    picture.save(path, format="PNG")


def caption(seconds: float, top: str) -> str:
    """What is to be read from a cell."""
    return f"{seconds:.3g} s across; spectrum up to {top}, dark below -{RANGE:.0f} dB"


def sounds(path: Path, values: Tensor, rate: int, columns: int) -> None:
    """Sounds (N, C, T) as a sheet."""
    cells = [cell(waveform(one), spectrum(one)) for one in values.detach().cpu().float()]
    sheet(path, cells, columns, caption(values.shape[-1] / rate, f"{rate / 2:,.0f} Hz"))
