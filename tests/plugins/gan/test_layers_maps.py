"""Layers on maps without weights: filters, norms, pools, and statistics over the batch."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from ganframe_gan.layers import (
    Blur,
    MaskedMean,
    MinibatchDiscrimination,
    MinibatchStdDev,
    Normalize,
    PixelNorm,
    Resample,
    SumPool,
)  # fmt: skip
from layer_making import made, numbers, run
from torch import Tensor

from ganframe import Shape


def along(x: Tensor, dim: int, taps: list[float], start: int) -> Tensor:
    """One output value after another: sum over j of taps[j] * x[i + j + start], zero outside."""
    size, out = x.shape[dim], []
    for i in range(size):
        places = [(tap, i + j + start) for j, tap in enumerate(taps)]
        out.append(sum(tap * x.select(dim, p) for tap, p in places if 0 <= p < size))
    return torch.stack(out, dim)


def test_halving_is_1331_and_every_second_pixel() -> None:
    x = numbers(2, 3, 6, 8)
    taps = [1 / 8, 3 / 8, 3 / 8, 1 / 8]
    wanted = along(along(x, 2, taps, -1), 3, taps, -1)[:, :, ::2, ::2]
    torch.testing.assert_close(run(Resample(scale=0.5), x), wanted)


def test_doubling_is_zeros_and_1331_with_gain() -> None:
    x = numbers(2, 3, 4, 5)
    wide = torch.zeros(2, 3, 8, 10).double()
    wide[:, :, ::2, ::2] = x
    taps = [1 / 4, 3 / 4, 3 / 4, 1 / 4]
    torch.testing.assert_close(run(Resample(), x), along(along(wide, 2, taps, -2), 3, taps, -2))


def test_doubling_equals_bilinear_away_from_the_border() -> None:
    x = numbers(2, 3, 6, 6)
    smooth = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
    torch.testing.assert_close(run(Resample(), x)[..., 1:-1, 1:-1], smooth[..., 1:-1, 1:-1])
    torch.testing.assert_close(run(Resample(filter="bilinear"), x), smooth)
    assert torch.equal(run(Resample(filter="nearest"), x), x.repeat_interleave(2, 2).repeat_interleave(2, 3))


def test_bilinear_halving_is_the_mean_of_four() -> None:
    x = numbers(2, 3, 6, 4)
    torch.testing.assert_close(run(Resample(scale=0.5, filter="bilinear"), x), F.avg_pool2d(x, 2))


def test_up_and_down_are_adjoint() -> None:
    x, y = numbers(1, 2, 6, 6), numbers(1, 2, 12, 12, seed=2)
    up, down = run(Resample(), x), run(Resample(scale=0.5), y)
    torch.testing.assert_close((up * y).sum(), 4 * (x * down).sum())


@pytest.mark.parametrize(("taps", "row"), [(2, [1, 1]), (3, [1, 2, 1]), (4, [1, 3, 3, 1]), (5, [1, 4, 6, 4, 1])])
def test_blur_is_binomial_and_keeps_the_size(taps: int, row: list[float]) -> None:
    x = numbers(2, 3, 5, 6)
    shares = [value / sum(row) for value in row]
    wanted = along(along(x, 2, shares, -(taps // 2)), 3, shares, -(taps // 2))
    torch.testing.assert_close(run(Blur(taps=taps), x), wanted)


def test_resampling_needs_pixels() -> None:
    with pytest.raises(ValueError, match="cannot be halved"):
        Resample(scale=0.5).build(Shape((3, 1, 4)))
    with pytest.raises(ValueError, match="must be a map"):
        Resample().build(Shape((8,)))
    with pytest.raises(ValueError, match="'scale' must be one of"):
        Resample(scale=3.0)


def test_lengths_are_brought_to_one() -> None:
    x = numbers(2, 6, 4, 4)
    torch.testing.assert_close(run(Normalize(), x).norm(dim=1), torch.ones(2, 4, 4).double())
    torch.testing.assert_close(run(Normalize(dim=-1), x).norm(dim=-1), torch.ones(2, 6, 4).double())
    assert not run(Normalize(), torch.zeros(1, 3)).any()
    torch.testing.assert_close(run(PixelNorm(), x), x / (x.square().sum(1, keepdim=True) / 6 + 1e-8).sqrt())


def test_pools_sum_and_average() -> None:
    x = numbers(2, 3, 4, 5)
    torch.testing.assert_close(run(SumPool(), x), torch.einsum("nchw->nc", x))
    series = numbers(3, 4, 2)
    mask = torch.tensor([[True, True, False, False], [True] * 4, [False] * 4])
    out = run(MaskedMean(), series, mask)
    torch.testing.assert_close(out[0], series[0, :2].mean(0))
    torch.testing.assert_close(out[1], series[1].mean(0))
    assert not out[2].any()
    with pytest.raises(ValueError, match="length of the sequence"):
        MaskedMean().build(Shape((4, 2)), Shape((3,)))


@pytest.mark.parametrize(
    ("rows", "group", "groups"), [(8, 4, 2), (8, 2, 4), (3, 4, 1), (6, 4, 1), (10, 4, 2), (7, 2, 1)]
)
def test_minibatch_deviation_is_taken_group_by_group(rows: int, group: int, groups: int) -> None:
    x = numbers(rows, 4, 2, 3)
    out = run(MinibatchStdDev(group=group, channels=2), x)
    assert out.shape == (rows, 6, 2, 3) and torch.equal(out[:, :4], x)
    for n in range(rows):
        members = x[n % groups :: groups]
        for k in range(2):
            part = members[:, 2 * k : 2 * k + 2]
            wanted = ((part - part.mean(0)).square().mean(0) + 1e-8).sqrt().mean()
            torch.testing.assert_close(out[n, 4 + k], wanted.expand(2, 3))


def test_minibatch_deviation_of_equal_rows_is_nothing() -> None:
    x = numbers(1, 4).expand(8, 4)
    assert run(MinibatchStdDev(), x)[:, 4].max() < 1e-3
    with pytest.raises(ValueError, match="cannot be shared"):
        MinibatchStdDev(channels=3).build(Shape((4,)))


def test_minibatch_discrimination_counts_near_rows() -> None:
    x = numbers(5, 6)
    module = made(MinibatchDiscrimination(kernels=3, size=2), x)
    m = (x @ module.tensor.weight.detach().t()).view(5, 3, 2)
    out = module(x)
    assert torch.equal(out[:, :6], x)
    for i in range(5):
        for b in range(3):
            wanted = sum(float(torch.exp(-(m[i, b] - m[j, b]).abs().sum())) for j in range(5))
            assert out[i, 6 + b].item() == pytest.approx(wanted)
    same = module(x[:1].expand(4, 6))
    torch.testing.assert_close(same[:, 6:], torch.full((4, 3), 4.0).double())
