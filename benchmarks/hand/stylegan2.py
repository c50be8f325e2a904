"""StyleGAN2 at 32x32, 64 channels (W5): modulation by scaling, R1 on the logits that are there, averaged weights."""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.hand.start import Draws, Start
from benchmarks.hand.tutorial import Tutorial

WIDTH = 64
RATES = (2.5e-3, 2.35e-3)
BETAS = (0.0, 0.99)
KERNEL = torch.outer(torch.tensor([1.0, 3.0, 3.0, 1.0]), torch.tensor([1.0, 3.0, 3.0, 1.0])) / 16


class Linear(nn.Module):
    """A linear layer whose weight and bias are scaled when used."""

    def __init__(self, inputs: int, outputs: int, multiplier: float = 1.0, weight_first: bool = False) -> None:
        super().__init__()
        names = ("weight", "bias") if weight_first else ("bias", "weight")
        for name in names:  # in the order in which ganframe lists them
            shape = (outputs, inputs) if name == "weight" else (outputs,)
            self.register_parameter(name, nn.Parameter(torch.empty(shape)))
        self.scale, self.multiplier = multiplier / math.sqrt(inputs), multiplier

    def forward(self, x: Tensor) -> Tensor:
        bias = self.bias if self.multiplier == 1 else self.bias * self.multiplier
        return F.linear(x, self.weight * self.scale, bias)


class Conv(nn.Module):
    def __init__(self, inputs: int, outputs: int, width: int, bias: bool = True) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.empty(outputs)) if bias else None
        self.weight = nn.Parameter(torch.empty(outputs, inputs, width, width))
        self.scale, self.padding = 1 / math.sqrt(inputs * width**2), width // 2

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight * self.scale, self.bias, padding=self.padding)


class Modulated(nn.Module):
    """A convolution of scaled input channels, its output brought back to unit variance."""

    def __init__(self, outputs: int, width: int = 3, up: bool = False, demodulate: bool = True) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.empty(WIDTH))
        self.affine = nn.Parameter(torch.empty(WIDTH, WIDTH))
        self.weight = nn.Parameter(torch.empty(outputs, WIDTH, width, width))
        self.up, self.demodulate, self.padding = up, demodulate, width // 2
        self.scale, self.affine_scale = 1 / math.sqrt(WIDTH * width**2), 1 / math.sqrt(WIDTH)
        self.kernel = (4 * KERNEL / KERNEL.sum()).expand(outputs, 1, -1, -1)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        style = F.linear(w, self.affine * self.affine_scale) + self.shift
        weight = self.weight * self.scale
        x = x * style[:, :, None, None]
        if self.up:
            x = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
            x = F.conv2d(x, self.kernel, padding=1, groups=len(self.kernel))
        else:
            x = F.conv2d(x, weight, padding=self.padding)
        if not self.demodulate:
            return x
        power = F.linear(style.square(), weight.square().sum((2, 3)))
        return x * torch.rsqrt(power + 1e-8)[:, :, None, None]


