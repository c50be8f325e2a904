"""Names that clash with the installed components or the open data."""

from __future__ import annotations

import pytest
from conftest import SMALL
from fake_stock import Stock

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
            'inputs = ["z"]',
            'inputs = ["zz"]',
            "a.toml:11:11: networks.generator.inputs[0]: there is no field, latent or network 'zz'; did you mean 'z'?",
        ),
        (
            'inputs = ["x"]',
            'inputs = ["x", "q"]',
            "a.toml:15:16: networks.discriminator.inputs[1]: there is no field, latent or network 'q'; there are "
            "discriminator, generator, label, x, z",
        ),
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
        (
            "[losses.game]",
            '[batches.b]\nx = "real.xx"\n[losses.game]',
            "a.toml:19:5: batches.b.x: there is no field, latent or network 'xx'; did you mean 'x'?",
        ),
    ],
)
def test_names_are_checked_against_the_fields(write, old, new, expected):
    spec = read(write(SMALL.replace(old, new)))
    assert spec.problems == []
    found = [str(p) for p in field_faults(spec, FIELDS)]
    assert found == [expected]


def test_a_network_that_is_only_a_layer_may_read_what_it_is_given(write):
    text = SMALL.replace('"ReLU"]', '{ type = "cell", from = ["@last", "@last"] }]')
    spec = read(write(text + '[networks.cell]\ninputs = ["token", "state"]\nlayers = []\n'))
    assert field_faults(spec, FIELDS) == []


def test_tensors_are_looked_up_in_their_batch(write):
    spec = read(write(SMALL.replace('inputs = ["z"]', 'inputs = ["z"]\nmakes = { x = "@h", raw = "@h" }').replace(
        '"ReLU"]', '{ type = "ReLU", as = "h" }]') + '[batches.back]\nold = "real.x"\n'))  # fmt: skip
    good = ("real.x", "fake.raw", "fake.z", "real.generator", "back.old", "fake.generator.h", "back.label")
    assert [tensor_fault(spec, text, FIELDS) for text in good] == [None] * len(good)
    assert tensor_fault(spec, "real.anything") is None
    assert "there is no batch 'bck'; did you mean 'back'?" in tensor_fault(spec, "bck.x")
    assert "network 'generator' binds no wire 'g'; it binds h" in tensor_fault(spec, "fake.generator.g")
    assert "there is no field, latent or network 'old'" in tensor_fault(spec, "real.old", FIELDS)
    assert (generators(spec), discriminators(spec)) == (["generator"], ["discriminator"])
