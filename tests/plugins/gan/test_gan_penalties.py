"""Gradient penalties and other regularisers: closed forms for a linear judge, hand-made autograd for a curved one."""

from __future__ import annotations

import math

import pytest
import torch
from ganframe_gan.penalties import R1, R2, Drift, GradientPenalty, LeCam, PathLength
from stand_in import logits, step
from torch import nn

W = torch.tensor([[3.0, 0.0, 4.0]])
PENALTIES = (R1(), R2(), GradientPenalty(), GradientPenalty(noise=0.5))


class Curved(nn.Module):
    """sum over entries of (a x)^2 / 2, whose gradient is a^2 x."""

    def __init__(self, a=2.0):
        super().__init__()
        self.a = nn.Parameter(torch.tensor(a))

    def forward(self, x):
        return (self.a * x).square().flatten(1).sum(1, keepdim=True) / 2


class Indifferent(nn.Module):
    """The same learned logit whatever it sees."""

    def __init__(self):
        super().__init__()
        self.bias = nn.Parameter(torch.ones(()))

    def forward(self, x):
        return self.bias.expand(len(x), 1)


def linear(weight=W):
    made = nn.Linear(weight.shape[1], 1)
    made.weight.data = weight.clone()
    return made


def value_of(penalty, made):
    """The penalty's value, asked as the engine asks."""
    marked = getattr(penalty, "differentiates", ())
    for batch in marked:
        getattr(made, batch).mark()
    return penalty.discriminator(**{b: getattr(made, b)["discriminator"] for b in marked}, step=made)


@pytest.mark.parametrize("penalty", [R1(), R2()])
def test_zero_centred_penalties_of_a_linear_judge_are_half_its_squared_slope(penalty):
    assert float(value_of(penalty, step(linear(), nn.Linear(2, 3)))) == pytest.approx(25 / 2)
    assert float(value_of(penalty, step(linear(2 * W), nn.Linear(2, 3)))) == pytest.approx(4 * 25 / 2), "quadratic in D"


def test_r1_and_r2_look_at_real_and_fake():
    x, z = torch.tensor([[1.0, 2.0], [0.0, 3.0]]), torch.tensor([[5.0, 0.0], [0.0, 1.0]])
    made = step(Curved(), nn.Identity(), fields={"x": x}, latents={"z": z})
    # The gradient at x is a^2 x = 4 x.
    assert float(value_of(R1(), made)) == pytest.approx(16 * (5 + 9) / 2 / 2)
    made = step(Curved(), nn.Identity(), fields={"x": x}, latents={"z": z})
    assert float(value_of(R2(), made)) == pytest.approx(16 * (25 + 1) / 2 / 2)


def test_r1_of_a_deep_judge_is_hand_made_autograd_row_by_row():
    torch.manual_seed(0)
    judge = nn.Sequential(nn.Flatten(), nn.Linear(12, 5), nn.Tanh(), nn.Linear(5, 1)).double()
    x = torch.randn(4, 3, 2, 2, dtype=torch.float64)
    slopes = []
    for row in x:
        leaf = row[None].clone().requires_grad_()
        slopes.append(torch.autograd.grad(judge(leaf).sum(), leaf)[0].square().sum())
    found = value_of(R1(), step(judge, fields={"x": x}, latents={"z": x}))
    torch.testing.assert_close(found, sum(slopes) / 4 / 2)


@pytest.mark.parametrize("shape", [(1, 2, 2), (3,)])
def test_logits_of_patches_are_summed(shape):
    x = torch.randn(4, *shape, generator=torch.Generator().manual_seed(1))

    class Patches(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.tensor(3.0))

        def forward(self, x):
            return self.scale * x

    assert float(value_of(R1(), step(Patches(), fields={"x": x}, latents={"z": x}))) == pytest.approx(
        9 * math.prod(shape) / 2
    )


class Both(nn.Module):
    """3 · sum x + 4 · sum y, of two inputs."""

    def __init__(self):
        super().__init__()
        self.slopes = nn.Parameter(torch.tensor([3.0, 4.0]))

    def forward(self, x, y):
        return (self.slopes[0] * x.sum(1) + self.slopes[1] * y.sum(1))[:, None]


def test_every_judged_input_counts_and_no_other():
    fields = {"x": torch.zeros(4, 1), "y": torch.zeros(4, 1)}
    both = step(Both(), fields=fields, judged=("x", "y"))
    assert float(value_of(R1(), both)) == pytest.approx(25 / 2)
    assert float(GradientPenalty().discriminator(both)) == pytest.approx((5 - 1) ** 2), "one norm over all inputs"
    only = step(Both(), fields=fields, judged=("y",), reads=("x", "y"))
    assert float(value_of(R1(), only)) == pytest.approx(16 / 2)
    assert float(GradientPenalty().discriminator(only)) == pytest.approx((4 - 1) ** 2)


