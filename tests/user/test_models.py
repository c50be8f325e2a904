"""Models that no shipped spec has: each learns and samples, computes nothing twice, and is what one would write."""

from __future__ import annotations

import math
import re
from collections import Counter
from pathlib import Path

import pytest
import torch
from small_data import write
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

import ganframe
from ganframe import device, turn
from ganframe.model import Model
from ganframe.plan import plan
from ganframe.scene import Scene
from ganframe.spec.read import read
from ganframe.trainer import Trainer
from tests.toy import registry, sampler

SPECS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("specs/*.toml"))}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("user")
    write(made)
    return made


@pytest.fixture
def trainer(folder):
    def make(name):
        path = folder / f"{name}.toml"
        path.write_text(f"{SPECS[name]}\n[device]\nthreads = 1\n", encoding="utf-8")
        made = plan(read(path), registry())
        return Trainer(Model(made, device.choose(made.parts.device)))

    return make


@pytest.mark.parametrize("name", SPECS)
def test_it_learns_and_samples(trainer, name):
    made = trainer(name)
    before = {n: [p.clone() for p in net.parameters()] for n, net in made.networks.items()}
    for step in range(4):
        made.step(step)
    assert all(math.isfinite(value) for value in made.values().values())
    for network, parameters in made.networks.items():
        moved = [not torch.equal(p, q) for p, q in zip(parameters.parameters(), before[network], strict=True)]
        assert any(moved) == (made.plan.roles.side(network) is not None), network
    if not made.plan.names.made:
        return
    few, many = sampler(made).draw(3), sampler(made).draw(70)
    for key, value in many.items():
        assert value.isfinite().all()
        assert torch.equal(few[key], value[:3]), key


#: The passes that begin in each turn of a step, `NETWORK` or `NETWORK*TIMES`; a penalty's on a mixture is one.
PASSES = {
    "aae": "D judge*2 encoder | G encoder judge decoder",
    "acgan": "D discriminator*2 generator | G generator discriminator",
    "cycle3": "D ab bc ca jb*2 jc*2 ja*2 | G ab*2 bc*2 ca*2 ja jb jc",
    "dann": "G features*2 classifier domain*2",
    "fastgan": "D discriminator*2 generator | G generator discriminator",
    "gman": "D small*2 large*2 generator | G generator small large",
    "madgan": "D g1 g2 g3 discriminator*4 | G g1 g2 g3 discriminator*3",
    "msggan": "D pyramid discriminator*3 generator | G generator discriminator*2 pyramid",
    "pix2pix": "D discriminator*2 generator | G generator discriminator",
    "reacgan": "D discriminator*2 generator | G generator discriminator",
    "unrolled": "D discriminator*2 generator | G generator",
    "wgangp_ln": " | ".join(["D discriminator*3 generator"] * 3 + ["G generator discriminator"]),
}


@pytest.mark.parametrize("name", PASSES)
def test_each_network_runs_once_a_batch(trainer, name, monkeypatch):
    turns: list[tuple[str, Counter[str]]] = []
    begin, play = Scene.values, turn.Player.play

    def values(self, network, inputs):
        turns[-1][1][network] += 1
        return begin(self, network, inputs)

    def played(self, side, *rest):
        turns.append((side.name[0].upper(), Counter()))
        return play(self, side, *rest)

    made = trainer(name)
    made.step(0)
    monkeypatch.setattr(Scene, "values", values)
    monkeypatch.setattr(turn.Player, "play", played)
    made.step(1)
    wanted = []
    for text in PASSES[name].split(" | "):
        side, *networks = text.split()
        wanted.append((side, Counter({n: int(times or 1) for n, _, times in (w.partition("*") for w in networks)})))
    assert turns == wanted


def test_the_prior_of_an_adversarial_autoencoder_is_the_drawn_latent(trainer, monkeypatch):
    seen = []

    def played(self, side, due, make, *rest):
        (scene,) = make()
        encoded = made.networks["encoder"](scene.real["x"])
        seen.append((scene.real["z"], scene.latents.drawn["z"], scene.fake("encoder")["z"], encoded))

    made = trainer("aae")
    monkeypatch.setattr(turn.Player, "play", played)
    made.step(0)
    for real, drawn, fake, encoded in seen:
        assert torch.equal(real, drawn)
        assert torch.equal(fake, encoded)
    assert len(seen) == 2


def compare(mine: nn.Module, theirs: nn.Module, *inputs: torch.Tensor) -> None:
    """Weights across by order; the same bits in both modes and in what the passes leave behind, the same gradients."""
    ours, given = mine.state_dict(), theirs.state_dict()
    assert [tuple(v.shape) for v in ours.values()] == [tuple(v.shape) for v in given.values()]
    mine.load_state_dict(dict(zip(ours, given.values(), strict=True)))
    for training in (True, False):
        results = []
        for module in (mine.train(training), theirs.train(training)):
            torch.manual_seed(3)
            results.append(module(*inputs))
        assert torch.equal(*results)
        pairs = zip(mine.state_dict().values(), theirs.state_dict().values(), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)
    for module in (mine, theirs):
        module(*inputs).square().sum().backward()
    for (name, a), b in zip(mine.named_parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad, msg=name)  # where paths meet, autograd may add in another order


