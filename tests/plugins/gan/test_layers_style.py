"""StyleGAN2's layers against a slow, literal form of the paper's equations."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from ganframe_gan.layers import ModulatedConv2d, StyleMix, Truncate
from layer_making import made, numbers
from torch import Tensor, nn

from ganframe import Shape


def literal(module: nn.Module, x: Tensor, style: Tensor, demodulate: bool, up: bool) -> Tensor:
    """Equations 1 and 3, a weight of its own for each row; upsampling by zeros, the convolution, then [1, 3, 3, 1]."""
    rows = []
    for row, w in zip(x, style, strict=True):
        scale = module.affine.weight @ w + module.shift
        weight = module.weight * scale.view(1, -1, 1, 1)
        if demodulate:
            weight = weight / (weight.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
        if up:
            rows.append(_upsampled(row, weight))
        else:
            rows.append(F.conv2d(row[None], weight, padding=weight.shape[2] // 2)[0])
    return torch.stack(rows)


def _upsampled(x: Tensor, weight: Tensor) -> Tensor:
    size, margin = weight.shape[2], weight.shape[2] + 4
    wide = x.new_zeros(x.shape[0], 2 * x.shape[1] + 2 * margin, 2 * x.shape[2] + 2 * margin)
    wide[:, margin:-margin:2, margin:-margin:2] = x
    # The transposed convolution is a true convolution: the kernel is turned round.
    y = F.conv2d(wide[None], weight.flip((2, 3)))[0]
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=x.dtype) / 8
    blur = 4 * torch.outer(taps, taps).expand(y.shape[0], 1, 4, 4)
    y = F.conv2d(y[None], blur, groups=y.shape[0])[0]
    # Pixel i of x lands on pixels 2 i and 2 i + 1 alike, since the filter is even.
    first = margin - (size + 1) // 2 - 1
    return y[:, first : first + 2 * x.shape[1], first : first + 2 * x.shape[2]]


@pytest.mark.parametrize("size", [1, 3, 5])
@pytest.mark.parametrize("demodulate", [True, False])
def test_modulation_scales_the_weights_of_each_row(size: int, demodulate: bool) -> None:
    x, style = numbers(3, 4, 5, 6), numbers(3, 7, seed=2)
    module = made(ModulatedConv2d(out_channels=2, kernel_size=size, demodulate=demodulate), x, style)
    torch.testing.assert_close(module(x, style), literal(module, x, style, demodulate, up=False))


@pytest.mark.parametrize("size", [1, 3, 5, 7])
def test_upsampling_is_zeros_convolution_and_filter(size: int) -> None:
    x, style = numbers(2, 3, 5, 6), numbers(2, 7, seed=2)
    module = made(ModulatedConv2d(out_channels=2, kernel_size=size, up=2), x, style)
    out = module(x, style)
    assert out.shape == (2, 2, 10, 12)
    torch.testing.assert_close(out, literal(module, x, style, True, up=True))


def test_upsampling_keeps_the_middle_in_the_middle() -> None:
    x, style = torch.ones(1, 1, 9, 9).double(), torch.zeros(1, 4).double()
    module = made(ModulatedConv2d(out_channels=1, up=2, demodulate=False), x, style)
    with torch.no_grad():
        module.weight.zero_()[0, 0, 1, 1] = 1.0
    out = module(x, style)[0, 0]
    torch.testing.assert_close(out[2:-2, 2:-2], torch.ones(14, 14).double())
    torch.testing.assert_close(out, out.flip(0))
    torch.testing.assert_close(out, out.flip(1))


def test_the_style_begins_at_one_and_weights_at_unit_gain() -> None:
    x, style = torch.randn(64, 32, 8, 8), torch.zeros(64, 16)
    module = made(ModulatedConv2d(out_channels=64, demodulate=False), x, style)
    assert torch.equal(module.shift, torch.ones(32))
    assert abs(module(x, style)[:, :, 2:-2, 2:-2].std().item() - 1) < 0.05
    loud = made(ModulatedConv2d(out_channels=64), x, style)
    with torch.no_grad():
        loud.shift.mul_(10)
    assert abs(loud(x, style)[:, :, 2:-2, 2:-2].std().item() - 1) < 0.05


def test_modulated_layers_have_stylegan2_s_number_of_weights() -> None:
    # NVIDIA's table at 1024 x 1024; its layers have besides 512 biases and a strength of noise, to RGB 3 biases.
    def count(layer: ModulatedConv2d) -> int:
        return sum(p.numel() for p in layer.build(Shape((512, 8, 8)), Shape((512,))).parameters())

    assert count(ModulatedConv2d(out_channels=512)) + 512 + 1 == 2_622_465
    assert count(ModulatedConv2d(out_channels=3, kernel_size=1, demodulate=False)) + 3 == 264_195


def test_even_kernels_are_refused() -> None:
    with pytest.raises(ValueError, match="odd"):
        ModulatedConv2d(out_channels=2, kernel_size=4).build(Shape((3, 4, 4)), Shape((5,)))


def test_styles_are_mixed_from_a_random_layer_on() -> None:
    x, other = torch.zeros(4000, 2), torch.ones(4000, 2)
    module = made(StyleMix(count=5, probability=0.8), x, other)
    out = module(x, other)
    assert out.shape == (4000, 5, 2) and torch.equal(out[..., 0], out[..., 1])
    firsts = out[..., 0].sum(1)
    assert ((out[:, 1:, 0] - out[:, :-1, 0]) >= 0).all() and not out[:, 0].any()
    shares = torch.bincount(firsts.long(), minlength=5) / 4000
    torch.testing.assert_close(shares, torch.tensor([0.2, 0.2, 0.2, 0.2, 0.2]), atol=0.03, rtol=0)


def test_nothing_is_mixed_in_eval_mode_nor_with_probability_zero() -> None:
    x, other = numbers(6, 3), numbers(6, 3, seed=2)
    for module in (made(StyleMix(count=4), x, other).eval(), made(StyleMix(count=4, probability=0.0), x, other)):
        assert torch.equal(module(x, other), x.unsqueeze(1).expand(6, 4, 3))


def test_truncation_pulls_towards_the_running_mean_in_eval_mode_only() -> None:
    x = numbers(4000, 3, 2) + torch.tensor([1.0, -2.0]).double()
    psi = torch.full((4000, 1), 0.5).double()
    module = made(Truncate(decay=0.9), x, psi)
    assert module(x, psi) is x
    mean = x.mean((0, 1))
    torch.testing.assert_close(module.mean, 0.1 * mean)
    for _ in range(100):
        module(x, psi)
    torch.testing.assert_close(module.mean, mean, atol=1e-3, rtol=0)
    module.eval()
    torch.testing.assert_close(module(x, psi), module.mean + 0.5 * (x - module.mean))
    torch.testing.assert_close(module(x, torch.ones_like(psi)), x)
    assert torch.equal(module(x, torch.zeros_like(psi)), module.mean.expand_as(x))


def test_psi_is_one_number_a_row() -> None:
    with pytest.raises(ValueError, match="one number a row"):
        Truncate().build(Shape((6,)), Shape((6,)))
