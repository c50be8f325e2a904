"""What `Watch` would say now."""

from __future__ import annotations

import torch

from ganframe_gan.diagnosis.case import Case
from ganframe_gan.diagnosis.finding import Finding
from ganframe_gan.hooks.looks import Look, logits, norm, separation, spread
from ganframe_gan.hooks.watch import Memory, advice, faults

ASKS = "The plain faults of a game, which the run itself warns of while they last: one look at each, now."


def ask(case: Case, generator: str, discriminator: str) -> Finding:
    """Every fault of `Watch` that holds at this look."""
    memory = Memory(1)
    losses = case.game.losses("discriminator").items()
    memory.critic = any(value < 0 for name, value in losses if ".discriminator" in name)
    seen = look(case, generator, discriminator)
    found = [fault for fault in faults(seen, memory) if fault.holds]
    numbers = {"accuracy": seen.accuracy, "overlap": seen.overlap, "spread": seen.spread}
    told = f"samples have {seen.spread:.0%} of the data's spread"
    told += f", and a made row beats a real one {seen.overlap:.0%} of the time" if seen.overlap == seen.overlap else ""
    said = "; ".join(fault.what + (f" ({fault.evidence.strip()})" if fault.evidence else "") for fault in found)
    return Finding(
        name="watch", title="Plain faults", asks=ASKS, verdict="bad" if found else "good",
        says=f"{said[0].upper()}{said[1:]}." if found else f"None shows: {told}.",
        change="; ".join(dict.fromkeys(advice(case.run, fault.change) for fault in found)),
        pair=case.called(generator, discriminator), figures=numbers,
    )  # fmt: skip


def look(case: Case, generator: str, discriminator: str) -> Look:
    """A look at the pair over one batch."""
    gradients = {**case.game.gradients("discriminator"), **case.game.gradients("generator")}
    with torch.no_grad():
        step = case.game.step("discriminator", generator, discriminator)
        name = step.judged_names[0]
        real, fake = step.real[name], step.fake[name]
        told = logits(step.real[discriminator], real), logits(step.fake[discriminator], fake)
        norms = {n: norm(gradients.get(n, {}).values()) for n in (generator, discriminator)}
        return Look(generator, discriminator, *separation(*told), spread(real, fake), norms)
