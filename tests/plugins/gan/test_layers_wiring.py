"""Layers that join, cut and rearrange wires."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from ganframe_gan.layers import (
    Add,
    Channels,
    Chunk,
    Concat,
    ConcatLabel,
    Dot,
    Lerp,
    Multiply,
    Pack,
    RepeatTo,
    Select,
    Slice,
    Transpose,
)  # fmt: skip
from layer_making import made, numbers, run

from ganframe import Shape


def test_concat_joins_the_first_axis_of_a_row() -> None:
    a, b, c = numbers(2, 3, 4), numbers(2, 1, 4, seed=2), numbers(2, 2, 4, seed=3)
    out = run(Concat(), a, b, c)
    assert out.shape == (2, 6, 4)
    assert torch.equal(out[:, 3], b[:, 0]) and torch.equal(out[:, 4:], c)
    assert run(Concat(dim=-1), a, a).shape == (2, 3, 8)


@pytest.mark.parametrize(
    ("layer", "shapes", "said"),
    [
        (Concat(), [(3, 4, 4), (5,)], "ConcatLabel"),
        (Concat(), [(3, 4, 4), (3, 8, 8)], "differ in another axis"),
        (Concat(), [(3,)], "several inputs"),
        (Concat(dim=0), [(3,), (3,)], "0 is the batch"),
        (Concat(dim=3), [(3,), (3,)], "no axis"),
        (Add(), [(3, 4, 4), (3,)], "Unflatten"),
        (Multiply(), [(3, 4, 4), (2, 1, 1)], "do not broadcast"),
        (Dot(), [(3,), (4,)], "no inner product"),
        (Chunk(chunks=4), [(6,)], "equal parts"),
        (Slice(start=2, stop=2), [(6,)], "nothing"),
        (Channels(out_channels=4), [(3, 4, 4)], "no 4 channels"),
        (Select(index=6), [(6, 2)], "outside"),
        (ConcatLabel(), [(3, 4, 4), (3, 4)], "the label must be a vector"),
        (RepeatTo(), [(3,)], "either size"),
        (RepeatTo(size=(2,)), [(3,), (3, 4, 4)], "either size"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(layer: Any, shapes: list[tuple[int, ...]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        layer.build(*map(Shape, shapes))


def test_integer_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="floats such as a one-hot label, not int64"):
        ConcatLabel().build(Shape((3, 4, 4)), Shape((5,), torch.int64))


def test_sums_and_products_broadcast_across_the_right_axes() -> None:
    x, gain = numbers(2, 3, 4, 4), numbers(2, 3, 1, 1, seed=2)
    assert torch.equal(run(Add(), x, x, gain), x + x + gain)
    out = run(Multiply(), x, gain)
    for n in range(2):
        for c in range(3):
            assert torch.equal(out[n, c], x[n, c] * gain[n, c, 0, 0])
    assert torch.equal(run(Multiply(factor=0.5), x), 0.5 * x)
    assert torch.equal(run(Multiply(factor=0.5), x, gain), 0.5 * out)


def test_lerp_is_exact_at_both_ends_and_fades_row_by_row() -> None:
    old, new = numbers(3, 2, 4, 4).float(), numbers(3, 2, 4, 4, seed=2).float()
    out = run(Lerp(), old, new, torch.tensor([[0.0], [1.0], [0.25]]))
    assert torch.equal(out[0], old[0]) and torch.equal(out[1], new[1])
    torch.testing.assert_close(out[2], 0.75 * old[2] + 0.25 * new[2])
    gains = torch.rand(3, 2, 1, 1)
    torch.testing.assert_close(run(Lerp(), old, new, gains), old + gains * (new - old))


def test_dot_is_a_scaled_inner_product() -> None:
    x, y = numbers(4, 6), numbers(4, 6, seed=2)
    torch.testing.assert_close(run(Dot(scale=0.5), x, y), 0.5 * torch.einsum("nf,nf->n", x, y).unsqueeze(1))


def test_parts_of_an_axis() -> None:
    x = torch.arange(24.0).view(2, 6, 2)
    a, b, c = run(Chunk(chunks=3), x)
    assert torch.equal(torch.stack((a, b, c), 1).flatten(1, 2), x)
    assert torch.equal(run(Chunk(dim=-1), x)[1], x[:, :, 1:])
    assert torch.equal(run(Slice(start=1, stop=-2), x), x[:, 1:-2])
    assert torch.equal(run(Slice(start=-1), x), x[:, 5:])
    assert torch.equal(run(Channels(out_channels=4), x), x[:, :4])
    assert torch.equal(run(Select(index=-1), x), x[:, 5])
    assert torch.equal(run(Select(index=1, dim=2), x), x[:, :, 1])
    assert torch.equal(run(Transpose(), x), x.mT)


def test_a_label_becomes_constant_maps() -> None:
    x, label = numbers(2, 3, 4, 5), torch.eye(4, dtype=torch.float64)[:2]
    out = run(ConcatLabel(), x, label)
    assert out.shape == (2, 7, 4, 5) and torch.equal(out[:, :3], x)
    for n in range(2):
        for k in range(4):
            assert (out[n, 3 + k] == label[n, k]).all()


def test_a_vector_is_repeated_before_or_after_its_features() -> None:
    z = numbers(2, 3)
    out = run(RepeatTo(size=(4, 5)), z)
    assert out.shape == (2, 3, 4, 5) and torch.equal(out[:, :, 2, 3], z)
    like = numbers(2, 7, 6, seed=2)
    series = run(RepeatTo(first=True), z, like)
    assert series.shape == (2, 7, 3) and torch.equal(series[:, 4], z)
    assert run(RepeatTo(), z, like).shape == (2, 3, 6)


def test_pack_folds_neighbouring_rows() -> None:
    x = numbers(6, 2, 3, 3)
    out = run(Pack(size=3), x)
    assert out.shape == (2, 6, 3, 3)
    assert torch.equal(out[1], torch.cat((x[3], x[4], x[5])))
    with pytest.raises(ValueError, match="4 rows cannot be packed 3 at a time"):
        made(Pack(size=3), x)(x[:4])
