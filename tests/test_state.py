"""State trees and optimizers come back bit for bit."""

import collections
import copy
import enum
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from ganframe import seal, state
from ganframe.errors import SpecError


def through_a_file(tree: Any) -> Any:
    """The tree after encoding, a sealed file, and decoding."""
    tensors, skeleton = state.encode(tree)
    loaded, metadata = seal.unpack(b"".join(seal.pack(tensors, {"state": skeleton})))
    return state.decode(loaded, metadata["state"])


def same(a: Any, b: Any) -> bool:
    """Equal in every type, order and bit."""
    if type(a) is not type(b):
        return False
    if isinstance(a, torch.Tensor):
        bits = [x.contiguous().reshape(-1).view(torch.uint8) for x in (a, b)]
        return a.dtype == b.dtype and a.shape == b.shape and torch.equal(*bits)
    if isinstance(a, float):
        return a.hex() == b.hex()
    if isinstance(a, dict):
        return same(list(a), list(b)) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([-0.0, 5e-324, math.inf, -math.inf, 2**63, -(2**63) - 1, 2**64, "$t", "\ud800"])
)
tensors = st.sampled_from([torch.tensor(1.5), torch.ones(2, 3).bfloat16(), torch.tensor([True]), torch.empty(0)])
keys = st.text() | st.integers() | st.booleans() | st.floats(allow_nan=False) | st.tuples(st.integers(), st.text())
trees = st.recursive(
    scalars | tensors,
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple) | st.dictionaries(keys, inner, max_size=3)
    ),
    max_leaves=12,
)


@given(trees)
def test_any_tree_comes_back_exactly(tree: Any) -> None:
    assert same(through_a_file(tree), tree)


def test_integers_have_no_limit() -> None:
    assert same(through_a_file([10**5000, -(10**5000)]), [10**5000, -(10**5000)])


def test_order_and_odd_keys_survive() -> None:
    tree = {"z": 1, "a": {"$t": 2, "$d": [3]}, "m": {3: {"x": torch.ones(1)}, "3": {"x": torch.zeros(1)}}}
    assert same(through_a_file(tree), tree)


def test_paths_that_collide_are_kept_apart() -> None:
    tree = {"a": {"b": torch.ones(1)}, "a/b": torch.zeros(2), "__metadata__": torch.ones(3)}
    assert same(through_a_file(tree), tree)
    assert same(through_a_file(torch.ones(1)), torch.ones(1))


def test_tensors_have_the_names_of_their_places() -> None:
    named, skeleton = state.encode({"optimizers": {"generator": [torch.ones(1)]}, "step": 3})
    assert list(named) == ["optimizers/generator/0"]
    assert skeleton == {"optimizers": {"generator": [{"$t": "optimizers/generator/0"}]}, "step": 3}


def test_subclasses_of_dict_come_back_as_dict_but_counters_as_counters() -> None:
    counter = collections.Counter({30: 1, 80: 2})
    assert same(through_a_file({"milestones": counter}), {"milestones": counter})
    ordered = collections.OrderedDict([("b", 1), ("a", 2)])
    assert same(through_a_file(ordered), {"b": 1, "a": 2})
    assert same(through_a_file(collections.defaultdict(dict, {"a": 1})), {"a": 1})


class Colour(enum.IntEnum):
    RED = 1


Pair = collections.namedtuple("Pair", "a b")


@pytest.mark.parametrize(
    "value",
    [np.float64(1), np.int64(1), np.ones(2), {1}, b"x", object(), Colour.RED, Pair(1, 2), 1j, len, torch.float32],
    ids=lambda value: type(value).__name__,
)
def test_anything_else_is_refused_with_its_place(value: Any) -> None:
    with pytest.raises(TypeError, match=r"^state/hooks/0/x: .* cannot be stored$"):
        state.encode({"hooks": [{"x": value}]})


def test_a_key_that_cannot_come_back_is_refused() -> None:
    for key in (torch.ones(1), object(), frozenset()):
        with pytest.raises(TypeError, match="^state/a"):
            state.encode({"a": {key: 1}})


OPTIMIZERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "Adadelta": lambda p: torch.optim.Adadelta(p),
    "Adafactor": lambda p: torch.optim.Adafactor(p),
    "Adagrad": lambda p: torch.optim.Adagrad(p, fused=True),
    "Adam": lambda p: torch.optim.Adam(p, betas=(0.5, 0.999)),
    "Adam fused": lambda p: torch.optim.Adam(p, lr=2e-4, fused=True, amsgrad=True),
    "Adamax": lambda p: torch.optim.Adamax(p),
    "AdamW": lambda p: torch.optim.AdamW(p, foreach=True),
    "ASGD": lambda p: torch.optim.ASGD(p),
    "LBFGS": lambda p: torch.optim.LBFGS(p, lr=0.1, max_iter=3),
    "NAdam": lambda p: torch.optim.NAdam(p),
    "RAdam": lambda p: torch.optim.RAdam(p),
    "RMSprop": lambda p: torch.optim.RMSprop(p, momentum=0.9, centered=True),
    "Rprop": lambda p: torch.optim.Rprop(p),
    "SGD": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, fused=True),
}


