"""Films as GIF files and as strips."""

from __future__ import annotations

import pytest
import torch
from ganframe_video.views import Video
from ganframe_video.views.video import GAP, THIN
from PIL import Image

from ganframe import Field

GREY = Field((1, 5, 9, 12), view="video", range=(-1.0, 1.0))


def films(count, field=GREY):
    bytes_ = torch.randint(256, (count, *field.shape), generator=torch.Generator().manual_seed(3))
    return bytes_.float() / 127.5 - 1


def test_a_grey_gif_comes_back_bit_for_bit(tmp_path) -> None:
    x = films(1)
    x[:, :, 2] = x[:, :, 1]  # a film that stands still for a frame has that many frames all the same
    Video().write(tmp_path / "a.gif", x, GREY, {"rate": 8.0})
    assert torch.allclose(Video().read(tmp_path / "a.gif", GREY, {"rate": 8.0}), x, atol=1e-6)
    with Image.open(tmp_path / "a.gif") as film:
        assert film.size == (60, 45) and film.info["duration"] == 120 and film.info["loop"] == 0


def test_several_films_play_side_by_side(tmp_path) -> None:
    x = torch.full((3, *GREY.shape), -1.0)
    x[1, :, 4] = 1.0
    Video().write(tmp_path / "a.gif", x, GREY, {}, columns=2)
    with Image.open(tmp_path / "a.gif") as film:
        assert film.size == (2 * 60 + GAP, 2 * 45 + GAP)
        film.seek(film.n_frames - 1)
        last = film.convert("L")
    assert last.getpixel((30, 20)) == 0 and last.getpixel((96, 20)) == 255 and last.getpixel((30, 70)) == 0


def test_strips_have_their_frames_from_left_to_right(tmp_path) -> None:
    x = torch.linspace(-1, 1, 5).view(1, 1, 5, 1, 1).expand(2, 1, 5, 9, 12).clone()
    x[1] = x[1].flip(1)
    Video().grid(tmp_path / "a.png", x, GREY, {}, 1)
    with Image.open(tmp_path / "a.png") as sheet:
        assert sheet.size == (5 * 60 + 4 * THIN, 2 * 45 + GAP)
        first = [sheet.getpixel((30 + t * (60 + THIN), 20)) for t in range(5)]
        second = [sheet.getpixel((30 + t * (60 + THIN), 45 + GAP + 20)) for t in range(5)]
    assert first == [0, 64, 128, 191, 255] and second == first[::-1]


def test_a_row_of_strips_stays_within_reach(tmp_path) -> None:
    """Ten strips of five frames would be 3,100 pixels wide: every second frame is left out."""
    x = torch.linspace(-1, 1, 5).view(1, 1, 5, 1, 1).expand(20, 1, 5, 9, 12)
    Video().grid(tmp_path / "a.png", x, GREY, {}, 10)
    with Image.open(tmp_path / "a.png") as sheet:
        assert sheet.size == (10 * (3 * 60 + 2 * THIN + GAP) - GAP, 2 * (45 + GAP) - GAP)
        assert [sheet.getpixel((30 + t * (60 + THIN), 20)) for t in range(3)] == [0, 128, 255]


def test_colour_and_what_cannot_be_read(tmp_path) -> None:
    field = Field((3, 4, 80, 70), view="video", range=(-1.0, 1.0))
    x = torch.zeros(1, *field.shape)
    x[0, 0, 1:], x[0, 2, :2] = 1.0, -1.0
    Video().write(tmp_path / "a.gif", x, field, {})
    back = Video().read(tmp_path / "a.gif", field, {})
    assert back.shape == x.shape and (back - x).abs().mean() < 0.03
    with pytest.raises(ValueError, match="has 4 frames at 12.5 a second, expected 5"):
        Video().read(tmp_path / "a.gif", Field((3, 5, 80, 70)), {})
    with pytest.raises(ValueError, match=r"read from \.gif"):
        Video().read(tmp_path / "a.png", field, {})
