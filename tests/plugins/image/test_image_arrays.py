"""Pictures in one file: IDX, CIFAR-10, numpy and safetensors, whole and damaged."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
import torch
from ganframe_image.data import CIFAR10, IDX, Arrays
from ganframe_image.data import rows as rows_module
from ganframe_image.data.ondisk import OnDisk
from PIL import Image
from safetensors.numpy import save_file


def every(data):
    return data.batch(torch.arange(len(data)), None)


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def idx(array: np.ndarray) -> bytes:
    """IDX bytes, written from the format's description."""
    code = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}[array.dtype.str[1:]]
    head = struct.pack(">HBB", 0, code, array.ndim) + b"".join(struct.pack(">I", n) for n in array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


# IDX


@pytest.mark.parametrize("packed", [False, True])
def test_idx_pictures_and_classes(tmp_path, packed) -> None:
    images, labels = noise(6, 5, 7), np.array([2, 0, 1, 1, 0, 2], np.uint8)
    write = gzip.compress if packed else bytes
    (tmp_path / "i").write_bytes(write(idx(images)))
    (tmp_path / "l").write_bytes(write(idx(labels)))
    data = IDX(images=tmp_path / "i", labels=tmp_path / "l").open()
    rows = every(data)
    assert torch.allclose(rows["x"][:, 0], torch.tensor(images) / 127.5 - 1, atol=1e-6)
    assert rows["label"].argmax(1).tolist() == labels.tolist() and data.fields()["label"].names == ("0", "1", "2")
    assert data.facts()["size"] == [5, 7] and data.facts()["classes"] == 3 and "paper" not in data.facts()
    assert list(IDX(images=tmp_path / "i").open().fields()) == ["x"]


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4"])
def test_idx_labels_of_other_whole_numbers(tmp_path, dtype) -> None:
    (tmp_path / "i").write_bytes(idx(noise(3, 2, 2)))
    (tmp_path / "l").write_bytes(idx(np.array([0, 3, 1], dtype)))
    assert every(IDX(images=tmp_path / "i", labels=tmp_path / "l").open())["label"].argmax(1).tolist() == [0, 3, 1]


def test_idx_size_and_channels(tmp_path) -> None:
    (tmp_path / "i").write_bytes(idx(np.full((3, 28, 28), 255, np.uint8)))
    data = IDX(images=tmp_path / "i", size=32, channels=3).open()
    x = every(data)["x"]
    assert tuple(x.shape) == (3, 3, 32, 32) == (3, *data.fields()["x"].shape) and torch.allclose(x, torch.ones(()))


def test_idx_knows_paper_by_the_border(tmp_path) -> None:
    images = np.zeros((5, 8, 8), np.uint8)
    images[:, 2:6, 2:6] = noise(5, 4, 4)
    (tmp_path / "i").write_bytes(idx(images))
    assert IDX(images=tmp_path / "i").open().facts()["paper"] == -1.0


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (b"", None, "no IDX file"),
        (b"\x89PNG....", None, "no IDX file"),
        (idx(noise(3, 4, 4))[:-1], None, "47 bytes of data, expected 48"),
        (idx(noise(3, 4, 4)) + b"x", None, "49 bytes of data, expected 48"),
        (idx(noise(3, 4, 4))[:10], None, "damaged header"),
        (struct.pack(">HBBIII", 0, 8, 3, 2**31, 2**31, 9), None, "damaged header"),
        (gzip.compress(idx(noise(3, 4, 4)))[:-12], None, "damaged"),
        (idx(np.ones((3, 4, 4), "f4")), None, "expected bytes"),
        (idx(noise(3)), None, "expected bytes"),
        (idx(noise(3, 4, 4)), idx(noise(2)), "holds 2 classes for 3 pictures"),
        (idx(noise(3, 4, 4)), idx(np.array([0, -1, 2], "i2")), "classes .N,. from 0"),
    ],
    ids=range(11),
)
def test_a_damaged_idx_file_is_named(tmp_path, images, labels, message) -> None:
    (tmp_path / "i").write_bytes(images)
    if labels is not None:
        (tmp_path / "l").write_bytes(labels)
    with pytest.raises(ValueError, match=message) as caught:
        IDX(images=tmp_path / "i", labels=tmp_path / "l" if labels is not None else None).open()
    assert str(tmp_path) in str(caught.value)


