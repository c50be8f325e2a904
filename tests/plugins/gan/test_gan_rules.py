"""Rules that samples must obey, by hand; and the metric that says how much they are broken."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from ganframe_gan.losses import Attribute, Hinge, MeanMatches, Perceptual, Range, Symmetry, TotalVariation
from ganframe_gan.metrics import Violation
from torch.nn import functional as F

import ganframe


def test_range_is_how_far_values_lie_outside():
    x = torch.tensor([[-3.0, 0.0], [1.0, 2.5]])
    assert float(Range(input="fake.x", low=-1, high=1).term(x)) == (2 + 0 + 0 + 1.5) / 4
    assert float(Range(input="fake.x", low=-1.0).term(x)) == 2 / 4
    assert float(Range(input="fake.x", high=2.0).term(x)) == 0.5 / 4
    with pytest.raises(ValueError, match="'low' and 'high' are both left out"):
        Range(input="fake.x")
    with pytest.raises(ValueError, match="'low' = 2 is above 'high' = 1"):
        Range(input="fake.x", low=2.0, high=1.0)


def test_mean_matches_asks_nothing_of_a_single_row():
    x, y = torch.tensor([[0.0, 4.0], [2.0, 0.0]]), torch.tensor([[1.0, 5.0], [1.0, 1.0], [1.0, 0.0]])
    assert float(MeanMatches(input="fake.x", target="real.x").term(x, y)) == 0.0
    assert float(MeanMatches(input="fake.x", value=3.0).term(x)) == (2**2 + 1**2) / 2
    for wrong in ({}, {"target": "real.x", "value": 1.0}):
        with pytest.raises(ValueError, match="one of 'value' and 'target'"):
            MeanMatches(input="fake.x", **wrong)


def test_symmetry_along_an_axis():
    x = torch.tensor([[[1.0, 2.0], [3.0, 2.0]]])
    assert float(Symmetry(input="fake.x").term(x)) == (1 + 1 + 1 + 1) / 4
    assert float(Symmetry(input="fake.x", dim=1).term(x)) == (4 + 0 + 4 + 0) / 4
    for dim in (0, 3, -3):
        with pytest.raises(ValueError, match=f"'dim' = {dim} is no axis"):
            Symmetry(input="fake.x", dim=dim).term(x)


def test_total_variation_of_vectors_series_and_pictures():
    picture = torch.tensor([[[[0.0, 1.0], [3.0, 3.0]]]])  # across: 1 and 0; down: 3 and 2
    assert float(TotalVariation(input="fake.x").term(picture)) == 0.5 + 2.5
    assert float(TotalVariation(input="fake.x", most=2.5).term(picture)) == 0.5
    assert float(TotalVariation(input="fake.x", most=4.0).term(picture)) == 0
    assert float(TotalVariation(input="fake.x").term(torch.tensor([[0.0, 2.0, 1.0]]))) == 1.5
    channels = torch.tensor([[[0.0, 0.0], [9.0, 9.0]]])
    assert float(TotalVariation(input="fake.x").term(channels)) == 0, "channels are no neighbours"
    with pytest.raises(ValueError, match="no neighbours"):
        TotalVariation(input="fake.x").term(torch.zeros(3, 1))


def test_attribute_of_one_class_is_cross_entropy():
    logits = torch.tensor([[2.0, 0.0, -1.0], [0.0, 0.0, 0.0]])
    label = F.one_hot(torch.tensor([1, 2]), 3).float()
    asked = Attribute(input="fake.reader", label="fake.label").term(logits, label)
    torch.testing.assert_close(asked, F.cross_entropy(logits, label))
    torch.testing.assert_close(
        Attribute(input="fake.reader", says=(0,)).term(logits), F.cross_entropy(logits, torch.tensor([0, 0]))
    )


def test_attribute_of_several_classes_adds_their_probabilities_and_stops_where_it_is_sure():
    logits = torch.log(torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]]))
    either = Attribute(input="fake.reader", says=(0, 1)).term(logits)
    assert float(either) == pytest.approx(-(math.log(0.8) + math.log(0.2)) / 2)
    bounded = Attribute(input="fake.reader", says=(0, 1), sure=0.6).term(logits)
    assert float(bounded) == pytest.approx(math.log(0.6 / 0.2) / 2)


@pytest.mark.parametrize(("options", "given", "said"), [
    ({}, None, "one of 'says' and 'label'"),
    ({"says": (1,), "label": "fake.label"}, None, "one of 'says' and 'label'"),
    ({"says": (3,)}, (torch.zeros(2, 3),), "needs logits"),
    ({"label": "fake.label"}, (torch.zeros(2, 3), torch.zeros(2, 4)), "names other classes"),
])  # fmt: skip
def test_attributes_that_cannot_be(options, given, said):
    with pytest.raises(ValueError, match=said):
        Attribute(input="fake.reader", **options).term(*given)


def violation(rule, **tensors):
    meter = Violation(rule=rule).build({}, {}, torch.device("cpu"))
    for part in range(2):
        meter.update(**{name: value.chunk(2)[part] for name, value in tensors.items()})
    return meter.compute()


def test_violation_is_the_rule_over_all_samples_beside_the_real_rows():
    x, y = torch.tensor([[0.0], [4.0]]), torch.tensor([[2.0], [2.0]])
    rule = MeanMatches(input="fake.x", target="real.x")
    assert Violation(rule=rule).tensors() == {
        "input": "fake.x", "target": "real.x", "real_input": "real.x", "real_target": "real.x",
    }  # fmt: skip
    found = violation(rule, input=x, target=y, real_input=y, real_target=y)
    assert found == {"violation": 0.0, "real": 0.0}, "the mean of the means of two batches would be 4"


def test_violation_without_a_fake_batch_has_nothing_beside_it():
    rule = Range(input="again.x", high=0.0)
    assert Violation(rule=rule).tensors() == {"input": "again.x"}
    assert violation(rule, input=torch.tensor([[1.0], [-1.0]])) == {"violation": 0.5}


def test_violation_takes_losses_of_named_tensors_only():
    with pytest.raises(ValueError, match="Hinge plays a game"):
        Violation(rule=Hinge())
    with pytest.raises(ValueError, match="Perceptual also reads 'step'"):
        Violation(rule=Perceptual(input="fake.f", target="real.f"))


SPECS = Path(__file__).parents[3] / "specs"
QUIET = {f"hooks.{name}": False for name in ("progress", "samples", "watch", "report")}


def test_a_run_measures_a_rule_about_what_a_network_makes_of_samples_and_of_the_data(tmp_path):
    short = {"run.steps": 2, "device.threads": 1, "metrics.outside.every": 2}
    short |= {"metrics.fd": False, "metrics.diversity": False}
    run = ganframe.train(ganframe.read_spec(SPECS / "rule-range.toml", {**QUIET, **short}), tmp_path / "run")
    real = run.data.batch(torch.arange(len(run.data)))["x"].mean((1, 2, 3)).double()
    wanted = Range(input="fake.x", low=-0.479, high=-0.305).term(real)
    assert run.figures["outside.real"] == pytest.approx(float(wanted), abs=1e-6)
    made = Range(input="fake.x", low=-0.479, high=-0.305).term(run.sample(len(run.data)).mean((1, 2, 3)))
    assert run.figures["outside.violation"] == pytest.approx(float(made), abs=1e-6)
    assert run.figures["outside.violation"] != run.figures["outside.real"]
    assert run.protocols["outside"]["rule"] == "Range of fake.ink"


def test_a_rule_about_what_is_not_there_is_refused():
    wrong = {"metrics.outside.rule.input": "fake.inc"}
    with pytest.raises(ganframe.SpecError, match="metrics.outside.*unknown name 'inc'.*did you mean 'ink'"):
        ganframe.build(ganframe.read_spec(SPECS / "rule-range.toml", {**QUIET, **wrong}))


READER = """
[networks.reader]
inputs = ["x"]
layers = ["Flatten", { type = "Linear", out_features = 10 }]
"""
TAUGHT = f"""format = 1
[run]
steps = 30
batch_size = 64
[data]
type = "Digits"
{READER}
optimizer = {{ type = "Adam", lr = 0.01 }}
[losses.reading]
type = "CrossEntropyLoss"
input = "real.reader"
target = "real.label"
"""
RULED = f"""format = 1
[run]
steps = 40
batch_size = 32
[data]
type = "Digits"
[latents.z]
type = "Normal"
size = 8
{READER}
weights = "taught"
[networks.generator]
inputs = ["z"]
optimizer = {{ type = "Adam", lr = 0.01 }}
layers = [{{ type = "Linear", out_features = 64 }}, "Tanh", {{ type = "Unflatten", dim = 1, unflattened_size = [1, 8, 8] }}]
[losses.three]
type = "Attribute"
input = "fake.reader"
says = [3]
"""


def test_a_classifier_that_another_spec_has_trained_teaches_and_does_not_learn(tmp_path):
    for name, text in (("taught", TAUGHT), ("ruled", RULED)):
        (tmp_path / f"{name}.toml").write_text(text)
        spec = ganframe.read_spec(tmp_path / f"{name}.toml", {**QUIET, "device.threads": 1})
        run = ganframe.train(spec, tmp_path / name)
    taught = ganframe.open_run(tmp_path / "taught").networks["reader"].state_dict()
    kept = run.networks["reader"].state_dict()
    assert all(torch.equal(taught[name], kept[name]) for name in taught)
    with torch.no_grad():
        read = run.networks["reader"](run.sample(100)).argmax(1)
    assert float((read == 3).double().mean()) > 0.9
