"""Graphs from a file of arrays."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from ganframe import Survey, component, option
from ganframe_geometry.data import recipe, survey
from ganframe_geometry.data.graphs import graph_fields
from ganframe_geometry.data.rows import Rows


@component
class GraphFile:
    """Graphs from a `.npz` file: `edges` (N, n, n), whole numbers, 0 where there is no edge, else the edge's kind;
    `nodes` (N, n), 0 where there is no node, else the node's kind; if it is there, `label` (N,), numbers or words.

    Edges must be symmetric, without loops. Fields: `x` (n, n, kinds of edges) and `nodes` (n, kinds of nodes, with
    none), one-hot, and `label`. Facts: `size` (n), `edges` and `roles` (how many kinds), with labels `classes
    frequencies`. Molecules are such graphs: atoms and bonds, without hydrogens (arXiv:1805.11973, section 2.1).
    """

    path: Path = option(doc="the file")

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """Three small molecules to try the laws of datasets on."""
        edges, nodes = np.zeros((3, 4, 4), np.int64), np.array([[1, 1, 2, 0], [1, 2, 0, 0], [1, 1, 1, 3]])
        for row, a, b, kind in ((0, 0, 1, 1), (0, 1, 2, 2), (1, 0, 1, 1), (2, 0, 1, 3), (2, 1, 2, 1), (2, 2, 3, 1)):
            edges[row, a, b] = edges[row, b, a] = kind
        np.savez(folder / "molecules.npz", edges=edges, nodes=nodes, label=np.array(["a", "b", "a"]))
        return {"path": folder / "molecules.npz"}

    @classmethod
    def survey(cls, path: Path) -> Survey | None:
        """What there is to know of a file with `edges` and `nodes`; None for any other. Raises ValueError."""
        if not path.is_file() or path.suffix != ".npz":
            return None
        try:
            names = loaded(path)
        except ValueError:
            return None
        return survey.graphs(path, cls(path=path).open()) if {"edges", "nodes"} <= set(names) else None

    @classmethod
    def recipe(cls, data: Rows, table: str) -> str:
        """A spec to start from, with this `[data]` table."""
        return recipe.spec("graphs", data, table)

    def open(self) -> Rows:
        """Read the file. FileNotFoundError or ValueError, with its absolute path."""
        path = self.path.absolute()
        if not path.is_file():
            raise FileNotFoundError(f"there is no file {path}")
        arrays = loaded(path)
        edges, nodes = whole(path, arrays, "edges", 3), whole(path, arrays, "nodes", 2)
        if edges.shape != (*nodes.shape, nodes.shape[1]) or not len(edges):
            said = f"edges {edges.shape} and nodes {nodes.shape}"
            raise ValueError(f"{path}: holds {said}; expected (N, n, n) and (N, n)")
        if not np.array_equal(edges, edges.transpose(0, 2, 1)) or edges.diagonal(axis1=1, axis2=2).any():
            raise ValueError(f"{path}: 'edges' must be symmetric, without loops")
        kinds, roles = int(edges.max()), int(nodes.max()) + 1
        columns = {
            "x": F.one_hot(torch.from_numpy(edges), kinds + 1)[..., 1:].to(torch.uint8),
            "nodes": F.one_hot(torch.from_numpy(nodes), roles).to(torch.uint8),
        }
        known = {"size": nodes.shape[1], "edges": kinds, "roles": roles}
        words, codes = np.unique(arrays["label"], return_inverse=True) if "label" in arrays else ((), None)
        labels = None if codes is None else torch.from_numpy(codes).long().view(-1)
        return Rows(columns, graph_fields(nodes.shape[1], kinds, roles), known, labels, tuple(map(str, words)))


def loaded(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a .npz file; ValueError where it is damaged or holds objects."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError, KeyError, AttributeError, zipfile.BadZipFile) as error:
        told = "damaged, or it holds objects that only pickle reads" if "allow_pickle" in str(error) else error
        raise ValueError(f"{path}: cannot be read as .npz ({told})") from None


def whole(path: Path, arrays: dict[str, np.ndarray], name: str, axes: int) -> np.ndarray:
    """An array of whole numbers from 0 on, as int64."""
    if name not in arrays:
        raise ValueError(f"{path}: has no array '{name}'; it holds {', '.join(arrays) or 'nothing'}")
    array = arrays[name]
    if array.dtype.kind not in "iu" or array.ndim != axes or (array.size and array.min() < 0):
        raise ValueError(f"{path}: '{name}' must be whole numbers from 0 on with {axes} axes")
    return array.astype(np.int64)
