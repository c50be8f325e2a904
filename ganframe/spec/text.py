"""The text of a spec: read within limits and parsed; whatever is wrong with it is one located line."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import NoReturn

import tomli

from ganframe.errors import Place, Problem, SpecError
from ganframe.spec import limits, positions, slips
from ganframe.spec.model import Node
from ganframe.spec.newer import newer


def load(path: str | Path) -> tuple[str, Node]:
    """The text of a spec file and its root table. Raises SpecError."""
    text = read(path)
    return text, parse(text, str(path))


def read(path: str | Path) -> str:
    """The text of a regular file of at most 1 MiB of UTF-8; a byte-order mark is dropped. Raises SpecError."""
    file = str(path)
    try:
        # Asked before opening: a pipe would block, a device never ends.
        mode = Path(path).stat().st_mode
        if not stat.S_ISREG(mode):
            _fail(Place(file), f"is {'a folder' if stat.S_ISDIR(mode) else 'no regular file'}; a spec is a text file")
        with Path(path).open("rb") as stream:
            data = stream.read(limits.MAX_BYTES + 1)
    except FileNotFoundError:
        _fail(Place(file), f"no such file: {os.path.abspath(path)}")  # noqa: PTH100 (resolve() would follow links)
    except (OSError, ValueError) as error:
        _fail(Place(file), f"cannot be read: {getattr(error, 'strerror', None) or error}")
    if len(data) > limits.MAX_BYTES:
        _fail(Place(file), _TOO_LONG)
    return _decoded(data, file)


def parse(text: str, file: str) -> Node:
    """The root table of a spec's text. Raises SpecError."""
    if len(text) > limits.MAX_BYTES:
        _fail(Place(file), _TOO_LONG)
    try:
        document = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        line = text.replace("\r\n", "\n").split("\n")[error.lineno - 1]
        message = slips.reworded(error.msg) + slips.hint(error.msg, line, error.colno)
        _fail(Place(file, error.lineno, error.colno), message)
    except RecursionError:
        _fail(Place(file), limits.TOO_DEEP)
    except (ValueError, MemoryError) as error:
        _fail(_digits(text, file), f"a number has too many digits: {error}"[:120])
    if fault := limits.size_fault(document):
        _fail(Place(file), fault)
    if refused := newer(text):
        _fail(_at(text, refused[0], file), refused[1])
    root = positions.tree(document, text, file)
    problems = limits.faults(root)
    if problems:
        raise SpecError(problems)
    return root


_TOO_LONG = f"a spec has at most {limits.MAX_BYTES:_} bytes"


def _decoded(data: bytes, file: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        _fail(Place(file, 1, 1), "the file is UTF-16; save it as UTF-8")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode("utf-8")) + 1
        _fail(Place(file, line, column), f"the byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8")


def _digits(text: str, file: str) -> Place:
    """Where a number begins that is too long for Python to read; tomli does not say."""
    found = re.search(r"\d[\d_]{4000}", text)
    return _at(text, found.start(), file) if found else Place(file)


def _at(text: str, offset: int, file: str) -> Place:
    return Place(file, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


def _fail(place: Place, message: str) -> NoReturn:
    raise SpecError([Problem(place, "", message)]) from None
