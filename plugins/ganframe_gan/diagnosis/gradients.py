"""Do both players get something to learn from, in all their layers?"""

from __future__ import annotations

import math

from torch import Tensor

from ganframe_gan.diagnosis.case import Case
from ganframe_gan.diagnosis.finding import Finding, bars
from ganframe_gan.hooks.looks import norm

#: A generator's gradient below this is none; a layer below this share of its network's largest is starved.
NONE, STARVED = 1e-6, 1e-4
#: Layers that a chart shows at most.
SHOWN = 24

ASKS = (
    "Each network learns by following its gradient: the direction in which every weight should move. A layer without "
    "gradient does not learn, and one whose gradient is vastly larger than the others' is thrown about."
)


def ask(case: Case, generator: str, discriminator: str) -> Finding:
    """The norm of the gradient of all weighted losses, by layer, for both players."""
    found: dict[str, dict[str, Tensor]] = {}
    for side in ("discriminator", "generator"):
        found |= case.game.gradients(side)
    layers = {n: by_layer(found.get(n, {})) for n in (generator, discriminator)}
    totals = {n: norm(found.get(n, {}).values()) for n in (generator, discriminator)}
    verdict, says, change = judged(generator, discriminator, layers, totals)
    return Finding(
        name="gradients", title="What the players learn from", asks=ASKS, verdict=verdict, says=says, change=change,
        pair=case.called(generator, discriminator),
        figures={"generator": totals[generator], "discriminator": totals[discriminator]},
        bars=tuple(bars(f"gradient norm by layer: {n}", few(it)) for n, it in layers.items() if it),
    )


def by_layer(gradients: dict[str, Tensor]) -> dict[str, float]:
    """Norms by layer, in the network's order: a layer is a parameter's name without its last word."""
    grouped: dict[str, list[Tensor]] = {}
    for name, gradient in gradients.items():
        layer = name.replace("parametrizations.", "").partition(".original")[0].rpartition(".")[0]
        grouped.setdefault(layer, []).append(gradient)
    return {name or "itself": norm(them) for name, them in grouped.items()}


def few(layers: dict[str, float]) -> dict[str, float]:
    """At most SHOWN of them, evenly chosen, the first and the last among them."""
    names = list(layers)
    if len(names) <= SHOWN:
        return layers
    return {name: layers[name] for name in (names[round(i * (len(names) - 1) / (SHOWN - 1))] for i in range(SHOWN))}


def judged(
    generator: str, discriminator: str, layers: dict[str, dict[str, float]], totals: dict[str, float]
) -> tuple[str, str, str]:
    """Verdict, sentence and advice."""
    told = f"The gradient of the {generator} has norm {totals[generator]:.3g}, that of the {discriminator} "
    told += f"{totals[discriminator]:.3g}"
    if any(math.isinf(v) or (math.isnan(v) and layers[n]) for n, v in totals.items()):
        return "bad", f"{told}: it is not finite.", "a lower lr, run.clip_grad_norm"
    if layers[generator] and totals[generator] < NONE:
        return "bad", f"{told}: the {generator} has nothing to learn from.", (
            "{R1}, a lower lr of the discriminator, or NonSaturating or RelativisticPairing as loss"
        )
    starved = [
        f"{n}'s {layer}" for n, them in layers.items() for layer, v in them.items()
        if v < STARVED * max(them.values(), default=0.0)
    ]  # fmt: skip
    if starved:
        some = ", ".join(starved[:3]) + (f" and {len(starved) - 3} more" if len(starved) > 3 else "")
        return "look", f"{told}. Almost nothing reaches {some}.", (
            "LeakyReLU for ReLU, norm layers, another `init`, or shortcuts around deep blocks"
        )
    missing = [n for n, them in layers.items() if not them]
    if missing:
        return "note", f"{told}. The {' and the '.join(missing)} is not trained in this phase.", ""
    return "good", f"{told}; every layer gets its share.", ""
