"""Does what the discriminator asks for reach the samples?"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from ganframe_gan.diagnosis.case import Case
from ganframe_gan.diagnosis.finding import Finding, bars
from ganframe_gan.hooks.looks import logits

#: Below these the samples hardly go where the discriminator wants them, or rather somewhere else.
LITTLE, AGAINST = 0.3, 0.0
#: A move of the samples below this cosine is little of what was asked for, which is usual for large samples.
FAINT = 0.1
#: How far the generator's weights are moved to see where samples go, as a share of their norm.
MOVE = 1e-3

ASKS = (
    "The discriminator's gradient at a sample says how the sample would have to change to look more real. The "
    "generator should want that change, and its next step should bring it about: a cosine of 1 is the same direction, "
    "0 has nothing to do with it, below 0 is the opposite."
)


def ask(case: Case, generator: str, discriminator: str) -> Finding:
    """The cosine of d logit / d sample with minus the gradient of the generator's losses there, and with its move.

    `asked`: mean over samples with -dL/dx, L all weighted losses of the generator. `reached`: over the whole batch with
    G(theta - e dL/dtheta) - G(theta), a plain gradient step: J J^T (-dL/dx) to the first order.
    """
    game = case.game
    step, name = game.step("generator", generator, discriminator), case.sample_of(generator, discriminator)
    wanted = game.toward(step, name)
    told = asks_for(step, discriminator, name)
    if not wanted or told is None:
        return finding(case, generator, discriminator, "note", "The discriminator's gradient does not come to samples.")
    asked = cosine(-wanted[0], told)
    moved = move(game, generator, discriminator, told.shape)
    reached = math.nan if moved is None else float(cosine(moved.reshape(1, -1), told.reshape(1, -1)))
    numbers = {"asked": float(asked.mean()), "reached": reached}
    verdict, says, change = judged(numbers, told)
    shown = {"what the generator wants": numbers["asked"], "what its step does": reached}
    chart = bars("cosine with what the discriminator asks for", shown, 1.0)
    return finding(case, generator, discriminator, verdict, says, change, figures=numbers, bars=(chart,))


def asks_for(step: Any, discriminator: str, name: str) -> Tensor | None:
    """d logit / d sample at the made rows; None where there is none. The samples must be leaves."""
    at = step.fake[name]
    number = logits(step.fake[discriminator], step.fake[step.judged_names[0]])
    if number is None or not at.requires_grad or not number.requires_grad:
        return None
    (found,) = torch.autograd.grad(number.sum(), at, allow_unused=True)
    return None if found is None else found.detach()


def move(game: Any, generator: str, discriminator: str, shape: tuple[int, ...]) -> Tensor | None:
    """How samples (of that shape) change in a small step down the generator's gradient; None where that is not told."""
    gradients = game.gradients("generator").get(generator)
    if not gradients:
        return None
    network = game.examination.trainer.networks[generator]
    own = {name: value for name, value in network.named_parameters() if name in gradients}
    size = torch.stack([value.detach().norm() for value in own.values()]).norm()
    steep = torch.stack([value.norm() for value in gradients.values()]).norm()
    if not float(steep) > 0:
        return None
    rate = MOVE * size / steep
    found = []
    for sign in (0.0, 1.0):
        step = game.step("generator", generator, discriminator)
        weights = {name: value.detach() - sign * rate * gradients[name] for name, value in own.items()}
        with torch.no_grad():
            made = step.fake.run(generator, weights)
        found.append(made[0] if isinstance(made, tuple) else made)
    return found[1] - found[0] if found[0].shape == shape else None


def cosine(one: Tensor, other: Tensor) -> Tensor:
    """The cosine of each row."""
    return torch.nn.functional.cosine_similarity(one.flatten(1).float(), other.flatten(1).float(), eps=1e-20)


def judged(numbers: dict[str, float], told: Tensor) -> tuple[str, str, str]:
    """Verdict, sentence and advice."""
    asked, reached = numbers["asked"], numbers["reached"]
    if not told.abs().any():
        return "bad", "The discriminator asks for nothing: its gradient at the samples is zero.", (
            "{R1}, LeakyReLU for ReLU in the discriminator, or another loss"
        )
    said = f"What the generator's losses want at its samples agrees with the discriminator to {asked:.2f}"
    if not math.isnan(reached):
        said += f"; a step of its weights moves the samples that way to {reached:.2f}"
    if asked < AGAINST or reached < AGAINST:
        return "bad", f"{said}: the generator goes against its judge.", (
            "a smaller weight for the generator's other losses; with saturated logits another adversarial loss"
        )
    if asked < LITTLE:
        return "look", f"{said}: other losses of the generator outweigh the discriminator.", (
            "a smaller weight for reconstruction, rules and other losses, or a larger one for the adversarial loss"
        )
    share = "a little of " if reached < FAINT else ""
    return "good", f"{said}: {share}what the discriminator asks for reaches the samples.", ""


def finding(
    case: Case, generator: str, discriminator: str, verdict: str, says: str, change: str = "", **more: Any
) -> Finding:
    """A finding of this question."""
    return Finding(
        name="direction", title="Whether the discriminator is heard", asks=ASKS, verdict=verdict, says=says,
        change=change, pair=case.called(generator, discriminator), **more,
    )  # fmt: skip
