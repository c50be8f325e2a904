"""`ganframe diagnose`: what the two networks of a run do to each other, and what to change."""

from __future__ import annotations

import json

import click

from ganframe.cli.options import (
    at_option,
    device_option,
    plugins_option,
    run_argument,
    sampling_only,
    set_option,
    with_device,
)

_WORDS = {"bad": "wrong", "look": "look here", "good": "fine", "note": ""}


@click.command()
@run_argument
@click.option(
    "--samples", type=click.IntRange(min=8), default=512, show_default=True,
    help="Real, held-out and made rows that are looked at.",
)
@click.option(
    "--split", default="test", show_default=True, metavar="NAME",
    help="The data's split whose rows the discriminator never saw.",
)
@click.option("--json", "as_json", is_flag=True, help="The findings as one JSON object, as in diagnosis.json.")
@at_option
@set_option
@device_option
@plugins_option
def diagnose(
    run: str, samples: int, split: str, as_json: bool, at: str, overrides: tuple[str, ...], device: str | None,
    blocked: tuple[str, ...],
) -> None:
    """Ask what the networks of RUN do to each other, and say what to change in the spec.

    Whether the discriminator knows its rows by heart, what it looks at, what reaches the generator, what of the data is
    made, and more. Writes diagnosis.html, diagnosis.json and pictures into the run's folder.
    """
    sampling_only(overrides)
    from ganframe.cli.engine import opened

    found = opened(run, at, with_device(overrides, device), blocked)
    hook = found.plan.registry.get("hook", "Diagnose")(samples=samples, split=split)
    told = [it.plain() for it in hook.diagnose(found, found.path)]
    if as_json:
        about = {"format": 1, "run": found.spec.name, "step": found.step}
        print(json.dumps({**about, "findings": told}, ensure_ascii=False))
        return
    for it in told:
        word = f"{_WORDS[it['verdict']]}: " if _WORDS[it["verdict"]] else ""
        pair = f" ({it['pair']})" if it["pair"] else ""
        print(f"{it['title']}{pair}: {word}{it['says']}")
        if it["change"]:
            print(f"  change: {it['change']}")
    if found.path is not None:
        print(f"page: {found.path / 'diagnosis.html'}")
