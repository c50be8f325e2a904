"""The carried judge and the metrics that ask it."""

from __future__ import annotations

import math
import sys

import pytest
import torch
from ganframe_image.data import Digits, StackedDigits
from ganframe_image.data.digits import digits
from ganframe_image.judge import DigitsClassifier, DigitsFeatures, train
from ganframe_image.judge.network import body, head, stored
from ganframe_image.metrics import ClassAccuracy, Confidence, StackedModes
from safetensors.torch import load, load_file, save_file
from torch import nn

from ganframe import Field, Shape, component

CPU = torch.device("cpu")
SHAPE = Shape((1, 8, 8))


def test_the_judge_has_the_weights_it_is_said_to_have() -> None:
    tensors = load(stored())
    net = nn.ModuleDict({"body": body(), "head": head()})
    assert sum(t.numel() for name, t in tensors.items() if name != "scale") == 72_842
    assert {n: t.shape for n, t in net.state_dict().items()} == {n: t.shape for n, t in tensors.items() if n != "scale"}


@torch.no_grad()
def test_it_reads_digits_it_has_not_seen() -> None:
    classifier = DigitsClassifier().build(SHAPE).eval()
    right = {}
    for part in ("test", "all"):
        images, codes = digits(part)
        right[part] = float((classifier(images).argmax(1) == codes).double().mean())
    assert right["test"] >= 0.98 and right["all"] >= 0.995


@torch.no_grad()
def test_features_of_the_real_digits_have_variance_100() -> None:
    features = DigitsFeatures().build(SHAPE).eval()(digits()[0])
    assert features.shape == (1797, 64) and (features >= 0).all()
    assert float(features.double().var(0).sum()) == pytest.approx(100, rel=1e-4)


@pytest.mark.parametrize(("size", "channels"), [(16, 1), (32, 3), ((24, 20), 1)])
def test_it_reads_other_sizes_and_colour(size, channels) -> None:
    data = Digits(size=size, channels=channels).open()
    meter = ClassAccuracy().build(data.fields(), data.facts(), CPU)
    rows = data.batch(torch.arange(500))
    meter.update(rows, rows)
    assert meter.compute()["accuracy"] > 0.97
    assert meter.protocol["resize"].startswith("area ") and meter.protocol["n"] == "500"


@pytest.mark.parametrize("shape", [(8, 8), (2, 8, 8)])
def test_it_refuses_what_is_no_picture(shape) -> None:
    with pytest.raises(ValueError, match="reads pictures"):
        DigitsClassifier().build(Shape(shape))


def test_the_script_that_made_it_makes_one(tmp_path, monkeypatch, capsys) -> None:
    threads = torch.get_num_threads()
    monkeypatch.setattr(train, "EPOCHS", 5)
    monkeypatch.setattr(sys, "argv", ["train", str(tmp_path / "j.safetensors"), "--seed", "3"])
    try:
        with torch.random.fork_rng():
            train.main()
    finally:
        torch.set_num_threads(threads)
    made, carried = load_file(tmp_path / "j.safetensors"), load(stored())
    assert {n: t.shape for n, t in made.items()} == {n: t.shape for n, t in carried.items()}
    said = capsys.readouterr().out
    assert float(said.split("test digits: ")[1].split()[0]) > 0.93 and "72842" in said
    x, _ = digits("test")
    other, own = (DigitsFeatures(weights=w).build(SHAPE) for w in (tmp_path / "j.safetensors", None))
    assert other.fingerprint != own.fingerprint and not torch.allclose(other(x), own(x))
    assert torch.equal(other.scale, made["scale"])


def test_a_file_that_is_no_judge_is_refused(tmp_path) -> None:
    save_file({"body.0.weight": torch.zeros(1)}, tmp_path / "a.safetensors")
    (tmp_path / "b.safetensors").write_bytes(b"no")
    for name in ("a", "b"):
        with pytest.raises(ValueError, match=rf"{name}.safetensors is no file of a judge"):
            DigitsClassifier(weights=tmp_path / f"{name}.safetensors").build(SHAPE)
    with pytest.raises(FileNotFoundError, match="there is no file"):
        DigitsFeatures(weights=tmp_path / "c.safetensors").build(SHAPE)


