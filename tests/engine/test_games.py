"""Games of more than two networks, each learned on points: who computes what, and who learns from it."""

from __future__ import annotations

import math

import pytest
import torch

from tests.toy import sampler, trained

RING = """
[run]
steps = 1000
batch_size = 128
[data]
type = "Ring"
[latents.z]
type = "Normal"
size = 2
[blocks.Mlp]
params = { out = 2 }
layers = [
  { type = "Linear", out_features = 64 }, "ReLU", { type = "Linear", out_features = 64 }, "ReLU",
  { type = "Linear", out_features = "$out" },
]
"""

OPT = 'optimizer = { type = "Adam", lr = 1e-3, betas = [0.5, 0.99] }'

GENERATOR = f"""
[networks.generator]
inputs = ["z"]
{OPT}
layers = ["Mlp"]
"""

DISCRIMINATOR = f"""
[networks.discriminator]
inputs = ["x"]
{OPT}
layers = [{{ type = "Mlp", out = 1 }}]
"""

GAME = """
[losses.game]
type = "NonSaturating"
[losses.r1]
type = "R1"
weight = 0.1
"""


def near_ring(points: torch.Tensor, radius: float) -> float:
    """The share of points within a fifth of the radius of the circle that the modes lie on."""
    return float(((points.norm(dim=1) - radius).abs() < 0.2 * radius).float().mean())


def radius(made: object) -> float:
    """The data's radius, read off its rows."""
    rows = made.plan.parts.data.batch(torch.arange(256), torch.Generator())["x"]
    return float(rows.norm(dim=1).mean())


def test_plain_game_learns(tmp_path):
    made = trained(tmp_path, RING + GENERATOR + DISCRIMINATOR + GAME, 700)
    assert near_ring(sampler(made).draw(1000)["x"], radius(made)) > 0.8


def test_bigan_encoder_inverts(tmp_path):
    text = RING + GENERATOR + f"""
    [networks.encoder]
    inputs = ["x"]
    makes = "real.z"
    trained_with = "generator"
    layers = ["Mlp"]
    [networks.discriminator]
    inputs = ["x", "z"]
    {OPT}
    layers = [{{ type = "Concat", from = ["@x", "@z"] }}, {{ type = "Mlp", out = 1 }}]
    [losses.game]
    type = "NonSaturating"
    symmetric = true
    """
    made = trained(tmp_path, text, 1200)
    nets = made.networks
    with torch.no_grad():
        x = made.plan.parts.data.batch(torch.arange(512), torch.Generator())["x"]
        back = nets["generator"](nets["encoder"](x))
        error = (back - x).norm(dim=1).median() / radius(made)
    assert error < 0.5, float(error)
    assert near_ring(sampler(made).draw(1000)["x"], radius(made)) > 0.6


def test_infogan_code_is_readable(tmp_path):
    text = RING + f"""
    [latents.category]
    type = "OneHot"
    size = 4
    [networks.generator]
    inputs = ["z", "category"]
    {OPT}
    layers = [{{ type = "Concat", from = ["@z", "@category"] }}, "Mlp"]
    [networks.discriminator]
    inputs = ["x"]
    {OPT}
    layers = [
      {{ type = "Linear", out_features = 64 }}, {{ type = "ReLU", as = "features" }}, {{ type = "Mlp", out = 1 }},
    ]
    [networks.q]
    inputs = ["discriminator.features"]
    trained_with = "generator"
    layers = [{{ type = "Mlp", out = 4, as = "category" }}]
    [losses.information]
    type = "CrossEntropyLoss"
    input = "fake.q.category"
    target = "fake.category"
    trains = ["generator", "q", "discriminator"]
    """ + GAME
    made = trained(tmp_path, text, 400)
    assert made.values()["information"] < 0.3 * math.log(4)


def test_vaegan_rebuilds(tmp_path):
    text = RING + GENERATOR + f"""
    [networks.encoder]
    inputs = ["x"]
    makes = "real.z"
    {OPT}
    output = "@z"
    layers = [{{ type = "Mlp", out = 4 }}, {{ type = "Reparameterize", as = ["z", "mean", "logvar"] }}]
    [networks.discriminator]
    inputs = ["x"]
    {OPT}
    layers = [
      {{ type = "Linear", out_features = 64 }}, {{ type = "ReLU", as = "features" }}, {{ type = "Mlp", out = 1 }},
    ]
    [batches.rebuilt]
    x = "real.generator"
    [losses.game_rebuilt]
    type = "NonSaturating"
    fake = "rebuilt"
    trains = ["generator", "discriminator"]
    [losses.kl]
    type = "KLToNormal"
    mean = "real.encoder.mean"
    logvar = "real.encoder.logvar"
    trains = ["encoder"]
    weight = 0.01
    [losses.like]
    type = "MSELoss"
    input = "rebuilt.discriminator.features"
    target = "real.discriminator.features"
    trains = ["encoder", "generator"]
    [losses.pixels]
    type = "MSELoss"
    input = "rebuilt.x"
    target = "real.x"
    trains = ["encoder", "generator"]
    """ + GAME
    made = trained(tmp_path, text, 700)
    assert made.values()["pixels"] < 0.1 * radius(made) ** 2


