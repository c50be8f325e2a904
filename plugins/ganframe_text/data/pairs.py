"""Pairs of texts: one to be turned into the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ganframe import Survey, component, option
from ganframe_text import starter
from ganframe_text.data.rows import Texts, part, special, stream
from ganframe_text.vocabulary import PADDING, UNITS, UNKNOWN, Vocabulary, gathered, numbers, split

Pair = tuple[str, str]


def paired(pairs: Sequence[Pair], everything: Sequence[Pair], unit: str, most: int = 0, unknown: bool = False) -> Texts:
    """Pairs (source, target) as data, with vocabularies and lengths of `everything`."""
    sources, targets = ([split(pair[side], unit) for pair in everything] for side in (0, 1))
    longest = max(map(len, targets))
    lengths = list(map(len, targets))
    length = longest + (min(lengths) < longest)
    more = (UNKNOWN,) if unknown else ()
    target = gathered(targets, unit, (*special(lengths, length), *more), most)
    source = gathered(sources, unit, (PADDING, *more), most)
    width = max(map(len, sources))
    return Texts(
        _rows([pair[1] for pair in pairs], target, length), target, {},
        _rows([pair[0] for pair in pairs], source, width), source,
    )  # fmt: skip


def _rows(texts: Sequence[str], vocabulary: Vocabulary, length: int) -> Any:
    return numbers([vocabulary.encode(text, length) for text in texts])


@component
class Parallel:
    """Pairs from a file of two columns with a tab between them: the source, then what it is to become.

    Fields: `x` (length, vocabulary), the target one-hot; `source` (source_length,), int64; `shifted` (length,), the
    target's token before each one; `mask` (length,), true up to the target's end. Facts: `vocabulary`, `length`,
    `unit`, `source_vocabulary`, `source_length`, and the numbers of `padding` (the source's too), `begin`, `end`,
    `unknown` of the target.
    """

    path: Path = option(doc="the file, a pair a line")
    unit: str = option("character", "what a token is; words are what stands between spaces", choices=UNITS)
    max_vocabulary: int = option(0, "tokens of each side at most; rarer ones are `<unk>`; 0: all", min=0)
    unknown: bool = option(False, "have `<unk>` for tokens that a given text may bring, though the file lacks them")
    held_out: float = option(0.1, "share of the pairs kept for the split \"test\"", min=0.0, max=0.9)
    split: str = option("train", "which pairs", choices=("train", "test", "all"))

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """A small file to try the laws of datasets on."""
        path = folder / "pairs.tsv"
        path.write_text("".join(f"{n}\t{n * n}\n" for n in range(60)), encoding="utf-8")
        return {"path": path}

    @classmethod
    def survey(cls, path: Path) -> Survey | None:
        """What `ganframe data check` tells of a `.tsv` file of two columns."""
        if path.suffix.lower() != ".tsv" or not path.is_file():
            return None
        pairs = _read(path)
        longest = [max(len(pair[side]) for pair in pairs) for side in (0, 1)]
        told = {
            "pairs": f"{len(pairs):,}, {len({pair[0] for pair in pairs}):,} different sources",
            "longest": f"{longest[0]} characters of a source, {longest[1]} of a target",
            "first": " -> ".join(pairs[0]),
        }
        return Survey({"path": path}, told)

    @classmethod
    def recipe(cls, data: Any, table: str) -> str:
        """A spec for `ganframe new --data`."""
        return starter.translator(data, table)

    def open(self) -> Texts:
        """Read the pairs. FileNotFoundError or ValueError, with the absolute path and the line."""
        pairs = _read(self.path.absolute())
        kept = part(len(pairs), self.held_out, self.split, stream(len(pairs)))
        return paired([pairs[at] for at in kept.tolist()], pairs, self.unit, self.max_vocabulary, self.unknown)


def _read(path: Path) -> list[Pair]:
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: byte {error.start} is no UTF-8") from None
    pairs = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        columns = line.rstrip("\r").split("\t")
        if len(columns) != 2 or not all(columns):
            raise ValueError(f"{path}:{number}: {len(columns)} columns with a tab between them, expected 2 with text")
        pairs.append((columns[0], columns[1]))
    if not pairs:
        raise ValueError(f"{path}: holds no pairs")
    return pairs
