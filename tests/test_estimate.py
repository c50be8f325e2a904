"""What `check` says a spec would cost, against counts made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganframe import SpecError, estimate
from tests.toy import planned

TOY = """
[run]
batch_size = 10
[data]
type = "GaussianMixture"
rows = 10
[latents.z]
type = "Normal"
size = 3
[networks.generator]
inputs = ["z"]
optimizer = "Adam"
layers = [{ type = "Linear", out_features = 8 }, "ReLU", { type = "Linear", out_features = 1 }]
[networks.discriminator]
inputs = ["x"]
optimizer = "Adam"
layers = [{ type = "Linear", out_features = 16 }, "Tanh", { type = "Linear", out_features = 1 }]
[losses.game]
type = "NonSaturating"
"""
PENALTY = """
[losses.r1]
type = "R1"
"""
#: Numbers kept by one pass over a row: the input and every line's output.
GENERATOR, DISCRIMINATOR = 3 + 8 + 8 + 1, 1 + 16 + 16 + 1
#: Bytes of the real batch: ten rows of x and label.
BATCH = 10 * 4 * (1 + 2)
WEIGHTS = (3 * 8 + 8 + 8 + 1) + (16 + 16 + 16 + 1)


def test_flops_are_two_a_weight_and_row(tmp_path: Path) -> None:
    plan = planned(tmp_path, TOY)
    assert estimate.flops(plan, "generator") == 2 * (3 * 8 + 8)
    assert estimate.flops(plan, "discriminator") == 2 * (16 + 16)


def test_memory_of_a_plain_game(tmp_path: Path) -> None:
    memory = estimate.memory(planned(tmp_path, TOY))
    assert (memory.weights, memory.gradients, memory.optimizers) == (4 * WEIGHTS, 4 * WEIGHTS, 8 * WEIGHTS)
    assert memory.activations == 4 * 10 * (GENERATOR + 2 * DISCRIMINATOR) * 4 // 3 + BATCH
    assert memory.total == 16 * WEIGHTS + memory.activations


def test_memory_with_a_penalty_an_average_and_split_batches(tmp_path: Path) -> None:
    text = TOY.replace('inputs = ["z"]', 'inputs = ["z"]\nema = 0.9') + PENALTY
    memory = estimate.memory(planned(tmp_path, text))
    assert memory.weights == 4 * (WEIGHTS + 3 * 8 + 8 + 8 + 1)
    discriminators_turn = 2 * 2 * DISCRIMINATOR + 8 + 8
    assert memory.activations == 4 * 10 * discriminators_turn * 4 // 3 + BATCH
    split = estimate.memory(planned(tmp_path, text, ["run.accumulate=5"]))
    assert split.activations == 4 * 2 * discriminators_turn * 4 // 3 + BATCH


def test_what_cannot_fit_is_refused_at_the_network_that_asks_for_most(tmp_path: Path) -> None:
    plan = planned(tmp_path, TOY)
    estimate.check(plan, 10**6)
    with pytest.raises(SpecError, match=r"toy\.toml:\d+:\d+: networks\.discriminator: training would take about"):
        estimate.check(plan, 1000)


def test_the_fewest_parts_that_fit(tmp_path: Path) -> None:
    plan = planned(tmp_path, TOY)
    sizes = {parts: estimate.memory(plan, parts).total for parts in (1, 2, 5, 10)}
    assert list(sizes.values()) == sorted(set(sizes.values()), reverse=True)
    assert estimate.memory(planned(tmp_path, TOY.replace("10\n[data]", "10\naccumulate = 5\n[data]"))).total == sizes[5]
    assert [estimate.fit(plan, size) for size in sizes.values()] == [1, 2, 5, 10]
    assert estimate.fit(plan, sizes[1] - 1) == 2 and estimate.fit(plan, sizes[10] - 1) is None
    with pytest.raises(SpecError, match="run.accumulate = 5 would fit"):
        estimate.check(plan, sizes[5])
    with pytest.raises(SpecError, match="a smaller network is needed"):
        estimate.check(plan, sizes[10] - 1)