class ConditionalNorm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.gain = spectral_norm(nn.Linear(10, channels, bias=False))
        self.offset = spectral_norm(nn.Linear(10, channels, bias=False))

    def forward(self, x, y):
        return self.norm(x) * (1 + self.gain(y))[:, :, None, None] + self.offset(y)[:, :, None, None]


class Up(nn.Module):
    def __init__(self, before, after):
        super().__init__()
        self.n1, self.c1 = ConditionalNorm(before), spectral_norm(nn.Conv2d(before, after, 3, padding="same"))
        self.n2, self.c2 = ConditionalNorm(after), spectral_norm(nn.Conv2d(after, after, 3, padding="same"))
        self.short = spectral_norm(nn.Conv2d(before, after, 1, padding="same"))

    def forward(self, x, y):
        h = self.c1(F.interpolate(self.n1(x, y).relu(), scale_factor=2))
        return self.c2(self.n2(h, y).relu()) + self.short(F.interpolate(x, scale_factor=2))


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(()))
        sizes = ((c, c // 8), (c, c // 8), (c, c // 2), (c // 2, c))
        self.theta, self.phi, self.g, self.o = (spectral_norm(nn.Conv2d(a, b, 1, bias=False)) for a, b in sizes)

    def forward(self, x):
        n, c, h, w = x.shape
        keys, values = (F.max_pool2d(f(x), 2).flatten(2) for f in (self.phi, self.g))
        weights = (self.theta(x).flatten(2).transpose(1, 2) @ keys).softmax(-1)
        return self.gamma * self.o((values @ weights.transpose(1, 2)).view(n, c // 2, h, w)) + x


class Sagan(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = spectral_norm(nn.Linear(16, 128))
        self.u1, self.attention, self.u2 = Up(32, 32), Attention(32), Up(32, 16)
        self.norm, self.last = nn.BatchNorm2d(16), spectral_norm(nn.Conv2d(16, 1, 3, padding="same"))

    def forward(self, z, y):
        h = self.attention(self.u1(self.first(z).view(-1, 32, 2, 2), y))
        return self.last(self.norm(self.u2(h, y)).relu()).tanh()


class Unet(nn.Module):
    def __init__(self, channels, width, inner, inside):
        super().__init__()
        self.down, self.inner = nn.Conv2d(channels, width, 4, 2, 1), inner
        self.up = nn.ConvTranspose2d(inside, width, 4, 2, 1)

    def forward(self, x):
        return torch.cat((x, self.up(self.inner(F.leaky_relu(self.down(x), 0.2))).relu()), 1)


class Motion(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.a, self.b = nn.GRU(3, 8, batch_first=True), nn.Linear(12, 16), nn.Linear(16, 2)

    def forward(self, motion, content, start):
        h, _ = self.cell(motion, start.transpose(0, 1).contiguous())
        h = torch.cat((h, content[:, None].expand(-1, h.shape[1], -1)), -1)
        return self.b(self.a(h).relu())


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 16)
        self.layers = nn.ModuleList(nn.TransformerEncoderLayer(16, 4, 32, 0.1, batch_first=True) for _ in range(2))
        self.last = nn.Linear(16, 2)

    def forward(self, x):
        x = self.first(x)
        angle = torch.arange(12)[:, None] * torch.exp(torch.arange(0, 16, 2) * (-math.log(10_000.0) / 16))
        x = x + torch.stack((angle.sin(), angle.cos()), 2).flatten(1)
        for layer in self.layers:
            x = layer(x)
        return self.last(x)


HAND = {
    "sagan generator": (Sagan, [(16,), "label"]),
    "pix2pix generator": (
        lambda: nn.Sequential(
            Unet(3, 8, Unet(8, 16, nn.Identity(), 16), 24), nn.Dropout2d(0.3), nn.Conv2d(11, 3, 1), nn.Tanh()
        ),
        [(3, 16, 16)],
    ),
    "mocogan generator": (Motion, [(12, 3), (4,), (1, 8)]),
    "transformer generator": (Encoder, [(12, 4)]),
    "wgangp_ln discriminator": (
        lambda: nn.Sequential(
            nn.Conv2d(1, 8, 3, 2, 1), nn.LayerNorm([8, 4, 4]), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(128, 16),
            nn.LayerNorm(16), nn.ReLU(), nn.Linear(16, 1),
        ),
        [(1, 8, 8)],
    ),
    "lsgan discriminator": (
        lambda: nn.Sequential(
            nn.Conv2d(1, 8, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(8, 16, 4, 2, 1, bias=False), nn.BatchNorm2d(16),
            nn.LeakyReLU(0.2), nn.Conv2d(16, 1, 2), nn.Flatten(),
        ),
        [(1, 8, 8)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("which", HAND)
def test_it_is_the_network_that_one_would_write(folder, which):
    name, network = which.split()
    make, shapes = HAND[which]
    path = folder / f"{name}.toml"
    path.write_text(SPECS[name], encoding="utf-8")
    theirs = ganframe.build(ganframe.read_spec(path))[network]
    for key, parameter in theirs.named_parameters():
        if re.search("gamma$", key):  # attention begins as the identity
            parameter.data.fill_(0.7)
    rows = [torch.eye(10)[torch.arange(6)] if s == "label" else torch.randn(6, *s) for s in shapes]
    compare(make(), theirs, *rows)
