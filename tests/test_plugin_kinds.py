"""The example of each kind on the page about plugins keeps its laws, and all of them train in one spec."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ganframe.hookspecs import KINDS
from ganframe.testing.kit import check_kind
from tests.cli.small import ENVIRONMENT, command
from tests.pages import ROOT, blocks

PAGE = blocks(ROOT / "docs" / "plugins.md")
EXAMPLES = {block.words["kind"]: block.text for block in PAGE if "kind" in block.words}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples as an installed plugin, a module a kind."""
    folder = tmp_path_factory.mktemp("site")
    lines = ["import ganframe"]
    for kind, text in EXAMPLES.items():
        (folder / f"page_{kind}.py").write_text(text, encoding="utf-8")
        name = text.split("@component\nclass ")[1].split(":")[0]
        lines.append(
            f"@ganframe.plugin\ndef {KINDS[kind]}():\n    from page_{kind} import {name}\n    return [{name}]"
        )
    (folder / "page_plugin.py").write_text("\n".join(lines), encoding="utf-8")
    info = folder / "ganframe_page-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ganframe-page\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[ganframe.v1]\npage = page_plugin\n")
    return folder


def test_there_is_one_of_each_kind_in_their_order() -> None:
    assert list(EXAMPLES) == list(KINDS)
    headings = [line.removeprefix("### ") for line in (ROOT / "docs" / "plugins.md").read_text("utf-8").splitlines() if line.startswith("### ")]
    assert [heading for heading in headings if heading in KINDS] == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_it_keeps_its_laws(site: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(site)
    module = __import__(f"page_{kind}")
    name = EXAMPLES[kind].split("@component\nclass ")[1].split(":")[0]
    check_kind(kind, getattr(module, name), max_examples=2)
    sys.modules.pop(f"page_{kind}")


def test_all_of_them_train_in_a_spec(site: Path, tmp_path: Path) -> None:
    (spec,) = [block.text for block in PAGE if "all-kinds" in block.words]
    (tmp_path / "all.toml").write_text(spec, encoding="utf-8")
    env = {**ENVIRONMENT, "PYTHONPATH": str(site)}
    done = subprocess.run(command("run", "all.toml", "--out", "made"), cwd=tmp_path, env=env, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "made" / "samples" / "step-00000004.png").is_file()
    assert (tmp_path / "made" / "diary.txt").read_text().startswith("2 {'means.gap'")
