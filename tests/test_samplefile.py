"""Samples as files, whatever draws and shows them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from ganframe import Field, SpecError, samplefile
from ganframe.errors import DiskFault


class Dots:
    """A view that notes what it is asked to draw."""

    suffixes = (".png", ".dots")

    def __init__(self) -> None:
        self.grids: list[tuple[int, int, Any]] = []
        self.fails = False

    def write(self, path: Path, values: torch.Tensor, field: Field, facts: Any) -> None:
        path.write_text(f"{len(values)} dots")
        if self.fails:
            raise OSError(28, "No space left on device", str(path))

    def grid(
        self, path: Path, values: torch.Tensor, field: Field, facts: Any, columns: int, behind: Any = None
    ) -> None:
        self.grids.append((len(values), columns, behind))
        path.write_bytes(b"grid")


def run(data: Any = None) -> Any:
    """As much of a run as writing needs: one field, and a label that can be given."""
    view = Dots()
    return SimpleNamespace(
        main="x", fields={"x": Field((2,))}, facts={}, data=data, view=lambda name: view, shown=view,
        draw=lambda n, seed, given, keep=(): {"x": torch.full((n, 2), float(seed)), "label": torch.eye(4)[torch.arange(n) % 4]},
    )


def test_the_ending_says_the_format(tmp_path: Path) -> None:
    made = run()
    for name in ("a.npy", "a.safetensors", "a.png", "a.dots", "one.png"):
        samplefile.write(made, tmp_path / name, 1 if name == "one.png" else 9, seed=3)
    assert np.array_equal(np.load(tmp_path / "a.npy"), np.full((9, 2), 3, np.float32))
    assert (tmp_path / "a.png").read_bytes() == b"grid"
    assert (tmp_path / "a.dots").read_text() == "9 dots"
    assert (tmp_path / "one.png").read_text() == "1 dots"
    assert len(list(tmp_path.iterdir())) == 5


def test_a_path_without_an_ending_is_a_folder_of_samples(tmp_path: Path) -> None:
    samplefile.write(run(), tmp_path / "many", 12)
    assert sorted(file.name for file in (tmp_path / "many").iterdir()) == [f"{k:04}.png" for k in range(12)]
    assert (tmp_path / "many" / "0007.png").read_text() == "1 dots"
    with pytest.raises(SpecError, match="is no empty folder"):
        samplefile.write(run(), tmp_path / "many", 2)
    (tmp_path / "there.d").mkdir()
    samplefile.write(run(), tmp_path / "there.d", 1)
    assert [file.name for file in (tmp_path / "there.d").iterdir()] == ["0000.png"]


@pytest.mark.parametrize(("n", "given", "columns"), [
    (9, {}, 3), (10, {}, 4), (8, {"label": "all"}, 4), (10, {"label": "all"}, 4), (3, {"label": "all"}, 2),
    (16, {"label": 2}, 4),
])  # fmt: skip
def test_a_column_a_class_or_about_square(tmp_path: Path, n: int, given: Any, columns: int) -> None:
    made = run()
    samplefile.write(made, tmp_path / "a.png", n, given=given)
    assert made.shown.grids == [(n, columns, None)]


def test_real_rows_lie_behind_where_the_data_is(tmp_path: Path) -> None:
    class Data:
        def __len__(self) -> int:
            return 5

        def batch(self, indices: torch.Tensor, rng: torch.Generator) -> dict[str, torch.Tensor]:
            return {"x": torch.stack([indices, indices], 1)}

    made = run(Data())
    samplefile.write(made, tmp_path / "a.png", 4)
    assert made.shown.grids[0][2][:, 0].tolist() == [0, 1, 2, 3, 4]


def test_an_unknown_ending_is_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    made = run()
    made.draw = None
    with pytest.raises(SpecError, match=r"cannot write samples as '.jpg'; there is .png, .dots, .npy, .safetensors"):
        samplefile.write(made, tmp_path / "a.jpg", 4)


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    made, path = run(), tmp_path / "a.dots"
    samplefile.write(made, path, 4)
    made.shown.fails = True
    with pytest.raises(DiskFault, match=r"cannot write .*/a\.dots: No space left on device"):
        samplefile.write(made, path, 5)
    assert path.read_text() == "4 dots"
    assert list(tmp_path.iterdir()) == [path]
