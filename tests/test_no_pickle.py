"""No source file runs what it reads: nothing is unpickled, evaluated or executed."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "shelve", "marshal", "joblib", "yaml", "ruamel"}
BUILTINS = {"eval", "exec"}
TORCH = {"load", "save", "hub", "package"}
ROOTS = {"builtins", "__builtins__"}
METHODS = {"read_pickle", "to_pickle", "serialization"}
#: Generates the source of a network's forward pass from its spec, and runs that.
GENERATES = {"ganframe/emit.py"}
#: `ganframe import` reads foreign weights, and nothing but weights.
IMPORTS_WEIGHTS = {"ganframe/cli/import_.py"}


def faults(source: str, name: str = "x.py") -> list[str]:
    """What a file does that none may, with its lines."""
    return [f"{name}:{node.lineno}: {what}" for node in ast.walk(ast.parse(source)) for what in _of(node, name)]


def _of(node: ast.AST, name: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name.split(".")[0] in MODULES)
    elif isinstance(node, ast.ImportFrom):
        yield from _of_import(node)
    elif isinstance(node, ast.Name | ast.Attribute):
        yield from _of_name(node, name)
    elif isinstance(node, ast.Call):
        yield from _of_call(node, name)


def _of_import(node: ast.ImportFrom) -> Iterator[str]:
    root = (node.module or "").split(".")[0]
    if root in MODULES or node.module in ("torch.hub", "torch.package", "torch.serialization"):
        yield f"from {node.module}"
    for alias in node.names:
        if alias.name in MODULES or (node.module == "torch" and alias.name in TORCH):
            yield f"from {node.module} import {alias.name}"
        if node.module == "builtins" and alias.name in BUILTINS:
            yield f"from builtins import {alias.name}"


def _of_name(node: ast.Name | ast.Attribute, name: str) -> Iterator[str]:
    text = ast.unparse(node)
    if isinstance(node, ast.Name):
        forbidden = BUILTINS - ({"exec"} if name in GENERATES else set())
    else:
        forbidden = {f"torch.{attr}" for attr in TORCH} | {f"{root}.{attr}" for root in ROOTS for attr in BUILTINS}
        forbidden -= {"torch.load"} if name in IMPORTS_WEIGHTS else set()
        text = node.attr if node.attr in METHODS else text
    if text in forbidden | METHODS:
        yield text


def _of_call(node: ast.Call, name: str) -> Iterator[str]:
    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    if "allow_pickle" in keywords and not _is(keywords["allow_pickle"], False):
        yield "allow_pickle"
    if ast.unparse(node.func) == "torch.load" and not _is(keywords.get("weights_only"), True):
        yield "torch.load without weights_only=True"
    if ast.unparse(node.func) in ("__import__", "import_module", "importlib.import_module"):
        constants = {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
        yield from sorted(f"import of {module}" for module in constants & MODULES)


def _is(node: ast.expr | None, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def sources() -> list[str]:
    return [
        str(path.relative_to(ROOT)) for top in ("ganframe", "plugins") for path in sorted((ROOT / top).rglob("*.py"))
    ]


def test_no_source_file_unpickles_or_evaluates() -> None:
    names = sources()
    assert len(names) > 10
    assert [fault for name in names for fault in faults((ROOT / name).read_text(encoding="utf-8"), name)] == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "import a, pickle as p",
        "import yaml.loader",
        "from pickle import loads",
        "from joblib.externals import x",
        "from concurrent import marshal",
        "def f():\n    import shelve",
        "torch.load(path)",
        "torch.load(path, weights_only=True)",
        "load = torch.load",
        "torch.save(x, path)",
        "from torch import load",
        "from torch.serialization import load",
        "torch.serialization.load(path)",
        "torch.hub.load('x', 'y')",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=flag)",
        "eval('1')",
        "run = exec",
        "builtins.eval('1')",
        "from builtins import exec",
        "pd.read_pickle(path)",
        "importlib.import_module('pickle')",
        "__import__('yaml')",
    ],
)
def test_each_forbidden_form_is_found(source: str) -> None:
    assert faults(source)


@pytest.mark.parametrize(
    "source",
    [
        "network.eval()",
        "np.load(path)",
        "np.load(path, allow_pickle=False)",
        "safetensors.torch.load(data)",
        "json.load(file)",
        "self.load(path)",
        "importlib.import_module(name)",
        "from safetensors.torch import load, save",
    ],
)
def test_what_is_harmless_passes(source: str) -> None:
    assert faults(source) == []


def test_the_exceptions_are_narrow() -> None:
    importer, generator = min(IMPORTS_WEIGHTS), min(GENERATES)
    assert faults("torch.load(path, weights_only=True)", importer) == []
    assert faults("torch.load(path)", importer)
    assert faults("torch.load(path, weights_only=False)", importer)
    assert faults("exec(code, scope)", generator) == []
    assert faults("exec(code, scope)", importer)
    assert faults("eval(code)", generator)
    assert faults("import pickle", generator)
