"""What is done to a valid spec: other types and ranges, names and wires, cycles, sizes, odd characters, truncation."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.grammar import Tree, text, trees

VALUES: list[Any] = [
    0, -1, 3, 2**31, 2**63 - 1, 10**12, 3.5, -0.0, 1e-300, 1e308, float("inf"), float("nan"), True, False, "", "x",
    "@h", "@last", "$rate", "$data.classes", "$nothing", "real.x", "fake.generator", "generator", "ReLU", "Linear",
    "../x", "/dev/zero", "é\u202e", "\x00", "a" * 300, [], [1, 2], ["@z", 3], {}, {"type": "Ramp"}, {"type": 3},
    {"type": "Linear", "out_features": 10**9}, {"a": {"b": {"c": 1}}}, {"x": "@h"},
]  # fmt: skip
KEYS = ["type", "from", "as", "repeat", "inputs", "layers", "makes", "judges", "trained_with", "weight", "every", "é", "a.b", ""]
PIECES = ["[", "]", "{", "}", "=", '"', "'", "#", "\\", "\n", "\t", "\x00", "\ufeff", "0x", "1e400", "nan", "'''", "..", "é"]


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path of a tree but the empty one."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return ([path] if path else []) + [inner for key, child in items for inner in paths(child, (*path, key))]


def at(tree: Any, path: tuple[Any, ...]) -> Any:
    """The value of a path."""
    for key in path:
        tree = tree[key]
    return tree


@st.composite
def grown(draw: st.DrawFn) -> str:
    """A spec some of whose values are replaced, by others or by values from elsewhere in it, removed or added."""
    tree: Tree = draw(trees())
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(paths(tree)))
        holder = at(tree, path[:-1])
        match draw(st.sampled_from(["value", "copy", "remove", "add", "cycle"])):
            case "value":
                holder[path[-1]] = copy.deepcopy(draw(st.sampled_from(VALUES)))
            case "copy":
                holder[path[-1]] = copy.deepcopy(at(tree, draw(st.sampled_from(paths(tree)))))
            case "remove":
                del holder[path[-1]]
            case "add" if isinstance(holder, dict):
                holder[draw(st.sampled_from(KEYS))] = copy.deepcopy(draw(st.sampled_from(VALUES)))
            case "cycle":
                tree["blocks"] = {
                    f"b{n}": {"layers": [{"type": f"b{(n + 1) % 9}", "repeat": 10}] * draw(st.integers(1, 10))}
                    for n in range(draw(st.sampled_from([8, 9])))
                }
                tree["networks"] = {"generator": {"inputs": ["z"], "optimizer": "Adam", "layers": ["b0"]}}
    return text(tree)


@st.composite
def scratched(draw: st.DrawFn) -> str:
    """A spec's text with lines lost or doubled, characters put in, or its end cut off."""
    told = text(draw(trees()))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, max(len(told) - 1, 0)))
        match draw(st.sampled_from(["cut", "piece", "drop", "double"])):
            case "cut":
                told = told[:place]
            case "piece":
                told = told[:place] + draw(st.sampled_from(PIECES)) + told[place:]
            case what:
                rows = told.splitlines(keepends=True)
                row = draw(st.integers(0, max(len(rows) - 1, 0)))
                rows[row : row + 1] = [] if what == "drop" else rows[row : row + 1] * 2
                told = "".join(rows)
    return told


damaged = grown() | scratched()
