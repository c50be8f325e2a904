"""How a frame of any file becomes bytes of one shape."""

from __future__ import annotations

import attrs
import torch
from PIL import Image, ImageOps
from torch import Tensor

MODES = {1: "L", 3: "RGB"}


@attrs.frozen
class Fitting:
    """Makes a frame bytes (channels, height, width): colour to grey by luma, alpha laid over white, another shape cut,
    padded with white or stretched."""

    channels: int
    size: tuple[int, int]
    fit: str = "crop"
    filter: str = "lanczos"

    def __call__(self, image: Image.Image) -> Tensor:
        """The frame's bytes."""
        if image.has_transparency_data:
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
        fitted = self._fitted(image.convert(MODES[self.channels]))
        flat = torch.frombuffer(bytearray(fitted.tobytes()), dtype=torch.uint8)
        return flat.view(*self.size, self.channels).permute(2, 0, 1).contiguous()

    def _fitted(self, image: Image.Image) -> Image.Image:
        height, width = self.size
        resample = Image.Resampling[self.filter.upper()]
        if image.size == (width, height):
            return image
        if self.fit == "crop":
            return ImageOps.fit(image, (width, height), resample)
        if self.fit == "pad":
            return ImageOps.pad(image, (width, height), resample, color="white")
        return image.resize((width, height), resample)


def channels_of(image: Image.Image) -> int:
    """1 for grey, also where it stands in a palette of greys; else 3."""
    if image.mode == "P":
        colours = image.convert("RGB").getcolors(256) or []
        return 1 if all(r == g == b for _, (r, g, b) in colours) else 3
    return 1 if image.mode in ("1", "L", "LA") else 3
