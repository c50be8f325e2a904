"""The schema at the root, which the first line of every shipped spec names, is the one that `ganframe schema` makes."""

from __future__ import annotations

import json

import pytest
import torch
from click.testing import CliRunner

from ganframe.cli import cli
from ganframe.registry import STOCK, discover
from tests.pages import ROOT

FILE = ROOT / "ganframe.schema.json"
#: The names and options of PyTorch's own components hang on its version.
PINNED = next(
    line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if line.startswith("torch==")
)
SAME_TORCH = torch.__version__.partition("+")[0] == PINNED.removeprefix("torch==")


def others() -> list[str]:
    """Plugins of other packages, which this environment may have."""
    return sorted({entry.plugin for entry in discover() if entry.distribution != STOCK})


@pytest.mark.skipif(not SAME_TORCH, reason=f"made with {PINNED}")
def test_it_is_current() -> None:
    arguments = [word for plugin in others() for word in ("-p", f"no:{plugin}")]
    made = CliRunner().invoke(cli, ["schema", *arguments])
    assert made.exit_code == 0
    current = json.loads(made.stdout) == json.loads(FILE.read_text(encoding="utf-8"))
    assert current, "write it again: ganframe schema --out ganframe.schema.json"


def test_shipped_specs_name_it() -> None:
    for spec in (ROOT / "specs").glob("*.toml"):
        first = spec.read_text(encoding="utf-8").splitlines()[0]
        assert first == "#:schema ../ganframe.schema.json", spec.name
    assert (ROOT / "specs" / "../ganframe.schema.json").resolve() == FILE
