"""Every layer is PyTorch's module: the same parameters, outputs and buffers, bit for bit, on PyTorch's own inputs."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from ganframe_torch.averaging import BatchNorm
from ganframe_torch.layer import Layer
from ganframe_torch.layers import BASES, LAYERS
from ganframe_torch.shapes import rank
from torch import Tensor, nn
from torch_inputs import bound, module_inputs, written

from ganframe import Shape
from ganframe.testing.judge import same_bits

#: Constructor arguments and an input's shape (with the batch) for classes of which PyTorch keeps no inputs.
OWN_INPUTS: dict[str, list[tuple[tuple[Any, ...], dict[str, Any], tuple[int, ...]]]] = {
    "AlphaDropout": [((), {}, (4, 3, 5)), ((0.2,), {}, (4, 3))],
    "ChannelShuffle": [((2,), {}, (3, 4, 5, 6))],
    "CrossMapLRN2d": [((3,), {"alpha": 0.1, "k": 2.0}, (2, 5, 6, 6))],
    "Dropout": [((), {}, (4, 3, 5)), ((0.2,), {}, (4, 3))],
    "Dropout1d": [((), {}, (4, 3, 5))],
    "Dropout2d": [((0.3,), {}, (4, 3, 5, 5))],
    "Dropout3d": [((), {}, (4, 3, 5, 2, 2))],
    "FeatureAlphaDropout": [((), {}, (4, 3, 5, 5))],
    "Flatten": [((), {}, (2, 3, 4, 5)), ((2, 3), {}, (2, 3, 4, 5))],
    "Fold": [(((4, 5), (2, 2)), {}, (2, 12, 12)), ((4, 2), {"stride": 2}, (2, 12, 4))],
    "Hardsigmoid": [((), {}, (4, 3, 5))],
    "Identity": [((), {}, (4, 3, 5))],
    "PixelShuffle": [((2,), {}, (2, 8, 3, 3))],
    "PixelUnshuffle": [((2,), {}, (2, 3, 4, 6))],
    "RReLU": [((0.1, 0.4), {}, (4, 3))],
    "Unflatten": [((1, (2, 5)), {}, (3, 10)), ((2, (2, -1, 3)), {}, (3, 4, 12)), ((-1, (-1, 2)), {}, (3, 4, 12))],
    "Unfold": [(((2, 3),), {"padding": 1}, (2, 3, 4, 5))],
    "Upsample": [
        ((), {"scale_factor": 2.0}, (2, 3, 4, 4)), (((7, 5),), {"mode": "bilinear"}, (2, 3, 4, 4)),
        ((), {"scale_factor": (2.0, 1.5), "mode": "bicubic", "align_corners": True}, (2, 3, 4, 4)),
        ((9,), {"mode": "linear"}, (2, 3, 4)),
    ],
    "UpsamplingBilinear2d": [((), {"scale_factor": 2.0}, (2, 3, 4, 4))],
    "UpsamplingNearest2d": [(((8, 6),), {}, (2, 3, 4, 4))],
}  # fmt: skip
#: Classes with more than one input, or more than one sample of them, are compared in their own tests below.
MANY_INPUTS = ("CosineSimilarity", "PairwiseDistance", "Bilinear", "MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d")
SIMPLE = [c for c in LAYERS if BASES.get(c._torch, BatchNorm) is BatchNorm and c.__name__ not in MANY_INPUTS]
BY_NAME = {c.__name__: c for c in LAYERS}


def cases(component: type[Layer]) -> list[tuple[tuple[Any, ...], dict[str, Any], Tensor]]:
    own = [(args, kw, torch.randn(shape)) for args, kw, shape in OWN_INPUTS.get(component.__name__, [])]
    for given in module_inputs(component._torch):
        (x,) = bound(component._torch.forward, given.forward_input.args, given.forward_input.kwargs).values()
        batched = x.dim() > rank(component.__name__)[0]
        kwargs = {k: v for k, v in given.constructor_input.kwargs.items() if k != "_random_samples"}
        own.append((given.constructor_input.args, kwargs, x if batched else x[None]))
    return own


def seeded(make: Any, *args: Any, **kwargs: Any) -> Any:
    torch.manual_seed(5)
    return make(*args, **kwargs)


def assert_same(component: type[Layer], args: tuple[Any, ...], kwargs: dict[str, Any], inputs: list[Tensor]) -> None:
    """Build both, compare types, parameters, outputs and buffers in train and in eval mode."""
    made = component(**written(component, bound(component._torch.__init__, args, kwargs)))
    ours = seeded(made.build, *[Shape(x.shape[1:], x.dtype) for x in inputs])
    theirs = seeded(component._torch, *args, **kwargs)
    assert type(ours) is component._torch or (isinstance(ours, component._torch) and ours.momentum is None)
    assert repr(ours).removeprefix("Averaging").replace(".0", "") == repr(theirs).replace(".0", "")
    for mode in (True, False):
        got = seeded(ours.train(mode), *[x.clone() for x in inputs])
        want = seeded(theirs.train(mode), *[x.clone() for x in inputs])
        assert same_bits(got, want)
        assert list(ours.state_dict()) == list(theirs.state_dict())
        assert same_bits(ours.state_dict(), theirs.state_dict())


@pytest.mark.parametrize("component", SIMPLE, ids=lambda c: c.__name__)
def test_layer_is_pytorchs(component: type[Layer]) -> None:
    compared = 0
    for args, kwargs, x in cases(component):
        if bound(component._torch.__init__, args, kwargs).get("dim") == 0:
            with pytest.raises(ValueError, match="batch"):
                assert_same(component, args, kwargs, [x])
            continue
        assert_same(component, args, kwargs, [x])
        compared += 1
    assert compared


@pytest.mark.parametrize(("name", "args", "shapes"), [
    ("Bilinear", (2, 3, 4), [(8, 2), (8, 3)]),
    ("Bilinear", (2, 3, 4, False), [(8, 5, 2), (8, 5, 3)]),
    ("CosineSimilarity", (), [(4, 5), (4, 5)]),
    ("CosineSimilarity", (2, 1e-3), [(4, 5, 3), (4, 5, 3)]),
    ("PairwiseDistance", (), [(4, 5), (4, 5)]),
    ("PairwiseDistance", (1.0, 1e-3, True), [(4, 5), (4, 5)]),
])  # fmt: skip
def test_layer_with_two_inputs_is_pytorchs(name: str, args: tuple[Any, ...], shapes: list[tuple[int, ...]]) -> None:
    torch.manual_seed(1)
    assert_same(BY_NAME[name], args, {}, [torch.randn(shape) for shape in shapes])


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_pooling_gives_its_indices_to_unpooling(axes: int) -> None:
    x = torch.randn(2, 3, *[6] * axes)
    pool = BY_NAME[f"MaxPool{axes}d"](kernel_size=2, return_indices=True).build(Shape(x.shape[1:]))
    values, indices = pool(x)
    unpool = BY_NAME[f"MaxUnpool{axes}d"](kernel_size=2)
    back = unpool.build(Shape(values.shape[1:]), indices=Shape(indices.shape[1:], indices.dtype))(values, indices)
    assert type(pool) is getattr(nn, f"MaxPool{axes}d")
    assert back.shape == x.shape
    assert torch.equal(back[back != 0].sort().values, values.flatten().sort().values)


def test_embedding_is_pytorchs() -> None:
    tokens = torch.randint(0, 4, (5, 3))
    for given in module_inputs(nn.Embedding):
        assert_same(BY_NAME["Embedding"], given.constructor_input.args, given.constructor_input.kwargs, [tokens])


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_embedding_bag_is_pytorchs(mode: str) -> None:
    tokens = torch.randint(0, 4, (5, 3))
    assert_same(BY_NAME["EmbeddingBag"], (4, 6), {"mode": mode, "padding_idx": 1}, [tokens])


def test_embedding_bag_takes_weights_of_tokens() -> None:
    tokens, weights = torch.randint(0, 4, (5, 3)), torch.rand(5, 3)
    layer = BY_NAME["EmbeddingBag"](num_embeddings=4, embedding_dim=6, mode="sum")
    ours = seeded(layer.build, Shape((3,), torch.int64), Shape((3,)))
    theirs = seeded(nn.EmbeddingBag, 4, 6, mode="sum")
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert torch.equal(ours(tokens, weights), theirs(tokens, per_sample_weights=weights))


def test_a_written_size_that_agrees_is_taken() -> None:
    assert BY_NAME["Linear"](in_features=7, out_features=2).build(Shape((5, 7))).in_features == 7
    assert BY_NAME["LayerNorm"](normalized_shape=(5, 7)).build(Shape((2, 5, 7))).normalized_shape == (5, 7)
    assert BY_NAME["LayerNorm"]().build(Shape((2, 5, 7))).normalized_shape == (7,)


def test_batch_norm_without_momentum_has_a_shape_before_it_has_numbers() -> None:
    """PyTorch's own cannot run on the meta device, on which a network's shapes are found."""
    with torch.device("meta"):
        module = BY_NAME["BatchNorm2d"](momentum="none").build(Shape((3, 4, 4)))
        assert module.momentum is None
        assert module(torch.empty(2, 3, 4, 4)).shape == (2, 3, 4, 4)


def test_prelu_and_class_attributes() -> None:
    assert BY_NAME["PReLU"](initial=0.1).build(Shape((3,))).weight.item() == pytest.approx(0.1)
    named = {"own_init": set(), "random": set(), "mixes_rows": set()}
    for component in LAYERS:
        for name in named:
            if getattr(component, name, False):
                named[name].add(component.__name__)
    assert named["mixes_rows"] == {"BatchNorm1d", "BatchNorm2d", "BatchNorm3d"}
    assert named["own_init"] == {
        *named["mixes_rows"], "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "LayerNorm", "RMSNorm", "GroupNorm",
        "Embedding", "EmbeddingBag",
    }  # fmt: skip
    assert named["random"] >= {"Dropout", "Dropout2d", "AlphaDropout", "RReLU", "FractionalMaxPool2d", "LSTM"}
    assert not BY_NAME["GRU"](hidden_size=3).random
    assert BY_NAME["TransformerEncoderLayer"](nhead=1).random
