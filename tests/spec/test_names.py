"""Names that clash with the installed components or the open data."""

from __future__ import annotations

import pytest
from fake_stock import Stock
from spec_texts import SMALL

from ganframe.spec.names import field_faults, stock_faults
from ganframe.spec.read import read
from ganframe.spec.references import discriminators, generators, tensor_fault

FIELDS = ("x", "label")


def test_blocks_and_networks_bear_no_name_of_the_stock(write):
    spec = read(write(SMALL + '[blocks.Linear]\nlayers = []\n[networks.ReLU]\nlayers = ["Linear"]\n'))
    assert [str(p) for p in stock_faults(spec, Stock())] == [
        "a.toml:20:9: blocks.Linear: 'Linear' is a layer of ganframe; give it another name",
        "a.toml:22:11: networks.ReLU: 'ReLU' is a layer of ganframe; give it another name",
    ]
    assert stock_faults(spec, Stock(distribution="ganframe-other")) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'inputs = ["x"]',
            'inputs = ["x"]\njudges = "y"',
            "a.toml:16:10: networks.discriminator.judges: there is no field 'y'; there are label, x",
        ),
        (
            "[losses.game]",
            "[networks.label]\ninputs = ['z']\nlayers = []\n[losses.game]",
            "a.toml:18:11: networks.label: 'label' is a field of the data already",
        ),
    ],
)
def test_names_are_checked_against_the_fields(write, old, new, expected):
    spec = read(write(SMALL.replace(old, new)))
    assert spec.problems == []
    found = [str(p) for p in field_faults(spec, FIELDS)]
    assert found == [expected]


def test_tensors_are_looked_up_in_their_batch(write):
    spec = read(write(SMALL.replace('inputs = ["z"]', 'inputs = ["z"]\nmakes = { x = "@h", raw = "@h" }').replace(
        '"ReLU"]', '{ type = "ReLU", as = "h" }]') + '[batches.back]\nold = "real.x"\n'))  # fmt: skip
    good = ("real.x", "fake.raw", "real.generator", "back.old", "fake.generator.h", "real.anything")
    assert [tensor_fault(spec, text) for text in good] == [None] * len(good)
    assert "there is no batch 'bck'; did you mean 'back'?" in tensor_fault(spec, "bck.x")
    assert "network 'generator' binds no wire 'g'; it binds h" in tensor_fault(spec, "fake.generator.g")
    assert "there is no network 'generatr'; did you mean 'generator'?" in tensor_fault(spec, "fake.generatr.g")
    assert (generators(spec), discriminators(spec)) == (["generator"], ["discriminator"])
