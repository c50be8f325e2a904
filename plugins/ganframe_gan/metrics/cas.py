"""What a classifier learns from samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import Field, component, option
from ganframe_gan.metrics.features import FEATURES, FIELD, Features, features

#: Rate and decay of the weights of Adam's steps; features come at mean 0 and deviation 1.
RATE, DECAY = 2e-2, 1e-4


@component
class ClassificationAccuracyScore:
    """The share of real rows that a classifier reads right which has seen samples only (CAS); for conditional models.

    The classifier is a perceptron with softmax over the features, trained on all samples at once by `steps` steps of
    AdamW, from the same weights at each evaluation. Figure `accuracy`: chance is 1 / classes; what real rows would
    teach it is the ceiling. It sees collapse inside classes as well as mixed-up ones. Give it real rows that the model
    has not learned by heart: `split = "test"`. Source: Ravuri and Vinyals 2019 (arXiv:1905.10887), section 3, there
    with a ResNet-50 on pictures.
    """

    better: ClassVar = {"accuracy": "higher"}

    hidden: tuple[int, ...] = option((128,), "widths of the classifier's hidden layers; none is linear", min=1)
    steps: int = option(100, "of its training", min=1)
    label: str = option("label", "the one-hot field that says which class was asked for")
    features: Any | tuple[Any, ...] = option(None, FEATURES, kind="layer")
    field: str = option("", FIELD)

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> ScoreMeter:
        """A meter; ValueError for a label that the data lacks."""
        if self.label not in fields:
            raise ValueError(f"there is no field '{self.label}'; fields: {', '.join(fields)}")
        classes = fields[self.label].shape[0]
        return ScoreMeter(self, features(self.features, self.field, fields, device), classes)


class ScoreMeter:
    """Keeps the features of both sets with their classes."""

    def __init__(self, asked: ClassificationAccuracyScore, extract: Features, classes: int) -> None:
        self._asked, self._extract, self._classes = asked, extract, classes
        self._real: list[tuple[Tensor, Tensor]] = []
        self._fake: list[tuple[Tensor, Tensor]] = []

    def update(self, real: Mapping[str, Tensor], fake: Mapping[str, Tensor]) -> None:
        """Take in a real batch and a made one."""
        for batch, kept in ((real, self._real), (fake, self._fake)):
            kept.append((self._extract(batch), batch[self._asked.label].argmax(1).cpu()))

    def compute(self) -> dict[str, float]:
        """`accuracy`; ValueError without samples."""
        if not self._fake:
            raise ValueError("no samples")
        (x, codes), (rows, truth) = (
            tuple(torch.cat(parts) for parts in zip(*kept, strict=True)) for kept in (self._fake, self._real)
        )
        mean, std = x.mean(0), x.std(0, correction=0)
        std = torch.where(std > 1e-6 * (1 + mean.abs()), std, 1.0)
        weights = taught((x - mean) / std, codes, (*self._asked.hidden, self._classes), self._asked.steps)
        read = logits((rows - mean) / std, weights).argmax(1)
        return {"accuracy": float((read == truth).double().mean())}

    @property
    def protocol(self) -> dict[str, str]:
        """Counts, classifier and features behind the figure."""
        fake, real = (sum(len(codes) for _, codes in kept) for kept in (self._fake, self._real))
        widths = "x".join(map(str, (*self._asked.hidden, self._classes)))
        return {"n": f"{fake}/{real}", "classifier": f"{widths}, {self._asked.steps} steps", **self._extract.protocol}


Weights = list[tuple[Tensor, Tensor]]


def taught(x: Tensor, codes: Tensor, widths: tuple[int, ...], steps: int) -> Weights:
    """The layers (weight, bias) of a perceptron after these steps on rows (N, F) of these classes (N,), in float64."""
    rng, weights, last = torch.Generator().manual_seed(0), Weights(), x.shape[1]
    for width in widths:
        weight = torch.randn(last, width, generator=rng, dtype=torch.float64) * (2 / last) ** 0.5
        weights.append((weight.requires_grad_(), torch.zeros(width, dtype=torch.float64, requires_grad=True)))
        last = width
    leaves = [leaf for layer in weights for leaf in layer]
    optimizer = torch.optim.AdamW(leaves, RATE, weight_decay=DECAY)
    with torch.enable_grad():
        for _ in range(steps):
            grads = torch.autograd.grad(F.cross_entropy(logits(x, weights), codes), leaves)
            for leaf, grad in zip(leaves, grads, strict=True):
                leaf.grad = grad
            optimizer.step()
    return [(weight.detach(), bias.detach()) for weight, bias in weights]


def logits(x: Tensor, weights: Weights) -> Tensor:
    """What the perceptron gives (N, classes)."""
    *hidden, (last, shift) = weights
    for weight, bias in hidden:
        x = (x @ weight + bias).relu()
    return x @ last + shift
