"""Figures of different protocols never stand in one column, whatever changed between them."""

from __future__ import annotations

import json

import pytest

import ganframe
from ganframe import api

TEXT = """
format = 1
run = { steps = 2, batch_size = 8, checkpoint_every = 1, log_every = 1, keep_best = "fd.distance" }
device = { type = "cpu", threads = 1 }
data = { type = "GaussianMixture", dims = 2, rows = 60 }
latents.z = { type = "Normal", size = 2 }
losses.adversarial = { type = "NonSaturating" }
metrics.fd = { type = "FrechetDistance", every = 1, samples = 40 }
metrics.sw = { type = "SlicedWasserstein", every = 1, samples = 40 }
hooks = { progress = false, samples = false, watch = false }
[networks.generator]
inputs = ["z"]
ema = 0.5
optimizer = "SGD"
layers = [{ type = "Linear", out_features = 2 }]
[networks.discriminator]
inputs = ["x"]
optimizer = "SGD"
layers = [{ type = "Linear", out_features = 1 }]
"""


def lines(run):
    return [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture
def run(tmp_path):
    (tmp_path / "it.toml").write_text(TEXT)
    return api.train(ganframe.read_spec(tmp_path / "it.toml"), tmp_path / "run")


def test_a_run_that_goes_on_as_before_keeps_its_columns(run) -> None:
    again = api.resume(run.path, 4)
    assert all({"fd.distance", "sw.distance"} <= set(line) for line in lines(again)) and len(lines(again)) == 4
    assert set(again.protocols) == {"fd", "sw"} and not again.warnings


@pytest.mark.parametrize(("change", "told"), [
    ("metrics.fd.samples=30", "n 40/40 -> 30/30"),
    ("sample.ema=false", "ema yes -> no"),
    ("sample.mode=train", "mode eval -> train"),
    ("metrics.fd.field=label", "field x -> label"),
])
def test_what_is_measured_otherwise_gets_a_column_of_its_own(run, change, told) -> None:
    best = dict(run.best)
    again = api.resume(run.path, 3, [change])
    before, after = lines(again)[:2], lines(again)[2]
    assert all("fd.distance" in line and "fd-2.distance" not in line for line in before)
    assert "fd-2.distance" in after and "fd.distance" not in after
    assert ("sw.distance" in after) == change.startswith("metrics"), "only what changed"
    (warning,) = [text for text in again.warnings if text.startswith("'fd' is measured otherwise now")]
    assert told in warning and warning.endswith("its figures are 'fd-2.…'")
    assert again.protocols["fd"] != again.protocols["fd-2"] and again.best == best, "the best is of one protocol"
    third = api.resume(run.path, 4, [change])
    assert "fd-2.distance" in lines(third)[3] and not [w for w in third.warnings if "otherwise" in w]
    back = api.resume(run.path, 5)
    assert "fd.distance" in lines(back)[4] and "fd-2.distance" not in lines(back)[4]


def test_the_report_shows_each_column_with_its_protocol(run) -> None:
    again = api.resume(run.path, 3, ["metrics.fd.samples=30"])
    page = (again.path / "report.html").read_text()
    rows = {name: page[page.index(f"<td>{name}</td>"):].partition("</tr>")[0] for name in ("fd.distance", "fd-2.distance")}
    assert "n 40/40" in rows["fd.distance"] and "n 30/30" in rows["fd-2.distance"]


def test_the_warning_is_printed_before_the_figures(run, capfd) -> None:
    api.resume(run.path, 3, ["metrics.fd.samples=30", 'hooks.progress={type="Progress", seconds=0.0}'])
    out, err = capfd.readouterr()
    assert "warning: 'fd' is measured otherwise now (n 40/40 -> 30/30)" in err
    assert "fd-2.distance" in out and "(n 30/30" in out
