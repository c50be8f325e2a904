"""Watch: what a look tells, which sentence follows, and that nothing changes by it."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from ganframe_gan.hooks import Watch
from ganframe_gan.hooks.looks import looks, separation, spread
from torch import Tensor, nn

from ganframe import read_spec, train
from tests.plugins.gan.run_stand_in import StandIn

ROWS = 64


@pytest.fixture
def run(tmp_path: Path) -> StandIn:
    made = StandIn(tmp_path)
    made.plan = SimpleNamespace(parts=SimpleNamespace(losses={}))
    return made


def rows(mean: float = 0.0, std: float = 1.0) -> Tensor:
    """64 rows of two numbers, evenly spread."""
    return mean + std * torch.linspace(-1, 1, ROWS)[:, None].repeat(1, 2)


def step(
    real: Tensor, fake: Tensor, x: Tensor | None = None, made: Tensor | None = None, grad: float = 1.0, names: str = "gd"
) -> Any:
    """A step of one pair with these logits, rows and gradients."""
    networks = {name: nn.Linear(1, 1, bias=False) for name in names}
    for network in networks.values():
        network.weight.grad = torch.full((1, 1), grad)
    one = SimpleNamespace(
        generator=names[0], discriminator=names[1], judged_names=("x",), networks=networks,
        real={"x": rows() if x is None else x, names[1]: real}, fake={"x": rows() if made is None else made, names[1]: fake},
    )  # fmt: skip
    one.pairs = (one,)
    return one


def column(*ends: float) -> Tensor:
    return torch.linspace(*ends, ROWS)[:, None]


EVEN = step(column(-1, 1.5), column(-1.5, 1))
WON = step(column(1, 2), column(-2, -1))
ALIKE = step(column(-1, 1), column(-1, 1), made=rows(3.0, 0.001))
WIDE = step(column(-1, 1), column(-1, 1), made=rows(0.0, 9.0))
DEAD = step(torch.full((ROWS, 1), 0.5), torch.full((ROWS, 1), 0.5))
STILL = step(column(-1, 1), column(-1, 1), grad=0.0)


def said(run: StandIn, capsys: pytest.CaptureFixture[str], *steps: Any, patience: int = 4, every: int = 500) -> list[str]:
    """What is printed over some looks."""
    watch = Watch(patience=patience)
    for run.step, one in enumerate(steps, 1):
        run.step *= every
        watch.on_step(run, one)
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize(("fault", "sentence"), [
    (WON, "the d separates everything (accuracy 1.00 for 2000 steps); try R1, a lower lr or augmentation"),
    (ALIKE, "the samples of the g all look alike (0.1 % of the real spread for 2000 steps); "
            "try R1, a lower lr or an earlier checkpoint"),
    (WIDE, "the samples of the g are too wide (9.0 times the real spread for 2000 steps); "
           "end it with Tanh for pictures, or try a lower lr"),
    (DEAD, "the d gives every row the same number (for 2000 steps); "
           "its units may have died: try LeakyReLU or a lower lr"),
    (STILL, "the g has no gradient to learn from (norm 0 for 2000 steps); "
            "try R1, a lower lr of the discriminator or another loss"),
])  # fmt: skip
def test_each_fault_has_its_sentence(
    run: StandIn, fault: Any, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(run, capsys, *[fault] * 5) == [f"step 2000: {sentence}"]


def test_an_even_game_is_left_alone(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(run, capsys, *[EVEN] * 20, patience=1) == []


def test_gradients_that_run_away(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    steps = [step(column(-1, 1), column(-1, 1), grad=grad) for grad in (*[1.0] * 9, 300.0, 300.0)]
    assert said(run, capsys, *steps, patience=2) == [
        "step 5500: the gradients of the g have run away (300 times their usual norm for 1000 steps); "
        "try run.clip_grad_norm or a lower lr"
    ]


def test_a_discriminator_that_is_saturated(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    flat = step(column(-1, 1.5), column(-1.5, 1))
    flat.networks["d"].weight.grad.zero_()
    assert said(run, capsys, *[flat] * 4) == [
        "step 2000: the gradient of the d is exactly zero (for 2000 steps); "
        "its loss is saturated: try R1, a lower lr or another loss"
    ]


def test_a_fault_must_last(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(run, capsys, *[WON, WON, WON, EVEN] * 5) == []
    assert said(run, capsys, EVEN, EVEN, WON, WON, patience=2)[0].startswith("step 2000: the d separates everything (ac")


def test_one_sentence_in_a_thousand_steps_and_ever_more_rarely(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(run, capsys, *[WON] * 400, patience=4, every=10)
    assert [line.split(":")[0] for line in lines] == ["step 40", "step 1040", "step 2080"]
    both = step(column(1, 2), column(-2, -1), made=rows(3.0, 0.001))
    lines = said(run, capsys, *[both] * 300, patience=4, every=10)
    assert [line.split(" (")[0] for line in lines] == [
        "step 40: the samples of the g all look alike", "step 1040: the samples of the g all look alike",
        "step 2040: the d separates everything",
    ]  # fmt: skip


def test_a_critic_is_meant_to_separate(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    run.losses = {"critic.discriminator": -0.5, "critic.generator": 1.0}
    assert said(run, capsys, *[WON] * 5) == []


def test_a_penalty_that_is_there_is_to_be_larger(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    losses = {"game": SimpleNamespace(differentiates=()), "slope": SimpleNamespace(differentiates=("real",))}
    run.plan.parts.losses = {name: SimpleNamespace(component=loss) for name, loss in losses.items()}
    assert said(run, capsys, *[WON] * 4)[0].endswith("; try a larger losses.slope.weight, a lower lr or augmentation")


def test_a_step_without_a_turn(run: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    alone = SimpleNamespace(networks={}, pairs=())
    assert said(run, capsys, None, alone, patience=1) == []


def test_what_a_look_measures() -> None:
    (look,) = looks(step(column(0, 4), column(-2, 2), made=rows(5.0, 0.5), grad=3.0))
    assert look.accuracy == pytest.approx(0.75, abs=0.02) and look.overlap == pytest.approx(0.125, abs=0.02)
    assert look.spread == pytest.approx(0.5) and look.gradients == {"g": 3.0, "d": 3.0} and not look.equal


def test_what_cannot_be_told() -> None:
    accuracy, overlap, equal = separation(None, torch.zeros(9))
    assert math.isnan(accuracy) and math.isnan(overlap) and not equal
    assert math.isnan(spread(torch.zeros(64, 2), rows()))
    assert math.isnan(spread(torch.zeros(64, 2, dtype=torch.int64), rows()))
    (few,) = looks(step(column(1, 2)[:4], column(-2, -1)[:4], rows()[:4], rows()[:4]))
    assert math.isnan(few.accuracy) and math.isnan(few.spread)
    (rebuilt,) = looks(step(rows(3), rows(-3)))  # an autoencoder as judge
    assert math.isnan(rebuilt.accuracy)
    (patches,) = looks(step(column(1, 2).view(-1, 1, 1, 1).repeat(1, 1, 3, 3), column(-2, -1).view(-1, 1, 1, 1).repeat(1, 1, 3, 3)))
    assert patches.accuracy == 1.0


GAME = """format = 1
[run]
steps = {steps}
batch_size = 16
[device]
type = "cpu"
threads = 1
[data]
type = "Ring"
rows = 100
[latents.z]
type = "Normal"
size = 2
[networks.generator]
inputs = ["z"]
optimizer = {{ type = "Adam", lr = {lr} }}
layers = [{{ type = "Linear", out_features = 16 }}, "BatchNorm1d", "ReLU", {{ type = "Linear", out_features = 2 }}]
[networks.discriminator]
inputs = ["x"]
parametrize = {norm}
optimizer = {{ type = "Adam", lr = 0.02 }}
layers = [{{ type = "Linear", out_features = 32 }}, {between} "ReLU", {{ type = "Linear", out_features = 1 }}]
[losses.game]
type = "NonSaturating"
[hooks]
progress = false
samples = false
report = false
watch = {watch}
"""


def game(folder: Path, name: str, **said: Any) -> Any:
    path = folder / f"{name}.toml"
    path.write_text(GAME.format(**said))
    return train(read_spec(path), folder / name)


def test_a_run_is_the_same_with_and_without(tmp_path: Path) -> None:
    moved = {"steps": 12, "lr": 0.01, "norm": '"SpectralNorm"', "between": '"BatchNorm1d", { type = "Dropout" },'}
    one = game(tmp_path, "with", **moved, watch='{ type = "Watch", every = 1 }').model.tensors()
    two = game(tmp_path, "without", **moved, watch="false").model.tensors()
    assert one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


def test_a_real_game_that_is_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    game(tmp_path, "lost", steps=400, lr=0.0, norm="false", between="", watch='{ type = "Watch", every = 10 }')
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("step ") and ": the discriminator separates everything (accuracy 1.00 for " in line
    assert line.endswith(" steps); try R1, a lower lr or augmentation")
