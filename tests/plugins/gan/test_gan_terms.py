"""Losses between wires: each against an independent formulation."""

from __future__ import annotations

import math

import pytest
import torch
from ganframe_gan.losses import (
    D2DCE,
    BinaryLogits,
    ColumnCrossEntropy,
    ConditionalContrastive,
    FeatureMatching,
    KLToNormal,
    Moments,
    NextStep,
    Perceptual,
    RootMSE,
    TokenCrossEntropy,
)
from torch import nn
from torch.distributions import Independent, Normal, kl_divergence
from torch.nn import functional as F

from ganframe import Field, Now


class Moment:
    """What these losses read of a step."""

    def __init__(self, **state):
        self.now, self.state = Now(), state


def draw(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_feature_matching_compares_means():
    ours, theirs = draw(1, 5, 3, 2), draw(2, 5, 3, 2)
    loss = FeatureMatching(input="fake.f", target="real.f")
    torch.testing.assert_close(loss.term(ours, theirs), ((ours.mean(0) - theirs.mean(0)) ** 2).sum())
    assert float(loss.term(ours, ours[[4, 2, 0, 1, 3]])) < 1e-20, "only the batch's mean counts"


def test_kl_to_normal_is_that_of_torch_distributions():
    mean, logvar = draw(1, 4, 3), draw(2, 4, 3)
    own = Independent(Normal(mean, (logvar / 2).exp()), 1)
    unit = Independent(Normal(torch.zeros_like(mean), torch.ones_like(mean)), 1)
    loss = KLToNormal(mean="real.m", logvar="real.v")
    torch.testing.assert_close(loss.term(mean, logvar), kl_divergence(own, unit).mean())
    assert float(loss.term(torch.zeros(2, 3), torch.zeros(2, 3))) == 0


@pytest.mark.parametrize("target", [0.0, 0.3, 1.0])
def test_binary_logits_is_cross_entropy_with_one_target(target):
    given = draw(1, 4, 1, 2)
    wanted = F.binary_cross_entropy_with_logits(given, torch.full_like(given, target))
    torch.testing.assert_close(BinaryLogits(input="real.d", target=target).term(given, Moment()), wanted)
    sure = torch.tensor([90.0, -90.0], requires_grad=True)
    value = BinaryLogits(input="real.d", target=target).term(sure, Moment())
    assert value.isfinite()
    assert torch.autograd.grad(value, sure)[0].isfinite().all()


def test_root_mse_and_its_gradient_at_zero():
    ours, theirs = draw(1, 4, 3), draw(2, 4, 3)
    loss = RootMSE(input="real.a", target="real.b")
    torch.testing.assert_close(loss.term(ours, theirs), F.mse_loss(ours, theirs).sqrt())
    same = ours.clone().requires_grad_()
    assert torch.autograd.grad(loss.term(same, ours), same)[0].abs().max() == 0


def test_next_step_compares_a_prediction_with_what_came():
    series = draw(1, 2, 6, 3)
    ahead = torch.cat((series[:, 1:], draw(2, 2, 1, 3)), 1)
    loss = NextStep(input="real.s", target="real.h")
    assert float(loss.term(ahead, series)) == 0
    assert float(loss.term(ahead + 2, series)) == pytest.approx(4)


def test_moments_compare_mean_and_deviation():
    data = draw(1, 50, 2, 3)
    loss = Moments(input="fake.x", target="real.x")
    assert float(loss.term(data, data.flip(0))) < 1e-12
    assert float(loss.term(data + 3, data)) == pytest.approx(3)
    wide = data.mean(0) + 2 * (data - data.mean(0))
    assert float(loss.term(wide, data)) == pytest.approx(float(data.std(0, correction=0).mean()), rel=1e-4)


def test_token_cross_entropy_takes_codes_and_one_hot():
    given, codes = draw(1, 3, 5, 7), torch.arange(15).view(3, 5) % 7
    loss = TokenCrossEntropy(input="fake.l", target="real.x")
    wanted = nn.CrossEntropyLoss()(given.view(-1, 7), codes.view(-1))
    torch.testing.assert_close(loss.term(given, codes), wanted)
    torch.testing.assert_close(loss.term(given, F.one_hot(codes, 7).double()), wanted)


def test_token_cross_entropy_skips_what_is_masked():
    given, codes = draw(1, 3, 5, 7), torch.arange(15).view(3, 5) % 7
    mask = torch.tensor([[True] * 5, [True, True, False, False, False], [False] * 5])
    loss = TokenCrossEntropy(input="fake.l", target="real.x", mask="real.mask")
    wanted = nn.CrossEntropyLoss()(given[mask], codes[mask])
    torch.testing.assert_close(loss.term(given, codes, mask), wanted)
    broken = given.masked_fill(~mask[..., None], math.inf)
    torch.testing.assert_close(loss.term(broken, codes, mask), wanted)
    assert float(loss.term(given, codes, mask & False)) == 0


def test_token_smoothing_is_that_of_torch():
    given, codes = draw(1, 15, 7), torch.arange(15) % 7
    loss = TokenCrossEntropy(input="fake.l", target="real.x", smoothing=0.1)
    wanted = nn.CrossEntropyLoss(label_smoothing=0.1)(given, codes)
    torch.testing.assert_close(loss.term(given.view(3, 5, 7), codes.view(3, 5)), wanted)


TABLE = {
    "x": Field((7,), names=("age", "sex=f", "sex=m", "hours", "work=a", "work=b", "work=c")),
    "condition": Field((5,), names=("work=a", "work=b", "work=c", "sex=f", "sex=m")),
}


def test_column_cross_entropy_reads_only_the_chosen_column():
    loss = ColumnCrossEntropy(input="fake.generator.raw", target="fake.condition")
    raw = draw(1, 3, 7)
    chosen = F.one_hot(torch.tensor([1, 4, 0]), 5).double()      # work = b, sex = m, work = a
    work, sex = raw[:, 4:7].log_softmax(1), raw[:, 1:3].log_softmax(1)
    wanted = -(work[0, 1] + sex[1, 1] + work[2, 0]) / 3
    torch.testing.assert_close(loss.term(raw, chosen, Moment(**loss.state(TABLE))), wanted)
    assert torch.autograd.gradcheck(lambda x: loss.term(x, chosen, Moment(**loss.state(TABLE))), raw.requires_grad_())
    sure = torch.tensor([[0.0, 90.0, -90.0, 5.0, -900.0, 900.0, 0.0]], requires_grad=True)
    value = loss.term(sure, chosen[:1].float(), Moment(**loss.state(TABLE)))
    assert value.isfinite()
    assert torch.autograd.grad(value, sure)[0].isfinite().all()


def test_column_cross_entropy_says_what_the_data_lacks():
    loss = ColumnCrossEntropy(input="fake.raw", target="fake.condition")
    with pytest.raises(ValueError, match="'condition' is none"):
        loss.state({"x": TABLE["x"]})
    with pytest.raises(ValueError, match="names no entry 'sex=f'"):
        loss.state(TABLE | {"x": Field((4,), names=("work=a", "work=b", "work=c", "sex=m"))})


def classes(*codes):
    return F.one_hot(torch.tensor(codes), 3).double()


def test_conditional_contrastive_loss_row_by_row():
    embedding, proxy, codes, t = draw(1, 5, 4), draw(2, 5, 4), (0, 1, 0, 2, 0), 0.7
    e, p = F.normalize(embedding), F.normalize(proxy)
    total = 0
    for i in range(5):
        own = math.exp(float(e[i] @ p[i]) / t)
        others = {k: math.exp(float(e[i] @ e[k]) / t) for k in range(5) if k != i}
        kin = sum(v for k, v in others.items() if codes[k] == codes[i])
        total -= math.log((own + kin) / (own + sum(others.values())))
    loss = ConditionalContrastive(embedding="real.e", proxy="real.p", label="real.label", temperature=t)
    assert float(loss.term(embedding, proxy, classes(*codes))) == pytest.approx(total / 5)


def test_data_to_data_cross_entropy_row_by_row():
    embedding, proxy, codes, t = draw(1, 5, 3), draw(2, 5, 3), (0, 1, 0, 2, 0), 0.5
    e, p = F.normalize(embedding), F.normalize(proxy)
    total = 0
    for i in range(5):
        own = math.exp(min(float(e[i] @ p[i]) - 0.9, 0) / t)
        others = [math.exp(max(float(e[i] @ e[j]) - 0.1, 0) / t) for j in range(5) if codes[j] != codes[i]]
        total -= math.log(own / (own + sum(others)))
    loss = D2DCE(embedding="real.e", proxy="real.p", label="real.label", positive_margin=0.9, negative_margin=0.1)
    assert float(loss.term(embedding, proxy, classes(*codes))) == pytest.approx(total / 5)


@pytest.mark.parametrize("cls", [ConditionalContrastive, D2DCE])
def test_contrastive_losses_learn_and_do_not_mind_order_or_a_lonely_class(cls):
    loss = cls(embedding="real.e", proxy="real.p", label="real.label")
    embedding, proxy = draw(1, 4, 3).requires_grad_(), draw(2, 4, 3).requires_grad_()
    value = loss.term(embedding, proxy, classes(0, 1, 0, 2))
    assert all(g.isfinite().all() and g.abs().sum() > 0 for g in torch.autograd.grad(value, (embedding, proxy)))
    order = torch.tensor([2, 0, 3, 1])
    torch.testing.assert_close(value, loss.term(embedding[order], proxy[order], classes(0, 1, 0, 2)[order]))
    assert loss.term(embedding, proxy, classes(1, 1, 1, 1)).isfinite()


def test_perceptual_loss_by_its_parts():
    ours, theirs = draw(1, 2, 3, 4, 5), draw(2, 2, 3, 4, 5)
    loss = Perceptual(input="fake.vgg", target="real.vgg", content=2.0, style=3.0)
    content = ((ours - theirs) ** 2).mean()
    style = 0
    for a, b in zip(ours, theirs, strict=True):
        grams = [torch.einsum("chw,dhw->cd", x, x) / 60 for x in (a, b)]
        style += ((grams[0] - grams[1]) ** 2).sum() / 2
    torch.testing.assert_close(loss.term(ours, theirs, Moment()), 2 * content + 3 * style)


def test_perceptual_loss_of_directions_ignores_length():
    features = draw(1, 2, 3, 4, 5)
    loss = Perceptual(input="fake.vgg", target="real.vgg", style=1.0, normalize=True)
    assert float(loss.term(features, 5 * features, Moment())) < 1e-12
    assert float(loss.term(features, -features, Moment())) == pytest.approx(4 / 3, rel=1e-6)


def test_perceptual_style_takes_vectors():
    ours, theirs = draw(1, 2, 3), draw(2, 2, 3)
    loss = Perceptual(input="fake.f", target="real.f", content=0.0, style=1.0)
    wanted = sum(((a.outer(a) - b.outer(b)) ** 2).sum() / 9 for a, b in zip(ours, theirs, strict=True)) / 2
    torch.testing.assert_close(loss.term(ours, theirs, Moment()), wanted)
