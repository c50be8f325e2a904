"""The zoo: every shipped spec has the published sizes, on the data's facts and on small data; small variants train."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import attrs
import pytest
import tomli
import torch

from ganframe import device, train
from ganframe.component import Field
from ganframe.model import Model
from ganframe.parts import Facts
from ganframe.plan import Plan, frequencies, plan
from ganframe.sample import Sampler
from ganframe.trainer import Trainer
from tests.toy import registry
from tests.zoo import adult
from tests.zoo_training import GOALS, SMALL, figures, missed, quiet, single

ROOT = Path(__file__).parent.parent.parent / "specs"
FULL = {path.stem: path for path in sorted(ROOT.glob("*.toml"))}
#: Networks whose sizes others print, but which are no recipes of ours.
PUBLISHED = {path.stem: path for path in sorted((Path(__file__).parent / "published").glob("*.toml"))}
COUNTS: dict[str, dict[str, Any]] = tomli.loads((Path(__file__).parent / "counts.toml").read_text(encoding="utf-8"))
DIGITS = tuple("0123456789")


def picture(channels: int, size: int) -> Field:
    """A field of pictures."""
    return Field((channels, size, size), view="picture", range=(-1.0, 1.0))


def label(classes: int) -> Field:
    """A field of classes."""
    return Field((classes,), names=DIGITS[:classes])


def written(length: int, vocabulary: int) -> Facts:
    """Facts of texts of that many words."""
    tokens = Field((length,), dtype="int64", view="text")
    fields = {"x": Field((length, vocabulary), view="text"), "shifted": tokens, "mask": Field((length,), dtype="bool")}
    return Facts(fields, {"length": length, "vocabulary": vocabulary, "padding": 0, "begin": 1})


COLOUR = {"channels": 3, "source_channels": 3, "classes": 10}
SPOKEN = {"channels": 1, "sample_rate": 16000, "length": 16384}
#: What data that do not come along say of themselves, by their type; those that come along are opened.
FACTS: dict[str, Any] = {
    "CIFAR10": lambda o: Facts({"x": picture(3, 32), "label": label(10)}, COLOUR),
    "IDX": lambda o: Facts({"x": picture(1, 28), "label": label(10)}, {"channels": 1, "classes": 10}),
    "ImageFolder": lambda o: Facts({"x": picture(3, o["size"].value), "label": label(5)}, {**COLOUR, "classes": 5}),
    "PairedFolder": lambda o: Facts({"x": picture(3, 256), "a": picture(3, 256)}, COLOUR),
    "GraphFile": lambda o: Facts({"x": Field((9, 9, 4), view="graph"), "nodes": Field((9, 5))}, {}),
    "PointClouds": lambda o: Facts({"x": Field((o["points"].value, 3), view="cloud")}, {}),
    "VideoFolder": lambda o: Facts({"x": Field((3, o["frames"].value, 64, 64), view="video")}, COLOUR),
    "AudioFolder": lambda o: Facts({"x": Field((1, o["length"].value), view="audio", range=(-1.0, 1.0))}, SPOKEN),
    "MelSpectrograms": lambda o: Facts({"x": picture(1, o["mels"].value)}, SPOKEN),
    "Series": lambda o: Facts({"x": Field((o["length"].value, 6), view="series")}, {"length": 24, "channels": 6}),
    "Table": lambda o: adult(),
    "Text": lambda o: written(o["length"].value, o["max_vocabulary"].value),
    "SuperResolution": lambda o: Facts({"x": picture(3, 96), "a": picture(3, 24)}, COLOUR),
    "Masked": lambda o: Facts({"x": picture(3, 128), "a": picture(3, 128), "mask": picture(1, 128)}, COLOUR),
    "UnpairedFolders": lambda o: Facts({"a": picture(3, 256), "b": picture(3, 256)}, COLOUR),
}


def planned(path: Path) -> Plan:
    """The plan of a spec on the facts of its data alone."""
    spec = quiet(path)
    assert spec.data is not None
    facts = FACTS.get(str(spec.data.type.value))
    return plan(spec, registry(), facts and facts(spec.data.options))


def trained(made: Plan, steps: int) -> Trainer:
    """A trainer after some steps of each phase: what has an owner moved, nothing else did, all losses are finite."""
    place = device.choose(attrs.evolve(made.parts.device, type="cpu", threads=1, precision="float32"))
    ready = Trainer(Model(made, place))
    before = {n: {k: v.clone() for k, v in net.state_dict().items()} for n, net in ready.networks.items()}
    for step in (phase.begin + k for phase in made.parts.phases for k in range(steps)):
        ready.step(step)
    after = {n: net.state_dict() for n, net in ready.networks.items()}
    moved = {n for n, kept in before.items() if any(not torch.equal(v, after[n][k]) for k, v in kept.items())}
    assert moved == {n for n, owner in made.roles.owner.items() if owner is not None}
    assert all(math.isfinite(value) for value in ready.values().values())
    return ready


def test_every_spec_has_counts() -> None:
    assert set(COUNTS) == set(FULL) | set(PUBLISHED)


@pytest.mark.parametrize("name", [*FULL, *PUBLISHED])
def test_sizes(name: str) -> None:
    made = planned(FULL.get(name) or PUBLISHED[name])
    found = {n: made.parameters(n) for n in made.networks}
    assert found == COUNTS[name]["networks"]
    for networks, count in COUNTS[name].get("published", {}).items():
        assert sum(found[n] for n in networks.split(" + ")) == count, COUNTS[name]["source"]
    assert not made.spec.warnings


@pytest.mark.parametrize("name", FULL)
def test_the_header_says_what_it_is(name: str) -> None:
    lines = FULL[name].read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#:schema ../ganframe.schema.json"
    assert lines[1].startswith("# ")


def test_every_small_variant_has_goals_and_extends_its_like() -> None:
    assert set(GOALS) == set(SMALL)
    for name, path in SMALL.items():
        assert f'\nextends = "../{name}.toml"\n' in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SMALL)
def test_a_small_variant_trains(name: str) -> None:
    made = plan(quiet(SMALL[name]), registry())
    assert not made.spec.warnings
    ready = trained(made, 3)
    parts = made.parts
    assert parts.data is not None
    for field, values in Sampler(ready.model, parts.data, frequencies(parts.data, parts.fields)).draw(2).items():
        assert bool(values.isfinite().all()), field


@pytest.mark.parametrize("name", SMALL)
def test_a_small_variant_is_on_its_way(name: str, tmp_path: Path) -> None:
    bounds, seen = GOALS[name]["first"], []

    def stop() -> str:
        return "seen" if seen and seen[0].figures else ""

    train(single(SMALL[name]), tmp_path / "run", begin=seen.append, should_stop=stop)
    assert not missed(figures(tmp_path / "run", bounds)[0], bounds)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", SMALL)
def test_a_small_variant_learns(name: str, tmp_path: Path) -> None:
    train(single(SMALL[name]), tmp_path / "run")
    for row, bounds in ((0, GOALS[name]["first"]), (-1, GOALS[name]["last"])):
        assert not missed(figures(tmp_path / "run", bounds)[row], bounds)
