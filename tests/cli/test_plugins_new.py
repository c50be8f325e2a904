"""`plugins new`: packages that install, keep the laws and pass their own tests as they are written."""

from __future__ import annotations

import importlib
import importlib.metadata
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import tomli

from ganframe.hookspecs import KINDS
from ganframe.testing import check_plugin
from tests.cli.small import ENVIRONMENT, command

Here = Callable[..., int]
Printed = pytest.CaptureFixture[str]
RUFF = [sys.executable, "-m", "ruff"]


def test_it_installs_and_passes(tmp_path: Path, here: Here, capsys: Printed) -> None:
    assert here("plugins", "new", "decay") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "wrote: ganframe-decay/pyproject.toml" and lines[-1] == "next: ganframe plugins check decay"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", "--target", "site", "./ganframe-decay"], check=True, cwd=tmp_path)
    env = {**ENVIRONMENT, "PYTHONPATH": str(tmp_path / "site")}

    def done(*args: str, cwd: Path = tmp_path) -> str:
        made = subprocess.run(args, cwd=cwd, env=env, capture_output=True, text=True, timeout=100)
        assert made.returncode == 0, made.stdout + made.stderr
        return made.stdout

    said = done(*command("plugins", "check", "decay"))
    first, *laws, last = said.splitlines()
    assert (first, last) == ("loss DecayLoss  (ganframe-decay 0.1.0)", "1 components checked, 0 faults")
    assert len(laws) > 10 and all(line.startswith("  ok    ") and line.endswith(".") for line in laws)
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    assert "1 passed" in done(*tests, cwd=tmp_path / "ganframe-decay")


def test_every_kind_keeps_its_laws(tmp_path: Path, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = [word for kind in KINDS for word in ("--kind", kind)]
    assert here("plugins", "new", "my-waves", *kinds) == 0
    folder = tmp_path / "ganframe-my-waves"
    monkeypatch.syspath_prepend(folder / "src")
    module = importlib.import_module("ganframe_my_waves")
    assert {name for name in dir(module) if hasattr(getattr(module, name), "ganframe_impl")} == set(KINDS.values())
    check_plugin(module, max_examples=2)
    for words in (["check", "--select", "E,F,I,UP,B,SIM,RET,PTH,C4,PIE,PERF"], ["format", "--check"]):
        done = subprocess.run([*RUFF, *words, "--no-cache", folder], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_a_package_is_described(tmp_path: Path, here: Here) -> None:
    assert here("plugins", "new", "ganframe-ice-cream", "--kind", "layer", "--kind", "view", "--kind", "layer") == 0
    folder = tmp_path / "ganframe-ice-cream"
    project = tomli.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["entry-points"] == {"ganframe.v1": {"ice-cream": "ganframe_ice_cream"}}
    assert project["description"] == "A ganframe plugin: a layer, a view"
    readme = (folder / "README.md").read_text()
    assert '| `IceCreamLayer` | layer | `layers = ["IceCreamLayer"]` |\n| `Icecream` | view |  |\n' in readme
    assert sorted(path.name for path in (folder / "src" / "ganframe_ice_cream").iterdir()) == [
        "__init__.py", "layer.py", "view.py",
    ]  # fmt: skip


@pytest.mark.parametrize(("args", "said"), [
    (["Wave"], "'Wave' must be small letters, digits and '-' between them"),
    (["a/b"], "'a/b' must be small letters"),
    (["gan"], f"the plugin 'gan' is there already, in ganframe {importlib.metadata.version('ganframe')}"),
    (["there"], "'ganframe-there' exists; it is left as it is"),
    (["waves", "--kind", "los"], "'los' is not one of"),
])  # fmt: skip
def test_what_is_refused(tmp_path: Path, args: list[str], said: str, here: Here, capsys: Printed) -> None:
    (tmp_path / "ganframe-there").mkdir()
    assert here("plugins", "new", *args) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert [path.name for path in tmp_path.iterdir()] == ["ganframe-there"]
