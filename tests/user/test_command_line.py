"""Slips on the command line: one line each, with the nearest name, and nothing written."""

from __future__ import annotations

import pytest

from ganframe.cli import cli
from ganframe.cli.errors import run_guarded
from tests.cli.small import RING

SHORT = ["--set", "run.steps=1", "--set", "run.batch_size=4", "--set", "device.threads=1"]
#: A command line and what it is answered.
SLIPS = [
    ("show a.toml --cdoe", "error: No such option '--cdoe'; did you mean '--code'? (see `ganframe show --help`)"),
    ("chek a.toml", "error: No such command 'chek'; did you mean 'check'? (see `ganframe --help`)"),
    ("check", "error: Missing argument 'SPEC...'. (see `ganframe check --help`)"),
    ("plugins list -p no:audoi", "error: Invalid value for -p: there is no plugin 'audoi'; did you mean 'audio'?"),
    ("sample mad --out x.csv", "error: mad: no such run; did you mean 'made'?"),
    ("sample ./mad --out x.csv", "error: mad: no such run; did you mean 'made'?"),
    ("sample made --label 3 --out x.csv", "error: Invalid value for --label: 'label' is no latent and no field; ..."),
    ("interpolate made --to-label 3 --out x.csv", "error: Invalid value for --to-label: 'label' is no latent ..."),
    ("sample made --given z=no.npy --out x.csv", "error: Invalid value for --given: no.npy: No such file or directory"),
    ("sample made --given z=torn.npy --out x.csv", "error: Invalid value for --given: torn.npy: damaged, or holds ..."),
    ("project made torn.npy --out new", "error: Invalid value for FILES: torn.npy: ..."),
    ("data check torn.npy", "error: Invalid value: torn.npy: cannot be read (damaged, or it holds objects ..."),
    ("data check torn.npz", "error: Invalid value: torn.npz: cannot be read (damaged, or it holds objects ..."),
    ("data check a.toml --type Tabel", "error: Invalid value for --type: no data set 'Tabel'; did you mean 'Table'?"),
    ("data check a.toml --type Table", "error: Invalid value for --type: 'Table' does not know what a.toml is"),
    ("sample made --save-latents l.npy --out x.csv", "error: l.npy: arrays by name are written as '.safetensors', not '.npy'"),
    ("directions made --by sfea", "error: Invalid value for '--by': 'sfea' is not one of 'sefa', 'pca'; did you mean 'sefa'?"),
    ("directions made --save w.npy", "error: w.npy: arrays by name are written as '.safetensors', not '.npy'"),
    ("new b.toml --template point", "error: Invalid value for '--template': 'point' is not one of ..."),
    ("new b.toml --type Table", "error: Invalid value for --type: it goes with --data"),
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a spec, a run and files that are damaged."""
    made = tmp_path_factory.mktemp("slips")
    (made / "a.toml").write_text(RING.replace('"Ring"\nrows = 100', '"Points"\npath = "p.csv"'))
    (made / "p.csv").write_text("a,b\n" + "1.5,2.5\n2.5,3.5\n" * 20)
    for name in ("torn.npy", "torn.npz"):
        (made / name).write_text("torn")
    words = ["run", str(made / "a.toml"), "--out", str(made / "made"), *SHORT]
    assert run_guarded(lambda: cli.main(args=words, standalone_mode=False)) == 0
    return made


@pytest.mark.parametrize(("line", "answer"), SLIPS, ids=[line for line, _ in SLIPS])
def test_one_line_says_what_is_wrong(folder, line, answer, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    before = sorted(folder.rglob("*"))
    assert run_guarded(lambda: cli.main(args=line.split(), prog_name="ganframe", standalone_mode=False)) == 2
    (said,) = capsys.readouterr().err.splitlines()
    begin, *rest = answer.split("...") if answer.endswith("...") else (answer,)
    assert said.startswith(begin)
    assert rest or said == answer
    assert sorted(folder.rglob("*")) == before
