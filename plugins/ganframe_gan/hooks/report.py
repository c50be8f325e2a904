"""The run as one page that opens anywhere."""

from __future__ import annotations

import base64
import mimetypes
import os
import time
from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import attrs

from ganframe import component, option
from ganframe_gan.hooks import curves
from ganframe_gan.hooks.wording import measured, network_sizes, protocol, short

if TYPE_CHECKING:
    from jinja2 import Template

    from ganframe import Run

_T = TypeVar("_T")
#: Bytes of samples that a page holds about.
PAGE = 16 * 2**20


@component
class Report:
    """Writes `report.html`: curves of the losses and figures, the samples over time, the spec, the next commands.

    One file without a script or picture from elsewhere, always whole. Written at the start and the end, and after
    evaluations and checkpoints as often as a hundredth of the time allows.
    """

    samples: int = option(
        24, "steps of `samples/` shown, evenly chosen, the first and the last among them; fewer where the page would "
        "pass 16 MiB", min=2,
    )  # fmt: skip

    @cached_property
    def _budget(self) -> Budget:
        return Budget()

    def on_start(self, run: Run) -> None:
        """Write the page of a run that has just begun."""
        self._write(run, "running")

    def on_evaluate(self, run: Run, figures: dict[str, float]) -> None:
        """Write the page with the new figures."""
        if self._budget.allows():
            self._write(run, "running")

    def on_checkpoint(self, run: Run, path: Path) -> None:
        """Write the page with what came since."""
        if self._budget.allows():
            self._write(run, "running")

    def on_stop(self, run: Run, reason: str) -> None:
        """Write the page of a run that is over."""
        self._write(run, reason)

    def _write(self, run: Run, state: str) -> None:
        if run.path is None:
            return
        began = time.monotonic()
        steps = by_step((run.path / "samples").glob("step-*"))
        replace(run.path / "report.html", page(run, state, chosen(steps, bearable(steps, self.samples))))
        self._budget.spend(time.monotonic() - began)


@attrs.define(eq=False)
class Budget:
    """When the next page is due: a hundred times later than the last one took to write."""

    _due: float = 0.0

    def allows(self) -> bool:
        """Whether a page may be written now."""
        return time.monotonic() >= self._due

    def spend(self, seconds: float) -> None:
        """A page was just written in so many seconds."""
        self._due = time.monotonic() + 100 * seconds


def replace(path: Path, text: str) -> None:
    """Put a whole text in place of a file's old one. OSError names that file, not the one written beside it first."""
    temporary = path.with_name(f".tmp-{os.getpid()}-{path.name}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error


@attrs.frozen
class Sample:
    """One file of `samples/` on the page: its step, `image`, `audio`, `video` or `text`, and its content."""

    step: int
    sort: str
    content: str


def by_step(files: Iterable[Path]) -> list[list[Path]]:
    """The files of each step, the steps in order, pictures first: what sounds is seen before it is heard."""
    ordered = sorted(files, key=lambda file: (file.stem, file.suffix != ".png", file.name))
    return [list(group) for _, group in groupby(ordered, key=lambda file: file.stem)]


def bearable(steps: Sequence[Sequence[Path]], most: int) -> int:
    """How many of the steps a page can hold, at most so many and at least two: by the size of the last one's files."""
    size = sum(file.stat().st_size for file in steps[-1]) if steps else 0
    return max(2, min(most, PAGE // max(1, size)))


def page(run: Run, state: str, steps: Sequence[Sequence[Path]]) -> str:
    """The whole page as HTML, with these files of its steps."""
    assert run.path is not None
    series = curves.read_metrics(run.path / "metrics.jsonl")
    resolved = run.path / "resolved.toml"
    return _template().render(
        run=run, state=state, figures=measured(run), steps=[[sample(file) for file in files] for files in steps],
        charts=curves.charts(series, run.figures), chart_size=curves, short=short, protocol=protocol,
        networks=network_sizes(run).items(),
        resolved=resolved.read_text(encoding="utf-8") if resolved.exists() else "",
    )


def chosen(steps: Sequence[_T], most: int) -> list[_T]:
    """At most `most` of the steps, evenly spread, the first and the last among them."""
    if len(steps) <= most:
        return list(steps)
    return [steps[round(i * (len(steps) - 1) / (most - 1))] for i in range(most)]


def sample(file: Path) -> Sample:
    """A sample file as the page shows it: a data URI, or the text itself."""
    step = int(file.stem.removeprefix("step-"))
    kind = mimetypes.guess_type(file.name)[0] or "text/plain"
    sort = kind.partition("/")[0]
    if sort not in ("image", "audio", "video"):
        return Sample(step, "text", file.read_text(encoding="utf-8", errors="replace"))
    return Sample(step, sort, f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode()}")


@cache
def _template() -> Template:
    return template(Path(__file__).with_name("report.html"))


def template(file: Path) -> Template:
    """A page's template, which may include `style.css` and `chart.html`."""
    from jinja2 import Environment, FileSystemLoader

    folders = FileSystemLoader([file.parent, Path(__file__).parent])
    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, loader=folders).get_template(file.name)
