"""`resolved.toml`: the same run as one file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from fake_stock import KINDS, Flip, Stock
from hypothesis import given
from hypothesis import strategies as st
from resolving import plain, resolve_all
from spec_texts import SMALL, SPECS

from ganframe.component import component, option
from ganframe.parts import resolve
from ganframe.registry import discover
from ganframe.spec.dump import resolved
from ganframe.spec.emit import emit
from ganframe.spec.read import read


@pytest.fixture(scope="module")
def installed():
    return discover()


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_resolved_spec_means_the_same(path, installed, tmp_path):
    spec = read(path)
    text = resolved(spec, installed)
    assert tomllib.loads(text)["format"] == 1
    (tmp_path / "run").mkdir()
    again_path = tmp_path / "run" / "resolved.toml"
    again_path.write_text(text)
    again = read(again_path)
    assert [str(p) for p in again.problems] == []
    before, problems = resolve_all(spec, installed)
    after, problems_after = resolve_all(again, installed)
    assert {key: after[key] for key in before} == before
    assert [p.message for p in problems_after] == [p.message for p in problems]
    assert resolved(again, installed) == text


def bare(found, written, inside=False):
    """Lines without the defaults of components that stand in them, which are written out there and nowhere else."""
    if isinstance(found, list) and isinstance(written, list) and len(found) == len(written):
        return [bare(*pair, inside) for pair in zip(found, written, strict=True)]
    if isinstance(found, dict) and isinstance(written, dict) and found.get("type") == written.get("type"):
        kept = {key: value for key, value in found.items() if key in written or not inside}
        return {key: bare(value, written.get(key), True) for key, value in kept.items()}
    return found


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_lines_blocks_and_batches_stay_as_written(path, installed, tmp_path):
    spec = read(path)
    tree = tomllib.loads(resolved(spec, installed))
    blocks = {n: [line.plain() for line in b.node.value["layers"].value] for n, b in spec.blocks.items()}
    networks = {n: [line.plain() for line in t.node.value["layers"].value] for n, t in spec.networks.items()}
    assert {n: bare(b.get("layers"), blocks[n]) for n, b in tree.get("blocks", {}).items()} == blocks
    assert {n: bare(t["layers"], networks[n]) for n, t in tree["networks"].items()} == networks
    assert list(tree.get("phases", {})) == list(spec.phases)
    assert list(tree["losses"]) == list(spec.losses)


@pytest.mark.parametrize("name", ["digits", "ring", "grid25", "tutorial"])
def test_the_engine_makes_the_same_parts_of_a_resolved_spec(name, installed, tmp_path):
    spec = read(Path(__file__).parents[2] / "specs" / f"{name}.toml")
    again = tmp_path / "resolved.toml"
    again.write_text(resolved(spec, installed))
    before, after = resolve(spec, installed), resolve(read(again), installed)
    assert [(*timed(w), w.samples, w.split) for w in after.metrics] == [
        (*timed(w), w.samples, w.split) for w in before.metrics
    ]
    assert [timed(w) for w in after.hooks] == [timed(w) for w in before.hooks]
    assert {n: (loss.weight, loss.every) for n, loss in after.losses.items()} == {
        n: (loss.weight, loss.every) for n, loss in before.losses.items()
    }
    assert [plain(stretch.options) for stretch in after.phases] == [plain(stretch.options) for stretch in before.phases]
    assert (plain(after.sample), plain(after.sampler)) == (plain(before.sample), plain(before.sampler))


def timed(watcher):
    return watcher.name, plain(watcher.component), watcher.every


FULL = SMALL.replace("steps = 10", 'steps = "$n"') + """
[vars]
n = 7
[metrics.m]
type = "Modes"
every = 5
[hooks]
watch = false
[sample]
ema = false
latents.z = { type = "Normal", size = 8, std = 0.5 }
[about]
license = "MIT"
"""


def tree_of(write, text, overrides=(), stock=None, **kwargs) -> dict[str, Any]:
    return tomllib.loads(resolved(read(write(text), overrides), stock or Stock(), **kwargs))


def test_every_default_is_said(write, tmp_path):
    tree = tree_of(write, FULL, ["run.seed=4"], device={"type": "cpu", "threads": 3})
    assert "vars" not in tree
    assert (tree["run"]["steps"], tree["run"]["seed"], tree["run"]["batch_size"]) == (7, 4, 64)
    assert (tree["device"]["type"], tree["device"]["threads"], tree["device"]["precision"]) == ("cpu", 3, "float32")
    assert tree["data"] == {"type": "ImageFolder", "size": 32, "more": [], "path": str(tmp_path / "pictures")}
    assert tree["latents"]["z"] == {"type": "Normal", "std": 1.0, "size": 8}
    assert tree["losses"]["game"] == {
        "type": "NonSaturating", "symmetric": False, "weight": 1.0, "every": 1, "fake": "fake",
    }  # fmt: skip
    assert tree["metrics"]["m"] == {
        "type": "Modes", "radius": 0.1, "every": 5, "samples": 2048, "split": "train",
    }  # fmt: skip
    assert tree["hooks"] == {"samples": {"type": "SampleGrid", "columns": 8, "every": 1}, "watch": False}
    assert tree["sample"]["ema"] is False
    assert tree["sample"]["latents"]["z"] == {"type": "Normal", "std": 0.5, "size": 8}
    assert tree["about"] == {"license": "MIT"}
    generator, discriminator = tree["networks"].values()
    assert discriminator["optimizer"] == {"type": "Adam", "lr": 1e-3, "betas": [0.9, 0.999], "amsgrad": False}
    assert (discriminator["joint"], "joint" in generator) == (False, False)
    assert generator["defaults"] == {"Linear": {"bias": True}}
    assert generator["layers"] == [{"type": "Linear", "out_features": 4}, "ReLU"]


def test_written_defaults_stand_over_the_components_own(write):
    own = "defaults.Linear = { bias = false, init = false }\ndefaults.Conv2d = { stride = 2 }"
    tree = tree_of(write, SMALL.replace('inputs = ["x"]', f'inputs = ["x"]\n{own}'))
    assert tree["networks"]["discriminator"]["defaults"] == {
        "Conv2d": {"stride": 2}, "Linear": {"bias": False, "init": False},
    }  # fmt: skip


def test_layers_of_blocks_and_parameters_have_their_defaults_in_the_network(write):
    tree = tree_of(write, SMALL.replace('"ReLU"]', '{ type = "B", act = { type = "LeakyReLU" } }]') + """
