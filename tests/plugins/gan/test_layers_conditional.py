"""Norms whose gain and offset a condition gives, channel by channel."""

from __future__ import annotations

import pytest
import torch
from ganframe_gan.layers import ConditionalInstanceNorm2d, ConditionalLayerNorm
from layer_making import made, numbers, run

from ganframe import Shape


def test_instance_norm_scales_each_channel_of_each_row_by_its_condition() -> None:
    x, condition = numbers(3, 4, 5, 6), numbers(3, 7, seed=2)
    module = made(ConditionalInstanceNorm2d(std=0.5), x, condition)
    out = module(x, condition)
    for n in range(3):
        for c in range(4):
            plain = (x[n, c] - x[n, c].mean()) / (x[n, c].var(correction=0) + 1e-5).sqrt()
            gain = 1 + module.gain.weight[c] @ condition[n]
            torch.testing.assert_close(out[n, c], gain * plain + module.offset.weight[c] @ condition[n])
    assert sorted(name for name, _ in module.named_parameters()) == ["gain.weight", "offset.weight"]


@pytest.mark.parametrize("shape", [(6,), (4, 6)])
def test_layer_norm_scales_each_feature_by_the_rows_condition(shape: tuple[int, ...]) -> None:
    x, condition = numbers(3, *shape), numbers(3, 5, seed=2)
    module = made(ConditionalLayerNorm(std=0.5), x, condition)
    for row, c, out in zip(x, condition, module(x, condition), strict=True):
        for place, found in zip(row.view(-1, 6), out.view(-1, 6), strict=True):
            plain = (place - place.mean()) / (place.var(correction=0) + 1e-5).sqrt()
            torch.testing.assert_close(found, (1 + module.gain.weight @ c) * plain + module.offset.weight @ c)


@pytest.mark.parametrize(
    ("layer", "x"), [(ConditionalInstanceNorm2d(std=0.0), (4, 5, 6)), (ConditionalLayerNorm(std=0.0), (4, 6))]
)
def test_without_deviation_they_begin_as_the_plain_norm(layer, x) -> None:
    given = numbers(3, *x)
    plain = torch.nn.functional.instance_norm(given) if len(x) == 3 else torch.nn.functional.layer_norm(given, (6,))
    torch.testing.assert_close(run(layer, given, numbers(3, 2)), plain)


def test_what_cannot_be_normalised_is_refused() -> None:
    with pytest.raises(ValueError, match="no variance to normalise"):
        ConditionalInstanceNorm2d().build(Shape((4, 1, 1)), Shape((5,)))
    with pytest.raises(ValueError, match="must be a sequence"):
        ConditionalLayerNorm().build(Shape((4, 5, 6)), Shape((5,)))
    with pytest.raises(ValueError, match="the condition must be floats"):
        ConditionalLayerNorm().build(Shape((6,)), Shape((5,), torch.int64))
