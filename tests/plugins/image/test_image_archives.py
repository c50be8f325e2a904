"""Pictures in zip archives, hostile ones too, and pictures of 16 bits."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import numpy as np
import pytest
import torch
from ganframe_image.data import ImageFolder, PairedFolder, archive
from ganframe_image.data import files as files_module
from ganframe_image.data.decode import BadPicture
from PIL import Image


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def zipped(path, contents, compression=zipfile.ZIP_DEFLATED):
    """An archive of these bytes by name."""
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, data in contents.items():
            file.writestr(name, data)
    return path


def every(data):
    return data.batch(torch.arange(len(data)), torch.Generator().manual_seed(0))


# What is found


LAYOUTS = [
    ["dog/1.png", "cat/1.png", "cat/2.png"], ["a.png", "c.png", "b/d.png"], ["dog/a/1.png", "cat/b/c/1.png"],
    ["img/1.png", "img/2.png"],
]  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("classes", ["auto", "none"])
def test_an_archive_is_read_as_the_folder_it_was_made_of(tmp_path, layout, compression, classes) -> None:
    contents = {name: png(noise(4, 6, 3, seed=i)) for i, name in enumerate(layout)}
    for name, data in contents.items():
        (tmp_path / "plain" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "plain" / name).write_bytes(data)
    path = zipped(tmp_path / "packed.ZIP", contents | {"notes.txt": b"no picture"}, compression)
    plain, packed = (ImageFolder(path=p, classes=classes).open() for p in (tmp_path / "plain", path))
    assert plain.facts() == packed.facts() and plain.fields() == packed.fields()
    one, two = every(plain), every(packed)
    assert one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["packed.ZIP", "plain"], "nothing is extracted"


def test_one_folder_around_everything_is_looked_through(tmp_path) -> None:
    data = {f"set/{name}.png": png(noise(4, 4, seed=i)) for i, name in enumerate(["dog/1", "cat/1", "cat/2"])}
    opened = ImageFolder(path=zipped(tmp_path / "a.zip", data)).open()
    assert opened.fields()["label"].names == ("cat", "dog")


def test_hidden_files_and_folders_are_left_out(tmp_path) -> None:
    names = ("a.png", ".b.png", ".git/c.png", "__MACOSX/._a.png", "../d.png", "/e.png")
    data = {name: png(noise(4, 4)) for name in names}
    assert len(ImageFolder(path=zipped(tmp_path / "a.zip", data)).open()) == 2, "a and e; no name leads anywhere"


def test_memory_changes_nothing(tmp_path, monkeypatch) -> None:
    path = zipped(tmp_path / "a.zip", {f"{i}.png": png(noise(8, 8, seed=i)) for i in range(5)})
    monkeypatch.setattr(files_module, "EAGER", 1)
    whole, lean = ImageFolder(path=path).open(), ImageFolder(path=path, cache=0).open()
    order = torch.tensor([4, 0, 4, 2])
    assert torch.equal(whole.batch(order)["x"], lean.batch(order)["x"])
    assert torch.equal(every(whole)["x"][order], lean.batch(order)["x"])


# Damage and malice


def test_what_is_no_archive_says_so(tmp_path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 nothing more")
    with pytest.raises(ValueError, match=r"a\.zip: cannot be read as a zip archive"):
        ImageFolder(path=tmp_path / "a.zip").open()
    (tmp_path / "b.txt").write_text("")
    with pytest.raises(ValueError, match=r"b\.txt is neither a folder nor a \.zip archive"):
        ImageFolder(path=tmp_path / "b.txt").open()
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        ImageFolder(path=tmp_path / "c.zip").open()
    with pytest.raises(ValueError, match="holds no pictures .* but 1 other files"):
        ImageFolder(path=zipped(tmp_path / "d.zip", {"x.txt": b""})).open()


def test_a_damaged_member_is_named_or_skipped(tmp_path) -> None:
    good = {f"{i}.png": png(noise(16, 16, seed=i)) for i in range(3)}
    path = zipped(tmp_path / "a.zip", good, zipfile.ZIP_STORED)
    raw = bytearray(path.read_bytes())
    at = raw.index(good["1.png"])
    raw[at + 60] ^= 255
    path.write_bytes(raw)
    with pytest.raises(BadPicture, match=r"a\.zip/1\.png: cannot be read as a picture \(Bad CRC"):
        ImageFolder(path=path).open()
    with pytest.warns(UserWarning, match="1 of 3 pictures are damaged"):
        assert len(ImageFolder(path=path, on_error="skip").open()) == 2


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch) -> None:
    empty = b"BM" + bytes(2**23)
    path = zipped(tmp_path / "a.zip", {"a.bmp": empty})
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *more: pytest.fail("it was unpacked"))
    with pytest.raises(BadPicture, match=r"a\.bmp: cannot be read as a picture \(8\d+ bytes that unpack to 8388610"):
        ImageFolder(path=path).open()


def test_limits_on_members_and_sizes(tmp_path, monkeypatch) -> None:
    path = zipped(tmp_path / "a.zip", {f"{i}.png": png(noise(9, 9)) for i in range(3)}, zipfile.ZIP_STORED)
    monkeypatch.setattr(archive, "SIZE", 50)
    with pytest.raises(BadPicture, match=r"it has \d+ bytes, more than 50"):
        ImageFolder(path=path).open()
    monkeypatch.setattr(archive, "MEMBERS", 2)
    with pytest.raises(ValueError, match=r"a\.zip: holds 3 files, more than 2"):
        ImageFolder(path=path).open()


def test_a_member_that_lies_about_its_size_is_refused(tmp_path) -> None:
    data = png(noise(32, 32))
    path = zipped(tmp_path / "a.zip", {"a.png": data})
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x01\x02") + 24
    assert struct.unpack_from("<I", raw, at)[0] == len(data)
    struct.pack_into("<I", raw, at, len(data) // 2)
    path.write_bytes(raw)
    with pytest.raises(BadPicture, match=r"a\.zip/a\.png: cannot be read"):
        ImageFolder(path=path).open()


def test_encrypted_members_and_double_names_are_refused(tmp_path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.png": png(noise(4, 4))}, zipfile.ZIP_STORED)
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    with pytest.raises(BadPicture, match="it is encrypted"):
        ImageFolder(path=path).open()
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(tmp_path / "b.zip", "w") as file:
        file.writestr("a.png", png(noise(4, 4)))
        file.writestr("a.png", png(noise(4, 4, seed=1)))
    with pytest.raises(ValueError, match=r"b\.zip: holds 'a\.png' twice"):
        ImageFolder(path=tmp_path / "b.zip").open()


# Sixteen bits


def deep(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 65536, shape, dtype=np.uint16)


def wanted(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels.astype(np.float64) / 32767.5 - 1)


@pytest.mark.parametrize("suffix", ["png", "tif", "pgm"])
def test_sixteen_bits_are_kept(tmp_path, suffix) -> None:
    pixels = deep(5, 7)
    pixels[0, :2] = 0, 65535
    if suffix == "pgm":
        (tmp_path / "a.pgm").write_bytes(b"P5\n7 5\n65535\n" + pixels.astype(">u2").tobytes())
    else:
        Image.fromarray(pixels).save(tmp_path / f"a.{suffix}")
    data = ImageFolder(path=tmp_path, dtype="uint16").open()
    x = every(data)["x"]
    assert data.facts()["channels"] == 1 and data.fields()["x"].range == (-1.0, 1.0)
    torch.testing.assert_close(x[0, 0].double(), wanted(pixels), atol=2e-7, rtol=0)
    assert (float(x.min()), float(x.max())) == (-1.0, 1.0)


def test_sixteen_bits_in_an_archive_and_without_memory(tmp_path) -> None:
    files = {}
    for i in range(3):
        file = io.BytesIO()
        Image.fromarray(deep(6, 6, seed=i)).save(file, "PNG")
        files[f"{i}.png"] = file.getvalue()
    path = zipped(tmp_path / "a.zip", files)
    one, two = (every(ImageFolder(path=path, dtype="uint16", cache=c).open())["x"] for c in (0, 16))
    assert torch.equal(one, two)
    torch.testing.assert_close(one[2, 0].double(), wanted(deep(6, 6, seed=2)), atol=2e-7, rtol=0)


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_sixteen_bits_are_resized_without_loss(tmp_path, fit) -> None:
    slope = np.linspace(0, 65535, 64).round().astype(np.uint16)
    Image.fromarray(np.repeat(slope[None], 32, 0)).save(tmp_path / "a.png")
    data = ImageFolder(path=tmp_path, dtype="uint16", size=16, fit=fit, filter="box", background=255).open()
    x = every(data)["x"][0, 0]
    wide = wanted(slope)
    if fit == "crop":
        expected = wide[16:48].view(16, 2).mean(1).expand(16, 16)
    elif fit == "stretch":
        expected = wide.view(16, 4).mean(1).expand(16, 16)
    else:
        expected = torch.ones(16, 16).double()
        expected[4:12] = wide.view(16, 4).mean(1)
    torch.testing.assert_close(x.double(), expected, atol=2e-5, rtol=0)


def test_halves_of_sixteen_bits(tmp_path) -> None:
    pixels = deep(4, 8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    rows = every(PairedFolder(path=tmp_path, dtype="uint16").open())
    torch.testing.assert_close(rows["a"][0, 0].double(), wanted(pixels[:, :4]), atol=2e-7, rtol=0)
    torch.testing.assert_close(rows["x"][0, 0].double(), wanted(pixels[:, 4:]), atol=2e-7, rtol=0)


def test_depths_are_not_mixed_nor_dropped(tmp_path) -> None:
    (tmp_path / "deep").mkdir()
    Image.fromarray(deep(4, 4)).save(tmp_path / "deep" / "a.png")
    with pytest.raises(BadPicture, match=r"is of mode I;16; .*; write dtype = 'uint16'"):
        ImageFolder(path=tmp_path / "deep").open()
    with pytest.raises(ValueError, match="read in grey, not in 3 channels"):
        ImageFolder(path=tmp_path / "deep", dtype="uint16", channels=3).open()
    Image.fromarray(noise(4, 4)).save(tmp_path / "deep" / "b.png")
    with pytest.raises(BadPicture, match=r"b\.png: is of mode L; only 16-bit grey is read"):
        ImageFolder(path=tmp_path / "deep", dtype="uint16").open()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize(("colour", "channels"), [(2, 3), (4, 2), (6, 4)], ids=["RGB", "LA", "RGBA"])
def test_sixteen_bits_of_colour_are_refused_instead_of_halved(tmp_path, colour, channels) -> None:
    pixels = deep(4, 5, channels)
    lines = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", 5, 4, 16, colour, 0, 0, 0)
    whole = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + whole)
    with pytest.raises(BadPicture, match=r"a\.png: has 16 bits a channel; of colour and alpha only 8 bits are read"):
        ImageFolder(path=tmp_path).open()
