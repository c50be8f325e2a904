"""`--set` and its Python form."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spec_texts import SMALL

from ganframe.errors import Place, SpecError
from ganframe.spec import overrides, text
from ganframe.spec.read import read


def applied(*given):
    return overrides.apply(text.parse(SMALL, "a"), given).plain()


@pytest.mark.parametrize(
    ("item", "path", "value"),
    [
        ("run.seed=3", ("run", "seed"), 3),
        (" run . seed = 3 ", ("run", "seed"), 3),
        ("data.path=../x/y", ("data", "path"), "../x/y"),
        ("data.path='a b'", ("data", "path"), "a b"),
        ("run.on_nonfinite=rollback", ("run", "on_nonfinite"), "rollback"),
        ("losses.game.weight=1e-3", ("losses", "game", "weight"), 1e-3),
        ("losses.game.trains=[\"generator\"]", ("losses", "game", "trains"), ["generator"]),
        ("losses.game.weight={ type = 'Ramp', steps = 3 }", ("losses", "game", "weight", "steps"), 3),
        ("networks.generator.optimizer.lr=1", ("networks", "generator", "optimizer"), {"type": "Adam", "lr": 1}),
        ("networks.discriminator.optimizer.lr=1", ("networks", "discriminator", "optimizer", "type"), "Adam"),
        ("networks.generator.ema=0.9", ("networks", "generator", "ema"), 0.9),
        ("losses.r1=R1", ("losses", "r1"), "R1"),
        ("losses.r1.type=R1", ("losses", "r1"), {"type": "R1"}),
        ("hooks.samples.every=5", ("hooks", "samples"), {"every": 5}),
        ("device.type=cuda:1", ("device",), {"type": "cuda:1"}),
        ("vars.\"my name\"=true", ("vars", "my name"), True),
        ("run.keep_best=a = b", ("run", "keep_best"), "a = b"),
        ("run.steps=True", ("run", "steps"), "True"),
        ("run.steps=.5", ("run", "steps"), ".5"),
    ],
)  # fmt: skip
def test_a_value_is_toml_or_a_bare_word(item, path, value):
    tree = applied(item)
    for part in path:
        tree = tree[part]
    assert tree == value


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("run.seed", "--set run.seed: expected KEY=VALUE, such as run.seed=3"),
        ("run.seed=", "--set run.seed=: a value is missing"),
        ("=3", "--set =3: '' is no dotted path"),
        ("run..seed=3", "'run..seed' is no dotted path, such as losses.r1.weight"),
        ("run seed=3", "'run seed' is no dotted path"),
        ("run.x=1\nseed=3", "is no TOML value"),
        ("run.x=[1, 2", "'[1, 2' is no TOML value"),
        ("run.x='a", "is no TOML value"),
        ("run.x=1e400", "a number must be finite"),
        ("run.x=1979-05-27", "no dates and times"),
        ("run.x=[1, nan]", "a number must be finite"),
        (
            "networks.generator.layers.0.out_features=3",
            "networks.generator.layers.0.out_features: 'networks.generator.layers' is a list, and its items have no "
            "path; give the value a name in [vars]",
        ),
        ("networks.gen.ema=0.9", "networks.gen.ema: there is no 'gen' in [networks]; there are generator, discr"),
        ("networks.generators.ema=0.9", "there is no 'generators' in [networks]; did you mean 'generator'?"),
        ("losses.r1.weight=5", "losses.r1.weight: there is no 'r1' in [losses]; there are game"),
        ("losses.gam=false", "there is no 'gam' in [losses]; did you mean 'game'?"),
        ("latents.w.size=3", "there is no 'w' in [latents]; there are z"),
    ],
)
def test_what_leads_nowhere_is_refused_with_its_text(item, expected):
    with pytest.raises(SpecError) as raised:
        applied(item)
    assert expected in str(raised.value)


def test_all_wrong_overrides_are_told_at_once():
    with pytest.raises(SpecError) as raised:
        applied("run.seed", "losses.r1.weight=5", "run.steps=7")
    assert len(raised.value.errors) == 2


def test_later_overrides_win_and_see_earlier_ones():
    tree = applied("run.seed=1", "run.seed=2", "losses.r1.type=R1", "losses.r1.weight=5")
    assert (tree["run"]["seed"], tree["losses"]["r1"]) == (2, {"type": "R1", "weight": 5})


def test_false_removes_a_named_table():
    assert "losses" in applied("losses.game=false")
    assert applied("losses.game=false")["losses"] == {}
    assert applied("hooks.samples=false")["hooks"] == {"samples": False}


def test_overridden_values_stand_at_the_text_of_the_override(write):
    spec = read(write(SMALL), ["run.seed=3", "losses.game.weight=2"])
    assert str(spec.run["seed"].place) == "--set run.seed=3"
    assert spec.losses["game"].weight.place == Place("--set losses.game.weight=2")
    assert spec.problems == []


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("run.sede=3", "--set run.sede=3: run.sede: unknown key 'sede'; did you mean 'seed'?"),
        ("rum.seed=3", "--set rum.seed=3: rum: unknown key 'rum'; did you mean 'run'?"),
        ("networks.generator.emma=3", "--set networks.generator.emma=3: networks.generator.emma: unknown key 'emma'"),
        ("vars.n=3", "--set vars.n=3: vars.n: nothing reads '$n'"),
        ("extends=b.toml", "--set extends=b.toml: extends: unknown key 'extends'; it stands in a spec's file"),
        ("format=2", "--set format=2: format: format 2 needs a newer ganframe"),
        ("networks.generator.trained_with=discriminator", "has an optimizer of its own or is trained with another"),
    ],
)
def test_an_override_that_nothing_reads_is_an_error(faults, item, expected):
    found = faults(SMALL, [item])
    if item == "run.steps.x=3":
        return
    assert len(found) == 1
    assert expected in found[0]


def test_a_run_key_that_every_phase_has_is_read_by_nothing(faults):
    phases = SMALL + "[phases.one]\nsteps = 3\n[phases.two]\nsteps = 4\n"
    assert faults(phases, ["run.steps=9"]) == [
        "--set run.steps=9: run.steps: every phase has `steps` of its own: set phases.one.steps and phases.two.steps"
    ]
    assert faults(phases, ["run.batch_size=9", "phases.one.steps=9"]) == []


def test_python_values_are_taken_as_they_are(write, tmp_path):
    spec = read(write(SMALL), {
        "run.seed": 3, "data.path": Path("x"), "losses.game.weight": 0.5, "data.size": 64,
        "networks.generator.inputs": ("z",), "run.keep_best": "1", "metrics.m": {"type": "Modes", "every": 2},
    })  # fmt: skip
    assert (spec.run["seed"].value, spec.run["keep_best"].value) == (3, "1")
    assert spec.data.options["path"].value == "x"
    assert spec.networks["generator"].inputs[0].value == "z"
    assert spec.metrics["m"].every.value == 2
    assert str(spec.run["seed"].place) == "override run.seed=3"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"run.seed": None}, "expected a TOML value, not NoneType"),
        ({"run.seed": object()}, "expected a TOML value, not object"),
        ({"run.seed": float("nan")}, "a number must be finite"),
        ({"run.seed": 2**63}, "an integer must lie between"),
        ({"run seed": 1}, "'run seed' is no dotted path"),
    ],
)
def test_python_values_that_no_spec_can_hold(write, given, expected):
    with pytest.raises(SpecError, match=expected):
        read(write(SMALL), given)


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_override_escapes_as_another_exception(key, value):
    try:
        applied(f"{key}={value}")
    except SpecError as error:
        assert error.errors
