"""Counting layers before anything is written out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spec_texts import SMALL, SPECS

from ganframe.spec import expand
from ganframe.spec.convert import Env
from ganframe.spec.read import read

HEAD = SMALL.replace('layers = [{ type = "Linear", out_features = 4 }, "ReLU"]', "layers = LINES")


def counts(write, lines: str, blocks: str = "") -> tuple[int, list[str]]:
    spec = read(write(HEAD.replace("LINES", lines) + blocks))
    said = [str(p) for p in spec.problems]
    spec.problems.clear()
    return expand.check(spec).get("generator", -1), said


@pytest.mark.parametrize(
    ("lines", "blocks", "expected"),
    [
        ("[]", "", 0),
        ('["A", "A"]', "", 2),
        ('[{ type = "A", repeat = 7 }]', "", 7),
        ('[{ type = "A", for.w = [1, 2, 3], for.as = ["a", "b", "c"] }]', "", 3),
        ('["B", { type = "B", repeat = 2 }]', '[blocks.B]\nlayers = ["A", "A"]\nshortcut = ["A"]', 9),
        (
            '[{ type = "B", n = 5 }, "B"]',
            '[blocks.B]\nparams = { n = 2 }\nlayers = [{ type = "A", repeat = "$n" }]',
            7,
        ),
        (
            '[{ type = "B", for.n = [5, 6] }]',
            '[blocks.B]\nparams = { n = 2 }\nlayers = [{ type = "C", m = "$n" }]\n'
            '[blocks.C]\nparams = { m = 1 }\nlayers = [{ type = "A", repeat = "$m" }]',
            11,
        ),
        (
            '[{ type = "B", w = [1, 2, 3, 4] }]',
            '[blocks.B]\nparams = { w = [1] }\nlayers = [{ type = "A", for.k = "$w" }]',
            4,
        ),
        (
            '[{ type = "B", inner = "C" }, { type = "B", inner = { type = "C", n = 3 } }, "B"]',
            '[blocks.B]\nparams = { inner = "A" }\nlayers = ["$inner", { type = "$inner" }]\n'
            '[blocks.C]\nparams = { n = 2 }\nlayers = [{ type = "A", repeat = "$n" }]',
            4 + 6 + 2,
        ),
        (
            '[{ type = "B", n = 5 }, { type = "B", n = 1 }]',
            '[blocks.B]\nparams = { n = 2 }\nlayers = ["C"]\n[blocks.C]\nlayers = [{ type = "A", repeat = "$n" }]',
            6,
        ),
        ('[{ type = "discriminator", repeat = 3 }]', "", 3),
        ('[{ type = "B", repeat = "$data.n" }]', '[blocks.B]\nlayers = ["A", "A"]', 2),
    ],
)
def test_layers_are_counted_through_blocks_repeats_and_lists(write, lines, blocks, expected):
    count, said = counts(write, lines, blocks)
    assert (count, said) == (expected, [])


def test_a_count_may_be_taken_again_with_the_datas_facts(write):
    spec = read(write(HEAD.replace("LINES", '[{ type = "A", repeat = "$data.n" }]')))
    assert expand.check(spec, Env({"data.n": 12}))["generator"] == 12
    assert expand.check(spec, Env({"data.n": 20_000}))["generator"] == 20_000
    assert "20_000 layers; at most 10_000" in spec.problems[-1].message


def test_a_short_spec_with_very_many_layers_is_refused_at_once(write):
    levels = "".join(
        f'[blocks.B{i}]\nlayers = [{", ".join([f"{chr(34)}B{i + 1}{chr(34)}"] * 10)}]\n' for i in range(9)
    )
    count, said = counts(write, '["B0"]', levels + '[blocks.B9]\nlayers = ["A"]')
    assert count == 10**9
    assert said == ["a.toml:10:11: networks.generator: 1_000_000_000 layers; at most 10_000"]
    _, said = counts(write, '[{ type = "A", repeat = 9_000_000_000_000_000_000 }]')
    assert said == ["a.toml:10:11: networks.generator: more than 10^15 layers; at most 10_000"]


def test_circles_are_named_also_where_nothing_uses_them(write):
    _, said = counts(write, "[]", '[blocks.X]\nlayers = ["Y"]\n[blocks.Y]\nlayers = [{ type = "X" }]')
    assert said[0] == "a.toml:20:9: blocks.X: blocks use one another in a circle: X -> Y -> X"
    _, said = counts(write, '["discriminator"]', '[blocks.X]\nshortcut = ["X"]\nlayers = []')
    assert said == ["a.toml:20:9: blocks.X: blocks use one another in a circle: X -> X"]


def test_a_chain_of_blocks_has_an_end(write):
    blocks = "".join(f'[blocks.B{i}]\nlayers = ["B{i + 1}"]\n' for i in range(200))
    _, said = counts(write, '["B0"]', blocks + '[blocks.B200]\nlayers = ["A"]')
    assert "a.toml:10:11: networks.generator: blocks are nested too deep; at most 64 levels" in said[0]


def test_blocks_that_shuffle_their_parameters_do_not_take_for_ever(write):
    names = [f"p{i}" for i in range(8)]
    params = ", ".join(f"{n} = {i}" for i, n in enumerate(names))
    turned = ", ".join(f'{n} = "${names[(i + 1) % 8]}"' for i, n in enumerate(names))
    swapped = ", ".join(f'{n} = "${names[{0: 1, 1: 0}.get(i, i)]}"' for i, n in enumerate(names))
    blocks = "".join(
        f"[blocks.B{i}]\nparams = {{ {params} }}\n"
        f'layers = [{{ type = "B{i + 1}", {turned} }}, {{ type = "B{i + 1}", {swapped} }}]\n'
        for i in range(40)
    )
    _, said = counts(write, '["B0"]', blocks + f'[blocks.B40]\nparams = {{ {params} }}\nlayers = ["A"]')
    assert "layers" in said[0]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_real_models_are_small(path):
    spec = read(path)
    assert all(0 < count < 1000 for count in expand.check(spec).values())


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_nested_repeats_multiply(tmp_path_factory, repeats):
    path = tmp_path_factory.mktemp("expand") / "a.toml"
    blocks = "".join(
        f'[blocks.B{i}]\nlayers = [{{ type = "B{i + 1}", repeat = {n} }}]\n' for i, n in enumerate(repeats)
    )
    last = f'[blocks.B{len(repeats)}]\nlayers = ["A"]\n'
    path.write_text(HEAD.replace("LINES", '["B0"]') + blocks + last)
    product = 1
    for n in repeats:
        product *= n
    assert expand.check(read(path))["generator"] == product
