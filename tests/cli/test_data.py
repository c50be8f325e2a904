"""`data check`: what is told of a folder or file, and a table that reads it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tomli
from PIL import Image

from ganframe import Survey, component, option
from ganframe.cli import finding
from ganframe.registry import Entry, discover
from tests.cli.pictures import mnist, pictures
from tests.cli.small import SPEC

Here = Callable[..., int]
Printed = pytest.CaptureFixture[str]


def checked(here: Here, capsys: Printed, path: str) -> tuple[list[str], dict[str, object]]:
    """The lines above the table, and the table."""
    assert here("data", "check", path) == 0
    told, head, table = capsys.readouterr().out.partition("\n[data]\n")
    return told.splitlines(), tomli.loads(head + table)["data"]


def test_a_tidy_folder(tmp_path: Path, here: Here, capsys: Printed) -> None:
    pictures(tmp_path / "faces", 5, 8, 8)
    told, table = checked(here, capsys, "faces")
    assert told == [
        "pictures: 5 (5 PNG)", "sizes: 8x8 (height x width)", "modes: L", "depth: 8 bits", "rows: 5", "fields: x 1x8x8",
    ]  # fmt: skip
    assert table == {"type": "ImageFolder", "path": "faces", "size": 8, "channels": 1}


def test_classes_with_their_numbers(tmp_path: Path, here: Here, capsys: Printed) -> None:
    pictures(tmp_path / "pets" / "cats", 12, 6, 8, 3)
    pictures(tmp_path / "pets" / "dogs", 1, 6, 8, 3)
    told, table = checked(here, capsys, "pets")
    assert "classes: 2: cats 12, dogs 1" in told and "fields: x 3x6x8, label 2" in told
    assert "odd: class dogs has 1 pictures, cats 12" in told
    assert table == {"type": "ImageFolder", "path": "pets", "size": [6, 8], "channels": 3}


def test_everything_odd_in_a_folder(tmp_path: Path, here: Here, capsys: Printed) -> None:
    folder = tmp_path / "mess"
    pictures(folder / "a", 9, 70, 80, 3)
    pictures(folder / "b", 1, 90, 80)
    Image.fromarray(np.zeros((20, 20), np.uint16)).save(folder / "deep.png")
    (folder / "torn.png").write_bytes((folder / "a" / "0.png").read_bytes()[:900])
    frames = [Image.new("L", (70, 70), k) for k in range(3)]
    frames[0].save(folder / "film.gif", save_all=True, append_images=frames[1:])
    (folder / "notes.txt").write_text("x")
    (folder / ".hidden").write_text("x")
    told, table = checked(here, capsys, "mess")
    assert told[0] == "pictures: 12 (11 PNG, 1 GIF)"
    assert told[1].startswith("sizes: 9 of 70x80, 1 of ") and "1 of 90x80 (such as b/0.png)" in told[1]
    assert "1 of 16 bits (such as deep.png)" in told[3]
    odd = [line.removeprefix("odd: ") for line in told if line.startswith("odd: ")]
    assert odd[0].startswith("torn.png: cannot be read as a picture")
    assert odd[1:] == [
        "film.gif: has 3 frames, of which the first is read", "of 16 bits, unlike the others: deep.png",
        "deep.png, film.gif, torn.png beside the folders a, b: so these are no classes", "no pictures: notes.txt",
    ]  # fmt: skip
    assert table == {"type": "ImageFolder", "path": "mess", "size": 64, "channels": 3, "on_error": "skip"}
    assert "rows: 11" in told  # the deep one and the torn one are left out


def test_sixteen_bits_and_transparency(tmp_path: Path, here: Here, capsys: Printed) -> None:
    for i in range(2):
        (tmp_path / "deep").mkdir(exist_ok=True)
        Image.fromarray(np.full((8, 8), 9000 * i, np.uint16)).save(tmp_path / "deep" / f"{i}.png")
    pictures(tmp_path / "clear", 2, 8, 8, 4)
    assert checked(here, capsys, "deep")[1] == {"type": "ImageFolder", "path": "deep", "size": 8, "dtype": "uint16"}
    assert checked(here, capsys, "clear")[1]["channels"] == 4
    pictures(tmp_path / "clear" / "not", 1, 8, 8)
    assert checked(here, capsys, "clear")[1]["channels"] == 3


def test_an_archive(tmp_path: Path, here: Here, capsys: Printed) -> None:
    pictures(tmp_path / "p", 2, 8, 8, 3)
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        for name in ("x/0.png", "x/1.png", "y/0.png"):
            archive.write(tmp_path / "p" / Path(name).name, name)
        archive.writestr("x/readme.md", "x")
    told, table = checked(here, capsys, "p.zip")
    assert "classes: 2: x 2, y 1" in told and "odd: no pictures: x/readme.md" in told
    assert table["path"] == "p.zip"


def test_mnist_and_arrays(tmp_path: Path, here: Here, capsys: Printed) -> None:
    mnist(tmp_path / "mnist")
    told, table = checked(here, capsys, "mnist")
    assert told[0] == "beside: t10k-images-idx3-ubyte.gz" and "rows: 6" in told and "classes: 3: 0 2, 1 2, 2 2" in told
    images, labels = "mnist/train-images-idx3-ubyte.gz", "mnist/train-labels-idx1-ubyte.gz"
    assert table == {"type": "IDX", "images": images, "labels": labels}
    assert checked(here, capsys, images)[1] == table
    np.savez(tmp_path / "a.npz", x=np.zeros((4, 8, 8), np.uint8), label=np.array(list("abca")))
    told, table = checked(here, capsys, "a.npz")
    assert told[0] == "x: uint8 4x8x8 from 0 to 0" and "classes: 3: a 2, b 1, c 1" in told
    assert table == {"type": "Arrays", "path": "a.npz"}


@pytest.mark.parametrize(("high", "said"), [
    (255.0, "'x' looks like pictures, but goes past 1: store bytes, or floats in [-1, 1]"),
    (1.0, "'x' lies in [0, 1], but a generator's Tanh makes [-1, 1]: store 2x - 1"),
])  # fmt: skip
def test_pictures_stored_as_other_floats(tmp_path: Path, high: float, said: str, here: Here, capsys: Printed) -> None:
    np.save(tmp_path / "a.npy", np.linspace(0, high, 2 * 3 * 64, dtype=np.float32).reshape(2, 3, 8, 8))
    assert f"odd: {said}" in checked(here, capsys, "a.npy")[0]


def test_the_table_is_ready_to_paste(tmp_path: Path, here: Here, capsys: Printed) -> None:
    for k in range(10):
        pictures(tmp_path / "digits" / str(k), 1, 8, 8)
    assert here("data", "check", "digits") == 0
    table = capsys.readouterr().out.partition("\n\n")[2]
    (tmp_path / "mine.toml").write_text(SPEC.replace('[data]\ntype = "Digits"\n', table))
    assert here("check", "mine.toml", "--json") == 0


@pytest.mark.parametrize(("name", "said"), [
    ("none", "Path 'none' does not exist"),
    ("empty", "no data set knows what empty is; it is empty"),
    ("text", "text: there is no text in it"),
    ("text/a.txt", "text/a.txt: there is no text in it"),
    ("torn.npz", "torn.npz: cannot be read"),
    ("long.npz", "needs arrays of one length"),
    ("bad", "all 1 pictures are damaged, the first: "),
])  # fmt: skip
def test_what_nobody_can_read(tmp_path: Path, name: str, said: str, here: Here, capsys: Printed) -> None:
    for folder in ("empty", "text", "bad"):
        (tmp_path / folder).mkdir()
    (tmp_path / "text" / "a.txt").touch()
    (tmp_path / "bad" / "a.png").write_bytes(b"no picture")
    (tmp_path / "torn.npz").write_bytes(b"PK\x03\x04")
    np.savez(tmp_path / "long.npz", x=np.zeros((4, 2)), y=np.zeros(3))
    assert here("data", "check", name) == 2
    captured = capsys.readouterr()
    assert said in " ".join(captured.err.split()) and "[data]" not in captured.out


@component
class Notes:
    """A stranger's data set, which knows its own files."""

    tempo: int = option(120, "beats a minute")

    @classmethod
    def survey(cls, path: Path) -> Survey | None:
        return Survey({"tempo": 90}, {"beats": "4"}, ["no bass"]) if path.suffix == ".mid" else None

    def open(self) -> object:
        raise NotImplementedError


def test_other_packages_know_their_own_files(tmp_path: Path) -> None:
    registry = discover()
    registry.kind("dataset")["Notes"] = Entry("dataset", "Notes", Notes, "notes", "ganframe-notes", "1", "")
    found = finding.found_at(registry, tmp_path / "song.mid")
    assert found.survey.odd == ("no bass",)
    assert finding.table(found) == '[data]\ntype = "Notes"\ntempo = 90\n'
