"""Point clouds: the surfaces they are drawn on, files, pictures, Chamfer distances by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from ganframe_geometry.data import PointClouds, Solids
from ganframe_geometry.metrics import CloudDistance
from ganframe_geometry.metrics.clouds import chamfer
from ganframe_geometry.views import Cloud
from ganframe_geometry.views.cloud import turned
from PIL import Image

from ganframe import Field

CPU = torch.device("cpu")


def clouds(**options):
    data = Solids(rows=300, points=400, **options).open()
    return data.batch(torch.arange(300)), data


def test_spheres() -> None:
    rows, _ = clouds(shapes=("sphere",))
    radius = rows["x"].norm(dim=2)
    assert bool((radius.std(1) < 1e-5).all()) and 0.5 <= float(radius.min()) < 0.55 < 0.85 < float(radius.max()) <= 0.9
    assert rows["x"].mean(1).abs().max() < 0.25  # evenly over the surface


def test_tori() -> None:
    x = clouds(shapes=("torus",))[0]["x"].double()
    out = x[..., :2].norm(dim=2)
    wide, tube = (out.amax(1) + out.amin(1)) / 2, (out.amax(1) - out.amin(1)) / 2
    off = ((out - wide[:, None]).square() + x[..., 2].square()).sqrt() - tube[:, None]
    assert off.abs().max() < 0.02 and 0.14 < float(tube.min()) < float(tube.max()) < 0.31
    # Even over the surface, a share (1 + 2 r / (pi R)) / 2 of the points is on the outer half.
    outer = (out > wide[:, None]).double().mean(1) - (1 + 2 * tube / (math.pi * wide)) / 2
    assert outer.mean().abs() < 0.01


def test_boxes() -> None:
    x = clouds(shapes=("box",))[0]["x"]
    half = x.abs().amax(1)
    on = (x.abs() - half[:, None]).abs() < 1e-5
    assert bool(on.any(2).all()) and 0.3 <= float(half.min()) < float(half.max()) <= 0.7
    share, area = on.double().mean(1), half.prod(1, keepdim=True) / half
    assert (share - area / area.sum(1, keepdim=True)).mean(0).abs().max() < 0.01


def test_they_say_what_they_are() -> None:
    rows, data = clouds()
    assert data.fields()["x"].view == "cloud" and data.fields()["label"].names == ("sphere", "torus", "box")
    facts = data.facts()
    assert (facts["points"], facts["dims"], facts["classes"]) == (400, 3, 3)
    assert torch.allclose(rows["label"].mean(0), torch.tensor(facts["frequencies"]))


def test_chamfer_distances_by_hand() -> None:
    a = torch.tensor([[[0.0, 0.0], [2.0, 0.0]]])
    b = torch.tensor([[[0.0, 1.0], [0.0, 3.0], [2.0, 0.0]]])
    # From a: 1 and 0; from b: 1, 9 and 0.
    assert chamfer(a, b).tolist() == [[pytest.approx(1 / 2 + 10 / 3)]]
    x = torch.randn(5, 9, 3)
    assert chamfer(x, x).diagonal().abs().max() < 1e-5
    assert torch.allclose(chamfer(x, x[:2]), chamfer(x[:2], x).T)


def test_figures_by_hand() -> None:
    """Clouds of two points at a - 1 and a + 1, whose mean squared radius is 1."""

    def cloud(*at):
        return torch.tensor([[[a - 1.0], [a + 1.0]] for a in at])

    meter = CloudDistance(label="label").build({"x": Field((2, 1)), "label": Field((2,))}, {}, CPU)
    eye = torch.eye(2)
    meter.update({"x": cloud(0, 10, 30), "label": eye[[0, 1, 1]]}, {"x": cloud(0.5, 11), "label": eye[[0, 0]]})
    # The nearest made clouds are 2 * 0.25, 2 * 1 and (17^2 + 19^2) / 2 * 2 away; the real one at 30 is nobody's nearest.
    found = meter.compute()
    assert found == pytest.approx({"mmd": 100 * (0.5 + 2 + 650) / 3, "coverage": 2 / 3, "accuracy": 0.5})


def test_a_model_without_order_is_not_punished() -> None:
    rows, data = clouds()
    meter = CloudDistance(points=400, label="label").build(data.fields(), data.facts(), CPU)
    real = {name: value[:20] for name, value in rows.items()}
    meter.update(real, {**real, "x": real["x"][:, torch.randperm(400, generator=torch.Generator().manual_seed(0))]})
    assert meter.compute() == pytest.approx({"mmd": 0.0, "coverage": 1.0, "accuracy": 1.0}, abs=1e-4)


def test_clouds_from_files(tmp_path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "all.npy", rng.normal(size=(4, 30, 3)) * 5 + 2)
    data = PointClouds(path=tmp_path / "all.npy", points=30).open()
    x = data.batch(torch.arange(4), torch.Generator())["x"]
    assert x.mean(1).abs().max() < 1e-5 and torch.allclose(x.norm(dim=2).amax(1), torch.ones(4))
    for kind, count in (("tall", 50), ("wide", 7)):
        (tmp_path / "sorts" / kind).mkdir(parents=True)
        np.savetxt(tmp_path / "sorts" / kind / "a.xyz", rng.normal(size=(count, 3)))
    data = PointClouds(path=tmp_path / "sorts", points=10, scale=False).open()
    one, two = (data.batch(torch.tensor([0, 1]), torch.Generator().manual_seed(s)) for s in (0, 1))
    assert data.fields()["label"].names == ("tall", "wide") and one["label"].argmax(1).tolist() == [0, 1]
    assert not torch.equal(one["x"], two["x"]) and len(one["x"][0].unique(dim=0)) == 10
    assert len(one["x"][1].unique(dim=0)) == 7


@pytest.mark.parametrize(
    ("text", "said"), [("1 2 3\n1 2\n", "cannot be read"), ("1 nan 3\n", "not finite"), ("", "cannot be read|no numbers")]
)
def test_damaged_clouds(tmp_path, text, said) -> None:
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(ValueError, match=said):
        PointClouds(path=tmp_path).open()


def test_pictures_and_ply(tmp_path) -> None:
    field, x = Field((40, 3), view="cloud"), torch.randn(3, 40, 3)
    Cloud().write(tmp_path / "a.ply", x[:1], field, {})
    assert torch.equal(Cloud().read(tmp_path / "a.ply", field, {}), x[:1])
    assert "element vertex 40" in (tmp_path / "a.ply").read_text()
    Cloud().write(tmp_path / "b.ply", x, field, {})
    lines = (tmp_path / "b.ply").read_text().splitlines()
    assert "element vertex 120" in lines
    with pytest.raises(ValueError, match="holds 120 points, expected 40"):
        Cloud().read(tmp_path / "b.ply", field, {})
    Cloud().grid(tmp_path / "a.png", x, field, {}, 2)
    with Image.open(tmp_path / "a.png") as sheet:
        assert sheet.size == (256, 256)
    # What goes up in the data goes up in the picture, and a turn keeps all distances.
    assert turned(torch.tensor([[0.0, 0.0, 1.0]]))[0, 1] > 0.8
    assert torch.allclose(turned(x[0]).norm(dim=1), x[0].norm(dim=1), atol=1e-6)


def test_a_damaged_cloud_is_an_error_or_skipped_and_classes_may_be_asked_for(tmp_path):
    for kind in ("a", "b"):
        (tmp_path / kind).mkdir()
        np.savetxt(tmp_path / kind / "good.xyz", np.random.default_rng(0).normal(size=(20, 3)))
    (tmp_path / "b" / "torn.xyz").write_text("1 2\n3 4 5\n")
    with pytest.raises(ValueError, match="torn.xyz: cannot be read"):
        PointClouds(path=tmp_path).open()
    with pytest.warns(UserWarning, match="1 of 3 clouds are damaged and skipped"):
        assert len(PointClouds(path=tmp_path, points=20, on_error="skip").open()) == 2
    survey = PointClouds.survey(tmp_path)
    assert survey.options["on_error"] == "skip" and "torn.xyz" in survey.odd[0]
    (tmp_path / "b" / "torn.xyz").unlink()
    assert "label" in PointClouds(path=tmp_path).open().fields()
    assert "label" not in PointClouds(path=tmp_path, classes="none").open().fields()
    assert PointClouds(path=tmp_path / "a", classes="auto").open().codes is None
    with pytest.raises(ValueError, match='good.xyz lies in no sub-folder, and classes = "folders"'):
        PointClouds(path=tmp_path / "a", classes="folders").open()
