"""Graphs as matrices: convolution along edges, a whole graph as one vector, and matrices from pairs of nodes."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ganframe import Shape, component, option
from ganframe_gan.layers import checks


def nodes_and_edges(x: Shape, adjacency: Shape) -> tuple[int, int, int]:
    """Nodes, features and kinds of edges. Raises ValueError."""
    nodes, features = checks.sequence(x, "the nodes")
    if len(adjacency) not in (2, 3) or adjacency[:2] != (nodes, nodes):
        raise ValueError(f"{nodes} nodes have edges ({nodes}, {nodes}) or ({nodes}, {nodes}, kinds), not {adjacency}")
    return nodes, features, adjacency[2] if len(adjacency) == 3 else 1


@component
class GraphConv:
    """Nodes (n, F) that gather what their neighbours hold: W x + sum over kinds r of A_r W_r x, plus a bias.

    `adjacency` (n, n), or (n, n, kinds) with weights of its own for each kind of edge; entries may be soft. The order
    of the nodes means nothing: another order gives the same rows in that order. `mean` divides what a node gathers by
    its number of edges, where it has more than one. Source: the relational graph convolution of arXiv:1703.06103,
    eq. 2, as MolGAN uses it (arXiv:1805.11973, section 3.2; its code does not divide).
    """

    examples = (
        {"options": {"out_features": 4}, "x": (5, 3), "adjacency": (5, 5, 2)},
        {"options": {"out_features": 2, "mean": True}, "x": (4, 3), "adjacency": (4, 4)},
    )
    out_features: int = option(doc="features of a node that come out", min=1)
    mean: bool = option(False, "the mean over a node's edges instead of the sum")
    bias: bool = option(True, "a learned bias")

    def build(self, x: Shape, adjacency: Shape) -> nn.Module:
        _, features, kinds = nodes_and_edges(x, adjacency)
        return _GraphConv(features, kinds, self.out_features, self.mean, self.bias)


class _GraphConv(nn.Module):
    def __init__(self, features: int, kinds: int, out: int, mean: bool, bias: bool) -> None:
        super().__init__()
        self.own = nn.Linear(features, out, bias=bias)
        self.along = nn.Linear(features, kinds * out, bias=False)
        self.kinds, self.mean = kinds, mean

    def forward(self, x: Tensor, adjacency: Tensor) -> Tensor:
        edges = adjacency.reshape(*adjacency.shape[:3], self.kinds).to(x.dtype)
        sent = self.along(x).unflatten(2, (self.kinds, -1))
        gathered = torch.einsum("nijr,njrf->nif", edges, sent)
        if self.mean:
            gathered = gathered / edges.abs().sum((2, 3)).clamp(min=1).unsqueeze(2)
        return self.own(x) + gathered


@component
class GatedSum:
    """A vector of a set, sum over i of sigmoid(G x_i) * tanh(V x_i): (n, F) gives (out_features,), whatever the order.

    How MolGAN reads a whole graph off its nodes (arXiv:1805.11973, section 3.2; arXiv:1511.05493, eq. 7).
    """

    examples = ({"options": {"out_features": 4}, "x": (5, 3)},)
    out_features: int = option(doc="length of the vector", min=1)

    def build(self, x: Shape) -> nn.Module:
        _, features = checks.sequence(x, "the set")
        return _GatedSum(features, self.out_features)


class _GatedSum(nn.Module):
    def __init__(self, features: int, out: int) -> None:
        super().__init__()
        self.gate = nn.Linear(features, out)
        self.value = nn.Linear(features, out)

    def forward(self, x: Tensor) -> Tensor:
        return (self.gate(x).sigmoid() * self.value(x).tanh()).sum(1)


@component
class Symmetric:
    """A symmetric matrix from one entry a pair: (n (n - 1) / 2, ...) gives (n, n, ...), zero on the diagonal.

    Pairs are in the order (0, 1), (0, 2), ..., (1, 2), ...: an undirected graph's edges without loops, as a generator
    makes them.
    """

    examples = ({"x": (6, 2)}, {"x": (10,)})

    def build(self, x: Shape) -> nn.Module:
        checks.axis(1, x)
        nodes = (1 + math.isqrt(1 + 8 * x[0])) // 2
        if nodes * (nodes - 1) // 2 != x[0]:
            near = [n * (n - 1) // 2 for n in (nodes, nodes + 1)]
            raise ValueError(f"{x[0]} is no number of pairs; {nodes} or {nodes + 1} nodes have {near[0]} or {near[1]}")
        return _Symmetric(nodes)


class _Symmetric(nn.Module):
    def __init__(self, nodes: int) -> None:
        super().__init__()
        self.nodes = nodes

    def forward(self, x: Tensor) -> Tensor:
        row, column = torch.triu_indices(self.nodes, self.nodes, 1, device=x.device)
        half = x.new_zeros(len(x), self.nodes, self.nodes, *x.shape[2:])
        half = half.index_put((torch.arange(len(x), device=x.device)[:, None], row, column), x)
        return half + half.transpose(1, 2)


@component
class Walks:
    """What a node can tell of its place in a graph: the chances that a random walk is back after 2, ..., `steps` steps.

    (n, n) or (n, n, kinds) gives (n, steps - 1): the diagonals of P^2, ..., P^steps, P = A / degrees, kinds added.
    Convolution along edges cannot tell a ring from two smaller ones (arXiv:1810.00826), this can.
    Source: the random walk encoding of arXiv:2110.07875.
    """

    examples = ({"options": {"steps": 4}, "x": (5, 5)}, {"options": {"steps": 2}, "x": (4, 4, 2)})
    steps: int = option(8, "the longest walk", min=2)

    def build(self, x: Shape) -> nn.Module:
        if len(x) not in (2, 3) or x[0] != x[1]:
            raise ValueError(f"the input must be edges (n, n) or (n, n, kinds), not {x}")
        return _Walks(self.steps)


class _Walks(nn.Module):
    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps

    def forward(self, x: Tensor) -> Tensor:
        edges = x if x.dim() == 3 else x.sum(3)
        once = edges / edges.abs().sum(2, keepdim=True).clamp(min=1)
        walk, back = once, []
        for _ in range(self.steps - 1):
            walk = walk @ once
            back.append(walk.diagonal(dim1=1, dim2=2))
        return torch.stack(back, 2)
