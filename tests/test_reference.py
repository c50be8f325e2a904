"""The reference page is what `ganframe plugins reference` writes, and leaves nothing out."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from ganframe import component, option
from ganframe.cli import cli
from ganframe.cli.describe import describe, option_text
from ganframe.cli.reference import markdown
from ganframe.component import options
from ganframe.registry import STOCK, Entry
from tests.pages import ROOT
from tests.test_schema_file import PINNED, SAME_TORCH
from tests.toy import registry

PAGE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")


def sections(page: str) -> dict[str, str]:
    """The components' sections by anchor."""
    parts = re.split(r'^### <a name="([^"]+)"></a>', page, flags=re.M)
    texts = [re.split(r"^## ", text, flags=re.M)[0].strip() for text in parts[2::2]]
    return dict(zip(parts[1::2], texts, strict=True))


def stock() -> list[Entry]:
    """ganframe's own components."""
    return [entry for entry in registry() if entry.distribution == STOCK]


@pytest.mark.skipif(not SAME_TORCH, reason=f"made with {PINNED}")
def test_the_page_is_current() -> None:
    made = CliRunner().invoke(cli, ["plugins", "reference"])
    assert made.exit_code == 0
    # Lists of lines, so that a failure shows those that differ.
    again = "write it again: ganframe plugins reference --out docs/reference.md"
    assert made.stdout.splitlines() == PAGE.splitlines(), again


def test_every_component_has_its_section_with_all_its_options() -> None:
    found = sections(PAGE)
    assert set(found) == {f"{entry.kind}-{entry.name}" for entry in stock()}
    for entry in stock():
        named = re.findall(r"^\| `(\w+)` \|", found[f"{entry.kind}-{entry.name}"], re.M)
        assert named == list(options(entry.cls)), entry.name


def test_a_plugins_own_page() -> None:
    @component
    class Fade:
        """x * strength: a | stands in *this* line, and <this>."""

        random = True
        strength: float = option(0.5, "how much | is left", min=0.0, max=1.0, curve=True)
        sides: tuple[str, ...] = option(("a", "b"), "which")
        amount: int = option(doc="must be said")
        more: int | None = option(None, "may be said")

        def build(self, x, label, extra=None, *others):
            raise AssertionError

    page = markdown([Entry("layer", "Fade", Fade, "fade", "ganframe-fade", "0.1", "fade.py")])
    assert "x \\* strength: a | stands in \\*this\\* line, and \\<this\\>." in page
    assert "Inputs: `x`, `label`, `extra` (may be left out), any number more." in page
    assert "Note: draws random numbers." in page
    assert "| `strength` | a number or a curve, at least 0.0, at most 1.0 | `0.5` | how much \\| is left |" in page
    assert '| `sides` | an array of strings | `["a", "b"]` | which |' in page
    assert "| `amount` | an integer | required | must be said |" in page
    assert "| `more` | an integer | may be left out | may be said |" in page
    assert "## Layers" in page and "[run]" not in page


def test_describe_says_the_same_on_the_terminal() -> None:
    entries = {(entry.kind, entry.name): entry for entry in stock()}
    norm = describe(entries["layer", "ConditionalBatchNorm2d"])
    assert "\ninputs: `x`, `condition`\n" in norm
    adam = options(entries["optimizer", "Adam"].cls)
    assert option_text("lr", adam["lr"]).splitlines()[0] == "  lr: a number or a curve, at least 0, default 0.001"
    betas = option_text("betas", adam["betas"])
    assert "an array of 2 numbers or curves, at least 0, at most 1, default [0.9, 0.999]" in betas
    loss = options(entries["loss", "CrossEntropyLoss"].cls)
    assert option_text("input", loss["input"]).startswith('  input: a tensor, such as "fake.x", required')
    game = options(entries["loss", "Unrolled"].cls)
    assert option_text("game", game["game"]).startswith('  game: a loss, default "NonSaturating"')
    many = options(entries["loss", "ConsistencyRegularization"].cls)
    assert "an augmentation or an array of augmentations, required" in option_text("augment", many["augment"])


def test_unknown_names_are_refused() -> None:
    made = CliRunner().invoke(cli, ["plugins", "reference", "Adm"])
    assert made.exit_code == 2 and "did you mean 'Adam'?" in made.output