[blocks.B]
params = { act = "Dropout" }
layers = ["$act", "C"]
[blocks.C]
layers = []
shortcut = ["BatchNorm2d"]
""")  # fmt: skip
    assert set(tree["networks"]["generator"]["defaults"]) == {"BatchNorm2d", "Dropout", "LeakyReLU", "Linear"}
    assert set(tree["networks"]["discriminator"]["defaults"]) == {"Linear"}


def test_what_was_switched_off_stays_off(write):
    text = SMALL.replace('inputs = ["x"]', 'inputs = ["x"]\njudges = false\ninit = false\nema = false')
    network = tree_of(write, text)["networks"]["discriminator"]
    assert (network["judges"], network["ema"]) == (False, False)
    assert "init" not in network


@component
class Pretrained:
    """Reads a file."""

    file: Path = option(doc="where")
    files: tuple[Path, ...] = option((), "more")
    inner: Any = option(Flip(p=0.25), "a component", kind="augmentation")
    table: dict[str, int] = option({"a": 1}, "numbers")
    unsaid: int | None = option(None, "nothing")

    def build(self, x): ...


STOCK = Stock({**KINDS, "layer": (*KINDS["layer"], Pretrained)})


def test_paths_are_absolute_wherever_they_stand(write, tmp_path):
    write(SMALL.replace('inputs = ["x"]', 'inputs = ["x"]\nweights = "old/run"') + """
