"""The traps of PyTorch's shapes: what constructs fine there and mixes rows, or fails late, is refused at the line."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
from ganframe_torch.layers import LAYERS
from ganframe_torch.shapes import rank
from torch import nn

from ganframe import Shape

BY_NAME = {c.__name__: c for c in LAYERS}


def build(name: str, x: tuple[int, ...], dtype: torch.dtype | None = None, **options: Any) -> nn.Module:
    return BY_NAME[name](**options).build(Shape(x, dtype))


def test_features_are_the_last_axis_and_channels_the_first() -> None:
    assert build("Linear", (20, 50), out_features=3).in_features == 50
    assert build("Conv1d", (20, 50), out_channels=3, kernel_size=1).in_channels == 20
    assert build("BatchNorm1d", (20, 50)).num_features == 20
    assert build("GroupNorm", (20, 50), num_groups=2).num_channels == 20
    assert build("LayerNorm", (20, 50)).normalized_shape == (50,)
    assert build("RMSNorm", (20, 50)).normalized_shape == (50,)
    assert build("GRU", (20, 50), hidden_size=3).input_size == 50


@pytest.mark.parametrize(("name", "options", "said"), [
    ("Linear", {"in_features": 20, "out_features": 3}, r"'in_features' is 20, but its input \(20, 50\) has 50"),
    ("Conv1d", {"in_channels": 50, "out_channels": 3, "kernel_size": 1}, "'in_channels' is 50, but .* has 20"),
    ("LayerNorm", {"normalized_shape": (20, 51)}, r"'normalized_shape' is \(20, 51\), but .* has \(20, 50\)"),
    ("LayerNorm", {"normalized_shape": 20}, "'normalized_shape' is 20, but .* has 50"),
    ("GRU", {"input_size": 20, "hidden_size": 3}, "'input_size' is 20, but .* has 50"),
    ("TransformerEncoderLayer", {"d_model": 8, "nhead": 2}, "'d_model' is 8, but .* has 50"),
])  # fmt: skip
def test_a_written_size_must_agree(name: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        build(name, (20, 50), **options)


def test_written_sizes_of_two_inputs_must_agree() -> None:
    with pytest.raises(ValueError, match=r"'in2_features' is 4, but 'input2' \(3,\) has 3"):
        BY_NAME["Bilinear"](out_features=2, in2_features=4).build(Shape((2,)), Shape((3,)))
    with pytest.raises(ValueError, match=r"'kdim' is 4, but 'key' \(5, 6\) has 6"):
        BY_NAME["MultiheadAttention"](num_heads=2, kdim=4).build(Shape((3, 8)), Shape((5, 6)))


@pytest.mark.parametrize("component", [c for c in LAYERS if rank(c.__name__)[0]], ids=lambda c: c.__name__)
def test_an_unbatched_rank_is_refused(component: type) -> None:
    """PyTorch reads one axis less as one sample: the batch becomes its channels, or its steps."""
    least, most, _ = rank(component.__name__)
    example = component.examples[0]
    dtype = torch.int64 if example["x"][0] == "int64" else None
    made = component(**example["options"])
    needed = [p for p in inspect.signature(made.build).parameters.values() if p.default is p.empty][1:]
    for axes in {least - 1, least + 1} if most == least else {least - 1}:
        with pytest.raises(ValueError, match="beside the batch|must be"):
            made.build(Shape((2,) * axes, dtype), *[Shape((2,) * axes) for _ in needed])


def test_the_message_of_a_rank_names_the_axes() -> None:
    with pytest.raises(ValueError, match=r"Conv2d reads 3 axes \(channels, height, width\) beside the batch, but its "
                                         r"input has 2: \(3, 32\)"):  # fmt: skip
        build("Conv2d", (3, 32), out_channels=4, kernel_size=3)


def test_inputs_of_unequal_rank_are_refused() -> None:
    """(N, D) against (N,) would broadcast the batch over the features."""
    with pytest.raises(ValueError, match=r"'x2' \(\) and the input \(4,\) must have as many axes"):
        BY_NAME["CosineSimilarity"]().build(Shape((4,)), Shape(()))


def test_softmax_is_never_over_the_batch() -> None:
    """Without `dim` PyTorch takes axis 0 of three, which is the batch."""
    assert build("Softmax", (5,)).dim == 1
    assert build("LogSoftmax", (5, 3), dim=-1).dim == -1
    for name in ("Softmax", "Softmin", "LogSoftmax"):
        with pytest.raises(ValueError, match=r"say over which axis: 'dim' is 1 to 2 \(0 is the batch\)"):
            build(name, (5, 3))


@pytest.mark.parametrize(("name", "options"), [
    ("Softmax", {"dim": 0}), ("Softmax", {"dim": -3}), ("GLU", {"dim": 0}), ("Flatten", {"start_dim": 0}),
    ("Unflatten", {"dim": 0, "unflattened_size": (2, 2)}), ("Flatten", {"start_dim": -3}),
])  # fmt: skip
def test_no_option_names_the_batch(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is the batch; the input's own axes are 1 to 2"):
        build(name, (4, 6), **options)


def test_an_axis_that_is_not_there_is_refused() -> None:
    """On PyTorch's meta device a softmax over a missing axis passes."""
    with pytest.raises(ValueError, match=r"'dim' = 3 is no axis of the input \(4, 6\); they are 1 to 2"):
        build("Softmax", (4, 6), dim=3)


