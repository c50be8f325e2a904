"""The table of the shipped specs is current, the names in it run, and what the small variants reached is their goal."""

from __future__ import annotations

import re

import pytest
import torch
from ganframe_gan.metrics.frechet import FrechetDistance
from ganframe_image.data.digits import Digits
from ganframe_image.judge.layers import DigitsFeatures

from ganframe.cli.specs import shipped
from tests.zoo import BEGIN, END, PAGE, main, small, table
from tests.zoo_training import GOALS, LIMIT, REACHED, SMALL, missed, reached


def test_the_table_is_current() -> None:
    text = PAGE.read_text(encoding="utf-8")
    found = text.split(BEGIN)[1].split(END)[0].strip().splitlines()
    assert found == table().strip().splitlines(), "write it again: python -m tests.zoo"


def test_measured_specs_are_shipped() -> None:
    measured = re.findall(r"^\| `([\w-]+)` \|", PAGE.read_text(encoding="utf-8"), re.M)
    assert measured and set(measured) <= set(shipped()) - set(SMALL)


def test_every_small_variant_has_been_trained() -> None:
    untrained = sorted(set(SMALL) - set(reached()))
    assert not untrained, f"python -m tests.zoo --train {' '.join(untrained)}"
    assert set(reached()) == set(SMALL)


@pytest.mark.parametrize("name", reached())
def test_what_was_reached_is_the_goal_and_in_time(name: str) -> None:
    found = reached()[name]
    assert found["figures"].keys() == GOALS[name]["last"].keys()
    assert not missed(found["figures"], GOALS[name]["last"])
    assert found["seconds"] < LIMIT
    assert found["steps"] > 0


def test_goals_of_digits_lie_beyond_independent_pixels_and_the_mean() -> None:
    data = Digits().open()
    x = data.batch(torch.arange(len(data)), torch.Generator())["x"]
    rng = torch.Generator().manual_seed(0)
    pixels = [column[torch.randperm(len(x), generator=rng)] for column in x.flatten(1).T]
    distances = []
    for fake in (torch.stack(pixels, 1).view_as(x), x.mean(0, keepdim=True).expand_as(x)):
        meter = FrechetDistance(features=DigitsFeatures()).build(data.fields(), data.facts(), torch.device("cpu"))
        meter.update({"x": x}, {"x": fake})
        distances.append(meter.compute()["distance"])
    assert [round(distance) for distance in distances] == [31, 147]
    judged = [name for name, path in SMALL.items() if 'features = "DigitsFeatures"' in path.read_text(encoding="utf-8")]
    asked = {name: GOALS[name]["last"]["fd.distance"] for name in judged if "fd.distance" in GOALS[name]["last"]}
    assert asked and all(bound < distances[0] for bound in asked.values()), asked


def test_training_writes_the_record_and_the_table(tmp_path, monkeypatch) -> None:
    records, page = tmp_path / "reached.toml", tmp_path / "README.md"
    page.write_text(f"before\n{BEGIN}\n{END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr("tests.zoo_training.REACHED", records)
    monkeypatch.setattr("tests.zoo.PAGE", page)
    monkeypatch.setattr("tests.zoo.table", lambda: small("wgan", reached()) + "\n")
    monkeypatch.setitem(SMALL, "wgan", quick(tmp_path))
    monkeypatch.setitem(GOALS, "wgan", {"last": {"fd.distance": 0.001}})
    told = main(["--train", "wgan"])
    found = reached()
    assert told.startswith("wgan: fd.distance") and told.endswith("not 0.001")
    assert set(found) == {"wgan"} and found["wgan"]["steps"] == 2
    assert f"[fd {found['wgan']['figures']['fd.distance']:.3g}](small/wgan.toml), " in page.read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8").endswith("after\n")
    assert records != REACHED


def quick(folder):
    """Small WGAN for two steps."""
    path = folder / "wgan.toml"
    text = f'extends = "{SMALL["wgan"].as_posix()}"\n[run]\nsteps = 2\n[metrics.fd]\nevery = 2\nsamples = 100\n'
    path.write_text(text, encoding="utf-8")
    return path
