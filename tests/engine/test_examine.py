"""Looking into a game: gradients that are right, and a run that never knew; the Jacobian of networks whose own is known."""

import json

import pytest
import torch
from torch.nn import functional as F

import ganframe
from ganframe.errors import SpecError
from ganframe.jacobian import jacobian
from tests.toy import NO_HOOKS, sampler, trained

GAME = """format = 1
[run]
steps = 4
batch_size = 16
[data]
type = "Ring"
rows = 64
[latents.z]
type = "Normal"
size = 3
[networks.generator]
inputs = ["z"]
ema = 0.5
optimizer = "Adam"
layers = [{ type = "Linear", out_features = 8 }, "BatchNorm1d", "ReLU", { type = "Dropout", p = 0.3 }, { type = "Linear", out_features = 2 }]
[networks.discriminator]
inputs = ["x"]
joint = true
parametrize = "SpectralNorm"
optimizer = "Adam"
layers = [{ type = "Linear", out_features = 8 }, "BatchNorm1d", "Tanh", { type = "Dropout", p = 0.2 }, { type = "Linear", out_features = 1 }]
[losses.game]
type = "NonSaturating"
[losses.r1]
type = "R1"
every = 3
[losses.pool]
type = "LeCam"
"""
PLAIN = """
[run]
steps = 3
batch_size = 8
[data]
type = "Ring"
rows = 64
[latents.z]
type = "Normal"
size = 3
[networks.generator]
inputs = ["z"]
optimizer = "Adam"
layers = [LAYERS{ type = "Linear", out_features = 2 }]
[networks.discriminator]
inputs = ["x"]
optimizer = "Adam"
layers = [{ type = "Linear", out_features = 4 }, "Tanh", { type = "Linear", out_features = 1 }]
[losses.game]
type = "NonSaturating"
[losses.r1]
type = "R1"
weight = 2.0
every = 5
"""


def train(folder, name, text):
    path = folder / f"{name}.toml"
    path.write_text(text)
    return ganframe.train(ganframe.read_spec(path), folder / name)


def log(run):
    return [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]


def test_a_run_that_is_diagnosed_at_every_step_trains_the_same_bits(tmp_path):
    hook = '\n[hooks.look]\ntype = "Diagnose"\nevery = 1\nsamples = 32\n'
    plain, watched = (train(tmp_path, n, GAME + NO_HOOKS + more) for n, more in (("plain", ""), ("watched", hook)))
    one, other = plain.model.tensors(), watched.model.tensors()
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
    assert all(torch.equal(v, watched.trainer.states[n][k]) for n, it in plain.trainer.states.items() for k, v in it.items())
    last = log(plain)[-1]
    lines = log(watched)
    assert last.items() - {("seconds", last["seconds"])} <= lines[-1].items()
    assert [line["step"] for line in lines] == [1, 2, 3, 4]
    assert all(0 <= line["look.accuracy_real"] <= 1 and line["look.gradients_generator"] > 0 for line in lines)


def test_everything_is_put_back(tmp_path):
    run = train(tmp_path, "run", GAME + NO_HOOKS)
    for p in run.networks["discriminator"].parameters():
        p.requires_grad_(False)

    def everything():
        nets = [run.networks[n] for n in sorted(run.networks)]
        return (
            [b.clone() for n in nets for b in n.buffers()], [m.training for n in nets for m in n.modules()],
            [p.requires_grad for n in nets for p in n.parameters()], torch.get_rng_state(), run.trainer.values(),
            [p.grad is None or p.grad.clone() for n in nets for p in n.parameters()],
        )

    before = everything()
    with pytest.raises(ZeroDivisionError), run.examine() as examination:
        game = examination.game(run.data.batch(torch.arange(16)))
        assert game.gradients("discriminator").keys() == {"discriminator"}
        torch.rand(3)
        raise ZeroDivisionError
    for one, other in zip(before, everything(), strict=True):
        assert torch.equal(one, other) if isinstance(one, torch.Tensor) else str(one) == str(other)


def test_gradients_are_those_of_the_losses_with_their_weights(tmp_path):
    run = train(tmp_path, "run", "format = 1\n" + PLAIN.replace("LAYERS", "") + NO_HOOKS)
    with run.examine() as examination:
        game = examination.game(run.data.batch(torch.arange(8)), 3)
        g, d = examination.trainer.networks["generator"], examination.trainer.networks["discriminator"]
        step = game.step("discriminator", "generator", "discriminator")
        z, real = step.fake["z"], run.data.batch(torch.arange(8))["x"].requires_grad_()
        found = game.gradients("discriminator")["discriminator"]
        (slope,) = torch.autograd.grad(d(real).sum(), real, create_graph=True)
        loss = F.softplus(-d(real)).mean() + F.softplus(d(g(z).detach())).mean() + slope.square().sum(1).mean()
        own = dict(d.named_parameters())
        for name, value in zip(own, torch.autograd.grad(loss, own.values(), allow_unused=True), strict=True):
            torch.testing.assert_close(found[name], value)
        wanted = game.gradients("generator")["generator"]
        own = dict(g.named_parameters())
        for name, value in zip(own, torch.autograd.grad(F.softplus(-d(g(z))).mean(), own.values()), strict=True):
            torch.testing.assert_close(wanted[name], value)
        step = game.step("generator", "generator", "discriminator")
        (toward,) = game.toward(step)
        x = step.fake["x"].detach().requires_grad_()
        torch.testing.assert_close(toward, torch.autograd.grad(F.softplus(-d(x)).mean(), x)[0])
        assert game.losses("generator")["game.generator"] == pytest.approx(F.softplus(-d(x)).mean().item())


def test_the_jacobian_of_linear_and_of_curved_networks(tmp_path):
    made = trained(tmp_path, PLAIN.replace("LAYERS", ""), 2)
    weight = made.networks["generator"].get_parameter("Linear_0.weight").detach()
    found = jacobian(sampler(made), rows=2)
    assert found.name == "z"
    torch.testing.assert_close(found.values, torch.linalg.svdvals(weight).expand(2, 2))
    curved = trained(tmp_path, PLAIN.replace("LAYERS", '{ type = "Linear", out_features = 5 }, "Tanh", '), 2)
    draws = sampler(curved)
    z, net = draws.draw(3)["z"], curved.networks["generator"]
    own = [torch.linalg.svdvals(torch.autograd.functional.jacobian(lambda r: net(r[None])[0], row)) for row in z]
    torch.testing.assert_close(jacobian(draws, rows=3).values, torch.stack(own))


def test_data_without_parts_has_none_held_out(tmp_path):
    run = train(tmp_path, "run", "format = 1\n" + PLAIN.replace("LAYERS", "") + NO_HOOKS)
    with pytest.raises(SpecError, match="no split 'test'"):
        run.held_out()
