"""Consistency regularisation: a discriminator should not mind what does not matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor
from torch.nn import functional as F

from ganframe import component, option
from ganframe_gan.augmentations import Flip

if TYPE_CHECKING:
    from ganframe import Batch, Step


@component
class ConsistencyRegularization:
    """CR (arXiv:1910.12027, eq. 3), bCR and zCR (arXiv:2002.04724, algorithms 1 to 3), T the `augment`.

    Discriminator: on_real · mean (D(x) - D(T(x)))^2 + on_fake · mean (D(G(z)) - D(T(G(z))))^2
    + on_latent · mean (D(G(z)) - D(G(z + n)))^2. Generator: -spread · mean (G(z) - G(z + n))^2. n ~ N(0, sigma^2).
    The papers: CR has weight 10; bCR weight 10 and on_fake = 1; zCR on_real = 0, on_latent = 5, spread = 0.5; ICR is
    bCR and zCR in one, on_real = on_fake = 10, on_latent = 5, spread = 0.5.
    T acts on the first judged input; CR's is `["Flip", "Shift"]`.
    """

    examples = ({"options": {"augment": Flip()}},)

    augment: Any | tuple[Any, ...] = option(
        doc="T: what must not matter, one or several in order; without a state", kind="augmentation"
    )
    on_real: float = option(1.0, "weight at real rows", min=0.0, curve=True)
    on_fake: float = option(0.0, "weight at fake rows (bCR)", min=0.0, curve=True)
    on_latent: float = option(0.0, "weight between neighbouring latents (zCR)", min=0.0, curve=True)
    spread: float = option(0.0, "generator's weight for making different things of them (zCR)", min=0.0, curve=True)
    latent: str = option("z", "the latent that zCR moves")
    sigma: float = option(0.03, "how far it is moved: standard deviation", min=0.0, curve=True)

    def __attrs_post_init__(self) -> None:
        for augmentation in self._augmentations():
            if hasattr(augmentation, "state"):
                raise ValueError(f"'augment' must have no state of its own; {type(augmentation).__name__} keeps one")
        if self.spread != 0:
            object.__setattr__(self, "generator", self.spread_out)

    def discriminator(self, step: Step) -> Tensor | None:
        """Squared difference of the logits that should be the same."""
        now, judge = step.now, step.discriminator
        terms = []
        for weight, batch in ((now(self.on_real), "real"), (now(self.on_fake), "fake")):
            if weight:
                seen: Batch = getattr(step, batch)
                terms.append(weight * F.mse_loss(self._augmented(seen, step)[judge], seen[judge]))
        if weight := now(self.on_latent):
            terms.append(weight * F.mse_loss(self._neighbour(step)[judge], step.fake[judge]))
        return sum(terms) if terms else None

    def spread_out(self, step: Step) -> Tensor:
        """The negative squared distance between neighbouring samples: the generator's side, where `spread` is not 0."""
        moved = self._neighbour(step)
        return -step.now(self.spread) * sum(F.mse_loss(moved[name], step.fake[name]) for name in step.judged_names)

    def _augmented(self, batch: Batch, step: Step) -> Batch:
        name, now = step.judged_names[0], step.now.at(rng=step.rng)
        seen = batch[name].detach()
        for augmentation in self._augmentations():
            seen = augmentation(seen, now)
        return batch.replace(**{name: seen})

    def _augmentations(self) -> tuple[Any, ...]:
        return self.augment if isinstance(self.augment, tuple) else (self.augment,)

    def _neighbour(self, step: Step) -> Batch:
        z = step.fake[self.latent]
        noise = step.randn(*z.shape).to(z) * step.now(self.sigma)
        return step.fake.replace(**{self.latent: z + noise})
