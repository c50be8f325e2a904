"""Specs to start from, for a user's own text."""

from __future__ import annotations

from typing import Any


def writer(data: Any, table: str) -> str:
    raise NotImplementedError


def translator(data: Any, table: str) -> str:
    raise NotImplementedError
