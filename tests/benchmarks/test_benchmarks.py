"""benchmarks: the arithmetic of ratios, goals and pages, and that the competitors of W1 compute the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest
import torch

from benchmarks import ours, page, peers, startup
from benchmarks.gate import Gate, summary
from benchmarks.growth import cases, picture
from benchmarks.growth.curve import Curve, slope
from benchmarks.hand.start import Start
from benchmarks.page import Line, reached
from benchmarks.rounds import CHECKED, Outcome, Quartiles
from benchmarks.workloads import WORKLOADS
from tests.toy import registry

W1 = WORKLOADS["W1"]


@attrs.define
class Pipe:
    """A pipe's end whose other end asks what is listed, then for nothing more."""

    asked: list[tuple[int, bool]]
    told: list[tuple[float, float, dict[str, float]]] = attrs.field(factory=list)

    def recv(self) -> tuple[int, bool]:
        return self.asked.pop(0) if self.asked else (0, False)

    def send(self, value: Any) -> None:
        self.told.append(value)


def outcome(**seconds: list[float]) -> Outcome:
    return Outcome(W1, seconds, {name: [2 * x for x in values] for name, values in seconds.items()}, {})


def test_quartiles() -> None:
    assert Quartiles.of([4.0, 1.0, 3.0, 2.0, 5.0]) == Quartiles(2.0, 3.0, 4.0)
    assert Quartiles.of([1.0, 2.0, 3.0, 4.0]) == Quartiles(1.75, 2.5, 3.25)
    assert str(Quartiles(0.5, 1.0, 2.0)) == "1.000 [0.500 2.000]"


def test_a_ratio_is_taken_within_each_round() -> None:
    found = outcome(ganframe=[1.0, 10.0, 2.0], expert=[2.0, 10.0, 3.0])
    assert found.ratio("ganframe", "expert") == Quartiles.of([2.0, 1.0, 1.5])
    assert found.ratio("expert", "ganframe", "cpu").median == pytest.approx(1 / 1.5)


def test_a_block_is_told_by_the_step() -> None:
    found = outcome(ganframe=[])
    found.note("ganframe", (5.0, 2.5, {}), 10)
    assert (found.wall["ganframe"], found.cpu["ganframe"]) == ([0.5], [0.25])


def test_other_mathematics_is_told() -> None:
    found = outcome()
    found.losses.update(ganframe=[{"a": 1.0, "b": 2.0}], same=[{"a": 1.00001}], other=[{"a": 1.1}], none=[{"c": 1.0}])
    assert found.differences() == [
        "step 0: a is 1.000000, other's is 1.100000", "step 0: none has no loss in common",
    ]  # fmt: skip


def test_the_gate_counts_steps_and_tells_losses_when_asked() -> None:
    pipe = Pipe([(1, True), (3, False)])
    gate = Gate("some", pipe)
    assert not gate.wait()
    assert [gate.passed(lambda: {"a": torch.tensor([3.0, 1.0])}) for _ in range(4)] == [False, False, False, True]
    assert [losses for _, _, losses in pipe.told] == [{"a": 2.0}, {}]
    assert all(wall >= 0 and cpu >= 0 for wall, cpu, _ in pipe.told)


def test_a_summary_knows_other_samples() -> None:
    x = torch.arange(6.0).view(3, 2)
    assert summary(2.5) == 2.5 and summary(x) != summary(x.flip(0))


@pytest.mark.parametrize(
    ("quartiles", "goal", "yes"),
    [
        ((1.0, 1.06, 1.1), 1.05, True), ((0.99, 1.06, 1.1), 1.05, False), ((1.0, 1.04, 1.1), 1.05, False),
        ((0.98, 0.99, 1.0), 0.98, False), ((1.0, 1.01, 1.1), 0.98, True),
    ],
)  # fmt: skip
def test_when_a_goal_is_met(quartiles, goal, yes) -> None:
    assert reached(Quartiles(*quartiles), goal) is yes


def test_start_up_is_measured_by_the_import_of_torch() -> None:
    found = startup.slowness({"--help": [1.0, 1.0, 4.0], startup.UNIT: [2.0, 4.0, 4.0]})
    assert found["--help"] == Quartiles.of([0.5, 0.25, 1.0])
    assert Line("W7", "--help", found["--help"], found["--help"]).met() == "not met (at most 0.3)"


def test_the_page_keeps_the_lines_of_other_workloads(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("# P\n<!-- speeds -->\n| head |\n| --- |\n<!-- end speeds -->\nrest\n", encoding="utf-8")
    slow, fast = Quartiles(0.5, 0.5, 0.5), Quartiles(2.0, 2.0, 2.0)
    page.merge([Line("W2", "expert", slow, slow)], path)
    page.merge([Line("W1", "expert", slow, slow), Line("W1", "tutorial", slow, slow)], path)
    page.merge([Line("W1", "expert", fast, slow)], path)
    rows = page.rows(path)
    assert [row.split("|")[1].strip() for row in rows] == ["W1", "W2"] and "| met (1.05) |" in rows[0]
    assert "| not met (0.98) |" in rows[1] and path.read_text(encoding="utf-8").endswith("<!-- end speeds -->\nrest\n")
    assert {name for name, _ in page.GOALS} <= {*WORKLOADS}


def test_peers_that_are_not_installed_are_told() -> None:
    for name, (_, requirement) in peers.PACKAGES.items():
        assert peers.missing(name) in ("", f"pip install --no-deps {requirement}")


def test_the_power_of_a_curve_is_that_of_its_large_end() -> None:
    assert slope((1, 10, 100), (2.0, 200.0, 20_000.0)) == pytest.approx(2.0)
    curve = Curve("some", "ms", 1, (0, 10, 100, 1000), (5.0, 5.0, 50.0, 500.0))
    assert curve.power == pytest.approx(1.0)
    assert curve.row() == "| some | 0 to 1,000 | 5 to 500 ms | 1.00 | 1 |"


def test_curves_are_drawn(tmp_path: Path) -> None:
    curves = [Curve(f"curve {n}", "ms", 1, (1, 10, 100), (1.0, 2.0, 30.0 + n)) for n in range(4)]
    picture.draw(curves, tmp_path / "growth.png")
    assert 0 < (tmp_path / "growth.png").stat().st_size < 80_000


@pytest.mark.parametrize(
    ("sizes", "count"), [({"losses": 3, "depth": 4}, 3), ({"width": 8, "batch": 4}, 1), ({"depth": 1}, 1)], ids=str
)
def test_specs_of_a_size_train(tmp_path: Path, sizes, count) -> None:
    made = cases.planned(tmp_path, cases.spec(**sizes), registry())
    assert len(made.spec.losses) == count and made.parts.run.batch_size == sizes.get("batch", 64)
    layers = [n for n in made.networks["generator"].graph.nodes if n.op == "call_module"]
    assert len(layers) == 2 * sizes.get("depth", 2) + 1
    assert next(cases.steps(made)) > 0


def test_the_competitors_of_w1_compute_the_same(tmp_path: Path) -> None:
    ours.record(W1, tmp_path)
    pipe = Pipe([(1, True)] * CHECKED)
    ours.train(W1, tmp_path, Gate("ganframe", pipe))
    mine = [losses for _, _, losses in pipe.told]
    start = Start(tmp_path / "start.safetensors")
    for name in ("expert", "tutorial"):
        loop = W1.rival(name)(start)
        for step in range(CHECKED):
            losses = {key: summary(value) for key, value in loop.step().items()}
            assert losses == pytest.approx(mine[step], rel=1e-5), (name, step)
    assert mine[0] != mine[1] and len(mine[0]) == 2
