"""What must be in the environment before torch is imported."""

from __future__ import annotations

import os


def prepare_environment() -> None:
    """Let OpenMP's idle threads sleep, unless the user said otherwise.

    Their default is to spin, which makes two threads on a busy two-core machine up to a hundred times slower.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
