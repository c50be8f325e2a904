"""`extends`: what a child spec keeps, replaces and removes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spec_texts import SMALL

from ganframe.errors import SpecError
from ganframe.spec import extends, text
from ganframe.spec.merge import merged
from ganframe.spec.read import read


def over(parent: str, child: str):
    return merged(text.parse(parent, "p"), text.parse(child, "c")).plain()


@pytest.mark.parametrize(
    ("parent", "child", "expected"),
    [
        ("[run]\nsteps = 1\nseed = 2", "[run]\nseed = 3", {"run": {"steps": 1, "seed": 3}}),
        (
            "[losses.r1]\ntype = 'R1'\nweight = 2\nevery = 4",
            "[losses.r1]\nweight = 5",
            {"losses": {"r1": {"type": "R1", "weight": 5, "every": 4}}},
        ),
        (
            "[losses.r1]\ntype = 'R1'\nweight = 2",
            "[losses.r1]\ntype = 'R2'",
            {"losses": {"r1": {"type": "R2"}}},
        ),
        (
            "[networks.g]\noptimizer = 'Adam'",
            "[networks.g]\noptimizer.lr = 1",
            {"networks": {"g": {"optimizer": {"type": "Adam", "lr": 1}}}},
        ),
        (
            "[networks.g]\noptimizer = { type = 'Adam', lr = 2, betas = [0, 1] }",
            "[networks.g]\noptimizer = { lr = 1 }",
            {"networks": {"g": {"optimizer": {"type": "Adam", "lr": 1, "betas": [0, 1]}}}},
        ),
        (
            "[networks.g]\noptimizer = { type = 'Adam', lr = 2 }",
            "[networks.g]\noptimizer = 'SGD'",
            {"networks": {"g": {"optimizer": "SGD"}}},
        ),
        (
            "[networks.g]\nmakes = 'x'",
            "[networks.g]\nmakes = { y = '@y' }",
            {"networks": {"g": {"makes": {"y": "@y"}}}},
        ),
        ("a = { list = [1, 2] }", "a = { list = [3] }", {"a": {"list": [3]}}),
        (
            "[networks.g]\nema = 0.9",
            "[networks.g]\nema = { type = 'HalfLife' }",
            {"networks": {"g": {"ema": {"type": "HalfLife"}}}},
        ),
        ("[networks.g]\nema = 0.9", "[networks.g]\nema = false", {"networks": {"g": {"ema": False}}}),
        ("[losses.a]\ntype = 'A'\n[losses.b]\ntype = 'B'", "losses.a = false", {"losses": {"b": {"type": "B"}}}),
        ("[losses.a]\ntype = 'A'", "losses.c = false", {"losses": {"a": {"type": "A"}, "c": False}}),
        ("[sample.latents.z]\ntype = 'A'", "sample.latents.z = false", {"sample": {"latents": {}}}),
        ("[hooks.log]\ntype = 'A'", "hooks.log = false", {"hooks": {}}),
        ("[hooks.samples]\ntype = 'A'", "hooks.samples = false", {"hooks": {"samples": False}}),
        (
            "[networks.g.makes]\nx = 'last'\nh = 'hidden'", "networks.g.makes.h = false",
            {"networks": {"g": {"makes": {"x": "last"}}}},
        ),
        ("[vars]\nflag = true", "vars.flag = false", {"vars": {"flag": False}}),
        ("[device]\ntype = 'cpu'\nthreads = 2", "[device]\ntype = 'cuda'", {"device": {"type": "cuda", "threads": 2}}),
        ("[data]\ntype = 'Ring'\nmodes = 3", "[data]\nmodes = 4", {"data": {"type": "Ring", "modes": 4}}),
        ("[data]\ntype = 'Ring'\nmodes = 3", "[data]\ntype = 'Grid'", {"data": {"type": "Grid"}}),
        ("data = 'Ring'", "[data]\nmodes = 4", {"data": {"type": "Ring", "modes": 4}}),
        ("[blocks.B]\nparams = { norm = 'A' }", "[blocks.B]\nparams.norm = { eps = 1 }",
         {"blocks": {"B": {"params": {"norm": {"type": "A", "eps": 1}}}}}),
    ],
)  # fmt: skip
def test_a_child_over_its_parent(parent, child, expected):
    assert over(parent, child) == expected


def test_every_value_keeps_its_own_place():
    root = merged(text.parse("[run]\nsteps = 1\nseed = 2", "p"), text.parse("\n[run]\nseed = 3", "c"))
    run = root.value["run"].value
    assert (str(run["steps"].place), str(run["seed"].place)) == ("p:2:9", "c:3:8")


TABLES = st.deferred(
    lambda: st.builds(
        lambda leaves, tables: {**leaves, **tables},
        st.dictionaries(st.sampled_from("abc"), st.integers(0, 3) | st.lists(st.integers(0, 3)), max_size=2),
        st.dictionaries(st.sampled_from("xy"), TABLES, max_size=2),
    )
)


@given(TABLES, TABLES, TABLES)
def test_merging_is_associative_and_the_empty_table_changes_nothing(a, b, c):
    from ganframe.spec.env import NOWHERE, as_node

    one, two, three = (as_node(value, NOWHERE) for value in (a, b, c))
    assert merged(merged(one, two), three).plain() == merged(one, merged(two, three)).plain()
    assert merged(one, as_node({}, NOWHERE)).plain() == a
    assert merged(as_node({}, NOWHERE), one).plain() == a


def test_a_parent_is_found_beside_its_child_and_may_itself_extend(write, tmp_path):
    write(SMALL, "zoo/base.toml")
    write('extends = "base.toml"\n[run]\nseed = 5', "zoo/middle.toml")
    spec = read(write('extends = "zoo/middle.toml"\n[run]\nsteps = 7\n[data]\npath = "here"'))
    assert {key: node.value for key, node in spec.run.items()} == {"steps": 7, "seed": 5}
    assert spec.problems == []
    assert str(spec.run["seed"].place) == "zoo/middle.toml:3:8"
    assert (spec.name, spec.text[:7]) == ("a", "extends")
    absolute = read(write(f'extends = "{tmp_path}/zoo/base.toml"'))
    assert absolute.run["steps"].value == 10


def test_inherited_faults_are_told_where_they_stand(faults, write):
    write(SMALL.replace("seed = 0", "").replace("steps = 10", "stepz = 10"), "base.toml")
    assert faults('extends = "base.toml"\n[losses.game]\nwieght = 2\ngenerator = "q"') == [
        "a.toml:4:13: losses.game.generator: there is no generator 'q'; there are generator",
        "base.toml:3:1: run.stepz: unknown key 'stepz'; did you mean 'steps'?",
    ]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a.toml": 'extends = "gone.toml"'}, "a.toml:1:11: extends: {here}/gone.toml does not exist"),
        (
            {"zoo/a.toml": 'extends = "b.toml"', "b.toml": SMALL},
            "zoo/a.toml:1:11: extends: {here}/zoo/b.toml does not exist: a path starts from the spec's own folder; "
            "write '../b.toml'",
        ),
        ({"a.toml": 'extends = "a.toml"'}, "extends: specs extend one another in a circle: a.toml -> a.toml"),
        (
            {"a.toml": 'extends = "b.toml"', "b.toml": '\nextends = "./a.toml"'},
            "b.toml:2:11: extends: specs extend one another in a circle: a.toml -> b.toml -> a.toml",
        ),
        ({"a.toml": "extends = 3"}, 'a.toml:1:11: extends: expected the path of one spec, such as "dcgan.toml"'),
        ({"a.toml": 'extends = ["b.toml"]'}, "a.toml:1:11: extends: expected the path of one spec"),
        ({"a.toml": 'extends = "https://x.org/b.toml"'}, "nothing is downloaded"),
        ({"a.toml": 'extends = "b\\u0000"'}, "a.toml:1:11: extends: a path cannot hold the character NUL"),
        ({"a.toml": 'extends = "b.toml"', "b.toml": "a = .5"}, "b.toml:1:5: invalid value"),
        ({"a.toml": 'extends = "b.toml"', "b.toml": "a = 5"}, "b.toml:1:1: format: is missing"),
        ({"a.toml": 'extends = "b.toml"', "b.toml": "format = 2"}, "b.toml:1:10: format: format 2 needs a newer"),
        ({"a.toml": "format = 99"}, "a.toml:1:10: format: format 99 needs a newer ganframe; this one reads 1"),
        ({"a.toml": "format = 0"}, "a.toml:1:10: format: expected format = 1"),
        ({"a.toml": "format = true"}, "a.toml:1:10: format: expected format = 1"),
        ({"a.toml": 'format = "1"'}, "a.toml:1:10: format: expected format = 1"),
        ({f"{i}.toml": f'extends = "{i + 1}.toml"' for i in range(40)} | {"40.toml": SMALL},
         "more than 16 specs extend one another"),
    ],
)  # fmt: skip
def test_what_cannot_be_extended(write, tmp_path, files, expected):
    for name, source in files.items():
        write(source, name)
    with pytest.raises(SpecError) as raised:
        read(next(iter(files)))
    assert expected.format(here=tmp_path) in str(raised.value)


def test_a_format_is_inherited_and_otherwise_required(write, faults):
    write(SMALL, "base.toml")
    assert faults('extends = "base.toml"') == []
    missing = SMALL.replace("format = 1\n", "# none\n")
    assert faults(missing) == ["a.toml:1:1: format: is missing; a spec begins with: format = 1"]


def test_a_removed_table_must_be_there(write, faults):
    write(SMALL, "base.toml")
    assert faults('extends = "base.toml"\nlosses.game = false') == []
    assert faults('extends = "base.toml"\nlosses.r1 = false') == [
        "a.toml:2:13: losses.r1: there is no inherited 'r1' to remove"
    ]


def test_reading_does_not_change_the_tree_of_a_parent(write):
    write(SMALL, "base.toml")
    _, once = extends.load("base.toml")
    read(write('extends = "base.toml"\n[run]\nsteps = 99'))
    assert once.value["run"].value["steps"].value == 10
