"""Tables of a network's lines for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.table import Table

from ganframe import estimate

if TYPE_CHECKING:
    from ganframe.plan import Plan

#: The width where there is no terminal to ask.
_WIDTH = 100


def network_table(plan: Plan, name: str) -> Table:
    """A network line by line: path, layer, shape of the output without the batch, own parameters."""
    network = plan.networks[name]
    inputs = ", ".join(f"{i} {shape(tuple(plan.metas[name][node].shape[1:]))}" for i, node in zip(network.inputs, network.placeholders, strict=True))
    table = Table(title=f"{name} ({inputs})", title_justify="left", title_style="bold", show_footer=True, box=None, pad_edge=False)
    cost = f"{estimate.flops(plan, name):,} FLOPs a row"
    table.add_column("line", footer="total", overflow="fold")
    table.add_column("layer", footer=cost, overflow="fold")
    outputs = ", ".join(f"{made} {shape(tuple(dims))}" for made, dims in plan.output(name).items())
    table.add_column("output", footer=outputs, overflow="fold")
    table.add_column("parameters", footer=f"{plan.parameters(name):,}", justify="right")
    for row in network.rows:
        table.add_row(row.path, row.layer, " ".join(map(shape, row.shape)), f"{row.parameters:,}" if row.parameters else "")
    return table


def show(body: RenderableType) -> None:
    """Print a table on standard output, as wide as the terminal."""
    console = Console()
    (console if console.is_terminal else Console(width=_WIDTH)).print(body, highlight=False)


def shape(dims: tuple[int, ...]) -> str:
    """A shape as 64x8x8, or `scalar`."""
    return "x".join(map(str, dims)) or "scalar"


def size(count: float) -> str:
    """Bytes as 512 B, 1.2 MB, 3.4 GB."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:,.3g} TB"
