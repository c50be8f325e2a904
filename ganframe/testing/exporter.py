"""Laws of exporters: what a run is written out by."""

from __future__ import annotations

import inspect
from typing import Any

from ganframe.testing.case import Case, cases
from ganframe.testing.judge import Violation

__all__ = ["LAWS", "cases", "subject"]


def subject(case: Case) -> Any:
    """The exporter."""
    return case.make()


def it_takes_a_run_and_a_path(exporter: Any) -> None:
    """`export(run, path)`."""
    try:
        inspect.signature(exporter.export).bind(None, None)
    except TypeError as error:
        raise Violation(f"export must take (run, path): {error}") from error


LAWS = (it_takes_a_run_and_a_path,)
