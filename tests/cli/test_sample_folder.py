"""`ganframe sample --given NAME=FOLDER` as a user types it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

import ganframe

SPEC = Path(__file__).parents[2] / "specs" / "small" / "cyclegan.toml"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one step of a translator without a fixed size."""
    overrides = {f"hooks.{name}": False for name in ("progress", "samples", "watch", "report")}
    spec = ganframe.read_spec(SPEC, {**overrides, "run.steps": 1, "device.threads": 1, "metrics.reading": False})
    ganframe.train(spec, tmp_path_factory.mktemp("cycle") / "run")
    return next(tmp_path_factory.getbasetemp().glob("cycle*/run"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures of odd sizes."""
    (tmp_path / "in").mkdir()
    for name, size in (("a.png", (11, 9)), ("b.jpg", (20, 8)), ("c.bmp", (8, 8))):
        Image.new("L", size, 200).save(tmp_path / "in" / name)
    return tmp_path


def test_a_folder_is_translated(run: Path, folder: Path, here: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert here("sample", str(run), "--given", "a=in", "--out", "out") == 0
    assert capsys.readouterr().out == "wrote: out (3 files; c.bmp as c.png)\n"
    sizes = {}
    for path in (folder / "out").iterdir():
        with Image.open(path) as image:
            sizes[path.name] = image.size
    assert sizes == {"a.png": (11, 9), "b.jpg": (20, 8), "c.png": (8, 8)}


@pytest.mark.parametrize(("args", "said"), [
    (["--given", "a=in"], "needs a folder to write to"),
    (["--given", "a=in", "--out", "in/a.png"], "is a file; a folder is written"),
    (["--given", "a=in", "--out", "out", "-n", "3"], "every file of in is taken once; leave it out"),
    (["--given", "a=in", "--out", "in"], "in: is the folder that is read; write to another one"),
    (["--given", "label=in", "--out", "out"], "no network makes anything of 'label'; fields that are read: a, b"),
])  # fmt: skip
def test_what_does_not_go_with_a_folder(
    run: Path, folder: Path, here: Callable[..., int], args: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert here("sample", str(run), *args) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not (folder / "out").exists()
