"""The loop of many a tutorial: default Adam, a DataLoader, BCE on ones and zeros, losses read at every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.hand.start import Draws, Start

Penalty = Callable[[nn.Module, Tensor, Tensor, Draws], Tensor]


def bce_of_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    bce = nn.functional.binary_cross_entropy_with_logits
    return bce(real, torch.ones_like(real)) + bce(fake, torch.zeros_like(fake))


def bce_of_generator(fake: Tensor) -> Tensor:
    return nn.functional.binary_cross_entropy_with_logits(fake, torch.ones_like(fake))


class Tutorial:
    """Nothing is frozen and nothing fused; the generator learns from the last fakes if `share`, else from new ones."""

    betas = (0.5, 0.999)
    rates = (2e-4, 2e-4)
    discriminator_steps = 1
    share = False
    discriminator_loss = staticmethod(bce_of_discriminator)
    generator_loss = staticmethod(bce_of_generator)

    def __init__(self, start: Start, g: nn.Module, d: nn.Module, size: int) -> None:
        self.draws = Draws(start, size)
        self.g, self.d = start.load(g, "generator"), start.load(d, "discriminator")
        self.og = torch.optim.Adam(self.g.parameters(), lr=self.rates[0], betas=self.betas)
        self.od = torch.optim.Adam(self.d.parameters(), lr=self.rates[1], betas=self.betas)
        loader = DataLoader(TensorDataset(start.x), batch_size=start.rows, shuffle=True, drop_last=True)
        self.batches = self.endless(loader)
        self.steps = 0

    def endless(self, loader: DataLoader) -> Iterator[Tensor]:
        while True:
            yield from (x for (x,) in loader)

    def penalty(self, real: Tensor, fake: Tensor, logits: Tensor) -> Tensor | None:
        return None

    def step(self) -> dict[str, Tensor | float]:
        for _ in range(self.discriminator_steps):
            self.od.zero_grad()
            real = self.draws.real() if self.draws.reals else next(self.batches)
            real.requires_grad_(self.wants_real_gradient())
            fake = self.g(self.draws.noise())
            logits = self.d(real)
            d_loss = self.discriminator_loss(logits, self.d(fake.detach()))
            penalty = self.penalty(real, fake.detach(), logits)
            (d_loss if penalty is None else d_loss + penalty).backward()
            self.od.step()
        self.og.zero_grad()
        g_loss = self.generator_loss(self.d(fake if self.share else self.g(self.draws.noise())))
        g_loss.backward()
        self.og.step()
        self.after()
        self.steps += 1
        return {"adversarial.discriminator": d_loss.item(), "adversarial.generator": g_loss.item()}

    def wants_real_gradient(self) -> bool:
        return False

    def after(self) -> None:
        pass
