"""Findings as files: `diagnosis.json`, and `diagnosis.html`, one page that opens anywhere."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ganframe import Run
from ganframe_gan.diagnosis.finding import VERDICTS, Finding
from ganframe_gan.hooks import curves
from ganframe_gan.hooks.report import replace, template
from ganframe_gan.hooks.wording import called, short

if TYPE_CHECKING:
    from jinja2 import Template

WORDS = {"bad": "wrong", "look": "look here", "good": "fine", "note": "for information"}
#: Figures of metrics that tell how much of the data is made.
COVERAGE = {"modes", "coverage", "recall", "diversity"}


def write(run: Run, found: Sequence[Finding], folder: Path, name: str) -> Path:
    """Write both files into a run's folder, each whole or not at all; `name` is the hook's; gives the page's path."""
    told = {"format": 1, "run": run.spec.name, "step": run.step, "findings": [it.plain() for it in found]}
    replace(folder / "diagnosis.json", json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    replace(folder / "diagnosis.html", page(run, found, folder, name))
    return folder / "diagnosis.html"


def page(run: Run, found: Sequence[Finding], folder: Path, name: str) -> str:
    """The whole page as HTML, the gravest findings named first."""
    ordered = sorted(found, key=lambda it: VERDICTS.index(it.verdict))
    return _template().render(
        run=run, findings=found, grave=[it for it in ordered if it.verdict in ("bad", "look")], words=WORDS,
        counts={it: sum(f.verdict == it for f in found) for it in VERDICTS},
        charts=over_time(folder / "metrics.jsonl", name), chart_size=curves, short=short,
        picture=lambda file: picture(folder / "diagnosis" / file), number=number,
    )  # fmt: skip


def over_time(path: Path, name: str) -> list[curves.Chart]:
    """Charts of what was diagnosed before, and of metrics that tell what is covered."""
    series = {key: it for key, it in curves.read_metrics(path).items() if len(it) > 1}
    accuracies = {
        key.removeprefix(f"{name}.accuracy_").replace("_", " "): it for key, it in series.items()
        if key.startswith(f"{name}.accuracy_") and key.rpartition("_")[2] in ("real", "fake", "out")
    }  # fmt: skip
    covers = {
        key: it for key, it in series.items()
        if key.rpartition(".")[2] in COVERAGE or key in (f"{name}.modes_coverage", f"{name}.modes_classes")
    }  # fmt: skip
    found = [curves.chart("accuracy of the discriminator", accuracies)] if accuracies else []
    own = {f"{name}.modes_coverage": "real rows with a sample near them", f"{name}.modes_classes": "classes made"}
    titles = {key: own.get(key, called(key)) for key in covers}
    return found + [curves.chart(titles[key], {key: it}) for key, it in covers.items()]


def picture(file: Path) -> str:
    """A picture as a data URI."""
    return f"data:image/png;base64,{base64.b64encode(file.read_bytes()).decode()}"


def number(value: float) -> str:
    """A figure in few characters; a dash where it could not be told."""
    return "–" if value != value else f"{value:.3g}"


@cache
def _template() -> Template:
    return template(Path(__file__).with_name("diagnosis.html"))
