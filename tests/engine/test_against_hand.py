"""The engine's steps against loops written by hand in plain PyTorch: the same bits."""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import nn

from ganframe import streams
from tests.toy import trainer

SPEC = """
[run]
batch_size = 16
seed = 5
[data]
type = "Ring"
[latents.z]
type = "Normal"
size = 3
[networks.generator]
inputs = ["z"]
ema = 0.9
optimizer = { type = "Adam", lr = 1e-3, betas = [0.5, 0.999] }
layers = [{ type = "Linear", out_features = 8 }, "BatchNorm1d", "ReLU", { type = "Linear", out_features = 2 }]
[networks.discriminator]
inputs = ["x"]
optimizer = { type = "RMSprop", lr = 1e-3 }
layers = [{ type = "Linear", out_features = 8 }, { type = "Tanh", as = "h" }, { type = "Linear", out_features = 1 }]
[losses.game]
type = "NonSaturating"
[losses.r1]
type = "R1"
weight = 0.3
every = 2
"""


class Hand:
    """Plain PyTorch networks with the engine's first weights, and its streams of numbers."""

    def __init__(self, made):
        self.made = made
        self.g = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
        self.d = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
        for mine, name in ((self.g, "generator"), (self.d, "discriminator")):
            for parameter, (_, value) in zip(mine.parameters(), made.networks[name].named_parameters(), strict=True):
                parameter.data.copy_(value)
        self.average = copy.deepcopy(self.g)
        self.og = torch.optim.Adam(self.g.parameters(), lr=1e-3, betas=(0.5, 0.999), fused=True)
        self.od = torch.optim.RMSprop(self.d.parameters(), lr=1e-3)
        self.position = 0

    def latent(self, step, turn, rows=16):
        return torch.randn(rows, 3, generator=streams.generator(5, "latent", "z", step, turn))

    def real(self):
        data, sampler = self.made.plan.parts.data, self.made.plan.parts.sampler
        order = sampler.order(data, 0, streams.generator(5, "sampler", 0))
        rows = order[self.position : self.position + 16]
        self.position += 16
        return data.batch(rows, torch.Generator())["x"]

    def same(self):
        ours = {n: dict(net.named_parameters()) for n, net in self.made.networks.items()}
        for mine, name in ((self.g, "generator"), (self.d, "discriminator")):
            for a, (key, b) in zip(mine.parameters(), ours[name].items(), strict=True):
                assert torch.equal(a, b), (name, key, (a - b).abs().max())
        twin = self.made.model.twins["generator_ema"]
        for a, b in zip(self.average.parameters(), twin.parameters(), strict=True):
            assert torch.equal(a, b)
        for key in ("running_mean", "running_var", "num_batches_tracked"):
            assert torch.equal(getattr(self.g[1], key), self.made.networks["generator"].state_dict()[f"BatchNorm1d_0.{key}"])
            assert torch.equal(getattr(self.g[1], key), twin.state_dict()[f"BatchNorm1d_0.{key}"])

    def discriminator(self, real, fake, step):
        real = real.requires_grad_(step % 2 == 0)
        logits = self.d(real)
        loss = F.softplus(-logits).mean() + F.softplus(self.d(fake.detach())).mean()
        if step % 2 == 0:
            (grad,) = torch.autograd.grad(logits.sum(), real, create_graph=True)
            loss = loss + 0.3 * 2 * grad.flatten(1).square().sum(1).mean() / 2
        self.od.zero_grad()
        loss.backward()
        self.od.step()

    def generator(self, fake):
        self.og.zero_grad()
        F.softplus(-self.d(fake)).mean().backward()
        self.og.step()

    @torch.no_grad()
    def move(self):
        for kept, live in zip(self.average.parameters(), self.g.parameters(), strict=True):
            kept.lerp_(live, 1.0 - 0.9)


def test_lazy_r1_ema_two_optimizers(tmp_path):
    made = trainer(tmp_path, SPEC)
    hand = Hand(made)
    for step in range(6):
        made.step(step)
        hand.discriminator(hand.real(), hand.g(hand.latent(step, 0)), step)
        hand.generator(hand.g(hand.latent(step, 1)))
        hand.move()
        hand.same()


def test_shared_fakes(tmp_path):
    made = trainer(tmp_path, SPEC, ["run.share_fake=true"])
    hand = Hand(made)
    for step in range(6):
        made.step(step)
        fake = hand.g(hand.latent(step, 0))
        hand.discriminator(hand.real(), fake, step)
        hand.generator(fake)
        hand.move()
        hand.same()


def test_three_discriminator_turns(tmp_path):
    made = trainer(tmp_path, SPEC, ["run.discriminator_steps=3"])
    hand = Hand(made)
    for step in range(4):
        made.step(step)
        for turn in range(3):
            hand.discriminator(hand.real(), hand.g(hand.latent(step, turn)), step)
        hand.generator(hand.g(hand.latent(step, 3)))
        hand.move()
        hand.same()


def test_clipping(tmp_path):
    made = trainer(tmp_path, SPEC, ["run.clip_grad_norm=0.01", "losses.r1=false"])
    hand = Hand(made)
    for step in range(3):
        made.step(step)
        hand.od.zero_grad()
        logits = hand.d(hand.real())
        (F.softplus(-logits).mean() + F.softplus(hand.d(hand.g(hand.latent(step, 0)).detach())).mean()).backward()
        nn.utils.clip_grad_norm_(hand.d.parameters(), 0.01)
        hand.od.step()
        hand.og.zero_grad()
        F.softplus(-hand.d(hand.g(hand.latent(step, 1)))).mean().backward()
        nn.utils.clip_grad_norm_(hand.g.parameters(), 0.01)
        hand.og.step()
        hand.move()
        hand.same()


def test_accumulation_without_batch_norm_equals_one_batch(tmp_path):
    plain = SPEC.replace('"BatchNorm1d", ', "").replace("RMSprop", "SGD").replace('"Adam", lr = 1e-3, betas = [0.5, 0.999]', '"SGD", lr = 1e-3')
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole = trainer(tmp_path / "a", plain)
    parts = trainer(tmp_path / "b", plain, ["run.accumulate=4"])
    for step in range(4):
        whole.step(step)
        parts.step(step)
    for name, network in whole.networks.items():
        for key, value in network.state_dict().items():
            assert torch.allclose(value, parts.networks[name].state_dict()[key], atol=1e-6), key
    for label, value in whole.values().items():
        assert abs(value - parts.values()[label]) < 1e-5


def test_straight_line_forward_has_the_bits_of_module_calls(tmp_path):
    made = trainer(tmp_path, SPEC)
    network = made.networks["generator"]
    x = torch.randn(16, 3)
    for mode in (True, False):
        network.train(mode)
        before = {k: v.clone() for k, v in network.state_dict().items()}
        straight = network(x)
        after = {k: v.clone() for k, v in network.state_dict().items()}
        network.load_state_dict(before)
        called = network.graph_module()(x)
        assert torch.equal(straight, called)
        assert all(torch.equal(after[k], v) for k, v in network.state_dict().items())
    assert "batch_norm(" in network.program(()).pieces[0].source


def test_same_seed_same_bits_other_seed_other_bits(tmp_path):
    def weights(name, overrides):
        folder = tmp_path / name
        folder.mkdir()
        made = trainer(folder, SPEC, overrides)
        for step in range(3):
            made.step(step)
        return made.networks["generator"].state_dict()["Linear_0.weight"]

    assert torch.equal(weights("a", ()), weights("b", ()))
    assert not torch.equal(weights("c", ()), weights("d", ["run.seed=6"]))