CYCLE = f"""
[run]
batch_size = 128
[data]
type = "Pairs"
[blocks.Mlp]
layers = [{{ type = "Linear", out_features = 64 }}, "ReLU", {{ type = "Linear", out_features = 2 }}]
[blocks.Judge]
layers = [{{ type = "Linear", out_features = 64 }}, "ReLU", {{ type = "Linear", out_features = 1 }}]
[networks.ab]
inputs = ["a"]
makes = "b"
{OPT}
layers = ["Mlp"]
[networks.ba]
inputs = ["b"]
makes = "a"
{OPT}
layers = ["Mlp"]
[networks.judge_a]
inputs = ["a"]
judges = "a"
{OPT}
layers = ["Judge"]
[networks.judge_b]
inputs = ["b"]
judges = "b"
{OPT}
layers = ["Judge"]
[losses.game]
type = "LeastSquares"
[losses.cycle_a]
type = "L1Loss"
generator = "ab"
input = "fake.ba"
target = "real.a"
weight = 1.0
[losses.cycle_b]
type = "L1Loss"
generator = "ba"
input = "fake.ab"
target = "real.b"
weight = 1.0
"""


def test_cycle_of_two_generators(tmp_path):
    a = torch.randn(2000, 2, generator=torch.Generator().manual_seed(0))
    b = 0.5 * torch.randn(2000, 2, generator=torch.Generator().manual_seed(1)) + torch.tensor([2.0, -1.0])
    arrays(tmp_path, a=a, b=b)
    text = CYCLE.replace('type = "Pairs"', 'type = "Arrays"\npath = "data.safetensors"')
    made = trained(tmp_path, text.replace("lr = 1e-3", "lr = 4e-3"), 700)
    values = made.values()
    assert set(values) == {
        "game.discriminator.ab.judge_b", "game.discriminator.ba.judge_a", "game.generator.ab.judge_b",
        "game.generator.ba.judge_a", "cycle_a.ab", "cycle_b.ba",
    }  # fmt: skip
    assert values["cycle_a.ab"] < 0.2
    with torch.no_grad():
        mapped = made.networks["ab"](a)
    assert (mapped.mean(0) - b.mean(0)).norm() < 0.5


def arrays(folder, **tensors):
    """A data file of the tensors."""
    from safetensors.torch import save_file

    save_file({name: t.contiguous() for name, t in tensors.items()}, folder / "data.safetensors")


def test_phases_leave_the_other_side_alone(tmp_path):
    text = RING + GENERATOR + DISCRIMINATOR + GAME + """
    [losses.warm]
    type = "MSELoss"
    input = "fake.x"
    target = "real.x"
    [phases.pretrain]
    steps = 20
    losses = ["warm"]
    trains = ["generator"]
    [phases.game]
    steps = 480
    losses = ["game", "r1"]
    """
    made = trained(tmp_path, text, 0)
    before = {k: v.clone() for k, v in made.networks["discriminator"].state_dict().items()}
    for step in range(20):
        made.step(step)
    after = made.networks["discriminator"].state_dict()
    assert all(torch.equal(before[k], after[k]) for k in before)
    assert set(made.values()) == {"warm"}
    for step in range(20, 500):
        made.step(step)
    assert not torch.equal(before["Mlp_0.Linear_0.weight"], after["Mlp_0.Linear_0.weight"])
    assert near_ring(sampler(made).draw(1000)["x"], radius(made)) > 0.6


def test_shared_unrolled_cell(tmp_path):
    text = RING + f"""
    [networks.cell]
    inputs = ["h", "z"]
    trained_with = "generator"
    layers = [
      {{ type = "Concat", from = ["@h", "@z"] }}, {{ type = "Linear", out_features = 64 }}, "Tanh",
      {{ type = "Linear", out_features = 32 }}, "Tanh",
    ]
    [blocks.Tick]
    exports = ["h"]
    layers = [{{ type = "cell", from = ["@h", "@z"], as = "h" }}]
    [networks.generator]
    inputs = ["z"]
    {OPT}
    layers = [{{ type = "Linear", out_features = 32, as = "h" }}, {{ type = "Tick", repeat = 4 }}, {{ type = "Linear", out_features = 2 }}]
    """ + DISCRIMINATOR + GAME
    made = trained(tmp_path, text, 600)
    names = set(made.networks["generator"].state_dict())
    assert not any("cell" in name for name in names)
    assert near_ring(sampler(made).draw(1000)["x"], radius(made)) > 0.6


def test_two_generators_against_one_discriminator(tmp_path):
    text = RING + GENERATOR + f"""
    [networks.second]
    inputs = ["z"]
    makes = "x"
    {OPT}
    layers = ["Mlp"]
    """ + DISCRIMINATOR + GAME
    made = trained(tmp_path, text, 600)
    assert "game.generator.second.discriminator" in made.values()
    with torch.no_grad():
        z = torch.randn(500, 2, generator=torch.Generator().manual_seed(3))
        for name in ("generator", "second"):
            assert near_ring(made.networks[name](z), radius(made)) > 0.5, name


@pytest.mark.parametrize("optimizer", ['{ type = "ExtraAdam", lr = 4e-3, betas = [0.5, 0.9] }', '{ type = "LBFGS", lr = 0.05, max_iter = 2 }'])
def test_optimizers_that_want_a_closure(tmp_path, optimizer):
    text = (RING + GENERATOR + DISCRIMINATOR + GAME).replace(
        '{ type = "Adam", lr = 1e-3, betas = [0.5, 0.99] }', optimizer
    )
    made = trained(tmp_path, text, 0)
    before = {n: next(net.parameters()).clone() for n, net in made.networks.items()}
    for step in range(120):
        made.step(step)
    assert all(not torch.equal(before[n], next(net.parameters())) for n, net in made.networks.items())
    assert all(math.isfinite(v) for v in made.values().values())
    if "ExtraAdam" in optimizer:
        for step in range(120, 600):
            made.step(step)
        assert near_ring(sampler(made).draw(1000)["x"], radius(made)) > 0.5
