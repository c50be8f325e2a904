"""Specs written elsewhere, on real files: they are checked, train in each phase, and make what their data are."""

from __future__ import annotations

import math
import wave
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from ganframe_series.data.windows import Series
from ganframe_text.data.pairs import Parallel

import ganframe
from ganframe.cli import cli
from ganframe.cli.errors import run_guarded
from ganframe.plan import plan
from tests.toy import registry

SPECS = Path(__file__).parents[1] / "specs"
ENGLISH = ("the cat", "a dog", "my house", "the old man")
FRENCH = ("le chat", "un chien", "ma maison", "le vieil homme")
PAIRS = [(i, j) for i in range(4) for j in range(4) if i != j]


def ganframe_here(*arguments: str) -> int:
    return run_guarded(lambda: cli.main(args=list(arguments), standalone_mode=False))


def pairs(path: Path) -> Path:
    lines = (f"{ENGLISH[i]} sees {ENGLISH[j]}\t{FRENCH[i]} voit {FRENCH[j]}\n" for i, j in PAIRS)
    path.write_text("".join(lines) * 5, encoding="utf-8")
    return path


def people(path: Path) -> Path:
    rows = (f"{20 + n % 50},{('Private', 'State')[n % 3 == 0]},{('<=50K', '>50K')[n % 5 == 0]}\n" for n in range(100))
    path.write_text("age,work,income\n" + "".join(rows), encoding="utf-8")
    return path


def prices(path: Path) -> Path:
    cells = ([round(100 + 9 * math.sin(day / 7 + k), 2) for k in range(5)] for day in range(56))
    days = (f"2024-{1 + day // 28:02}-{1 + day % 28:02}," + ",".join(map(str, row)) for day, row in enumerate(cells))
    path.write_text("\n".join(["Date,Open,High,Low,Close,Volume", *days]) + "\n", encoding="utf-8")
    return path


def sounds(path: Path) -> Path:
    path.mkdir()
    for n in range(3):
        with wave.open(str(path / f"{n}.wav"), "wb") as file:
            file.setparams((1, 2, 16000, 0, "NONE", ""))
            file.writeframes(array("h", (int(9000 * math.sin(t * (n + 1) / 50)) for t in range(16000))).tobytes())
    return path


CASES: dict[str, tuple[Callable[[Path], Path], dict[str, Any], str]] = {
    "seq2seq": (pairs, {"run.batch_size": 4}, "txt"),
    "ctgan": (people, {"run.batch_size": 20}, "csv"),
    "timegan": (prices, {"run.batch_size": 4, **{f"phases.{n}.steps": 1 for n in ("embed", "supervise", "joint")}}, "csv"),
    "wavegan": (sounds, {"run.batch_size": 1, "run.discriminator_steps": 1}, "wav"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_spec_from_elsewhere_runs_on_files(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write, small, suffix = CASES[name]
    steps = {} if name == "timegan" else {"run.steps": 2}
    quiet = {"device.threads": 1, "hooks.samples": "false", "hooks.report": "false"}
    told = {"data.path": write(tmp_path / f"data.{suffix}"), **small, **steps, **quiet}
    words = [word for key, value in told.items() for word in ("--set", f"{key}={value}")]
    spec, run, made = str(SPECS / f"{name}.toml"), str(tmp_path / "run"), tmp_path / f"made.{suffix}"
    assert ganframe_here("check", spec, *words) == 0, capsys.readouterr().err
    assert ganframe_here("run", spec, *words, "--out", run) == 0, capsys.readouterr().err
    assert ganframe_here("sample", run, "-n", "2", "--out", str(made)) == 0, capsys.readouterr().err
    assert made.stat().st_size > 0


def test_sentences_are_what_the_spec_says(tmp_path: Path) -> None:
    data = Parallel(path=pairs(tmp_path / "p.tsv")).open()
    assert {name: (field.shape, field.dtype) for name, field in data.fields().items()} == {
        "x": ((32, 1000), "float32"), "source": ((32,), "int64"), "shifted": ((32,), "int64"), "mask": ((32,), "bool"),
    }  # fmt: skip
    batch = data.batch(torch.arange(len(data)))
    assert batch["mask"].sum(1).unique().tolist() == [6, 7]  # five or six words and the end
    assert data.source_vocabulary is not None
    assert set(data.source_vocabulary.texts(batch["source"])) <= {f"{ENGLISH[i]} sees {ENGLISH[j]}" for i, j in PAIRS}


def test_conditions_come_by_log_frequency_though_no_sampler_is_named(tmp_path: Path) -> None:
    path = people(tmp_path / "p.csv")
    own, named = (
        plan(ganframe.read_spec(SPECS / "ctgan.toml", {"data.path": str(path), **more}), registry()).parts
        for more in ({}, {"data.sampler.type": "Weighted", "data.sampler.field": "weight"})
    )
    orders = [own.sampler.order(own.data, k, torch.Generator().manual_seed(k)) for k in range(200)]
    assert torch.equal(orders[3], named.sampler.order(named.data, 3, torch.Generator().manual_seed(3)))
    fields, batch = own.fields, own.data.batch(torch.cat(orders), torch.Generator().manual_seed(0))
    conditions = fields["condition"].names
    assert conditions == ("work=Private", "work=State", "income=<=50K", "income=>50K")
    of_work = batch["condition"][:, :2].sum(1)
    assert torch.equal(batch["column"], torch.stack((of_work, 1 - of_work), 1))
    places = [fields["x"].names.index(name) for name in conditions]
    assert batch["x"][:, places][batch["condition"].bool()].eq(1).all()
    # Of 100 rows 20 % are held out: what is left decides.
    counts = own.data.x[:, places].sum(0)
    logs = counts.log1p().unflatten(0, (2, 2))
    torch.testing.assert_close(batch["condition"].mean(0), (logs / logs.sum(1, True)).flatten() / 2, atol=0.015, rtol=0)


def test_a_first_column_of_dates_is_no_channel(tmp_path: Path) -> None:
    path = prices(tmp_path / "p.csv")
    assert Series(path=path).open().facts()["names"] == ["Open", "High", "Low", "Close", "Volume"]
    path.write_text(path.read_text(encoding="utf-8").replace("2024-02-03", "third"), encoding="utf-8")
    with pytest.raises(ValueError, match="p.csv:2: '2024-01-01' in column 'Date' is no finite number"):
        Series(path=path).open()
