"""Tables through the engine: a run, samples as CSV where the data are gone, the picture."""

from __future__ import annotations

import csv

import pytest
from PIL import Image

import ganframe
from ganframe.cli import main

SPEC = """
format = 1
[run]
steps = 12
batch_size = 32
[device]
threads = 1
[data]
type = "Table"
path = "people.csv"
held_out = 0.0
balance = "log"
sampler = { type = "Weighted", field = "weight" }
[latents.z]
type = "Normal"
size = 8
[latents.condition]
type = "Shuffle"
field = "condition"
[sample]
latents.condition = { type = "OneHot", size = "$data.categories", shares = "$data.shares" }
[networks.generator]
inputs = ["z", "condition"]
optimizer = { type = "Adam", lr = 1e-3 }
layers = [
  { type = "Concat", from = ["@z", "@condition"] }, { type = "Linear", out_features = 32 }, "ReLU",
  { type = "Linear", out_features = "$data.width", as = "raw" }, { type = "ColumnActivations", spans = "$data.spans" },
]
[networks.discriminator]
inputs = ["x", "condition"]
optimizer = { type = "Adam", lr = 1e-3 }
layers = [
  { type = "Concat", from = ["@x", "@condition"] }, { type = "Pack", size = 2 }, { type = "Linear", out_features = 32 }, "ReLU",
  { type = "Linear", out_features = 1 },
]
[losses.adversarial]
type = "Wasserstein"
[losses.penalty]
type = "GradientPenalty"
pack = 2
weight = 10.0
[losses.condition]
type = "ColumnCrossEntropy"
input = "fake.generator.raw"
target = "fake.condition"
trains = ["generator"]
[metrics.alike]
type = "TableSimilarity"
every = 12
[hooks]
progress = false
report = false
"""
TEXT = "Kunde;seit;Ort;Betrag;Kinder\n" + "".join(
    f"K-{n:03};{1 + n % 28:02}.{1 + n % 12:02}.2020;{('Bonn', 'Ulm')[n % 3 == 0]};{n * 7 % 90},{n % 10}0;{'-' if n % 5 == 0 else n % 17}\n"
    for n in range(1, 65)
)


def command(capsys, *args):
    """Exit status and all that `ganframe ARGS…` says."""
    with pytest.raises(SystemExit) as ended:
        main(list(map(str, args)))
    told = capsys.readouterr()
    return ended.value.code, told.out + told.err


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A short run on a German CSV file, which is gone afterwards."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "people.csv").write_text(TEXT, encoding="utf-8")
    (folder / "people.toml").write_text(
        SPEC.replace('path = "people.csv"', 'path = "people.csv"\nmissing = ["-"]'), encoding="utf-8"
    )
    ganframe.train(ganframe.read_spec(folder / "people.toml"), folder / "run")
    (folder / "people.csv").unlink()
    return folder / "run"


def test_samples_are_csv_as_the_file_was(run, tmp_path, capsys):
    status, told = command(capsys, "sample", run, "-n", 40, "--out", tmp_path / "x.csv")
    assert status == 0, told
    with (tmp_path / "x.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert rows[0] == ["Kunde", "seit", "Ort", "Betrag", "Kinder"]
    assert [row[0] for row in rows[1:]] == [f"K-{n:03}" for n in range(1, 41)]
    for _, since, place, amount, children in rows[1:]:
        day, month, year = map(int, since.split("."))
        assert 1 <= day <= 31 and 1 <= month <= 12 and year == 2020
        assert place in ("Bonn", "Ulm")
        assert len(amount.partition(",")[2]) == 2
        assert children == "-" or 0 <= int(children) <= 16


def test_a_category_can_be_asked_for(run, tmp_path, capsys):
    asked = ("sample", run, "-n", 8, "--out", tmp_path / "x.csv", "--given")
    status, told = command(capsys, *asked, "condition=Ort=Ulm")
    assert status == 0, told
    status, told = command(capsys, *asked, "condition=Ort=Rom")
    assert status == 2 and "Ort=Bonn, Ort=Ulm" in told


def test_the_picture_shows_all_columns(run):
    with Image.open(run / "samples" / "step-00000012.png") as picture:
        assert picture.format == "PNG" and min(picture.size) > 250
    # Shown with the table's own frequencies, not a value of a category each.
    assert "--given" not in (run / "samples" / "README").read_text(encoding="utf-8")
    figures = ganframe.open_run(run).figures
    assert 0 < figures["alike.columns"] <= 1


def test_data_check_tells_kinds(tmp_path, capsys):
    (tmp_path / "people.csv").write_text(TEXT, encoding="utf-8")
    status, told = command(capsys, "data", "check", tmp_path / "people.csv")
    assert status == 0, told
    assert "date: 1 (seit)" in told and "id: 1 (Kunde)" in told and "number: 1 (Betrag)" in told
    assert 'type = "Table"' in told


@pytest.mark.parametrize("columns", ["Kunde;seit;Ort;Betrag;Kinder", "Betrag"])
def test_a_spec_for_a_table_is_written_and_stands(tmp_path, capsys, columns):
    at = [TEXT.splitlines()[0].split(";").index(name) for name in columns.split(";")]
    lines = [";".join(line.split(";")[i] for i in at) for line in TEXT.splitlines()]
    (tmp_path / "people.csv").write_text("\n".join(lines), encoding="utf-8")
    if len(at) == 1:  # nothing tells the delimiter of a single column
        (tmp_path / "people.csv").write_text("\n".join(lines).replace(",", "."), encoding="utf-8")
    status, told = command(capsys, "new", tmp_path / "mine.toml", "--data", tmp_path / "people.csv")
    assert status == 0, told
    status, told = command(capsys, "check", tmp_path / "mine.toml")
    assert status == 0 and "warning" not in told, told
