"""What one question found."""

from __future__ import annotations

import math
from typing import Any

import attrs

#: Verdicts, the gravest first.
VERDICTS = ("bad", "look", "good", "note")


@attrs.frozen
class Bar:
    """One bar of a chart: its label, its value, and its length as a share of the longest."""

    label: str
    value: float
    share: float


@attrs.frozen
class Bars:
    """A chart of horizontal bars."""

    title: str
    bars: tuple[Bar, ...]


@attrs.frozen
class Shown:
    """A file in `diagnosis/`, or a text, with a caption that says what is to be seen."""

    caption: str
    file: str = ""
    text: str = ""


@attrs.frozen(kw_only=True)
class Finding:
    """The answer to one question.

    `asks` says what is asked in words for a newcomer, `says` what was found, `change` what to change in the spec.
    `figures` are numbers by name; NaN could not be told. `pair` names the pair where the run has several.
    """

    name: str
    title: str
    asks: str
    verdict: str = attrs.field(validator=attrs.validators.in_(VERDICTS))
    says: str
    change: str = ""
    pair: str = ""
    figures: dict[str, float] = attrs.field(factory=dict)
    bars: tuple[Bars, ...] = ()
    shown: tuple[Shown, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As it stands in `diagnosis.json`."""
        told = attrs.asdict(self)
        told["figures"] = {name: value if math.isfinite(value) else None for name, value in self.figures.items()}
        told["bars"] = {it.title: {bar.label: bar.value for bar in it.bars} for it in self.bars}
        told["shown"] = [it for it in told["shown"] if it["file"]]
        return told


def bars(title: str, values: dict[str, float], whole: float | None = None) -> Bars:
    """A chart of values by label, in their order; `whole` is the value of a bar of full length, else the longest."""
    longest = whole or max((abs(v) for v in values.values() if math.isfinite(v)), default=0.0) or 1.0
    shares = {n: abs(v) / longest if math.isfinite(v) else 0.0 for n, v in values.items()}
    return Bars(title, tuple(Bar(name, value, shares[name]) for name, value in values.items()))
