"""The hooks that every run has, on a stand-in for a run; real runs are in tests/cli/test_training.py."""

from __future__ import annotations

import io
import json
import math
import os
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
import torch
from ganframe_gan.hooks import HOOKS, Progress, Report, SampleGrid, Watch, curves, samples, wording
from ganframe_gan.hooks.pace import Pace
from ganframe_gan.views import Points

from ganframe import Field


@attrs.define(eq=False)
class Rows:
    """Data: 100 rows of two columns, the second ten times as wide."""

    def __len__(self) -> int:
        return 100

    def batch(self, indices: torch.Tensor, rng: torch.Generator) -> dict[str, torch.Tensor]:
        return {"x": torch.stack([indices / 10.0, indices * 1.0], 1)}


@attrs.define(eq=False)
class StandIn:
    """As much of a run as hooks look at."""

    path: Path | None
    step: int = 0
    steps: int = 1000
    losses: dict[str, float] = attrs.field(factory=dict)
    figures: dict[str, float] = attrs.field(factory=dict)
    protocols: dict[str, dict[str, str]] = attrs.field(factory=dict)
    frequencies: dict[str, list[float]] = attrs.field(factory=dict)
    warnings: list[str] = attrs.field(factory=list)
    drawn: torch.Tensor = attrs.field(factory=lambda: torch.arange(8.0).reshape(4, 2))
    written: list[tuple[Any, ...]] = attrs.field(factory=list)
    data: Any = attrs.field(factory=Rows)

    main = "x"
    seed = 3
    batch_size = 16
    device = torch.device("cpu")
    facts: Any = {}
    fields: Any = {"x": Field((2,), view="points"), "label": Field((3,), names=("a", "b", "c"))}
    spec: Any = SimpleNamespace(
        name="toy & <co>", text="format = 1  # <script>alert(1)</script>\n",
        data=SimpleNamespace(type=SimpleNamespace(plain=lambda: "Ring")),
    )

    @property
    def images(self) -> int:
        return self.step * self.batch_size

    @property
    def networks(self) -> dict[str, torch.nn.Module]:
        return {"generator": torch.nn.Linear(3, 2), "generator_ema": torch.nn.Linear(3, 2)}

    def values(self) -> dict[str, float]:
        return self.losses

    def view(self, name: str) -> Any:
        return Points()

    def draw(self, n: int, seed: int = 0, given: Any = None) -> dict[str, torch.Tensor]:
        return {"x": self.drawn[:n], **({"label": torch.eye(3)[:n]} if self.frequencies else {})}

    def sample(self, n: int, seed: int = 0) -> torch.Tensor:
        return self.drawn

    def write(self, path: Path, n: int, seed: int = 0, given: Any = None) -> None:
        self.written.append((path.name, n, seed, given))
        path.write_bytes(b"picture")


@pytest.fixture
def run(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path)


def test_every_option_says_what_it_is() -> None:
    for hook in HOOKS:
        assert hook.__doc__
        assert all(field.metadata["doc"] for field in attrs.fields(hook))


# --- Progress


