"""Pictures from files: what is found, how it is decoded, and what is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from ganframe_image.data import ImageFolder, PairedFolder, UnpairedFolders
from ganframe_image.data import files as files_module
from ganframe_image.data.decode import BadPicture, Decoder, header
from PIL import Image, ImageOps


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def save(path, pixels, **options) -> np.ndarray:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return pixels


def every(data):
    return data.batch(torch.arange(len(data)), torch.Generator().manual_seed(0))


def near(x: torch.Tensor, pixels: np.ndarray) -> bool:
    """True if a picture (C, H, W) in [-1, 1] is these bytes (H, W) or (H, W, C)."""
    wanted = torch.tensor(pixels).view(*pixels.shape[:2], -1).permute(2, 0, 1) / 127.5 - 1
    return x.shape == wanted.shape and torch.allclose(x, wanted, atol=1e-6)


# What is found


def test_pictures_come_in_the_order_of_their_paths(tmp_path) -> None:
    made = {name: save(tmp_path / name, noise(4, 6, 3, seed=i)) for i, name in enumerate(["c.png", "a.png", "d/b.bmp"])}
    save(tmp_path / ".hidden.png", noise(9, 9))
    save(tmp_path / ".cache" / "x.png", noise(9, 9))
    (tmp_path / "notes.txt").write_text("no picture")
    data = ImageFolder(path=tmp_path).open()
    assert list(data.fields()) == ["x"] and data.fields()["x"].shape == (3, 4, 6) and len(data) == 3
    rows = every(data)["x"]
    assert [near(x, made[n]) for x, n in zip(rows, ["a.png", "c.png", "d/b.bmp"], strict=True)] == [True] * 3
    assert data.facts() == {"channels": 3, "size": [4, 6], "height": 4, "width": 6}


@pytest.mark.parametrize(
    ("layout", "classes", "names"),
    [
        (["dog/1", "cat/1", "cat/2"], "auto", ("cat", "dog")),
        (["dog/a/1", "cat/b/c/1"], "auto", ("cat", "dog")),
        (["img/1", "img/2"], "auto", ()),
        (["img/1"], "folders", ("img",)),
        (["dog/1", "cat/1", "top"], "auto", ()),
        (["dog/1", "cat/1", "top"], "folders", ("cat", "dog")),
        (["dog/1", "cat/1"], "none", ()),
    ],
)
def test_sub_folders_are_classes_where_that_is_clear(tmp_path, layout, classes, names) -> None:
    for name in layout:
        save(tmp_path / f"{name}.png", noise(4, 4))
    (tmp_path / "empty").mkdir()
    data = ImageFolder(path=tmp_path, classes=classes).open()
    assert len(data) == len([n for n in layout if not (names and n == "top")])
    assert ("label" in data.fields()) == bool(names)
    if names:
        assert data.fields()["label"].names == names and data.facts()["classes"] == len(names)
        folders = [n.split("/")[0] for n in sorted(layout) if n != "top"]
        assert [names[c] for c in every(data)["label"].argmax(1)] == folders
        assert data.facts()["frequencies"] == pytest.approx([folders.count(n) / len(folders) for n in names])


def test_a_folder_without_pictures_says_what_it_holds(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=f"there is no folder {tmp_path / 'none'}"):
        ImageFolder(path=tmp_path / "none").open()
    with pytest.raises(ValueError, match="it is empty"):
        ImageFolder(path=tmp_path).open()
    (tmp_path / "list.csv").write_text("")
    with pytest.raises(ValueError, match=f"{tmp_path} holds no pictures .*it holds list.csv"):
        ImageFolder(path=tmp_path).open()
    save(tmp_path / "top.png", noise(4, 4))
    with pytest.raises(ValueError, match="no sub-folders with pictures"):
        ImageFolder(path=tmp_path, classes="folders").open()


# Channels: never converted unless asked


MODES = {
    "grey": (noise(4, 4), 1), "grey and alpha": (noise(4, 4, 2), 2),
    "colour": (noise(4, 4, 3), 3), "colour and alpha": (noise(4, 4, 4), 4),
}  # fmt: skip


@pytest.mark.parametrize("name", MODES)
def test_files_keep_their_channels(tmp_path, name) -> None:
    pixels, channels = MODES[name]
    save(tmp_path / "a.png", pixels)
    data = ImageFolder(path=tmp_path).open()
    assert data.facts()["channels"] == channels and near(every(data)["x"][0], pixels)


def test_palettes_and_bitmaps_are_read_as_what_they_show(tmp_path) -> None:
    picture = Image.fromarray(noise(4, 4, 3)).quantize(8)
    picture.save(tmp_path / "a.png")
    data = ImageFolder(path=tmp_path).open()
    assert near(every(data)["x"][0], np.asarray(picture.convert("RGB")))
    bits = Image.fromarray(noise(4, 4)).convert("1")
    (tmp_path / "b").mkdir()
    bits.save(tmp_path / "b" / "a.png")
    data = ImageFolder(path=tmp_path / "b").open()
    assert data.facts()["channels"] == 1 and set(every(data)["x"].unique().tolist()) <= {-1.0, 1.0}


def test_mixed_channels_are_refused_with_a_file_of_each_kind(tmp_path) -> None:
    for i in range(3):
        save(tmp_path / f"g{i}.png", noise(4, 4))
    save(tmp_path / "rgb.png", noise(4, 4, 3))
    with pytest.raises(ValueError) as caught:
        ImageFolder(path=tmp_path).open()
    said = str(caught.value)
    assert "3 of 1 (such as" in said and f"1 of 3 (such as {tmp_path / 'rgb.png'})" in said
    assert "write channels = 1 or 3" in said


def test_asked_channels_are_given(tmp_path) -> None:
    grey, colour, alpha = noise(4, 4), noise(4, 4, 3, seed=1), noise(4, 4, 4, seed=2)
    for name, pixels in (("a", grey), ("b", colour), ("c", alpha)):
        save(tmp_path / f"{name}.png", pixels)
    one = every(ImageFolder(path=tmp_path, channels=1).open())["x"]
    assert near(one[0], grey) and near(one[1], np.asarray(Image.fromarray(colour).convert("L")))
    three = every(ImageFolder(path=tmp_path, channels=3, background=100).open())["x"]
    assert near(three[0], np.stack([grey] * 3, 2)) and near(three[1], colour)
    share = alpha[..., 3:] / 255
    laid = alpha[..., :3] * share + 100 * (1 - share)
    assert (three[2].permute(1, 2, 0) - torch.tensor(laid / 127.5 - 1)).abs().max() < 2 / 127.5
    four = every(ImageFolder(path=tmp_path, channels=4).open())["x"]
    assert near(four[2], alpha) and (four[0][3] == 1).all()


def test_a_file_that_differs_is_found_even_where_only_some_are_looked_at(tmp_path, monkeypatch) -> None:
    for i in range(9):
        save(tmp_path / f"{i}.png", noise(4, 4, 3) if i == 7 else noise(4, 4))
    monkeypatch.setattr(files_module, "LOOKED_AT", 2)
    monkeypatch.setattr(files_module, "EAGER", 0)
    data = ImageFolder(path=tmp_path, size=4).open()
    assert data.facts()["channels"] == 1
    with pytest.raises(BadPicture, match=r"7\.png: has 3 channels, the others have 1; write channels = 1 or 3"):
        every(data)


@pytest.mark.parametrize("mode", ["I;16", "F", "CMYK"])
def test_depths_that_would_lose_something_are_refused(tmp_path, mode) -> None:
    Image.new(mode, (4, 4)).save(tmp_path / "a.tiff")
    with pytest.raises(ValueError, match=r"a\.tiff: is of mode .*; only 8-bit"):
        ImageFolder(path=tmp_path).open()


# Sizes and shapes


def test_files_of_different_sizes_need_a_size(tmp_path) -> None:
    save(tmp_path / "a.png", noise(4, 4))
    save(tmp_path / "b.png", noise(4, 5))
    with pytest.raises(ValueError, match=r"differ in sizes \(height, width\): .*write size = N"):
        ImageFolder(path=tmp_path).open()
    assert every(ImageFolder(path=tmp_path, size=3).open())["x"].shape == (2, 1, 3, 3)


@pytest.mark.parametrize("filter_", ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"])
@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_fit_and_filter_are_pillows(tmp_path, fit, filter_) -> None:
    pixels = save(tmp_path / "a.png", noise(20, 30, 3))
    x = every(ImageFolder(path=tmp_path, size=(8, 8), fit=fit, filter=filter_, background=7).open())["x"][0]
    picture, how = Image.fromarray(pixels), Image.Resampling[filter_.upper()]
    wanted = {
        "crop": lambda: picture.resize((8, 8), how, box=(5, 0, 25, 20)),
        "stretch": lambda: picture.resize((8, 8), how),
        "pad": lambda: ImageOps.expand(picture.resize((8, 5), how), (0, 2, 0, 1), (7, 7, 7)),
    }[fit]()
    assert near(x, np.asarray(wanted))


@pytest.mark.parametrize(("channels", "pixels"), [(1, noise(4, 8)), (2, noise(4, 8, 2)), (4, noise(4, 8, 4))])
def test_padding_has_the_background_in_every_mode(tmp_path, channels, pixels) -> None:
    save(tmp_path / "a.png", pixels)
    x = every(ImageFolder(path=tmp_path, size=8, fit="pad", background=255).open())["x"][0]
    assert x.shape == (channels, 8, 8) and (x[:, :2] == 1).all() and (x[:, 6:] == 1).all()


def test_photographs_are_turned_upright(tmp_path) -> None:
    pixels = np.zeros((16, 32, 3), np.uint8)
    pixels[:, :16] = 255
    tag = Image.Exif()
    tag[0x0112] = 6
    save(tmp_path / "a.jpg", pixels, exif=tag, quality=95)
    data = ImageFolder(path=tmp_path).open()
    x = every(data)["x"][0]
    assert x.shape == (3, 32, 16) and header(tmp_path / "a.jpg") == (3, (32, 16))
    assert (x[:, :15] > 0.9).all() and (x[:, 17:] < -0.9).all(), "what was left is up"


# Damage


def broken(path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".webp", ".gif", ".tif"])
def test_a_cut_off_file_is_refused_by_its_name(tmp_path, suffix) -> None:
    save(tmp_path / f"a{suffix}", noise(64, 64, 3))
    broken(tmp_path / f"a{suffix}")
    with pytest.raises(BadPicture, match=str(tmp_path / "a")):
        ImageFolder(path=tmp_path).open()


def test_what_only_claims_to_be_a_picture_is_refused(tmp_path) -> None:
    (tmp_path / "a.png").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with pytest.raises(BadPicture, match=r"a\.png: cannot be read as a picture"):
        ImageFolder(path=tmp_path).open()


def test_a_picture_of_too_many_pixels_is_refused(tmp_path, monkeypatch) -> None:
    save(tmp_path / "a.png", noise(40, 40))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(BadPicture, match="more than 1000 pixels"):
        ImageFolder(path=tmp_path).open()
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(BadPicture, match="more than 100 pixels"):
        ImageFolder(path=tmp_path).open()


def test_damaged_files_can_be_skipped(tmp_path) -> None:
    names = ["a/1.png", "a/2.png", "b/1.png", "b/2.png"]
    made = {name: save(tmp_path / name, noise(16, 16, seed=i)) for i, name in enumerate(names)}
    broken(tmp_path / "a/2.png")
    (tmp_path / "b/1.png").write_bytes(b"")
    with pytest.warns(UserWarning, match="2 of 4 pictures are damaged and skipped:\n.*2.png"):
        data = ImageFolder(path=tmp_path, on_error="skip").open()
    rows = every(data)
    assert len(data) == 2 and near(rows["x"][0], made["a/1.png"]) and near(rows["x"][1], made["b/2.png"])
    assert rows["label"].tolist() == [[1, 0], [0, 1]] and data.facts()["frequencies"] == [0.5, 0.5]
    for name in ("a/1.png", "b/2.png"):
        broken(tmp_path / name)
    with pytest.raises(BadPicture, match="all 4 pictures are damaged"):
        ImageFolder(path=tmp_path, on_error="skip", size=16, channels=1).open()


def test_sound_files_give_no_warning(tmp_path) -> None:
    save(tmp_path / "1.png", noise(8, 8))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ImageFolder(path=tmp_path, on_error="skip").open()


# Memory


@pytest.mark.parametrize("cache", [0, 1, 4096])
def test_memory_changes_nothing_but_speed(tmp_path, monkeypatch, cache) -> None:
    made = [save(tmp_path / f"{i}.png", noise(512, 700, 3, seed=i)) for i in range(3)]
    monkeypatch.setattr(files_module, "EAGER", 1)
    count = []
    decode = Decoder.__call__
    monkeypatch.setattr(Decoder, "__call__", lambda self, path: count.append(path) or decode(self, path))
    data = ImageFolder(path=tmp_path, cache=cache).open()
    assert count == [], "nothing is decoded before it is needed"
    order = torch.tensor([2, 0, 2])
    for _ in range(2):
        rows = data.batch(order, torch.Generator())
        assert [near(x, made[i]) for x, i in zip(rows["x"], order.tolist(), strict=True)] == [True] * 3
        assert near(every(data)["x"][1], made[1])
    assert len(count) == {0: 12, 1: 12, 4096: 3}[cache]
    for wrong in (3, -4):
        with pytest.raises(IndexError):
            data.batch(torch.tensor([wrong]), torch.Generator())


def test_what_fits_is_kept_and_the_rest_is_decoded_again(tmp_path, monkeypatch) -> None:
    for i in range(4):
        save(tmp_path / f"{i}.png", noise(512, 700, 1, seed=i)[..., 0])
    count = []
    decode = Decoder.__call__
    monkeypatch.setattr(Decoder, "__call__", lambda self, path: count.append(path.stem) or decode(self, path))
    data = ImageFolder(path=tmp_path, cache=1).open()
    first = every(data)["x"]
    count.clear()
    assert torch.equal(every(data)["x"], first) and count == ["2", "3"]


# Pairs


def test_halves_of_one_file(tmp_path) -> None:
    made = {n: save(tmp_path / "train" / n, noise(6, 10, 3, seed=i)) for i, n in enumerate(["b.png", "a.png"])}
    save(tmp_path / "val" / "v.png", noise(6, 10, 3, seed=9))
    data = PairedFolder(path=tmp_path).open()
    rows = every(data)
    assert list(data.fields()) == ["x", "a"] and len(data) == 2 and data.facts()["source_channels"] == 3
    assert near(rows["a"][0], made["a.png"][:, :5]) and near(rows["x"][0], made["a.png"][:, 5:])
    turned = every(PairedFolder(path=tmp_path, source="right").open())
    assert torch.equal(turned["x"], rows["a"]) and torch.equal(turned["a"], rows["x"])
    assert len(PairedFolder(path=tmp_path, split="val").open()) == 1
    assert len(PairedFolder(path=tmp_path / "train").open()) == 2


def test_folders_of_the_same_names(tmp_path) -> None:
    sources = [save(tmp_path / "a" / f"{n}.png", noise(6, 6, seed=n)) for n in range(3)]
    targets = [save(tmp_path / "b" / f"{n}.bmp", noise(6, 6, 3, seed=9 + n)) for n in range(3)]
    data = PairedFolder(path=tmp_path).open()
    rows = every(data)
    assert all(near(rows["a"][n], sources[n]) and near(rows["x"][n], targets[n]) for n in range(3))
    assert (data.facts()["channels"], data.facts()["source_channels"]) == (3, 1), "each keeps its own"
    save(tmp_path / "b" / "7.bmp", noise(6, 6, 3))
    with pytest.raises(ValueError, match="must hold files of the same names; '7'"):
        PairedFolder(path=tmp_path).open()


def test_a_pair_with_a_damaged_half_goes(tmp_path) -> None:
    for n in range(3):
        save(tmp_path / "a" / f"{n}.png", noise(16, 16, seed=n))
    targets = [save(tmp_path / "b" / f"{n}.png", noise(16, 16, seed=9 + n)) for n in range(3)]
    broken(tmp_path / "a" / "0.png")
    broken(tmp_path / "b" / "2.png")
    with pytest.warns(UserWarning, match="2 of 3"):
        data = PairedFolder(path=tmp_path, on_error="skip").open()
    assert len(data) == 1 and near(every(data)["x"][0], targets[1])


# Two folders


def test_unpaired_folders_meet_by_chance(tmp_path) -> None:
    a = [save(tmp_path / "a" / f"{n}.png", noise(4, 4, 3, seed=n)) for n in range(2)]
    b = [save(tmp_path / "b" / f"{n}.png", noise(4, 4, 3, seed=9 + n)) for n in range(5)]
    data = UnpairedFolders(a=tmp_path / "a", b=tmp_path / "b").open()
    assert len(data) == 5 and list(data.fields()) == ["a", "b"] and data.facts()["b_channels"] == 3
    met = set()
    for seed in range(20):
        rows = data.batch(torch.arange(5), torch.Generator().manual_seed(seed))
        assert all(near(x, a[i % 2]) for i, x in enumerate(rows["a"]))
        met |= {(i % 2, next(j for j in range(5) if near(y, b[j]))) for i, y in enumerate(rows["b"])}
    assert len(met) == 10, "every pair comes about"
    again = data.batch(torch.arange(5), torch.Generator().manual_seed(19))
    assert torch.equal(again["b"], rows["b"])
    with pytest.raises(IndexError):
        data.batch(torch.tensor([5]), torch.Generator())
