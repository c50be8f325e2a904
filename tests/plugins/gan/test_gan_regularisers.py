"""What acts on a game without being one: pools, weights, consistency, latents that move, unrolled judges."""

from __future__ import annotations

import inspect

import pytest
import torch
from ganframe_gan.losses import EBGAN, Hinge, LatentOptimisation, RelativisticPairing, Unrolled, Wasserstein
from ganframe_gan.penalties import ClipWeights, ConsistencyRegularization, ImagePool, OrthogonalRegularization
from stand_in import step
from torch import nn

from ganframe import component


def pool_turns(pool, rows, turns, judged=("x",)):
    """The fakes that the judge sees turn by turn; row r of turn t is the number 100 t + r in every field."""
    state, seen = {}, []
    for turn in range(turns):
        fresh = (100.0 * turn + torch.arange(rows))[:, None]
        made = step(nn.Identity(), fields={"x": fresh, "y": fresh}, judged=judged, state=state)
        made.rng.manual_seed(turn)
        made.fake = made.fake.replace(**dict.fromkeys(judged, fresh))
        pool.prepare(made)
        seen.append({name: made.fake[name][:, 0] for name in judged})
    return seen, state


def test_a_pool_fills_before_it_gives():
    seen, state = pool_turns(ImagePool(size=6, probability=1.0), rows=4, turns=2)
    assert seen[0]["x"].tolist() == [0, 1, 2, 3]
    assert seen[1]["x"][:2].tolist() == [100, 101], "these two fill the pool"
    older = set(seen[1]["x"][2:].tolist())
    assert older < {0, 1, 2, 3, 100, 101}
    assert set(state["x"][:, 0].tolist()) == {0, 1, 2, 3, 100, 101, 102, 103} - older, "what went out was replaced"


def test_a_pool_loses_and_doubles_nothing():
    seen, state = pool_turns(ImagePool(size=5), rows=3, turns=30)
    judged = [x for turn in seen for x in turn["x"].tolist()]
    # Fakes that filled the pool are judged twice when they leave; each is judged at most twice.
    assert max(judged.count(x) for x in judged) <= 2
    made = {100 * t + r for t in range(30) for r in range(3)}
    assert set(judged) | set(state["x"][:, 0].tolist()) == made
    exchanged = sum(x < 100 * t for t, turn in enumerate(seen) for x in turn["x"].tolist())
    assert 25 < exchanged < 65, "about half of 85"


def test_a_pool_keeps_judged_fields_together():
    seen, state = pool_turns(ImagePool(size=5), rows=3, turns=20, judged=("x", "y"))
    assert all(torch.equal(turn["x"], turn["y"]) for turn in seen)
    assert torch.equal(state["x"], state["y"])


def test_a_pool_smaller_than_the_batch():
    seen, state = pool_turns(ImagePool(size=2, probability=1.0), rows=5, turns=3)
    assert len(state["x"]) == 2
    assert all(len(turn["x"]) == 5 for turn in seen)
    assert seen[1]["x"][2:].tolist() == [102, 103, 104]


def test_a_pool_leaves_the_generators_turn_alone():
    made = step(nn.Identity(), nn.Linear(2, 3), turn="generator")
    before = made.fake
    ImagePool().prepare(made)
    assert made.fake is before
    assert not made.state


def test_pooled_fakes_can_be_differentiated_where_the_fresh_ones_could():
    made = step(nn.Identity(), nn.Linear(2, 3))
    made.fake.mark()
    ImagePool(size=2).prepare(made)
    assert made.fake["x"].requires_grad
    assert made.fake["x"].is_leaf
    assert not made.state["x"].requires_grad


def test_orthogonal_regularisation_by_hand():
    judge = nn.Sequential(nn.Linear(2, 2), nn.Conv1d(1, 2, 2))
    judge[0].weight.data = torch.tensor([[1.0, 2.0], [3.0, -1.0]])
    judge[1].weight.data = torch.tensor([[[1.0, 0.0]], [[0.0, 5.0]]])
    made = step(judge, trains=("discriminator",))
    # Products of different filters: 1 · 3 - 2 · 1 = 1 (twice) and 0; of a filter with itself: 5, 10, 1, 25.
    assert float(OrthogonalRegularization().term(made)) == pytest.approx(2.0)
    wanted = 2 + 4**2 + 9**2 + 0 + 24**2
    assert float(OrthogonalRegularization(diagonal=True).term(made)) == pytest.approx(wanted)