@pytest.mark.parametrize(
    ("penalty", "wanted"),
    [
        (GradientPenalty(), 16), (GradientPenalty(center=0.0), 25), (GradientPenalty(center=5.0), 0),
        (GradientPenalty(center=7.0), 4), (GradientPenalty(center=7.0, one_sided=True), 0),
        (GradientPenalty(one_sided=True), 16), (GradientPenalty(noise=0.5), 16),
    ],
)  # fmt: skip
def test_gradient_penalty_of_a_linear_judge(penalty, wanted):
    assert float(penalty.discriminator(step(linear(), nn.Linear(2, 3)))) == pytest.approx(wanted, abs=1e-9)


def test_gradient_penalty_lies_between_real_and_fake_at_one_share_a_row():
    seen = []

    class Spy(nn.Module):
        def __init__(self):
            super().__init__()
            self.one = nn.Parameter(torch.ones(()))

        def forward(self, x, y):
            seen.append((x.detach(), y.detach()))
            return self.one * (x.flatten(1).sum(1) + y.flatten(1).sum(1))

    real = {"x": torch.zeros(64, 2), "y": torch.zeros(64, 1, 3)}
    made = step(Spy(), fields=real, judged=("x", "y"))
    made.fake = made.fake.replace(x=torch.ones(64, 2), y=torch.ones(64, 1, 3))
    GradientPenalty().discriminator(made)
    (x, y), = seen
    shares = x[:, 0]
    assert ((x == shares[:, None]).all(), (y == shares[:, None, None]).all()) == (True, True)
    assert 0 <= shares.min() < 0.1 < 0.9 < shares.max() <= 1
    assert len(shares.unique()) > 50


def test_dragan_points_lie_around_real_rows():
    seen = []

    class Spy(Indifferent):
        def forward(self, x):
            seen.append(x.detach())
            return super().forward(x) + 0 * x.sum(1, keepdim=True)

    x = torch.randn(200, 2, generator=torch.Generator().manual_seed(1))
    GradientPenalty(noise=0.5).discriminator(step(Spy(), fields={"x": x}, latents={"z": x}))
    moved = (seen[0] - x) / x.std()
    assert 0 <= moved.min() < 0.05 < 0.45 < moved.max() <= 0.5 + 1e-5


