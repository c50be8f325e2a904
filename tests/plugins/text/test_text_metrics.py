"""BLEU against numbers of NLTK and the definition written out; shares of texts that are right."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pytest
import torch
from ganframe_text.data import DigitTasks, Grammar
from ganframe_text.metrics import Bleu, ExactMatch, SelfBleu, Valid
from ganframe_text.metrics.bleu import ORDERS, References, bleu, mean
from hypothesis import given, settings
from hypothesis import strategies as st

CPU = torch.device("cpu")
TEXTS = [text.split() for text in ("the cat sat on the mat", "the cat is here", "there is a cat on a mat today")]
WORDS = sorted({word for text in TEXTS for word in text})
ROWS = [[WORDS.index(word) for word in text] for text in TEXTS]


def test_bleu_is_that_of_nltk() -> None:
    """nltk 3.10.4, sentence_bleu(texts, text, [1/n] * n, SmoothingFunction().method1)."""
    made = [WORDS.index(word) for word in ["the", "cat", "on", "the", "mat", "is", "here"]]
    found = bleu(made, References.of(ROWS))
    wanted = (0.9128709291752769, 0.5503212081491046, 0.25406637407730737, 0.16925187973291358)
    assert [found[n] for n in ORDERS] == pytest.approx(wanted, abs=1e-12)


def test_self_bleu_is_that_of_nltk() -> None:
    """The mean over texts of nltk's figure with the other two as references."""
    wanted = {
        2: (0.36514837167011077, 0.30326532985631666, 0.08451542547285168),
        3: (0.14938015821857217, 0.14076329686829758, 0.04919340734030987),
        4: (0.10266900960803409, 0.11404605374835301, 0.039281465090051315),
        5: (0.08890895361321997, 0.10051589908622051, 0.03588708172143257),
    }
    found = mean(ROWS, References.of(ROWS), among=True)
    for n, each in wanted.items():
        assert found[n] == pytest.approx(sum(each) / 3, abs=1e-12)


def written_out(text: list[int], others: list[list[int]], n: int) -> float:
    """Papineni et al. 2002, eq. 1-3, with smoothing 1 of Chen and Cherry 2014."""

    def grams(row: list[int], k: int) -> Counter[tuple[int, ...]]:
        return Counter(tuple(row[i : i + k]) for i in range(len(row) - k + 1))

    logs = []
    for k in range(1, n + 1):
        own = grams(text, k)
        hits = sum(min(count, max(grams(o, k)[gram] for o in others)) for gram, count in own.items())
        if k == 1 and not hits:
            return 0.0
        logs.append(math.log((hits or 0.1) / max(1, sum(own.values()))))
    nearest = min((abs(len(o) - len(text)), len(o)) for o in others)[1]
    return min(1.0, math.exp(1 - nearest / len(text))) * math.exp(sum(logs) / n)


rows = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=8), min_size=2, max_size=6)


@settings(max_examples=60)
@given(rows)
def test_bleu_is_its_definition(texts: list[list[int]]) -> None:
    first, *others = texts
    found = bleu(first, References.of(others))
    among = mean(texts, References.of(texts), among=True)
    for n in ORDERS:
        assert found[n] == pytest.approx(written_out(first, others, n), abs=1e-12)
        each = [written_out(t, texts[:i] + texts[i + 1 :], n) for i, t in enumerate(texts)]
        assert among[n] == pytest.approx(sum(each) / len(each), abs=1e-12)


def meter(metric: Any, data: Any, made: torch.Tensor, real: torch.Tensor | None = None) -> dict[str, float]:
    found = metric.build(data.fields(), data.facts(), CPU)
    found.update({"x": made if real is None else real}, {"x": made})
    return found.compute()


def test_copies_are_found_by_self_bleu_alone() -> None:
    data = Grammar(kind="expressions", rows=100).open()
    real = data.batch(torch.arange(100))["x"]
    copies = real[:1].expand(100, -1, -1)
    assert meter(Bleu(), data, copies, real)["bleu5"] == pytest.approx(1)
    assert meter(SelfBleu(), data, copies)["self_bleu5"] == pytest.approx(1)
    assert meter(SelfBleu(), data, real)["self_bleu5"] < 0.6


def test_valid_counts_what_is_right_and_what_differs() -> None:
    data = Grammar(rows=50).open()
    x = data.batch(torch.tensor([0, 0, 1, 2]))["x"]
    x[3] = x[3].flip(0)
    assert meter(Valid(), data, x) == {"valid": 0.75, "distinct": 0.5}


def test_exact_match_looks_up_to_the_end() -> None:
    data = DigitTasks(rows=100).open()
    real = data.targets[:4].clone()
    real[0] = torch.tensor(data.vocabulary.encode("123", 9))
    made = real.clone()
    made[0, 5:] = 7
    made[1, 0] = data.vocabulary.number("0") if made[1, 0] != data.vocabulary.number("0") else 4
    hot = [torch.nn.functional.one_hot(t, len(data.vocabulary)).float() for t in (made, real)]
    found = meter(ExactMatch(), data, *hot)
    assert found["exact"] == 0.75
    length = len(data.vocabulary.rows(real)[1])
    assert found["tokens"] == pytest.approx(1 - 1 / length / 4)


def test_what_cannot_be_judged_is_told() -> None:
    data = DigitTasks(rows=20).open()
    with pytest.raises(ValueError, match="the data say no language; set grammar to one of brackets, expressions"):
        Valid().build(data.fields(), data.facts(), CPU)
    with pytest.raises(ValueError, match="there is no field of text"):
        Bleu().build({}, {}, CPU)
