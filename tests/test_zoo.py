"""The table of the shipped specs is current, and the names in it run."""

from __future__ import annotations

import re

from ganframe.cli.specs import shipped
from tests.zoo import BEGIN, END, PAGE, table


def test_the_table_is_current() -> None:
    text = PAGE.read_text(encoding="utf-8")
    found = text.split(BEGIN)[1].split(END)[0].strip().splitlines()
    assert found == table().strip().splitlines(), "write it again: python -m tests.zoo"


def test_measured_specs_are_shipped() -> None:
    measured = re.findall(r"^\| `([\w-]+)` \|", PAGE.read_text(encoding="utf-8"), re.M)
    assert measured and set(measured) <= set(shipped())
