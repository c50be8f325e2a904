"""As much of a run as hooks look at."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import torch
from ganframe_gan.views import Points

from ganframe import Field


@attrs.define(eq=False)
class Rows:
    """Data: 100 rows of two columns, the second ten times as wide."""

    def __len__(self) -> int:
        return 100

    def batch(self, indices: torch.Tensor, rng: torch.Generator) -> dict[str, torch.Tensor]:
        return {"x": torch.stack([indices / 10.0, indices * 1.0], 1)}


@attrs.define(eq=False, slots=False)
class StandIn:
    """A run that draws what it is told to and notes what it was asked to write."""

    path: Path | None
    step: int = 0
    steps: int = 1000
    losses: dict[str, float] = attrs.field(factory=dict)
    figures: dict[str, float] = attrs.field(factory=dict)
    protocols: dict[str, dict[str, str]] = attrs.field(factory=dict)
    frequencies: dict[str, list[float]] = attrs.field(factory=dict)
    warnings: list[str] = attrs.field(factory=list)
    drawn: torch.Tensor = attrs.field(factory=lambda: torch.arange(8.0).reshape(4, 2))
    written: list[tuple[Any, ...]] = attrs.field(factory=list)
    data: Any = attrs.field(factory=Rows)

    main = "x"
    seed = 3
    batch_size = 16
    device = torch.device("cpu")
    model = SimpleNamespace(device=SimpleNamespace(name="cpu (1 thread)"))
    facts: Any = {}
    fields: Any = {"x": Field((2,), view="points"), "label": Field((3,), names=("a", "b", "c"))}
    spec: Any = SimpleNamespace(
        name="toy & <co>", text="format = 1  # <script>alert(1)</script>\n",
        data=SimpleNamespace(type=SimpleNamespace(plain=lambda: "Ring")),
    )

    @property
    def images(self) -> int:
        return self.step * self.batch_size

    @property
    def networks(self) -> dict[str, torch.nn.Module]:
        return {"generator": torch.nn.Linear(3, 2), "generator_ema": torch.nn.Linear(3, 2)}

    def shares(self) -> dict[str, float]:
        return {"data": 0.1, "discriminator": 0.6, "generator": 0.3} if self.step else {}

    def values(self) -> dict[str, float]:
        return self.losses

    def commands(self) -> list[str]:
        return [f"ganframe sample {self.path}", "ganframe resume <it>"]

    def view(self, name: str) -> Any:
        return Points()

    def draw(self, n: int, seed: int = 0, given: Any = None) -> dict[str, torch.Tensor]:
        return {"x": self.drawn[:n], **({"label": torch.eye(3)[:n]} if self.frequencies else {})}

    def sample(self, n: int, seed: int = 0) -> torch.Tensor:
        return self.drawn

    def write(self, path: Path, n: int, seed: int = 0, given: Any = None) -> None:
        self.written.append((path.name, n, seed, given))
        path.write_bytes(b"picture")
