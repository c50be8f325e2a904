"""Libraries that come with an extra."""

from __future__ import annotations

import importlib
from typing import Any


def need(module: str, library: str, what: str) -> Any:
    """An optional library's module; ImportError with the line that installs it where it is not there."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise ImportError(f'{what} needs {library}: pip install "ganframe[tabular]"') from None
