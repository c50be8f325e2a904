"""What the engine does not do: keep tensors of past turns, store an activation twice, draw numbers nobody needs."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch

from tests.toy import sampler, trained, trainer

GAME = """
[run]
batch_size = 4
[data]
type = "Ring"
[latents.z]
type = "Normal"
size = 2
[networks.generator]
inputs = ["z"]
optimizer = "Adam"
layers = [LINES, { type = "Linear", out_features = 2 }]
[networks.discriminator]
inputs = ["x"]
optimizer = "Adam"
layers = [LINES, { type = "Linear", out_features = 1 }]
[losses.game]
type = "NonSaturating"
[losses.penalty]
type = "GradientPenalty"
"""
PLAIN = '{ type = "Linear", out_features = 3 }, "ReLU"'


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("extra", ["", "run.share_fake=true", "run.accumulate=2", "networks.discriminator.joint=true"])
def test_a_turn_s_tensors_are_free_when_the_next_begins(tmp_path, no_collector, extra) -> None:
    made = trained(tmp_path, GAME.replace("LINES", PLAIN), 2, [extra] if extra else [])
    kept = [weakref.ref(made.player.view().fake["x"]), weakref.ref(made.player.view().real["x"])]
    assert all(ref() is not None for ref in kept), "hooks see the last turn"
    made.step(2)
    assert [ref for ref in kept if ref() is not None] == []


def test_samples_leave_nothing_behind(tmp_path, no_collector) -> None:
    made = trainer(tmp_path, GAME.replace("LINES", PLAIN))
    draws = sampler(made)
    draws.draw(3)
    before = tensors()
    draws.draw(3)
    assert tensors() == before


def tensors():
    return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())


def test_a_pass_lets_go_of_what_no_later_layer_reads(tmp_path) -> None:
    made = trainer(tmp_path, GAME.replace("LINES", ", ".join([PLAIN] * 6)))
    network = made.model.networks["generator"]
    (program,) = {id(p): p for route in network.program(()).route.values() for p in route}.values()
    lines = [line for line in program.source.splitlines() if " = " in line]
    alive, most = set(program.inputs), 0
    for line in lines:
        made_here, _, rest = line.strip().partition(" = ")
        alive.add(made_here.removeprefix("v_"))
        most = max(most, len(alive))
        alive -= {name.removeprefix("v_") for name in rest.partition("; del ")[2].split(", ")}
    assert len(lines) == 13 and most == 3 and alive == {*program.inputs, *program.outputs}


@pytest.mark.parametrize(
    ("lines", "written"),
    [
        (PLAIN, "relu_("),
        ('{ type = "Linear", out_features = 3 }, "LeakyReLU"', "leaky_relu_("),
        ('{ type = "Linear", out_features = 3, parametrize = "SpectralNorm" }, "ReLU"', "relu_("),
        ('{ type = "Linear", out_features = 3 }, { type = "LeakyReLU", negative_slope = -0.1 }', "leaky_relu("),
        ('{ type = "Linear", out_features = 3 }, "Tanh", "ReLU"', "relu("),
        ('{ type = "Linear", out_features = 3, as = "h" }, "ReLU", { type = "Add", from = ["@h", "@last"] }', "relu("),
    ],
)
def test_an_activation_writes_over_what_nobody_else_reads(tmp_path, lines, written) -> None:
    network = trainer(tmp_path, GAME.replace("LINES", lines)).networks["discriminator"].eval()
    assert f" {written}" in network.program(()).pieces[0].source
    x = torch.randn(5, 2, requires_grad=True)
    for a, b in zip(twice(network, x), twice(network.graph_module(), x), strict=True):
        assert torch.equal(a, b)


def twice(network, x):
    """Output, gradient, and the gradient of the gradient's norm."""
    y = network(x)
    (gradient,) = torch.autograd.grad(y.square().sum(), x, create_graph=True)
    return y, gradient, *torch.autograd.grad(gradient.square().sum(), list(network.parameters()), allow_unused=False)


@pytest.mark.parametrize(
    ("line", "random"),
    [(PLAIN, False), (f"{PLAIN}, 'Dropout'".replace("'", '"'), True), (f'{PLAIN}, {{ type = "PixelNorm" }}', True)],
)
def test_which_networks_may_draw_random_numbers(tmp_path, line, random) -> None:
    assert trainer(tmp_path, GAME.replace("LINES", line)).networks["generator"].random is random
