"""Broken specs: each with the place, the path and what is said."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli
from spec_texts import SMALL

FAULTS = tomli.loads((Path(__file__).parent / "faults.toml").read_text())["fault"]


def broken(fault) -> str:
    if "old" not in fault:
        return f"{SMALL}{fault['new']}\n"
    assert SMALL.count(fault["old"]) == 1
    return SMALL.replace(fault["old"], fault["new"])


@pytest.mark.parametrize("fault", FAULTS, ids=[fault["says"].split(": ")[1] for fault in FAULTS])
def test_a_broken_spec_is_told_where_and_why(faults, fault):
    assert fault["says"] in faults(broken(fault))


def test_the_spec_that_is_broken_is_whole(faults):
    assert faults(SMALL) == []


def test_all_independent_faults_are_told_at_once_in_the_order_of_the_file(faults):
    text = (
        SMALL.replace("steps = 10", "stepz = 10")
        .replace("size = 8", 'size = "$n"')
        .replace('inputs = ["z"]', 'input = ["z"]')
        .replace('"ReLU"]', "3]")
        .replace('type = "NonSaturating"', 'type = "R1"\ntrains = ["gen"]')
    )
    places = [tuple(map(int, line.split(":")[1:3])) for line in faults(text)]
    assert places == [(3, 1), (9, 8), (11, 1), (13, 50), (20, 11)]


def test_a_fault_in_a_block_or_a_parent_is_told_in_its_own_file(write, faults):
    write(SMALL + '[blocks.B]\nlayers = [{ type = "A", repeat = 0 }]\n', "base.toml")
    found = faults('extends = "base.toml"\n[networks.generator]\nlayers = ["B"]\n')
    assert found == [
        "base.toml:21:34: blocks.B.layers[0].repeat: expected a whole number of copies, at least 1, found the number 0"
    ]
