"""Layers that sample: Gaussians and categories through which gradients flow."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from ganframe import Shape, component, option
from ganframe_gan.layers import checks


@component
class Reparameterize:
    """A Gaussian from its parameters: three outputs, z = mean + exp(logvar / 2) * n, mean and logvar.

    arXiv:1312.6114, eq. 10. The first axis of its input holds means and log variances, half each; n is standard
    normal. In eval mode z is the mean: an encoder then gives one code for one sample.
    """

    random = True
    examples = ({"x": (6,)}, {"x": (4, 2, 2)})

    def build(self, x: Shape) -> nn.Module:
        checks.axis(1, x)
        if x[0] % 2:
            raise ValueError(f"{x[0]} values are not as many means as log variances; the number must be even")
        return _Reparameterize()


class _Reparameterize(nn.Module):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean, logvar = x.chunk(2, 1)
        z = mean + (logvar / 2).exp() * torch.randn_like(mean) if self.training else mean.clone()
        return z, mean, logvar


def gumbel_softmax(logits: Tensor, temperature: float | Tensor, dim: int = -1) -> Tensor:
    """softmax((logits + g) / temperature) with Gumbel noise g = -log(-log u) (arXiv:1611.01144, eq. 1-2)."""
    exponential = torch.empty_like(logits, dtype=torch.float32).exponential_()
    noise = -exponential.clamp_min(torch.finfo(torch.float32).tiny).log()
    return ((logits + noise.to(logits.dtype)) / temperature).softmax(dim)


def one_hot(soft: Tensor, dim: int = -1) -> Tensor:
    """The largest entry as one, the others as zero, with the gradient of `soft` (straight-through)."""
    hard = torch.zeros_like(soft).scatter(dim, soft.argmax(dim, keepdim=True), 1.0)
    return hard + (soft - soft.detach())


@component
class GumbelSoftmax:
    """A sample of the categorical distribution with these logits: softmax((x + Gumbel noise) * beta / temperature).

    arXiv:1611.01144, eq. 1-2. `hard` makes it one-hot on the way forward with the soft sample's gradient. In eval mode
    it is sampled too, since the noise carries the distribution, and always one-hot. beta is the wire
    `inverse_temperature`, a number a row, 1 without it; RelGAN (ICLR 2019) anneals it from 1 upwards.
    """

    random = True
    examples = ({"x": (3, 5), "inverse_temperature": (1,)}, {"x": (5,)})
    temperature: float = option(1.0, "smooths the soft sample; smaller is nearer to one-hot", min=0.01)
    hard: bool = option(True, "one-hot in train mode too; false gives the soft sample there")
    dim: int = option(-1, "the axis of the categories")

    def build(self, x: Shape, inverse_temperature: Shape | None = None) -> nn.Module:
        if inverse_temperature not in (None, (1,)):
            raise ValueError(f"inverse_temperature must be one number a row, (1,), not {inverse_temperature}")
        return _GumbelSoftmax(self.temperature, self.hard, checks.axis(self.dim, x))


class _GumbelSoftmax(nn.Module):
    def __init__(self, temperature: float, hard: bool, dim: int) -> None:
        super().__init__()
        self.temperature, self.hard, self.dim = temperature, hard, dim

    def forward(self, x: Tensor, inverse_temperature: Tensor | None = None) -> Tensor:
        temperature: float | Tensor = self.temperature
        if inverse_temperature is not None:
            temperature = temperature / inverse_temperature.reshape(-1, *[1] * (x.dim() - 1))
        soft = gumbel_softmax(x, temperature, self.dim)
        return one_hot(soft, self.dim) if self.hard or not self.training else soft


@component
class ColumnActivations:
    """What each column of an encoded table needs, side by side: CTGAN's output layer (arXiv:1907.00503, section 4.3).

    `spans` cuts the vector into columns in order: `[["tanh", 1], ["softmax", 4], ["linear", 2]]` is a number in
    [-1, 1], a choice of four, and two free numbers. A choice is a Gumbel softmax: soft in train mode, one-hot in eval
    mode. A table gives its own as `$data.spans`.
    """

    random = True
    examples = ({"options": {"spans": (("tanh", 1), ("softmax", 4), ("linear", 2))}, "x": (7,)},)
    spans: tuple[tuple[str, int], ...] = option(doc='[kind, width] for each column; kinds "tanh", "softmax", "linear"')
    tau: float = option(0.2, "temperature of the choices", min=0.01)

    def build(self, x: Shape) -> nn.Module:
        width = checks.vector(x)
        unknown = [kind for kind, _ in self.spans if kind not in ("tanh", "softmax", "linear")]
        if unknown:
            raise ValueError(f"spans knows \"tanh\", \"softmax\" and \"linear\", not {unknown[0]!r}")
        widths = [n for _, n in self.spans]
        if sum(widths) != width or min(widths) < 1:
            raise ValueError(f"spans covers {sum(widths)} values, the input has {width}")
        return _ColumnActivations(tuple(kind for kind, _ in self.spans), widths, self.tau)


class _ColumnActivations(nn.Module):
    def __init__(self, kinds: tuple[str, ...], widths: list[int], tau: float) -> None:
        super().__init__()
        self.kinds, self.widths, self.tau = kinds, widths, tau

    def forward(self, x: Tensor) -> Tensor:
        parts = zip(self.kinds, x.split(self.widths, 1), strict=True)
        return torch.cat([self.activated(kind, part) for kind, part in parts], 1)

    def activated(self, kind: str, x: Tensor) -> Tensor:
        if kind == "softmax":
            soft = gumbel_softmax(x, self.tau)
            return soft if self.training else one_hot(soft)
        return F.tanh(x) if kind == "tanh" else x
