"""Who meets whom on which data, for how many core-seconds, and what they are judged by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

ROOT = Path(__file__).parents[2]
OURS, USUAL = ROOT / "specs", Path(__file__).parent / "specs"


@attrs.frozen
class Entry:
    """One recipe: a spec, and whether its learning rate falls to the end of the time (then steps are planned)."""

    name: str
    spec: Path
    ours: bool = False

    @property
    def key(self) -> str:
        """How results call it."""
        return self.spec.stem if not self.ours else f"ours-{self.spec.stem}"


@attrs.frozen
class Task:
    """Data, time, and figures: `shown` are those of the table by their heading, the first is the one of the picture."""

    name: str
    about: str
    seconds: float
    metrics: dict[str, dict[str, Any]]
    shown: dict[str, str]
    entries: tuple[Entry, ...]
    looks: tuple[float, ...] = (1 / 6, 1 / 3, 2 / 3, 1.0)
    log: bool = False

    @property
    def figure(self) -> str:
        """The figure of the picture."""
        return next(iter(self.shown.values()))


_FD = {"type": "FrechetDistance", "features": "DigitsFeatures", "samples": 1797}
_NEAR = {"type": "PrecisionRecall", "features": "DigitsFeatures", "samples": 1797}
_SURE = {"type": "Confidence", "samples": 1797}
_READ = {"type": "ClassAccuracy", "samples": 1797}
_MODES = {"modes": {"type": "Modes", "samples": 10_000}}
_DIGITS = {
    "Fréchet distance": "fd.distance", "sure": "sure.sure", "precision": "near.precision", "recall": "near.recall",
}  # fmt: skip
_POINTS = {"high quality": "modes.high_quality", "modes": "modes.modes", "spread": "modes.spread"}

TASKS = (
    Task(
        "digits", "Digits without labels", 30.0, {"fd": _FD, "sure": _SURE, "near": _NEAR}, _DIGITS,
        (
            Entry("ganframe `digits-unconditional`", OURS / "digits-unconditional.toml", True),
            Entry("PyTorch-GAN `gan.py`", USUAL / "digits-gan.toml"),
            Entry("DCGAN", USUAL / "digits-dcgan.toml"),
            Entry("WGAN-GP (PyTorch-GAN)", USUAL / "digits-wgan-gp.toml"),
            Entry("SNGAN", USUAL / "digits-sngan.toml"),
        ),
        log=True,
    ),
    Task(
        "labels", "Digits by class", 20.0, {"fd": _FD, "reading": _READ, "sure": _SURE, "near": _NEAR},
        {"Fréchet distance": "fd.distance", "read as asked": "reading.accuracy", **dict(list(_DIGITS.items())[1:])},
        (
            Entry("ganframe `digits`", OURS / "digits.toml", True),
            Entry("PyTorch-GAN `cgan.py`", USUAL / "digits-cgan.toml"),
        ),
        log=True,
    ),
    Task(
        "ring", "Ring of 8", 10.0, _MODES, _POINTS,
        (
            Entry("ganframe `ring`", OURS / "ring.toml", True),
            Entry("cross entropy, 2e-4 (0.5, 0.999)", USUAL / "ring-gan.toml"),
            Entry("WGAN-GP (`gan_toy.py`)", USUAL / "ring-wgan-gp.toml"),
        ),
    ),
    Task(
        "grid", "Grid of 25", 20.0, _MODES, _POINTS,
        (
            Entry("ganframe `grid25`", OURS / "grid25.toml", True),
            Entry("cross entropy, 2e-4 (0.5, 0.999)", USUAL / "grid-gan.toml"),
            Entry("WGAN-GP (`gan_toy.py`)", USUAL / "grid-wgan-gp.toml"),
        ),
    ),
    Task(
        "stacked", "Stacked digits, 1,000 modes", 30.0, {"modes": {"type": "StackedModes", "samples": 26_000}},
        {"modes": "modes.modes", "KL": "modes.kl"},
        (
            Entry("ganframe `small/r3gan-stacked`", OURS / "small" / "r3gan-stacked.toml", True),
            Entry("cross entropy, 2e-4 (0.5, 0.999)", USUAL / "stacked-gan.toml"),
        ),
        looks=(1 / 3, 1.0),
    ),
)  # fmt: skip
