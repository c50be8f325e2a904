"""Tables of a network's lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
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
    inputs = zip(network.inputs, (plan.metas[name][node].shape[1:] for node in network.placeholders), strict=True)
    read = ", ".join(f"{wire} {shape(dims)}" for wire, dims in inputs)
    made = ", ".join(f"{wire} {shape(dims)}" for wire, dims in plan.output(name).items())
    table = Table(title=f"{name} ({read})", title_justify="left", title_style="bold", show_footer=True, box=None)
    table.add_column("line", footer="total", overflow="fold")
    table.add_column("layer", footer=f"{estimate.flops(plan, name):,} FLOPs a row", overflow="fold")
    table.add_column("output", footer=made, overflow="fold")
    table.add_column("parameters", footer=f"{plan.parameters(name):,}", justify="right")
    for row in network.rows:
        path = row.path.removeprefix(f"networks.{name}.")
        own = f"{row.parameters:,}" if row.parameters else ""
        table.add_row(path, row.layer, " ".join(map(shape, row.shape)), own)
    return table


def show(body: RenderableType) -> None:
    """Print a table on standard output, as wide as the terminal."""
    console = Console()
    (console if console.is_terminal else Console(width=_WIDTH)).print(body, highlight=False)


def shape(dims: Iterable[int]) -> str:
    """A shape as 64x8x8, or `scalar`."""
    return "x".join(map(str, dims)) or "scalar"


def size(count: float) -> str:
    """Bytes as 512 B, 1.2 MB, 3.4 GB."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:,.3g} TB"
