"""What stands for SPEC: a path, a file of that name here, a shipped spec."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from ganframe.cli import specs


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and shipped specs `digits` and `points` (one of them in a folder of the zoo)."""
    shipped = tmp_path / "shipped"
    (shipped / "toys").mkdir(parents=True)
    (shipped / "digits.toml").write_text("format = 1\n")
    (shipped / "toys" / "points.toml").write_text("format = 1\n")
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(specs, "SHIPPED", shipped)
    return here


def test_a_path(house: Path) -> None:
    (house / "my.toml").touch()
    assert specs.find_spec("my.toml") == Path("my.toml")
    assert specs.find_spec(str(house / "my.toml")) == house / "my.toml"


def test_a_shipped_name(house: Path) -> None:
    assert specs.find_spec("digits").name == "digits.toml"
    assert specs.find_spec("points").parent.name == "toys"
    assert specs.origin(specs.find_spec("digits")) == "shipped"


def test_a_file_here_wins_over_a_shipped_one(house: Path) -> None:
    (house / "digits.toml").touch()
    found = specs.find_spec("digits")
    assert found == Path("digits.toml")
    assert specs.origin(found) == "digits.toml"


@pytest.mark.parametrize(("text", "said"), [
    ("digist", "no file and no shipped spec 'digist'; did you mean 'digits'?"),
    ("zebra", "; shipped are digits, points"),
    ("mine.toml", "here/mine.toml'"),
    ("no/such/place.toml", "no file '"),
    (".", "is a folder"),
])  # fmt: skip
def test_what_is_not_there(house: Path, text: str, said: str) -> None:
    with pytest.raises(click.BadParameter) as caught:
        specs.find_spec(text)
    assert said in str(caught.value.message)


def test_a_near_file_is_named(house: Path) -> None:
    (house / "my_gan.toml").touch()
    with pytest.raises(click.BadParameter, match="did you mean 'my_gan.toml'"):
        specs.find_spec("mygan.toml")
    with pytest.raises(click.BadParameter, match="did you mean 'my_gan'"):
        specs.find_spec("mygan")
