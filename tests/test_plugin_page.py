"""The plugin on the page about plugins is one that works."""

import importlib.util
import re
from pathlib import Path

from ganframe.testing import check_plugin

PAGE = (Path(__file__).parent.parent / "docs" / "plugins.md").read_text(encoding="utf-8")


def test_the_plugin_in_15_lines(tmp_path):
    code, entry = re.search(r"## A plugin in 15 lines.*?```python\n(.*?)```.*?```toml\n(.*?)```", PAGE, re.S).groups()
    assert len([line for line in (code + entry).splitlines() if line.strip()]) <= 15
    path = tmp_path / "page.py"
    path.write_text(code)
    spec = importlib.util.spec_from_file_location("page", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    check_plugin(module)


def test_every_attribute_on_the_page_is_read_by_somebody():
    named = re.findall(r"^\| `(\w+) = ", PAGE, re.M)
    assert len(named) == 10
    root = Path(__file__).parent.parent / "ganframe"
    source = "".join(path.read_text(encoding="utf-8") for path in root.rglob("*.py"))
    assert [name for name in named if f'"{name}"' not in source] == []
