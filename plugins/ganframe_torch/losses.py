"""The losses of torch.nn: the tensors of `forward` are wires, and `term` gives their scalar."""

from __future__ import annotations

import inspect
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.loss import _Loss

from ganframe import wire
from ganframe_torch import leftout, signature, table, words
from ganframe_torch.classes import Wrapped, make, usable
from ganframe_torch.examples import LOSSES as EXAMPLES
from ganframe_torch.layer import construct


class Loss(Wrapped):
    """A class of torch.nn that reduces tensors to a scalar."""

    _least = 0  # axes that its first tensor has, with the batch: fewer and PyTorch reads the batch as one sample
    _equal: tuple[str, ...] = ()  # tensors that must have one shape: PyTorch broadcasts them with at most a warning
    _later: tuple[str, ...] = ()  # tensors that PyTorch wants with the batch as axis 1

    def term(self, **tensors: Tensor) -> Tensor:
        """The scalar; tensors come under their wires' names."""
        name = type(self).__name__
        first = next(iter(tensors.values()))
        if first.dim() < self._least:
            raise ValueError(f"{name} reads {self._least} or more axes with the batch, not {tuple(first.shape)}")
        shapes = {n: tensors[n].shape for n in self._equal}
        if len(set(shapes.values())) > 1:
            said = " and ".join(f"'{n}' {tuple(shape)}" for n, shape in shapes.items())
            raise ValueError(f"{name}: {said} must have one shape")
        moved = (t.transpose(0, 1) if n in self._later else t for n, t in tensors.items())
        return self.module(first.device, first.dtype)(*moved)

    def module(self, device: torch.device, dtype: torch.dtype) -> nn.Module:
        """PyTorch's module, which only holds options and the weights of classes; one for each place."""
        if (device, dtype) not in self._made:
            given = {
                n: torch.tensor(v, device=device, dtype=dtype) if n in table.ARRAYS else v
                for n, v in self.arguments().items()
            }
            self._made[device, dtype] = construct(self._torch, given)
        return self._made[device, dtype]

    @cached_property
    def _made(self) -> dict[tuple[torch.device, torch.dtype], nn.Module]:
        return {}


def loss(cls: type[_Loss]) -> type:
    """The loss component of a class of torch.nn."""
    name = cls.__name__
    tensors = [
        table.TENSORS.get(f"{name}.{a.name}", a.name)
        for a in signature.arguments(cls.forward) if signature.takes_tensor(a)
    ]  # fmt: skip
    least, equal = table.LOSS_SHAPES.get(name, (0, ()))
    found = usable(signature.arguments(cls.__init__), name)
    wires = {t: (str, wire(words.WIRES.get(t, f"PyTorch's {t}"))) for t in tensors}
    examples = {"examples": EXAMPLES[name]} if name in EXAMPLES else {}
    return make(
        Loss, cls, name, f"torch.nn.{name}", found, fields=wires,
        term=term(tensors), _least=least, _equal=equal, _later=table.BATCH_SECOND.get(name, ()), **examples,
    )  # fmt: skip


def term(names: list[str]) -> Any:
    """`Loss.term` with these parameters by name, since a loss is given what its method names."""

    def term(self: Loss, **tensors: Tensor) -> Tensor:
        """The scalar of its wires."""
        return Loss.term(self, **{name: tensors[name] for name in names})

    named = inspect.Parameter.POSITIONAL_OR_KEYWORD
    term.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter("self", named), *(inspect.Parameter(n, named, annotation=Tensor) for n in names)],
        return_annotation=Tensor,
    )
    return term


LOSSES = [
    loss(cls)
    for cls in vars(nn).values()
    if isinstance(cls, type) and issubclass(cls, _Loss) and cls.__name__ not in leftout.LEFT_OUT_OF_NN
]
