"""How well a distance from what a model rebuilds tells odd rows from usual ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganframe import Field, component, option, wire


@component
class AnomalyAUC:
    """Area under the ROC curve of an anomaly score: how often an odd row scores above a usual one, ties a half.

    The score of a row is the mean of (input - target)^2, and with features kappa times theirs beside it: f-AnoGAN's
    A(x) = |x - G(E(x))|^2 / n + kappa |f(G(E(x))) - f(x)|^2 / n_d (Schlegl et al. 2019, Medical Image Analysis 54).
    Without `target` the score is the mean of `input`, such as a critic's logits times `sign = -1`.
    Figure `auc`: 1 tells them apart, 0.5 is chance. It equals U / (odd rows x usual rows), U that of Mann and Whitney
    1947; see Hanley and McNeil 1982. `anomalies` are classes of the one-hot `label` of the rows that are read: give a
    `split` that has some. To train without them, `sampler = { type = "Weighted", weights = [...] }` gives them 0.
    """

    better: ClassVar = {"auc": "higher"}
    examples = (
        {
            "options": {"anomalies": ("d",), "input": "rebuilt.x", "target": "real.x"},
            "input": (5,), "target": (5,),
        },
    )  # fmt: skip

    anomalies: tuple[str, ...] = option(doc="names of the classes that are odd")
    input: str = wire("what was made of a row, e.g. \"rebuilt.x\"")
    target: str | None = wire("the row itself, of the same shape, e.g. \"real.x\"", optional=True)
    input_features: str | None = wire("features of the first, e.g. \"rebuilt.discriminator.features\"", optional=True)
    target_features: str | None = wire("features of the second, e.g. \"real.discriminator.features\"", optional=True)
    kappa: float = option(1.0, "weight of the features", min=0.0)
    sign: int = option(1, "-1 where a low score is odd", choices=(1, -1))
    label: str = option("label", "the one-hot field of the data that says which class a row is of")

    def __attrs_post_init__(self) -> None:
        """Features come in pairs, and beside a target."""
        pair = [name for name in ("input_features", "target_features") if getattr(self, name) is not None]
        if len(pair) == 1 or (pair and self.target is None):
            raise ValueError("'input_features', 'target_features' and 'target' go together")

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> AnomalyMeter:
        """A meter; ValueError where the data has no such label or classes."""
        if self.label not in fields:
            raise ValueError(f"there is no field '{self.label}'; fields: {', '.join(fields)}")
        names = fields[self.label].names or tuple(map(str, range(fields[self.label].shape[0])))
        unknown = [name for name in self.anomalies if name not in names]
        if unknown or not self.anomalies:
            said = f"no class '{unknown[0]}'" if unknown else "'anomalies' names no class"
            raise ValueError(f"{said}; classes: {', '.join(names)}")
        return AnomalyMeter(self, [names.index(name) for name in self.anomalies])


class AnomalyMeter:
    """Keeps the score of every row, and whether it is odd."""

    def __init__(self, asked: AnomalyAUC, odd: list[int]) -> None:
        self._asked, self._odd = asked, torch.tensor(odd)
        self._kept: list[tuple[Tensor, Tensor]] = []

    def update(
        self, real: Mapping[str, Tensor], input: Tensor, target: Tensor | None = None,
        input_features: Tensor | None = None, target_features: Tensor | None = None,
    ) -> None:
        """Take in real rows with what is compared of them."""
        score = gap(input, target)
        if input_features is not None and target_features is not None:
            score = score + self._asked.kappa * gap(input_features, target_features)
        codes = real[self._asked.label].argmax(1).cpu()
        self._kept.append((self._asked.sign * score, torch.isin(codes, self._odd)))

    def compute(self) -> dict[str, float]:
        """`auc`; ValueError where all rows are odd, or none is."""
        if not self._kept:
            raise ValueError("no rows")
        score, odd = (torch.cat(parts) for parts in zip(*self._kept, strict=True))
        if not odd.any() or odd.all():
            raise ValueError(f"{int(odd.sum())} of {len(odd)} rows are of the classes {self._classes}; both are needed")
        return {"auc": area(score[odd], score[~odd])}

    @property
    def protocol(self) -> dict[str, str]:
        """What the figure rests on."""
        odd = sum(int(part.sum()) for _, part in self._kept)
        compared = [f"{self._asked.input} - {self._asked.target}" if self._asked.target else self._asked.input]
        if self._asked.input_features:
            compared.append(f"{self._asked.kappa:g} x {self._asked.input_features} - {self._asked.target_features}")
        rows = sum(len(part) for _, part in self._kept)
        return {"n": f"{odd} odd, {rows - odd} usual", "odd": self._classes, "score": " + ".join(compared)}

    @property
    def _classes(self) -> str:
        return " ".join(self._asked.anomalies)


def gap(input: Tensor, target: Tensor | None) -> Tensor:
    """The mean square difference of each row (N,), float64 on the CPU; of no target, the mean of the row."""
    left = input.flatten(1).cpu().double()
    return left.mean(1) if target is None else (left - target.flatten(1).cpu().double()).square().mean(1)


def area(odd: Tensor, usual: Tensor) -> float:
    """The share of pairs of an odd (N,) and a usual score (M,) in which the odd one is larger, ties a half."""
    ordered = usual.sort().values
    below = torch.searchsorted(ordered, odd) + torch.searchsorted(ordered, odd, right=True)
    return float(below.double().mean()) / (2 * len(usual))
