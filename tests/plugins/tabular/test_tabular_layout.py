"""Columns: their kinds, formats and scales, and that what goes in comes out again."""

from __future__ import annotations

import csv
import datetime

import numpy as np
import pytest
import torch
from ganframe_tabular.data.table import Table
from ganframe_tabular.layout import Layout, formats, infer, scales
from ganframe_tabular.views.table import Table as View
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

NUMBERS = st.integers(-99_999, 99_999).map(lambda n: f"{n / 100:.2f}")
DAYS = st.integers(0, 20_000).map(lambda n: (datetime.date(1980, 1, 1) + datetime.timedelta(n)).isoformat())
MOMENTS = st.integers(0, 900_000).map(
    lambda n: (datetime.datetime(2020, 1, 1) + datetime.timedelta(minutes=n)).strftime("%d.%m.%Y %H:%M")
)
WORDS = st.sampled_from(["red", "blue; green", 'say "so"', "a,b", "grün"])
KINDS = {
    "price": NUMBERS, "count": st.integers(-5000, 5000).map(str), "born": DAYS, "seen": MOMENTS, "colour": WORDS,
    "level": st.integers(1, 3).map(str),
}  # fmt: skip


@st.composite
def tables(draw):
    """Rows of every kind of column, with missing cells in some; the first column numbers the rows."""
    count = draw(st.integers(15, 40))
    columns = {"id": [f"K{n:04}" for n in range(1, count + 1)]}
    for name, cells in KINDS.items():
        column = draw(st.lists(cells, min_size=count, max_size=count))
        holes = draw(st.sets(st.integers(0, count - 2), max_size=count // 3)) if draw(st.booleans()) else set()
        columns[name] = ["" if i in holes else cell for i, cell in enumerate(column)]
    return columns


@pytest.mark.parametrize("normalize", ["quantile", "modes"])
def test_csv_in_is_csv_out(tmp_path_factory, normalize):
    folder = tmp_path_factory.mktemp("csv")
    kinds = {"price": "number", "count": "integer", "colour": "category", "level": "category"}
    dates = {"born": "%Y-%m-%d", "seen": "%d.%m.%Y %H:%M"}

    # Every row is one that the scales were fitted to: what lies farther out than those comes back as their end.
    @settings(max_examples=12 if normalize == "quantile" else 3, deadline=None, phases=[Phase.generate])
    @given(tables())
    def comes_back(columns):
        source, target = folder / "in.csv", folder / "out.csv"
        with source.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([list(columns), *zip(*columns.values(), strict=True)])
        data = Table(path=source, kinds=kinds, dates=dates, normalize=normalize, modes=3, held_out=0.0).open()
        assert isinstance(data.layout, Layout)
        View().write(target, data.x, data.fields()["x"], data.facts())
        assert target.read_text(encoding="utf-8") == source.read_text(encoding="utf-8")
        again = View().read(target, data.fields()["x"], data.facts())
        assert data.layout.texts(again) == data.layout.texts(data.x)

    comes_back()


@pytest.mark.parametrize(
    ("name", "cells", "kind"),
    [
        ("height", ["1.5", "2.25", "-3"], "number"),
        ("age", [str(n * n % 83) for n in range(60)], "integer"),
        ("stars", ["1", "2", "3"] * 10, "category"),
        ("zip", ["01069", "10115", "04103"], "category"),
        ("day", ["2024-02-29", "1999-12-31"], "date"),
        ("day", ["29.02.2024", "31.12.1999"], "date"),
        ("customer_id", ["17", "99", "3", "4"], "id"),
        ("row", [str(n) for n in range(1, 9)], "id"),
        ("code", [f"x{n * n}" for n in range(30)], "id"),
        ("answer", ["yes", "no", None], "category"),
        ("tiny", ["1e-7", "2.5e-6"], "number"),
        ("nothing", [None, None], "category"),
    ],
)
def test_kinds_are_told_from_the_cells(name, cells, kind):
    assert infer.kind(name, cells) == kind


@pytest.mark.parametrize(
    ("cells", "value", "text"),
    [
        (["1.50", "2.25"], 3.0, "3.00"), (["1.5", "2"], 3.0, "3"), (["1.5", "2.25"], 1.126, "1.13"), (["7", "8"], 2.6, "3"),
        (["0.10", "0.20"], -0.001, "0.00"), (["1.5e-7", "2e-6"], 1.234e-7, "1.2e-07"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_in_the_column(cells, value, text):
    assert formats.number_format(cells).text(value) == text


def test_of_two_formats_of_dates_that_fit_the_first_counts():
    assert formats.date_format(["01/02/2024"]).pattern == "%d/%m/%Y"
    assert formats.date_format(["01/02/2024", "01/31/2024"]).pattern == "%m/%d/%Y"
    assert formats.date_format(["2024-01-01", "soon"]) is None


def test_quantiles_are_normal_and_keep_masses():
    rng = np.random.default_rng(0)
    values = np.where(rng.random(4000) < 0.4, 0.0, np.exp(rng.normal(size=4000)))
    scale = scales.Quantiles.of(values)
    entries = scale.encoded(values)
    assert scale.decoded(entries) == pytest.approx(values, rel=1e-9, abs=1e-12)
    # The mass of 40 % stands at its middle, the quantile .2; half of all values lie below 0.
    assert entries.min() == pytest.approx(-0.8416, abs=0.03)
    assert np.median(entries) == pytest.approx(0.0, abs=0.01)
    # Of normal numbers 40 % come out as the very value that 40 % of the rows have.
    made = scale.decoded(rng.normal(size=(20_000, 1)))
    assert (made == 0).mean() == pytest.approx((values == 0).mean(), abs=0.015)
    assert np.quantile(made, 0.9) == pytest.approx(np.quantile(values, 0.9), rel=0.05)


def test_modes_are_found_and_alpha_is_the_papers():
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.normal(-5, 0.5, 500), rng.normal(5, 1, 500)])
    scale = scales.Modes.of(values, 10)
    main = np.sort(scale.means[np.argsort(-scale.weights)[:2]])
    assert main == pytest.approx([-5, 5], abs=0.5)
    entries = scale.encoded(values, np.random.default_rng(0))
    assert np.abs(entries[:, 0]).max() <= 1
    assert (entries[:, 1:].sum(1) == 1).all()
    chosen = entries[:, 1:].argmax(1)
    usual = scale.reach[chosen] == 4 * scale.stds[chosen]
    assert usual.mean() > 0.5
    expected = (values - scale.means[chosen]) / (4 * scale.stds[chosen])
    assert entries[usual, 0] == pytest.approx(expected[usual])
    assert scale.decoded(entries) == pytest.approx(values)


def test_no_value_is_cut_off_far_from_all_modes():
    values = np.concatenate([np.random.default_rng(2).normal(size=300), [40.0]])
    scale = scales.Modes.of(values, 2)
    assert scale.decoded(scale.encoded(values, np.random.default_rng(0)))[-1] == pytest.approx(40.0)


@pytest.mark.parametrize("kind", ["quantiles", "modes"])
def test_soft_values_are_the_hard_ones_and_have_a_gradient(kind):
    values = np.random.default_rng(3).normal(2, 3, 400)
    scale = scales.Quantiles.of(values) if kind == "quantiles" else scales.Modes.of(values, 3)
    entries = torch.from_numpy(scale.encoded(values)).requires_grad_()
    soft = scale.soft(entries)
    assert soft.detach().numpy() == pytest.approx(scale.decoded(entries.detach().numpy()))
    (gradient,) = torch.autograd.grad(soft.sum(), entries)
    assert (gradient[:, 0] > 0).double().mean() > 0.95


def test_a_layout_survives_its_json():
    data = Table(**Table.example(_folder()), combinations=(("city", "married"),)).open()
    again = Layout.of(data.facts())
    assert again.to_json() == data.layout.to_json()
    assert again.texts(data.x) == data.layout.texts(data.x)


def _folder():
    import tempfile
    from pathlib import Path

    return Path(tempfile.mkdtemp())