class Net(nn.Module):
    """A convolution, in channels_last unless said otherwise, and a linear layer."""

    def __init__(self, dtype: torch.dtype, memory_format: torch.memory_format = torch.channels_last) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 4, 3)
        self.linear = nn.Linear(4, 2)
        self.to(dtype=dtype, memory_format=memory_format)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(self.conv(x).mean((2, 3))).square().mean()


def train(net: Net, optimizer: torch.optim.Optimizer, steps: range) -> None:
    for step in steps:
        rng = torch.Generator().manual_seed(step)
        x = torch.randn(4, 3, 5, 5, generator=rng).to(net.linear.weight.dtype)

        def closure(x: torch.Tensor = x) -> torch.Tensor:
            optimizer.zero_grad()
            loss = net(x)
            loss.backward()
            return loss

        optimizer.step(closure)


def names_of(net: nn.Module) -> list[str]:
    return [f"net.{name}" for name, _ in net.named_parameters()]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_resuming_an_optimizer_gives_the_same_bits(name: str, dtype: torch.dtype) -> None:
    make = OPTIMIZERS[name]
    # torch's LBFGS flattens gradients by view, which channels_last does not allow.
    layout = torch.contiguous_format if name == "LBFGS" else torch.channels_last
    net = Net(dtype, layout)
    optimizer = make(net.parameters())
    train(net, optimizer, range(3))
    saved = through_a_file(state.optimizer_state(optimizer, names_of(net)))
    resumed = Net(dtype, layout)
    resumed.load_state_dict(net.state_dict())
    second = make(resumed.parameters())
    state.load_optimizer(second, names_of(resumed), saved)
    assert same(state.optimizer_state(second, names_of(resumed)), saved)
    train(net, optimizer, range(3, 6))
    train(resumed, second, range(3, 6))
    assert all(map(same, net.state_dict().values(), resumed.state_dict().values()))


def test_moments_get_the_memory_layout_of_their_parameter() -> None:
    net = Net(torch.float32)
    optimizer = torch.optim.Adam(net.parameters(), fused=True)
    train(net, optimizer, range(1))
    saved = through_a_file(state.optimizer_state(optimizer, names_of(net)))
    state.load_optimizer(optimizer, names_of(net), saved)
    moments = optimizer.state[net.conv.weight]["exp_avg"]
    assert moments.stride() == net.conv.weight.stride() != net.conv.weight.contiguous().stride()


def test_state_of_another_dtype_than_the_parameter_is_not_cast() -> None:
    parameter = nn.Parameter(torch.ones(1, dtype=torch.bfloat16))
    optimizer = torch.optim.SGD([parameter])
    optimizer.state[parameter]["average"] = torch.tensor([1.2345678])
    saved = through_a_file(state.optimizer_state(optimizer, ["x"]))
    state.load_optimizer(optimizer, ["x"], saved)
    assert same(optimizer.state[parameter]["average"], torch.tensor([1.2345678]))


def test_what_is_loaded_shares_nothing_with_what_was_saved() -> None:
    net = Net(torch.float32)
    optimizer = torch.optim.Adam(net.parameters())
    train(net, optimizer, range(1))
    saved = through_a_file(state.optimizer_state(optimizer, names_of(net)))
    kept = copy.deepcopy(saved)
    state.load_optimizer(optimizer, names_of(net), saved)
    train(net, optimizer, range(3))
    assert same(saved, kept)


def test_a_parameter_without_state_has_none_after_loading() -> None:
    net = Net(torch.float32)
    optimizer = torch.optim.Adam(net.parameters())
    saved = through_a_file(state.optimizer_state(optimizer, names_of(net)))
    train(net, optimizer, range(1))
    state.load_optimizer(optimizer, names_of(net), saved)
    assert not optimizer.state


def test_groups_keep_their_identity_and_how_they_compute() -> None:
    a, b = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(3))
    make = lambda **more: torch.optim.Adam([{"params": [a], "lr": 0.1}, {"params": [b]}], lr=0.2, **more)  # noqa: E731
    first = make(fused=True)
    first.param_groups[0].update(lr=0.1 + 2**-50, betas=(0.5, 0.9), initial_lr=0.3)
    saved = through_a_file(state.optimizer_state(first, ["a", "b"]))
    second = make(foreach=True)
    groups = second.param_groups
    one, two = groups
    state.load_optimizer(second, ["a", "b"], saved)
    assert second.param_groups is groups
    assert groups[0] is one
    assert (one["lr"], one["betas"], one["initial_lr"], two["lr"]) == (0.1 + 2**-50, (0.5, 0.9), 0.3, 0.2)
    assert (one["foreach"], one["fused"]) == (True, None)
    assert one["params"][0] is a