def test_orthogonal_regularisation_reads_only_what_it_trains():
    made = step(nn.Linear(3, 3), nn.Linear(2, 3), trains=("generator",))
    value = OrthogonalRegularization().term(made)
    value.backward()
    assert made.networks["generator"].weight.grad is not None
    assert made.networks["discriminator"].weight.grad is None
    with pytest.raises(ValueError, match="no weight"):
        OrthogonalRegularization().term(step(nn.Identity()))


def test_clipping_keeps_parameters_within_the_limit():
    judge, maker = nn.Linear(3, 1), nn.Linear(2, 3)
    judge.weight.data = torch.tensor([[5.0, -5.0, 0.01]])
    judge.bias.data.fill_(-1.0)
    before = maker.weight.clone()
    ClipWeights(limit=0.03).after(step(judge, maker))
    assert judge.weight.tolist() == [[pytest.approx(0.03), pytest.approx(-0.03), pytest.approx(0.01)]]
    assert float(judge.bias) == pytest.approx(-0.03)
    assert torch.equal(maker.weight, before)


def test_clipping_waits_for_the_discriminators_turn():
    maker = nn.Linear(2, 3)
    before = maker.weight.clone()
    ClipWeights(limit=1e-6).after(step(nn.Linear(3, 1), maker, turn="generator", trains=("generator",)))
    assert torch.equal(maker.weight, before)


@component
class Negative:
    """x -> -x, and what it was given."""

    def __call__(self, x, now):
        assert isinstance(now.rng, torch.Generator)
        return -x


@component
class Stateful:
    """An augmentation with a state."""

    def state(self):
        return {}

    def __call__(self, x, now, state):
        return x


def consistent(**options):
    torch.manual_seed(0)
    judge, maker = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)), nn.Linear(2, 3)
    return ConsistencyRegularization(augment=Negative(), **options), step(judge, maker), judge, maker


def test_consistency_compares_a_row_with_its_augmented_self():
    loss, made, judge, maker = consistent()
    x, fake = made.real["x"], maker(made.real["z"])
    real_part = (judge(x) - judge(-x)).square().mean()
    fake_part = (judge(fake) - judge(-fake)).square().mean()
    torch.testing.assert_close(loss.discriminator(made), real_part)
    loss, made, *_ = consistent(on_real=2.0, on_fake=3.0)
    torch.testing.assert_close(loss.discriminator(made), 2 * real_part + 3 * fake_part)


def test_consistency_takes_several_augmentations():
    _, made, judge, _ = consistent()
    twice = ConsistencyRegularization(augment=(Negative(), Negative()))
    assert float(twice.discriminator(made)) == 0


def test_latent_consistency_moves_the_latent_a_little():
    loss, made, judge, maker = consistent(on_real=0.0, on_latent=5.0, spread=0.5, sigma=0.1)
    noise = 0.1 * torch.randn(4, 2, generator=torch.Generator().manual_seed(1))
    z = made.real["z"]
    wanted = 5 * (judge(maker(z)) - judge(maker(z + noise))).square().mean()
    torch.testing.assert_close(loss.discriminator(made), wanted)
    made.rng.manual_seed(1)
    torch.testing.assert_close(loss.generator(made), -0.5 * (maker(z) - maker(z + noise)).square().mean())


def test_consistency_has_a_generators_side_only_where_it_spreads():
    assert not hasattr(consistent()[0], "generator")
    assert list(inspect.signature(consistent(spread=0.5)[0].generator).parameters) == ["step"]
    assert consistent(on_real=0.0)[0].discriminator(consistent()[1]) is None


def test_consistency_refuses_an_augmentation_with_a_state():
    with pytest.raises(ValueError, match="Stateful keeps one"):
        ConsistencyRegularization(augment=Stateful())


class Slope(nn.Module):
    """x · w with a learned w."""

    def __init__(self, *w):
        super().__init__()
        self.w = nn.Parameter(torch.tensor(w))

    def forward(self, x):
        return (x * self.w).sum(1, keepdim=True)


