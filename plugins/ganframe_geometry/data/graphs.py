"""Generated graphs: rings, stars, paths and trees."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import Field, component, option
from ganframe_geometry.data.rows import Rows

KINDS = ("ring", "star", "path", "tree")
#: What a node is: absent, or told by its number of edges.
ROLES = ("none", "end", "link", "branch")


@component
class Graphs:
    """Graphs of `least` to `nodes` nodes, each a ring, a star, a path or a random tree, its nodes in random order.

    Fields: `x` (nodes, nodes, 1), 1 where there is an edge, symmetric, without loops; `nodes` (nodes, 4) one-hot, what
    each node is: `none` (it is not there), `end` (one edge), `link` (two) or `branch` (more); `label`, the kind of the
    graph, one-hot. Trees are drawn evenly among labelled ones (by Pruefer codes) and may be paths and stars. Facts:
    `size` (nodes at most), `edges` and `roles` (kinds of edges and nodes), `kinds`, `classes frequencies`.
    """

    nodes: int = option(9, "nodes at most: the size of the matrices", min=4)
    least: int = option(5, "nodes of the smallest graph", min=4)
    kinds: tuple[str, ...] = option(("ring", "star", "tree"), "kinds of graphs, equally often", choices=KINDS)
    rows: int = option(5000, "graphs drawn, once and for all", min=1)
    seed: int = option(0, "seed of the graphs (not the run's)", min=0)

    def open(self) -> Rows:
        """Draw the graphs; ValueError where the smallest is larger than the largest, or there is no kind."""
        if self.least > self.nodes or not self.kinds:
            raise ValueError("'least' must not exceed 'nodes', and 'kinds' must name one at least")
        rng = torch.Generator().manual_seed(self.seed)
        codes = torch.randint(len(self.kinds), (self.rows,), generator=rng)
        sizes = torch.randint(self.least, self.nodes + 1, (self.rows,), generator=rng)
        edges = torch.zeros(self.rows, self.nodes, self.nodes)
        for row, (code, size) in enumerate(zip(codes.tolist(), sizes.tolist(), strict=True)):
            pairs = DRAWN[self.kinds[code]](size, rng)
            place = torch.randperm(self.nodes, generator=rng)[:size][pairs]
            edges[row, place[:, 0], place[:, 1]] = edges[row, place[:, 1], place[:, 0]] = 1.0
        columns = {"x": edges.unsqueeze(3), "nodes": F.one_hot(roles(edges), len(ROLES))}
        known = {"size": self.nodes, "edges": 1, "roles": len(ROLES), "kinds": list(self.kinds)}
        return Rows(columns, graph_fields(self.nodes, 1, len(ROLES)), known, codes, self.kinds)


def graph_fields(nodes: int, edges: int, roles: int) -> dict[str, Field]:
    """The fields of graphs with so many nodes, kinds of edges and kinds of nodes."""
    x = Field((nodes, nodes, edges), view="graph", range=(0.0, 1.0))
    return {"x": x, "nodes": Field((nodes, roles), range=(0.0, 1.0))}


def roles(edges: Tensor) -> Tensor:
    """What each node is by its number of edges, as an index of ROLES: (..., n) of (..., n, n)."""
    return edges.sum(-1).round().long().clamp(0, len(ROLES) - 1)


def ring(size: int, rng: torch.Generator) -> Tensor:
    """Edges (size, 2)."""
    at = torch.arange(size)
    return torch.stack([at, (at + 1) % size], 1)


def star(size: int, rng: torch.Generator) -> Tensor:
    """Edges (size - 1, 2), all at node 0."""
    return torch.stack([torch.zeros(size - 1, dtype=torch.int64), torch.arange(1, size)], 1)


def path(size: int, rng: torch.Generator) -> Tensor:
    """Edges (size - 1, 2)."""
    return torch.stack([torch.arange(size - 1), torch.arange(1, size)], 1)


def tree(size: int, rng: torch.Generator) -> Tensor:
    """Edges (size - 1, 2) of a tree drawn evenly among the labelled ones, by its Pruefer code."""
    code = torch.randint(size, (size - 2,), generator=rng)
    left = torch.bincount(code, minlength=size) + 1
    edges = []
    for node in code.tolist():
        leaf = int((left == 1).nonzero()[0])
        edges.append((leaf, node))
        left[leaf] = 0
        left[node] -= 1
    return torch.tensor([*edges, (left == 1).nonzero().flatten().tolist()])


DRAWN: dict[str, Callable[[int, torch.Generator], Tensor]] = {"ring": ring, "star": star, "path": path, "tree": tree}
