"""What a graph is, whatever the order of its nodes."""

from __future__ import annotations

import hashlib

from torch import Tensor


def neighbours(graph: Tensor) -> dict[int, list[int]]:
    """The nodes that have edges, each with its neighbours; of a matrix (n, n) of 0 and 1."""
    found: dict[int, list[int]] = {}
    for i, j in graph.nonzero().tolist():
        found.setdefault(i, []).append(j)
    return found


def fits(graph: Tensor, kind: str) -> bool:
    """Whether the nodes with edges hang together and are a ring, a star, a path or a tree."""
    near = neighbours(graph)
    degrees = sorted(len(others) for others in near.values())
    size, edges = len(near), sum(degrees) // 2
    if size < 3 or not connected(near):
        return False
    if kind == "ring":
        return edges == size and degrees[-1] == 2
    star = edges == size - 1 and degrees[-1] == size - 1
    path = edges == size - 1 and degrees[-1] == 2
    return {"star": star, "path": path, "tree": edges == size - 1}[kind]


def connected(near: dict[int, list[int]]) -> bool:
    """Whether every node can be reached from the first."""
    reached, left = set(), [next(iter(near))]
    while left:
        node = left.pop()
        if node not in reached:
            reached.add(node)
            left += near[node]
    return len(reached) == len(near)


def form(graph: Tensor) -> str:
    """A name that two graphs share if one is the other with its nodes in another order; and, of rings and trees, only
    then: their nodes are told apart by what is around them (Weisfeiler and Leman 1968)."""
    near = neighbours(graph)
    names = dict.fromkeys(near, "")
    for _ in near:
        told = {node: f"{names[node]}({','.join(sorted(names[o] for o in others))})" for node, others in near.items()}
        names = {node: hashlib.sha256(text.encode()).hexdigest()[:12] for node, text in told.items()}
    return f"{len(near)}:{hashlib.sha256(','.join(sorted(names.values())).encode()).hexdigest()[:12]}"
