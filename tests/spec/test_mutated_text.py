"""Whatever stands in a file, reading it gives a spec or a located error, and so does resolving it."""

from __future__ import annotations

import copy
import re

import tomli
from fake_stock import Stock
from hypothesis import given
from hypothesis import strategies as st
from resolving import resolve_all
from spec_texts import SMALL, SPECS

from ganframe.errors import SpecError
from ganframe.spec.dump import resolved
from ganframe.spec.emit import emit
from ganframe.spec.expand import check
from ganframe.spec.merge import NAMED
from ganframe.spec.read import read

TEXTS = [SMALL, *(path.read_text() for path in SPECS if "extends" not in path.read_text())]
VALUES = [
    "3", "-1", "0", "1e5", "3.5", "true", "false", '""', '"x"', '"@h"', '"$p"', '"$data.classes"', "[]", "[1, 2]", "{}",
    '{ type = "Ramp" }', '{ type = 3 }', '["@a", "$b", 3]', "[[1], { a = 2 }]", '"real.x"', '"fake.generator.h"',
    '{ x = "@h" }', '{ a = { b = { c = 1 } } }', "9223372036854775807", '"../x"', "'''\\n'''",
]  # fmt: skip
LINES = [
    "[run]", "[networks.generator]", "[networks.generator.x]", "[[losses]]", "[blocks.Up]", "[losses.game]", "[vars]",
    "x = 1", 'inputs = ["x"]', "layers = []", 'layers = ["Up", "Up"]', 'makes = { real.z = "@z" }', "joint = true",
    'trained_with = "generator"', "losses.game = false", "latents.z = false", 'sample.latents.z = "Normal"', "[sample]",
    '[phases.a]', 'losses = ["game"]', '[batches.b]', 'x = "real.x"', "format = 1", 'extends = "a.toml"',
]  # fmt: skip


@st.composite
def mutated(draw) -> str:
    """A spec with some of its lines dropped, doubled, moved or given other values."""
    lines = draw(st.sampled_from(TEXTS)).splitlines()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["drop", "double", "value", "line", "piece", "char"])):
            case "drop":
                del lines[at]
            case "double":
                lines.insert(draw(st.integers(0, len(lines) - 1)), lines[at])
            case "line":
                lines.insert(at, draw(st.sampled_from(LINES)))
            case "value":
                lines[at] = re.sub(r"=.*", f"= {draw(st.sampled_from(VALUES))}", lines[at], count=1)
            case "piece":
                spans = list(re.finditer(r'"[^"]*"|[\d.e_-]+|\[[^\[\]]*\]', lines[at]))
                if spans:
                    span = draw(st.sampled_from(spans))
                    value = draw(st.sampled_from(VALUES))
                    lines[at] = lines[at][: span.start()] + value + lines[at][span.end() :]
            case "char":
                column = draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:column] + draw(st.sampled_from('[]{}=,"\'.#@$ \\')) + lines[at][column:]
        lines = lines or ["x = 1"]
    return "\n".join(lines) + "\n"


def paths(value, path=()):
    """Every path of a document but the empty one."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        yield from paths(child, (*path, key))


def at(document, path):
    for key in path:
        document = document[key]
    return document


@st.composite
def regrown(draw) -> str:
    """A spec whose tree has some values replaced by others, by values from elsewhere in it, or removed."""
    document = tomli.loads(draw(st.sampled_from(TEXTS)))
    for _ in range(draw(st.integers(1, 3))):
        every = list(paths(document))
        path = draw(st.sampled_from(every))
        value = draw(st.sampled_from(VALUES[:-2]).map(lambda text: tomli.loads(f"v = {text}")["v"]) | st.none())
        if draw(st.booleans()):
            value = copy.deepcopy(at(document, draw(st.sampled_from(every))))
        if value is None:
            del at(document, path[:-1])[path[-1]]
        else:
            at(document, path[:-1])[path[-1]] = value
    return emit(document, NAMED)


@given(mutated() | regrown())
def test_a_mutated_spec_is_a_spec_or_a_located_error(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "mutated.toml"
    path.write_text(text)
    try:
        spec = read(path)
    except SpecError as error:
        assert all(problem.place.file for problem in error.errors)
        return
    for problem in spec.problems:
        assert problem.place.line >= 1
        assert problem.place.column >= 1
        assert problem.message
    _, problems = resolve_all(spec, Stock())
    assert all(problem.place.line >= 1 for problem in problems)
    if not spec.problems:
        check(spec)
        resolved(spec, Stock())


@given(mutated(), st.sampled_from(["run.seed", "networks.generator", "losses.game.weight", "vars.p", "data", "a.b.c"]),
       st.sampled_from(VALUES))  # fmt: skip
def test_an_override_of_a_mutated_spec_is_a_spec_or_a_located_error(tmp_path_factory, text, key, value):
    path = tmp_path_factory.getbasetemp() / "mutated.toml"
    path.write_text(text)
    try:
        spec = read(path, [f"{key}={value}"])
    except SpecError as error:
        assert error.errors
    else:
        assert all(problem.message for problem in spec.problems)
