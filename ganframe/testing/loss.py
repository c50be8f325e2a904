"""Laws of losses: of logits, of named tensors, and in a game played by the engine."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganframe.errors import TrainingFault
from ganframe.testing import game
from ganframe.testing.case import cases
from ganframe.testing.judge import (
    Refused,
    Violation,
    finite,
    floats,
    generator,
    near,
    require,
    reseed,
    same_bits,
)
from ganframe.testing.loss_case import LOGITS, ROWS, Method, Subject, spread_logits, subject

__all__ = ["LAWS", "cases", "subject"]


def _scalar(name: str, value: Any) -> Tensor | None:
    """The value of a method, which must be a scalar tensor or None."""
    if value is None:
        return None
    if not isinstance(value, Tensor) or value.dim():
        what = f"a tensor {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
        raise Violation(f"`{name}` gives {what}, not a scalar tensor or None")
    return value


def logits_of_any_size_are_finite(s: Subject) -> None:
    """Logits from -90 to 90 give a finite scalar and a finite gradient, in float32 and bfloat16, also by patches."""
    for name, method in s.of_logits().items():
        for shape in LOGITS if s.shape is None else (s.shape,):
            for dtype in (torch.float32, torch.bfloat16):
                given = s.given(method, spread_logits(shape, dtype))
                leaves = [given[side].requires_grad_() for side in ("fake", "real") if side in given]
                value = _scalar(name, method(**given))
                if value is not None:
                    require(finite(value), f"`{name}` is {value.item()} for logits from -90 to 90 in {dtype}")
                    grads = torch.autograd.grad(value, leaves, allow_unused=True)
                    fine = finite([g for g in grads if g is not None])
                    require(fine, f"the gradient of `{name}` is not finite in {dtype}")


def order_of_rows_does_not_matter(s: Subject) -> None:
    """Permuting the batch changes nothing."""
    order = torch.randperm(ROWS, generator=generator(3))
    for name, method in s.methods.items():
        given = s.given(method, s.logits(1), s.logits(2))
        _alike(name, method, given, {k: v[order] for k, v in given.items()}, "the order of the rows changes")


def it_is_a_mean_over_rows(s: Subject) -> None:
    """A batch twice over has the loss of the batch, for losses of logits; `mean_over_rows = False` is let off."""
    for name, method in s.of_logits().items() if getattr(s.component, "mean_over_rows", True) else ():
        given = s.given(method, s.logits(1), s.logits(2))
        _alike(name, method, given, {k: torch.cat((v, v)) for k, v in given.items()}, "the number of rows changes")


def _alike(name: str, method: Method, one: dict[str, Any], two: dict[str, Any], what: str) -> None:
    reseed(7)
    first, drew = method.told(**one)
    reseed(7)
    second, _ = method.told(**two)
    if drew:  # each row has a draw of its own, so that rows in other places have another loss
        return
    a, b = _scalar(name, first), _scalar(name, second)
    same = (a is None and b is None) or (a is not None and b is not None and near(a, b))
    require(same, f"{what} `{name}`: {a} becomes {b}")


def the_sides_pull_apart(s: Subject) -> None:
    """At logits 0 the generator moves fake ones where the discriminator moves real ones, and against it.

    So for one logit a row; `pulls_apart = False` is let off.
    """
    methods = s.of_logits()
    judge, maker = methods.get("discriminator"), methods.get("generator")
    if s.case.drawn or judge is None or maker is None or not judge.takes >= {"real", "fake"}:
        return
    if s.shape is not None or not getattr(s.component, "pulls_apart", True):
        return
    pulls = {}
    for side, method in (("discriminator", judge), ("generator", maker)):
        zero = torch.zeros(ROWS, 1, requires_grad=True)
        other = torch.zeros(ROWS, 1, requires_grad=True)
        value = _scalar(side, method(**s.given(method, zero, other)))
        require(value is not None, f"`{side}` gives None for logits")
        grads = torch.autograd.grad(value, [zero, other], allow_unused=True)  # type: ignore[arg-type]
        pulls[side] = {k: 0.0 if g is None else float(g.sum()) for k, g in zip(("fake", "real"), grads, strict=True)}
    made = pulls["generator"]["fake"]
    require(made != 0, "at logits 0 the generator learns nothing")
    require(made * pulls["discriminator"]["real"] >= 0, "the generator moves fake logits away from the real ones' side")
    require(made * pulls["discriminator"]["fake"] <= 0, "generator and discriminator move fake logits the same way")


def tensors_give_a_gradient(s: Subject) -> None:
    """A method of named tensors gives a finite scalar with a finite gradient at one of them at least."""
    for name, method in s.of_wires().items():
        given = s.given(method)
        leaves = [v.requires_grad_() for v in floats(given.values())]
        reseed(7)
        try:
            value = _scalar(name, method(**given))
        except RuntimeError:  # torch refuses targets that want a gradient
            for leaf in leaves[1:]:
                leaf.requires_grad_(False)
            leaves = leaves[:1]
            value = _scalar(name, method(**given))
        if value is not None:
            require(finite(value), f"`{name}` is {value.item()}")
            require(value.requires_grad, f"no gradient of `{name}` reaches its tensors")
            grads = [g for g in torch.autograd.grad(value, leaves, allow_unused=True) if g is not None]
            require(grads and finite(grads), f"the gradient of `{name}` is not finite")


def it_plays(s: Subject) -> None:
    """In a small game three steps are finite, repeat themselves bit for bit, and keep the form of its state."""
    table = s.game()
    if table is None:
        return
    known = game.registry("loss", s.case.cls)
    if not s.case.drawn:
        s.case.notes["game"], reasons = game.suited(known, table)
        require(s.case.notes["game"] or s.wires, f"no game takes it ({reasons})")
    if not s.case.notes.get("game"):
        return
    spec = game.specs()[s.case.notes["game"]] | {"losses": {"it": table}}
    try:
        one, two = game.play(spec, known, 3), game.play(spec, known, 3)
    except TrainingFault as fault:
        raise Violation(str(fault)) from fault
    except game.UNSUITED as error:
        if s.case.drawn:
            return
        raise Violation(str(error)) from error
    pairs = list(zip(one.networks.values(), two.networks.values(), strict=True))
    same = all(same_bits(a.state_dict(), b.state_dict()) for a, b in pairs)
    require(same and one.values() == two.values(), "two games from the same seed differ")
    if hasattr(s.component, "state"):
        declared = {k: (v.shape, v.dtype) for k, v in s.component.state(one.plan.parts.fields).items()}
        for state in one.states.values():
            held = {k: (v.shape, v.dtype) for k, v in state.items()}
            require(held == declared and finite(state), f"its state becomes {held}, declared is {declared}")
    else:
        require(not any(one.states.values()), "it keeps a state that `state` does not declare")


def slopes_of_a_linear_judge(s: Subject) -> None:
    """A penalty on the slope (`differentiates`) is at least 0, and for a linear discriminator knows only its slope.

    So it is the same for every batch, and for another linear discriminator whose slope has the same length.
    """
    table = s.game()
    if table is None or not getattr(s.component, "differentiates", ()):
        return
    known = game.registry("loss", s.case.cls)
    try:
        made = game.trainer(game.linear_judge() | {"losses": {"it": table}}, known)
        made.step(0)
    except Exception as error:
        raise Refused(str(error)) from error
    value = made.values().get("it", 0.0)
    require(value >= 0, f"it is {value}")
    made.step(1)
    require(abs(made.values().get("it", 0.0) - value) < 1e-5, "for a linear discriminator it depends on the batch")
    weight = next(p for p in made.networks["discriminator"].parameters() if p.dim() == 2)
    weight.data = weight.data.flip(1) * torch.tensor([1.0, -1.0])
    made.step(2)
    require(abs(made.values().get("it", 0.0) - value) < 1e-5, "it depends on the direction of the slope")


LAWS = (
    logits_of_any_size_are_finite, order_of_rows_does_not_matter, it_is_a_mean_over_rows, the_sides_pull_apart,
    tensors_give_a_gradient, it_plays, slopes_of_a_linear_judge,
)  # fmt: skip
