"""`check`, `show`, `schema` and `new`: everything but training."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from ganframe import build, read_spec
from ganframe.cli.specs import shipped
from tests.cli.small import SPEC

Here = Callable[..., int]
Printed = pytest.CaptureFixture[str]


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SPEC)
    return path


def test_json_is_one_object_a_line(spec: Path, here: Here, capsys: Printed) -> None:
    assert here("check", "--json", "small", str(spec)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and lines[0] == lines[1]
    assert json.loads(lines[0]) == {
        "networks": {
            "generator": {"parameters": 960, "output": {"x": [1, 8, 8]}},
            "discriminator": {"parameters": 609, "output": {"output": [1]}},
        }
    }


def test_json_counts_as_pytorch_does(spec: Path, here: Here, capsys: Printed) -> None:
    assert here("check", "--json", "small") == 0
    told = json.loads(capsys.readouterr().out)["networks"]
    built = build(read_spec(spec))
    assert {n: sum(p.numel() for p in net.parameters()) for n, net in built.items()} == {
        name: network["parameters"] for name, network in told.items()
    }


def test_the_table_of_a_network(spec: Path, here: Here, capsys: Printed) -> None:
    assert here("check", "small") == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["generator", "(z", "4,", "label", "10)"] in rows
    assert ["layers[1]", "Linear", "64", "960"] in rows
    assert ["layers[3]", "Unflatten", "1x8x8"] in rows
    assert ["total", "1,792", "FLOPs", "a", "row", "x", "1x8x8", "960"] in rows  # 2 x 14 x 64
    assert rows[-1][:3] == ["peak", "memory:", "about"]


def test_one_bad_spec_does_not_hide_another(tmp_path: Path, spec: Path, here: Here, capsys: Printed) -> None:
    (tmp_path / "bad.toml").write_text(SPEC.replace('"NonSaturating"', '"NonSaturate"'))
    assert here("check", "--json", "bad.toml", "small.toml") == 2
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 1
    assert captured.err.startswith("bad.toml:28:8: losses.game")
    assert "did you mean 'NonSaturating'?" in captured.err and "1 error, nothing was run" in captured.err


def test_overrides_and_what_they_get_wrong(spec: Path, here: Here, capsys: Printed) -> None:
    assert here("check", "small", "--set", "latents.z.size=6", "--json") == 0
    assert json.loads(capsys.readouterr().out)["networks"]["generator"]["parameters"] == 1088
    assert here("check", "small", "--set", "latents.z.sze=6") == 2
    assert capsys.readouterr().err.startswith("--set latents.z.sze=6: ")
    assert here("check", "small", "--set", "nonsense") == 2
    assert "'nonsense' must be KEY=VALUE" in capsys.readouterr().err


def test_every_shipped_spec_is_understood_but_for_data_that_is_not_here(here: Here, capsys: Printed) -> None:
    names = list(shipped())
    assert "digits" in names
    here("check", "--json", *names)
    captured = capsys.readouterr()
    errors = captured.err.splitlines()
    assert all(": data: " in line and " cannot be opened: " in line for line in errors[::2])
    assert set(errors[1::2]) <= {"1 error, nothing was run"}
    assert len(captured.out.splitlines()) == len(names) - len(errors) // 2


def test_show_prints_a_legal_spec(spec: Path, tmp_path: Path, here: Here, capsys: Printed) -> None:
    assert here("show", "small", "--set", "run.steps=7") == 0
    text = capsys.readouterr().out
    assert "steps = 7" in text
    (tmp_path / "again.toml").write_text(text)
    assert here("check", "again.toml", "small.toml", "--json") == 0
    one, two = capsys.readouterr().out.splitlines()
    assert one == two
    assert here("show", "again.toml") == 0
    assert capsys.readouterr().out == text


def test_show_one_network(spec: Path, here: Here, capsys: Printed) -> None:
    assert here("show", "small", "--network", "generator") == 0
    text = capsys.readouterr().out
    assert "[networks.generator]" in text and "discriminator" not in text
    assert here("show", "small", "--network", "generater") == 2
    assert "did you mean 'generator'?" in capsys.readouterr().err


def test_show_code_is_python(spec: Path, here: Here, capsys: Printed) -> None:
    assert here("show", "small", "--code") == 0
    classes = [node.name for node in ast.parse(capsys.readouterr().out).body if isinstance(node, ast.ClassDef)]
    assert classes == ["Generator", "Discriminator"]
    assert here("show", "small", "--code", "--network", "discriminator") == 0
    classes = [node.name for node in ast.parse(capsys.readouterr().out).body if isinstance(node, ast.ClassDef)]
    assert classes == ["Discriminator"]


def test_schema_to_a_file_or_the_terminal(tmp_path: Path, here: Here, capsys: Printed) -> None:
    assert here("schema") == 0
    printed = capsys.readouterr().out
    assert "RelativisticPairing" in printed and json.loads(printed)["type"] == "object"
    assert here("schema", "--out", "ganframe.schema.json") == 0
    assert (tmp_path / "ganframe.schema.json").read_text() == printed
    assert capsys.readouterr().out == "wrote: ganframe.schema.json\n"


@pytest.mark.parametrize("template", ["digits", "points", "images"])
def test_new_specs_are_ready_to_run(template: str, tmp_path: Path, here: Here, capsys: Printed) -> None:
    (tmp_path / "images").mkdir()
    for i in range(2):
        Image.new("RGB", (40, 32), (100 * i, 50, 200)).save(tmp_path / "images" / f"{i}.png")
    assert here("new", "my.toml", "--template", template) == 0
    printed = capsys.readouterr().out
    assert printed == "wrote: my.toml\nnext: ganframe check my.toml\nnext: ganframe run my.toml\n"
    assert here("check", "my.toml") == 0
    assert capsys.readouterr().err == ""
    assert (tmp_path / "my.toml").read_text().startswith("#:schema ganframe.schema.json\n# ")


def test_new_overwrites_nothing(tmp_path: Path, here: Here, capsys: Printed) -> None:
    (tmp_path / "my.toml").write_text("mine")
    assert here("new", "my.toml") == 2
    assert "'my.toml' exists; it is left as it is" in capsys.readouterr().err
    assert (tmp_path / "my.toml").read_text() == "mine"
    assert here("new", "no/such/my.toml") == 2
    assert "there is no folder 'no/such'" in capsys.readouterr().err
