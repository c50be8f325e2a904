"""The augmentation pipe, with a strength that is set or that finds itself."""

from __future__ import annotations

from torch import Tensor

from ganframe import Now, component, option
from ganframe_gan.augmentations.overfitting import follow, started
from ganframe_gan.augmentations.transforms import Transforms


@component
class AugmentPipe(Transforms):
    """The pipe of StyleGAN2-ADA with a strength of your own: each transformation with probability p times its share.

    arXiv:2006.06676, figure 2 and appendix B.2: geometry, colour, noise and cutout, drawn anew for every row. By
    default the set `bgc` (no noise, no cutout). A number or a curve, as in R3GAN; one that finds itself is `ADA`.
    """

    p: float = option(0.2, "strength: 0 changes nothing, at 1 every transformation happens to every row",
                      min=0.0, max=1.0, curve=True)  # fmt: skip

    def __call__(self, x: Tensor, now: Now) -> Tensor:
        return self.transformed(x, now(self.p), now.rng)


@component
class ADA(Transforms):
    """The same pipe with a strength that follows overfitting: adaptive discriminator augmentation.

    arXiv:2006.06676, section 3.1: r = mean of sign(D(real)) over the last `every` turns; p rises where r is above the
    target and falls where it is below, by (rows seen) / images, within [0, max_p].
    """

    p: float = option(0.0, "the strength at the start", min=0.0, max=1.0)
    target: float = option(0.6, "the r that is aimed at: 0 is no overfitting, 1 is complete", min=-1.0, max=1.0)
    every: int = option(4, "discriminator turns between two changes of p", min=1)
    images: int = option(500_000, "real images in which p can rise from 0 to 1", min=1)
    max_p: float = option(0.8, "largest strength; beyond it augmentations leak into what is made", min=0.0, max=1.0)

    def state(self) -> dict[str, Tensor]:
        """p, and since its last change: the sum of signs, rows and turns."""
        return started(self.p)

    def __call__(self, x: Tensor, now: Now, state: dict[str, Tensor]) -> Tensor:
        return self.transformed(x, state["p"], now.rng)

    def update(self, state: dict[str, Tensor], real_logits: Tensor, now: Now) -> None:
        """Count the signs of real logits (N, ...), and change p when `every` turns are full; nothing is read back."""
        follow(state, real_logits, self.target, self.every, self.images, self.max_p)
