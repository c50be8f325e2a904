"""Every path of a document has a place, and it is where the value stands."""

from __future__ import annotations

import re

import tomli
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from ganframe.spec import text

SOURCE = """\
# ä comment [with] brackets
format = 1
"ö" = "ü"
a.b."c d" = { x = 1, y.z = [ "é", { q = 2 }, [3] ] }

[t.u]
k = '''
[no]
header'''
l = [ # here
  "ä", # there
  { type = "X" }, ]
[[list]]
m = 1
[list.inner]
n = 2
[[list]]
m = 3
[t]
late = true
"""


def places(node, path=()):
    yield path, node
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            yield from places(child, (*path, key))
    elif isinstance(node.value, list):
        for i, child in enumerate(node.value):
            yield from places(child, (*path, i))


def test_places_of_values_and_keys_count_characters_from_one():
    found = dict(places(text.parse(SOURCE, "f")))
    value = {path: (node.place.line, node.place.column) for path, node in found.items()}
    key = {path: (node.key.line, node.key.column) for path, node in found.items()}
    assert value[()] == (1, 1)
    assert (key[("format",)], value[("format",)]) == ((2, 1), (2, 10))
    assert (key[("ö",)], value[("ö",)]) == ((3, 1), (3, 7))
    assert (key[("a",)], key[("a", "b")], key[("a", "b", "c d")]) == ((4, 1), (4, 3), (4, 5))
    assert value[("a", "b", "c d")] == (4, 13)
    assert (key[("a", "b", "c d", "y")], key[("a", "b", "c d", "y", "z")]) == ((4, 22), (4, 24))
    assert value[("a", "b", "c d", "y", "z", 0)] == (4, 30)
    assert value[("a", "b", "c d", "y", "z", 1)] == (4, 35)
    assert value[("a", "b", "c d", "y", "z", 1, "q")] == (4, 41)
    assert value[("a", "b", "c d", "y", "z", 2, 0)] == (4, 47)
    assert (key[("t", "u")], value[("t", "u")]) == ((6, 4), (6, 4))
    assert value[("t", "u", "k")] == (7, 5)
    assert (value[("t", "u", "l")], value[("t", "u", "l", 0)], value[("t", "u", "l", 1)]) == ((10, 5), (11, 3), (12, 3))
    assert value[("t", "u", "l", 1, "type")] == (12, 12)
    assert (value[("list", 0)], value[("list", 1)]) == ((13, 3), (17, 3))
    assert (value[("list", 0, "inner", "n")], value[("list", 1, "m")]) == ((16, 5), (18, 5))
    assert (key[("t",)], value[("t",)]) == ((19, 2), (19, 2))


def test_a_table_made_by_dotted_keys_or_a_longer_header_stands_where_it_is_first_named():
    found = dict(places(text.parse("x.y.z = 1\nx.w = 2\n[a.b]\nc = 1", "f")))
    assert {path: (node.key.line, node.key.column) for path, node in found.items() if path} == {
        ("x",): (1, 1), ("x", "y"): (1, 3), ("x", "y", "z"): (1, 5), ("x", "w"): (2, 3),
        ("a",): (3, 2), ("a", "b"): (3, 4), ("a", "b", "c"): (4, 1),
    }  # fmt: skip


def test_windows_line_ends_do_not_move_places():
    found = dict(places(text.parse(SOURCE.replace("\n", "\r\n"), "f")))
    same = dict(places(text.parse(SOURCE, "f")))
    assert {p: n.place for p, n in found.items()} == {p: n.place for p, n in same.items()}


KEYS = st.text(st.sampled_from("abä.# \"'-_1é[]{}="), min_size=1, max_size=5)
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-5, 10**6),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.text(st.sampled_from("ab,]}#ä\"'\\\n\t=[{é日"), max_size=8),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def inline(value) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{quoted(k)} = {inline(v)}" for k, v in value.items()) + " }" if value else "{}"
    if isinstance(value, list):
        return "[" + ", # ]}\n  ".join(map(inline, value)) + "]"
    return tomli_w.dumps({"v": value})[4:].strip()


def quoted(key: str) -> str:
    return tomli_w.dumps({key: 0}).rpartition(" = ")[0]


def at(source: str, node) -> str:
    return source.split("\n")[node.place.line - 1][node.place.column - 1 :]


def check_places(source: str) -> None:
    document = tomli.loads(source)
    root = text.parse(source, "f")
    assert root.plain() == document
    for path, node in places(root):
        if path and isinstance(path[-1], str):
            written = source.split("\n")[node.key.line - 1][node.key.column - 1 :]
            assert written.startswith((path[-1], '"', "'"))
        if isinstance(node.value, bool):
            assert at(source, node).startswith("true" if node.value else "false")
        elif isinstance(node.value, (int, float)):
            assert float(re.match(r"[+\-\d.e]+", at(source, node))[0]) == node.value
        elif isinstance(node.value, str):
            assert at(source, node)[0] in "\"'"


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_every_path_of_a_written_document_has_its_place(document):
    check_places(tomli_w.dumps(document))


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_every_path_of_inline_tables_has_its_place(document):
    check_places("".join(f"{quoted(key)} = {inline(value)} # end\n" for key, value in document.items()))


HEADERS = st.lists(
    st.sampled_from(["[a]", "[a.b]", "[[c]]", "[c.d]", "[[c.e]]", "[ f . 'g h' ]", "x = 1", "y.z = 2", "y.w = [1]"])
)


@given(HEADERS)
def test_every_path_of_headers_and_dotted_keys_has_its_place(lines):
    source = "\n".join(lines)
    try:
        tomli.loads(source)
    except tomli.TOMLDecodeError:
        return
    check_places(source)