@pytest.mark.parametrize("name", ["Embedding", "EmbeddingBag"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bool])
def test_only_tokens_are_looked_up(name: str, dtype: torch.dtype) -> None:
    with pytest.raises(ValueError, match="reads tokens .* write a Linear with bias = false"):
        build(name, (6,), dtype, num_embeddings=5, embedding_dim=2)


@pytest.mark.parametrize(("name", "options", "x"), [
    ("Linear", {"out_features": 2}, (6,)), ("Conv1d", {"out_channels": 2, "kernel_size": 1}, (3, 6)),
    ("GRU", {"hidden_size": 2}, (3, 6)), ("LayerNorm", {}, (3, 6)), ("BatchNorm1d", {}, (6,)),
])  # fmt: skip
def test_tokens_are_no_numbers(name: str, options: dict[str, Any], x: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=f"{name} reads floating-point numbers, but its input is torch.int64"):
        build(name, x, torch.int64, **options)


def test_weights_of_a_bag_have_its_shape() -> None:
    with pytest.raises(ValueError, match=r"'per_sample_weights' \(5,\) must have the input's shape \(6,\)"):
        BY_NAME["EmbeddingBag"](num_embeddings=5, embedding_dim=2, mode="sum").build(
            Shape((6,), torch.int64), per_sample_weights=Shape((5,))
        )


def test_sparse_gradients_are_not_scaled() -> None:
    with pytest.raises(ValueError, match="cannot be true together"):
        build("Embedding", (6,), torch.int64, num_embeddings=5, embedding_dim=2, sparse=True, scale_grad_by_freq=True)


@pytest.mark.parametrize(("name", "options", "said"), [
    ("Linear", {"out_features": 0}, "'out_features' must be at least 1"),
    ("Conv2d", {"out_channels": 4, "kernel_size": 0}, "'kernel_size' must be at least 1"),
    ("Conv2d", {"out_channels": 4, "kernel_size": (3, 0)}, "'kernel_size' must be at least 1"),
    ("Conv2d", {"out_channels": 4, "kernel_size": 3, "stride": 0}, "'stride' must be at least 1"),
    ("Conv2d", {"out_channels": 4, "kernel_size": 3, "padding": -1}, "'padding' must be at least 0"),
    ("Conv2d", {"out_channels": 4, "kernel_size": 3, "dilation": 0}, "'dilation' must be at least 1"),
    ("Dropout", {"p": float("nan")}, "'p' must be a number"),
    ("Dropout2d", {"p": 1.5}, "'p' must be at most 1"),
    ("BatchNorm2d", {"momentum": 2.0}, "'momentum' must be at most 1"),
    ("LayerNorm", {"eps": -1.0}, "'eps' must be at least 0"),
])  # fmt: skip
def test_values_that_pytorch_takes_in_silence_are_refused(name: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        BY_NAME[name](**options)


def test_padding_may_crop() -> None:
    assert build("ConstantPad1d", (2, 6), padding=(-1, 2), value=0.5)(torch.zeros(1, 2, 6)).shape == (1, 2, 7)


@pytest.mark.parametrize(("name", "options", "x", "said"), [
    ("Conv2d", {"out_channels": 4, "kernel_size": 3, "groups": 2}, (3, 8, 8), "divisible by groups"),
    ("Conv2d", {"out_channels": 4, "kernel_size": 3, "padding": "same", "stride": 2}, (3, 8, 8), "strided"),
    ("GroupNorm", {"num_groups": 2}, (3, 8), "divisible by num_groups"),
    ("TransformerEncoderLayer", {"nhead": 3}, (4, 8), "divisible by num_heads"),
])  # fmt: skip
def test_what_pytorch_refuses_is_a_plain_error(name: str, options: dict[str, Any], x: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        build(name, x, **options)


@pytest.mark.parametrize(("stride", "dilation", "refused"), [(1, 1, True), (2, 1, False), (1, 2, False)])
def test_output_padding_needs_a_stride_or_dilation(stride, dilation, refused) -> None:
    (layer_class,) = [cls for cls in LAYERS if cls.__name__ == "ConvTranspose2d"]
    layer = layer_class(
        out_channels=2, kernel_size=3, output_padding=1, stride=stride, dilation=(dilation, dilation)
    )
    if refused:
        with pytest.raises(ValueError, match="output_padding"):
            layer.build(Shape((3, 5, 5)))
    else:
        layer.build(Shape((3, 5, 5)))(torch.zeros(2, 3, 5, 5))
