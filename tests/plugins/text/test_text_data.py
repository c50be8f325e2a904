"""Files, small languages and pairs."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import torch
from ganframe_text.data import Dates, DigitTasks, Grammar, Parallel, Text
from ganframe_text.data.grammars import LANGUAGES
from ganframe_text.data.tasks import forms

ALL = torch.arange


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def texts(data: Any) -> list[str]:
    return data.vocabulary.texts(data.targets)


def test_lines_come_one_hot_moved_on_and_masked(tmp_path: Path) -> None:
    data = Text(path=written(tmp_path / "a.txt", "abc\r\n\nb\n")).open()
    assert data.vocabulary.names == ("<pad>", "<begin>", "<end>", "b", "a", "c")
    assert data.facts() == {
        "vocabulary": 6, "length": 4, "unit": "character", "padding": 0, "begin": 1, "end": 2
    }  # fmt: skip
    batch = data.batch(ALL(2))
    assert batch["x"].argmax(2).tolist() == [[4, 3, 5, 2], [3, 2, 0, 0]]
    assert batch["x"].sum().item() == 8
    assert batch["shifted"].tolist() == [[1, 4, 3, 5], [1, 3, 2, 0]]
    assert batch["mask"].tolist() == [[True] * 4, [True, True, False, False]]


def test_lines_of_one_length_need_no_end(tmp_path: Path) -> None:
    data = Text(path=written(tmp_path / "a.txt", "ab\nba\n")).open()
    assert data.vocabulary.names[:2] == ("<pad>", "<begin>")
    assert data.facts()["length"] == 2
    assert "end" not in data.facts()


def test_a_folder_is_read_in_order_and_windows_slide(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    written(tmp_path / "b.txt", "two three")
    written(tmp_path / "a.txt", "Zero one")
    written(tmp_path / "sub" / "c.txt", "four")
    written(tmp_path / "other.csv", "1,2")
    made = Text(path=tmp_path, unit="word", rows="windows", length=3, hop=1, lower=True).open()
    assert texts(made) == ["zero one two", "one two three", "two three four"]


def test_long_lines_are_cut_or_left_out(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", "abcdef\nab\n")
    assert texts(Text(path=path, length=3).open()) == ["abc", "ab"]
    assert texts(Text(path=path, length=3, longer="skip").open()) == ["ab"]


def test_what_is_held_out_is_not_trained_on(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", "".join(f"{n:03}\n" for n in range(100)))
    train, test = (Text(path=path, held_out=0.2, split=split).open() for split in ("train", "test"))
    assert (len(train), len(test)) == (80, 20)
    assert not set(texts(train)) & set(texts(test))
    assert train.vocabulary == test.vocabulary
    with pytest.raises(ValueError, match="the split 'test' is empty: held_out = 0.0 of 100 rows"):
        Text(path=path, split="test").open()


def test_another_encoding_is_told_and_bytes_take_all(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", "zwölf", "latin-1")
    with pytest.raises(ValueError, match=r'a.txt: byte 2 \(0xf6\) is no utf-8; set `encoding`, or take unit = "byte"'):
        Text(path=path).open()
    assert texts(Text(path=path, encoding="latin-1").open()) == ["zwölf"]
    assert len(Text(path=path, unit="byte").open().vocabulary) == 7


@pytest.mark.parametrize(
    ("options", "told"),
    [({"rows": "windows"}, "needs a length"), ({"rows": "windows", "length": 9}, "3 characters are fewer")],
)
def test_windows_that_cannot_be(tmp_path: Path, options: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Text(path=written(tmp_path / "a.txt", "abc"), **options).open()


def test_nothing_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no file or folder"):
        Text(path=tmp_path / "no.txt").open()
    with pytest.raises(ValueError, match="there is no .txt file in it"):
        Text(path=tmp_path).open()


RIGHT = {
    "brackets": (["()", "([])[]"], ["", "(", "(]", "([)]", ")(", "(a)"]),
    "expressions": (["1", "-x", "(3+x)*(7-0)", "3--4"], ["", "3+", "(3", "3)", "++3", "y", "3 4", "()"]),
    "sums": (["07+15=022", "99+99=198"], ["07+15=023", "7+15=22", "07+15=22"]),
    "days": (["2016-02-29", "1990-01-01"], ["2015-02-29", "1989-12-31", "2016-2-29", "2016-06-37", "20160229"]),
}


@pytest.mark.parametrize("kind", LANGUAGES)
def test_a_language_holds_what_it_makes_and_knows_what_is_wrong(kind: str) -> None:
    holds = LANGUAGES[kind][0](2).holds
    train, test = (texts(Grammar(kind=kind, rows=300, split=split).open()) for split in ("train", "test"))
    assert all(map(holds, train + test))
    assert len(set(train)) == len(train) == 300
    assert not set(train) & set(test)
    right, wrong = RIGHT[kind]
    assert all(map(holds, right))
    assert not any(map(holds, wrong))


def test_brackets_are_of_even_length() -> None:
    with pytest.raises(ValueError, match="even length, not 7"):
        Grammar(length=7)


def test_pairs_have_two_vocabularies(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv", "one\t1\nten\t10\n")
    data = Parallel(path=path, unit="character", length=0, vocabulary=0, held_out=0.0).open()
    assert set(data.fields()) == {"x", "source", "shifted", "mask"}
    assert data.facts()["source_length"] == 3
    assert data.facts()["length"] == 3
    assert data.source_vocabulary is not None
    assert data.source_vocabulary.texts(data.batch(ALL(2))["source"]) == ["one", "ten"]
    assert texts(data) == ["1", "10"]


def test_pairs_of_sentences_have_the_lengths_and_vocabularies_asked_for(tmp_path: Path) -> None:
    text = "the cat\tle chat\nthe dog\tle chien qui est là\nthe pig\tle porc\n"
    data = Parallel(path=written(tmp_path / "a.tsv", text), length=3, vocabulary=9, held_out=0.0).open()
    assert {name: field.shape for name, field in data.fields().items()} == {
        "x": (3, 9), "source": (3,), "shifted": (3,), "mask": (3,)
    }  # fmt: skip
    assert data.vocabulary.names == (
        "<pad>", "<begin>", "<end>", "le", "chat", "chien", "porc", "qui", "<unused 8>"
    )  # fmt: skip
    batch = data.batch(ALL(3))
    assert batch["x"].argmax(2).tolist() == [[3, 4, 2], [3, 5, 7], [3, 6, 2]]
    assert batch["shifted"].tolist() == [[1, 3, 4], [1, 3, 5], [1, 3, 6]]
    assert batch["source"].tolist() == [[1, 2, 0], [1, 3, 0], [1, 4, 0]]
    few = Parallel(path=tmp_path / "a.tsv", length=3, vocabulary=6, held_out=0.0).open()
    assert texts(few) == ["le chat", "le <unk> <unk>", "le <unk>"]
    assert few.source_vocabulary is not None
    assert few.source_vocabulary.names == ("<pad>", "the", "cat", "dog", "pig", "<unused 5>")


@pytest.mark.parametrize("line", ["one", "one\ttwo\tthree", "one\t", "one\t "])
def test_other_numbers_of_columns_are_told(tmp_path: Path, line: str) -> None:
    with pytest.raises(ValueError, match=r"a.tsv:2: . columns with a tab between them, expected 2 with text"):
        Parallel(path=written(tmp_path / "a.tsv", f"a\tb\n{line}\n")).open()


def test_a_day_in_eight_forms() -> None:
    assert forms(datetime.date(2021, 5, 3)) == (
        "3 May 2021", "May 3, 2021", "3 may 2021", "03.05.2021", "5/3/2021", "2021/5/3", "Mon, 3 May 2021",
        "3rd of May, 2021",
    )  # fmt: skip
    ends = [forms(datetime.date(2021, 5, day))[7].split()[0] for day in (1, 2, 11, 12, 13, 21, 22, 23, 24)]
    assert ends == ["1st", "2nd", "11th", "12th", "13th", "21st", "22nd", "23rd", "24th"]


def test_days_kept_aside_are_in_no_form_of_the_others() -> None:
    train, test = (set(texts(Dates(rows=2000, split=split).open())) for split in ("train", "test"))
    assert not train & test
    assert len(test) > 400


@pytest.mark.parametrize(("task", "answer"), [("reverse", lambda t: t[::-1]), ("sort", lambda t: "".join(sorted(t)))])
def test_digits_are_reversed_or_sorted(task: str, answer: Any) -> None:
    sources = {}
    for split in ("train", "test"):
        data = DigitTasks(task=task, rows=2000, split=split).open()
        assert data.source is not None and data.source_vocabulary is not None
        sources[split] = data.source_vocabulary.texts(data.source)
        assert texts(data) == list(map(answer, sources[split]))
    assert not set(sources["train"]) & set(sources["test"])
    assert {len(text) for text in sources["train"]} == {3, 4, 5, 6, 7, 8}


def test_surveys_know_their_own(tmp_path: Path) -> None:
    lines = written(tmp_path / "a.txt", "".join(f"line {n}\n" for n in range(300)))
    found = Text.survey(lines)
    assert found is not None
    assert found.options == {"path": lines}
    assert found.found["lines"] == "300, the longest of 8 characters, 300 different"
    prose = Text.survey(written(tmp_path / "b.txt", "word " * 100))
    assert prose is not None
    assert prose.options["rows"] == "windows"
    assert Text.survey(written(tmp_path / "c.csv", "1,2")) is None
    assert Parallel.survey(lines) is None
    pairs = Parallel.survey(written(tmp_path / "d.tsv", "a\tb\n"))
    assert pairs is not None
    assert pairs.found["first"] == "a -> b"
    assert pairs.options == {"path": tmp_path / "d.tsv", "unit": "character", "length": 0, "vocabulary": 0}
    sentences = Parallel.survey(written(tmp_path / "e.tsv", "the cat\tle chat est là\n"))
    assert sentences is not None
    assert sentences.options["unit"] == "word"
