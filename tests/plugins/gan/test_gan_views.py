"""Views of points and arrays: what stands where in the pictures, and files that read back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from ganframe_gan.data import GaussianMixture, Ring
from ganframe_gan.views import Array, Points
from ganframe_gan.views.canvas import INK, MODE, PALE, Canvas
from PIL import Image

from ganframe import Field

PLANE = Field((2,), view="points")


def drawn(path, colour, tolerance: int = 40) -> np.ndarray:
    """Where a picture has about this colour, as (row, column)."""
    pixels = np.asarray(Image.open(path).convert("RGB")).astype(int)
    return np.argwhere(np.abs(pixels - colour).max(2) < tolerance)


def test_a_point_is_drawn_where_it_is(tmp_path) -> None:
    corners = torch.tensor([[-1.0, -1.0], [1.0, 1.0]])
    path = tmp_path / "a.png"
    Points().grid(path, torch.tensor([[0.5, -0.25]]), PLANE, {}, 1, behind=corners)
    canvas = Canvas((512, 512), (-1.3, -1.3), (1.3, 1.3))
    x, y = canvas.place(torch.tensor([[0.5, -0.25]]))[0] / 2
    at = drawn(path, INK)
    assert np.abs(at.mean(0) - (y, x)).max() < 1 and len(at) < 20
    assert x > 256 and y > 256, "to the right and below the middle"
    assert len(drawn(path, PALE, 12)) > 0, "the real points lie behind"


def test_the_modes_lie_behind_and_what_is_outside_is_left_out(tmp_path) -> None:
    facts = Ring().open().facts()
    Points().grid(tmp_path / "a.png", torch.tensor([[100.0, 0.0], [float("nan"), 0.0]]), PLANE, facts, 1)
    assert len(drawn(tmp_path / "a.png", INK)) == 0
    assert len(drawn(tmp_path / "a.png", MODE)) > 8 * 30


def test_the_view_does_not_move_with_the_samples(tmp_path) -> None:
    facts = Ring().open().facts()
    Points().grid(tmp_path / "a.png", torch.zeros(1, 2), PLANE, facts, 1)
    Points().grid(tmp_path / "b.png", torch.tensor([[0.0, 0.0], [900.0, -900.0]]), PLANE, facts, 1)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_histogram_follows_the_density(tmp_path) -> None:
    data = GaussianMixture(rows=20_000).open()
    line = data.batch(torch.arange(20_000))["x"]
    for name, values in (("right.png", line), ("wrong.png", line + 3)):
        Points().grid(tmp_path / name, values, data.fields()["x"], data.facts(), 10)
    bars = {name: drawn(tmp_path / name, INK) for name in ("right.png", "wrong.png")}
    high = {name: at[at[:, 0] < 300, 1].mean() for name, at in bars.items()}
    assert abs(high["right.png"] - 320) < 12, "two equal humps around the middle"
    assert high["wrong.png"] > high["right.png"] + 100
    density = {name: drawn(tmp_path / name, MODE)[:, 1].mean() for name in bars}
    assert density["right.png"] == pytest.approx(320, abs=6) == density["wrong.png"], "the truth stays where it is"


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_points_of_any_dimension_are_drawn_without_facts(tmp_path, dims) -> None:
    values = torch.randn(50, dims, generator=torch.Generator().manual_seed(0))
    Points().write(tmp_path / "a.png", values, Field((dims,)), {})
    assert len(drawn(tmp_path / "a.png", INK)) > 100


@pytest.mark.parametrize("view", [Points(), Array()])
@pytest.mark.parametrize(("shape", "dtype"), [((2,), "float32"), ((3, 2), "float32"), ((), "float32"), ((4,), "int64")])
def test_a_csv_reads_back_exactly(tmp_path, view, shape, dtype) -> None:
    field, path = Field(shape, dtype), tmp_path / "a.csv"
    values = (1e3 * torch.randn(7, *shape, generator=torch.Generator().manual_seed(0))).to(getattr(torch, dtype))
    view.write(path, values, field, {})
    back = view.read(path, field, {})
    assert back.dtype == values.dtype and torch.equal(back, values)
    assert max(map(len, path.read_text().replace("\n", ",").split(","))) < 16, "no more digits than it takes"


@pytest.mark.parametrize("text", ["1,2,3\n", "1,x\n"])
def test_a_csv_of_something_else_is_refused_with_its_line(tmp_path, text) -> None:
    (tmp_path / "a.csv").write_text("1,2\n" + text)
    with pytest.raises(ValueError, match=r"a\.csv:2: "):
        Points().read(tmp_path / "a.csv", PLANE, {})
    with pytest.raises(ValueError, match="read from .csv"):
        Points().read(tmp_path / "a.png", PLANE, {})


def test_every_series_has_its_cell_and_curves_rise_with_their_values(tmp_path) -> None:
    rising = torch.linspace(0, 1, 30).expand(5, 30)
    Array().grid(tmp_path / "a.png", rising, Field((30,)), {}, 2)
    assert Image.open(tmp_path / "a.png").size == (2 * 124 + 4, 3 * 64 + 4)
    curve = drawn(tmp_path / "a.png", INK, 8)
    first = curve[(curve[:, 0] < 68) & (curve[:, 1] < 128)]
    assert first[first[:, 1].argmin()][0] > 60 and first[first[:, 1].argmax()][0] < 12


def test_a_heat_map_is_dark_where_values_are_high(tmp_path) -> None:
    values = torch.zeros(1, 2, 8, 8)
    values[0, 1, 0, 0] = 1
    Array().grid(tmp_path / "a.png", values, Field((2, 8, 8), range=(0.0, 1.0)), {}, 1)
    pixels = np.asarray(Image.open(tmp_path / "a.png").convert("L"))
    assert pixels[4:-4, 4:-4].shape == (2, 64) and pixels[5, 4] == 0 and (pixels[4, 4:] == 255).all()


@pytest.mark.parametrize("shape", [(), (1,), (1, 5), (4, 9), (2, 3, 4)])
def test_arrays_of_any_shape_are_drawn_also_without_a_field(tmp_path, shape) -> None:
    values = torch.full((3, *shape), float("nan"))
    values[0] = 1.0
    Array().grid(tmp_path / "a.png", values, None, {}, 2)
    assert np.asarray(Image.open(tmp_path / "a.png")).min() < 255
