"""Limits, syntax and encodings of a spec's text."""

from __future__ import annotations

import os
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganframe.errors import SpecError
from ganframe.spec import limits, text
from ganframe.spec.newer import newer


def fault(source: str) -> str:
    with pytest.raises(SpecError) as raised:
        text.parse(source, "f.toml")
    return str(raised.value)


SYNTAX = [
    ("lr = .1", "f.toml:1:6: invalid value; a number needs a digit before the point: write 0.1"),
    ("lr = -.5e3", "f.toml:1:6: invalid value; a number needs a digit before the point: write -0.5e3"),
    ("lr = 1.", "f.toml:1:7: the value should end here; a number needs a digit after the point: write 1.0"),
    ("a = { b = 1., c = 2 }", "f.toml:1:12: an inline table's '}' or a comma is missing before this; a number"),
    ("bias = True", "f.toml:1:8: invalid value; write true"),
    ("bias = False", "f.toml:1:8: invalid value; write false"),
    ("a = None", "TOML has no null: leave the key out, or write false"),
    ("a = 01", "no leading zeros"),
    ("act = ReLU", 'f.toml:1:7: invalid value; a string stands in quotes: write "ReLU"'),
    ("from = @last", 'f.toml:1:8: invalid value; a string stands in quotes: write "@last"'),
    ("n = $width", 'write "$width"'),
    ("[data]\nsize = 48, 48", "f.toml:2:10: the value should end here; several values are an array: write [48, 48]"),
    ("size = 48, 48  # px", "write [48, 48]"),
    ("size = (48, 48)", "an array is written [1, 2]"),
    ("size = 48,", "no ',' stands after a value"),
    ("steps = 60 * 1000", "nothing is calculated in a spec"),
    ("lr: 0.1", "f.toml:1:3: expected '=' after the key; TOML writes key = value"),
    ("a == 3", "f.toml:1:4: invalid value"),
    ("a =", "f.toml:1:4: invalid value; a value is missing"),
    ("// x", "a comment starts with #"),
    ("a = “x”", "straight quotes"),
    ("a = 1\nb = 2\na = 3", "f.toml:3:6: this key has a value already"),
    ("[a]\n[b]\n[a]", "f.toml:3:3: [a] is written twice"),
    ("[a.'b c']\n[a.'b c']", "f.toml:2:9: [a.b c] is written twice"),
    ('p = "C:\\data"', "f.toml:1:10: a backslash"),
    ('layers = [\n "A"\n "B"\n]', "f.toml:3:2: an array's ']' or a comma is missing before this"),
    ('k = "abc', "f.toml:1:9: unterminated string"),
    ('# é\nä = "x"', "f.toml:2:1: expected a key"),
    ("a = 1_000_", "the value should end here"),
]

NEWER = [
    ("a = { x = 1, }", "f.toml:1:12: an inline table is one line without a comma at its end"),
    ('b = 1\na = { x = 1,\n  y = 2 }', "f.toml:2:13: an inline table is one line"),
    ("a = {\nx = 1 }", "f.toml:1:6: an inline table"),
    ("a = [\n  { x = 1 # no\n  },\n]", "f.toml:2:15: an inline table"),
    ("a = { x = [1,\n2], y = { z = 1, } }", "f.toml:2:16: an inline table"),
    ('a = "\\e[0m"', "f.toml:1:6: the escape \\e is TOML 1.1"),
    ('b = 1\nä = "x"\n'.replace("ä", '"ä"') + 'a = ["é\\x41"]', "f.toml:3:8: the escape \\x is TOML 1.1"),
    ("a = 07:32", "f.toml:1:5: a spec holds no dates and times"),
    ("a = 1979-05-27 07:32", "f.toml:1:16: a spec holds no dates and times"),
]

VALUES = [
    ("[net]\nlr = 1e400", "f.toml:2:6: net.lr: a number must be finite"),
    ("lr = nan", "f.toml:1:6: lr: a number must be finite"),
    ("a = [1, { b = -inf }]", "f.toml:1:15: a[1].b: a number must be finite"),
    ("a = 9223372036854775808", "f.toml:1:5: a: an integer must lie between -2^63 and 2^63 - 1"),
    ("a = 0x" + "f" * 6000, "f.toml:1:5: a: an integer must lie between"),
    ("b = 1\n  a = " + "9" * 5000, "f.toml:2:7: a number has too many digits"),
    ("a = 1979-05-27", "f.toml:1:5: a: a spec holds no dates and times"),
    ("a = 1979-05-27T07:32:00Z", "f.toml:1:5: a: a spec holds no dates"),
    ("a = 07:32:00", "f.toml:1:5: a: a spec holds no dates"),
    (f'k = "{"x" * 65537}"', "f.toml:1:5: k: a string has at most 65_536 bytes"),
    (f'k = "{"ä" * 33000}"', "f.toml:1:5: k: a string has at most 65_536 bytes"),
    ("x" * 201 + " = 1", "f.toml:1:1: a key has at most 200 characters, this has 201"),
    ('ok = 1\n"a\\u202eb" = 1', "f.toml:2:1: the key holds the invisible character U+202E"),
    ('[t]\n"a\\u0000" = 1', "f.toml:2:1: t: the key holds the invisible character U+0000"),
    ("x = " + "[" * 40 + "]" * 40, "f.toml: arrays and tables are nested more than 32 levels deep"),
    ("x = " + "[" * 5000 + "]" * 5000, "f.toml: arrays and tables are nested more than 32 levels deep"),
    ("a." * 1500 + "b = 1", "f.toml: arrays and tables are nested more than 32 levels deep"),
    ("a." * 500 + "b = 1", "f.toml: arrays and tables are nested more than 32 levels deep"),
    (f"x = [{'1,' * 100_000}]", "f.toml: a spec holds at most 100_000 values"),
]


