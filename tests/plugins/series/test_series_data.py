"""Series: windows of files, regular steps, what is refused, and how samples are written."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from ganframe_series.autocorrelation import autocorrelation
from ganframe_series.data.sines import Sines
from ganframe_series.data.windows import Series
from ganframe_series.views.series import Series as View
from PIL import Image


def written(folder, lines, name="s.csv", **options):
    """Open a file of these lines."""
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Series(path=folder / name, **options)


def days(count, step=1):
    """Lines of a day and two channels."""
    return ["day,level,flow", *(f"2024-{1 + d // 28:02}-{1 + d % 28:02},{d}.5,{d % 5}" for d in range(0, count, step))]


def test_windows_are_consecutive_and_scaled(tmp_path):
    data = written(tmp_path, ["level,flow", *(f"{t}.25,{t * t}" for t in range(20))], length=5, held_out=0.0).open()
    assert len(data) == 16 and data.fields()["x"].shape == (5, 2)
    x = data.batch(torch.tensor([0, 3, 15]))["x"]
    assert x.min() == 0 and x.max() == 1
    levels = x[1, :, 0] * 19 + 0.25
    assert levels.tolist() == pytest.approx([3.25, 4.25, 5.25, 6.25, 7.25], abs=1e-4)
    assert data.facts()["decimals"] == [2, 0] and data.facts()["names"] == ["level", "flow"]


def test_no_window_of_one_part_overlaps_the_other(tmp_path):
    lines = ["a", *(str(t) for t in range(40))]
    train, test = (written(tmp_path, lines, length=6, held_out=0.25, split=split).open() for split in ("train", "test"))
    assert (len(train), len(test)) == (25, 5)
    ends = [data.columns["x"] * 29 for data in (train, test)]
    assert ends[0].max() == pytest.approx(29, abs=1e-3) and ends[1].min() == pytest.approx(30, abs=1e-3)


def test_a_folder_of_files_and_a_hop(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("\n".join(["x", *map(str, range(10))]), encoding="utf-8")
    assert len(Series(path=tmp_path, length=4, hop=3, held_out=0.0).open()) == 2 * 3
    (tmp_path / "c.csv").write_text("y\n1\n2\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"c\.csv: has columns y, .*a\.csv x"):
        Series(path=tmp_path, length=4).open()


@pytest.mark.parametrize(
    ("lines", "options", "told"),
    [
        (["a", "1", "x", "3"], {}, r"s\.csv:3: 'x' in column 'a' is no finite number"),
        (["a,b", "1,2", "3"], {}, r"s\.csv:3: 1 cells, expected 2"),
        (["a"], {}, "needs a line of names"),
        (["a", "1", "2", "3"], {"columns": ("b",)}, "has no column 'b'; it has a"),
        (["a", "1", "2", "3"], {"length": 9, "held_out": 0.0}, "has 3 times, fewer than a window of 9"),
        (["t,a", "0,1", "1,2", "2,3", "4,4", "5,5"], {"time": "t"}, r"s\.csv:5: from '2' to '4' in 't' is not the usual"),
        (["t,a", "0,1", "soon,2", "2,3"], {"time": "t"}, r"s\.csv:3: 'soon' is neither a number nor an ISO date"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, lines, options, told):
    with pytest.raises(ValueError, match=told):
        written(tmp_path, lines, **{"length": 2, **options}).open()


def test_equal_steps_are_accepted_and_are_no_channel(tmp_path):
    data = written(tmp_path, days(28), length=4, time="day").open()
    assert data.facts()["names"] == ["level", "flow"]
    with pytest.raises(ValueError, match="is not the usual step"):
        written(tmp_path, [*days(28)[:9], *days(28)[10:]], length=4, time="day").open()


def test_samples_are_written_in_the_files_own_units(tmp_path):
    data = written(tmp_path, days(28), length=4, time="day", held_out=0.0).open()
    x, field = data.columns["x"], data.fields()["x"]
    View().write(tmp_path / "out.csv", x, field, data.facts())
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert lines[:3] == ["sample,step,level,flow", "0,0,0.5,0", "0,1,1.5,1"]
    assert torch.allclose(View().read(tmp_path / "out.csv", field, data.facts()), x, atol=1e-6)
    View().grid(tmp_path / "x.png", x, field, data.facts(), 4, behind=x)
    with Image.open(tmp_path / "x.png") as picture:
        assert picture.size[0] > 900
    with pytest.raises(ValueError, match="its first line must be sample,step,level,flow"):
        View().read(tmp_path / "s.csv", field, data.facts())


def test_sines_are_sines_of_their_band():
    data = Sines(rows=400, length=64, channels=2, cycles=(1.0, 9.0), amplitude=(0.5, 0.5), classes=2).open()
    x, label = data.columns["x"].double(), data.columns["label"].argmax(1)
    assert x.abs().max() <= 0.5 + 1e-6
    # A sine obeys x[t+1] + x[t-1] = 2 cos(w) x[t]; least squares give its frequency.
    middle, around = x[:, 1:-1], x[:, 2:] + x[:, :-2]
    cosine = (middle * around).sum(1) / (middle**2).sum(1) / 2
    assert (around - 2 * cosine[:, None] * middle).abs().max() < 1e-5
    cycles = torch.acos(cosine) * 64 / (2 * math.pi)
    assert cycles[label == 0].max() <= 5.001 and cycles[label == 1].min() >= 4.999
    assert cycles.min() < 1.2 and cycles.max() > 8.8
    assert torch.equal(data.columns["x"], Sines(rows=400, length=64, channels=2, cycles=(1.0, 9.0), amplitude=(0.5, 0.5), classes=2).open().columns["x"])


def test_autocorrelation_of_a_sine_and_of_noise():
    time = np.arange(4000).reshape(1, -1, 1)
    waves = autocorrelation(np.sin(2 * np.pi * time / 8), 8)[:, 0]
    assert waves == pytest.approx(np.cos(2 * np.pi * np.arange(9) / 8), abs=0.01)
    noise = autocorrelation(np.random.default_rng(0).normal(size=(2000, 20, 1)), 5)[:, 0]
    assert noise == pytest.approx([1, 0, 0, 0, 0, 0], abs=0.02)
