"""Folders of `datasets.save_to_disk`: fields by the columns' types; nothing outside of the folder is touched."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys

import datasets
import numpy as np
import pytest
import tomli
import torch
from ganframe_image.data import HuggingFace
from PIL import Image

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 8, 10, 3), dtype=np.uint8)
CODES = [1, 0, 1, 2, 1, 0]


def png(pixels, **how):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", **how)
    return {"bytes": out.getvalue(), "path": None}


def saved(folder, columns=None, features=None, **splits):
    datasets.disable_progress_bars()
    columns = columns or {
        "note": list("abcdef"), "photo": [png(p) for p in PIXELS], "animal": CODES, "angle": [0.5 * i for i in range(6)],
        "place": [[i, 2.0] for i in range(6)], "number": list(range(6)),
    }
    features = features or {
        "note": datasets.Value("string"), "photo": datasets.Image(), "animal": datasets.ClassLabel(names=["cat", "owl", "yak"]),
        "angle": datasets.Value("float64"), "place": datasets.Sequence(datasets.Value("float32"), length=2), "number": datasets.Value("int32"),
    }
    table = datasets.Dataset.from_dict(columns, datasets.Features({n: features[n] for n in columns}))
    if splits:
        datasets.DatasetDict({name: table.select(rows) for name, rows in splits.items()}).save_to_disk(folder / "d")
    else:
        table.save_to_disk(folder / "d")
    return folder / "d"


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*args, **more):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_columns_are_fields_by_their_types(tmp_path, no_network) -> None:
    with pytest.warns(UserWarning, match=r"left out are 'note' \(Value\('string'\)\)"):
        rows = HuggingFace(path=saved(tmp_path)).open()
    assert list(rows.fields()) == ["x", "angle", "place", "number", "label"]
    assert rows.fields()["label"].names == ("cat", "owl", "yak") and rows.fields()["place"].view == "points"
    assert rows.facts() == {"channels": 3, "size": [8, 10], "height": 8, "width": 10, "classes": 3, "frequencies": pytest.approx([2 / 6, 3 / 6, 1 / 6])}
    batch = rows.batch(torch.tensor([4, 0, 4]))
    assert torch.allclose(batch["x"], torch.from_numpy(PIXELS[[4, 0, 4]]).permute(0, 3, 1, 2) / 127.5 - 1, atol=1e-6)
    assert batch["label"].argmax(1).tolist() == [1, 1, 1] and batch["angle"].tolist() == [[2.0], [0.0], [2.0]]
    assert batch["place"].tolist() == [[4, 2], [0, 2], [4, 2]] and batch["number"].tolist() == [4, 0, 4]
    assert batch["number"].dtype == torch.int64 and batch["angle"].dtype == torch.float32


def test_splits_fields_and_picture_options(tmp_path) -> None:
    path = saved(tmp_path, train=range(4), test=range(4, 6))
    rows = HuggingFace(path=path, split="test", fields={"label": "animal", "x": "photo"}, size=4, channels=1).open()
    assert list(rows.fields()) == ["x", "label"] and rows.fields()["x"].shape == (1, 4, 4) and len(rows) == 2
    with pytest.raises(ValueError, match="has no split 'val'; there are train, test"):
        HuggingFace(path=path, split="val").open()
    with pytest.raises(ValueError, match="has no column 'image'; there are note, photo"):
        HuggingFace(path=path, fields={"x": "image"}).open()
    with pytest.raises(ValueError, match=r"'note': holds Value\('string'\); expected pictures, classes or numbers"):
        HuggingFace(path=path, fields={"x": "note"}).open()


def test_rows_that_were_chosen_before_saving_stay_chosen(tmp_path) -> None:
    path = saved(tmp_path, train=[5, 1, 3])
    rows = HuggingFace(path=path, fields={"x": "number"}).open()
    assert rows.batch(torch.arange(3))["x"].tolist() == [5, 1, 3]


def test_damaged_pictures_are_errors_or_skipped_with_their_row(tmp_path) -> None:
    cells = [png(p) for p in PIXELS]
    cells[2]["bytes"] = cells[2]["bytes"][:90]
    path = saved(tmp_path, {"photo": cells, "animal": CODES})
    with pytest.raises(ValueError, match=r"photo\[2\]: cannot be read as a picture"):
        HuggingFace(path=path).open()
    with pytest.warns(UserWarning, match=r"1 of 6 pictures are damaged and skipped:\n  .*photo\[2\]"):
        rows = HuggingFace(path=path, on_error="skip").open()
    assert len(rows) == 5 and rows.batch(torch.arange(5))["label"].argmax(1).tolist() == [1, 0, 2, 1, 0]
    assert rows.facts()["frequencies"] == pytest.approx([2 / 5, 2 / 5, 1 / 5])


@pytest.mark.parametrize("where", ["http://127.0.0.1:9/a.png", "/etc/hostname", "../outside.png"])
def test_pictures_elsewhere_are_not_followed(tmp_path, no_network, where) -> None:
    Image.fromarray(PIXELS[0]).save(tmp_path / "outside.png")
    plain = {"photo": [{"bytes": None, "path": where}] * 2}
    shape = {"photo": {"bytes": datasets.Value("binary"), "path": datasets.Value("string")}}
    path = saved(tmp_path, plain, shape)
    info = json.loads((path / "dataset_info.json").read_text())
    info["features"]["photo"] = {"_type": "Image"}
    (path / "dataset_info.json").write_text(json.dumps(info))
    with pytest.raises(ValueError, match=r"photo\[0\]: cannot be read as a picture \(the data set holds no bytes of it"):
        HuggingFace(path=path, on_error="fail").open()


def test_other_faults(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        HuggingFace(path=tmp_path / "none").open()
    with pytest.raises(ValueError, match="is no folder of `save_to_disk`"):
        HuggingFace(path=tmp_path).open()
    path = saved(tmp_path)
    next(path.glob("*.arrow")).write_bytes(b"ARROW1" + bytes(20))
    with pytest.raises(ValueError, match="cannot be read as a saved data set"):
        HuggingFace(path=path).open()
    ragged = saved(tmp_path / "r", {"v": [[1.0], [1.0, 2.0]]}, {"v": datasets.Sequence(datasets.Value("float32"))})
    with pytest.raises(ValueError, match="'v' has a row of another shape"):
        HuggingFace(path=ragged).open().batch(torch.arange(2))
    unknown = saved(tmp_path / "u", {"animal": [0, -1]})
    with pytest.raises(ValueError, match=r"holds rows without a class \(-1\)"):
        HuggingFace(path=unknown, fields={"label": "animal"}).open()
    with pytest.raises(ValueError, match="no column of pictures or numbers; there are animal"):
        HuggingFace(path=unknown).open()


def test_without_datasets_it_says_how_to_get_it(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(ImportError, match=r'pip install "ganframe\[huggingface\]"'):
        (tmp_path / "state.json").write_text("{}")
        HuggingFace(path=tmp_path).open()


def test_data_check_tells_what_it_holds_and_how_to_read_it(tmp_path) -> None:
    saved(tmp_path, test=range(2), validation=range(2, 6))
    home = {**os.environ, "HOME": str(tmp_path / "home"), "HF_HOME": str(tmp_path / "home")}
    told = subprocess.run([sys.executable, "-m", "ganframe", "data", "check", "d"], cwd=tmp_path, capture_output=True, text=True, env=home)
    assert told.returncode == 0, told.stderr
    assert "splits: test 2, validation 4" in told.stdout and "animal: 3 classes" in told.stdout
    assert "sizes: 8x10 (height x width)" in told.stdout and "odd: 'note' is left out: Value('string')" in told.stdout
    table = tomli.loads(told.stdout[told.stdout.index("[data]"):])["data"]
    assert table == {"type": "HuggingFace", "path": "d", "split": "test", "size": [8, 10], "channels": 3}
    assert not (tmp_path / "home").exists() or not [p for p in (tmp_path / "home").rglob("*") if p.is_file()]
