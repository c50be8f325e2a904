"""The report and its curves, on a stand-in for a run."""

from __future__ import annotations

import json
import math
from html.parser import HTMLParser
from pathlib import Path

import pytest
from ganframe_gan.hooks import Report, SampleGrid, curves
from ganframe_gan.hooks.report import PAGE, bearable, by_step, chosen, sample

from tests.plugins.gan.run_stand_in import StandIn


@pytest.fixture
def run(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path)


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
    assert f"ganframe sample {run.path}\nganframe resume <it>\n" in page.text
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


def test_a_report_lets_one_hear_what_it_shows(run: StandIn) -> None:
    assert run.path is not None
    folder = run.path / "samples"
    folder.mkdir()
    for step in (0, 500):
        for suffix in (".wav", ".png"):
            (folder / f"step-{step:08}{suffix}").write_bytes(b"some")
    page = report(run)
    shown = [(tag, str(named.get("src"))[:12]) for tag, named in page.tags if tag in ("img", "audio")]
    assert [tag for tag, _ in shown] == ["img", "audio"] * 2
    assert {source for _, source in shown} == {"data:image/p", "data:audio/x"}
    assert sum(tag == "div" and "data-step" in named for tag, named in page.tags) == 2


def test_a_page_holds_fewer_steps_where_their_files_are_large(tmp_path: Path) -> None:
    files = [tmp_path / "step-00000001.wav", tmp_path / "step-00000002.wav"]
    for file in files:
        file.write_bytes(b"0" * (PAGE // 10))
    assert bearable(by_step(files), 24) == 10
    assert bearable(by_step(files), 4) == 4
    assert bearable([], 24) == 24


def test_reports_on_the_way_take_a_hundredth_of_the_time(run: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]

    def page(run: StandIn, state: str, files: object) -> str:
        clock[0] += 0.5
        return state

    monkeypatch.setattr("ganframe_gan.hooks.report.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("ganframe_gan.hooks.report.page", page)
    assert run.path is not None
    hook = Report()
    hook.on_start(run)
    for _ in range(10_000):
        clock[0] += 0.1
        hook.on_checkpoint(run, run.path)
        hook.on_evaluate(run, {})
    assert clock[0] == pytest.approx(1000 + 0.5 * 20, abs=1.0)
    hook.on_stop(run, "done")
    assert (run.path / "report.html").read_text() == "done"


def test_a_report_that_cannot_be_written_names_itself(run: StandIn) -> None:
    assert run.path is not None
    (run.path / "report.html" / "in the way").mkdir(parents=True)
    with pytest.raises(OSError) as caught:
        Report().on_start(run)
    assert caught.value.filename == str(run.path / "report.html")
    assert [path.name for path in run.path.iterdir()] == ["report.html"]


@pytest.mark.parametrize(("count", "most", "expected"), [
    (3, 24, [0, 1, 2]), (10, 2, [0, 9]), (100, 5, [0, 25, 50, 74, 99]),
])  # fmt: skip
def test_chosen_samples(count: int, most: int, expected: list[int]) -> None:
    assert chosen([Path(str(i)) for i in range(count)], most) == [Path(str(i)) for i in expected]


@pytest.mark.parametrize(("name", "content", "sort"), [
    ("step-00000010.png", b"x", "image"), ("step-00000010.wav", b"x", "audio"), ("step-00000010.gif", b"x", "image"),
    ("step-00000010.txt", b"a <b>", "text"), ("step-00000010.csv", b"1,2", "text"),
])  # fmt: skip
def test_sample_files_by_what_they_are(tmp_path: Path, name: str, content: bytes, sort: str) -> None:
    (tmp_path / name).write_bytes(content)
    found = sample(tmp_path / name)
    assert (found.step, found.sort) == (10, sort)
    assert found.content.startswith("data:") != (sort == "text")


def write_metrics(folder: Path, count: int) -> None:
    rows: list[dict[str, float | None]] = []
    for i in range(1, count + 1):
        losses = {"game.discriminator": 1.0 / i, "game.generator": i, "r1": None if i == 3 else 2.0}
        rows.append({"step": i, "seconds": 1.0, "images": i, **losses})
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
    (0.0, 1000.0, [0, 200, 400, 600, 800, 1000]), (-1.0, 1.0, [-1, -0.5, 0, 0.5, 1]),
    (0.3, 0.31, [0.3, 0.302, 0.304, 0.306, 0.308, 0.31]),
])  # fmt: skip
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert curves.ticks(low, high, 5) == pytest.approx(expected)
