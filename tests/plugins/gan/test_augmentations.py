"""Augmentations: their formulas, their laws of chance, and the strength that finds itself."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from ganframe_gan.augmentations import ADA, AUGMENTATIONS, AugmentPipe, DiffAugment, Flip, Shift
from ganframe_gan.augmentations.geometry import product, scaled, shifted, turned
from ganframe_gan.augmentations.warp import TAPS, gathered, reflected, warp
from torch import Tensor

from ganframe import Now, component

MOTIONS = ("xflip", "rotate90", "xint", "scale", "rotate", "aniso", "xfrac")
COLOURS = ("brightness", "contrast", "lumaflip", "hue", "saturation")
NONE = dict.fromkeys((*MOTIONS, *COLOURS), 0.0)


def now(seed: int = 0, **facts: Any) -> Now:
    return Now(rng=torch.Generator().manual_seed(seed), **facts)


def pictures(*size: int) -> Tensor:
    return torch.randn(*size, generator=torch.Generator().manual_seed(9), dtype=torch.float64)


def smooth(rows: int = 1, size: int = 32) -> Tensor:
    """Pictures without fine detail and without symmetry: what a resampling filter must not change."""
    y, x = torch.meshgrid(torch.arange(size) / size, torch.arange(size) / size, indexing="ij")
    one = torch.stack([torch.sin(5 * x + 2 * y), torch.cos(3 * x - 4 * y + 1), x * x - y])
    return one.double().expand(rows, 3, size, size)


def only(p: float = 1.0, **options: float) -> AugmentPipe:
    """The pipe with nothing on but what is named."""
    return AugmentPipe(p=p, **{**NONE, **options})


def applied(cls: type, x: Tensor, seed: int = 0, **options: Any) -> Tensor:
    made = cls(**options)
    if hasattr(made, "state"):
        state = made.state()
        state["p"].fill_(0.7)
        return made(x, now(seed), state)
    return made(x, now(seed))


@pytest.mark.parametrize("cls", AUGMENTATIONS)
@pytest.mark.parametrize("size", [(3, 16, 16), (1, 8, 8), (4, 5, 7), (3, 1, 2)])
def test_any_pictures_keep_their_form_and_the_stream_decides(cls: type, size: tuple[int, ...]) -> None:
    x = pictures(6, *size).float()
    state = torch.get_rng_state()
    one, two, other = applied(cls, x), applied(cls, x), applied(cls, x, seed=1)
    assert one.shape == x.shape and one.dtype == x.dtype and torch.isfinite(one).all()
    assert torch.equal(one, two) and torch.equal(torch.get_rng_state(), state)
    assert size[1] < 5 or not torch.equal(one, other)


@pytest.mark.parametrize("cls", AUGMENTATIONS)
def test_gradients_and_penalties_pass(cls: type) -> None:
    x = pictures(3, 3, 6, 5).requires_grad_()
    assert torch.autograd.gradcheck(lambda v: applied(cls, v), x, fast_mode=True)
    assert torch.autograd.gradgradcheck(lambda v: applied(cls, v).sin(), x, fast_mode=True)


@pytest.mark.parametrize(
    "made", [AugmentPipe(p=0.0, noise=1.0, cutout=1.0), Flip(p=0.0), Shift(p=0.0), only(), DiffAugment(policy=())]
)
def test_no_strength_is_no_change(made: Any) -> None:
    x = pictures(4, 3, 8, 8).float()
    assert torch.equal(made(x, now()), x)


def test_a_strength_may_be_a_curve() -> None:
    @component
    class Late:
        def at(self, now: Now) -> float:
            return float(now.step >= 10)

    x = pictures(16, 3, 8, 8)
    for made in (only(p=Late(), xflip=1.0), Flip(p=Late())):
        assert torch.equal(made(x, now(step=9)), x)
        assert not torch.equal(made(x, now(step=10)), x)


def test_flip_mirrors_its_share_of_rows() -> None:
    x = pictures(2000, 1, 2, 3)
    out = Flip(p=0.3)(x, now())
    flipped = (out == x.flip(-1)).flatten(1).all(1)
    assert (flipped | (out == x).flatten(1).all(1)).all()
    assert abs(flipped.double().mean().item() - 0.3) < 0.04


def test_shift_moves_whole_pixels_and_mirrors_the_border() -> None:
    x = torch.arange(8.0).view(1, 1, 1, 8).expand(500, 1, 8, 8)
    out = Shift(reach=0.25)(x, now())
    seen = {tuple(row.tolist()) for row in out[:, 0, 0]}
    wanted = [reflected(torch.arange(8.0) + m, 8) for m in range(-2, 3)]
    assert seen == {tuple(row.tolist()) for row in wanted}
    assert tuple(wanted[0].tolist()) == (2, 1, 0, 1, 2, 3, 4, 5)
    down = Shift(reach=0.25)(x.mT.contiguous(), now())
    assert len({tuple(row.tolist()) for row in down[:, 0, :, 0]}) == 5


def test_colour_changes_of_diffaugment() -> None:
    x = pictures(3000, 3, 2, 2)
    out = DiffAugment(policy=("color",))(x, now())
    # The mean of a picture moves by brightness alone: saturation and contrast leave it.
    brightness = out.mean((1, 2, 3)) - x.mean((1, 2, 3))
    assert -0.5 <= brightness.min() < -0.48 and 0.48 < brightness.max() <= 0.5
    grey, before = out.mean(1, keepdim=True), x.mean(1, keepdim=True)
    contrast = ((grey - grey.mean((2, 3), keepdim=True)) / (before - before.mean((2, 3), keepdim=True))).flatten(1)
    torch.testing.assert_close(contrast, contrast[:, :1].expand_as(contrast))
    both = ((out - grey) / (x - before)).flatten(1)
    torch.testing.assert_close(both, both[:, :1].expand_as(both))
    assert 0.5 <= contrast.min() < 0.51 and 1.49 < contrast.max() <= 1.5
    saturation = both[:, 0] / contrast[:, 0]
    assert 0 <= saturation.min() < 0.02 and 1.98 < saturation.max() <= 2


def test_translation_of_diffaugment() -> None:
    x = pictures(600, 2, 16, 8) + 10
    out = DiffAugment(policy=("translation",))(x, now())
    seen = set()
    for before, after in zip(x, out, strict=True):
        filled = after[0] != 0
        rows, columns = filled.any(1).nonzero()[:, 0], filled.any(0).nonzero()[:, 0]
        down, right = 16 - len(rows), 8 - len(columns)
        down, right = (down if rows[0] else -down), (right if columns[0] else -right)
        seen.add((down, right))
        kept = before[:, max(0, -down) : 16 - max(0, down), max(0, -right) : 8 - max(0, right)]
        assert torch.equal(after[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], kept)
    assert seen == {(d, r) for d in range(-2, 3) for r in range(-1, 2)}


@pytest.mark.parametrize(("size", "side"), [(8, 4), (7, 4), (5, 3)])
def test_cutout_of_diffaugment(size: int, side: int) -> None:
    x = torch.ones(4000, 2, size, size)
    out = DiffAugment(policy=("cutout",))(x, now())
    holes = out[:, 0] == 0
    assert torch.equal(holes, out[:, 1] == 0)
    rows, columns = holes.any(2), holes.any(1)
    assert torch.equal(holes, rows.unsqueeze(2) & columns.unsqueeze(1))
    # As in the authors' code the middle is 0 to size - side % 2, its rectangle starts side // 2 before it.
    firsts = [max(0, middle - side // 2) for middle in range(size + 1 - side % 2)]
    lasts = [min(size, middle - side // 2 + side) for middle in range(size + 1 - side % 2)]
    wanted = {(first, last) for first, last in zip(firsts, lasts, strict=True)}
    for spans in (rows, columns):
        seen = {(int(s.nonzero()[0]), int(s.nonzero()[-1]) + 1) for s in spans.unique(dim=0)}
        assert seen == wanted


def test_the_filter_is_a_symmetric_quadrature_mirror() -> None:
    taps = torch.tensor(TAPS, dtype=torch.float64)
    assert torch.equal(taps, taps.flip(0))
    assert taps.sum().item() == pytest.approx(math.sqrt(2), abs=1e-6)
    overlaps = [float((taps[2 * m :] * taps[: 12 - 2 * m]).sum()) for m in range(6)]
    assert overlaps == pytest.approx([1, 0, 0, 0, 0, 0], abs=1.3e-3)
    places = torch.arange(12) - 5.5
    stop = torch.linspace(0.75 * math.pi, math.pi, 50).double().unsqueeze(1)
    gain = (taps * torch.cos(stop * places)).sum(1).abs().max().item() / math.sqrt(2)
    assert 20 * math.log10(gain) < -31


def identity(rows: int) -> Tensor:
    return torch.eye(3, dtype=torch.float64).expand(rows, 3, 3)


def column(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64).unsqueeze(1)


def test_warping_by_whole_pixels_mirrors_and_quarter_turns() -> None:
    x = smooth(5)
    one = column(1, 1, 1, 1, 1)
    maps = product(
        scaled(column(1, -1, 1, 1, 1), one), turned(column(0, 0, math.pi / 2, math.pi, 0)),
        shifted(column(0, 0, 0, 0, 3), column(0, 0, 0, 0, -2)),
    )  # fmt: skip
    out = warp(x, maps)
    wanted = torch.stack([x[0], x[0].flip(2), x[0].rot90(1, (1, 2)), x[0].flip((1, 2)), x[0].roll((2, -3), (1, 2))])
    inner = (..., slice(3, -3), slice(3, -3))
    torch.testing.assert_close(out[inner], wanted[inner], atol=3e-3, rtol=0)
    torch.testing.assert_close(out[:4], wanted[:4], atol=2e-2, rtol=0)


def test_warping_follows_the_map() -> None:
    size, x = 32, smooth()
    inverse = product(turned(column(0.3)), scaled(column(1.1), column(0.9)), shifted(column(1.7), column(-0.6)))
    out = warp(x, inverse)[0]
    middle = (size - 1) / 2
    for i, j in ((16, 16), (12, 20), (20, 11)):
        u, v, _ = (inverse[0] @ torch.tensor([j - middle, i - middle, 1.0]).double() + middle).tolist()
        u, v = u / size, v / size
        wanted = [math.sin(5 * u + 2 * v), math.cos(3 * u - 4 * v + 1), u * u - v]
        assert out[:, i, j].tolist() == pytest.approx(wanted, abs=5e-3)


def test_beyond_the_border_a_picture_is_mirrored() -> None:
    x = smooth(1, 16)
    out = warp(x, shifted(column(8), column(0)))[0]
    torch.testing.assert_close(out[..., :8], x[0, ..., 8:], atol=2e-2, rtol=0)
    torch.testing.assert_close(out[..., 8:15], x[0, ..., 8:15].flip(-1), atol=2e-2, rtol=0)
    assert reflected(torch.tensor([-3.0, -1.0, 0.0, 4.0, 5.0, 9.0]), 5).tolist() == [3, 1, 0, 4, 3, 1]


def test_a_small_picture_is_not_aliased() -> None:
    stripes = torch.ones(1, 1, 32, 32).double()
    stripes[..., ::2] = -1
    half = warp(stripes, scaled(column(2), column(2)))
    assert half[..., 8:-8, 8:-8].abs().max() < 0.1


def test_reading_by_index_equals_grid_sample() -> None:
    x = pictures(3, 2, 6, 9)
    u, v = 8 * torch.rand(3, 5, 4).double(), 5 * torch.rand(3, 5, 4).double()
    grid = torch.stack(((2 * u + 1) / 9 - 1, (2 * v + 1) / 6 - 1), -1)
    torch.testing.assert_close(gathered(x, u, v), torch.nn.functional.grid_sample(x, grid, align_corners=False))


def test_brightness_contrast_and_lightness() -> None:
    x = pictures(4000, 3, 1, 2)
    bright = only(brightness=1.0)(x, now()) - x
    torch.testing.assert_close(bright, bright[:, :1, :, :1].expand_as(bright))
    assert abs(bright[:, 0, 0, 0].std().item() - 0.2) < 0.01
    power = (only(contrast=1.0)(x, now()) / x).log2()
    torch.testing.assert_close(power, power[:, :1, :, :1].expand_as(power))
    assert abs(power[:, 0, 0, 0].std().item() - 0.5) < 0.02
    turned_over = only(lumaflip=1.0)(x, now())
    wanted = x - 2 * x.mean(1, keepdim=True)
    over = torch.isclose(turned_over, wanted).flatten(1).all(1)
    assert (over | (turned_over == x).flatten(1).all(1)).all()
    assert abs(over.double().mean().item() - 0.5) < 0.03


def test_hue_and_saturation_keep_grey() -> None:
    x = pictures(4000, 3, 1, 1)
    grey = x.mean(1, keepdim=True)
    for made in (only(hue=1.0), only(saturation=1.0)):
        torch.testing.assert_close(made(x, now()).mean(1, keepdim=True), grey)
    hue = only(hue=1.0)(x, now())
    torch.testing.assert_close((hue - grey).norm(dim=1), (x - grey).norm(dim=1))
    cosine = torch.cosine_similarity((hue - grey).flatten(1), (x - grey).flatten(1))
    assert abs((cosine.clamp(-1, 1).acos() / math.pi).mean().item() - 0.5) < 0.02
    volume = torch.linalg.det(torch.stack((x, hue, torch.ones_like(x)), 1)[..., 0, 0])
    assert 0.45 < (volume > 0).double().mean() < 0.55
    grown = ((only(saturation=1.0)(x, now()) - grey) / (x - grey)).log2()
    torch.testing.assert_close(grown, grown[:, :1].expand_as(grown))
    assert abs(grown.std().item() - 1) < 0.04


def test_grey_pictures_have_no_colour_to_change() -> None:
    x = pictures(50, 1, 4, 4)
    torch.testing.assert_close(only(hue=1.0, saturation=1.0)(x, now()), x)


def test_noise_and_cutout_of_the_pipe() -> None:
    x = torch.zeros(3000, 1, 8, 8)
    strength = only(noise=1.0)(x, now()).flatten(1).std(1)
    # The mean of |N(0, 0.1^2)| is 0.1 sqrt(2 / pi).
    assert abs(strength.mean().item() - 0.1 * math.sqrt(2 / math.pi)) < 0.004
    cut = only(cutout=1.0)(x + 1, now())
    rows, columns = (cut == 0)[:, 0].any(2), (cut == 0)[:, 0].any(1)
    assert torch.equal((cut == 0)[:, 0], rows.unsqueeze(2) & columns.unsqueeze(1))
    assert rows.sum(1).max() == 4 and rows.sum(1).min() == 2


@pytest.mark.parametrize("p", [0.2, 0.9])
def test_each_transformation_happens_with_its_probability(p: float) -> None:
    x = pictures(2000, 3, 2, 4)
    for name in set(NONE) - {"xint"}:  # a move by no whole pixel is none
        share = only(p=p, **{name: 0.5})(x, now()).ne(x).flatten(1).any(1).double().mean().item()
        # A mirroring is a coin thrown, a quarter turn is one of four; lightness is a coin too.
        wanted = 0.5 * p * {"xflip": 0.5, "lumaflip": 0.5, "rotate90": 0.75}.get(name, 1.0)
        assert abs(share - wanted) < 0.04, name


def test_whole_moves_are_whole() -> None:
    x = smooth(400)
    out = only(xint=1.0)(x, now())
    inner = (slice(None), slice(8, -8), slice(8, -8))
    moves = [x[0].roll((d, r), (1, 2))[inner] for d in range(-4, 5) for r in range(-4, 5)]
    nearest = torch.stack([(out[:, *inner] - move).abs().amax((1, 2, 3)) for move in moves], 1)
    assert nearest.min(1).values.max() < 1e-2
    assert nearest.argmin(1).unique().numel() > 70


def test_ada_is_the_pipe_at_its_own_strength() -> None:
    state = ADA().state()
    state["p"].fill_(0.6)
    x = pictures(64, 3, 8, 8)
    torch.testing.assert_close(ADA()(x, now(4), state), AugmentPipe(p=0.6)(x, now(4)))


def test_the_strength_follows_overfitting() -> None:
    ada = ADA(target=0.5, every=2, images=1000)
    state = ada.state()
    confident, unsure = torch.ones(10, 1), torch.tensor([[1.0], [-1.0]] * 5)
    ada.update(state, confident, now())
    assert state["p"] == 0
    ada.update(state, confident, now())
    assert state["p"].item() == pytest.approx(20 / 1000)
    for _ in range(10):
        ada.update(state, confident, now())
    assert state["p"].item() == pytest.approx(6 * 20 / 1000)
    ada.update(state, confident, now())
    ada.update(state, unsure, now())  # a mean of 0.5 is the target itself: nothing moves
    assert state["p"].item() == pytest.approx(0.12)
    for _ in range(40):
        ada.update(state, -confident, now())
    assert state["p"] == 0


def test_the_strength_stays_below_its_bound_and_counts_patches_once() -> None:
    ada = ADA(every=1, images=100, max_p=0.3)
    state = ada.state()
    ada.update(state, torch.ones(10, 1, 4, 4), now())
    assert state["p"].item() == pytest.approx(0.1)
    for _ in range(9):
        ada.update(state, torch.ones(10, 1), now())
    assert state["p"].item() == pytest.approx(0.3)
    assert {name: (value.shape, value.dtype) for name, value in state.items()} == {
        name: (value.shape, value.dtype) for name, value in ada.state().items()
    }
    assert ADA(p=0.25).state()["p"] == 0.25


def test_only_pictures_are_taken() -> None:
    for made in (DiffAugment(), AugmentPipe(), Shift()):
        with pytest.raises(ValueError, match="expected pictures"):
            made(torch.zeros(2, 8), now())
