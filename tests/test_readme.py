"""The README and the pages say what is so: their specs are checked, their commands run, their plugin installed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import tomli

from ganframe.plan import plan
from ganframe.spec.read import read
from tests.pages import PAGES, ROOT, Block, blocks
from tests.session import Session
from tests.toy import registry

README = ROOT / "README.md"
BLOCKS = [block for page in PAGES for block in blocks(page)]
SPECS = [b for b in BLOCKS if b.language == "toml" and ("complete" in b.words or "over" in b.words)]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
LINKED = [*PAGES, *ROOT.glob("C*.md"), ROOT / "specs" / "README.md", *DECISIONS]
FOLLOWED = [page for page in PAGES if page.name != "plugins.md" and any(b.language == "console" for b in blocks(page))]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shipped specs and some data."""
    return Session(tmp_path_factory.mktemp("shelf")).folder


@pytest.mark.parametrize("block", SPECS, ids=str)
def test_a_spec_on_a_page_is_one(block: Block, shelf: Path) -> None:
    path = shelf / f"{block.page.stem}-{block.line}.toml"
    head = f'extends = "specs/{block.words["over"]}.toml"\n' if "over" in block.words else ""
    path.write_text(head + block.text, encoding="utf-8")
    made = plan(read(path), registry())
    assert [str(warning) for warning in made.spec.warnings] == []


@pytest.mark.parametrize("page", FOLLOWED, ids=lambda page: page.name)
def test_a_page_can_be_followed(page: Path, tmp_path: Path) -> None:
    session = Session(tmp_path)
    for block in blocks(page):
        session.follow(block)


def test_every_block_is_tried_or_marked() -> None:
    kinds = {"complete", "over", "file", "plugin", "part"}
    tables = [block for block in BLOCKS if block.language == "toml"]
    assert [str(b) for b in tables if b.page.name != "plugins.md" and not kinds & set(b.words)] == []
    for block in tables:
        tomli.loads(block.text)


def test_the_tutorial_stands_in_the_readme_word_for_word() -> None:
    texts = [block.text for block in blocks(README) if "complete" in block.words]
    assert texts == [(ROOT / "specs" / "tutorial.toml").read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", ["main", "tests"])
def test_the_two_commands_are_one_line_each_under_their_mark(name: str) -> None:
    found = re.search(rf"^<!-- command: {name} -->\n```sh\n(.*)\n```$", README.read_text(encoding="utf-8"), re.M)
    assert found is not None
    assert found[1].startswith("python3 -m venv .venv && .venv/bin/pip install -c constraints.txt ")


def test_the_plugin_in_the_readme_works(tmp_path: Path) -> None:
    code, entry = (block.text for block in blocks(README) if "plugin" in block.words)
    (tmp_path / "logit_decay.py").write_text(code, encoding="utf-8")
    info = tmp_path / "ganframe_logit_decay-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ganframe-logit-decay\nVersion: 0.1.0\n")
    ((group, points),) = tomli.loads(entry)["project"]["entry-points"].items()
    lines = [f"{name} = {module}" for name, module in points.items()]
    (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines]) + "\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "OMP_NUM_THREADS": "1"}

    command = [sys.executable, "-m", "ganframe", "check", "ring", "--json"]
    command += ["--set", 'losses.decay={type="LogitDecay", share=0.3, weight=0.001}']
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["networks"]["generator"]["parameters"] > 0


def test_the_plugin_is_the_one_of_its_page() -> None:
    page = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    assert all(block.text in page for block in blocks(README) if "plugin" in block.words)


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        path = page.parent / file if file else page
        assert path.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(path.read_text(encoding="utf-8")), f"{page.name}: {target}"


def anchors(text: str) -> set[str]:
    """What can be linked to in a page of Markdown: its headings, as GitHub names them, and named anchors."""
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    plain = [re.sub(r"[^\w\- ]", "", re.sub(r"<[^>]*>", "", h)).strip().lower().replace(" ", "-") for h in headings]
    return {*plain, *re.findall(r'<a name="([^"]+)">', text)}


def test_commands_on_the_page_are_the_commands_there_are() -> None:
    from ganframe.cli import _COMMANDS

    table = README.read_text(encoding="utf-8").split("## Commands")[1].split("## ")[0]
    assert re.findall(r"^\| `ganframe (\w+)", table, re.M) == list(_COMMANDS)