[blocks.Inner]
params = { f = "i.st" }
layers = [{ type = "Pretrained", file = "$f" }]
[blocks.Outer]
params = { g = "o.st", word = "w" }
layers = [{ type = "Inner", f = "$g" }, { type = "Pretrained", file = "b.st", files = ["c.st", "/d.st"] }]
""", "zoo/base.toml")  # fmt: skip
    child = """extends = "zoo/base.toml"
[networks.generator]
layers = [{ type = "Outer", g = "h.st", word = "w" }, { type = "Outer", for.g = ["x.st", "y.st"] }]
"""
    tree = tree_of(write, child, ["data.path=here"], STOCK)
    zoo = tmp_path / "zoo"
    assert tree["data"]["path"] == str(tmp_path / "here")
    assert tree["networks"]["discriminator"]["weights"] == str(zoo / "old/run")
    assert tree["blocks"]["Inner"]["params"] == {"f": str(zoo / "i.st")}
    assert tree["blocks"]["Outer"]["params"] == {"g": str(zoo / "o.st"), "word": "w"}
    assert tree["blocks"]["Outer"]["layers"] == [
        {"type": "Inner", "f": "$g"},
        {"type": "Pretrained", "file": str(zoo / "b.st"), "files": [str(zoo / "c.st"), "/d.st"]},
    ]
    assert tree["networks"]["generator"]["layers"] == [
        {"type": "Outer", "g": str(tmp_path / "h.st"), "word": "w"},
        {"type": "Outer", "for": {"g": [str(tmp_path / "x.st"), str(tmp_path / "y.st")]}},
    ]


def test_defaults_that_are_components_and_tables_are_written_out(write):
    tree = tree_of(write, SMALL.replace('"ReLU"]', '{ type = "Pretrained", file = "a" }]'), stock=STOCK)
    assert tree["networks"]["generator"]["defaults"]["Pretrained"] == {
        "files": [], "inner": {"type": "Flip", "p": 0.25}, "table": {"a": 1},
    }  # fmt: skip


def test_curves_and_facts_are_kept(write):
    text = SMALL.replace("size = 8", 'size = "$data.classes"').replace("lr = 2e-4", 'lr = { type = "Ramp", steps = 3 }')
    text = text.replace('type = "NonSaturating"', 'type = "R1"\nweight = "Flat"\nevery = 4\ntrains = ["discriminator"]')
    tree = tree_of(write, text)
    assert tree["latents"]["z"]["size"] == "$data.classes"
    assert tree["networks"]["generator"]["optimizer"]["lr"] == {
        "type": "Ramp", "start": 0.0, "end": 1.0, "begin": 0, "steps": 3,
    }  # fmt: skip
    assert tree["losses"]["game"] == {
        "type": "R1", "weight": {"type": "Flat"}, "every": 4, "fake": "fake", "trains": ["discriminator"],
    }  # fmt: skip


def test_what_no_registry_knows_stays_as_written(write):
    text = SMALL.replace('type = "NonSaturating"', 'type = "Mystery"\nx = 3').replace('"Adam"\nl', '"Odd"\nl')
    tree = tree_of(write, text)
    assert tree["losses"]["game"]["type"] == "Mystery"
    assert tree["losses"]["game"]["x"] == 3
    assert tree["networks"]["discriminator"]["optimizer"] == "Odd"


KEYS = st.text(max_size=4)
SCALARS = st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
SECTIONS = st.dictionaries(
    st.sampled_from(["losses", "networks", "run", "é"]), st.dictionaries(KEYS, VALUES, max_size=3)
)


@given(st.dictionaries(KEYS, SCALARS, max_size=2), SECTIONS)
def test_whatever_is_emitted_is_toml_1_0_of_the_same_value(loose, sections):
    document = {**loose, **sections}
    found = tomllib.loads(emit(document, ("losses", "networks")))
    named = {name: table for name, table in document.items() if table != {} or name not in ("losses", "networks")}
    assert found == named
