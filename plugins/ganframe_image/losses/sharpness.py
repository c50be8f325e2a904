"""Pictures that must not be blurred."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from ganframe import component, option, wire


@component
class Sharpness:
    """Not blurred: mean over pictures of relu(least - V) / least, V the variance of the Laplacian.

    The Laplacian is the five-point one (a pixel's four neighbours less four times itself), taken where it fits whole;
    V is its variance over all places and channels of a picture, the measure of focus of Pech-Pacheco et al. 2000
    (ICPR, Diatom autofocusing in brightfield microscopy). Take `least` from the data: a quantile that most of its
    pictures reach (of Digits a tenth is below 2.63, half below 4.22). Noise is sharp by this measure, so that an
    adversarial loss must stand beside it.
    """

    examples = ({"options": {"least": 8.0}, "input": (3, 8, 8)},)

    input: str = wire("pictures (N, C, H, W), e.g. \"fake.x\"")
    least: float = option(doc="variance of the Laplacian from which a picture is sharp enough", min=1e-6)

    def term(self, input: Tensor) -> Tensor:
        """The share of the wanted variance that is missing."""
        return F.relu(1 - laplacian(input).flatten(1).var(1, correction=0) / self.least).mean()


def laplacian(pictures: Tensor) -> Tensor:
    """The five-point Laplacian of pictures (N, C, H, W) at their inner pixels; ValueError for ones below 3 x 3."""
    if pictures.dim() != 4 or min(pictures.shape[-2:]) < 3:
        raise ValueError(f"needs pictures (C, height, width) of at least 3 x 3, not {tuple(pictures.shape[1:])}")
    across = pictures[..., 1:-1, 2:] + pictures[..., 1:-1, :-2]
    along = pictures[..., 2:, 1:-1] + pictures[..., :-2, 1:-1]
    return across + along - 4 * pictures[..., 1:-1, 1:-1]
