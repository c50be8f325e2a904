"""Standard output whatever its reader does."""

from __future__ import annotations

import io
import os
import subprocess
import sys

from ganframe.cli.outlet import Outlet


def test_text_arrives_at_once_and_whole() -> None:
    read, write = os.pipe()
    outlet = Outlet(os.fdopen(write, "w", encoding="utf-8"))
    outlet.write("ä" * 3000)
    assert os.read(read, 10_000).decode() == "ä" * 3000
    os.close(read)


def test_a_closed_reader_silences() -> None:
    read, write = os.pipe()
    outlet = Outlet(os.fdopen(write, "w"))
    os.close(read)
    outlet.write("lost\n")
    outlet.write("lost too\n")
    outlet.flush()
    assert not outlet.isatty()


def test_a_full_pipe_drops_and_recovers() -> None:
    read, write = os.pipe()
    outlet = Outlet(os.fdopen(write, "w"), patience=0.01)
    outlet.lossy = True
    line = "x" * 999 + "\n"
    for _ in range(300):  # a pipe holds 64 kB
        outlet.write(line)
    kept = os.read(read, 1_000_000)
    assert 0 < len(kept) < 300_000
    outlet.write("back\n")
    assert os.read(read, 100) == b"back\n"
    os.close(read)


def test_streams_without_a_file_and_no_stream_at_all() -> None:
    text = io.StringIO()
    outlet = Outlet(text)
    outlet.lossy = True
    print("hello", file=outlet)  # type: ignore[call-overload]
    assert text.getvalue() == "hello\n"
    Outlet(None).write("nowhere")
    assert not Outlet(None).isatty()


def test_a_command_whose_reader_has_gone_ends_well() -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "ganframe", "--help"]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, timeout=60)
    os.close(write)
    assert done.returncode == 0
    assert done.stderr == b""


def test_a_command_without_any_output_ends_well() -> None:
    script = f"exec '{sys.executable}' -m ganframe --help >&- 2>&-"
    assert subprocess.run(["sh", "-c", script], timeout=60).returncode == 0
