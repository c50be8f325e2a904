"""The house: imports run downwards, plugins know only the face, no torch above the line, files stay short."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import ganframe

ROOT = Path(__file__).parent.parent
ENGINE, PLUGINS = ROOT / "ganframe", ROOT / "plugins"

#: The rooms of the engine from the ground up; a room imports from floors below its own, and from itself.
FLOORS = """
    commands component environment errors events hookspecs now packages signals streams
    ahead disk group moments protocols registry state
    spec runfolder seal
    device emit extractor standing syncnorm
    feed network
    average checkpoint lines names optimize parts patch source
    batch builder lint roles
    augment compile scene
    step
    terms
    checks given measure sides
    turn
    plan
    estimate weights
    mixing model probe truncation
    sample trainer
    directions examine fitting jacobian project samplefile
    translate
    run
    loop
    api
    testing
    cli
    __main__
    """
FLOOR = {room: height for height, line in enumerate(FLOORS.strip().splitlines()) for room in line.split()}


def imports(folder, hints=True):
    """(place, first folder or file below `folder`, dotted name) of every import; `hints`: type checkers' too."""
    for path in folder.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        ifs = [n for n in ast.walk(tree) if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"]
        hidden = set() if hints else {part for one in ifs for line in one.body for part in ast.walk(line)}
        for node in set(ast.walk(tree)) - hidden:
            module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names if isinstance(node, (ast.Import, ast.ImportFrom)) else ():
                room = path.relative_to(folder).with_suffix("").parts[0]
                yield f"{path.relative_to(ROOT)}:{node.lineno} imports {module}{alias.name}", room, module + alias.name


def test_imports_run_downwards():
    rooms = [(place, room, name.split(".")[1]) for place, room, name in imports(ENGINE, False) if "ganframe." in name]
    assert {room for _, room, _ in rooms} <= {*FLOOR, "__init__"}, "a new file of the engine needs a floor"
    steps = [step for step in rooms if step[1] != "__init__" and step[2] in FLOOR and step[1] != step[2]]
    assert [place for place, room, other in steps if FLOOR[other] >= FLOOR[room]] == []


def test_the_engine_imports_no_plugin():
    plugins = {p.name for p in PLUGINS.iterdir()}
    assert [place for place, _, name in imports(ENGINE) if name.split(".")[0] in plugins] == []


def test_plugins_import_only_the_face():
    face = {"ganframe", *(f"ganframe.{name}" for name in ganframe.__all__)}
    ours = [(place, room, name) for place, room, name in imports(PLUGINS) if name.startswith("ganframe")]
    assert [place for place, room, name in ours if name not in face and name.split(".")[0] != room] == []


@pytest.mark.parametrize("module", ["", ".component", ".events", ".now", ".registry", ".spec.read", ".cli"])
def test_no_torch_above_the_line(module):
    code = f"import sys, ganframe{module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_files_are_short():
    files = [*ENGINE.rglob("*.py"), *PLUGINS.rglob("*.py")]
    assert [f"{p.name} has {n} lines" for p in files if (n := len(p.read_text("utf-8").splitlines())) > 300] == []
