"""Tokens, their numbers, and the view that shows them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from ganframe_text.view import Text, escaped, unescaped
from ganframe_text.vocabulary import Vocabulary, gathered
from hypothesis import given
from hypothesis import strategies as st

from ganframe import Field

LETTERS = Vocabulary(("<pad>", "<begin>", "<end>", "a", "b", "\n", "\\"))


def field(vocabulary: Vocabulary, length: int, dtype: str = "float32") -> Field:
    shape = (length, len(vocabulary)) if dtype == "float32" else (length,)
    return Field(shape, dtype=dtype, view="text", names=vocabulary.names)


def test_the_order_is_by_frequency_then_code() -> None:
    made = gathered([list("banana"), list("bc")], "character", ("<pad>",))
    assert made.names == ("<pad>", "a", "b", "n", "c")
    assert made == gathered([list("cb"), list("ananab")], "character", ("<pad>",))


def test_the_rarest_become_unknown() -> None:
    made = gathered([["a", "b", "a", "c", "a", "b", "d"]], "word", ("<pad>", "<begin>"), most=5)
    assert made.names == ("<pad>", "<begin>", "<unk>", "a", "b")
    assert made.text(made.encode("a d b", 3)) == "a <unk> b"
    with pytest.raises(ValueError, match="a vocabulary of 3 leaves no room"):
        gathered([["a", "b", "c"]], "word", ("<pad>", "<begin>"), most=3)


def test_a_text_is_ended_and_padded() -> None:
    assert LETTERS.encode("ab", 5) == [3, 4, 2, 0, 0]
    assert LETTERS.encode("abab", 4) == [3, 4, 3, 4]
    assert LETTERS.rows(torch.tensor([[3, 4, 2, 3, 3], [4, 0, 4, 4, 4], [3, 3, 3, 3, 3]])) == [[3, 4], [4], [3] * 5]


@pytest.mark.parametrize(
    ("text", "told"),
    [("axb", "'x' of 'axb' is in no text of the vocabulary"), ("ababa", "'ababa' has 5 characters, more than 4")],
)
def test_what_does_not_fit_is_told(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        LETTERS.encode(text, 4)


def test_without_padding_only_one_length_fits() -> None:
    with pytest.raises(ValueError, match="has 1 characters, not 2, and nothing is there to pad it"):
        Vocabulary(("a", "b")).encode("a", 2)


def test_bytes_are_text_again() -> None:
    raw = "zwölf €".encode().decode("latin-1")
    made = gathered([list(raw)], "byte", ("<pad>",))
    assert made.text(made.encode("zwölf €", 10)) == "zwölf €"


def test_words_are_joined_by_spaces() -> None:
    made = Vocabulary.of(Field((3,), dtype="int64", view="text", names=("<pad>", "one", "two")), {})
    assert made.unit == "word"
    assert made.texts(torch.tensor([[1, 2, 0]])) == ["one two"]


@given(st.text(alphabet="ab\n\r\\nr", max_size=12))
def test_a_line_stands_for_its_text(text: str) -> None:
    line = escaped(text)
    assert "\n" not in line
    assert unescaped(line) == text


@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_a_file_is_read_as_it_was_written(tmp_path: Path, dtype: str) -> None:
    about, view, path = field(LETTERS, 4, dtype), Text(), tmp_path / "a.txt"
    rows = torch.cat([view.parse(text, about, {}) for text in ("ab", "", "a\nb\\", "bbbb")])
    view.write(path, rows, about, {})
    assert path.read_text(encoding="utf-8") == "ab\n\na\\nb\\\\\nbbbb\n"
    back = view.read(path, about, {})
    assert back.dtype == rows.dtype
    assert torch.equal(back, rows)


def test_other_fields_are_refused() -> None:
    with pytest.raises(ValueError, match="a field of view 'points' is no text with a vocabulary"):
        Text().lines(torch.zeros(1, 2), Field((2,), view="points"), {})
