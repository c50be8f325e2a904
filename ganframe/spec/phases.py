"""`[run]` and its stretches, `[phases.NAME]` (rule 12)."""

from __future__ import annotations

from ganframe.errors import Problem
from ganframe.spec.model import RUN_ONLY, Node, Phase, RunOptions
from ganframe.spec.table import Table, plain_texts
from ganframe.spec.uses import option_names

OPTIONS = option_names(RunOptions)

_HINTS = {
    "epochs": "training is counted in steps: steps = epochs x rows / batch_size",
    "epoch": "training is counted in steps: steps = epochs x rows / batch_size",
    "device": 'write [device] with type = "..."',
    "precision": "it stands under [device]",
    "lr": "it is an option of each network's optimizer",
    "n_critic": "did you mean 'discriminator_steps'?",
    "critic_steps": "did you mean 'discriminator_steps'?",
    "batch": "did you mean 'batch_size'?",
    "iterations": "did you mean 'steps'?",
}


def run_table(top: Table, problems: list[Problem]) -> dict[str, Node]:
    """The keys of `[run]`."""
    node = top.take("run")
    return {} if node is None else _options(Table(node, "run", problems), OPTIONS)


def phase(name: str, node: Node, problems: list[Problem]) -> Phase:
    """A phase's table."""
    table = Table(node, f"phases.{name}", problems)
    losses, trains = plain_texts(table.texts("losses")), plain_texts(table.texts("trains"))
    for key in RUN_ONLY:
        if (wrong := table.take(key)) is not None:
            table.fault(wrong, key, f"'{key}' holds for the whole run and stands under [run]", key_place=True)
    return Phase(name, _options(table, [o for o in OPTIONS if o not in RUN_ONLY]), losses, trains, table.path)


def _options(table: Table, known: list[str] | tuple[str, ...]) -> dict[str, Node]:
    options = {key: node for key in known if (node := table.take(key)) is not None}
    table.close(_HINTS)
    _divides(table, options)
    return options


def _divides(table: Table, options: dict[str, Node]) -> None:
    parts, rows = options.get("accumulate"), options.get("batch_size")
    counts = [node.value for node in (rows, parts) if node is not None and type(node.value) is int and node.value > 0]
    if parts is not None and len(counts) == 2 and counts[0] % counts[1]:
        table.fault(parts, "accumulate", f"batch_size {counts[0]} cannot be cut into {counts[1]} equal parts")
