"""Films as their single frames, and back."""

from __future__ import annotations

from torch import Tensor, nn

from ganframe import Shape, component, option


@component
class Frames:
    """Every frame a row of its own: films (C, T, H, W) of N rows give pictures (C, H, W) of N * T rows, film by film.

    So a network for pictures (a discriminator, a frozen classifier) reads films. Labels have N rows still: they do not
    go with it. One random frame a film is RandomFrame.
    """

    changes_rows = True
    examples = ({"x": (3, 5, 4, 4)}, {"x": (2, 3)})

    def build(self, x: Shape) -> nn.Module:
        if len(x) < 2:
            raise ValueError(f"the input must be films (channels, frames, ...), not {x}")
        return _Frames()


class _Frames(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2).flatten(0, 1)


@component
class Films:
    """The opposite of Frames: `frames` rows after one another become one, (C, ...) of N * T rows (C, T, ...) of N."""

    changes_rows = True
    mixes_rows = True
    examples = ({"options": {"frames": 2}, "x": (3, 4, 4)}, {"options": {"frames": 4}, "x": (6,)})
    frames: int = option(doc="T, frames of a film; must divide the rows", min=1)

    def build(self, x: Shape) -> nn.Module:
        if not x:
            raise ValueError("the input has no channels before which frames could stand")
        return _Films(self.frames)


class _Films(nn.Module):
    def __init__(self, frames: int) -> None:
        super().__init__()
        self.frames = frames

    def forward(self, x: Tensor) -> Tensor:
        if len(x) % self.frames:
            raise ValueError(f"{len(x)} rows are not films of {self.frames} frames")
        return x.unflatten(0, (-1, self.frames)).transpose(1, 2)
