"""Tables from files: what is read, refused, held out; conditions as CTGAN draws them."""

from __future__ import annotations

import sys

import pytest
import torch
from ganframe_tabular.data.orders import Orders
from ganframe_tabular.data.science import SklearnTable
from ganframe_tabular.data.table import Table

from ganframe.testing.stock import installed


def rng(seed=0):
    """A stream."""
    return torch.Generator().manual_seed(seed)


def written(folder, text, name="t.csv", **options):
    """A table of this text."""
    (folder / name).write_text(text, encoding=options.get("encoding", "utf-8"))
    return Table(path=folder / name, **options)


def rows(count=30):
    """Lines of a small table."""
    return "".join(f"{n * 7 % 11}.{n % 10},{'ab'[n % 2]}\n" for n in range(count))


def test_delimiter_decimal_sign_and_encoding(tmp_path):
    text = "Größe;Ort\n" + "".join(f"{n},5;{'Köln' if n % 3 else 'Ulm'}\n" for n in range(30))
    data = written(tmp_path, text, encoding="latin-1").open()
    assert [column.kind for column in data.layout.columns] == ["number", "category"]
    assert data.layout.texts(data.x[:2])[0][0].endswith(",5")
    with pytest.raises(ValueError, match=r"t\.csv: is not utf-8 text .*'encoding'"):
        Table(path=tmp_path / "t.csv").open()


def test_missing_cells_are_learnt_and_written_as_the_file_has_them(tmp_path):
    text = "a,b\n" + "".join(f"{'NA' if n % 3 == 0 else n / 4},{'' if n % 5 == 0 else 'xy'[n % 2]}\n" for n in range(60))
    data = written(tmp_path, text, held_out=0.0).open()
    assert data.facts()["spans"] == [["linear", 1], ["softmax", 2], ["softmax", 3]]
    texts = data.layout.texts(data.x)
    assert [row[0] for row in texts].count("NA") == 20
    assert [row[1] for row in texts].count("") == 12


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        ("a,b\n1,2\n1\n", {}, r"t\.csv:3: 1 cells, expected 2"),
        ("a,a\n1,2\n", {}, "two columns are called 'a'"),
        ("a,b\n", {}, "no rows"),
        ("", {}, "is empty"),
        ("a,b\n" + rows(), {"kinds": {"c": "id"}}, r"'kinds' names 'c', which is no column.*it has a, b"),
        ("a,b\n" + rows(), {"kinds": {"b": "word"}}, "'kinds' knows number, integer, category, date, id, not 'word'"),
        ("a,b\n" + rows(), {"kinds": {"b": "number"}}, "column 'b' should be a number, but row 1 has 'a'"),
        ("a,b\n" + rows(), {"kinds": {"a": "integer"}}, "column 'a' should be an integer, but row 2"),
        ("a,b\n" + rows(), {"kinds": {"b": "date"}}, "'a' is in no known format: say it in 'dates'"),
        ("a,b\n" + rows(), {"target": "c"}, "'target' names 'c'"),
        ("a,b\n" + rows(), {"drop": ("z",)}, "no column 'z' to drop"),
        ("a,b\n" + rows(), {"delimiter": ";;"}, "'delimiter' is one sign"),
        ("a,b\n" + rows(), {"sums": (("a", "b", "a"),)}, "'sums': 'b' has 'a', which is no number"),
        ("name\n" + "".join(f"n{n}\n" for n in range(40)), {}, "nothing to learn"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, options, told):
    with pytest.raises(ValueError, match=told):
        written(tmp_path, text, **options).open()


def test_there_is_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=str(tmp_path)):
        Table(path=tmp_path / "none.csv").open()


def test_a_table_without_header(tmp_path):
    data = written(tmp_path, rows(), header=False).open()
    assert data.layout.order == ("1", "2")


def test_splits_share_a_layout_and_no_row(tmp_path):
    train, test, all_rows = (Orders(rows=200, held_out=0.25, split=split).open() for split in ("train", "test", "all"))
    assert (len(train), len(test), len(all_rows)) == (150, 50, 200)
    assert train.layout.to_json() == test.layout.to_json() == all_rows.layout.to_json()
    assert int(all_rows.held_out.sum()) == 50
    assert torch.equal(all_rows.x[all_rows.held_out[:, 0] == 0], train.x)


def test_held_out_rows_have_no_part_in_the_scales(tmp_path):
    text = "a,b\n" + "".join(f"{n}.5,{'ab'[n % 2]}\n" for n in range(50))
    data = written(tmp_path, text, held_out=0.5, split="all").open()
    held = data.held_out[:, 0] > 0
    grid = data.layout.columns[0].scale.grid
    values = torch.arange(50) + 0.5
    assert grid.min() == values[~held].min() and grid.max() == values[~held].max()


