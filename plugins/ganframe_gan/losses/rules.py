"""Rules that samples must obey: losses of one wire that are 0, or least, where the rule is kept."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import component, option, wire


@component
class Range:
    """Values must lie between two bounds: mean over all entries of relu(low - input) + relu(input - high).

    The exterior penalty of a box, 0 inside (Courant 1943; Nocedal and Wright, Numerical Optimization, section 17.2, its
    l1 form). What is bounded may be anything that a network measures: `fake.x`, or `fake.ink` of a frozen one.
    """

    examples = ({"options": {"low": -0.1, "high": 0.1}, "input": (5,)},)

    input: str = wire("what is bounded, e.g. \"fake.x\"")
    low: float | None = option(None, "the least value; none where left out")
    high: float | None = option(None, "the largest value; none where left out")

    def __attrs_post_init__(self) -> None:
        """One bound at least, in order."""
        if self.low is None and self.high is None:
            raise ValueError("'low' and 'high' are both left out: nothing is bounded")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"'low' = {self.low:g} is above 'high' = {self.high:g}")

    def term(self, input: Tensor) -> Tensor:
        """How far values lie outside, on average."""
        below = 0.0 if self.low is None else F.relu(self.low - input)
        above = 0.0 if self.high is None else F.relu(input - self.high)
        return torch.as_tensor(below + above).mean()


@component
class MeanMatches:
    """The batch's mean must be a number, or that of another wire: mean over a row's entries of (mean(input) - m)^2.

    Means are over the batch, entry by entry; m is `value`, or the mean of `target`. The weak form of feature matching
    (arXiv:1606.03498, section 3.1): it asks nothing of a single row. In expectation a batch of N rows adds the
    variance / N of the mean itself, so that large batches serve it best.
    """

    examples = ({"options": {"value": 0.5}, "input": (5,)},)

    input: str = wire("what is averaged, e.g. \"fake.x\"")
    target: str | None = wire("what has the wanted mean, e.g. \"real.x\"", optional=True)
    value: float | None = option(None, "the wanted mean of every entry, in place of 'target'")

    def __attrs_post_init__(self) -> None:
        """A number or a wire."""
        if (self.target is None) == (self.value is None):
            raise ValueError("give one of 'value' and 'target'")

    def term(self, input: Tensor, target: Tensor | None = None) -> Tensor:
        """The squared distance of the means."""
        wanted = self.value if target is None else target.mean(0)
        return (input.mean(0) - wanted).square().mean()


@component
class Symmetry:
    """A row must look like its mirror image: mean of (input - flipped input)^2.

    This is four times the energy of the odd part of the even-odd decomposition along the axis.
    """

    input: str = wire("what is mirrored, e.g. \"fake.x\"")
    dim: int = option(-1, "the axis that is turned round; 0 is the batch, -1 the last: left and right of a picture")

    def term(self, input: Tensor) -> Tensor:
        """How far rows are from their mirror images; ValueError where there is no such axis, or it is the batch."""
        if not -input.dim() < self.dim < input.dim() or self.dim == 0:
            raise ValueError(f"'dim' = {self.dim} is no axis of a row of shape {tuple(input.shape[1:])}")
        return (input - input.flip(self.dim)).square().mean()


@component
class TotalVariation:
    """Neighbours must not differ much: mean over rows of relu(TV - most), TV the sum over axes of mean |difference|.

    The anisotropic total variation (Rudin, Osher and Fatemi 1992, Physica D 60, in its discrete l1 form), divided by
    the number of differences, so that it does not hang on the size. Axes are those behind the channels: time of a
    series (C, T), height and width of a picture; of a vector its only one. With `most = 0` it smooths everything;
    with a high quantile of the data's own it only keeps noise away.
    """

    input: str = wire("what must be smooth, e.g. \"fake.x\"")
    most: float = option(0.0, "total variation that is allowed", min=0.0)

    def term(self, input: Tensor) -> Tensor:
        """How much more than allowed a row varies."""
        axes = range(2, input.dim()) if input.dim() > 2 else range(1, input.dim())
        steps = [input.diff(dim=axis).abs().flatten(1).mean(1) for axis in axes if input.shape[axis] > 1]
        if not steps:
            raise ValueError(f"a row of shape {tuple(input.shape[1:])} has no neighbours")
        return F.relu(torch.stack(steps).sum(0) - self.most).mean()


@component
class Attribute:
    """A frozen classifier must say so: mean of relu(log(sure) - log P), P the probability of the classes asked for.

    P is the sum of softmax(input) over the classes `says`, or of the one that a row's one-hot `label` names. With
    `sure = 1` and one class this is the cross entropy of AC-GAN's generator (arXiv:1610.09585, eq. 3); a smaller
    `sure` is enough and stops there, which leaves the generator less reason to look for inputs that fool the
    classifier. Judge the result with another classifier than the one that taught it.
    """

    examples = (
        {"options": {"says": (1, 3)}, "input": (5,)},
        {"options": {"input": "fake.reader", "label": "fake.label"}, "input": (5,), "label": (5,)},
    )

    input: str = wire("logits of the classifier (N, K), e.g. \"fake.reader\"")
    label: str | None = wire("one-hot classes (N, K) asked for row by row, e.g. \"fake.label\"", optional=True)
    says: tuple[int, ...] = option((), "classes that are all right, from 0, in place of 'label'", min=0)
    sure: float = option(1.0, "probability that is enough", min=1e-6, max=1.0)

    def __attrs_post_init__(self) -> None:
        """Classes or labels."""
        if (self.label is None) == (not self.says):
            raise ValueError("give one of 'says' and 'label'")

    def term(self, input: Tensor, label: Tensor | None = None) -> Tensor:
        """How much surer the classifier should be, in nats; ValueError where it does not know these classes."""
        if input.dim() != 2 or any(k >= input.shape[1] for k in self.says):
            raise ValueError(f"'says' = {list(self.says)} needs logits (N, K) of these classes, not {(*input.shape,)}")
        if label is not None and label.shape != input.shape:
            raise ValueError(f"'label' {(*label.shape[1:],)} names other classes than the logits {(*input.shape[1:],)}")
        found = input.log_softmax(1)
        if label is None:
            told = found[:, list(self.says)].logsumexp(1)
        else:
            told = found.gather(1, label.argmax(1, keepdim=True))[:, 0]
        return F.relu(torch.log(told.new_tensor(self.sure)) - told).mean()
