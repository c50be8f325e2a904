"""Graphs: what is generated, what is valid, files and drawings."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from ganframe_gan.data import Ring
from ganframe_geometry.data import GraphFile, Graphs
from ganframe_geometry.data.graphs import roles, tree
from ganframe_geometry.metrics import GraphValidity
from ganframe_geometry.metrics.structure import fits, form
from ganframe_geometry.views import Graph
from ganframe_geometry.views.graph import edges, hard, layout
from PIL import Image

from ganframe import Field

CPU = torch.device("cpu")


def graph(nodes, *pairs):
    x = torch.zeros(nodes, nodes)
    for i, j in pairs:
        x[i, j] = x[j, i] = 1
    return x


def test_generated_graphs_are_of_their_kind() -> None:
    data = Graphs(kinds=("ring", "star", "path", "tree"), rows=400).open()
    rows = data.batch(torch.arange(400))
    x, codes = rows["x"][..., 0], rows["label"].argmax(1)
    assert torch.equal(x, x.transpose(1, 2)) and bool((x.diagonal(dim1=1, dim2=2) == 0).all())
    for one, code in zip(x, codes.tolist(), strict=True):
        assert fits(one, ("ring", "star", "path", "tree")[code])
    sizes = (x.sum(2) > 0).sum(1)
    assert sorted(sizes.unique().tolist()) == [5, 6, 7, 8, 9]
    assert torch.equal(rows["nodes"].argmax(2), roles(x))
    assert data.facts()["kinds"] == ["ring", "star", "path", "tree"] and data.fields()["x"].shape == (9, 9, 1)
    with pytest.raises(ValueError, match="'least' must not exceed"):
        Graphs(nodes=5, least=6).open()


def test_trees_are_drawn_evenly() -> None:
    """Of the 16 labelled trees on four nodes 12 are paths and 4 are stars."""
    rng = torch.Generator().manual_seed(1)
    drawn = [graph(4, *tree(4, rng).tolist()) for _ in range(1600)]
    assert all(fits(one, "tree") for one in drawn)
    assert sum(fits(one, "star") for one in drawn) == pytest.approx(400, abs=60)
    counts = torch.stack(drawn).flatten(1).unique(dim=0, return_counts=True)[1]
    assert len(counts) == 16 and int(counts.min()) > 60


@pytest.mark.parametrize(
    ("pairs", "kinds"),
    [
        (((0, 1), (1, 2), (2, 0)), {"ring"}),
        (((0, 1), (1, 2)), {"star", "path", "tree"}),
        (((0, 1), (1, 2), (2, 3)), {"path", "tree"}),
        (((0, 1), (0, 2), (0, 3)), {"star", "tree"}),
        (((0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)), set()),
        (((0, 1), (1, 2), (2, 0), (2, 3)), set()),
        (((0, 1),), set()),
        ((), set()),
    ],
)
def test_kinds_by_hand(pairs, kinds) -> None:
    found = {kind for kind in ("ring", "star", "path", "tree") if fits(graph(7, *pairs), kind)}
    assert found == kinds


def test_a_form_is_what_is_left_without_an_order() -> None:
    rng, data = torch.Generator().manual_seed(0), Graphs(rows=60).open()
    x = data.batch(torch.arange(60))["x"][..., 0]
    for one in x:
        order = torch.randperm(9, generator=rng)
        assert form(one) == form(one[order][:, order])
    different = [graph(6, (0, 1), (1, 2), (2, 3), (3, 4), (4, 5)), graph(6, (0, 1), (1, 2), (2, 3), (3, 4), (2, 5))]
    different += [graph(6, (0, 1), (1, 2), (2, 3), (3, 4), (1, 5)), graph(6, (0, 1), (1, 2), (2, 3), (3, 4))]
    assert len({form(one) for one in different}) == 4


def test_figures_by_hand() -> None:
    ring, star = graph(5, (0, 1), (1, 2), (2, 0)), graph(5, (0, 1), (0, 2), (0, 3))
    fields = {"x": Field((5, 5, 1)), "nodes": Field((5, 4)), "label": Field((2,))}

    def rows(*given):
        x = torch.stack([one for one, _ in given])
        nodes = torch.eye(4)[roles(x)]
        return {"x": x.unsqueeze(3), "nodes": nodes, "label": torch.eye(2)[[code for _, code in given]]}

    real = rows((ring, 0), (ring, 0), (star, 1), (star, 1))
    fake = rows((ring, 0), (ring[[3, 0, 1, 2, 4]][:, [3, 0, 1, 2, 4]], 0), (ring, 1), (star, 1))
    facts = {"kinds": ["ring", "star"]}
    meter = GraphValidity(label="label", nodes="nodes").build(fields, facts, CPU)
    meter.update(real, fake)
    # One of four is of the wrong kind; two forms among three valid ones; shares 1/2, 1/4 and 1/4 none, against 1/2, 1/2.
    assert meter.compute() == pytest.approx({"valid": 0.75, "unique": 2 / 3, "mismatch": 0.25})
    fake["nodes"] = fake["nodes"].roll(1, 2)
    meter = GraphValidity(nodes="nodes").build(fields, facts, CPU)
    meter.update(real, fake)
    assert meter.compute() == {"valid": 0.0, "unique": 0.0, "mismatch": 1.0}
    fake = rows((ring, 0), (ring.triu(), 0), (ring + torch.eye(5), 0), (ring * 0.9, 0))
    meter = GraphValidity().build(fields, facts, CPU)
    meter.update(real, fake)
    assert meter.compute()["valid"] == 0.25
    with pytest.raises(ValueError, match="fact 'kinds'"):
        GraphValidity().build(Ring().open().fields(), {}, CPU)


def test_graphs_from_a_file(tmp_path) -> None:
    edges_, nodes = np.zeros((2, 3, 3), np.int64), np.array([[1, 2, 0], [2, 2, 3]])
    edges_[0, 0, 1] = edges_[0, 1, 0] = 2
    np.savez(tmp_path / "a.npz", edges=edges_, nodes=nodes, label=np.array(["b", "a"]))
    data = GraphFile(path=tmp_path / "a.npz").open()
    rows = data.batch(torch.tensor([0, 1]))
    assert rows["x"].shape == (2, 3, 3, 2) and rows["x"].nonzero().tolist() == [[0, 0, 1, 1], [0, 1, 0, 1]]
    assert rows["nodes"].argmax(2).tolist() == nodes.tolist() and data.fields()["label"].names == ("a", "b")
    assert data.facts()["edges"] == 2 and data.facts()["roles"] == 4
    edges_[1, 0, 1] = 1
    np.savez(tmp_path / "b.npz", edges=edges_, nodes=nodes)
    with pytest.raises(ValueError, match="'edges' must be symmetric"):
        GraphFile(path=tmp_path / "b.npz").open()
    np.savez(tmp_path / "c.npz", edges=edges_)
    with pytest.raises(ValueError, match="has no array 'nodes'; it holds edges"):
        GraphFile(path=tmp_path / "c.npz").open()


def test_drawings_keep_distances() -> None:
    ring = graph(8, *[(i, (i + 1) % 8) for i in range(8)])
    at = layout(edges(hard(ring[None])[0]), list(range(8)))
    sides = (at - at.roll(-1, 0)).norm(dim=1)
    assert sides.std() / sides.mean() < 0.02 and at.abs().max() <= 1
    star = graph(7, *[(0, i) for i in range(1, 7)])
    at = layout(edges(hard(star[None])[0]), list(range(7)))
    apart = torch.pdist(at[1:])
    assert apart.min() > 0.3 and (at[1:] - at[0]).norm(dim=1).std() < 0.1


def test_pictures_and_json(tmp_path) -> None:
    x = torch.zeros(2, 4, 4, 2)
    x[0, 0, 1, 1] = x[0, 1, 0, 1] = 0.9
    x[1, 2, 3, 0] = x[1, 3, 2, 0] = 0.4
    field = Field((4, 4, 2), view="graph")
    Graph().write(tmp_path / "a.json", x, field, {})
    assert json.loads((tmp_path / "a.json").read_text()) == [{"nodes": 4, "edges": [[0, 1, 1]]}, {"nodes": 4, "edges": []}]
    Graph().grid(tmp_path / "a.png", x, field, {}, 2)
    with Image.open(tmp_path / "a.png") as sheet:
        assert sheet.size == (256, 128) and len(sheet.crop((4, 4, 124, 124)).getcolors(20_000)) > 3
        assert len(sheet.crop((132, 4, 252, 124)).getcolors(20_000)) == 1
