"""An expert's loop for two players that share the fakes: one generator pass a step (W0, W1, W2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.hand.start import Draws, Start
from benchmarks.hand.tutorial import Tutorial


class Shared:
    """Fused Adam, the resting player frozen, softplus losses that nobody reads; formats as ganframe's rule has them."""

    def __init__(self, start: Start, g: nn.Module, d: nn.Module, size: int, channels_last: bool = False) -> None:
        torch.set_flush_denormal(True)
        self.draws = Draws(start, size)
        self.g, self.d = start.load(g, "generator"), start.load(d, "discriminator")
        if channels_last:
            self.d.to(memory_format=torch.channels_last)
        self.d_parameters = list(self.d.parameters())
        self.og = torch.optim.Adam(self.g.parameters(), lr=2e-4, betas=(0.5, 0.999), fused=True)
        self.od = torch.optim.Adam(self.d_parameters, lr=2e-4, betas=(0.5, 0.999), fused=True)

    def step(self) -> dict[str, Tensor]:
        fake = self.g(self.draws.noise())
        self.od.zero_grad()
        d_loss = F.softplus(-self.d(self.draws.real())).mean() + F.softplus(self.d(fake.detach())).mean()
        d_loss.backward()
        self.od.step()
        for parameter in self.d_parameters:
            parameter.requires_grad_(False)
        self.og.zero_grad()
        g_loss = F.softplus(-self.d(fake)).mean()
        g_loss.backward()
        self.og.step()
        for parameter in self.d_parameters:
            parameter.requires_grad_(True)
        return {"adversarial.discriminator": d_loss.detach(), "adversarial.generator": g_loss.detach()}


class SharedTutorial(Tutorial):
    share = True