def test_a_missing_idx_file_is_named(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=str(tmp_path / "nothing")):
        IDX(images=tmp_path / "nothing").open()


# CIFAR-10


def cifar(folder, records: int = 3) -> dict[str, np.ndarray]:
    """The binary version, with few records; what each file holds."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [*(f"data_batch_{k}.bin" for k in range(1, 6)), "test_batch.bin"]
    made = {name: noise(records, 3073, seed=i) for i, name in enumerate(files)}
    for name, rows in made.items():
        rows[:, 0] %= 10
        (folder / name).write_bytes(rows.tobytes())
    return made


@pytest.mark.parametrize("inner", ["", "cifar-10-batches-bin"])
def test_cifar_from_the_binary_version(tmp_path, inner) -> None:
    made = cifar(tmp_path / inner)
    data = CIFAR10(path=tmp_path).open()
    rows = every(data)
    assert len(data) == 15 and data.fields()["x"].shape == (3, 32, 32) and data.facts()["size"] == 32
    last = made["data_batch_5.bin"][2]
    red = torch.tensor(last[1:1025].reshape(32, 32)) / 127.5 - 1
    assert torch.allclose(rows["x"][14, 0], red, atol=1e-6) and int(rows["label"][14].argmax()) == last[0]
    assert data.fields()["label"].names[3] == "cat"
    test = every(CIFAR10(path=tmp_path, split="test").open())
    assert test["label"].argmax(1).tolist() == made["test_batch.bin"][:, 0].tolist()


@pytest.mark.parametrize("inner", ["", "train"])
def test_cifar_from_class_folders(tmp_path, inner) -> None:
    for name in ("frog", "cat"):
        (tmp_path / inner / name).mkdir(parents=True)
        Image.fromarray(noise(32, 32, 3)).save(tmp_path / inner / name / "0.png")
    data = CIFAR10(path=tmp_path).open()
    assert len(data) == 2 and data.fields()["label"].names == ("cat", "frog")
    assert torch.allclose(every(data)["x"][0], torch.tensor(noise(32, 32, 3)).permute(2, 0, 1) / 127.5 - 1, atol=1e-6)


def test_cifar_that_is_not_there_or_pickled_or_damaged(tmp_path) -> None:
    with pytest.raises(ValueError, match="holds no CIFAR-10; expected data_batch_1.bin"):
        CIFAR10(path=tmp_path).open()
    (tmp_path / "data_batch_1").write_bytes(b"\x80\x04")
    with pytest.raises(ValueError, match="pickled Python version, which is not read"):
        CIFAR10(path=tmp_path).open()
    cifar(tmp_path)
    (tmp_path / "data_batch_2.bin").write_bytes(b"\0" * 3072)
    with pytest.raises(ValueError, match=r"data_batch_2\.bin: 3072 bytes are no whole number"):
        CIFAR10(path=tmp_path).open()
    (tmp_path / "data_batch_2.bin").write_bytes(b"\x0b" * 3073)
    with pytest.raises(ValueError, match="holds class 11"):
        CIFAR10(path=tmp_path).open()
    (tmp_path / "data_batch_2.bin").unlink()
    with pytest.raises(FileNotFoundError, match=r"data_batch_2\.bin"):
        CIFAR10(path=tmp_path).open()


# Arrays


def test_arrays_of_npz_by_name(tmp_path) -> None:
    arrays = {
        "label": np.array([3, 0, 1]), "mask": np.array([[True, False]] * 3), "tokens": np.array([[5, 6]] * 3, np.int16),
        "angle": np.array([0.5, 1.5, 2.5]), "x": noise(3, 4, 6, 3), "at": np.zeros((3, 2), np.float16),
    }  # fmt: skip
    np.savez(tmp_path / "a.npz", **arrays)
    data = Arrays(path=tmp_path / "a.npz").open()
    fields, rows = data.fields(), every(data)
    assert list(fields) == ["x", "mask", "tokens", "angle", "at", "label"]
    assert fields["x"].shape == (3, 4, 6) and fields["x"].view == "picture"
    assert torch.allclose(rows["x"], torch.tensor(arrays["x"]).permute(0, 3, 1, 2) / 127.5 - 1, atol=1e-6)
    assert rows["label"].tolist() == [[0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0]]
    assert {n: f.dtype for n, f in fields.items() if n in ("mask", "tokens", "angle")} == {
        "mask": "bool", "tokens": "int64", "angle": "float32",
    }  # fmt: skip
    assert all(str(rows[n].dtype) == f"torch.{f.dtype}" for n, f in fields.items())
    assert fields["at"].view == "points" and fields["angle"].shape == (1,)
    assert data.facts() == {
        "channels": 3, "size": [4, 6], "height": 4, "width": 6, "classes": 4,
        "frequencies": pytest.approx([1 / 3, 1 / 3, 0, 1 / 3]),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "picture"),
    [
        ((5, 8, 6), (1, 8, 6)), ((5, 8, 6, 1), (1, 8, 6)), ((5, 3, 8, 6), (3, 8, 6)), ((5, 8, 6, 4), (4, 8, 6)),
        ((5, 1, 4, 4), (1, 4, 4)), ((5, 4, 4, 1), (1, 4, 4)), ((5, 3, 3, 3), (3, 3, 3)), ((5, 4, 4, 3), (3, 4, 4)),
    ],
)  # fmt: skip
def test_bytes_become_pictures(tmp_path, shape, picture) -> None:
    pixels = noise(*shape)
    np.save(tmp_path / "a.npy", pixels)
    data = Arrays(path=tmp_path / "a.npy").open()
    assert data.fields()["x"].shape == picture and data.fields()["x"].range == (-1.0, 1.0)
    x = every(data)["x"]
    total = pixels.astype(float).sum() / 127.5 - pixels.size
    assert float(x.sum(dtype=torch.float64)) == pytest.approx(total, abs=1e-3)
    if shape[1] == picture[0] or len(shape) == 3:
        assert torch.allclose(x.flatten(1), torch.tensor(pixels).flatten(1) / 127.5 - 1, atol=1e-6)


def test_floats_in_range_are_pictures_and_others_are_not(tmp_path) -> None:
    inside = np.random.default_rng(0).uniform(-1, 1, (4, 8, 8, 3))
    np.savez(tmp_path / "a.npz", x=inside, y=2 * inside, z=inside[..., 0])
    data = Arrays(path=tmp_path / "a.npz").open()
    views = {name: (f.view, f.shape) for name, f in data.fields().items()}
    assert views == {"x": ("picture", (3, 8, 8)), "y": ("array", (8, 8, 3)), "z": ("array", (8, 8))}
    assert torch.allclose(every(data)["x"], torch.tensor(inside).permute(0, 3, 1, 2).float())


def test_words_and_safetensors(tmp_path) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((3, 5)), label=np.array(["owl", "cat", "owl"]))
    data = Arrays(path=tmp_path / "a.npz").open()
    assert data.fields()["label"].names == ("cat", "owl") and every(data)["label"].argmax(1).tolist() == [1, 0, 1]
    arrays = {"label": np.array([1, 0]), "b": np.ones((2, 3), np.float16), "x": noise(2, 1, 5, 5)}
    save_file(arrays, tmp_path / "a.safetensors")
    data = Arrays(path=tmp_path / "a.safetensors").open()
    assert list(data.fields()) == ["x", "b", "label"] and data.fields()["b"].dtype == "float32"


def test_large_pictures_stay_bytes_and_come_out_the_same(tmp_path, monkeypatch) -> None:
    np.save(tmp_path / "a.npy", noise(9, 8, 8, 3))
    small = Arrays(path=tmp_path / "a.npy").open()
    monkeypatch.setattr(rows_module, "FLOAT_LIMIT", 10)
    large = Arrays(path=tmp_path / "a.npy").open()
    assert large.columns["x"].rows.dtype == torch.uint8 and small.columns["x"].rows.dtype == torch.float32
    assert torch.equal(every(small)["x"], every(large)["x"])
    with pytest.raises(IndexError):
        large.batch(torch.tensor([9]), None)


@pytest.mark.parametrize(
    "array",
    [
        noise(40, 6, 6, 3), noise(40, 6, 6), noise(40, 6, 6, 3).astype(">f8") / 255, noise(40, 2).astype(np.float32),
        noise(40).astype(np.float64), noise(40, 5).astype(np.int32), noise(40, 3) > 99, noise(40, 3, 4, 4) * 2.0,
    ],
)  # fmt: skip
def test_a_large_file_is_read_row_by_row_and_comes_out_the_same(tmp_path, array) -> None:
    np.save(tmp_path / "a.npy", array)
    whole, lying = Arrays(path=tmp_path / "a.npy").open(), Arrays(path=tmp_path / "a.npy", cache=0).open()
    assert isinstance(lying.columns["x"], OnDisk) and isinstance(lying.columns["x"].array, np.memmap)
    assert (lying.fields(), lying.facts(), len(lying)) == (whole.fields(), whole.facts(), len(whole))
    rows = torch.tensor([39, 0, 7, 7])
    mine, other = (data.batch(rows, None)["x"] for data in (lying, whole))
    assert mine.dtype == other.dtype and torch.equal(mine, other)


def test_a_row_of_a_large_file_that_is_not_finite_is_told_when_it_is_read(tmp_path) -> None:
    array = np.zeros((1000, 3), np.float32)
    array[1] = np.nan
    np.save(tmp_path / "a.npy", array)
    data = Arrays(path=tmp_path / "a.npy", cache=0).open()
    with pytest.raises(ValueError, match="not finite"):
        data.batch(torch.tensor([0, 1]), None)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": np.zeros((3, 2)), "y": np.zeros((4, 2))}, "needs arrays of one length.*x .3, 2., y .4, 2."),
        ({"x": np.zeros((0, 2))}, "needs arrays of one length"),
        ({"x": np.zeros(())}, "needs arrays of one length"),
        ({}, "it holds nothing"),
        ({"x": np.array([[1.0, np.inf]])}, "'x': holds values that are not finite"),
        ({"x": np.array([1j])}, "'x': holds complex128"),
        ({"x": np.zeros(2), "label": np.array([-1, 0])}, "'label': class -1"),
        ({"x": np.array([{"a": 1}], dtype=object)}, "cannot be read"),
    ],
)
def test_arrays_that_are_no_data_are_refused(tmp_path, arrays, message) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(ValueError, match=message) as caught:
        Arrays(path=tmp_path / "a.npz").open()
    assert str(tmp_path / "a.npz") in str(caught.value)


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".safetensors", ".csv"])
def test_a_file_of_something_else_is_refused(tmp_path, suffix) -> None:
    (tmp_path / f"a{suffix}").write_bytes(b"not an array at all")
    with pytest.raises(ValueError, match=str(tmp_path)):
        Arrays(path=tmp_path / f"a{suffix}").open()


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".safetensors"])
def test_a_cut_off_file_is_refused(tmp_path, suffix) -> None:
    path = tmp_path / f"a{suffix}"
    {".npy": lambda: np.save(path, noise(9, 9)), ".npz": lambda: np.savez(path, x=noise(9, 9)),
     ".safetensors": lambda: save_file({"x": noise(9, 9)}, path)}[suffix]()  # fmt: skip
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ValueError, match=str(path)):
        Arrays(path=path).open()
