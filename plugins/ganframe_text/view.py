"""Text as lines of a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import Field, component
from ganframe_text.vocabulary import Vocabulary

#: What stands in a line for what would end it.
ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}


@component
class Text:
    """Texts as lines of a `.txt` file, UTF-8, each up to its end token.

    A line break inside a text is written `\\n` and a backslash `\\\\`, so that it can be read back. Reads, and takes
    from `--given NAME="..."`, what the field's vocabulary has.
    """

    suffixes: ClassVar = (".txt",)
    #: How many samples make a good page.
    samples: ClassVar[int] = 32

    def write(self, path: Path, values: Tensor, field: Field, facts: Mapping[str, Any]) -> None:
        """Write texts (N, T) or one-hot (N, T, V), a line each."""
        path.write_text("".join(f"{line}\n" for line in self.lines(values, field, facts)), encoding="utf-8")

    def read(self, path: Path, field: Field, facts: Mapping[str, Any]) -> Tensor:
        """The texts of a file's lines (N, *shape); ValueError for one that does not fit the vocabulary or length."""
        lines = path.read_text(encoding="utf-8-sig").split("\n")
        lines = lines[:-1] if lines[-1] == "" else lines
        if not lines:
            raise ValueError("there is no line in it")
        return torch.cat([self.parse(unescaped(line), field, facts) for line in lines])

    def lines(self, values: Tensor, field: Field, facts: Mapping[str, Any]) -> list[str]:
        """The texts as lines of a terminal or file."""
        return [escaped(text) for text in Vocabulary.of(field, facts).texts(values.cpu())]

    def parse(self, text: str, field: Field, facts: Mapping[str, Any]) -> Tensor:
        """One text as a row (1, *shape); ValueError where it does not fit the vocabulary or length."""
        vocabulary = Vocabulary.of(field, facts)
        row = torch.tensor([vocabulary.encode(text, field.shape[0])])
        return F.one_hot(row, len(vocabulary)).float() if field.dtype == "float32" else row


def escaped(text: str) -> str:
    """A text as one line."""
    return "".join(ESCAPES.get(letter, letter) for letter in text)


def unescaped(line: str) -> str:
    """The text that a line stands for; a backslash before any other letter is itself."""
    text, rest = "", line
    while rest:
        known = next((letter for letter, code in ESCAPES.items() if rest.startswith(code)), None)
        text += rest[0] if known is None else known
        rest = rest[1 if known is None else 2 :]
    return text
