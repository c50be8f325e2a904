"""The layers and the metric of films, against values worked out by hand."""

from __future__ import annotations

import pytest
import torch
from ganframe_image.judge import DigitsFeatures
from ganframe_video.data import Moving
from ganframe_video.layers import Films, Frames, Place
from ganframe_video.metrics import VideoDistance

from ganframe import Field, Shape

CPU = torch.device("cpu")


def figures(real, fake, **options):
    field = Field(tuple(real.shape[1:]), view="video")
    meter = VideoDistance(**options).build({"x": field}, {}, CPU)
    meter.update({"x": real}, {"x": fake})
    return meter.compute()


def test_distances_of_films_of_one_pixel() -> None:
    """Two frames of one pixel, f(2) = f(1) + d: frames have mean 1 and variance 4 / 3, motion mean 1, variance 2."""
    real = torch.tensor([[-0.5, -0.5], [0.5, 2.5], [1.5, 1.5], [0.5, 2.5]]).view(4, 1, 2, 1, 1)
    d = real[:, 0, 1] - real[:, 0, 0]
    frames, motion = real.flatten().double(), d.flatten().double()
    assert (float(motion.mean()), float(motion.var())) == pytest.approx((1.0, 4 / 3))
    shifted = figures(real, real + 3)
    assert shifted == pytest.approx({"frames": 100 * 9 / float(frames.var()), "motion": 0.0}, abs=1e-9)
    # Of twice the values: |m - 2m|^2 + (s - 2s)^2, for motion (1 + 4 / 3) / (4 / 3).
    doubled = figures(real, 2 * real)
    assert doubled["motion"] == pytest.approx(100 * (1 + 4 / 3) / (4 / 3))
    assert doubled["frames"] == pytest.approx(100 * float(frames.mean() ** 2 + frames.var()) / float(frames.var()))


def test_shuffled_and_frozen_films_differ_in_motion_only() -> None:
    data = Moving(rows=600).open()
    real, other = (data.batch(torch.arange(a, a + 300), torch.Generator())["x"] for a in (0, 300))
    floor = figures(real, other)
    assert floor["frames"] < 2 and floor["motion"] < 12
    order = torch.tensor([3, 7, 1, 5, 0, 6, 2, 4])
    shuffled = figures(real, other[:, :, order])
    assert shuffled["frames"] == pytest.approx(floor["frames"]) and shuffled["motion"] > 150
    frozen = figures(real, other[:, :, :1].expand_as(other))
    assert frozen["frames"] < 10 and 90 < frozen["motion"] < 110


def test_features_of_frames_may_be_a_layers() -> None:
    data = Moving(rows=60).open()
    real, other = (data.batch(torch.arange(a, a + 30), torch.Generator())["x"] for a in (0, 30))
    found = figures(real, other, features=DigitsFeatures())
    assert found["frames"] > 0 and found["motion"] > 0
    assert figures(real, real, features=DigitsFeatures()) == pytest.approx({"frames": 0, "motion": 0}, abs=1e-3)


@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 1, 8, 8)])
def test_what_is_no_film_is_refused(shape) -> None:
    with pytest.raises(ValueError, match="must be films"):
        VideoDistance().build({"x": Field(shape)}, {}, CPU)
    with pytest.raises(ValueError, match="there is no field 'y'"):
        VideoDistance(field="y").build({"x": Field((1, 2, 8, 8))}, {}, CPU)


def test_frames_and_back() -> None:
    x = torch.randn(3, 2, 5, 4, 4)
    rows = Frames().build(Shape((2, 5, 4, 4)))(x)
    assert rows.shape == (15, 2, 4, 4) and torch.equal(rows[7], x[1, :, 2])
    assert torch.equal(Films(frames=5).build(Shape((2, 4, 4)))(rows), x)
    with pytest.raises(ValueError, match="15 rows are not films of 4 frames"):
        Films(frames=4).build(Shape((2, 4, 4)))(rows)


def test_a_picture_is_placed() -> None:
    x = torch.arange(1.0, 7).view(1, 1, 2, 3)
    rows, columns = torch.eye(3)[None, [0, 2]], torch.eye(2)[None, [1, 0]]
    film = Place(paper=0.0).build(Shape((1, 2, 3)), Shape((2, 3)), Shape((2, 2)))(x, rows, columns)
    assert film.shape == (1, 1, 2, 4, 4)
    assert film[0, 0, 0].tolist() == [[0, 1, 2, 3], [0, 4, 5, 6], [0] * 4, [0] * 4]
    assert film[0, 0, 1].tolist() == [[0] * 4, [0] * 4, [1, 2, 3, 0], [4, 5, 6, 0]]
    between = Place().build(Shape((1, 2, 3)), Shape((2, 3)), Shape((2, 2)))(x, (rows + rows.flip(1)) / 2, columns)
    assert between[0, 0, 0, :, 0].tolist() == [-1] * 4 and between[0, 0, 0, 0].tolist() == [-1, 0, 0.5, 1]
    with pytest.raises(ValueError, match="of as many frames"):
        Place().build(Shape((1, 2, 3)), Shape((2, 3)), Shape((3, 2)))
