"""Layers with weights: their formulas written out again, their initial values, their number of weights."""

from __future__ import annotations

import math

import pytest
import torch
from ganframe_gan.layers import (
    AdaptiveInstanceNorm,
    Bias,
    ConditionalBatchNorm2d,
    Constant,
    FiLM,
    FourierFeatures,
    Highway,
    Maxout,
    Noise,
    Projection,
    SelfAttention,
    SqueezeExcitation,
)  # fmt: skip
from layer_making import made, numbers, run
from torch import nn

from ganframe import Shape


def weights(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def test_a_constant_is_the_same_for_every_row_and_keeps_its_own_start() -> None:
    module = made(Constant(shape=(3, 4, 4)), numbers(5, 8))
    out = module(numbers(5, 8))
    assert out.shape == (5, 3, 4, 4) and all(torch.equal(row, module.weight) for row in out)
    out.sum().backward()
    assert torch.equal(module.weight.grad, torch.full_like(module.weight, 5.0))
    torch.manual_seed(0)
    assert 0.9 < Constant(shape=(50, 10, 10)).build(Shape((1,))).weight.std() < 1.1


def test_a_bias_is_zero_and_one_number_a_channel() -> None:
    x = numbers(2, 3, 4, 4)
    module = made(Bias(), x)
    assert torch.equal(module(x), x)
    with torch.no_grad():
        module.bias.copy_(torch.tensor([1.0, 2.0, 3.0]))
    torch.testing.assert_close(module(x) - x, torch.tensor([1.0, 2.0, 3.0]).double().view(3, 1, 1).expand(2, 3, 4, 4))


def test_noise_begins_silent_and_is_shared_by_the_channels() -> None:
    x = torch.zeros(200, 3, 8, 8)
    module = made(Noise(), x)
    assert torch.equal(module(x), x)
    with torch.no_grad():
        module.strength.fill_(2.0)
    out = module(x)
    assert torch.equal(out[:, 0], out[:, 1])
    assert abs(out.std().item() - 2) < 0.05
    assert not torch.equal(out[0], out[1])
    fixed = module.eval()(x)
    assert torch.equal(fixed[0], fixed[1]) and torch.equal(fixed, module(x))
    torch.testing.assert_close(fixed[0, 0], 2 * module.fixed[0])


def test_projection_is_a_linear_logit_plus_the_label_s_own() -> None:
    x, label = numbers(4, 6), torch.eye(3, dtype=torch.float64)[[0, 2, 1, 2]]
    module = made(Projection(), x, label)
    for n, k in enumerate([0, 2, 1, 2]):
        wanted = module.linear.weight[0] @ x[n] + module.linear.bias[0] + module.embed.weight[:, k] @ x[n]
        torch.testing.assert_close(module(x, label)[n, 0], wanted)
    soft = torch.full((4, 3), 1 / 3, dtype=torch.float64)
    mean = torch.stack([module(x, torch.eye(3).double()[[k] * 4]) for k in range(3)]).mean(0)
    torch.testing.assert_close(module(x, soft), mean)
    assert weights(module) == 6 + 1 + 18


def test_self_attention_is_the_sum_over_pooled_pixels() -> None:
    x = numbers(2, 16, 4, 6)
    module = made(SelfAttention(), x)
    assert torch.equal(module(x), x)
    with torch.no_grad():
        module.gamma.fill_(0.7)
    theta, phi, g = (conv.weight[:, :, 0, 0] for conv in (module.theta, module.phi, module.g))
    pool = torch.nn.functional.max_pool2d
    key = pool(torch.einsum("ki,nihw->nkhw", phi, x), 2)
    value = pool(torch.einsum("ki,nihw->nkhw", g, x), 2)
    score = torch.einsum("nkhw,nkuv->nhwuv", torch.einsum("ki,nihw->nkhw", theta, x), key)
    share = score.exp() / score.exp().sum((3, 4), keepdim=True)
    seen = torch.einsum("nhwuv,nkuv->nkhw", share, value)
    wanted = x + 0.7 * torch.einsum("ok,nkhw->nohw", module.o.weight[:, :, 0, 0], seen)
    torch.testing.assert_close(module(x), wanted)


def test_self_attention_has_sagan_s_number_of_weights() -> None:
    # SAGAN 32 x 32 minus SNGAN 32 x 32 in StudioGAN's printed tables: generator at 256, discriminator at 128 channels.
    assert weights(SelfAttention().build(Shape((256, 8, 8)))) == 4_386_308 - 4_304_387
    assert weights(SelfAttention().build(Shape((128, 16, 16)))) == 1_075_586 - 1_055_105


def test_conditional_batch_norm_normalises_then_scales_by_the_label() -> None:
    x, label = 3 * numbers(8, 2, 4, 4) + 1, torch.eye(3, dtype=torch.float64)[[0, 1, 2, 0, 1, 2, 0, 1]]
    module = made(ConditionalBatchNorm2d(), x, label)
    out = module(x, label)
    normal = (x - x.mean((0, 2, 3), keepdim=True)) / (x.var((0, 2, 3), correction=0, keepdim=True) + 1e-5).sqrt()
    for n in range(8):
        k = int(label[n].argmax())
        gain, offset = 1 + module.gain.weight[:, k], module.offset.weight[:, k]
        torch.testing.assert_close(out[n], normal[n] * gain.view(2, 1, 1) + offset.view(2, 1, 1))


def test_conditional_batch_norm_begins_near_and_with_std_zero_exactly_at_gain_one() -> None:
    x, label = numbers(4, 200, 2, 2), torch.eye(4, dtype=torch.float64)
    module = made(ConditionalBatchNorm2d(std=0.0), x, label)
    torch.testing.assert_close(module(x, label), torch.nn.functional.batch_norm(x, None, None, training=True))
    usual = made(ConditionalBatchNorm2d(), x, label)
    assert 0.015 < usual.gain.weight.std() < 0.025 and 0.015 < usual.offset.weight.std() < 0.025


def test_conditional_batch_norm_has_sngan_s_number_of_weights() -> None:
    # Six of them, 10 classes and 256 channels, against six plain affine batch norms: StudioGAN's SNGAN minus its WGAN.
    one = weights(ConditionalBatchNorm2d().build(Shape((256, 4, 4)), Shape((10,))))
    assert 6 * (one - 2 * 256) == 4_304_387 - 4_276_739


def test_conditional_batch_norm_uses_running_statistics_in_eval_mode() -> None:
    x, label = 2 * numbers(64, 2, 4, 4) + 5, torch.eye(2, dtype=torch.float64)[[0, 1] * 32]
    module = made(ConditionalBatchNorm2d(momentum=1.0, std=0.0), x, label)
    module(x, label)
    alone = module.eval()(x[:1], label[:1])
    torch.testing.assert_close(alone, module(x, label)[:1])
    assert alone.abs().max() < 6


@pytest.mark.parametrize("layer", [AdaptiveInstanceNorm(), FiLM()])
def test_one_linear_map_gives_gain_and_offset(layer: AdaptiveInstanceNorm | FiLM) -> None:
    x, style = 3 * numbers(2, 3, 4, 4) + 1, numbers(2, 5, seed=2)
    module = made(layer, x, style)
    gain, offset = (style @ module.affine.weight.t() + module.affine.bias).view(2, 2, 3, 1, 1).unbind(1)
    if isinstance(layer, AdaptiveInstanceNorm):
        normal = (x - x.mean((2, 3), keepdim=True)) / (x.var((2, 3), correction=0, keepdim=True) + 1e-5).sqrt()
    else:
        normal = x
    torch.testing.assert_close(module(x, style), (1 + gain) * normal + offset)


def test_a_single_pixel_cannot_be_instance_normalised() -> None:
    with pytest.raises(ValueError, match="no variance"):
        AdaptiveInstanceNorm().build(Shape((3, 1, 1)), Shape((5,)))


def test_a_highway_carries_its_input_while_its_gate_is_shut() -> None:
    x = numbers(4, 6)
    module = made(Highway(gate_bias=-50.0), x)
    torch.testing.assert_close(module(x), x)
    module = made(Highway(), x)
    gate = 1 / (1 + torch.exp(-(x @ module.gate.weight.t() + module.gate.bias - 1)))
    change = (x @ module.transform.weight.t() + module.transform.bias).clamp_min(0)
    torch.testing.assert_close(module(x), gate * change + (1 - gate) * x)


def test_maxout_takes_the_largest_piece() -> None:
    x = numbers(4, 6)
    module = made(Maxout(out_features=3, pieces=4), x)
    pieces = x @ module.linear.weight.t() + module.linear.bias
    wanted = torch.stack([pieces[:, 4 * i : 4 * i + 4].amax(1) for i in range(3)], 1)
    torch.testing.assert_close(module(x), wanted)


def test_squeeze_and_excitation_scales_channels_by_their_means() -> None:
    x = numbers(2, 8, 4, 4)
    module = made(SqueezeExcitation(reduction=4), x)
    hidden = (x.mean((2, 3)) @ module.squeeze.weight.t() + module.squeeze.bias).clamp_min(0)
    scale = torch.sigmoid(hidden @ module.excite.weight.t() + module.excite.bias)
    torch.testing.assert_close(module(x), x * scale.view(2, 8, 1, 1))
    assert weights(module) == 8 * 2 + 2 + 2 * 8 + 8


def test_fourier_features_are_waves_of_fixed_frequencies() -> None:
    x = numbers(3, 2)
    module = made(FourierFeatures(features=4, std=10.0), x)
    out = module(x)
    for n in range(3):
        for m in range(4):
            angle = 2 * math.pi * float(module.frequencies[m] @ x[n])
            assert out[n, m].item() == pytest.approx(math.cos(angle), abs=1e-9)
            assert out[n, 4 + m].item() == pytest.approx(math.sin(angle), abs=1e-9)
    assert not list(module.parameters()) and "frequencies" in module.state_dict()
    torch.manual_seed(0)
    assert 9 < FourierFeatures(features=500, std=10.0).build(Shape((2,))).frequencies.std() < 11


def test_labels_must_be_vectors_of_floats() -> None:
    with pytest.raises(ValueError, match="the label must be a vector"):
        Projection().build(Shape((6,)), Shape((3, 4)))
    with pytest.raises(ValueError, match="the condition must be floats"):
        ConditionalBatchNorm2d().build(Shape((3, 4, 4)), Shape((5,), torch.int64))
    assert run(Projection(), numbers(2, 6), numbers(2, 3)).shape == (2, 1)
