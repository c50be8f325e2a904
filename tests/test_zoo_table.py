"""The table of the shipped specs names each of them, and counts its parameters right."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganframe.cli.specs import shipped
from ganframe.plan import plan
from ganframe.spec.read import read
from tests.pages import ROOT
from tests.toy import registry

TABLE = (ROOT / "specs" / "README.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| \[`([\w-]+)`\]\([\w-]+\.toml\) \|.*?\| ([\d,]+ / [\d,]+) \|", TABLE, re.M))


def test_every_shipped_spec_has_a_row() -> None:
    assert set(ROWS) == set(shipped())


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten classes of one picture each, in the place of data that does not come along."""
    folder = tmp_path_factory.mktemp("pictures")
    names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    for i, name in enumerate(names):
        (folder / name).mkdir()
        Image.fromarray(np.full((32, 32, 3), 20 * i, np.uint8)).save(folder / name / "0.png")
    return folder


@pytest.mark.parametrize("name", sorted(shipped()))
def test_the_parameters_are_counted_right(name: str, pictures: Path) -> None:
    data = read(shipped()[name]).data
    assert data is not None
    elsewhere = {"data.path": str(pictures)} if "path" in data.options else {}
    made = plan(read(shipped()[name], elsewhere), registry())
    assert ROWS[name] == f"{made.parameters('generator'):,} / {made.parameters('discriminator'):,}"
