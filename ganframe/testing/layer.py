"""Laws of layers: what the shape inference, the optimizer, the checkpoint and a penalty rely on."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from ganframe.testing.judge import (
    finite,
    floats,
    near,
    require,
    reseed,
    same_bits,
    tensors,
    through_safetensors,
)
from ganframe.testing.layer_case import Subject, cases, subject

__all__ = ["LAWS", "cases", "subject"]

_Args = list[Tensor | None]


def _run(module: nn.Module, args: _Args, seed: int = 7) -> list[Tensor]:
    reseed(seed)
    return tensors(module(*args))


def _mode(training: bool) -> str:
    return "train mode" if training else "eval mode"


def shapes_are_inferred(s: Subject) -> None:
    """On the meta device it gives the shapes and dtypes of the real pass, for batches of 1 (in eval mode), 2 and 5."""
    module = s.build()
    folds = s.says("changes_rows")
    # Statistics of a single row may not exist.
    alone = () if folds or s.says("mixes_rows") else (1,)
    for rows in (*alone, *s.batches):
        training = rows > 1
        real = [(tuple(t.shape), t.dtype) for t in _run(module.train(training), s.draw(rows))]
        meta = [(tuple(t.shape), t.dtype) for t in s.meta(rows, training)]
        require(real, "forward gives no tensor")
        require(real == meta, f"{rows} rows give {real}, but {meta} on the meta device")
        whole = folds or all(shape and shape[0] == rows for shape, _ in real)
        require(whole, f"{rows} rows come out as {[shape for shape, _ in real]}: the first axis must be the batch")


def values_are_finite(s: Subject) -> None:
    """Finite in, finite out, in train and in eval mode."""
    module = s.build()
    for mode in (True, False):
        out = _run(module.train(mode), s.draw(s.batches[-1]))
        require(finite(out), f"NaN or infinity comes out in {_mode(mode)}")


def _graded(args: _Args) -> dict[int, Tensor]:
    """The float inputs by position, made leaves."""
    return {i: a.requires_grad_() for i, a in enumerate(args) if a is not None and a.is_floating_point()}


def gradients_arrive(s: Subject) -> None:
    """A gradient reaches every parameter and every float input, but for the names in the class's `no_gradient`."""
    module, args, names = s.build().train(), s.draw(s.batches[-1]), s.names()
    leaves = {names[i]: leaf for i, leaf in _graded(args).items()}
    leaves |= {name: p for name, p in module.named_parameters() if p.requires_grad}
    out = floats(_run(module, args))
    graded = [t for t in out if t.requires_grad]
    if graded:
        torch.autograd.backward(graded, [torch.randn_like(t) for t in graded])
    exempt = s.says("no_gradient") or () if out else leaves
    missing = [name for name, leaf in leaves.items() if leaf.grad is None and name not in exempt]
    require(not missing, f"no gradient reaches {', '.join(missing)}; a layer that means it lists them in `no_gradient`")
    broken = [name for name, leaf in leaves.items() if leaf.grad is not None and not finite(leaf.grad)]
    require(not broken, f"the gradient of {', '.join(broken)} is not finite")


def state_round_trips(s: Subject) -> None:
    """A module that loads its state from a safetensors file gives the same bits; a deep copy does too."""
    module, other, args = s.build(0), s.build(1), s.draw(s.batches[-1], 5)
    _run(module.train(), s.draw(s.batches[-1]))
    strange = [name for name, value in module.state_dict().items() if not isinstance(value, Tensor)]
    require(not strange, f"{', '.join(strange)} in its state is no tensor")
    other.load_state_dict(through_safetensors(module.state_dict()), strict=True)
    want = _run(module.eval(), args)
    require(same_bits(want, _run(other.eval(), args)), "its state does not hold all of it: a reloaded one differs")
    require(same_bits(want, _run(copy.deepcopy(module).eval(), args)), "a deep copy of it differs")


def chance_is_declared(s: Subject) -> None:
    """It draws from torch's global random numbers only if the class says `random`; eval mode repeats itself."""
    module, args = s.build(), s.draw(s.batches[-1])
    for mode in (True, False):
        reseed(7)
        before = torch.get_rng_state()
        one = tensors(module.train(mode)(*args))
        drew = not torch.equal(before, torch.get_rng_state())
        require(not drew or s.says("random"), f"it draws random numbers in {_mode(mode)}: say `random = True`")
    require(same_bits(one, _run(module, args)), "two passes in eval mode differ under one seed")