@pytest.mark.parametrize(("source", "expected"), SYNTAX + NEWER + VALUES)
def test_what_is_wrong_is_said_with_its_place(source, expected):
    assert expected in fault(source)


def test_every_value_beyond_its_limit_is_named_at_once():
    assert fault("a = nan\nb = 1\nc = inf").splitlines() == [
        "f.toml:1:5: a: a number must be finite",
        "f.toml:3:5: c: a number must be finite",
    ]


@pytest.mark.parametrize("source", ["a = 9223372036854775807\nb = -9223372036854775808", "x = " + "[" * 31 + "]" * 31])
def test_values_at_their_limit_are_read(source):
    assert text.parse(source, "f.toml").plain() == tomllib.loads(source)


def test_a_byte_order_mark_is_dropped(write):
    written, root = text.load(write(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n"))
    assert written == "a = 1\r\nb = 2\r\n"
    assert root.plain() == {"a": 1, "b": 2}
    assert str(root.value["b"].place) == "a.toml:2:5"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("a = 1".encode("utf-16"), "a.toml:1:1: the file is UTF-16; save it as UTF-8"),
        (b"# ok\na = '\xe9'", "a.toml:2:6: the byte 0xe9 is not UTF-8; save the file as UTF-8"),
        ('ä = "'.encode() + b"\xff", "a.toml:1:6: the byte 0xff is not UTF-8"),
        (b"a = 1 # " + b"x" * limits.MAX_BYTES, "a.toml: a spec has at most 1_048_576 bytes"),
        (b"a = 1\0", "a.toml:1:6: the value should end here"),
    ],
)
def test_bytes_that_are_no_spec(faults, data, expected):
    assert expected in faults(data)[0]


def test_what_is_no_regular_file_is_not_opened(write, tmp_path):
    write("")
    os.mkfifo("pipe")
    (tmp_path / "folder").mkdir()
    expected = {
        "pipe": "pipe: is no regular file",
        "folder": "folder: is a folder",
        "/dev/zero": "/dev/zero: is no regular file",
        "gone.toml": f"gone.toml: no such file: {tmp_path}/gone.toml",
        "nul\0.toml": "cannot be read: embedded null byte",
    }
    for name, message in expected.items():
        with pytest.raises(SpecError, match=message):
            text.read(name)


def test_an_unreadable_file_is_named(write, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    path = write("a = 1")
    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(SpecError, match=r"a\.toml: cannot be read: Permission denied"):
        text.read(path)


PIECES = st.sampled_from([
    "a", "b.c", '"q"', " = ", "=", "{", "}", "[", "]", ",", "\n", " ", "1", "1.5", "true", '"s"', "'l'", '"\\t"',
    '"\\e"',
    '"\\x41"', "# c", "'\\e'", '"""m\n"""', "'''\n'''", "07:32", "07:32:01", '"a,}"', "[[t]]", "[h]",
    '""""x""""', "{a = 1}", "x = {b = [1,\n 2]}", "y = [{a = 1},\n]",
])  # fmt: skip


@given(st.lists(PIECES, max_size=14).map("".join))
def test_a_text_is_read_if_and_only_if_it_is_toml_1_0(source):
    try:
        strict = tomllib.loads(source)
    except tomllib.TOMLDecodeError:
        with pytest.raises(SpecError):
            text.parse(source, "f.toml")
        return
    assert newer(source) is None or "07:32" in source
    if "07:32" not in source:
        assert text.parse(source, "f.toml").plain() == strict


WRITTEN = [
    "{ x = 1 }", "{ x = 1, }", "{ x = 1,\n y = 2 }", "{\nx = 1 }", "[1,\n2,\n]", '"\\e"', "'\\e'", '"\\u0041"',
    "{ x = [\n1 ] }", "{ x = '#' } # {", '"""\\x41"""', "'''{\n,}'''", '"{ x = 1, }"', "{ x = { y = 1, } }",
]  # fmt: skip

STATEMENTS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", "d", "e.f", "e.g", '"é"', "'x y'"]), st.sampled_from(WRITTEN)),
    unique_by=lambda pair: pair[0],
)


@given(STATEMENTS)
def test_newer_toml_is_refused_where_the_standard_library_refuses_it(pairs):
    source = "\n".join(f"{key} = {value}" for key, value in pairs)
    try:
        tomllib.loads(source)
    except tomllib.TOMLDecodeError:
        assert newer(source) is not None
    else:
        assert newer(source) is None


@given(st.binary(max_size=60))
def test_no_bytes_escape_as_another_exception(data):
    try:
        text.parse(text._decoded(data, "f.toml"), "f.toml")
    except SpecError as error:
        assert error.errors
