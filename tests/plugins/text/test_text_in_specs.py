"""Text in whole runs: told in the real batch, free in the fake one, given as text, written as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from ganframe_text.data.file import Text
from ganframe_text.data.pairs import Parallel

import ganframe
from ganframe.cli import cli
from ganframe.cli.errors import run_guarded
from ganframe.cli.finding import found_at
from ganframe.cli.recipe import spec as recipe
from tests.toy import planned, registry, sampler, trained

ROOT = Path(__file__).parents[3]
SEQ2SEQ = ROOT / "specs" / "seq2seq.toml"
QUIET = {f"hooks.{name}": False for name in ("progress", "samples", "watch", "report")}

WRITER = """
[run]
steps = 6
batch_size = 8
[phases.likelihood]
steps = 3
losses = ["likelihood"]
[phases.game]
steps = 3
losses = ["game"]
[data]
type = "Grammar"
length = 6
rows = 40
[latents.z]
type = "Normal"
size = 3
[latents.shifted]
type = "Filled"
size = "$data.length"
value = "$data.padding"
[networks.generator]
inputs = ["z", "shifted"]
output = "@text"
optimizer = "Adam"
layers = [{ type = "TokenDecoder", from = "@z", given = "@shifted", cell = { type = "RelationalMemory", head_size = 4 }, vocabulary = "$data.vocabulary", length = "$data.length", as = ["text", "logits"] }]
[networks.discriminator]
inputs = ["x"]
optimizer = "Adam"
layers = ["Flatten", { type = "Linear", out_features = 1 }]
[losses.likelihood]
type = "TokenCrossEntropy"
input = "real.generator.logits"
target = "real.x"
[losses.game]
type = "RelativisticPairing"
"""


@pytest.fixture(scope="module")
def translator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of seq2seq of a few steps."""
    folder = tmp_path_factory.mktemp("translator") / "run"
    short = {"phases.teach.steps": 3, "phases.play.steps": 1, "data.rows": 64, "run.batch_size": 8}
    quiet = {**QUIET, "metrics.match": False, "device.threads": 1, "sample.batch_size": 8}
    ganframe.train(ganframe.read_spec(SEQ2SEQ, {**short, **quiet}), folder)
    return folder


def ganframe_here(*args: str) -> int:
    return run_guarded(lambda: cli.main(args=list(args), standalone_mode=False))


def test_the_real_batch_is_told_and_the_fake_one_is_not(tmp_path: Path) -> None:
    made = trained(tmp_path, WRITER, 6)
    drawn = sampler(made).draw(5)
    assert drawn["shifted"].eq(0).all()
    assert torch.equal(drawn["x"].sum(2).round(), torch.ones(5, 6))
    asked = {"told": ("real", "generator.logits"), "free": ("fake", "generator.logits"), "z": ("real", "z")}
    data, network = made.plan.parts.data, made.networks["generator"].eval()
    (found,) = sampler(made).beside(data, 8, asked)
    torch.testing.assert_close(found["told"][:, 0], found["free"][:, 0])
    assert (found["told"][:, 1:] - found["free"][:, 1:]).abs().amax((1, 2)).max() > 1e-4
    again = next(module for module in network.modules() if type(module).__name__ == "_TokenDecoder")
    torch.testing.assert_close(again(found["z"], None, None, found["real"]["shifted"])[1], found["told"])


def test_each_phase_trains_its_own(tmp_path: Path) -> None:
    made = trained(tmp_path, WRITER, 3)
    assert set(made.values()) == {"likelihood"}
    made.step(3)
    assert {"game.discriminator", "game.generator"} <= set(made.values())


def test_text_is_given_as_text(translator: Path) -> None:
    run = ganframe.open_run(translator)
    drawn = run.draw(2, given={"source": "3 May 2021"})
    wanted = run.view("source").parse("3 May 2021", run.fields["source"], run.facts)
    assert torch.equal(drawn["source"], wanted.expand(2, -1))
    assert torch.equal(drawn["x"][0], drawn["x"][1])
    assert torch.equal(run.sample(1, source="3 May 2021"), drawn["x"][:1])
    with pytest.raises(ganframe.SpecError, match="'source': 'ä' of '3 Mäy' is in no text of the vocabulary"):
        run.draw(1, given={"source": "3 Mäy"})
    with pytest.raises(ganframe.SpecError, match=r"has 26 characters, more than 23"):
        run.draw(1, given={"source": "3" * 26})


def test_the_checkpoint_knows_the_vocabulary(translator: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ganframe_text.data.tasks import Dates

    want = ganframe.open_run(translator).sample(1, source="3 May 2021")

    def gone(self: Any) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(Dates, "open", gone)
    run = ganframe.open_run(translator)
    assert run.data is None
    assert torch.equal(run.sample(1, source="3 May 2021"), want)


def test_sample_prints_or_writes_a_line_a_text(
    translator: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, out, file = str(translator), tmp_path / "out.txt", tmp_path / "in.txt"
    assert ganframe_here("sample", name, "--given", "source=3 May 2021") == 0
    one = capsys.readouterr().out
    assert one.count("\n") == 1
    file.write_text("3 May 2021\n4/30/2040\n", encoding="utf-8")
    assert ganframe_here("sample", name, "--given", f"source={file}", "--out", str(out)) == 0
    lines = out.read_text(encoding="utf-8").splitlines(keepends=True)
    assert len(lines) == 2
    assert lines[0] == one
    assert ganframe_here("sample", name, "--given", "source=3 May 2021", "-n", "3") == 0
    assert capsys.readouterr().out.splitlines()[-3:] == [one.strip("\n")] * 3
    assert ganframe_here("sample", name, "--given", "source=3 Mäy 2021") == 2
    assert "'ä' of '3 Mäy 2021' is in no text of the vocabulary" in capsys.readouterr().err


def test_interpolation_writes_lines(tmp_path: Path) -> None:
    path = tmp_path / "writer.toml"
    path.write_text(f"format = 1\n{WRITER}[device]\nthreads = 1\n", encoding="utf-8")
    ganframe.train(ganframe.read_spec(path, QUIET), tmp_path / "run")
    out = tmp_path / "between.txt"
    assert ganframe_here("interpolate", str(tmp_path / "run"), "-n", "2", "--steps", "4", "--out", str(out)) == 0
    assert len(out.read_text(encoding="utf-8").splitlines()) == 8


@pytest.mark.parametrize(
    ("name", "text", "kind", "samples"),
    [
        ("lines.txt", "".join(f"line {n}\n" for n in range(300)), Text, "writer"),
        ("pairs.tsv", "".join(f"{n}\t{n * n}\n" for n in range(300)), Parallel, "translator"),
    ],
)
def test_a_spec_for_ones_own_text_trains(tmp_path: Path, name: str, text: str, kind: type, samples: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    finding = found_at(registry(), tmp_path / name)
    assert finding.entry.cls is kind
    (tmp_path / "own.toml").write_text(recipe(finding, tmp_path), encoding="utf-8")
    whole = (tmp_path / "own.toml").read_text(encoding="utf-8").replace("format = 1\n", "")
    made = planned(tmp_path, whole.replace("\n[hooks.samples]\nevery = 500\n", ""))
    assert not made.spec.warnings
    assert [phase.name for phase in made.parts.phases] == (
        ["likelihood", "game"] if samples == "writer" else ["teach", "play"]
    )
    ready = trained(tmp_path, whole.replace("\n[hooks.samples]\nevery = 500\n", ""), 2, {"run.batch_size": 4})
    assert all(value == value for value in ready.values().values())
