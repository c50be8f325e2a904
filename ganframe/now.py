"""The moment of a run, as components see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


class Now:
    """Where the run is: finished steps, real images seen, batch size, phase, device and a random stream.

    `rng` is a `torch.Generator` of the consumer's own, seeded by (seed, consumer's name, step, turn).
    Calling it with an option marked `curve=True` gives that option's value at this step.
    """

    __slots__ = ("step", "images", "batch_size", "phase", "device", "rng")

    def __init__(
        self, step: int = 0, images: int = 0, batch_size: int = 1, phase: str = "run",
        device: torch.device | None = None, rng: torch.Generator | None = None,
    ) -> None:
        self.step = step
        self.images = images
        self.batch_size = batch_size
        self.phase = phase
        self.device = device or _cpu()
        if rng is not None:
            self.rng = rng

    def __getattr__(self, name: str) -> Any:
        """A stream for who has none, made when asked for: most moments, of which every turn has some, draw nothing."""
        if name != "rng":
            raise AttributeError(f"a moment has no {name!r}")
        import torch

        self.rng = torch.Generator().manual_seed(0)
        return self.rng

    def __call__(self, number: Any) -> float:
        """The number itself, or a curve's value now (a curve's own options may be curves)."""
        return number if isinstance(number, (int, float)) else number.at(self)

    def at(self, **changes: Any) -> Now:
        """A copy of this moment with some of its facts replaced."""
        return Now(**{name: changes.get(name, getattr(self, name)) for name in self.__slots__})


def _cpu() -> torch.device:
    import torch

    return torch.device("cpu")
