"""What holds for every layer: derivatives, repeatability, and the shapes that the compiler infers."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
from ganframe_gan.layers import LAYERS
from layer_making import example_tensors, made
from torch import Tensor, nn

#: Those that read a file have no examples here: the conformance kit tries them.
EVERY = [(cls, i) for cls in LAYERS for i in range(len(getattr(cls, "examples", ())))]
#: Too many weights for finite differences.
LARGE = {"VGG19", "EfficientNetLite0"}
#: Layers whose backward pass is not the derivative of their forward pass, by definition.
STRAIGHT = {"GradientReversal", "GumbelSoftmax"}
#: Layers whose rows see each other.
MIXING = {"ConditionalBatchNorm2d", "EfficientNetLite0", "MinibatchDiscrimination", "MinibatchStdDev", "Pack"}
IDS = [f"{cls.__name__}-{i}" for cls, i in EVERY]


def tensors(value: Any) -> tuple[Tensor, ...]:
    return value if isinstance(value, tuple) else (value,)


@pytest.fixture(params=EVERY, ids=IDS)
def case(request: pytest.FixtureRequest) -> tuple[type, dict[str, Any]]:
    cls, i = request.param
    return cls, cls.examples[i]


def component(cls: type, example: dict[str, Any]) -> Any:
    return cls(**example.get("options", {}))


def test_build_and_forward_name_the_same_wires(case: tuple[type, dict[str, Any]]) -> None:
    cls, example = case
    inputs = example_tensors(cls, example, 4, torch.float32)
    wanted = list(inspect.signature(cls.build).parameters)[1:]
    module = made(component(cls, example), *inputs)
    assert list(inspect.signature(type(module).forward).parameters)[1:] == wanted


@pytest.mark.parametrize("training", [True, False])
def test_the_meta_pass_gives_the_real_shapes(case: tuple[type, dict[str, Any]], training: bool) -> None:
    cls, example = case
    inputs = example_tensors(cls, example, 4, torch.float32)
    real = tensors(made(component(cls, example), *inputs).train(training)(*inputs))
    with torch.device("meta"):
        module = made(component(cls, example), *inputs).train(training)
    meta = tensors(module(*[None if t is None else t.to("meta") for t in inputs]))
    assert [(t.shape, t.dtype) for t in meta] == [(t.shape, t.dtype) for t in real]


def test_eval_mode_repeats_itself_and_learns_nothing(case: tuple[type, dict[str, Any]]) -> None:
    cls, example = case
    inputs = example_tensors(cls, example, 4, torch.float32)
    module = made(component(cls, example), *inputs)
    module.train()(*inputs)
    module.eval()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    torch.manual_seed(1)
    one = tensors(module(*inputs))
    # Categories are sampled in eval mode too; all else is the same whatever the seed.
    torch.manual_seed(1 if cls.__name__ in ("GumbelSoftmax", "ColumnActivations") else 2)
    two = tensors(module(*inputs))
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


@pytest.mark.parametrize(("cls", "i"), [one for one in EVERY if one[0].__name__ not in LARGE | STRAIGHT])
def test_first_and_second_derivatives(cls: type, i: int) -> None:
    example = cls.examples[i]
    inputs = example_tensors(cls, example, 4 if getattr(cls, "mixes_rows", False) else 2, torch.float64)
    module = made(component(cls, example), *inputs).double()
    if hasattr(module, "layer"):  # dropout of a transformer layer; its own law is torch's
        module.eval()
    names = [name for name, _ in module.named_parameters()]
    weights = [p.detach() + 0.1 for _, p in module.named_parameters()]
    places = [k for k, t in enumerate(inputs) if t is not None and t.is_floating_point()]

    def output(*values: Tensor) -> tuple[Tensor, ...]:
        args = list(inputs)
        for k, value in zip(places, values[: len(places)], strict=True):
            args[k] = value
        torch.manual_seed(5)
        state = dict(zip(names, values[len(places) :], strict=True))
        buffers = {name: b.clone() for name, b in module.named_buffers()}
        out = torch.func.functional_call(module, {**state, **buffers}, tuple(args))
        return tuple(t for t in tensors(out) if t.requires_grad)

    values = [t.clone().requires_grad_() for t in (*[inputs[k] for k in places], *weights)]
    assert torch.autograd.gradcheck(output, values, fast_mode=True)
    assert torch.autograd.gradgradcheck(output, values, fast_mode=True)


@pytest.mark.parametrize("cls", [cls for cls, i in EVERY if i == 0], ids=lambda cls: cls.__name__)
def test_rows_stay_apart_where_the_class_says_so(cls: type) -> None:
    assert getattr(cls, "mixes_rows", False) == (cls.__name__ in MIXING)
    if cls.__name__ in MIXING:
        return
    example = cls.examples[0]
    inputs = example_tensors(cls, example, 4, torch.float32)
    others = [t if t is None else torch.cat((t[:2], t[2:].flip(0))) for t in inputs]
    module: nn.Module = made(component(cls, example), *inputs).eval()
    torch.manual_seed(3)
    one = tensors(module(*inputs))
    torch.manual_seed(3)
    two = tensors(module(*others))
    for a, b in zip(one, two, strict=True):
        torch.testing.assert_close(a[:2], b[:2])
