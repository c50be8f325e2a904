"""Everything of torch.nn is a component under its own name with its own options, or left out for a written reason."""

from __future__ import annotations

import inspect
import typing
from typing import Any, Literal

import pytest
import torch
from ganframe_torch import leftout, signature
from ganframe_torch.initializers import INITIALIZERS
from ganframe_torch.layers import LAYERS
from ganframe_torch.losses import LOSSES
from ganframe_torch.optimizers import OPTIMIZERS
from ganframe_torch.schedules import SCHEDULES
from ganframe_torch.signature import Argument
from torch import Tensor, nn

from ganframe.component import options
from ganframe.hookspecs import ENGINE_KEYS
from ganframe.registry import contract_fault, discover

KINDS = {"layer": LAYERS, "loss": LOSSES, "optimizer": OPTIMIZERS, "schedule": SCHEDULES, "initializer": INITIALIZERS}
EVERY = [(kind, cls) for kind, classes in KINDS.items() for cls in classes]
BY_NAME = {cls.__name__: cls for cls in (*LAYERS, *LOSSES)}


def test_every_class_of_torch_nn_is_adapted_or_left_out() -> None:
    found = {n for n, c in vars(nn).items() if inspect.isclass(c) and issubclass(c, nn.Module)}
    left = set(leftout.LEFT_OUT_OF_NN) | {n for n in found if n.startswith(leftout.LAZY)}
    assert found == {c.__name__ for c in (*LAYERS, *LOSSES)} | left
    assert not {c.__name__ for c in (*LAYERS, *LOSSES)} & left
    assert len(LAYERS) >= 110
    assert all(leftout.LEFT_OUT_OF_NN.values())


@pytest.mark.parametrize("name", sorted(leftout.LEFT_OUT_OF_NN))
def test_what_is_left_out_is_no_component(name: str) -> None:
    assert hasattr(nn, name)
    registry = discover()
    assert name not in registry.kind("layer")
    assert name not in registry.kind("loss")


def test_the_registry_has_them_all() -> None:
    registry = discover()
    for kind, cls in EVERY:
        entry = registry.kind(kind)[cls.__name__]
        assert entry.cls is cls
        assert entry.plugin == "torch"
        assert "/torch/" in entry.file


@pytest.mark.parametrize(("kind", "cls"), EVERY, ids=lambda v: getattr(v, "__name__", v))
def test_component_is_documented_and_has_pytorchs_options(kind: str, cls: type) -> None:
    assert contract_fault(kind, cls) is None
    assert "PyTorch's torch." in cls.__doc__
    assert not cls.__doc__.splitlines()[0].startswith(("__init__", "PyTorch's"))
    function = cls._torch if kind == "initializer" else cls._torch.__init__
    if cls._torch in (nn.RNN, nn.GRU, nn.LSTM):
        function = nn.RNNBase.__init__
    theirs = {p for p in inspect.signature(function).parameters if not p.startswith("_")} - {"self", "args", "kwargs"}
    renamed = {"init": "initial", "weight": "class_weight"}
    for name in theirs:
        out = {name, f"{cls.__name__}.{name}"} & leftout.NOT_OPTIONS
        assert bool(out) != (renamed.get(name, name) in options(cls)), name
    for name, attribute in options(cls).items():
        assert attribute.metadata["doc"], name
        assert "`" not in attribute.metadata["doc"]
        assert name not in ENGINE_KEYS[kind]
        assert not contains(attribute.type, (Tensor, list)), name


def contains(annotation: Any, types: tuple[Any, ...]) -> bool:
    return annotation in types or any(contains(a, types) for a in typing.get_args(annotation))


