"""How a run's numbers read, on the terminal and in the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ganframe import Run


def short(number: float) -> str:
    """A count or a rate in few characters: 950, 8.84, 12.8k, 3.1M."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(number) >= size:
            return f"{number / (1e3 if unit == 'k' else size):.3g}{unit}"
    return f"{number:.0f}" if number == round(number) or abs(number) >= 100 else f"{number:.3g}"


def clock(seconds: float) -> str:
    """A time as 0:07, 12:30 or 3:05:00."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def losses(values: dict[str, float]) -> str:
    """Loss values by name, the two sides of one loss together: `game D 0.62 G 0.91   r1 0.031`."""
    said: dict[str, list[str]] = {}
    for key, value in values.items():
        name, _, rest = key.partition(".")
        side, _, pair = rest.partition(".")
        side = {"discriminator": "D ", "generator": "G "}.get(side, f"{side} " if side else "")
        said.setdefault(f"{name} {pair}".rstrip(), []).append(f"{side}{value:.3g}")
    return "   ".join(f"{name} {' '.join(sides)}" for name, sides in said.items())


def figures(values: dict[str, float]) -> str:
    """A metric's figures by name: `fd.frechet 0.42   fd.recall 0.84`; `modes 8` where both are called alike."""
    return "   ".join(f"{called(name)} {value:.4g}" for name, value in values.items())


def measured(run: Run) -> dict[str, float]:
    """The latest figures of metrics, without those that hooks give."""
    return {name: value for name, value in run.figures.items() if name.partition(".")[0] in run.protocols}


def called(name: str) -> str:
    """A figure's name without saying one word twice."""
    metric, _, figure = name.partition(".")
    return metric if metric == figure else name


def protocol(run: Run, name: str) -> str:
    """How a metric's figures were taken: `n 1797, split train`; empty where it does not say."""
    return ", ".join(f"{key} {said}" for key, said in run.protocols.get(name, {}).items())


def network_sizes(run: Run) -> dict[str, int]:
    """Parameters of each network, averaged copies left out."""
    nets = run.networks.items()
    return {name: sum(p.numel() for p in net.parameters()) for name, net in nets if not name.endswith("_ema")}
