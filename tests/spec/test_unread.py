"""Warnings: what is written and never read."""

from __future__ import annotations

import pytest
from spec_texts import SMALL, SPECS

from ganframe.spec.read import read


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ('[latents.w]\ntype = "Normal"', "a.toml:20:10: latents.w: nothing reads 'w'"),
        ('[blocks.Up]\nlayers = ["ReLU"]', "a.toml:20:9: blocks.Up: nothing reads 'Up'"),
        ('[batches.back]\nx = "fake.x"', "a.toml:20:10: batches.back: nothing reads 'back'"),
        ("[vars]\nn = 3", "a.toml:21:1: vars.n: nothing reads '$n'"),
        (
            '[networks.e]\ninputs = ["z"]\nlayers = [{ type = "ReLU", as = "h" }, "ReLU"]',
            "a.toml:22:33: networks.e.layers[0].as: nothing reads '@h'",
        ),
        (
            '[networks.e]\ninputs = ["z"]\nlayers = [{ type = "A", for.as = ["a", "b"] }, "ReLU"]',
            "a.toml:22:34: networks.e.layers[0].as: nothing reads '@a'",
        ),
        (
            '[phases.a]\nlosses = ["r1"]\n[losses.r1]\ntype = "R1"',
            "a.toml:18:9: losses.game: no phase lists 'game'",
        ),
    ],
)
def test_what_nothing_reads_is_one_warning(write, added, expected):
    spec = read(write(f"{SMALL}{added}\n"))
    assert spec.problems == []
    assert [str(w) for w in spec.warnings] == [expected]


@pytest.mark.parametrize(
    "added",
    [
        '[latents.w]\ntype = "Normal"\n[networks.e]\ninputs = ["w"]\nlayers = []',
        '[latents.w]\ntype = "Normal"\n[losses.l]\ntype = "MSELoss"\ninput = "fake.w"\ntarget = "real.x"',
        '[latents.w]\ntype = "Normal"\n[latents.v]\ntype = "Copy"\nof = "w"\n[networks.e]\ninputs = ["v"]\nlayers = []',
        '[blocks.Up]\nlayers = []\n[networks.e]\ninputs = ["z"]\nlayers = ["Up"]',
        '[blocks.Up]\nlayers = []\n[networks.e]\ninputs = ["z"]\nlayers = [{ type = "A", inner = "Up" }]',
        '[batches.b]\nx = "fake.x"\n[losses.l]\ntype = "MSELoss"\ninput = "b.x"\ntarget = "real.x"',
        '[batches.b]\nx = "fake.x"\n[losses.l]\ntype = "R1"\nfake = "b"',
        '[networks.e]\ninputs = ["z"]\noutput = "@h"\nlayers = [{ type = "ReLU", as = "h" }]',
        '[networks.e]\ninputs = ["z"]\nmakes = { real.y = "@h" }\nlayers = [{ type = "ReLU", as = "h" }]',
        '[networks.e]\ninputs = ["z"]\nlayers = [{ type = "A", for.as = ["a", "b"] }, { type = "ReLU", from = "@b" }]',
        '[networks.e]\ninputs = ["z"]\nlayers = [{ type = "ReLU", as = "h" }]\n[losses.l]\ntype = "MSELoss"\n'
        'input = "fake.e.h"\ntarget = "real.x"',
        '[networks.e]\ninputs = ["z"]\nlayers = ["B"]\n'
        '[blocks.B]\nexports = ["h"]\nlayers = [{ type = "A", as = "h" }]',
    ],
)
def test_what_is_read_somewhere_is_no_warning(write, added):
    spec = read(write(f"{SMALL}{added}\n"))
    assert (spec.problems, spec.warnings) == ([], [])


def test_what_a_parent_leaves_unread_is_the_parents_matter(write):
    write(SMALL + '[blocks.Up]\nlayers = ["ReLU"]\n', "base.toml")
    assert read(write('extends = "base.toml"')).warnings == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_real_specs_leave_nothing_unread(path):
    assert [str(w) for w in read(path).warnings] == []
