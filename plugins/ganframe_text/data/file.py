"""Text from files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ganframe import Survey, component, option
from ganframe_text import starter
from ganframe_text.data.rows import Texts, part, special, stream
from ganframe_text.vocabulary import BEGIN, PADDING, UNITS, UNKNOWN, Vocabulary, gathered, numbers, split

#: Endings of files that are taken for text in a folder.
SUFFIXES = (".txt", ".text")
#: Lines longer than this are better cut into windows.
LONG = 200


@component
class Text:
    """Texts from a file, or from every `.txt` of a folder and its sub-folders in the order of their paths.

    Fields: `x` (length, vocabulary), one-hot; `shifted` (length,), the token before each one; `mask` (length,), true
    where there is text. Facts: `vocabulary`, `length`, `unit`, and the numbers of the tokens `padding`, `begin`,
    `end`, `unknown` that there are. The vocabulary is that of the whole text, by falling frequency.
    """

    path: Path = option(doc="a file, or a folder of .txt files")
    unit: str = option("character", "what a token is; words are what stands between spaces", choices=UNITS)
    rows: str = option("lines", "a row is a line, or a window of `length` tokens", choices=("lines", "windows"))
    length: int = option(0, "tokens in a row; 0: as many as the longest line has; needed for windows", min=0)
    hop: int = option(0, "tokens from one window to the next; 0: `length`", min=0)
    longer: str = option("cut", "lines longer than `length` are cut, or left out", choices=("cut", "skip"))
    max_vocabulary: int = option(0, "tokens at most, special ones among them; rarer ones are `<unk>`; 0: all", min=0)
    unknown: bool = option(False, "have `<unk>` for tokens that a given text may bring, though the files lack them")
    lower: bool = option(False, "make capitals small")
    encoding: str = option("utf-8", "how characters are written in the files")
    held_out: float = option(0.0, "share of the rows kept for the split \"test\"", min=0.0, max=0.9)
    split: str = option("train", "which rows", choices=("train", "test", "all"))

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """A small file to try the laws of datasets on."""
        path = folder / "lines.txt"
        path.write_text("".join(f"the {n} of {n * n}\n" for n in range(60)), encoding="utf-8")
        return {"path": path, "held_out": 0.2, "length": 14}

    @classmethod
    def survey(cls, path: Path) -> Survey | None:
        """What `ganframe data check` tells of a text file, or of a folder that holds mostly such files.

        ValueError where there is no text in it.
        """
        if not _is_text(path):
            return None
        lines = [line for line in _read(path, "utf-8").splitlines() if line.strip()]
        if not lines:
            raise ValueError(f"{path}: there is no text in it")
        longest = max(map(len, lines))
        told = {
            "text": f"{sum(map(len, lines)):,} characters, {sum(len(line.split()) for line in lines):,} words",
            "lines": f"{len(lines):,}, the longest of {longest} characters, {len(set(lines)):,} different",
            "characters": f"{len(set().union(*map(set, lines)))} different",
        }
        chosen: dict[str, Any] = {"path": path}
        if longest > LONG or len(lines) < LONG:
            chosen |= {"rows": "windows", "length": 64}
        return Survey(chosen, told)

    @classmethod
    def recipe(cls, data: Any, table: str) -> str:
        """A spec for `ganframe new --data`."""
        return starter.writer(data, table)

    def open(self) -> Texts:
        """Read the text. FileNotFoundError or ValueError, with the absolute path."""
        path = self.path.absolute()
        text = _read(path, "latin-1" if self.unit == "byte" else self.encoding)
        text = text.lower() if self.lower else text
        texts = self._windows(path, text) if self.rows == "windows" else self._lines(path, text)
        longest = max(map(len, texts))
        length = self.length or longest + any(len(row) < longest for row in texts)
        marks = (PADDING, BEGIN) if self.rows == "windows" else special(list(map(len, texts)), length)
        vocabulary = gathered(texts, self.unit, (*marks, *([UNKNOWN] if self.unknown else [])), self.max_vocabulary)
        kept = [texts[at] for at in part(len(texts), self.held_out, self.split, stream(len(texts))).tolist()]
        return Texts(numbers([_row(row, length, vocabulary) for row in kept]), vocabulary)

    def _lines(self, path: Path, text: str) -> list[list[str]]:
        rows = [self._tokens(line) for line in text.splitlines() if line.strip()]
        if self.longer == "skip" and self.length:
            rows = [row for row in rows if len(row) <= self.length]
        if not rows:
            raise ValueError(f"{path}: there is no line of text in it" + (" that short" if self.length else ""))
        return [row[: self.length] for row in rows] if self.length else rows

    def _windows(self, path: Path, text: str) -> list[list[str]]:
        if not self.length:
            raise ValueError('rows = "windows" needs a length')
        tokens = self._tokens(text)
        begins = range(0, len(tokens) - self.length + 1, self.hop or self.length)
        rows = [tokens[at : at + self.length] for at in begins]
        if not rows:
            raise ValueError(f"{path}: {len(tokens)} {self.unit}s are fewer than a window of {self.length}")
        return rows

    def _tokens(self, text: str) -> list[str]:
        return list(text) if self.unit == "byte" else split(text, self.unit)


def _row(tokens: Sequence[str], length: int, vocabulary: Vocabulary) -> list[int]:
    unknown = vocabulary.number(UNKNOWN)
    found = [number if (number := vocabulary.number(token)) is not None else unknown for token in tokens]
    return vocabulary.fitted([number for number in found if number is not None], length)


def _is_text(path: Path) -> bool:
    if path.is_file():
        return path.suffix.lower() in SUFFIXES
    files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else []
    return 2 * sum(file.suffix.lower() in SUFFIXES for file in files) > len(files)


def _read(path: Path, encoding: str) -> str:
    """The text of a file or of all text files of a folder. Raises FileNotFoundError or ValueError."""
    if not path.exists():
        raise FileNotFoundError(f"there is no file or folder {path}")
    files = [path]
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
        if not files:
            raise ValueError(f"{path}: there is no .txt file in it")
    return "\n".join(_text(file, encoding) for file in files)


def _text(file: Path, encoding: str) -> str:
    try:
        return file.read_bytes().decode(encoding).removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        told = f"{file}: byte {error.start} (0x{error.object[error.start]:02x}) is no {encoding}"
        raise ValueError(f'{told}; set `encoding`, or take unit = "byte"') from None
    except LookupError:
        raise ValueError(f"there is no encoding '{encoding}'") from None
