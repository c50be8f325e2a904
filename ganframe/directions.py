"""Directions in latent space along which samples change most: closed-form (SeFa) and principal components (PCA)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs
import torch
from torch import Tensor

from ganframe import probe
from ganframe.errors import SpecError
from ganframe.given import Given, shape_of, shapes
from ganframe.mixing import ends
from ganframe.truncation import targets

if TYPE_CHECKING:
    from ganframe.sample import Common, Sampler

#: Rows that principal components are taken over.
ROWS = 4096
#: Numbers that a latent may have: the matrices are this large in square.
_LARGEST = 4096


@attrs.frozen(eq=False)
class Directions:
    """Directions (k, *shape) of length 1 in the latent or wire `name`, the strongest first.

    `strengths` are singular values (SeFa) or standard deviations (PCA); `spreads` how far rows lie along each
    direction, in standard deviation: a step of one `spread` is a usual one.
    """

    name: str
    by: str
    vectors: Tensor
    strengths: Tensor
    spreads: Tensor

    def walk(self, start: Tensor, direction: int, reach: float, steps: int) -> Tensor:
        """Rows (steps, *shape) through a row (*shape), from -reach to reach spreads along a direction."""
        ways = torch.linspace(-reach, reach, steps) * self.spreads[direction]
        return start + ways.reshape(-1, *[1] * start.dim()) * self.vectors[direction]

    def tensors(self) -> dict[str, Tensor]:
        """What a file of them holds."""
        return {self.name: self.vectors, "strengths": self.strengths, "spreads": self.spreads}


def directions(
    sampler: Sampler, by: str = "sefa", count: int = 5, name: str = "", layer: str = "",
    given: Mapping[str, Tensor] | None = None, seed: int = 0,
) -> Directions:
    """The `count` strongest directions of a latent or wire (what a mapping network makes, else the first latent).

    `sefa`: eigenvectors of A^T A, A all weights that first take it (Shen and Zhou 2021, arXiv:2007.06600, eq. 5).
    `pca`: principal components of its rows; of a latent, whose rows say nothing, those of `layer` (else of what first
    takes it), led back by least squares (Haerkoenen et al. 2020, GANSpace, arXiv:2004.02546, section 2.2).
    """
    name = name or next(iter(targets(sampler.plan)), "")
    if not name:
        raise SpecError("no latent of numbers is drawn, so that there are no directions")
    shape = shape_of(sampler.plan, name)
    size = math.prod(shape)
    if not shape.dtype.is_floating_point or not 1 < size <= _LARGEST:
        raise SpecError(f"'{name}' of shape {shape} has no directions: 2 to {_LARGEST} numbers are needed")
    sampler.seed = seed
    with probe.probing(sampler, given or {}) as common:
        rows = _rows(sampler, common, name)
        if by == "sefa":
            vectors, strengths = _sefa(sampler, common, name, shape)
        elif name in shapes(sampler.plan) or layer:
            vectors, strengths = _led_back(rows, _activations(sampler, common, name, rows, layer))
        else:
            vectors, strengths = _components(rows.flatten(1))
    count = min(count, len(vectors))
    vectors = _signed(vectors[:count])
    spreads = (rows.flatten(1) @ vectors.T).std(0)
    return Directions(name, by, vectors.reshape(count, *shape), strengths[:count].clone(), spreads)


def walked(
    sampler: Sampler, ways: Directions, reach: float, steps: int, seed: int, given: Given
) -> dict[str, Tensor]:
    """Everything drawn along each direction through the first sample of a seed, direction after direction."""
    middle = {name: value[:1] for name, value in ends(sampler, seed, 1, given, {ways.name}).items()}
    start = middle[ways.name][0]
    rows = [ways.walk(start, k, reach, steps) for k in range(len(ways.vectors))]
    return sampler.draw(len(rows) * steps, seed, {**middle, ways.name: torch.cat(rows)})


def _rows(sampler: Sampler, common: Common, name: str) -> Tensor:
    """Rows (N, *shape) as they are drawn."""
    found = []
    with torch.no_grad():
        for k in range(-(-ROWS // sampler.size)):
            scene = sampler.scene(k, common)
            found.append(sampler.wire(scene, name).float())
            scene.close()
    return torch.cat(found).cpu()


def _sefa(sampler: Sampler, common: Common, name: str, shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Right singular vectors of A, whose columns are half the differences that +1 and -1 in each number make."""
    basis = torch.eye(math.prod(shape))
    columns = []
    for part in torch.split(basis, sampler.size):
        plus, minus = (_first_layers(sampler, common, {name: sign * part.reshape(-1, *shape)}) for sign in (1, -1))
        columns.append((plus - minus) / 2)
    _, strengths, vectors = torch.linalg.svd(torch.cat(columns).T, full_matrices=False)
    return vectors, strengths


def _first_layers(sampler: Sampler, common: Common, rows: Mapping[str, Tensor], chunk: int = 0) -> Tensor:
    """What the layers with weights that first take these rows make of them, side by side, on the CPU."""
    marked = {name: value.to(sampler.device).requires_grad_() for name, value in rows.items()}
    with probe.Listener(common.networks, first=True) as listener:
        scene = probe.scene(sampler, common, marked, chunk)
        for generator, made in sampler.plan.names.made.items():
            for field in made:
                scene.fake(generator)[field]
        scene.close()
    if not listener.heard:
        raise SpecError(f"no layer with weights takes '{next(iter(rows))}'")
    count = len(next(iter(rows.values())))
    return torch.cat([value.detach().cpu().float() for value in listener.heard], 1)[:count]


def _activations(sampler: Sampler, common: Common, name: str, rows: Tensor, layer: str) -> Tensor:
    """A layer's values (N, features) over drawn rows: those of a wire, else of what first takes them."""
    found = []
    for k, part in enumerate(torch.split(rows, sampler.size)):
        if not layer:
            found.append(_first_layers(sampler, common, {name: part}, k))
            continue
        with torch.no_grad():
            scene = probe.scene(sampler, common, {name: part.to(sampler.device)}, k)
            found.append(sampler.wire(scene, layer).flatten(1).cpu().float()[: len(part)])
            scene.close()
    return torch.cat(found)


def _components(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Principal components (k, features) and their standard deviations."""
    _, values, vectors = torch.linalg.svd(rows - rows.mean(0), full_matrices=False)
    return vectors, values / max(len(rows) - 1, 1) ** 0.5


def _led_back(rows: Tensor, activations: Tensor) -> tuple[Tensor, Tensor]:
    """Unit vectors u that best explain rows z by their coordinates x: min sum |x u - z|^2, one component at a time."""
    components, strengths = _components(activations)
    size = min(len(components), rows[0].numel())
    centred = activations - activations.mean(0)
    flat = rows.flatten(1) - rows.flatten(1).mean(0)
    coordinates = centred @ components[:size].T
    vectors = coordinates.T @ flat
    return torch.nn.functional.normalize(vectors, dim=1), strengths[:size]


def _signed(vectors: Tensor) -> Tensor:
    """The same lines, each pointing where its largest number is positive."""
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    return vectors * torch.where(largest < 0, -1.0, 1.0)
