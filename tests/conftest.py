"""What every test has: one thread, the same random examples each time, and slow tests only when asked for."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import itertools
import sys
import textwrap

import hypothesis
import pytest
import torch

collect_ignore = ["external"]  # packages with tests of their own

torch.set_num_threads(1)
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.slow or config.option.markexpr:
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


@pytest.fixture(autouse=True)
def process_as_before():
    """Choosing a device sets threads and the flushing of denormals, Python's floats included, for the whole process."""
    yield
    torch.set_flush_denormal(False)
    torch.set_num_threads(1)


NUMBER = itertools.count()


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a fake distribution on the path: install("name", "source of its module") -> the module's name."""
    monkeypatch.syspath_prepend(tmp_path)

    def add(name, source, plugin=None, points=None, version="1.5"):
        module = f"fake_plugin_{next(NUMBER)}"
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(source))
        info = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        entry = f"[ganframe.v1]\n{plugin or name} = {module}\n" if points is None else points
        (info / "entry_points.txt").write_text(entry)
        return module

    yield add
    for module in [name for name in sys.modules if name.startswith("fake_plugin_")]:
        del sys.modules[module]
