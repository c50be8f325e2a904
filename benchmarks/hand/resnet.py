"""SNGAN's and WGAN-GP's residual networks at 32x32 (W3, W4)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.nn.utils.parametrizations import spectral_norm

from benchmarks.hand.start import Draws, Start
from benchmarks.hand.tutorial import Tutorial

SIZE = 128


def conv(inputs: int, outputs: int, width: int = 3) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, width, padding=width // 2)


class Residual(nn.Module):
    """The sum of two paths."""

    def __init__(self, main: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.main, self.shortcut = main, shortcut

    def forward(self, x: Tensor) -> Tensor:
        return self.main(x) + self.shortcut(x)


class SumPool(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.sum((2, 3))


def up(width: int) -> nn.Module:
    main = nn.Sequential(
        nn.BatchNorm2d(width), nn.ReLU(inplace=True), nn.Upsample(scale_factor=2), conv(width, width),
        nn.BatchNorm2d(width), nn.ReLU(inplace=True), conv(width, width),
    )  # fmt: skip
    return Residual(main, nn.Sequential(nn.Upsample(scale_factor=2), conv(width, width, 1)))


def first(width: int) -> nn.Module:
    main = nn.Sequential(conv(3, width), nn.ReLU(inplace=True), conv(width, width), nn.AvgPool2d(2))
    return Residual(main, nn.Sequential(nn.AvgPool2d(2), conv(3, width, 1)))


def down(width: int) -> nn.Module:
    main = nn.Sequential(nn.ReLU(), conv(width, width), nn.ReLU(inplace=True), conv(width, width), nn.AvgPool2d(2))
    return Residual(main, nn.Sequential(conv(width, width, 1), nn.AvgPool2d(2)))


def flat(width: int) -> nn.Module:
    main = nn.Sequential(nn.ReLU(), conv(width, width), nn.ReLU(inplace=True), conv(width, width))
    return Residual(main, nn.Identity())


def generator(width: int = 64) -> nn.Module:
    return nn.Sequential(
        nn.Linear(SIZE, width * 16), nn.Unflatten(1, (width, 4, 4)), up(width), up(width), up(width),
        nn.BatchNorm2d(width), nn.ReLU(inplace=True), conv(width, 3), nn.Tanh(),
    )  # fmt: skip


def discriminator(width: int = 32) -> nn.Module:
    return nn.Sequential(
        first(width), down(width), flat(width), flat(width), nn.ReLU(), SumPool(), nn.Linear(width, 1),
    )  # fmt: skip


def normalized(network: nn.Module) -> nn.Module:
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            spectral_norm(module)
    return network


def penalty(d: nn.Module, real: Tensor, fake: Tensor, shares: Tensor) -> Tensor:
    """(|d D / d x| - 1)^2 between real and fake rows."""
    between = torch.lerp(fake, real, shares.view(-1, 1, 1, 1)).requires_grad_()
    (gradient,) = torch.autograd.grad(d(between).sum(), between, create_graph=True)
    return (gradient.flatten(1).norm(2, 1) - 1).square().mean()


class _Expert:
    """Everything channels_last, Adam fused, the resting player frozen, no graph behind the fakes of D's turns."""

    def __init__(self, start: Start, g: nn.Module, d: nn.Module) -> None:
        torch.set_flush_denormal(True)
        self.draws = Draws(start, SIZE)
        self.g = start.load(g, "generator").to(memory_format=torch.channels_last)
        self.d = start.load(d, "discriminator").to(memory_format=torch.channels_last)
        self.d_parameters = list(self.d.parameters())
        self.og = torch.optim.Adam(self.g.parameters(), lr=2e-4, betas=(0.0, 0.9), fused=True)
        self.od = torch.optim.Adam(self.d_parameters, lr=2e-4, betas=(0.0, 0.9), fused=True)

    def fake(self) -> Tensor:
        with torch.no_grad():
            return self.g(self.draws.noise())

    def generator_step(self) -> Tensor:
        for parameter in self.d_parameters:
            parameter.requires_grad_(False)
        self.og.zero_grad()
        loss = -self.d(self.g(self.draws.noise())).mean()
        loss.backward()
        self.og.step()
        for parameter in self.d_parameters:
            parameter.requires_grad_(True)
        return loss.detach()


class SNGAN(_Expert):
    def step(self) -> dict[str, Tensor]:
        for _ in range(5):
            self.od.zero_grad()
            loss = hinge(self.d(self.draws.real()), self.d(self.fake()))
            loss.backward()
            self.od.step()
        return {"adversarial.discriminator": loss.detach(), "adversarial.generator": self.generator_step()}


class WGANGP(_Expert):
    def step(self) -> dict[str, Tensor]:
        real, fake = self.draws.real(), self.fake()
        self.od.zero_grad()
        loss = wasserstein(self.d(real), self.d(fake))
        cost = penalty(self.d, real, fake, self.draws.uniform())
        (loss + 10.0 * cost).backward()
        self.od.step()
        return {
            "adversarial.discriminator": loss.detach(), "penalty": cost.detach(),
            "adversarial.generator": self.generator_step(),
        }  # fmt: skip


def hinge(real: Tensor, fake: Tensor) -> Tensor:
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def wasserstein(real: Tensor, fake: Tensor) -> Tensor:
    return fake.mean() - real.mean()


def negative_mean(fake: Tensor) -> Tensor:
    return -fake.mean()


class _Tutorial(Tutorial):
    betas = (0.0, 0.9)
    generator_loss = staticmethod(negative_mean)


class SNGANTutorial(_Tutorial):
    discriminator_steps = 5
    discriminator_loss = staticmethod(hinge)


class WGANGPTutorial(_Tutorial):
    discriminator_loss = staticmethod(wasserstein)

    def penalty(self, real: Tensor, fake: Tensor, logits: Tensor) -> Tensor:
        return 10.0 * penalty(self.d, real, fake, self.draws.uniform())


def sngan(start: Start) -> SNGAN:
    return SNGAN(start, generator(), normalized(discriminator()))


def sngan_tutorial(start: Start) -> SNGANTutorial:
    return SNGANTutorial(start, generator(), normalized(discriminator()), SIZE)


def wgan_gp(start: Start) -> WGANGP:
    return WGANGP(start, generator(), discriminator())


def wgan_gp_tutorial(start: Start) -> WGANGPTutorial:
    return WGANGPTutorial(start, generator(), discriminator(), SIZE)