def test_progress_says_what_is_trained(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    Progress().on_start(run)
    text = capsys.readouterr().out
    assert "device: cpu, 1 threads\n" in text
    assert "data: Ring, 100 rows, x 2, label 3\n" in text
    assert "networks: generator 8 parameters\n" in text
    assert f"run folder: {run.path}\n" in text


def test_progress_lines_are_rare_off_a_terminal(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    run.losses = {"game.discriminator": 0.62, "game.generator": 0.9, "r1": 0.03125}
    progress = Progress(seconds=1000.0)
    progress.on_start(run)
    capsys.readouterr()
    for run.step in range(1, 100):
        progress.on_step(run, None)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("step 1/1000   ")
    assert "game D 0.62 G 0.9   r1 0.0312" in line


def test_progress_with_no_seconds_has_a_line_a_call(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(seconds=0.0)
    for run.step in range(10, 40, 10):
        progress.on_step(run, None)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("   ")[0] for line in lines] == ["step 10/1000", "step 20/1000", "step 30/1000"]


def test_progress_prints_figures_with_their_protocol(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    run.step, run.protocols = 200, {"fd": {"n": "1797", "split": "train"}}
    Progress().on_evaluate(run, {"fd.frechet": 0.41})
    assert capsys.readouterr().out == "step 200   fd.frechet 0.41   (fd: n 1797, split train)\n"


def test_progress_ends_with_the_reason(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    progress.on_start(run)
    run.step = 640
    progress.on_stop(run, "SIGINT")
    assert capsys.readouterr().out.splitlines()[-1].startswith("SIGINT: step 640/1000 after 0:00 (")


@pytest.mark.parametrize("gone", ["closed file", "closed pipe", "none"])
def test_progress_outlives_its_output(run: StandIn, gone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if gone == "closed pipe":
        read, write = os.pipe()
        os.close(read)
        stream: Any = os.fdopen(write, "w", buffering=1)
    else:
        stream = io.StringIO() if gone == "closed file" else None
        if stream is not None:
            stream.close()
    monkeypatch.setattr(sys, "stdout", stream)
    progress = Progress(seconds=0.0)
    progress.on_start(run)
    for run.step in range(1, 5):
        progress.on_step(run, None)
    progress.on_evaluate(run, {"fd.frechet": 1.0})
    progress.on_stop(run, "done")
    monkeypatch.undo()
    if gone == "closed pipe":
        with pytest.raises(BrokenPipeError):
            stream.close()


def test_progress_does_not_hide_a_bug(run: StandIn) -> None:
    def broken() -> dict[str, float]:
        raise ValueError("a fault in a loss")

    run.values = broken  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="a fault in a loss"):
        Progress(seconds=0.0).on_step(run, None)


def test_progress_redraws_on_a_terminal(run: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    run.losses = {"game.discriminator": 0.5}
    progress = Progress()
    progress.on_start(run)
    run.step = 1
    progress.on_step(run, None)
    print("from another hook")
    run.step = 2
    progress.on_step(run, None)  # too soon for another picture
    progress.on_stop(run, "done")
    assert sys.stdout is screen
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue())
    assert plain.count("step 1/1000") == 1 and plain.count("step 2/1000") == 2
    assert "game D 0.5" in plain and "from another hook" in plain
    assert screen.getvalue().rfind("\x1b[?25h") > screen.getvalue().rfind("\x1b[?25l")


def test_pace_measures_since_the_last_look(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("ganframe_gan.hooks.pace.time.monotonic", lambda: clock[0])
    pace = Pace.at(50)
    clock[0] = 110.0
    assert pace.look(70) == 2.0
    clock[0] = 111.0
    assert pace.look(80) == 10.0
    assert pace.look(80) == pytest.approx(30 / 11)
    assert pace.mean(80) == pytest.approx(30 / 11)
    assert pace.seconds() == 11.0


@pytest.mark.parametrize(("number", "text"), [
    (0, "0"), (7.0, "7"), (8.8449, "8.84"), (950.4, "950"), (12_800, "12.8k"), (3_100_000, "3.1M"), (2e9, "2G"),
])  # fmt: skip
def test_short(number: float, text: str) -> None:
    assert wording.short(number) == text


@pytest.mark.parametrize(("seconds", "text"), [(7.2, "0:07"), (59.7, "1:00"), (750, "12:30"), (11_100, "3:05:00")])
def test_clock(seconds: float, text: str) -> None:
    assert wording.clock(seconds) == text


def test_losses_of_several_pairs() -> None:
    values = {"game.discriminator.ab.judge": 0.5, "game.generator.ab.judge": 1.0, "cycle": 2.0}
    assert wording.losses(values) == "game ab.judge D 0.5 G 1   cycle 2"


# --- SampleGrid


def test_grids_at_start_steps_and_end(run: StandIn) -> None:
    grid = SampleGrid(count=16, seed=5)
    grid.on_start(run)
    for run.step in (500, 700):
        grid.on_step(run, None)
    grid.on_stop(run, "done")  # step 700 has its picture
    names = [name for name, *_ in run.written]
    assert names == ["step-00000000.png", "step-00000500.png", "step-00000700.png"]
    assert all(rest == (16, 5, {}) for _, *rest in run.written for rest in [tuple(rest)])


def test_a_fault_leaves_no_picture(run: StandIn) -> None:
    SampleGrid().on_stop(run, "fault")
    assert not run.written


def test_the_view_says_how_many(run: StandIn) -> None:
    SampleGrid().on_start(run)
    assert run.written[0][1] == Points.samples


@pytest.mark.parametrize(("count", "n", "given"), [(64, 63, {"label": "all"}), (3, 3, {"label": "all"}), (2, 2, {})])
def test_a_column_a_class(run: StandIn, count: int, n: int, given: dict[str, str]) -> None:
    run.frequencies = {"label": [0.2, 0.3, 0.5]}
    SampleGrid(count=count).on_start(run)
    assert run.written[0][1:] == (n, 0, given)


def test_the_command_stands_beside_the_pictures(run: StandIn) -> None:
    run.frequencies = {"label": [0.2, 0.3, 0.5]}
    SampleGrid(count=10, seed=4).on_start(run)
    assert run.path is not None
    text = (run.path / "samples" / "README").read_text()
    assert f"\nganframe sample {run.path} -n 9 --seed 4 --label all --out samples.png\n" in text


def test_other_names_are_given_by_name(tmp_path: Path) -> None:
    text = samples.readme(tmp_path / "a b", samples.Plan(8, 0, {"shape": "all"}, ".png"))
    assert f"ganframe sample '{tmp_path}/a b' -n 8 --seed 0 --given shape=all --out samples.png" in text


def test_a_run_without_a_folder_has_no_pictures() -> None:
    run = StandIn(None)
    SampleGrid().on_start(run)
    Report().on_stop(run, "done")
    assert not run.written


# --- Watch


def looks(run: StandIn, capsys: pytest.CaptureFixture[str], patience: int, count: int) -> list[str]:
    watch = Watch(patience=patience)
    for run.step in range(500, 500 * (count + 1), 500):
        watch.on_step(run, None)
    return capsys.readouterr().err.splitlines()


def test_watch_is_silent_while_all_is_well(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    run.losses = {"game.discriminator": 0.7, "game.generator": 0.0}
    assert looks(run, capsys, 1, 5) == []


def test_watch_tells_a_won_discriminator_once(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    run.losses = {"game.discriminator": 1e-5}
    lines = looks(run, capsys, 3, 8)
    assert len(lines) == 1
    assert lines[0].startswith("warning: step 1500: discriminator-won: game.discriminator: ")


def test_a_loss_that_goes_below_zero_is_not_won_at_zero(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    watch = Watch(patience=1)
    for value in (-0.5, 1e-5, 1e-5, 1e-5):
        run.losses = {"critic.discriminator": value}
        watch.on_step(run, None)
    assert capsys.readouterr().err == ""


def test_a_broken_streak_starts_again(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    watch = Watch(patience=3)
    for value in (0.0, 0.0, 0.7, 0.0, 0.0):
        run.losses = {"game.discriminator": value}
        watch.on_step(run, None)
    assert capsys.readouterr().err == ""


def test_watch_tells_samples_that_are_alike(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    run.drawn = torch.ones(64, 2) + 1e-4 * torch.arange(64.0)[:, None]
    lines = looks(run, capsys, 2, 4)
    assert len(lines) == 1
    assert lines[0].startswith("warning: step 1000: samples-alike: samples differ by 0.0 % of what the data's rows do")


def test_watch_without_data_looks_at_losses_alone(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    run.data, run.drawn = None, torch.ones(64, 2)
    assert looks(run, capsys, 1, 3) == []


# --- Report and its curves


class Page(HTMLParser):
    """Tags, their attributes and the text of a page; raises on a tag that closes nothing."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs_: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs_)))
        if tag not in ("meta", "link", "img", "input", "line", "path"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("line", "path"):
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def report(run: StandIn, **options: int) -> Page:
    assert run.path is not None
    Report(**options).on_stop(run, "done")
    return Page((run.path / "report.html").read_text(encoding="utf-8"))


def test_a_report_of_a_run_that_just_began(run: StandIn) -> None:
    assert run.path is not None
    Report().on_start(run)
    page = Page((run.path / "report.html").read_text())
    assert not page.open
    assert "running: step 0 of 1000" in page.text
    assert "format = 1  # <script>alert(1)</script>" in page.text
    assert not [tag for tag, _ in page.tags if tag in ("script", "svg", "img")]
    assert [path.name for path in run.path.iterdir()] == ["report.html"]


def test_a_report_is_one_file_that_needs_no_other(run: StandIn) -> None:
    assert run.path is not None
    write_metrics(run.path, 30)
    SampleGrid().on_start(run)
    page = report(run)
    links = [value for _, named in page.tags for key, value in named.items() if key in ("src", "href", "srcset")]
    assert links and all(link is not None and link.startswith("data:") for link in links)
    assert "http" not in (run.path / "report.html").read_text().replace("http-equiv", "")


def test_a_report_shows_losses_figures_and_commands(run: StandIn) -> None:
    assert run.path is not None
    write_metrics(run.path, 30)
    run.step, run.figures, run.protocols = 1000, {"fd.frechet": 0.41}, {"fd": {"n": "1797"}}
    run.warnings = ["resume is valid but not bit-exact: threads 1 -> 2"]
    page = report(run)
    labels = [named["aria-label"] for tag, named in page.tags if tag == "svg"]
    assert labels == ["game over the step", "r1 over the step", "fd.frechet over the step"]
    assert sum(tag == "path" for tag, _ in page.tags) == 4
    assert "n 1797" in page.text and "0.41" in page.text
    assert f"ganframe sample {run.path} -n 64 --out samples.png" in page.text
    assert f"ganframe resume {run.path} --steps 2000" in page.text
    assert "warning: resume is valid but not bit-exact: threads 1 -> 2" in page.text


def test_a_report_shows_the_last_of_the_chosen_samples_first(run: StandIn) -> None:
    assert run.path is not None
    grid = SampleGrid()
    for run.step in range(0, 5000, 500):
        grid.on_step(run, None)
    page = report(run, samples=4)
    steps = [named for tag, named in page.tags if tag == "div" and "data-step" in named]
    assert [s["data-step"] for s in steps] == ["0", "1500", "3000", "4500"]
    assert ["hidden" in s for s in steps] == [True, True, True, False]


@pytest.mark.parametrize(("count", "most", "expected"), [
    (3, 24, [0, 1, 2]), (10, 2, [0, 9]), (100, 5, [0, 25, 50, 74, 99]),
])  # fmt: skip
def test_chosen_samples(count: int, most: int, expected: list[int]) -> None:
    from ganframe_gan.hooks.report import chosen

    assert chosen([Path(str(i)) for i in range(count)], most) == [Path(str(i)) for i in expected]


@pytest.mark.parametrize(("name", "content", "sort"), [
    ("step-00000010.png", b"x", "image"), ("step-00000010.wav", b"x", "audio"), ("step-00000010.gif", b"x", "image"),
    ("step-00000010.txt", b"a <b>", "text"), ("step-00000010.csv", b"1,2", "text"),
])  # fmt: skip
def test_sample_files_by_what_they_are(tmp_path: Path, name: str, content: bytes, sort: str) -> None:
    from ganframe_gan.hooks.report import sample

    (tmp_path / name).write_bytes(content)
    found = sample(tmp_path / name)
    assert (found.step, found.sort) == (10, sort)
    assert found.content.startswith("data:") != (sort == "text")


def write_metrics(folder: Path, count: int) -> None:
    rows = [
        {"step": i, "seconds": 1.0, "images": i, "game.discriminator": 1.0 / i, "game.generator": i, "r1": None if i == 3 else 2.0}
        for i in range(1, count + 1)
    ]  # fmt: skip
    rows.append({"step": count, "seconds": 2.0, "images": 1, "fd.frechet": 0.41})
    (folder / "metrics.jsonl").write_text("\n".join(map(json.dumps, rows)) + '\n{"step": 9, "ga')


def test_metrics_without_torn_lines_and_nulls(tmp_path: Path) -> None:
    write_metrics(tmp_path, 4)
    series = curves.read_metrics(tmp_path / "metrics.jsonl")
    assert list(series) == ["game.discriminator", "game.generator", "r1", "fd.frechet"]
    assert series["r1"] == [(1, 2.0), (2, 2.0), (4, 2.0)]
    assert curves.read_metrics(tmp_path / "nothing.jsonl") == {}


def test_a_curve_begins_left_and_ends_right() -> None:
    chart = curves.chart("a", {"a": [(0, 0.0), (50, 1.0), (100, 0.5)]})
    points = [tuple(map(float, p.split())) for p in chart.lines[0].path[1:].split("L")]
    assert points[0][0] == curves.LEFT and points[-1][0] == curves.WIDTH - curves.RIGHT
    assert points[1][1] < points[2][1] < points[0][1]  # y goes down
    assert all(curves.TOP <= y <= curves.HEIGHT - curves.BOTTOM for _, y in points)
    assert chart.lines[0].last == 0.5 and chart.lines[0].band == ""


def test_long_series_become_means_with_a_band() -> None:
    points = [(i, float(i % 2)) for i in range(10_000)]
    thin = curves.thinned(points)
    assert len(thin) <= curves.POINTS
    assert thin[-1] == (9999, pytest.approx(0.5, abs=0.02), 0.0, 1.0)
    assert curves.chart("a", {"a": points}).lines[0].band


@pytest.mark.parametrize("series", [[(5, 1.0)], [(0, 0.0), (10, 0.0)], [(0, -3.0), (1, -3.0)], [(0, 1e-30), (1, 1e30)]])
def test_flat_lonely_and_wide_series_have_charts(series: list[tuple[int, float]]) -> None:
    chart = curves.chart("a", {"a": series})
    assert all(math.isfinite(at) for at, _ in (*chart.x_ticks, *chart.y_ticks))
    assert "nan" not in chart.lines[0].path and chart.y_ticks


@pytest.mark.parametrize(("low", "high", "expected"), [
    (0.0, 1000.0, [0, 200, 400, 600, 800, 1000]), (-1.0, 1.0, [-1, -0.5, 0, 0.5, 1]), (0.3, 0.31, [0.3, 0.302, 0.304, 0.306, 0.308, 0.31]),
])  # fmt: skip
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert curves.ticks(low, high, 5) == pytest.approx(expected)
