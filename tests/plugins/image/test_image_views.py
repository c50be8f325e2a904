"""Pictures as PNG: readable when small, exact when large, and read back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from ganframe_image.data import Digits
from ganframe_image.data.decode import BadPicture
from ganframe_image.views import Picture
from PIL import Image

from ganframe import Field

VIEW = Picture()


def field(*shape: int) -> Field:
    return Field(shape, view="picture", range=(-1.0, 1.0))


def values(*shape: int, top: float = 1.0) -> torch.Tensor:
    return (2 * torch.rand(shape, generator=torch.Generator().manual_seed(0)) - 1) * top


def pixels(path) -> np.ndarray:
    return np.asarray(Image.open(path)).astype(int)


@pytest.fixture(scope="module")
def digits():
    data = Digits().open()
    codes = data.column("label").argmax(1)
    rows = torch.stack([torch.nonzero(codes == c)[:4, 0] for c in range(10)], 1).flatten()
    return data, data.batch(rows)["x"]


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (2, "LA"), (3, "RGB"), (4, "RGBA")])
def test_a_large_picture_is_written_as_it_is(tmp_path, channels, mode) -> None:
    x = values(1, channels, 70, 90)
    VIEW.write(tmp_path / "a.png", x, field(channels, 70, 90), {})
    assert Image.open(tmp_path / "a.png").mode == mode
    wanted = ((x[0] + 1) * 127.5).round().permute(1, 2, 0).squeeze(2).int().numpy()
    assert (pixels(tmp_path / "a.png") == wanted).all()
    back = VIEW.read(tmp_path / "a.png", field(channels, 70, 90), {})
    assert back.dtype == torch.float32 and back.shape == x.shape and (back - x).abs().max() <= 1 / 255 + 1e-6


@pytest.mark.parametrize("size", [(8, 8), (16, 16), (12, 20), (28, 28), (32, 32)])
@pytest.mark.parametrize("facts", [{}, {"paper": -1.0}], ids=["as it is", "on paper"])
def test_a_small_picture_is_enlarged_and_read_back(tmp_path, size, facts) -> None:
    x = values(1, 1, *size, top=0.5)
    VIEW.write(tmp_path / "a.png", x, field(1, *size), facts)
    height, width = pixels(tmp_path / "a.png").shape
    assert height >= size[0] * 2 and 40 <= max(height, width) <= 100, "a person can see it"
    back = VIEW.read(tmp_path / "a.png", field(1, *size), facts)
    # Between paper and ink the filter overshoots, and white is as light as it gets.
    assert (back - x).abs().max() < (0.06 if facts else 2 / 255) and (back - x).abs().mean() < 2 / 255


def test_another_size_is_resampled_and_other_channels_are_refused(tmp_path) -> None:
    VIEW.write(tmp_path / "a.png", torch.full((1, 3, 100, 100), 0.2), field(3, 100, 100), {})
    back = VIEW.read(tmp_path / "a.png", field(3, 16, 16), {})
    assert back.shape == (1, 3, 16, 16) and (back - 0.2).abs().max() < 1 / 127
    with pytest.raises(BadPicture, match="has 3 channels, and a picture of 1 channel is read here"):
        VIEW.read(tmp_path / "a.png", field(1, 16, 16), {})


def test_digits_are_dark_on_white_a_column_a_class(tmp_path, digits) -> None:
    data, x = digits
    VIEW.grid(tmp_path / "a.png", x, data.fields()["x"], data.facts(), 10)
    seen = pixels(tmp_path / "a.png")
    assert seen.shape == (4 * 80, 10 * 80), "a cell of 10 x 10 for each digit, eight times as large"
    assert (seen[:4] > 250).all() and (seen[:, :4] > 250).all() and (seen[78:82] > 215).all(), "white between them"
    assert 0.5 < (seen > 200).mean() < 0.8 and 0.08 < (seen < 40).mean() < 0.3, "more paper than ink, and little grey"
    cells = seen.reshape(4, 80, 10, 80).transpose(0, 2, 1, 3).reshape(40, 80, 80)
    ink = torch.tensor(255 - cells).double().flatten(1).mean(1)
    wanted = (x.double() + 1).flatten(1).mean(1)
    assert torch.corrcoef(torch.stack([ink, wanted]))[0, 1] > 0.99, "each in its place"


def test_the_grid_fills_rows_from_the_top_left(tmp_path) -> None:
    x = torch.linspace(-1, 1, 5).view(5, 1, 1, 1).expand(5, 1, 64, 64)
    VIEW.grid(tmp_path / "a.png", x, field(1, 64, 64), {}, 2)
    seen = pixels(tmp_path / "a.png")
    assert seen.shape == (3 * 66 - 2, 2 * 66 - 2)
    centres = [int(seen[row * 66 + 32, column * 66 + 32]) for row in range(3) for column in range(2)]
    assert centres == [0, 64, 128, 191, 255, 255] and (seen[64:66] == 255).all()


@pytest.mark.parametrize(
    ("count", "facts", "shape"),
    [(7, {}, (3, 3)), (4, {}, (2, 2)), (2, {}, (1, 2)), (6, {"classes": 3}, (2, 3)), (7, {"classes": 3}, (3, 3))],
)
def test_several_are_written_as_a_grid(tmp_path, count, facts, shape) -> None:
    VIEW.write(tmp_path / "a.png", values(count, 1, 64, 64), field(1, 64, 64), facts)
    assert pixels(tmp_path / "a.png").shape == (shape[0] * 66 - 2, shape[1] * 66 - 2)


def test_many_channels_lie_side_by_side(tmp_path) -> None:
    x = torch.stack([torch.full((64, 64), v) for v in (-1.0, -0.5, 0.0, 0.5, 1.0)]).unsqueeze(0)
    VIEW.write(tmp_path / "a.png", x, field(5, 64, 64), {})
    seen = pixels(tmp_path / "a.png")
    assert seen.shape == (64, 320) and seen[10, 10::64].tolist() == [0, 64, 128, 191, 255]


def test_values_out_of_range_are_cut_and_nan_is_grey(tmp_path) -> None:
    x = torch.tensor([-9.0, 9.0, float("nan")]).view(3, 1, 1, 1).expand(3, 1, 64, 64)
    VIEW.grid(tmp_path / "a.png", x, field(1, 64, 64), {}, 3)
    assert pixels(tmp_path / "a.png")[5, [5, 71, 140]].tolist() == [0, 255, 128]


def test_another_range_and_half_precision(tmp_path) -> None:
    x = torch.full((1, 1, 64, 64), 15.0, dtype=torch.bfloat16, requires_grad=True)
    other = Field((1, 64, 64), view="picture", range=(10.0, 20.0))
    VIEW.write(tmp_path / "a.png", x, other, {})
    assert pixels(tmp_path / "a.png")[0, 0] == 128
    assert VIEW.read(tmp_path / "a.png", other, {})[0, 0, 0, 0] == pytest.approx(15, abs=0.03)


def test_jpeg_in_grey_and_colour_but_not_with_alpha(tmp_path) -> None:
    for channels in (1, 3):
        VIEW.write(tmp_path / "a.jpg", torch.full((1, channels, 70, 80), 0.2), field(channels, 70, 80), {})
        back = VIEW.read(tmp_path / "a.jpg", field(channels, 70, 80), {})
        assert back.shape == (1, channels, 70, 80) and (back - 0.2).abs().max() < 0.03
    with pytest.raises(ValueError, match="JPEG has no alpha"):
        VIEW.write(tmp_path / "b.jpg", torch.zeros(1, 4, 70, 80), field(4, 70, 80), {})


@pytest.mark.parametrize("size", [(8, 8), (10, 13), (80, 80)])
def test_a_file_as_large_as_it_is(tmp_path, size) -> None:
    Image.fromarray(np.full(size, 90, np.uint8)).save(tmp_path / "a.png")
    facts = {"paper": -1.0}
    read = VIEW.read(tmp_path / "a.png", field(1, 8, 8), facts, own_size=True)
    assert read.shape == (1, 1, *((8, 8) if size == (80, 80) else size)), "80 x 80 is what `write` makes of 8 x 8"
    VIEW.write(tmp_path / "b.png", read, field(1, 8, 8), facts, like=tmp_path / "a.png")
    with Image.open(tmp_path / "b.png") as image:
        assert image.size == size[::-1]
