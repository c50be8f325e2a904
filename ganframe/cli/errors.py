"""From an exception to what the terminal shows and the exit status (DESIGN section 4)."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ganframe.errors import GanframeError, SpecError, TrainingFault, did_you_mean

BUG, USAGE, DISK, INTERRUPTED = 1, 2, 74, 130

#: What PyTorch's CPU allocator says; it raises a plain RuntimeError.
_NO_MEMORY = ("DefaultCPUAllocator", "alloc_cpu.cpp")


def run_guarded(command: Callable[[], Any]) -> int:
    """Run a command and return its exit status; whatever it raised is told on standard error."""
    try:
        status = command()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        _tell(f"error: {_usage(error)}")
        return error.exit_code
    except (KeyboardInterrupt, click.Abort) as error:
        if isinstance(error.__cause__, EOFError):  # click takes every EOFError for Ctrl-D at a prompt; we have none
            return tell(error.__cause__)
        _tell("interrupted")
        return INTERRUPTED
    except Exception as error:
        return tell(error)
    return status if isinstance(status, int) else 0


def tell(error: Exception) -> int:
    """Print what went wrong, in one line a fault unless it is a bug; return the exit status."""
    if isinstance(error, SpecError):
        _tell_spec(error)
    elif isinstance(error, GanframeError):
        _tell(f"error: {error}")
    elif _is_out_of_memory(error):
        _tell(f"error: out of memory: {_first_line(error)}; a smaller `run.batch_size` or `run.accumulate` may help")
        return TrainingFault.status
    elif isinstance(error, OSError) and error.filename is not None:
        _tell(f"error: {error.filename}: {error.strerror}")
        return DISK
    else:
        traceback.print_exception(error, file=sys.stderr)
        _tell("This is a bug in ganframe or in a plugin named in the lines above.")
    return getattr(error, "status", BUG)


def of_file(path: Path, error: Exception) -> str:
    """What went wrong with a file, in a text that begins with its path once."""
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    if "allow_pickle" in told:
        told = "damaged, or holds objects that only pickle reads"  # NumPy advises to load it all the same
    return told if told.startswith(str(path)) else f"{path}: {told}"


def _usage(error: click.ClickException) -> str:
    """What click found wrong, in one line, and where to read on if an option, argument or command is not there."""
    told = error.format_message().replace(". Did you mean", "; did you mean")
    kind = getattr(getattr(error, "param", None), "type", None)
    if isinstance(kind, click.Choice) and " is not one of " in told:
        written = told.partition(" is not one of ")[0].rpartition(": ")[2].strip("'")
        told = told.rstrip(".") + did_you_mean(written, map(str, kind.choices))
    ctx = getattr(error, "ctx", None)
    return told if ctx is None or type(error) is click.BadParameter else f"{told} (see `{ctx.command_path} --help`)"


def _tell_spec(error: SpecError) -> None:
    if all(problem.place.file == "ganframe" for problem in error.errors):
        _tell(f"error: {error}")
        return
    lines = list(dict.fromkeys(map(str, error.errors)))
    for line in lines:
        _tell(line)
    _tell(f"{len(lines)} error{'s' if len(lines) != 1 else ''}, nothing was run")


def _is_out_of_memory(error: Exception) -> bool:
    named = type(error).__name__ == "OutOfMemoryError"
    return named or isinstance(error, MemoryError) or any(sign in str(error) for sign in _NO_MEMORY)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _tell(line: str) -> None:
    print(line, file=sys.stderr)