def rows_are_independent(s: Subject) -> None:
    """A row's output hangs on no other row, unless the class says `mixes_rows` or `changes_rows`."""
    if s.says("mixes_rows") or s.says("changes_rows"):
        return
    module, rows = s.build(), s.batches[-1]
    args, others = s.draw(rows), s.draw(rows, 11)
    mixed = [a if a is None or b is None else torch.cat((a[:2], b[2:])) for a, b in zip(args, others, strict=True)]
    for mode in (True, False):
        first = [t[:2] for t in _run(module.train(mode), args)]
        alike = near(first, [t[:2] for t in _run(module, mixed)])
        require(alike, f"a row's output hangs on other rows in {_mode(mode)}: say `mixes_rows = True`")
        alone = s.says("random") or near(first, _run(module, [a if a is None else a[:2] for a in args]))
        require(alone, f"two rows alone differ from the same two among {rows} in {_mode(mode)}")


def forward_changes_only_buffers(s: Subject) -> None:
    """Train mode changes buffers at most; eval mode changes nothing; neither changes its inputs."""
    module, args = s.build(), s.draw(s.batches[-1])
    kept = copy.deepcopy(args)
    for mode in (True, False):
        before = _memory(module, buffers=not mode)
        _run(module.train(mode), args)
        after = _memory(module, buffers=not mode)
        changed = [n for n in after if n not in before or not _equal(before[n], after[n])]
        require(not changed, f"a pass in {_mode(mode)} changes {', '.join(changed)}")
        require(same_bits(args, kept), f"a pass in {_mode(mode)} changes its input in place")


def _memory(module: nn.Module, buffers: bool) -> dict[str, Any]:
    """Copies of parameters, of the numbers and tensors that modules hold, and of buffers if asked for."""
    held: dict[str, Any] = {name: p.detach().clone() for name, p in module.named_parameters()}
    if buffers:
        held |= {name: b.clone() for name, b in module.named_buffers()}
    for path, part in module.named_modules():
        for name, value in vars(part).items():
            if isinstance(value, (int, float, str, Tensor)) and name != "training":
                held[f"{path}.{name}".lstrip(".")] = value.clone() if isinstance(value, Tensor) else value
    return held


def _equal(one: Any, two: Any) -> bool:
    return same_bits(one, two) if isinstance(two, Tensor) else bool(one == two)


def double_backward_works(s: Subject) -> None:
    """A gradient penalty can be taken through it, unless the class says `no_double_backward = True`."""
    module, args = s.build().train(), s.draw(s.batches[-1])
    leaves = list(_graded(args).values())
    with sdpa_kernel(SDPBackend.MATH):  # as the engine runs what a penalty differentiates twice
        out = [t.square().sum() for t in floats(_run(module, args)) if t.requires_grad]
    if s.says("no_double_backward") or not leaves or not out:
        return
    total = torch.stack([t.float() for t in out]).sum()
    first = torch.autograd.grad(total, leaves, create_graph=True, allow_unused=True)
    norms = [g.square().sum() for g in first if g is not None and g.requires_grad]
    if norms:
        torch.autograd.backward(torch.stack(norms).sum())
        grads = [p.grad for p in module.parameters() if p.grad is not None]
        require(finite(grads), "the gradient of a gradient penalty is not finite")


def half_precision_works(s: Subject) -> None:
    """Under autocast to bfloat16 it runs, gives the same shapes, and stays finite."""
    module, args = s.build().train(), s.draw(s.batches[-1])
    want = [t.shape for t in _run(module, args)]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = _run(module, args)
    require([t.shape for t in out] == want, "its shapes differ under autocast")
    require(finite(out), "NaN or infinity comes out under autocast")


LAWS = (
    shapes_are_inferred, values_are_finite, gradients_arrive, state_round_trips, chance_is_declared,
    rows_are_independent, forward_changes_only_buffers, double_backward_works, half_precision_works,
)  # fmt: skip
