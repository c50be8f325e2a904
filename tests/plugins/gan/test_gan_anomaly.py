"""The area under the ROC curve, against scikit-learn and by hand, alone and through a run."""

from __future__ import annotations

import pytest
import torch
from ganframe_gan.metrics import AnomalyAUC
from ganframe_gan.metrics.anomaly import area
from sklearn.metrics import roc_auc_score

import ganframe
from ganframe import Field, SpecError
from ganframe.testing import Violation, check

CPU = torch.device("cpu")
FIELDS = {"x": Field((3,)), "label": Field((3,), names=("fine", "torn", "wet"))}


def points(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("ties", [False, True])
def test_the_area_is_that_of_scikit_learn(ties) -> None:
    odd, usual = points(0, 57).double() + 0.6, points(1, 83).double()
    if ties:
        odd, usual = odd.round(), usual.round()
    truth = [1] * len(odd) + [0] * len(usual)
    assert area(odd, usual) == pytest.approx(roc_auc_score(truth, torch.cat([odd, usual])), abs=1e-12)


def test_the_area_by_hand() -> None:
    one = torch.tensor
    assert area(one([3.0, 1.0]), one([2.0, 0.0])) == 0.75
    assert area(one([1.0]), one([1.0, 1.0, 0.0])) == pytest.approx((0.5 + 0.5 + 1) / 3)


def meter(metric, batches):
    made = metric.build(FIELDS, {}, CPU)
    for codes, tensors in batches:
        made.update({"label": torch.eye(3)[codes]}, **tensors)
    return made


def test_the_score_is_the_rebuilding_error_with_that_of_the_features() -> None:
    codes = torch.tensor([0, 1, 2, 0, 2, 0, 1, 0])
    x, made, f, g = points(2, 8, 2, 4), points(3, 8, 2, 4), points(4, 8, 5), points(5, 8, 5)
    options = {"input": "rebuilt.x", "target": "real.x", "input_features": "rebuilt.f", "target_features": "real.f"}
    metric = AnomalyAUC(anomalies=("torn", "wet"), kappa=0.3, **options)
    whole = {"input": made, "target": x, "input_features": g, "target_features": f}
    halves = [(codes[part], {n: t[part] for n, t in whole.items()}) for part in (slice(0, 3), slice(3, 8))]
    found = meter(metric, halves)
    score = [float(((made[i] - x[i]) ** 2).sum() / 8 + 0.3 * ((g[i] - f[i]) ** 2).sum() / 5) for i in range(8)]
    assert found.compute()["auc"] == pytest.approx(roc_auc_score(codes > 0, score))
    told = found.protocol
    assert told["n"] == "4 odd, 4 usual" and told["odd"] == "torn wet"
    assert told["score"] == "rebuilt.x - real.x + 0.3 x rebuilt.f - real.f"


def test_a_critic_alone_scores_by_its_sign() -> None:
    codes, logits = torch.tensor([0, 0, 1, 2, 0]), points(6, 5, 1)
    metric = AnomalyAUC(anomalies=("wet",), input="real.discriminator", sign=-1)
    assert meter(metric, [(codes, {"input": logits})]).compute()["auc"] == roc_auc_score(codes == 2, -logits[:, 0])


def test_what_cannot_be_told() -> None:
    with pytest.raises(ValueError, match="no class 'dry'; classes: fine, torn, wet"):
        AnomalyAUC(anomalies=("dry",), input="real.x").build(FIELDS, {}, CPU)
    with pytest.raises(ValueError, match="'anomalies' names no class"):
        AnomalyAUC(anomalies=(), input="real.x").build(FIELDS, {}, CPU)
    with pytest.raises(ValueError, match="no field 'kind'"):
        AnomalyAUC(anomalies=("wet",), input="real.x", label="kind").build(FIELDS, {}, CPU)
    with pytest.raises(ValueError, match="go together"):
        AnomalyAUC(anomalies=("wet",), input="a.x", target="real.x", input_features="a.f")
    one = AnomalyAUC(anomalies=("wet",), input="real.x")
    with pytest.raises(ValueError, match="0 of 2 rows are of the classes wet; both are needed"):
        meter(one, [(torch.tensor([0, 1]), {"input": points(7, 2, 3)})]).compute()
    with pytest.raises(ValueError, match="no rows"):
        meter(one, []).compute()


SPEC = """
format = 1
[run]
steps = 2
batch_size = 8
[data]
type = "Digits"
split = "train"
sampler = { type = "Weighted", weights = [1, 1, 1, 1, 1, 1, 1, 1, 1, 0] }
[latents.z]
type = "Normal"
size = 4
[networks.generator]
inputs = ["z"]
ema = 0.5
optimizer = "Adam"
layers = [{ type = "Linear", out_features = 64 }, "Tanh", { type = "Unflatten", dim = 1, unflattened_size = [1, 8, 8] }]
[networks.discriminator]
inputs = ["x"]
optimizer = "Adam"
layers = ["Flatten", { type = "Linear", out_features = 6, as = "features" }, "ReLU", { type = "Linear", out_features = 1 }]
[networks.encoder]
inputs = ["x"]
makes = "real.z"
optimizer = "Adam"
layers = ["Flatten", { type = "Linear", out_features = 4 }]
[batches.rebuilt]
x = "real.generator"
[losses.adversarial]
type = "NonSaturating"
[losses.image]
type = "MSELoss"
input = "rebuilt.x"
target = "real.x"
trains = ["encoder"]
[metrics.anomaly]
type = "AnomalyAUC"
every = 2
samples = 360
split = "test"
anomalies = ["9"]
input = "rebuilt.x"
target = "real.x"
input_features = "rebuilt.discriminator.features"
target_features = "real.discriminator.features"
[hooks]
progress = false
samples = false
report = false
watch = false
"""


def test_in_a_run_it_scores_the_rows_of_its_split(tmp_path) -> None:
    (tmp_path / "it.toml").write_text(SPEC)
    run = ganframe.train(ganframe.read_spec(tmp_path / "it.toml"), tmp_path / "run")
    nets, rows = run.networks, ganframe_digits("test")
    with torch.no_grad():
        rebuilt = nets["generator_ema"](nets["encoder"](rows["x"]))
        first = [nets["discriminator"].get_submodule("features")(x.flatten(1)) for x in (rebuilt, rows["x"])]
        score = (rebuilt - rows["x"]).square().flatten(1).mean(1) + (first[0] - first[1]).square().mean(1)
    truth = rows["label"].argmax(1) == 9
    assert run.figures["anomaly.auc"] == pytest.approx(roc_auc_score(truth, score), abs=1e-4)
    assert run.protocols["anomaly"]["n"] == f"{int(truth.sum())} odd, {int((~truth).sum())} usual"
    assert run.protocols["anomaly"]["split"] == "test"


def ganframe_digits(split):
    from ganframe_image.data import Digits

    data = Digits(split=split).open()
    return data.batch(torch.arange(len(data)), torch.Generator())


@pytest.mark.parametrize(("was", "now", "told"), [
    ('input = "rebuilt.x"\ntarget = "real.x"\ninput', 'input = "rebilt.x"\ntarget = "real.x"\ninput', "no batch 'rebilt'"),
    ('"real.discriminator.features"', '"real.discriminator.feature"', "binds no wire 'feature'"),
    ('anomalies = ["9"]', 'anomalies = ["10"]', "'AnomalyAUC' cannot judge this data: no class '10'"),
])
def test_check_says_what_it_cannot_read(tmp_path, was, now, told) -> None:
    (tmp_path / "it.toml").write_text(SPEC.replace(was, now))
    with pytest.raises(SpecError, match=told) as fault:
        ganframe.build(ganframe.read_spec(tmp_path / "it.toml"))
    assert len(fault.value.errors) == 1 and "metrics.anomaly" in str(fault.value)


def test_a_fake_batch_needs_a_generator(tmp_path) -> None:
    start, _, rest = SPEC.partition("[networks.generator]")
    text = start + "[networks.encoder]" + rest.partition("[networks.encoder]")[2]
    text = text.replace('[batches.rebuilt]\nx = "real.generator"\n', "").replace('makes = "real.z"\n', "")
    text = text.replace('[losses.adversarial]\ntype = "NonSaturating"\n', "")
    text = text.replace('input = "rebuilt.x"\ntarget = "real.x"\ntrains', 'input = "real.encoder"\ntarget = "real.z"\ntrains')
    head = text.partition("input_features")[0].replace('input = "rebuilt.x"', 'input = "fake.x"')
    (tmp_path / "it.toml").write_text(head + "[hooks]" + text.partition("[hooks]")[2])
    with pytest.raises(SpecError, match="metrics.anomaly.input: hangs on a fake batch, and no network makes anything"):
        ganframe.build(ganframe.read_spec(tmp_path / "it.toml"))


def test_the_kit_wants_the_shapes_of_a_metrics_tensors() -> None:
    class Bare(AnomalyAUC):
        """The same without shapes."""

        examples = ({"options": {"anomalies": ("d",), "input": "real.x"}},)

    with pytest.raises(Violation, match=r"its wires have no shapes: add them to `examples`, such as \{'input': \(5,\)\}"):
        check(ganframe.component(Bare))
