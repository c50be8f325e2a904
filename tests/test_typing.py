"""mypy takes right components and refuses wrong signatures, kind by kind: ganframe is typed (`py.typed`)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ganframe.hookspecs import KINDS

ROOT = Path(__file__).parent.parent
RIGHT = ROOT / "tests" / "typing" / "right.py"
#: One mistake a kind: what stands in the right file, and what somebody might write.
MISTAKES = {
    "layer": ("def build(self, x: Shape, label: Shape | None = None) -> nn.Module:\n        return nn.Identity()",
              "def build(self, x: Shape) -> Shape:\n        return x"),
    "initializer": ("weight: Tensor, rng: torch.Generator) -> None:\n        weight.normal_(generator=rng)",
                    "weight: Tensor) -> None:\n        weight.normal_()"),
    "parametrization": ("def __call__(self, module: nn.Module) -> nn.Module:\n        return module",
                        "def __call__(self, module: nn.Module) -> None:\n        return None"),
    "loss": ("fake: Tensor) -> Tensor:\n        return real.mean() - fake.mean()\n\n    def after(self, step: Step) -> None:\n"
             '        step.state["seen"] = step.real.judged[0].mean()',
             "fake: Tensor) -> float:\n        return 0.0"),
    "curve": ("def at(self, now: Now) -> float:", "def at(self, now: Now, step: int) -> float:"),
    "optimizer": ("params: Iterable[nn.Parameter]) -> torch.optim.Optimizer:\n        return torch.optim.SGD(params, lr=0.1)",
                  "params: Iterable[nn.Parameter]) -> float:\n        return 0.1"),
    "schedule": ("(self, optimizer: torch.optim.Optimizer)", "(self)"),
    "latent": ("def shape(self, fields: Mapping[str, Field]) -> Shape:", "def size(self, fields: Mapping[str, Field]) -> Shape:"),
    "dataset": ("def batch(self, indices: Tensor, rng: torch.Generator | None = None) -> dict[str, Tensor]:",
                "def rows(self, indices: Tensor, rng: torch.Generator | None = None) -> dict[str, Tensor]:"),
    "sampler": ("def order(self, data: Any, epoch: int, rng: torch.Generator)", "def order(self, data: Any, epoch: int)"),
    "view": ("def read(self, path: Path, field: Field, facts: Mapping[str, Any]) -> Tensor:\n        return torch.zeros(1, *field.shape)",
             "def load(self, path: Path) -> None:\n        return None"),
    "augmentation": ("def __call__(self, x: Tensor, now: Now) -> Tensor:\n        return x.flip(-1)",
                     "def __call__(self, x: Tensor) -> Tensor:\n        return x.flip(-1)"),
    "metric": ("def compute(self) -> dict[str, float]:\n        return {}", "def compute(self) -> float:\n        return 0.0"),
    "hook": ("def on_step(self, run: Run, step: Step) -> None:", "def on_step(self, run: Run) -> None:"),
    "exporter": ("def export(self, run: Run, path: Path) -> None:", "def export(self, run: Run, path: int) -> None:"),
}  # fmt: skip


def test_every_kind_has_a_mistake() -> None:
    text = RIGHT.read_text(encoding="utf-8")
    assert MISTAKES.keys() == KINDS.keys()
    assert [kind for kind, (right, _) in MISTAKES.items() if text.count(right) != 1] == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_mypy_takes_the_right_ones_and_refuses_the_wrong(tmp_path: Path) -> None:
    text = RIGHT.read_text(encoding="utf-8")
    files = {"right": text}
    for kind, (right, wrong) in MISTAKES.items():
        files[f"wrong_{kind}"] = text.replace(right, wrong)
    for name, source in files.items():
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--config-file", "", *map(str, tmp_path.glob("*.py"))]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    told = done.stdout.splitlines()
    faults = {Path(line.partition(":")[0]).stem for line in told if ": error: " in line}
    assert faults == files.keys() - {"right"}, done.stdout + done.stderr
    for kind in MISTAKES:
        own = [line for line in told if f"wrong_{kind}.py" in line and "error" in line]
        assert any(re.search(rf'List item 0 has incompatible type "type\[Right{kind.capitalize()}\]"', line) for line in own), own
