"""Games that change how another game is played: what they share."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from torch import Tensor

from ganframe import component, option
from ganframe_gan.losses.adversarial import NonSaturating

if TYPE_CHECKING:
    from ganframe import Step


@component
class Around:
    """A game around another one, whose sides read logits only; as it stands both sides are that game's own."""

    game: Any = option(NonSaturating(), "the adversarial loss that is played; its sides read logits only", kind="loss")

    def __attrs_post_init__(self) -> None:
        for side in (self.game.discriminator, self.game.generator):
            others = sorted(set(inspect.signature(side).parameters) - {"real", "fake"})
            if others:
                raise ValueError(f"'game' must read logits only; {type(self.game).__name__} also reads '{others[0]}'")

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """The game's discriminator loss."""
        return self.game.discriminator(real=real, fake=fake)

    def generator(self, step: Step) -> Tensor:
        """The game's generator loss."""
        judge = step.discriminator
        return told(self.game.generator, lambda: step.real[judge], lambda: step.fake[judge])


def told(side: Callable[..., Tensor], real: Callable[[], Tensor], fake: Callable[[], Tensor]) -> Tensor:
    """A game's side, given the logits that it asks for; no others are computed."""
    given = {"real": real, "fake": fake}
    return side(**{name: given[name]() for name in inspect.signature(side).parameters})


def by_row(numbers: Tensor, like: Tensor) -> Tensor:
    """Numbers (N,) shaped to multiply, or to choose among, rows of `like` (N, ...) on its device."""
    return numbers.to(like.device).view(-1, *[1] * (like.dim() - 1))
