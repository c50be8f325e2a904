"""How samples move with a latent: the singular values of the generator's Jacobian."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import torch
from torch import Tensor

from ganframe import probe
from ganframe.errors import SpecError
from ganframe.given import shape_of
from ganframe.sample import main_field
from ganframe.truncation import targets

if TYPE_CHECKING:
    from ganframe.sample import Common, Sampler

#: Numbers that a latent may have: as many samples are differentiated for each row.
_LARGEST = 1024


@attrs.frozen(eq=False)
class Jacobian:
    """Singular values (rows, k) of d sample / d latent `name` (flattened both), the largest first, a row a sample."""

    name: str
    values: Tensor


def jacobian(sampler: Sampler, rows: int = 4, name: str = "", seed: int = 0) -> Jacobian:
    """The singular values at the first samples of a seed, by exact derivatives in the mode that samples are drawn in.

    Each direction e is J e = d(J^T u . e) / du, two passes back instead of one forward (any layer that a gradient
    penalty can be taken through has it).
    """
    name = name or next((n for n in sampler.parts.latents if n in targets(sampler.plan)), "")
    name = name or next(iter(targets(sampler.plan)), "")
    if not name:
        raise SpecError("no latent of numbers is drawn, so that there is no Jacobian")
    size = math.prod(shape_of(sampler.plan, name))
    if size > _LARGEST:
        raise SpecError(f"'{name}' has {size} numbers; the Jacobian is taken for {_LARGEST} at most")
    sampler.seed = seed
    device = sampler.model.device
    with probe.probing(sampler, {}) as common, torch.enable_grad(), device.math_attention(), device.no_cudnn_rnn():
        scene = sampler.scene(0, common)
        with torch.no_grad():
            start = sampler.wire(scene, name)[:rows].detach()
        drawn = [n for n in scene.latents.drawn if n != name]
        beside = {n: scene.latents.drawn[n] for n in drawn} | dict(scene.real.held)
        scene.close()
        found = []
        for i in range(rows):
            fixed = {n: value[i : i + 1] for n, value in beside.items()}
            one = attrs.evolve(common, given={**common.given, **fixed})
            ways = torch.split(torch.eye(size), sampler.size)
            columns = [_columns(sampler, one, name, start[i], part) for part in ways]
            found.append(torch.linalg.svdvals(torch.cat(columns).double()))
    return Jacobian(name, torch.stack(found).float())


def _columns(sampler: Sampler, common: Common, name: str, at: Tensor, ways: Tensor) -> Tensor:
    """J e for each row e of `ways` (k, size): (k, numbers of a sample), on the CPU."""
    here = at.expand(sampler.size, *at.shape).detach().clone().requires_grad_()
    scene = probe.scene(sampler, common, {name: here})
    field = main_field({n: None for made in sampler.plan.names.made.values() for n in made}, sampler.parts.fields)
    maker = next(g for g, made in sampler.plan.names.made.items() if field in made)
    sample = scene.fake(maker)[field]
    scene.close()
    if not sample.is_floating_point() or not sample.requires_grad:
        raise SpecError(f"'{field}' does not change smoothly with '{name}'")
    weights = torch.zeros_like(sample, requires_grad=True)
    (back,) = torch.autograd.grad(sample, here, weights, create_graph=True)
    wanted = torch.zeros_like(back)
    wanted[: len(ways)] = ways.reshape(-1, *at.shape).to(wanted)
    (columns,) = torch.autograd.grad(back, weights, wanted)
    return columns[: len(ways)].flatten(1).float().cpu()