def fresh(*shapes: tuple[int, ...], dtype: torch.dtype = torch.float32) -> torch.optim.Optimizer:
    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(shape, dtype=dtype)) for shape in shapes], momentum=0.9)
    for parameter in optimizer.param_groups[0]["params"]:
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    return optimizer


@pytest.mark.parametrize(
    ("optimizer", "names", "message"),
    [
        (fresh((2,), (3,)), ["a", "c"], "'c' is new; 'b' is gone"),
        (fresh((3,), (3,)), ["a", "b"], r"'a' is \[3\] torch.float32, was \[2\] torch.float32"),
        (fresh((2,), (3,), dtype=torch.float64), ["a", "b"], "'a' is .2. torch.float64, was .2. torch.float32"),
        (fresh((3,), (2,)), ["b", "a"], "its parameters are in another order"),
        (fresh((2,)), ["a"], "'b' is gone"),
    ],
)
def test_an_optimizer_that_does_not_fit_is_refused_and_not_touched(
    optimizer: torch.optim.Optimizer, names: list[str], message: str
) -> None:
    saved = through_a_file(state.optimizer_state(fresh((2,), (3,)), ["a", "b"]))
    before = copy.deepcopy(optimizer.state_dict())
    with pytest.raises(SpecError, match=f"^the saved optimizer does not fit: {message}"):
        state.load_optimizer(optimizer, names, saved)
    assert same(optimizer.state_dict(), before)


def test_swapped_parameters_of_one_shape_get_their_own_moments() -> None:
    saved = state.optimizer_state(fresh((2,), (2,)), ["a", "b"])
    with pytest.raises(SpecError, match="another order"):
        state.load_optimizer(fresh((2,), (2,)), ["b", "a"], saved)


def test_other_groups_are_refused() -> None:
    saved = state.optimizer_state(fresh((2,), (2,)), ["a", "b"])
    split = torch.optim.SGD([{"params": [nn.Parameter(torch.ones(2))]}, {"params": [nn.Parameter(torch.ones(2))]}])
    with pytest.raises(SpecError, match="its groups are others"):
        state.load_optimizer(split, ["a", "b"], saved)


def test_a_long_list_of_faults_is_cut() -> None:
    saved = state.optimizer_state(fresh(*[(2,)] * 9), list("abcdefghi"))
    with pytest.raises(SpecError, match="'e' is gone and 4 more$"):
        state.load_optimizer(
            torch.optim.SGD([nn.Parameter(torch.ones(1))]),
            ["z"],
            saved
            | {"parameters": {name: [[2], "torch.float32"] for name in "abcdefghi"} | {"z": [[1], "torch.float32"]}},
        )


def test_state_outside_the_parameters_is_refused() -> None:
    class Odd(torch.optim.SGD):
        def state_dict(self) -> dict[str, Any]:
            return super().state_dict() | {"slow": 1}

    with pytest.raises(TypeError, match="Odd keeps slow outside"):
        state.optimizer_state(Odd([nn.Parameter(torch.ones(1))]), ["x"])


SCHEDULERS: dict[str, Callable[[Any], Any]] = {
    "StepLR": lambda o: torch.optim.lr_scheduler.StepLR(o, 2),
    "MultiStepLR": lambda o: torch.optim.lr_scheduler.MultiStepLR(o, [2, 4]),
    "LinearLR": lambda o: torch.optim.lr_scheduler.LinearLR(o, 0.1, total_iters=8),
    "ExponentialLR": lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.9),
    "CosineAnnealingLR": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 7),
    "CosineAnnealingWarmRestarts": lambda o: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 3),
    "OneCycleLR": lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=9),
    "PolynomialLR": lambda o: torch.optim.lr_scheduler.PolynomialLR(o, 6),
}


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_scheduler_goes_on_exactly_when_optimizers_are_loaded_after_it_was_built(name: str) -> None:
    def run(optimizer: torch.optim.Optimizer, scheduler: Any, steps: int) -> list[float]:
        rates = []
        for _ in range(steps):
            optimizer.step()
            scheduler.step()
            rates.append(optimizer.param_groups[0]["lr"])
        return rates

    optimizer = fresh((2,))
    scheduler = SCHEDULERS[name](optimizer)
    run(optimizer, scheduler, 3)
    saved = through_a_file({"o": state.optimizer_state(optimizer, ["x"]), "s": scheduler.state_dict()})
    second = fresh((2,))
    again = SCHEDULERS[name](second)
    state.load_optimizer(second, ["x"], saved["o"])
    again.load_state_dict(saved["s"])
    assert second.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]
    assert run(second, again, 4) == run(optimizer, scheduler, 4)
