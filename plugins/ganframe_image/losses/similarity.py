"""Pictures that must look like others."""

from __future__ import annotations

from torch import Tensor

from ganframe import component, option, wire
from ganframe_image.metrics.similarity import ms_ssim, ssim


@component
class SSIM:
    """Structural dissimilarity: mean of 1 - SSIM(input, target) (Wang et al. 2004, IEEE TIP 13, eqs. 13 and 17).

    Values are taken from [low, high] to [0, 1]; the window is a Gaussian of 11 pixels and deviation 1.5, or the largest
    odd one that fits, and moves over the places where it fits whole. `scales = true` is 1 - MS-SSIM in its place (Wang
    et al. 2003, eq. 7), in which what is below 0 counts as 0 and gives no gradient.
    """

    examples = ({"input": (1, 8, 8), "target": (1, 8, 8)},)

    input: str = wire("pictures (N, C, H, W), e.g. \"fake.x\"")
    target: str = wire("what they must look like, of the same shape, e.g. \"real.x\"")
    scales: bool = option(False, "several scales (MS-SSIM), as many of five as fit")
    low: float = option(-1.0, "the value that counts as 0")
    high: float = option(1.0, "the value that counts as 1")

    def __attrs_post_init__(self) -> None:
        """The range is one."""
        if self.low >= self.high:
            raise ValueError(f"'low' = {self.low:g} must be below 'high' = {self.high:g}")

    def term(self, input: Tensor, target: Tensor) -> Tensor:
        """How unlike they are; ValueError where they are no pictures of one shape."""
        if input.shape != target.shape or input.dim() != 4:
            raise ValueError(f"needs pictures of one shape, not {(*input.shape[1:],)} and {(*target.shape[1:],)}")
        x, y = ((value - self.low) / (self.high - self.low) for value in (input, target))
        return 1 - (ms_ssim(x, y) if self.scales else ssim(x, y)).mean()
