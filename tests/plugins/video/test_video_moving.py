"""Pictures in motion: their paths, their labels, what they are made of."""

from __future__ import annotations

import pytest
import torch
from ganframe_gan.data import Ring
from ganframe_image.data import Digits
from ganframe_video.data import Moving
from ganframe_video.data.moving import DIRECTIONS, path

RNG = torch.Generator()


def batch(data, count=200):
    return data.batch(torch.arange(count), RNG)


def test_a_path_bounces_off_both_walls() -> None:
    begin, sign = torch.tensor([1, 1, 0, 4]), torch.tensor([1, -1, -1, 1])
    assert path(begin, sign, 1, 8, 4).tolist() == [
        [1, 2, 3, 4, 3, 2, 1, 0],
        [1, 0, 1, 2, 3, 4, 3, 2],
        [0, 1, 2, 3, 4, 3, 2, 1],
        [4, 3, 2, 1, 0, 1, 2, 3],
    ]
    assert path(begin[:1], sign[:1], 3, 4, 4).tolist() == [[1, 4, 1, 2]]
    assert path(begin, sign, 1, 3, 0).tolist() == [[b] * 3 for b in begin.tolist()]


def test_a_film_is_its_picture_at_the_places_that_its_direction_says() -> None:
    data = Moving(source=Digits(), rows=300).open()
    rows, pictures = batch(data, 300), Digits().open()
    x, room = rows["x"], 4
    for row in range(0, 300, 17):
        which, down, right, way = data.drawn[row].tolist()
        sprite = pictures.batch(torch.tensor([which]))["x"][0, 0]
        for t in range(8):
            at = []
            for begin, back in ((down, way // 2), (right, way % 2)):
                place = begin + (-t if back else t)
                place = -place if place < 0 else place
                place = 2 * room - place if place > room else place
                at.append(abs(place))
            frame = x[row, 0, t].clone()
            assert torch.equal(frame[at[0] : at[0] + 8, at[1] : at[1] + 8], sprite), (row, t)
            frame[at[0] : at[0] + 8, at[1] : at[1] + 8] = -1
            assert bool((frame == -1).all())
        assert rows["label"][row].argmax() == pictures.batch(torch.tensor([which]))["label"].argmax()
        assert DIRECTIONS[rows["direction"][row].argmax()] == f"{'up' if way // 2 else 'down'} {'left' if way % 2 else 'right'}"


def test_it_says_what_it_is() -> None:
    data = Moving(source=Digits(), size=(16, 20), frames=5).open()
    fields, facts = data.fields(), data.facts()
    assert list(fields) == ["x", "label", "direction"] and fields["x"].view == "video"
    assert fields["x"].shape == (1, 5, 16, 20) == tuple(batch(data, 2)["x"].shape[1:])
    assert fields["label"].names == tuple("0123456789") and fields["direction"].names == DIRECTIONS
    assert facts["size"] == [16, 20] and facts["frames"] == 5 and facts["classes"] == 10 and facts["paper"] == -1
    counts = data.batch(torch.arange(len(data)), RNG)["label"].mean(0)
    assert torch.allclose(counts, torch.tensor(facts["frequencies"]), atol=1e-5)


def test_shapes_move_where_no_pictures_are_given() -> None:
    data = Moving(rows=50).open()
    assert data.fields()["label"].names == ("square", "disc", "diamond", "cross")
    ink = (batch(data, 50)["x"] + 1).sum((1, 3, 4)) / 2
    assert torch.allclose(ink, ink[:, :1].expand_as(ink)) and bool((ink > 5).all())


def test_what_cannot_move_is_refused() -> None:
    with pytest.raises(ValueError, match="8 x 8 do not fit into a frame of 7 x 12"):
        Moving(source=Digits(), size=(7, 12)).open()
    with pytest.raises(ValueError, match="its first field 'x' is shown as points"):
        Moving(source=Ring()).open()
