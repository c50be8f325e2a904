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
from ganframe.model import Model
from ganframe.plan import Plan, frequencies, plan
from ganframe.sample import Sampler
from ganframe.trainer import Trainer
from tests.toy import registry
from tests.zoo_data import planned
from tests.zoo_training import GOALS, SMALL, figures, missed, quiet, single

ROOT = Path(__file__).parent.parent.parent / "specs"
FULL = {path.stem: path for path in sorted(ROOT.glob("*.toml"))}
#: Networks whose sizes others print, but which are no recipes of ours.
PUBLISHED = {path.stem: path for path in sorted((Path(__file__).parent / "published").glob("*.toml"))}
COUNTS: dict[str, dict[str, Any]] = tomli.loads((Path(__file__).parent / "counts.toml").read_text(encoding="utf-8"))


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
