"""Pictures that come as one array, brought to another size or number of channels."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import component, option

#: ITU-R BT.601, as Pillow's and every JPEG's grey.
LUMA = (0.299, 0.587, 0.114)
CHUNK = 4096


@component
class Reshaped:
    """The options of picture data that lies in one array."""

    size: int | tuple[int, int] | None = option(
        None, "side of the pictures, or [height, width], by bicubic resampling; their own where left out", min=1
    )
    channels: int | None = option(
        None, "1 (grey, by luma) or 3 (grey three times); their own where left out", min=1, max=3
    )

    def reshaped(self, pixels: Tensor) -> Tensor:
        """Byte pictures (N, C, H, W) in the asked size and channels, as bytes."""
        size = height_width(self.size, pixels.shape[-2:])
        channels = self.channels or pixels.shape[1]
        if (channels, *size) == tuple(pixels.shape[1:]):
            return pixels
        parts = [coloured(part.float(), channels) for part in pixels.split(CHUNK)]
        return torch.cat([resized(part, size, (0.0, 255.0)).round().byte() for part in parts])


def height_width(size: int | tuple[int, int] | None, own: tuple[int, int] | torch.Size) -> tuple[int, int]:
    """A `size` option as (height, width)."""
    if size is None:
        return (own[0], own[1])
    return (size, size) if isinstance(size, int) else (size[0], size[1])


def resized(images: Tensor, size: tuple[int, int], span: tuple[float, float]) -> Tensor:
    """Float pictures (N, C, H, W) at another size, bicubic, antialiased when smaller, within the span of values."""
    if tuple(images.shape[-2:]) == size:
        return images
    return F.interpolate(images, size=size, mode="bicubic", antialias=True, align_corners=False).clamp(*span)


def coloured(images: Tensor, channels: int) -> Tensor:
    """Float pictures (N, C, H, W) as grey or in three channels; ValueError for other conversions."""
    if images.shape[1] == channels:
        return images
    if images.shape[1] == 1 and channels == 3:
        return images.expand(-1, 3, -1, -1)
    if images.shape[1] == 3 and channels == 1:
        return (images * images.new_tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
    raise ValueError(f"pictures of {images.shape[1]} channels cannot be given {channels}")
