"""Pairs of texts: one to be turned into the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ganframe import Survey, component, option
from ganframe_text import starter
from ganframe_text.data.rows import Texts, part, special, stream
from ganframe_text.vocabulary import PADDING, UNITS, UNKNOWN, Vocabulary, filled, gathered, numbers, split

Pair = tuple[str, str]
#: Targets of so many words each, on average, are taken for sentences, and read word by word.
SENTENCE = 4
#: Words that a vocabulary should have at most.
MANY = 5000


def paired(
    pairs: Sequence[Pair], everything: Sequence[Pair], unit: str = "character", length: int = 0, size: int = 0,
    unknown: bool = False,
) -> Texts:  # fmt: skip
    """Pairs (source, target) as data, with vocabularies of `everything`, and its lengths.

    With `length` both sides have that many tokens, longer ones are cut; with `size` their vocabularies have that many.
    """
    sources, targets = ([split(pair[side], unit)[: length or None] for pair in everything] for side in (0, 1))
    lengths = list(map(len, targets))
    long = length or max(lengths) + (min(lengths) < max(lengths))
    more = (UNKNOWN,) if unknown else ()
    target = filled(gathered(targets, unit, (*special(lengths, long), *more), size), size)
    source = filled(gathered(sources, unit, (PADDING, *more), size), size)
    return Texts(
        _rows([pair[1] for pair in pairs], target, long), target, {},
        _rows([pair[0] for pair in pairs], source, length or max(map(len, sources))), source,
    )  # fmt: skip


def _rows(texts: Sequence[str], vocabulary: Vocabulary, length: int) -> Any:
    pieces = [split(text, vocabulary.unit)[:length] for text in texts]
    return numbers([vocabulary.fitted(vocabulary.known(row, "".join(row)), length) for row in pieces])


@component
class Parallel:
    """Pairs of texts from a file of two columns with a tab between them: the source, then what it is to become.

    Each side has its own vocabulary, by falling frequency; where the file has fewer tokens than `vocabulary`, those at
    its end stand for nothing. Fields: `x` (length, vocabulary), the target one-hot; `source` (source_length,), int64;
    `shifted` (length,), the target's token before each one; `mask` (length,), true up to the target's end. Facts:
    `vocabulary`, `length`, `unit`, `source_vocabulary`, `source_length`, and the numbers of `padding` (the source's
    too), `begin`, `end`, `unknown` of the target.
    """

    path: Path = option(doc="the file, a pair a line")
    unit: str = option("word", "what a token is; words are what stands between spaces", choices=UNITS)
    length: int = option(32, "tokens of each side, longer ones are cut; 0: as many as the longest text has", min=0)
    vocabulary: int = option(
        1000, "tokens of each side, special ones among them; rarer ones are `<unk>`; 0: as many as there are", min=0
    )
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
        words = [pair[1].split() for pair in pairs]
        sentences = sum(map(len, words)) >= SENTENCE * len(pairs)
        told = {
            "pairs": f"{len(pairs):,}, {len({pair[0] for pair in pairs}):,} different sources",
            "longest": f"{longest[0]} characters of a source, {longest[1]} of a target",
            "first": " -> ".join(pairs[0]),
        }
        size = MANY if sentences and len(set().union(*words)) > MANY else 0
        unit = "word" if sentences else "character"
        return Survey({"path": path, "unit": unit, "length": 0, "vocabulary": size}, told)

    @classmethod
    def recipe(cls, data: Any, table: str) -> str:
        """A spec for `ganframe new --data`."""
        return starter.translator(data, table)

    def open(self) -> Texts:
        """Read the pairs. FileNotFoundError or ValueError, with the absolute path and the line."""
        pairs = _read(self.path.absolute())
        kept = part(len(pairs), self.held_out, self.split, stream(len(pairs)))
        chosen = [pairs[at] for at in kept.tolist()]
        return paired(chosen, pairs, self.unit, self.length, self.vocabulary, self.unknown)


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
        if len(columns) != 2 or not all(column.strip() for column in columns):
            raise ValueError(f"{path}:{number}: {len(columns)} columns with a tab between them, expected 2 with text")
        pairs.append((columns[0], columns[1]))
    if not pairs:
        raise ValueError(f"{path}: holds no pairs")
    return pairs
