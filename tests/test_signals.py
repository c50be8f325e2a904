"""The first signal asks, the second does not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from ganframe import signals

ASK = """
import sys, time
from ganframe import signals
with signals.catch(lambda reason: print("asked", reason, flush=True)) as stop:
    print("ready", flush=True)
    end = time.monotonic() + 30
    while time.monotonic() < end and not (stop.reason and "stay" not in sys.argv):
        time.sleep(0.01)
sys.exit(stop.status)
"""


@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_reason_and_status(name: str, status: int) -> None:
    before = signal.getsignal(signal.Signals[name])
    heard: list[str] = []
    with signals.catch(heard.append) as stop:
        assert (stop.reason, stop.status) == ("", 0)
        signal.raise_signal(signal.Signals[name])
        assert (stop.reason, stop.status) == (name, status)
        assert signal.getsignal(signal.Signals[name]) == signal.SIG_DFL
    assert heard == [name]
    assert signal.getsignal(signal.Signals[name]) == before


def test_an_ignored_hangup_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals.catch() as stop:
            signal.raise_signal(signal.SIGHUP)
            assert not stop.reason
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_process_that_stops_in_good_order(number: int, status: int) -> None:
    child = started()
    child.send_signal(number)
    assert child.wait(20) == status


def test_a_second_signal_ends_at_once() -> None:
    child = started("stay")
    child.send_signal(signal.SIGINT)
    assert child.stdout is not None and child.stdout.readline() == b"asked SIGINT\n"
    child.send_signal(signal.SIGINT)
    assert child.wait(20) == -signal.SIGINT


def started(*args: str) -> subprocess.Popen[bytes]:
    child = subprocess.Popen([sys.executable, "-c", ASK, *args], stdout=subprocess.PIPE, env=os.environ)
    assert child.stdout is not None and child.stdout.readline() == b"ready\n"
    time.sleep(0.02)
    return child
