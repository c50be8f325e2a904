"""What the tests of the spec language share: a small spec as text, and ways to read one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganframe.errors import SpecError
from ganframe.spec.read import read

HERE = Path(__file__).parent

#: Specs of many models, and those that ship with ganframe.
SPECS = sorted([*(HERE / "data").glob("*.toml"), *(HERE.parents[1] / "specs").glob("*.toml")])

SMALL = """\
format = 1
[run]
steps = 10
[data]
type = "ImageFolder"
path = "pictures"
[latents.z]
type = "Normal"
size = 8
[networks.generator]
inputs = ["z"]
optimizer = { type = "Adam", lr = 2e-4 }
layers = [{ type = "Linear", out_features = 4 }, "ReLU"]
[networks.discriminator]
inputs = ["x"]
optimizer = "Adam"
layers = [{ type = "Linear", out_features = 1 }]
[losses.game]
type = "NonSaturating"
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a spec file into an empty working directory; the answer is its relative path."""
    monkeypatch.chdir(tmp_path)

    def written(text: str | bytes, name: str = "a.toml") -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return name

    return written


@pytest.fixture
def faults(write):
    """The lines that reading a text gives, raised or recorded."""

    def found(text: str | bytes, overrides=(), name: str = "a.toml") -> list[str]:
        try:
            return [str(problem) for problem in read(write(text, name), overrides).problems]
        except SpecError as error:
            return [str(problem) for problem in error.errors]

    return found
