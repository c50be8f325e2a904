"""What the tests of the spec language share: ways to write a spec and to read it."""

from __future__ import annotations

import pytest

from ganframe.errors import SpecError
from ganframe.spec.read import read


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a spec file into an empty working directory; the answer is its relative path."""
    monkeypatch.chdir(tmp_path)

    def written(text: str | bytes, name: str = "a.toml") -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return name

    return written


@pytest.fixture
def faults(write):
    """The lines that reading a text gives, raised or recorded."""

    def found(text: str | bytes, overrides=(), name: str = "a.toml") -> list[str]:
        try:
            return [str(problem) for problem in read(write(text, name), overrides).problems]
        except SpecError as error:
            return [str(problem) for problem in error.errors]

    return found
