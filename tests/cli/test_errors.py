"""Every exception has its exit status and its line."""

from __future__ import annotations

import errno

import click
import pytest

from ganframe.cli.errors import run_guarded
from ganframe.errors import DiskFault, LockedFault, Place, PluginFault, Problem, SpecError, TrainingFault


def run(error: BaseException, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    def command() -> None:
        raise error

    status = run_guarded(command)
    return status, capsys.readouterr().err


@pytest.mark.parametrize(("error", "status"), [
    (TrainingFault("loss 'game' is nan at step 7"), 3),
    (PluginFault("plugin x (y 1.0): broken"), 4),
    (DiskFault("cannot write /a: no space left"), 74),
    (LockedFault("runs/a/0001: process 7 is training in this folder"), 75),
    (PermissionError(errno.EACCES, "Permission denied", "/etc/x"), 74),
])  # fmt: skip
def test_one_line_and_no_traceback(error: Exception, status: int, capsys: pytest.CaptureFixture[str]) -> None:
    got, text = run(error, capsys)
    assert got == status
    assert text.count("\n") == 1 and text.startswith("error: ")
    assert "Traceback" not in text


def test_spec_errors_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    one = Problem(Place("a.toml", 3, 1), "losses.r1", "unknown loss 'R3'")
    problems = [one, Problem(Place("a.toml", 9, 5), "", "no")]
    status, text = run(SpecError([*problems, problems[0]]), capsys)
    assert status == 2
    assert text == "a.toml:3:1: losses.r1: unknown loss 'R3'\na.toml:9:5: no\n2 errors, nothing was run\n"


@pytest.mark.parametrize("error", [
    MemoryError("cannot hold it"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory"),
])  # fmt: skip
def test_out_of_memory_is_a_training_fault(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    status, text = run(error, capsys)
    assert status == 3
    assert "out of memory" in text and "batch_size" in text and "Traceback" not in text


@pytest.mark.parametrize("error", [ZeroDivisionError("x"), EOFError("cut"), OSError("without a file")])
def test_a_bug_shows_its_traceback(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    status, text = run(error, capsys)
    assert status == 1
    assert "Traceback" in text and type(error).__name__ in text


def test_interrupts(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(KeyboardInterrupt(), capsys)[0] == 130
    assert run(click.Abort(), capsys)[0] == 130


def test_click_takes_an_eof_error_for_an_interrupt_and_we_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    @click.command()
    def command() -> None:
        raise EOFError("a file was cut")

    assert run_guarded(lambda: command.main(args=[], standalone_mode=False)) == 1
    assert "a file was cut" in capsys.readouterr().err


def test_usage_is_two_and_a_commands_own_status_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(click.UsageError("no such option"), capsys)[0] == 2
    assert run_guarded(lambda: 4) == 4
    assert run_guarded(lambda: None) == 0
