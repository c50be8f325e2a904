"""Losses on pictures, by hand and against an independent formulation."""

from __future__ import annotations

import pytest
import torch
from ganframe_image.data.digits import digits
from ganframe_image.losses import SSIM, Sharpness
from torch.nn import functional as F


def test_sharpness_of_a_line_by_hand():
    picture = torch.zeros(1, 1, 3, 5)
    picture[..., 2] = 1.0  # inner pixels: one beside the line, the line itself, one beside it
    variance = (1**2 + 2**2 + 1**2) / 3 - 0.0
    assert float(Sharpness(input="fake.x", least=4.0).term(picture)) == pytest.approx(1 - variance / 4)
    assert float(Sharpness(input="fake.x", least=variance / 2).term(picture)) == 0


def test_blur_is_seen_and_corrected():
    rule = Sharpness(input="fake.x", least=2.63)
    x, _ = digits("test")
    blurred = F.avg_pool2d(F.pad(x, [1] * 4, mode="replicate"), 3, stride=1)
    assert float(rule.term(x)) < 0.03 < 0.8 < float(rule.term(blurred))
    below = (torch.stack([rule.term(one[None]) for one in x]) > 0).double().mean()
    assert float(below) == pytest.approx(0.1, abs=0.03), "the docstring says that a tenth is below"
    moved = blurred.clone().requires_grad_()
    (slope,) = torch.autograd.grad(rule.term(moved), moved)
    assert float(rule.term(blurred - 20 * slope)) < float(rule.term(blurred))


def test_no_pictures_no_sharpness():
    for shape in ((2, 9), (2, 1, 2, 8)):
        with pytest.raises(ValueError, match="at least 3 x 3"):
            Sharpness(input="fake.x", least=1.0).term(torch.zeros(shape))


def test_ssim_by_hand_where_one_window_covers_all():
    """3 x 3 pictures: one window, so that SSIM is one number of weighted means, variances and covariance."""
    rng = torch.Generator().manual_seed(2)
    x, y = (torch.rand(1, 1, 3, 3, generator=rng, dtype=torch.float64) for _ in range(2))
    taps = torch.exp(-torch.tensor([1.0, 0.0, 1.0], dtype=torch.float64) / (2 * 1.5**2))
    w = torch.outer(taps, taps) / taps.sum() ** 2
    mx, my = (w * x[0, 0]).sum(), (w * y[0, 0]).sum()
    vx, vy = (w * (x[0, 0] - mx) ** 2).sum(), (w * (y[0, 0] - my) ** 2).sum()
    both = (w * (x[0, 0] - mx) * (y[0, 0] - my)).sum()
    c1, c2 = 0.01**2, 0.03**2
    wanted = (2 * mx * my + c1) * (2 * both + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))
    loss = SSIM(input="fake.x", target="real.x")
    torch.testing.assert_close(loss.term(2 * x - 1, 2 * y - 1), 1 - wanted)
    assert float(loss.term(x, x)) == pytest.approx(0.0, abs=1e-12)


def test_ssim_of_several_scales_and_refusals():
    x = torch.rand(2, 1, 24, 24, generator=torch.Generator().manual_seed(1)) * 2 - 1
    assert float(SSIM(input="fake.x", target="real.x", scales=True).term(x, x)) == pytest.approx(0.0, abs=1e-5)
    assert 0 < float(SSIM(input="fake.x", target="real.x", scales=True).term(x, x.flip(3))) <= 1
    with pytest.raises(ValueError, match="pictures of one shape"):
        SSIM(input="fake.x", target="real.x").term(x, x[:, :, :8])
    with pytest.raises(ValueError, match="'low' = 1 must be below 'high' = 1"):
        SSIM(input="fake.x", target="real.x", low=1.0)
