"""Graphs as drawings, and as lists of edges."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import torch
from PIL import ImageDraw
from torch import Tensor

from ganframe import Field, component
from ganframe_geometry.views import sheet

#: One colour a kind of edge.
COLOURS = [(110, 110, 110), (206, 92, 0), (46, 125, 50), (156, 39, 46), (106, 61, 154)]
#: Rounds in which a drawing is brought nearer to the distances in the graph.
ROUNDS = 60


@component
class Graph:
    """Graphs by their edges (n, n) or (n, n, kinds): drawn so that distances on paper are those in the graph, or JSON.

    An edge is where the largest of its kinds, taken in both directions, is above one half; its colour is its kind.
    Nodes without edges are not drawn. A `.json` file is a list of graphs, each `{"nodes": n, "edges": [[i, j, kind],
    ...]}`, kinds counted from 0. A drawing puts neighbours at distance 1 by stress majorization (Gansner et al. 2004).
    """

    suffixes: ClassVar = (".json", ".png")
    #: How many samples make a good picture.
    samples: ClassVar[int] = 30
    examples = ({"field": Field((6, 6, 2), view="graph", range=(0.0, 1.0)), "facts": {"size": 6}},)

    def write(self, path: Path, values: Tensor, field: Field, facts: Mapping[str, Any]) -> None:
        """Write graphs (N, n, n, ...) as a picture or as JSON, by the suffix."""
        if path.suffix == ".png":
            self.grid(path, values, field, facts, math.ceil(len(values) ** 0.5))
            return
        graphs = [{"nodes": len(graph), "edges": edges(graph)} for graph in hard(values)]
        lines = ",\n".join(json.dumps(graph) for graph in graphs)
        path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")

    def grid(self, path: Path, values: Tensor, field: Field, facts: Mapping[str, Any], columns: int) -> None:
        """Draw graphs, `columns` in a row, the first at the top left."""
        sheet.drawn(path, [_drawing(edges(graph)) for graph in hard(values)], columns)


def hard(values: Tensor) -> Tensor:
    """The kind of edge between any two nodes, counted from 1, 0 for none: whole numbers (N, n, n)."""
    values = values.detach().cpu().float().nan_to_num()
    values = values if values.dim() == 4 else values.unsqueeze(3)
    most, kind = torch.maximum(values, values.transpose(1, 2)).max(3)
    return (kind + 1) * (most > 0.5)


def edges(graph: Tensor) -> list[list[int]]:
    """[i, j, kind] for every edge of a graph (n, n), i < j."""
    return [[i, j, int(graph[i, j]) - 1] for i, j in graph.triu(1).nonzero().tolist()]


def _drawing(lines: list[list[int]]) -> sheet.Draw:
    used = sorted({node for i, j, _ in lines for node in (i, j)})
    at = dict(zip(used, layout(lines, used).tolist(), strict=True))

    def draw(pen: ImageDraw.ImageDraw, side: int) -> None:
        def place(node: int) -> tuple[float, float]:
            return side / 2 * (1 + 0.8 * at[node][0]), side / 2 * (1 - 0.8 * at[node][1])

        for i, j, kind in lines:
            pen.line((*place(i), *place(j)), fill=COLOURS[kind % len(COLOURS)], width=2 * sheet.SMOOTH)
        for node in used:
            (x, y), r = place(node), 4 * sheet.SMOOTH
            pen.ellipse((x - r, y - r, x + r, y + r), fill=sheet.INK)

    return draw


def layout(lines: list[list[int]], used: list[int]) -> Tensor:
    """Places (nodes, 2) within [-1, 1] at which the nodes' distances are about those in the graph."""
    if not used:
        return torch.zeros(0, 2)
    apart = distances(lines, used)
    x = begun(apart)
    weight = torch.where(apart > 0, apart.clamp(min=1e-9) ** -2, 0)
    laplacian = weight.sum(1).diag() - weight
    inverse = torch.linalg.pinv(laplacian)
    for _ in range(ROUNDS):
        gap = torch.cdist(x, x)
        pull = torch.where(gap > 1e-9, weight * apart / gap.clamp(min=1e-9), 0)
        x = inverse @ ((pull.sum(1).diag() - pull) @ x)
    x = x - (x.amax(0) + x.amin(0)) / 2
    return (x / x.abs().max().clamp(min=0.5)).float()


def begun(apart: Tensor) -> Tensor:
    """Where the nodes are first: by classical scaling, and a little apart on a circle for those in one place."""
    centred = apart.square() - apart.square().mean(0, keepdim=True)
    values, vectors = torch.linalg.eigh(-(centred - centred.mean(1, keepdim=True)) / 2)
    angle = torch.arange(len(apart), dtype=torch.float64) * (2 * math.pi / len(apart))
    return vectors[:, -2:] * values[-2:].clamp(min=0).sqrt() + 0.2 * torch.stack([angle.cos(), angle.sin()], 1)


def distances(lines: list[list[int]], used: list[int]) -> Tensor:
    """Edges on the shortest way between any two nodes; parts that hang apart are as far as all of them are many."""
    number = {node: i for i, node in enumerate(used)}
    apart = torch.full((len(used), len(used)), float(len(used)) / 2 + 1, dtype=torch.float64)
    apart.fill_diagonal_(0)
    for i, j, _ in lines:
        apart[number[i], number[j]] = apart[number[j], number[i]] = 1
    for k in range(len(used)):
        apart = torch.minimum(apart, apart[:, k : k + 1] + apart[k : k + 1])
    return apart
