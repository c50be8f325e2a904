"""Losses: PyTorch's scalars, bit for bit, on PyTorch's own inputs; what it broadcasts or unbatches is refused."""

from __future__ import annotations

import inspect
import itertools
from typing import Any

import pytest
import torch
from ganframe_torch.losses import LOSSES
from torch import Tensor, nn
from torch_inputs import Inexpressible, bound, module_inputs, written

from ganframe.component import options

BY_NAME = {c.__name__: c for c in LOSSES}
#: PyTorch keeps no inputs of these.
OWN_INPUTS = {
    "TripletMarginLoss": [({"margin": 0.5, "swap": True}, [(4, 5)] * 3), ({"p": 1.0}, [(4, 5)] * 3)],
    "TripletMarginWithDistanceLoss": [({"margin": 2.0}, [(4, 5)] * 3)],
}


def wires(component: type) -> list[str]:
    return [name for name, a in options(component).items() if a.metadata["wire"]]


def made(component: type, given: dict[str, Any]) -> Any:
    return component(**given, **{name: f"real.{name}" for name in wires(component)})


def cases(component: type) -> list[tuple[dict[str, Any], list[Any]]]:
    own = [(kw, [torch.randn(s) for s in shapes]) for kw, shapes in OWN_INPUTS.get(component.__name__, [])]
    for given in module_inputs(component._torch):
        arguments = bound(component._torch.__init__, given.constructor_input.args, given.constructor_input.kwargs)
        arguments = {k: v.reshape(-1) if isinstance(v, Tensor) else v for k, v in arguments.items()}
        call = bound(component._torch.forward, given.forward_input.args, given.forward_input.kwargs)
        own.append((arguments, list(call.values())))
    return own


def as_wires(name: str, call: list[Any]) -> list[Tensor]:
    """PyTorch's arguments as tensors with the batch first."""
    tensors = [t if isinstance(t, Tensor) else torch.tensor(t) for t in call]
    return [tensors[0].transpose(0, 1), *tensors[1:]] if name == "CTCLoss" else tensors


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
@pytest.mark.parametrize("component", LOSSES, ids=lambda c: c.__name__)
def test_loss_is_pytorchs(component: type) -> None:
    name, compared = component.__name__, 0
    for arguments, call in cases(component):
        if arguments.get("reduction") == "none":
            with pytest.raises(Inexpressible, match="reduction"):
                written(component, arguments)
            continue
        loss = made(component, written(component, arguments))
        tensors = as_wires(name, call)
        if tensors[0].dim() < max(component._least, 1) or (name == "CTCLoss" and tensors[1].dim() < 2):
            continue
        if len({t.shape for n, t in zip(wires(component), tensors, strict=True) if n in component._equal}) > 1:
            continue
        torch.manual_seed(0)
        got = loss.term(**dict(zip(wires(component), tensors, strict=True)))
        want = component._torch(**arguments)(*call)
        assert torch.equal(got, want) or (got.isnan() and want.isnan())
        assert got.dim() == 0
        compared += 1
    assert compared


@pytest.mark.parametrize("component", LOSSES, ids=lambda c: c.__name__)
def test_term_is_given_its_wires_by_name(component: type) -> None:
    forward = [p for p in inspect.signature(component._torch.forward).parameters if p != "self"]
    renamed = {"log_input": "input"}
    assert list(inspect.signature(component.term).parameters) == ["self", *(renamed.get(n, n) for n in forward)]
    assert wires(component) == [renamed.get(n, n) for n in forward]


@pytest.mark.parametrize("component", [c for c in LOSSES if c._equal], ids=lambda c: c.__name__)
def test_shapes_that_would_broadcast_are_refused(component: type) -> None:
    loss = made(component, {})
    tensors = {name: torch.rand(4, 1) for name in wires(component)}
    tensors[component._equal[-1]] = torch.rand(4, 4)
    with pytest.raises(ValueError, match=r"\(4, 1\) and .*\(4, 4\) must have one shape"):
        loss.term(**tensors)


@pytest.mark.parametrize("component", [c for c in LOSSES if c._least], ids=lambda c: c.__name__)
def test_a_batch_that_would_be_one_sample_is_refused(component: type) -> None:
    loss = made(component, {})
    tensors = {name: torch.rand(4) for name in wires(component)}
    with pytest.raises(ValueError, match=r"reads . or more axes with the batch, not \(4,\)"):
        loss.term(**tensors)


def test_cross_entropy_takes_one_hot_rows_and_class_weights() -> None:
    logits, labels = torch.randn(6, 3), torch.randint(0, 3, (6,))
    loss = made(BY_NAME["CrossEntropyLoss"], {"class_weight": (1.0, 2.0, 0.5), "label_smoothing": 0.1})
    theirs = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5]), label_smoothing=0.1)
    one_hot = nn.functional.one_hot(labels, 3).float()
    for target in (labels, one_hot):
        assert torch.equal(loss.term(input=logits, target=target), theirs(logits, target))
    double = loss.term(input=logits.double(), target=one_hot.double())
    assert double.dtype == torch.float64


def test_tensors_may_come_in_any_order() -> None:
    loss = made(BY_NAME["GaussianNLLLoss"], {})
    input, target, var = torch.randn(4, 2), torch.randn(4, 2), torch.rand(4, 2)
    want = nn.GaussianNLLLoss()(input, target, var)
    for order in itertools.permutations([("input", input), ("target", target), ("var", var)]):
        assert torch.equal(loss.term(**dict(order)), want)


def test_gradients_pass() -> None:
    x = torch.randn(3, 2, requires_grad=True)
    made(BY_NAME["MSELoss"], {}).term(input=x, target=torch.zeros(3, 2)).backward()
    torch.testing.assert_close(x.grad, x.detach() / 3)
