"""The conformance kit: `check(Class)` and `check_plugin(module)` for the tests of a plugin.

Each file here but the kit's own holds the laws of one kind; a law is a function whose docstring states it.
"""

from __future__ import annotations

from ganframe.testing.judge import Violation
from ganframe.testing.kit import check, check_plugin

__all__ = ["Violation", "check", "check_plugin"]
