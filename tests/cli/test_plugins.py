"""`plugins list`, `show` and `check`. A real third-party package is installed in tests/test_third_party.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest
import tomli

from ganframe import component, option, plugin
from ganframe.cli import engine
from ganframe.cli.describe import describe
from ganframe.cli.example import example
from ganframe.component import options
from ganframe.errors import Place, Problem
from ganframe.registry import Broken, Registry, discover
from ganframe.spec.convert import Env, Resolver
from ganframe.spec.env import as_node

Here = Callable[..., int]
Printed = pytest.CaptureFixture[str]


@component
class Wave:
    """A number that goes up and down: height * sin(step / 100)."""

    height: float = option(1.0, "its height", min=0.0)

    def at(self, now: object) -> float:
        return self.height


@component
class Lawless:
    """A curve that is no function of the step."""

    calls = [0.0]  # noqa: RUF012

    def at(self, now: object) -> float:
        self.calls[0] += 1.0
        return self.calls[0]


@pytest.fixture
def strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugins that are installed, a package with two curves, and one that cannot be loaded."""
    module = ModuleType("ganframe_waves")

    @plugin
    def ganframe_curves() -> list[type]:
        return [Wave, Lawless]

    module.ganframe_curves = ganframe_curves  # type: ignore[attr-defined]

    def found(blocked: tuple[str, ...]) -> Registry:
        registry = discover(blocked)
        if "waves" not in blocked:
            registry.packages["waves"] = ("ganframe-waves", "1.2")
            registry.manager.register(module, "waves")
        registry.broken.append(Broken("torn", "ganframe-torn", "0.1", "cannot be imported: SyntaxError: x"))
        return registry

    monkeypatch.setattr(engine, "registry_without", found)


def test_list_as_json(strangers: None, here: Here, capsys: Printed) -> None:
    assert here("plugins", "list", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert all(list(row) == ["kind", "name", "distribution", "version", "file", "status"] for row in rows)
    by_name = {(row["kind"], row["name"]): row for row in rows}
    assert by_name["loss", "R1"]["distribution"] == "ganframe" and by_name["loss", "R1"]["status"] == "ok"
    assert by_name["loss", "R1"]["file"].endswith(".py")
    assert by_name["layer", "Conv2d"]["status"] == "ok"
    assert by_name["curve", "Wave"] == {
        "kind": "curve", "name": "Wave", "distribution": "ganframe-waves", "version": "1.2",
        "file": str(Path(__file__)), "status": "ok",
    }  # fmt: skip
    assert rows[-1]["name"] == "torn" and rows[-1]["status"] == "cannot be imported: SyntaxError: x"


def test_list_for_people_and_a_blocked_plugin(strangers: None, here: Here, capsys: Printed) -> None:
    assert here("plugins", "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert ["curve", "Wave", "ganframe-waves", "1.2", "ok"] in [line.split() for line in lines]
    assert here("plugins", "list", "-p", "no:waves") == 0
    assert "Wave" not in capsys.readouterr().out
    assert here("plugins", "list", "-p", "waves") == 2
    assert "'waves' must be no:NAME" in capsys.readouterr().err


def test_show_explains(strangers: None, here: Here, capsys: Printed) -> None:
    assert here("plugins", "show", "Wave") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"curve Wave  (ganframe-waves 1.2, {__file__})",
        "",
        "A number that goes up and down: height * sin(step / 100).",
        "",
        "options:",
        "  height: a number, at least 0.0, default 1.0",
        "      its height",
        "",
        'in a spec: lr = "Wave"',
    ]
    assert here("plugins", "show", "Wav") == 2
    assert "no component 'Wav'; did you mean 'Wave'?" in capsys.readouterr().err


def test_show_every_kind_of_that_name(here: Here, capsys: Printed) -> None:
    assert here("plugins", "show", "Constant") == 0
    printed = capsys.readouterr().out
    assert "layer Constant  (ganframe " in printed and "latent Constant  (ganframe " in printed
    assert "value: a number or a curve, required" in printed
    assert "\nin a spec: latents.z = { type = \"Constant\", value = 1.0 }\n" in printed


def test_show_names_the_specs_that_use_it(here: Here, capsys: Printed) -> None:
    assert here("plugins", "show", "R1") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2] == 'in a spec: losses.r1 = { type = "R1", weight = 1.0 }'
    assert {"digits", "ring"} <= set(lines[-1].removeprefix("used in: ").split(" and ")[0].split(", "))


@pytest.mark.parametrize(("args", "status", "out", "err"), [
    (["Wave"], 0, "1 components checked, 0 faults\n", ""),
    (["Lawless"], 4, "1 components checked, 1 faults\n", "curve 'Lawless', "),
    (["waves"], 4, "2 components checked, 1 faults\n", "curve 'Lawless', "),
    (["torn"], 4, "0 components checked, 1 faults\n", "plugin torn (ganframe-torn 0.1): cannot be imported"),
    ([], 4, "2 faults\n", "Lawless"),
    (["Wvae"], 2, "", "no component and no plugin 'Wvae'; did you mean 'Wave'?"),
])  # fmt: skip
def test_check(
    strangers: None, args: list[str], status: int, out: str, err: str, here: Here, capsys: Printed
) -> None:
    assert here("plugins", "check", *args) == status
    captured = capsys.readouterr()
    assert captured.out.endswith(out) and err in captured.err


def test_check_has_a_line_a_law(strangers: None, here: Here, capsys: Printed) -> None:
    assert here("plugins", "check", "waves") == 4
    lines = capsys.readouterr().out.splitlines()
    assert "curve Wave  (ganframe-waves 1.2)" in lines and "curve Lawless  (ganframe-waves 1.2)" in lines
    laws = [line for line in lines if line.startswith("  ")]
    assert sum(line.startswith("  FAIL  ") for line in laws) == 1
    assert "  ok    has_a_docstring: The class has a docstring of its own; its first line says what it is." in laws
    assert {line[:8] for line in laws} == {"  ok    ", "  FAIL  "}


def test_every_example_line_makes_its_component() -> None:
    registry = discover()
    for entry in registry:
        line = example(entry, registry)
        assert bool(line) == (entry.kind not in ("view", "exporter"))
        table = innermost(tomli.loads(line))
        if not line:
            continue
        assert table.pop("type") == entry.name
        about, problems = options(entry.cls), list[Problem]()
        if entry.kind == "loss":
            assert table.pop("weight") == 1.0
        resolver = Resolver(registry, problems, None)
        values = {
            about[name].alias or name: resolver.value(
                about[name].type, as_node(value, Place("", 1, 1)), name, about[name].metadata, Env({})
            )
            for name, value in table.items()
        }
        assert problems == [], line
        entry.cls(**values)


def innermost(value: Any) -> dict[str, Any]:
    """The component's table in a line of a spec."""
    while not (isinstance(value, dict) and "type" in value):
        if isinstance(value, str):
            return {"type": value}
        value = value[0] if isinstance(value, list) else next(iter(value.values()), "")
    return value


def test_every_component_can_be_explained() -> None:
    for entry in discover():
        lines = describe(entry).splitlines()
        assert lines[0].startswith(f"{entry.kind} {entry.name}  (ganframe ")
        fields = [field.name for field in attrs.fields(entry.cls)]
        told = lines[lines.index("options:") + 1 :] if fields else []
        assert [line.split(":")[0].strip() for line in told if not line.startswith("      ")] == fields