@pytest.mark.parametrize(("name", "option", "annotation", "default"), [
    ("Linear", "in_features", int | None, None),
    ("Linear", "bias", bool, True),
    ("Conv2d", "kernel_size", int | tuple[int, int], None),
    ("Conv2d", "padding", Literal["same", "valid"] | int | tuple[int, int], 0),
    ("Conv2d", "padding_mode", Literal["zeros", "reflect", "replicate", "circular"], "zeros"),
    ("Conv1d", "stride", int | tuple[int], 1),
    ("AvgPool1d", "stride", int | tuple[int] | None, None),
    ("BatchNorm2d", "momentum", float | Literal["none"], 0.1),
    ("InstanceNorm2d", "momentum", float, 0.1),
    ("LayerNorm", "normalized_shape", int | tuple[int, ...] | None, None),
    ("AdaptiveAvgPool2d", "output_size", int | Literal["none"] | tuple[int | Literal["none"], ...], None),
    ("Upsample", "scale_factor", float | tuple[float, ...] | None, None),
    ("Upsample", "align_corners", bool | None, None),
    ("Unflatten", "unflattened_size", tuple[int, ...], None),
    ("MultiheadAttention", "num_heads", int, None),
    ("MultiheadAttention", "kdim", int | None, None),
    ("TransformerEncoderLayer", "activation", Literal["relu", "gelu"], "relu"),
    ("RNN", "nonlinearity", Literal["tanh", "relu"], "tanh"),
    ("CrossEntropyLoss", "class_weight", tuple[float, ...] | None, None),
    ("CrossEntropyLoss", "reduction", Literal["mean", "sum"], "mean"),
    ("KLDivLoss", "reduction", Literal["mean", "sum", "batchmean"], "mean"),
])  # fmt: skip
def test_types_come_from_the_signature(name: str, option: str, annotation: Any, default: Any) -> None:
    found = options(BY_NAME[name])[option]
    assert found.type == annotation
    assert default is None or found.default == default


def test_proj_size_is_an_lstms_alone() -> None:
    assert "proj_size" in options(BY_NAME["LSTM"])
    assert "proj_size" not in options(BY_NAME["GRU"])
    assert not any("batch_first" in options(c) for c in LAYERS)


def test_wires_are_the_tensors_of_forward() -> None:
    assert list(inspect.signature(BY_NAME["Bilinear"].build).parameters) == ["self", "x", "input2"]
    assert list(inspect.signature(BY_NAME["MaxUnpool2d"].build).parameters) == ["self", "x", "indices"]
    assert list(inspect.signature(BY_NAME["Linear"].build).parameters) == ["self", "x"]
    assert list(inspect.signature(BY_NAME["ConvTranspose2d"].build).parameters) == ["self", "x"]


@pytest.mark.parametrize("cls", LAYERS, ids=lambda c: c.__name__)
def test_forward_takes_the_wires_by_their_names(cls: type) -> None:
    """What is built with `build(x, wire = ...)` is called with `forward(x, wire = ...)`, or in the same order."""
    wires = list(inspect.signature(cls.build).parameters)[2:]
    if wires:
        shapes = [wire_shape(cls, w) for w in wires]
        given = [s for s in shapes if s is not None]
        module = cls(**cls.examples[0]["options"]).build(first_shape(cls), *given)
        forward = list(inspect.signature(module.forward).parameters)[1:]
        assert forward[: len(given)] == wires[: len(given)]


def first_shape(cls: type) -> Any:
    from ganframe import Shape

    said = cls.examples[0]["x"]
    return Shape(said[1], torch.int64) if said and said[0] == "int64" else Shape(said)


def wire_shape(cls: type, wire: str) -> Any:
    from ganframe import Shape

    said = cls.examples[0].get(wire)
    if said is None:
        return None
    return Shape(said[1], torch.int64) if said[0] == "int64" else Shape(said)


def test_docstrings_are_read() -> None:
    doc = """Applies :math:`y = x` to `input`. More.

    Args:
        first (int or tuple, optional): the ``first`` one. It is
            explained at length. Default: 3
        second: another (e.g. this one)

    Shape:
        - Input: whatever
    """
    assert signature.first_sentence(doc) == "Applies y = x to input."
    assert signature.argument_docs(doc) == {"first": "the first one", "second": "another (e.g. this one)"}
    assert signature.argument_docs(None) == {}


def test_an_argument_without_annotation_has_its_defaults_type() -> None:
    assert signature.option_type(Argument("p", signature.REQUIRED, 0.5)) is float
    assert signature.option_type(Argument("p", signature.REQUIRED, signature.REQUIRED)) is int
    assert signature.option_type(Argument("p", Tensor | None, None)) == tuple[float, ...] | None
    assert signature.to_python((1, "none", (2.0, "none"))) == (1, None, (2.0, None))
