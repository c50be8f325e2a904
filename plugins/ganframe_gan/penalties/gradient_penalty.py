"""The penalty of WGAN-GP and its kin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganframe import component, option
from ganframe_gan.penalties.gradients import input_gradients

if TYPE_CHECKING:
    from ganframe import Step


@component
class GradientPenalty:
    """Mean of (|d D(x) / d x| - center)^2 between real and fake rows (WGAN-GP, arXiv:1704.00028, eq. 3).

    x = t · real + (1 - t) · fake, one t ~ U(0, 1) a row, the same for every judged input; the norm is over all of them.
    Inputs that the generator does not make are the real row's. With `noise` above 0 instead x = real + noise · std ·
    U(0, 1), std that of all real entries (DRAGAN, arXiv:1705.07215, whose code has 0.5). `center = 0` is 0-GP
    (arXiv:1902.03984), with `reduction = "max"` MaxGP, the squared largest norm (Lipschitz GAN, arXiv:1902.05687).
    """

    double_backward = ("discriminator",)

    center: float = option(1.0, "the gradient norm that costs nothing; 0 is the zero-centred penalty", min=0.0)
    one_sided: bool = option(False, "only norms above the center cost (WGAN-LP, arXiv:1709.08894, eq. 8)")
    pack: int = option(1, "rows that the discriminator folds into one (Pack): they share t and a norm", min=1)
    noise: float = option(0.0, "above 0: points around real rows, this wide, instead of mixtures", min=0.0)
    reduction: str = option("mean", "over the rows: their mean, or the largest alone", choices=("mean", "max"))

    def discriminator(self, step: Step) -> Tensor:
        """Mean (or largest) squared distance of the gradient norm from the center."""
        points = self._around(step) if self.noise else self._between(step)
        logits = step.real.replace(**points)[step.discriminator]
        gradients = input_gradients(logits, list(points.values()))
        # The norm of torch has gradient 0 at 0, the root of a sum of squares has nan.
        norms = torch.cat([_packed(gradient, self.pack) for gradient in gradients], 1).norm(2, 1)
        beyond = norms - self.center
        costs = (beyond.clamp(min=0) if self.one_sided else beyond).square()
        return costs.max() if self.reduction == "max" else costs.mean()

    def _between(self, step: Step) -> dict[str, Tensor]:
        shares, points = self._shares(step), {}
        for name, real in self._real(step):
            share = shares.to(real).view(-1, *[1] * (real.dim() - 1))
            points[name] = _leaf(torch.lerp(step.fake[name].detach().to(real), real, share))
        return points

    def _around(self, step: Step) -> dict[str, Tensor]:
        return {
            name: _leaf(real + self.noise * real.std() * step.rand(*real.shape).to(real))
            for name, real in self._real(step)
        }

    def _shares(self, step: Step) -> Tensor:
        rows = step.rows
        if rows % self.pack:
            raise ValueError(f"a batch of {rows} rows does not divide into packs of {self.pack}")
        return step.rand(rows // self.pack).repeat_interleave(self.pack)

    def _real(self, step: Step) -> list[tuple[str, Tensor]]:
        return [(name, step.real[name].detach()) for name in step.judged_names]


def _leaf(tensor: Tensor) -> Tensor:
    return tensor.detach().requires_grad_()


def _packed(gradient: Tensor, pack: int) -> Tensor:
    return gradient.reshape(len(gradient) // pack, -1)
