"""HDF5 files: the same fields as Arrays, read from the disk; what is not the file's own is refused."""

from __future__ import annotations

import subprocess
import sys

import click
import h5py
import numpy as np
import pytest
import tomli
import torch
from ganframe_image.data import HDF5, Arrays
from ganframe_image.data.hdf5 import mapped

from ganframe.cli.finding import found_at
from ganframe.registry import discover

RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (20, 6, 5, 3), dtype=np.uint8)
ARRAYS = {
    "x": PICTURES, "label": np.array([3, 0, 1, 1] * 5), "angle": RNG.random(20), "pair": RNG.random((20, 2)) * 9,
    "count": np.arange(20, dtype=">u2"), "flag": np.arange(20) % 2 == 0, "maps": RNG.random((20, 1, 4, 4)) * 2 - 1,
}  # fmt: skip


def file(folder, arrays=ARRAYS, group="", **how):
    with h5py.File(folder / "a.h5", "w") as made:
        top = made.require_group(group) if group else made
        for name, array in arrays.items():
            top.create_dataset(name, data=array, **(how if array.ndim > 1 else {}))
    return folder / "a.h5"


@pytest.mark.parametrize("how", [{}, {"chunks": True}, {"compression": "gzip"}])
def test_it_gives_what_arrays_gives(tmp_path, how) -> None:
    np.savez(tmp_path / "a.npz", **ARRAYS)
    ours, theirs = HDF5(path=file(tmp_path, **how)).open(), Arrays(path=tmp_path / "a.npz").open()
    assert [*ours.fields()][0] == "x" and [*ours.fields()][-1] == "label"
    assert ours.fields() == {n: theirs.fields()[n] for n in ours.fields()} and len(ours.fields()) == 7
    assert ours.facts() == theirs.facts()
    for rows in (torch.tensor([7, 0, 7, 19, 3]), torch.arange(20), torch.zeros(0, dtype=torch.int64)):
        one, two = ours.batch(rows), theirs.batch(rows)
        assert all(torch.equal(one[name], two[name]) for name in two)


def test_plain_blocks_are_mapped_others_are_read_by_rows(tmp_path) -> None:
    with h5py.File(file(tmp_path)) as made:
        assert isinstance(mapped(made["x"]), np.memmap)
        assert not isinstance(mapped(made["count"]), np.memmap), "not this machine's byte order"
    with h5py.File(file(tmp_path, compression="gzip")) as made:
        assert not isinstance(mapped(made["x"]), np.memmap)


def test_groups_and_named_fields(tmp_path) -> None:
    path = file(tmp_path, {"images": PICTURES, "classes": np.array([0, 1] * 10)}, "train/deep")
    rows = HDF5(path=path, group="/train", fields={"label": "deep/classes", "x": "deep/images"}).open()
    assert list(rows.fields()) == ["x", "label"] and rows.fields()["label"].names == ("0", "1")
    with pytest.raises(ValueError, match="has no array 'deep/image'; there are deep/classes, deep/images"):
        HDF5(path=path, group="train", fields={"x": "deep/image"}).open()
    with pytest.raises(ValueError, match="needs arrays of one length, one row an example, not none"):
        HDF5(path=path).open()


def test_words_are_classes(tmp_path) -> None:
    words = np.array(["owl", "cat"] * 10, dtype=object)
    assert HDF5(path=file(tmp_path, {"x": PICTURES, "label": words})).open().fields()["label"].names == ("cat", "owl")


def test_rows_that_are_not_as_declared_are_errors(tmp_path) -> None:
    maps = np.zeros((9000, 1, 2, 2), np.float32)
    maps[17], maps[18, 0, 0, 0] = 3.0, np.nan
    rows = HDF5(path=file(tmp_path, {"x": maps})).open()
    assert rows.fields()["x"].view == "picture" and rows.batch(torch.tensor([16, 19]))["x"].shape == (2, 1, 2, 2)
    with pytest.raises(ValueError, match="a row holds 3, but the rows looked at were pictures"):
        rows.batch(torch.tensor([16, 17]))
    with pytest.raises(ValueError, match="not finite"):
        rows.batch(torch.tensor([18]))


def hostile(folder, kind):
    path = folder / "a.h5"
    (folder / "secret").write_bytes(bytes(range(80)))
    with h5py.File(path, "w") as made:
        if kind == "external link":
            with h5py.File(folder / "b.h5", "w") as other:
                other["x"] = PICTURES
            made["x"] = h5py.ExternalLink("b.h5", "/x")
        elif kind == "soft link":
            made["x"] = h5py.SoftLink("/x")
        elif kind == "raw bytes of another file":
            made.create_dataset("x", (20, 2, 2), np.uint8, external=[(str(folder / "secret"), 0, 80)])
        else:
            layout = h5py.VirtualLayout((20, 2, 2), np.uint8)
            layout[:] = h5py.VirtualSource(str(folder / "b.h5"), "x", (20, 2, 2))
            made.create_virtual_dataset("x", layout)
    return path


@pytest.mark.parametrize(("kind", "told"), [
    ("external link", "'x' is a link"), ("soft link", "'x' is a link"),
    ("raw bytes of another file", "'x' lies in another file"), ("a view of another file", "'x' lies in another file"),
])
def test_what_lies_in_other_files_is_refused(tmp_path, kind, told) -> None:
    with pytest.raises(ValueError, match=told):
        HDF5(path=hostile(tmp_path, kind)).open()


def test_other_faults(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no file /"):
        HDF5(path=tmp_path / "none.h5").open()
    (tmp_path / "bad.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    with pytest.raises(ValueError, match=r"bad.h5: cannot be read as HDF5"):
        HDF5(path=tmp_path / "bad.h5").open()
    with pytest.raises(ValueError, match=r"not x \(20, 6, 5, 3\), y \(7,\)"):
        HDF5(path=file(tmp_path, {"x": PICTURES, "y": np.zeros(7)})).open()
    with pytest.raises(ValueError, match="'y': holds words; expected numbers"):
        HDF5(path=file(tmp_path, {"x": PICTURES, "y": np.array(["a"] * 20, dtype=object)})).open()


def test_without_h5py_it_says_how_to_get_it(tmp_path, monkeypatch) -> None:
    path = file(tmp_path)
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match=r'pip install "ganframe\[hdf5\]"'):
        HDF5(path=path).open()
    with pytest.raises(click.BadParameter, match=r'pip install "ganframe\[hdf5\]"'):
        found_at(discover(), path)


def test_data_check_tells_what_it_holds_and_how_to_read_it(tmp_path) -> None:
    with h5py.File(file(tmp_path, {"x": PICTURES, "label": ARRAYS["label"]}, "train"), "a") as made:
        made["train/note"] = np.zeros(3)
        made["test/x"] = PICTURES[:2]
    told = subprocess.run([sys.executable, "-m", "ganframe", "data", "check", "a.h5"], cwd=tmp_path, capture_output=True, text=True)
    assert told.returncode == 0 and "train/x: uint8 20x6x5x3" in told.stdout
    assert "odd: 'train/note' has 3 rows, others have 20" in told.stdout
    assert "fields: x 3x6x5, label 4" in told.stdout and "classes: 4: 1 10, 0 5, 3 5, 2 0" in told.stdout
    table = tomli.loads(told.stdout[told.stdout.index("[data]"):])["data"]
    assert table == {"type": "HDF5", "path": "a.h5", "group": "train", "fields": {"x": "x", "label": "label"}}