def test_conditions_are_drawn_as_ctgan_draws_them():
    data = Orders(rows=400, held_out=0.0, balance="log").open()
    choices = data.layout.choices
    order = installed().get("sampler", "Weighted")(field="weight")
    drawn, count = torch.zeros(data.fields()["condition"].shape), 0
    for epoch in range(60):
        batch = data.batch(order.order(data, epoch, rng(epoch)), rng(1000 + epoch))
        # The condition is one of the row's own values.
        start = 0
        for choice in choices:
            entries = batch["x"][:, data.layout.places[choice.name]]
            asked = batch["condition"][:, start : start + len(choice.values)]
            start += len(choice.values)
            assert bool((asked <= entries).all())
        drawn, count = drawn + batch["condition"].sum(0), count + len(batch["x"])
    expected = []
    for choice in choices:
        sizes = data.x[:, data.layout.places[choice.name]].sum(0)
        expected.append(sizes.log1p() / sizes.log1p().sum() / len(choices))
    assert (drawn / count).tolist() == pytest.approx(torch.cat(expected).tolist(), abs=0.006)


def test_without_balance_conditions_are_those_of_the_table():
    data = Orders(rows=400, held_out=0.0).open()
    assert "weight" not in data.fields()
    drawn = torch.stack([data.batch(torch.arange(400), rng(seed))["condition"].mean(0) for seed in range(40)]).mean(0)
    assert drawn.tolist() == pytest.approx(data.facts()["shares"], abs=0.01)
    assert data.column("condition").mean(0).tolist() == pytest.approx(data.facts()["shares"], abs=0.04)


def test_sums_are_computed_and_combinations_kept():
    options = {"rows": 300, "sums": (("goods", "postage", "total"),), "combinations": (("city", "country"),)}
    data = Orders(**options).open()
    assert "total" not in data.fields()["x"].names
    noise = torch.randn(500, data.x.shape[1], generator=rng(3))
    cells = data.layout.decode(noise)
    for goods, postage, total in zip(cells["goods"], cells["postage"], cells["total"], strict=True):
        assert float(total) == pytest.approx(float(goods) + float(postage), abs=1e-9)
    real = data.layout.decode(data.x)
    places = set(zip(cells["city"], cells["country"], strict=True))
    assert places <= set(zip(real["city"], real["country"], strict=True))
    with pytest.raises(ValueError, match="in row 1 'total' is not goods"):
        Orders(rows=300, sums=(("goods", "items", "total"),)).open()


def test_made_rows_of_any_vector_can_be_read_again(tmp_path):
    from ganframe_tabular.views.table import Table as View

    data = Orders(rows=200).open()
    noise = 3 * torch.randn(100, data.x.shape[1], generator=rng(4))
    View().write(tmp_path / "x.csv", noise, data.fields()["x"], data.facts())
    again = View().read(tmp_path / "x.csv", data.fields()["x"], data.facts())
    assert data.layout.texts(again) == data.layout.texts(noise)


def test_parquet_keeps_types(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    import datetime

    from ganframe_tabular.views.table import Table as View

    count = 40
    table = arrow.table({
        "n": arrow.array([n % 7 * 3 for n in range(count)], arrow.int16()),
        "x": arrow.array([None if n % 4 == 0 else n / 8 for n in range(count)], arrow.float32()),
        "day": arrow.array([datetime.date(2024, 1, 1 + n % 28) for n in range(count)]),
        "when": arrow.array([datetime.datetime(2024, 1, 1, n % 24, 30) for n in range(count)], arrow.timestamp("us")),
        "ok": arrow.array([n % 3 == 0 for n in range(count)]),
        "word": arrow.array([("a", "b")[n % 2] for n in range(count)]),
    })  # fmt: skip
    parquet.write_table(table, tmp_path / "t.parquet")
    data = Table(path=tmp_path / "t.parquet", held_out=0.0, kinds={"n": "integer"}).open()
    kinds = [column.kind for column in data.layout.columns]
    assert kinds == ["integer", "number", "date", "date", "category", "category"]
    View().write(tmp_path / "out.parquet", data.x, data.fields()["x"], data.facts())
    again = parquet.read_table(tmp_path / "out.parquet")
    assert again.schema.equals(table.schema)
    assert again.equals(table)


def test_an_optional_library_is_named(tmp_path, monkeypatch):
    for name in ("sklearn.datasets", "sklearn.mixture", "pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r'pip install "ganframe\[tabular\]"'):
        SklearnTable().open()
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    with pytest.raises(ImportError, match=r'Parquet needs pyarrow: pip install "ganframe\[tabular\]"'):
        Table(path=tmp_path / "t.parquet").open()


@pytest.mark.parametrize(("name", "rows", "kinds"), [
    ("wine", 178, {"number": 11, "integer": 2, "category": 1}), ("breast_cancer", 569, {"number": 30, "category": 1}),
    ("iris", 150, {"number": 4, "category": 1}), ("diabetes", 442, {"number": 10, "integer": 1}),
])  # fmt: skip
def test_the_tables_of_scikit_learn(name, rows, kinds):
    pytest.importorskip("sklearn")
    data = SklearnTable(name=name, held_out=0.0).open()
    found = [column.kind for column in data.layout.columns]
    assert len(data) == rows
    assert {kind: found.count(kind) for kind in set(found)} == kinds
