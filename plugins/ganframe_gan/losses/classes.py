"""Games of discriminators that know the classes."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import component, wire


@component
class MultiHinge:
    """Multi-hinge loss (arXiv:1912.04216): a discriminator of K + 1 logits, K classes and last "fake".

    With m_c(l) = mean relu(1 - l_c + largest other logit), Crammer and Singer's hinge: discriminator
    m_label(real) + m_K(fake); generator m_label(fake).
    """

    examples = (
        {
            "options": {"label": "real.label", "fake_label": "fake.label"},
            "real": (5,), "fake": (5,), "label": (4,), "fake_label": (4,),
        },
    )  # fmt: skip

    label: str = wire("one-hot classes of the real rows, \"real.label\"")
    fake_label: str = wire("those that the fakes should have, \"fake.label\"")

    def discriminator(self, real: Tensor, fake: Tensor, label: Tensor) -> Tensor:
        """Real rows to their class, fakes to the last one."""
        codes = _codes(real, label, 1)
        return _margin(real, codes) + _margin(fake, torch.full_like(codes, label.shape[1]))

    def generator(self, fake: Tensor, fake_label: Tensor) -> Tensor:
        """Fakes to the class asked for."""
        return _margin(fake, _codes(fake, fake_label, 1))


@component
class ADC:
    """Auxiliary discriminative classifier (ADC-GAN, arXiv:2107.10060): 2 K logits tell class and side at once.

    The first K are the classes of real rows, the last K those of fakes. Discriminator: cross entropy of (label, real)
    for real rows and of (label, fake) for fakes. Generator: mean of log P(label, fake) - log P(label, real) of its
    samples. Plays beside an adversarial loss; the weight is the paper's lambda.
    """

    examples = ({"label": (3,), "input": (6,), "fake_label": (3,), "fake_input": (6,)},)

    input: str = wire("the 2 K logits of real rows, e.g. \"real.discriminator.classes\"")
    label: str = wire("one-hot classes of the real rows, \"real.label\"")
    fake_input: str = wire("the 2 K logits of fakes, e.g. \"fake.discriminator.classes\"")
    fake_label: str = wire("the classes that the fakes should have, \"fake.label\"")

    def discriminator(self, input: Tensor, label: Tensor, fake_input: Tensor, fake_label: Tensor) -> Tensor:
        """Cross entropy of naming class and side."""
        fake = _codes(fake_input, fake_label, fake_label.shape[1]) + fake_label.shape[1]
        return F.cross_entropy(input, _codes(input, label, label.shape[1])) + F.cross_entropy(fake_input, fake)

    def generator(self, fake_input: Tensor, fake_label: Tensor) -> Tensor:
        """How much surer the fake class is than the real one."""
        code = _codes(fake_input, fake_label, fake_label.shape[1])[:, None]
        real, fake = fake_input.gather(1, code), fake_input.gather(1, code + fake_label.shape[1])
        return (fake - real).mean()


def _codes(logits: Tensor, label: Tensor, more: int) -> Tensor:
    """Class numbers (N,) of one-hot labels (N, K); ValueError where logits are not K and `more`."""
    if logits.dim() != 2 or logits.shape[1] != label.shape[1] + more:
        wanted = f"{label.shape[1] + more} logits a row for {label.shape[1]} classes"
        raise ValueError(f"needs {wanted}, not {tuple(logits.shape[1:])}")
    return label.argmax(1)


def _margin(logits: Tensor, codes: Tensor) -> Tensor:
    """Mean hinge of a class's logit against the largest other."""
    own = logits.gather(1, codes[:, None])
    others = logits.scatter(1, codes[:, None], -math.inf).amax(1, keepdim=True)
    return F.relu(1 - own + others).mean()
