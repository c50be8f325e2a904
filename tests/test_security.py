"""What a spec can and cannot make the machine do: the sentences of docs/security.md that no other test holds."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import torch

from ganframe import SpecError, read_spec, train
from ganframe.plan import plan
from tests.cli.small import RING
from tests.toy import registry

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
QUIET = {f"hooks.{name}": False for name in ("progress", "watch")}


def faults(folder: Path, text: str) -> str:
    """What is said of a spec that is refused."""
    (folder / "spec.toml").write_text(text)
    with pytest.raises(SpecError) as error:
        plan(read_spec(folder / "spec.toml"), registry())
    return str(error.value)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_each_sentence_names_a_test_that_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) >= 16
    for file, name in named:
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file} has no {name}"


@pytest.mark.parametrize("name", ["os.system", "torch.nn.Linear", "builtins.eval", "ganframe_gan.losses", "__import__('os')"])
def test_names_are_looked_up_and_never_imported(tmp_path: Path, name: str) -> None:
    assert "unknown layer" in faults(tmp_path, RING.replace('"ReLU"', f'"{name}"'))


@pytest.mark.parametrize("path", ["$HOME/x", "~/x", "${HOME}", "%2e%2e/x", "$(pwd)"])
def test_paths_are_taken_literally(tmp_path: Path, path: str) -> None:
    said = faults(tmp_path, RING.replace('type = "Ring"\nrows = 100', f'type = "ImageFolder"\npath = "{path}"'))
    assert f"{tmp_path}/{path}" in said or "$HOME" in said or "$" in path
    assert str(Path.home() / "x") not in said


def test_addresses_are_refused(tmp_path: Path) -> None:
    data = 'type = "ImageFolder"\npath = "https://example.org/x.zip"'
    assert "is an address; nothing is downloaded" in faults(tmp_path, RING.replace('type = "Ring"\nrows = 100', data))
    (tmp_path / "weights.toml").write_text(RING.replace("[networks.generator]", '[networks.generator]\nweights = "s3://x/y"'))
    with pytest.raises(SpecError, match="is an address"):
        train(read_spec(tmp_path / "weights.toml", QUIET), tmp_path / "run")
    (tmp_path / "spec.toml").write_text('extends = "https://example.org/a.toml"\n')
    with pytest.raises(SpecError, match="is an address"):
        read_spec(tmp_path / "spec.toml")


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    torch.save({"Linear_0.weight": torch.zeros(2, 2)}, tmp_path / "w.pt")
    text = RING.replace("[networks.generator]", '[networks.generator]\nweights = "w.pt"')
    (tmp_path / "spec.toml").write_text(text)
    with pytest.raises(SpecError, match="ganframe import|safetensors"):
        train(read_spec(tmp_path / "spec.toml", QUIET), tmp_path / "run")


def test_a_run_writes_into_its_folder_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    odd = RING.replace("losses.game", 'losses."../../game"') + '[metrics."../w"]\ntype = "SlicedWasserstein"\nsamples = 8\n'
    (tmp_path / "spec.toml").write_text(odd)
    before = tree(tmp_path)
    try:
        train(read_spec(tmp_path / "spec.toml", QUIET), tmp_path / "run")
    except SpecError as error:
        assert "../../game" in str(error)  # names that are no names may be refused as well
    new = tree(tmp_path).keys() - before.keys()
    assert all(name.startswith("run/") for name in new), new


def test_check_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ganframe.cli import cli

    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.toml").write_text(RING)
    before = tree(tmp_path)
    assert cli.main(args=["check", "spec.toml", "--fit"], standalone_mode=False) == 0
    assert tree(tmp_path) == before


def test_a_report_loads_nothing_and_escapes_names(tmp_path: Path) -> None:
    bad = "<script>alert(1)</script>"
    (tmp_path / "spec.toml").write_text(RING + f"[about]\ntitle = '{bad}'\n")
    run = train(read_spec(tmp_path / "spec.toml", QUIET), tmp_path / bad.replace("/", ""))
    assert run.path is not None
    page = (run.path / "report.html").read_text(encoding="utf-8")
    template = (ROOT / "plugins/ganframe_gan/hooks/report.html").read_text(encoding="utf-8")
    assert bad not in page and page.count("<script") == template.count("<script") == 1
    script = page[page.index("<script") : page.index("</script>")]
    assert script in template, "no data stands in the script"
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", page)


def test_nothing_opens_a_socket() -> None:
    for top in ("ganframe", "plugins"):
        for path in (ROOT / top).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                roots = {name.split(".")[0] for name in names}
                assert not roots & {"http", "urllib", "requests", "httpx", "asyncio", "socketserver"}, path
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "socket":
                    assert node.attr == "gethostname", path