class Noise(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.strength = nn.Parameter(torch.empty(()))
        self.register_buffer("fixed", torch.empty(1, size, size))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.strength * (torch.randn(len(x), 1, *x.shape[2:]) if self.training else self.fixed)


class Learned(nn.Module):
    """A parameter as a module, so that it is listed where ganframe lists it."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.empty(shape))


class Styled(nn.Module):
    def __init__(self, size: int, up: bool) -> None:
        super().__init__()
        self.convolution, self.noise, self.bias = Modulated(WIDTH, up=up), Noise(size), Learned(WIDTH, 1, 1)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        return F.leaky_relu_(self.noise(self.convolution(x, w)) + self.bias.value, 0.2)


class ToRGB(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolution, self.bias = Modulated(3, width=1, demodulate=False), Learned(3, 1, 1)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        return self.convolution(x, w) + self.bias.value


class Stage(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.first, self.second, self.rgb = Styled(size, up=True), Styled(size, up=False), ToRGB()

    def forward(self, x: Tensor, w: Tensor, rgb: Tensor) -> tuple[Tensor, Tensor]:
        x = self.second(self.first(x, w), w)
        return x, F.interpolate(rgb, scale_factor=2.0) + self.rgb(x, w)


class Generator(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layers = [(Linear(WIDTH, WIDTH, 0.01, weight_first=True), nn.LeakyReLU(0.2, inplace=True)) for _ in range(4)]
        self.mapping = nn.Sequential(*(layer for pair in layers for layer in pair))
        self.constant = Learned(WIDTH, 4, 4)
        self.styled, self.rgb = Styled(4, up=False), ToRGB()
        self.stages = nn.ModuleList(Stage(size) for size in (8, 16, 32))

    def forward(self, z: Tensor) -> Tensor:
        w = self.mapping(z * torch.rsqrt(z.square().mean(1, keepdim=True) + 1e-8))
        x = self.styled(self.constant.value.expand(len(z), -1, -1, -1), w)
        rgb = self.rgb(x, w)
        for stage in self.stages:
            x, rgb = stage(x, w, rgb)
        return rgb


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        activation = nn.LeakyReLU(0.2, inplace=True)
        main = (Conv(WIDTH, WIDTH, 3), activation, Conv(WIDTH, WIDTH, 3), activation, nn.AvgPool2d(2))
        self.main = nn.Sequential(*main)
        self.shortcut = nn.Sequential(nn.AvgPool2d(2), Conv(WIDTH, WIDTH, 1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        return self.main(x) + self.shortcut(x)


class MinibatchStdDev(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        rows, _, height, width = x.shape
        groups = x.reshape(4, rows // 4, -1)
        deviation = (groups.var(0, correction=0) + 1e-8).sqrt().mean(1)
        return torch.cat((x, deviation.repeat(4).view(-1, 1, 1, 1).expand(-1, 1, height, width)), 1)


def discriminator() -> nn.Module:
    activation = nn.LeakyReLU(0.2, inplace=True)
    return nn.Sequential(
        Conv(3, WIDTH, 1), activation, Residual(), Residual(), Residual(), MinibatchStdDev(),
        Conv(WIDTH + 1, WIDTH, 3), activation, nn.Flatten(), Linear(WIDTH * 16, WIDTH), activation, Linear(WIDTH, 1),
    )  # fmt: skip


def r1(real: Tensor, logits: Tensor) -> Tensor:
    (gradient,) = torch.autograd.grad(logits.sum(), real, create_graph=True)
    return gradient.square().sum() / len(real) / 2


class Expert:
    def __init__(self, start: Start) -> None:
        torch.set_flush_denormal(True)
        self.draws = Draws(start, WIDTH)
        self.g = start.load(Generator(), "generator").to(memory_format=torch.channels_last)
        self.d = start.load(discriminator(), "discriminator").to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.g).requires_grad_(False)
        self.kept, self.live = list(self.average.parameters()), [p.detach() for p in self.g.parameters()]
        self.parameters = list(self.d.parameters())
        self.og = torch.optim.Adam(self.g.parameters(), lr=RATES[0], betas=BETAS, fused=True)
        self.od = torch.optim.Adam(self.parameters, lr=RATES[1], betas=BETAS, fused=True)
        self.steps = 0

    def step(self) -> dict[str, Tensor]:
        lazy = self.steps % 16 == 0
        real = self.draws.real().requires_grad_(lazy)
        with torch.no_grad():
            fake = self.g(self.draws.noise())
        self.od.zero_grad()
        logits = self.d(real)
        d_loss = F.softplus(-logits).mean() + F.softplus(self.d(fake)).mean()
        (d_loss + 5.0 * 16 * r1(real, logits) if lazy else d_loss).backward()
        self.od.step()
        for parameter in self.parameters:
            parameter.requires_grad_(False)
        self.og.zero_grad()
        g_loss = F.softplus(-self.d(self.g(self.draws.noise()))).mean()
        g_loss.backward()
        self.og.step()
        for parameter in self.parameters:
            parameter.requires_grad_(True)
        torch._foreach_lerp_(self.kept, self.live, 1 - 0.999)
        self.steps += 1
        return {"adversarial.discriminator": d_loss.detach(), "adversarial.generator": g_loss.detach()}


class StyleTutorial(Tutorial):
    betas = BETAS
    rates = RATES

    def __init__(self, start: Start) -> None:
        super().__init__(start, Generator(), discriminator(), WIDTH)
        self.average = copy.deepcopy(self.g)

    def wants_real_gradient(self) -> bool:
        return self.steps % 16 == 0

    def penalty(self, real: Tensor, fake: Tensor, logits: Tensor) -> Tensor | None:
        return 5.0 * 16 * r1(real, logits) if self.steps % 16 == 0 else None

    def after(self) -> None:
        with torch.no_grad():
            for kept, live in zip(self.average.parameters(), self.g.parameters(), strict=True):
                kept.mul_(0.999).add_(live, alpha=1 - 0.999)
