"""A click group that imports a command's module when the command is looked up."""

from __future__ import annotations

import importlib
import keyword
from typing import Any

import click

from ganframe.errors import did_you_mean

#: Characters of a command's summary at most: all of it.
_WHOLE = 1000


class WholeGroup(click.Group):
    """A group whose help shows whole first sentences of its commands: they are wrapped, not cut."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands."""
        commands = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(name, command.get_short_help_str(_WHOLE)) for name, command in commands if command is not None]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class LazyGroup(WholeGroup):
    """Commands named in `lazy`, each the function of that name in the module of that name under `commands_in`.

    A command whose name is a word of Python's has both with an underscore behind it: `import_.import_`.
    """

    def __init__(self, *args: Any, commands_in: str, lazy: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._package, self._lazy = commands_in, lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of use."""
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, its module imported now; None where there is none of that name."""
        if cmd_name not in self._lazy:
            return None
        name = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        command: click.Command = getattr(importlib.import_module(f"{self._package}.{name}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, with the nearest command's name in the message."""
        if args[0] not in self._lazy and not args[0].startswith("-"):
            ctx.fail(f"No such command '{args[0]}'{did_you_mean(args[0], self._lazy)}")
        return super().resolve_command(ctx, args)