class Folded(nn.Module):
    """One linear logit for every pack of rows, as after a Pack layer."""

    def __init__(self, pack):
        super().__init__()
        self.pack, self.line = pack, linear(W.repeat(1, pack))

    def forward(self, x):
        return self.line(x.reshape(len(x) // self.pack, -1))


def test_packs_share_a_place_between_real_and_fake():
    seen = []

    class Spy(Indifferent):
        def forward(self, x):
            seen.append(x.detach()[:, 0])
            return super().forward(x)[::3] + 0 * x.sum()

    made = step(Spy(), fields={"x": torch.zeros(9, 1)}, latents={"z": torch.zeros(9, 1)})
    made.fake = made.fake.replace(x=torch.ones(9, 1))
    GradientPenalty(pack=3).discriminator(made)
    packs = seen[0].view(3, 3)
    assert torch.equal(packs, packs[:, :1].expand(3, 3))
    assert len(packs[:, 0].unique()) == 3


def test_packs_share_a_norm():
    made = step(Folded(2), nn.Linear(2, 3))
    assert float(GradientPenalty(pack=2).discriminator(made)) == pytest.approx((math.sqrt(50) - 1) ** 2)
    with pytest.raises(ValueError, match="4 rows does not divide into packs of 3"):
        GradientPenalty(pack=3).discriminator(made)


@pytest.mark.parametrize("penalty", PENALTIES)
def test_a_judge_without_slope_gives_no_nan(penalty):
    judge = Indifferent()
    found = value_of(penalty, step(judge, nn.Linear(2, 3)))
    found = found + 0 * judge.bias
    assert float(found) == (1.0 if isinstance(penalty, GradientPenalty) else 0.0)
    assert torch.autograd.grad(found, judge.bias)[0].isfinite()
    flat = Curved(0.0)
    found = value_of(penalty, step(flat, nn.Linear(2, 3)))
    assert torch.autograd.grad(found, flat.a)[0].isfinite(), "the slope vanishes but hangs on a"


@pytest.mark.parametrize("penalty", PENALTIES)
def test_penalties_reach_the_judge_and_nobody_else(penalty):
    judge, maker = Curved(), nn.Linear(2, 3)
    maker.requires_grad_(False)
    found = value_of(penalty, step(judge, maker))
    (slope,) = torch.autograd.grad(found, judge.a)
    assert slope.isfinite()
    assert slope != 0
    assert all(p.grad is None for p in maker.parameters())


@pytest.mark.parametrize("penalty", [R1(), R2()])
def test_order_of_rows_does_not_matter(penalty):
    x, order = torch.randn(5, 3, generator=torch.Generator().manual_seed(1)), torch.tensor([3, 0, 4, 1, 2])
    one = value_of(penalty, step(Curved(), nn.Identity(), fields={"x": x}, latents={"z": x}))
    two = value_of(penalty, step(Curved(), nn.Identity(), fields={"x": x[order]}, latents={"z": x[order]}))
    torch.testing.assert_close(one, two)


def test_half_precision_slopes_do_not_overflow():
    judge = Curved(30.0).to(torch.float16)
    x = torch.full((2, 3), 2.0, dtype=torch.float16)
    found = value_of(R1(), step(judge, fields={"x": x}, latents={"z": x}))
    assert float(found) == pytest.approx(3 * 1800**2 / 2, rel=1e-2)


def test_drift_is_the_mean_squared_real_logit():
    assert float(Drift().discriminator(torch.tensor([[3.0], [-1.0]]))) == 5.0


def follow(loss, batches, start=None):
    """The values of a logit regulariser over some batches of (real, fake), and its last state."""
    made = step(nn.Identity(), state=dict(start or loss.state({})))
    return [float(loss.discriminator(r, f, made)) for r, f in batches], made.state


def test_lecam_holds_logits_near_the_others_running_mean():
    loss = LeCam(decay=0.5, warmup=1)
    batches = [(torch.tensor([[2.0]]), torch.tensor([[-2.0]])), (torch.tensor([[4.0], [0.0]]), torch.tensor([[-4.0]]))]
    values, state = follow(loss, batches)
    # After the first batch: 2 and -2; after the second: (2 + 2) / 2 and (-2 - 4) / 2.
    assert values == pytest.approx([0.0, ((4 + 3) ** 2 + 3**2) / 2 + (-4 - 2) ** 2])
    assert (float(state["real"]), float(state["fake"]), int(state["seen"])) == (2.0, -3.0, 2)
    rectified = LeCam(decay=0.5, warmup=1, rectified=True)
    values, _ = follow(rectified, [*batches, (torch.tensor([[-9.0]]), torch.tensor([[9.0]]))])
    assert values[1] == pytest.approx((49 + 9) / 2 + 36)
    assert values[2] == 0, "nothing is on the far side"


def test_lecam_without_warmup_begins_at_its_first_batch():
    values, _ = follow(LeCam(decay=0.9, warmup=0), [(torch.tensor([[2.0]]), torch.tensor([[-2.0]]))])
    assert values == pytest.approx([16 + 16])


def test_lecam_learns_through_logits_only():
    loss, real, fake = LeCam(warmup=0), logits(1), logits(2)
    made = step(nn.Identity(), state=loss.state({}))
    found = torch.autograd.grad(loss.discriminator(real, fake, made), (real, fake))
    torch.testing.assert_close(found[0], 2 * (real - fake.mean()).detach() / 6, check_dtype=False, rtol=1e-5, atol=1e-6)
    assert not made.state["real"].requires_grad


def test_path_length_of_a_linear_generator():
    torch.manual_seed(0)
    matrix = torch.randn(12, 5)
    ws = torch.randn(6, 5, requires_grad=True)

    class Picture(nn.Module):
        def forward(self, w):
            return (w @ matrix.T).view(-1, 3, 2, 2)

    loss = PathLength(wire="fake.generator.w", decay=0.75)
    made = step(nn.Identity(), Picture(), fields={"x": torch.zeros(6, 3, 2, 2)}, latents={"w": ws}, turn="generator",
                state=loss.state({}))
    value = loss.term(ws, made)
    noise = torch.randn(6, 12, generator=torch.Generator().manual_seed(1)) / 2
    lengths = (noise @ matrix).norm(dim=1)
    mean = lengths.mean() / 4
    torch.testing.assert_close(made.state["mean"], mean)
    torch.testing.assert_close(value, (lengths - mean).square().mean())


def test_path_length_over_layers_is_the_root_of_the_mean():
    scale = nn.Parameter(torch.tensor(2.0))
    ws = torch.randn(3, 4, 5, requires_grad=True)

    class Picture(nn.Module):
        def forward(self, ws):
            return scale * ws[:, :1]

    loss = PathLength(wire="fake.generator.ws", decay=1.0)
    made = step(nn.Identity(), Picture(), fields={"x": torch.zeros(3, 1, 5)}, latents={"ws": ws}, state=loss.state({}))
    value = loss.term(ws, made)
    noise = torch.randn(3, 1, 5, generator=torch.Generator().manual_seed(1)) / math.sqrt(5)
    wanted = ((2 * noise).square().sum((1, 2)) / 4).mean()
    torch.testing.assert_close(value, wanted)
    assert torch.autograd.grad(value, scale)[0] > 0


def test_a_generator_without_slope_gives_no_nan():
    scale = nn.Parameter(torch.tensor(0.0))
    ws = torch.randn(3, 5, requires_grad=True)

    class Grey(nn.Module):
        def forward(self, ws):
            return scale * ws

    loss = PathLength(wire="fake.generator.ws")
    made = step(nn.Identity(), Grey(), fields={"x": torch.zeros(3, 5)}, latents={"ws": ws}, state=loss.state({}))
    assert torch.autograd.grad(loss.term(ws, made), scale)[0].isfinite()
