"""Progress and SampleGrid on a stand-in for a run; real runs are in tests/cli/test_training.py."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest
from ganframe_gan.hooks import HOOKS, Progress, Report, SampleGrid, samples, wording
from ganframe_gan.hooks.pace import Pace
from ganframe_gan.views import Points

from tests.plugins.gan.run_stand_in import StandIn


@pytest.fixture
def run(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path)


def test_every_option_says_what_it_is() -> None:
    for hook in HOOKS:
        assert hook.__doc__
        assert all(field.metadata["doc"] for field in attrs.fields(hook))


def test_progress_says_what_is_trained(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    Progress().on_start(run)
    text = capsys.readouterr().out
    assert "device: cpu (1 thread)\n" in text
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
    run.step, run.protocols = 200, {"fd": {"n": "1797", "split": "train"}, "modes": {"n": "10"}}
    Progress().on_evaluate(run, {"fd.frechet": 0.41, "modes.found": 8.0, "modes.kl": 0.01})
    assert capsys.readouterr().out.splitlines() == [
        "step 200   fd.frechet 0.41   (n 1797, split train)", "step 200   modes.found 8   modes.kl 0.01   (n 10)",
    ]  # fmt: skip


def test_progress_passes_on_new_warnings(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    run.warnings = ["told before the first step"]
    progress = Progress()
    progress.on_start(run)
    for run.step in (1, 2, 3):
        if run.step == 2:
            run.warnings.append("back to step-00000000")
        progress.on_step(run, None)
    assert capsys.readouterr().err == "warning: back to step-00000000\n"


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
    assert "step 1/1000" in screen.getvalue() and "step 2/1000" not in screen.getvalue()
    progress.on_stop(run, "done")
    assert sys.stdout is screen
    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue()).splitlines()
    assert lines[-2].strip() == "game D 0.5" and lines[-3].strip() == "time data 10% D 60% G 30%"
    assert "step 2/1000" in lines[-4]
    assert lines[-1].startswith("done: step 2/1000")
    assert "from another hook" in map(str.strip, lines)
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


def test_grids_at_start_steps_and_end(run: StandIn) -> None:
    grid = SampleGrid(count=16, seed=5)
    grid.on_start(run)
    for run.step in (500, 700):
        grid.on_step(run, None)
    grid.on_stop(run, "done")  # step 700 has its picture
    names = [name for name, *_ in run.written]
    assert names == ["step-00000000.png", "step-00000500.png", "step-00000700.png"]
    assert all(rest == (16, 5, {}) for _, *rest in run.written for rest in [tuple(rest)])


def test_pictures_are_drawn_again_after_going_back(run: StandIn) -> None:
    grid = SampleGrid()
    for run.step in (500, 1000, 500, 1000):
        grid.on_step(run, None)
    assert [name for name, *_ in run.written] == [f"step-{step:08}.png" for step in (500, 1000, 500, 1000)]


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
    text = samples.readme(tmp_path / "a b", samples.Plan(8, 0, {"shape": "all"}, (".png",)))
    assert f"ganframe sample '{tmp_path}/a b' -n 8 --seed 0 --given shape=all --out samples.png" in text


def test_a_run_without_a_folder_has_no_pictures() -> None:
    run = StandIn(None)
    SampleGrid().on_start(run)
    Report().on_stop(run, "done")
    assert not run.written
