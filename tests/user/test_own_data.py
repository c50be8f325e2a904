"""Data of one's own of every kind: known for what they are, and a spec for them that trains and samples."""

from __future__ import annotations

import sys
import wave
from pathlib import Path

import numpy as np
import pytest
import tomli
from PIL import Image

from ganframe.cli import cli
from ganframe.cli.errors import run_guarded

RNG = np.random.default_rng(0)


def pictures(folder: Path) -> None:
    for kind, colour in (("cats", (200, 50, 50)), ("dogs", (50, 50, 200))):
        (folder / "data" / kind).mkdir(parents=True)
        for i in range(3):
            pixels = RNG.integers(0, 255, (8, 8, 3), dtype=np.uint8) // 2 + np.array(colour, np.uint8) // 2
            Image.fromarray(pixels).save(folder / "data" / kind / f"{kind}{i}.png")


def sounds(folder: Path) -> None:
    (folder / "data").mkdir()
    for i in range(3):
        with wave.open(str(folder / "data" / f"{i}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes((9000 * np.sin(np.arange(1024) * (i + 1) / 9)).astype("<i2").tobytes())


def films(folder: Path) -> None:
    for film in range(3):
        (folder / "data" / str(film)).mkdir(parents=True)
        for t in range(6):
            frame = np.zeros((16, 16), np.uint8)
            frame[t + film : t + film + 4, 4 * film : 4 * film + 4] = 255
            Image.fromarray(frame).save(folder / "data" / str(film) / f"frame{t}.png")


def text(folder: Path) -> None:
    lines = [f"the {a} sat on the {b}" for a in ("cat", "dog", "pig") for b in ("mat", "hat", "box")]
    (folder / "data").write_text("\n".join(lines))
    (folder / "data").rename(folder / "data.txt")


def table(folder: Path) -> None:
    rows = [f"{['Oslo', 'Rome'][i % 2]},{RNG.normal():.2f},{i % 3}" for i in range(40)]
    (folder / "data.csv").write_text("\n".join(["city,height,children", *rows]))


def series(folder: Path) -> None:
    rows = [f"{t},{np.sin(t / 5):.3f},{np.cos(t / 9):.3f}" for t in range(120)]
    (folder / "data.csv").write_text("\n".join(["hour,level,wind", *rows]))


def clouds(folder: Path) -> None:
    for kind, flat in (("ball", 1.0), ("plane", 0.0)):
        (folder / "data" / kind).mkdir(parents=True)
        for i in range(3):
            np.savetxt(folder / "data" / kind / f"{i}.xyz", RNG.normal(size=(40, 3)) * [1, 1, flat])


def graphs(folder: Path) -> None:
    edges, nodes = np.zeros((6, 4, 4), np.int64), np.ones((6, 4), np.int64)
    for row in range(6):
        for a in range(row % 3 + 1):
            edges[row, a, a + 1] = edges[row, a + 1, a] = 1 + a % 2
        nodes[row, row % 3 + 2 :] = 0
    np.savez(folder / "data.npz", edges=edges, nodes=nodes)


#: What writes the data, the data set that reads them, where they lie, and how samples end.
KINDS = {
    "pictures": (pictures, "ImageFolder", "data", ".png"),
    "sounds": (sounds, "AudioFolder", "data", ".wav"),
    "films": (films, "VideoFolder", "data", ".gif"),
    "text": (text, "Text", "data.txt", ".txt"),
    "table": (table, "Table", "data.csv", ".csv"),
    "series": (series, "Series", "data.csv", ".csv"),
    "clouds": (clouds, "PointClouds", "data", ".ply"),
    "graphs": (graphs, "GraphFile", "data.npz", ".json"),
}
SHORT = ["--set", "device.threads=1", "--set", "run.batch_size=4"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Run `ganframe ARGS` in this process, in the test's folder; gives the exit status."""
    monkeypatch.chdir(tmp_path)
    return lambda *args: run_guarded(lambda: cli.main(args=[str(arg) for arg in args], standalone_mode=False))


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_known_trained_and_sampled(kind, tmp_path, here, capsys):
    write, dataset, path, suffix = KINDS[kind]
    write(tmp_path)
    assert here("data", "check", path) == 0
    told, _, proposed = capsys.readouterr().out.partition("\n\n")
    assert tomli.loads(proposed)["data"]["type"] == dataset
    assert all(line.partition(": ")[2] for line in told.splitlines())
    assert {"rows", "fields"} <= {line.partition(": ")[0] for line in told.splitlines()}
    assert here("new", "my.toml", "--data", path) == 0
    spec = tomli.loads((tmp_path / "my.toml").read_text())
    phases = [f"phases.{name}.steps" for name in spec.get("phases", ())] or ["run.steps"]
    steps = [word for phase in phases for word in ("--set", f"{phase}=1")]
    assert here("run", "my.toml", "--out", "made", *SHORT, *steps) == 0
    assert here("sample", "made", "-n", 3, "--out", f"three{suffix}") == 0
    assert (tmp_path / f"three{suffix}").stat().st_size > 0
    report = (tmp_path / "made" / "report.html").read_text()
    shown = {"text": "<pre", "sounds": "<audio"}.get(kind, "data:image/png")
    assert shown in report and 'src="http' not in report


def test_a_table_in_no_order_and_words_are_no_series(tmp_path, here, capsys):
    rows = [f"{i},{RNG.normal():.3f}" for i in range(100)]
    (tmp_path / "noise.csv").write_text("\n".join(["row,value", *rows]))
    (tmp_path / "words.csv").write_text("\n".join(["day,mood", *[f"2024-01-{i % 28 + 1:02},good" for i in range(50)]]))
    for name in ("noise.csv", "words.csv"):
        assert here("data", "check", name) == 0
        assert 'type = "Table"' in capsys.readouterr().out, name


def test_windows_of_series_in_an_array_are_no_clouds(tmp_path, here, capsys):
    waves = np.sin(np.arange(30)[:, None] / 5 + RNG.uniform(0, 6, (9, 1, 3))).astype(np.float32)
    np.save(tmp_path / "waves.npy", waves)
    np.save(tmp_path / "clouds.npy", RNG.normal(size=(9, 30, 3)).astype(np.float32))
    assert here("data", "check", "waves.npy") == 0
    assert 'type = "Arrays"' in capsys.readouterr().out
    assert here("data", "check", "clouds.npy") == 0
    assert 'type = "PointClouds"' in capsys.readouterr().out


def test_dates_that_are_not_equally_far_apart_are_left_out(tmp_path, here, capsys):
    days = [f"2024-{m:02}-{d:02},{np.sin((28 * m + d) / 9):.3f}" for m in range(1, 9) for d in range(1, 20)]
    (tmp_path / "days.csv").write_text("\n".join(["day,level", *days]))
    assert here("data", "check", "days.csv") == 0
    found = tomli.loads(capsys.readouterr().out.partition("\n\n")[2])["data"]
    assert found == {"type": "Series", "path": "days.csv", "length": 24}


def test_a_folder_of_series_that_cannot_be_read_says_where(tmp_path, here, capsys):
    (tmp_path / "many").mkdir()
    series(tmp_path)
    (tmp_path / "data.csv").rename(tmp_path / "many" / "a.csv")
    (tmp_path / "many" / "b.csv").write_text("hour,level,wind\n0,1,2\n1,calm,3\n")
    assert here("data", "check", "many") == 2
    assert "b.csv:3: 'calm' in column 'level' is no finite number" in capsys.readouterr().err


def test_another_data_set_may_be_asked_for(tmp_path, here, capsys):
    films(tmp_path)
    assert here("data", "check", "data") == 0
    assert "also: ImageFolder can read it; --type ImageFolder tells how" in capsys.readouterr().out
    assert here("data", "check", "data", "--type", "ImageFolder") == 0
    assert 'type = "ImageFolder"' in capsys.readouterr().out
    assert here("new", "my.toml", "--data", "data", "--type", "ImageFolder") == 0
    assert tomli.loads((tmp_path / "my.toml").read_text())["data"]["type"] == "ImageFolder"


def test_what_is_only_written_cannot_be_given_as_a_file(tmp_path, here, capsys):
    graphs(tmp_path)
    assert here("new", "my.toml", "--data", "data.npz") == 0
    assert here("run", "my.toml", "--out", "made", *SHORT, "--set", "run.steps=1") == 0
    assert here("sample", "made", "-n", 1, "--out", "one.json") == 0
    capsys.readouterr()
    assert here("project", "made", "one.json", "--out", "found") == 2
    assert "'x' is written, but not read from files; take rows of the data with --rows" in capsys.readouterr().err
    assert here("sample", "made", "--given", "x=one.json", "--out", "two.json") == 2
    assert "'x' is read from .safetensors and .npy, not from one.json" in capsys.readouterr().err
    assert here("sample", "made", "--given", f"x={tmp_path / 'made'}", "--out", "many") == 2
    assert "Traceback" not in capsys.readouterr().err


def test_where_the_data_have_gone_it_says_where_they_were(tmp_path, here, capsys):
    series(tmp_path)
    assert here("new", "my.toml", "--data", "data.csv") == 0
    assert here("run", "my.toml", "--out", "made", *SHORT, "--set", "run.steps=1") == 0
    (tmp_path / "data.csv").unlink()
    capsys.readouterr()
    told = f"the data is not here: there is no file or folder {tmp_path / 'data.csv'}"
    assert here("evaluate", "made") == 2
    assert capsys.readouterr().err == f"error: metrics.lags: {told}\n"
    assert here("project", "made", "--rows", "0", "--out", "found") == 2
    assert capsys.readouterr().err == f"error: Invalid value for --rows: {told}\n"
    assert here("sample", "made", "-n", 2, "--out", "two.csv") == 0


def test_a_format_whose_library_is_missing_says_what_to_install(tmp_path, here, capsys, monkeypatch):
    table(tmp_path)
    assert here("new", "my.toml", "--data", "data.csv") == 0
    assert here("run", "my.toml", "--out", "made", *SHORT, "--set", "run.steps=1") == 0
    assert here("sample", "made", "-n", 2, "--out", "two.parquet") == 0
    for name in ("pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    capsys.readouterr()
    assert here("sample", "made", "-n", 2, "--out", "other.parquet") == 2
    told = 'other.parquet: writing Parquet needs pyarrow: pip install "ganframe[tabular]"'
    assert capsys.readouterr().err == f"error: {told}\n"
    assert here("project", "made", "two.parquet", "--out", "found") == 2
    assert 'two.parquet: ' in (said := capsys.readouterr().err) and 'pip install "ganframe[tabular]"' in said
    assert not (tmp_path / "other.parquet").exists() and not list(tmp_path.glob(".*"))