# Metrics


@component
class Told:
    """A classifier of 3 classes that says what the first three pixels say."""

    def build(self, x):
        return nn.Sequential(nn.Flatten(), Head())


class Head(nn.Module):
    def forward(self, x):
        return x[:, :3].clone()


FIELDS = {"x": Field((1, 2, 2)), "label": Field((3,))}


def told(*shares: tuple[float, float, float]) -> torch.Tensor:
    """Pictures that Told reads with these probabilities."""
    logits = torch.tensor(shares).log()
    return torch.cat([logits, torch.zeros(len(shares), 1)], 1).view(-1, 1, 2, 2)


def test_accuracy_counts_what_is_read_as_asked() -> None:
    x = told((0.8, 0.1, 0.1), (0.2, 0.5, 0.3), (0.2, 0.2, 0.6), (0.4, 0.35, 0.25))
    label = torch.eye(3)[[0, 1, 0, 1]]
    meter = ClassAccuracy(classifier=Told()).build(FIELDS, {}, CPU)
    meter.update({}, {"x": x[:3], "label": label[:3]})
    meter.update({}, {"x": x[3:], "label": label[3:]})
    assert meter.compute() == {"accuracy": 0.5}
    assert meter.protocol["classifier"] == "Told" and meter.protocol["shape"] == "1x2x2 -> 3" and meter.protocol["n"] == "4"


def test_confidence_counts_sure_readings() -> None:
    x = told((0.95, 0.03, 0.02), (0.05, 0.04, 0.91), (0.89, 0.06, 0.05), (0.4, 0.3, 0.3))
    for above, sure in ((0.9, 0.5), (0.85, 0.75), (0.0, 1.0)):
        meter = Confidence(above=above, classifier=Told()).build(FIELDS, {}, CPU)
        meter.update({}, {"x": x})
        assert meter.compute() == {"sure": sure}


def test_metrics_that_do_not_fit_the_data_are_refused() -> None:
    with pytest.raises(ValueError, match="no field 'label'; fields: x"):
        ClassAccuracy(classifier=Told()).build({"x": FIELDS["x"]}, {}, CPU)
    with pytest.raises(ValueError, match=r"'label' has shape \(3,\), but the classifier knows 10 classes"):
        ClassAccuracy().build({"x": Field((1, 8, 8)), "label": Field((3,))}, {}, CPU)
    with pytest.raises(ValueError, match="no field 'y'"):
        Confidence(field="y").build(FIELDS, {}, CPU)
    with pytest.raises(ValueError, match="no samples"):
        Confidence().build({"x": Field((1, 8, 8))}, {}, CPU).compute()


def test_building_a_metric_draws_no_numbers() -> None:
    before = torch.get_rng_state()
    ClassAccuracy().build({"x": Field((1, 8, 8)), "label": Field((10,))}, {}, CPU)
    assert torch.equal(before, torch.get_rng_state())


def test_stacked_modes_by_hand() -> None:
    zero, one, two = (told(tuple(0.8 if i == c else 0.1 for i in range(3)))[0, 0] for c in range(3))
    fake = torch.stack([torch.stack(pair) for pair in ((zero, one), (zero, one), (one, zero), (two, two))])
    meter = StackedModes(classifier=Told()).build({"x": Field((2, 2, 2))}, {}, CPU)
    meter.update({}, {"x": fake})
    found = meter.compute()
    assert found["modes"] == 3, "(0, 1) and (1, 0) are two"
    assert found["kl"] == pytest.approx(0.5 * math.log(0.5 * 9) + 2 * 0.25 * math.log(0.25 * 9))


def test_stacked_digits_have_all_their_modes() -> None:
    data = StackedDigits(rows=12_000, seed=5).open()
    meter = StackedModes().build(data.fields(), data.facts(), CPU)
    for part in torch.arange(12_000).split(4000):
        meter.update({}, data.batch(part, None))
    found = meter.compute()
    assert found["modes"] >= 998
    assert found["kl"] == pytest.approx(1000 / (2 * 12_000), abs=0.01), "that of 12,000 equal draws"
