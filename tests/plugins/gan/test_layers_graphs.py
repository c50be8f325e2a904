"""Graphs as matrices, against values worked out by hand."""

from __future__ import annotations

import pytest
import torch
from ganframe_gan.layers import GatedSum, GraphConv, Symmetric, Walks
from layer_making import made, numbers, run

from ganframe import Shape


def ring(size: int, nodes: int) -> torch.Tensor:
    edges = torch.zeros(nodes, nodes, dtype=torch.float64)
    for i in range(size):
        edges[i, (i + 1) % size] = edges[(i + 1) % size, i] = 1
    return edges


def test_a_node_gathers_along_edges_of_each_kind() -> None:
    x, edges = numbers(1, 3, 2), torch.zeros(1, 3, 3, 2, dtype=torch.float64)
    edges[0, 0, 1, 0], edges[0, 0, 2, 1], edges[0, 2, 0, 1] = 1, 0.5, 2
    module = made(GraphConv(out_features=4), x, edges)
    first, second = module.along.weight.chunk(2)
    own = x[0] @ module.own.weight.T + module.own.bias
    out = module(x, edges)[0]
    torch.testing.assert_close(out[0], own[0] + first @ x[0, 1] + 0.5 * second @ x[0, 2])
    torch.testing.assert_close(out[1], own[1])
    torch.testing.assert_close(out[2], own[2] + 2 * second @ x[0, 0])
    mean = made(GraphConv(out_features=4, mean=True), x, edges)(x, edges)[0]
    torch.testing.assert_close(mean[0], own[0] + (first @ x[0, 1] + 0.5 * second @ x[0, 2]) / 1.5)
    torch.testing.assert_close(mean[1], own[1])


def test_the_order_of_nodes_means_nothing() -> None:
    x, edges, order = numbers(2, 5, 3), numbers(2, 5, 5, seed=2), torch.tensor([3, 0, 4, 1, 2])
    moved = edges[:, order][:, :, order]
    module = made(GraphConv(out_features=4), x, edges)
    torch.testing.assert_close(module(x[:, order], moved), module(x, edges)[:, order])
    torch.testing.assert_close(run(Walks(steps=4), moved.abs()), run(Walks(steps=4), edges.abs())[:, order])
    torch.testing.assert_close(run(GatedSum(out_features=3), x[:, order]), run(GatedSum(out_features=3), x))


def test_the_gated_sum() -> None:
    x = numbers(2, 3, 4)
    module = made(GatedSum(out_features=2), x)
    wanted = sum(torch.sigmoid(module.gate(x[:, i])) * torch.tanh(module.value(x[:, i])) for i in range(3))
    torch.testing.assert_close(module(x), wanted)


def test_pairs_become_a_symmetric_matrix() -> None:
    x = torch.arange(1.0, 7).view(1, 6)
    assert run(Symmetric(), x)[0].tolist() == [[0, 1, 2, 3], [1, 0, 4, 5], [2, 4, 0, 6], [3, 5, 6, 0]]
    both = run(Symmetric(), torch.stack([x, -x], 2))
    assert both.shape == (1, 4, 4, 2) and torch.equal(both[..., 0], -both[..., 1])
    with pytest.raises(ValueError, match="7 is no number of pairs; 4 or 5 nodes have 6 or 10"):
        Symmetric().build(Shape((7,)))


def test_walks_tell_rings_apart_that_convolution_cannot() -> None:
    """On a ring of n a walk is back after 2 steps half the time; after 3 only if n = 3, then in 2 of 8 ways."""
    six, threes = ring(6, 6), torch.block_diag(ring(3, 3), ring(3, 3))
    back = run(Walks(steps=3), torch.stack([six, threes]))
    assert back[0].tolist() == [[0.5, 0.0]] * 6 and back[1].tolist() == [[0.5, 0.25]] * 6
    x = torch.ones(2, 6, 1, dtype=torch.float64)
    same = run(GraphConv(out_features=3), x, torch.stack([six, threes]))
    torch.testing.assert_close(same[0], same[1])
    lonely = run(Walks(steps=3), torch.zeros(1, 4, 4, 2))
    assert bool((lonely == 0).all())


def test_what_is_no_graph_is_refused() -> None:
    with pytest.raises(ValueError, match=r"4 nodes have edges \(4, 4\) or \(4, 4, kinds\), not \(3, 3\)"):
        GraphConv(out_features=2).build(Shape((4, 2)), Shape((3, 3)))
    with pytest.raises(ValueError, match="must be edges"):
        Walks().build(Shape((4, 3)))