def test_latents_step_along_the_natural_gradient():
    z = torch.tensor([[0.1, 0.2], [0.95, -0.9]])
    made = step(Slope(1.0, 2.0), nn.Identity(), fields={"x": z}, latents={"z": z})
    LatentOptimisation(rate=0.9, damping=4.0, fraction=1.0).prepare(made)
    # g = (1, 2), |g|^2 = 5, so the step is 0.9 / 9 · g = (0.1, 0.2); 0.95 + 0.1 is clipped at 1.
    torch.testing.assert_close(made.fake["z"], torch.tensor([[0.2, 0.4], [1.0, -0.7]]))
    torch.testing.assert_close(made.fake["x"], made.fake["z"], msg="the generator runs again")
    cost = LatentOptimisation().generator(made)
    torch.testing.assert_close(cost, torch.tensor((0.01 + 0.04 + 0.0025 + 0.04) / 2))
    torch.testing.assert_close(LatentOptimisation().discriminator(made), cost)


def test_latents_move_for_a_share_of_the_rows():
    z = torch.zeros(400, 2)
    made = step(Slope(1.0, 2.0), nn.Identity(), fields={"x": z}, latents={"z": z})
    LatentOptimisation(fraction=0.25).prepare(made)
    moved = (made.fake["z"] != 0).any(1).float().mean()
    assert 0.15 < float(moved) < 0.35


@pytest.mark.parametrize("through", [True, False])
def test_gradients_go_through_the_step_or_not(through):
    z = torch.full((3, 2), 0.1)
    judge = Slope(1.0, 2.0)
    made = step(judge, nn.Identity(), fields={"x": z}, latents={"z": z})
    loss = LatentOptimisation(through=through, damping=4.0, fraction=1.0)
    loss.prepare(made)
    # sum w · z' with z' = z + 0.9 w / (4 + |w|^2): without the step its slope in w is z'.
    (slope,) = torch.autograd.grad(made.fake["discriminator"].mean(), judge.w)
    w = judge.w.detach().requires_grad_()
    direct = (w * (z[0] + 0.9 * w / (4 + w.square().sum()))).sum()
    wanted = torch.autograd.grad(direct, w)[0] if through else made.fake["z"][0]
    torch.testing.assert_close(slope, wanted)
    assert (loss.generator(made) is None) == (not through)


def unrolled_by_hand(loss, d, g, z, x, steps, lr):
    """The generator's value for D(x) = d · x and G(z) = g · z, with d moved by plain autograd."""
    for _ in range(steps):
        (slope,) = torch.autograd.grad(loss.discriminator(real=d * x, fake=d * g * z), d, create_graph=True)
        d = d - lr * slope
    return loss.generator(fake=d * g * z)


@pytest.mark.parametrize("game", [Wasserstein(), Hinge()])
@pytest.mark.parametrize("steps", [1, 3])
def test_unrolling_looks_through_the_judges_steps(game, steps):
    z, x = torch.tensor([[0.3], [0.5]]), torch.tensor([[1.0], [2.0]])
    d, g = torch.tensor(0.7, requires_grad=True), torch.tensor(0.4, requires_grad=True)
    wanted = unrolled_by_hand(game, d, g, z, x, steps, 0.1)

    class Times(nn.Module):
        def __init__(self, factor):
            super().__init__()
            self.factor = nn.Parameter(torch.tensor(factor))

        def forward(self, x):
            return self.factor * x

    judge, maker = Times(0.7), Times(0.4)
    judge.requires_grad_(False)
    made = step(judge, maker, fields={"x": x}, latents={"z": z}, turn="generator")
    value = Unrolled(game=game, steps=steps, lr=0.1).generator(made)
    torch.testing.assert_close(value, wanted)
    torch.testing.assert_close(torch.autograd.grad(value, maker.factor)[0], torch.autograd.grad(wanted, g)[0])
    assert float(judge.factor) == pytest.approx(0.7), "the judge itself does not move"


def test_unrolled_is_its_game_for_the_judge_and_takes_games_of_logits_only():
    real, fake = torch.tensor([[1.0]]), torch.tensor([[2.0]])
    found = Unrolled(game=RelativisticPairing()).discriminator(real, fake)
    torch.testing.assert_close(found, RelativisticPairing().discriminator(real, fake))
    made = step(nn.Linear(3, 1), nn.Linear(2, 3), turn="generator")
    assert Unrolled(game=RelativisticPairing()).generator(made).isfinite(), "a game that reads real logits too"
    with pytest.raises(ValueError, match="EBGAN also reads 'step'"):
        Unrolled(game=EBGAN())
