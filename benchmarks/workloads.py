"""What is measured: each workload's spec, its hand-written rivals, and how many steps make a block."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

SPECS = Path(__file__).parent / "specs"


@attrs.frozen
class Workload:
    """`hand` is a file of benchmarks/hand; `expert` and `tutorial` are functions in it that make a loop of a `Start`.

    A round runs one untimed step and `block` timed ones of every competitor. `size` is that of the pictures, 0 for
    none; `tolerance` how far apart losses of the same step may be.
    """

    name: str
    about: str
    spec: str
    hand: str
    expert: str
    tutorial: str
    block: int
    rounds: int
    size: int = 0
    tolerance: float = 1e-4
    samples: int = 0

    @property
    def spec_path(self) -> Path:
        """Where the spec is."""
        return SPECS / self.spec

    def rival(self, which: str) -> Callable[..., Any]:
        """The function that makes a hand-written competitor: `expert` or `tutorial`."""
        module = importlib.import_module(f"benchmarks.hand.{self.hand}")
        found: Callable[..., Any] = getattr(module, getattr(self, which))
        return found


_ALL = (
    Workload("W0", "nothing but Python: 8 units", "w0-tiny.toml", "mlp", "tiny_expert", "tiny_tutorial", 50, 31),
    Workload("W1", "tutorial's MLPs, batch 64", "w1-mlp.toml", "mlp", "expert", "tutorial", 10, 31),
    Workload("W2", "DCGAN 64x64, width 64, batch 16", "w2-dcgan.toml", "dcgan", "expert", "tutorial", 1, 15, 64, 2e-3),
    Workload("W3", "SNGAN 32x32, G 64, D 32, 5 turns of D", "w3-sngan.toml", "resnet", "sngan", "sngan_tutorial", 1, 15, 32),  # noqa: E501
    Workload("W4", "WGAN-GP, W3's networks, 1 turn of D", "w4-wgan-gp.toml", "resnet", "wgan_gp", "wgan_gp_tutorial", 1, 15, 32, 2e-3),  # noqa: E501
    Workload("W5", "StyleGAN2 32x32, 64 channels, lazy R1", "w5-stylegan2.toml", "stylegan2", "Expert", "StyleTutorial", 16, 9, 32, 1e-2),  # noqa: E501
    Workload("W6a", "1024 samples of W1", "w1-mlp.toml", "sampling", "mlp", "mlp_tutorial", 5, 31, samples=1024),
    Workload("W6b", "64 samples of W2", "w2-dcgan.toml", "sampling", "dcgan", "dcgan_tutorial", 1, 15, 64, samples=64),
)  # fmt: skip

WORKLOADS = {workload.name: workload for workload in _ALL}
