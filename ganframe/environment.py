"""What the environment must say before torch is imported, and what it says of other processes of the run."""

from __future__ import annotations

import os


def prepare_environment() -> None:
    """Let OpenMP's idle threads sleep, unless the user said otherwise.

    Their default is to spin, which makes two threads on a busy two-core machine up to a hundred times slower.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def size() -> int:
    """How many processes the environment (torchrun's, or `ganframe run --processes`) speaks of."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def rank() -> int:
    """The number of this process."""
    return int(os.environ.get("RANK", "0"))


def local_rank() -> int:
    """The number of this process on its machine, which is that of its accelerator."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def restarted() -> bool:
    """Whether torchrun starts this process once more, after one of the run's had failed."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) > 0
