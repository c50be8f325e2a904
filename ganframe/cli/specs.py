"""From what stands for SPEC on the command line to a file: a path, or the name of a spec that comes with ganframe."""

from __future__ import annotations

from pathlib import Path

import click

from ganframe.errors import did_you_mean

_PACKAGE = Path(__file__).resolve().parent.parent
#: In a wheel the specs lie inside the package, in a checkout beside it.
SHIPPED = next((f for f in (_PACKAGE / "specs", _PACKAGE.parent / "specs") if f.is_dir()), _PACKAGE / "specs")


def shipped() -> dict[str, Path]:
    """The specs that come with ganframe, by name; in a sub-folder, where that name is taken, with it: `small/lsgan`."""
    found: dict[str, Path] = {}
    for path in sorted(SHIPPED.rglob("*.toml"), key=lambda path: (len(path.parts), path)):
        inside = path.relative_to(SHIPPED).with_suffix("").as_posix()
        found[inside if path.stem in found else path.stem] = path
    return found


def find_spec(text: str) -> Path:
    """The file that SPEC means. A file in reach wins over a shipped spec of that name.

    Raises click.BadParameter, with the nearest name, where there is none.
    """
    for path in (Path(text), Path(f"{text}.toml")):
        if path.is_file():
            return path
    specs = shipped()
    if text in specs:
        return specs[text]
    here = {path.stem for path in Path().glob("*.toml")}
    if Path(text).is_dir():
        raise click.BadParameter(f"'{text}' is a folder; a spec is a TOML file", param_hint="SPEC")
    if text.endswith(".toml") or len(Path(text).parts) > 1:
        near = did_you_mean(Path(text).name, [f.name for f in Path(text).parent.glob("*.toml")])
        raise click.BadParameter(f"no file '{Path(text).absolute()}'{near}", param_hint="SPEC")
    full = ", ".join(name for name in specs if "/" not in name)
    hint = did_you_mean(text, {*specs, *here}) or f"; shipped are {full}" * bool(specs)
    raise click.BadParameter(f"no file and no shipped spec '{text}'{hint}", param_hint="SPEC")


def origin(path: Path) -> str:
    """`shipped` for a spec of ganframe's own, else the path as given."""
    return "shipped" if path.is_relative_to(SHIPPED) else str(path)


class SpecParameter(click.ParamType):  # type: ignore[type-arg]
    """A spec's path, or the name of a shipped one; completes both."""

    name = "spec"

    def convert(self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The file meant."""
        return value if isinstance(value, Path) else find_spec(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        """Shipped names that fit, then files."""
        names = [click.shell_completion.CompletionItem(n) for n in shipped() if n.startswith(incomplete)]
        return [*names, click.shell_completion.CompletionItem(incomplete, type="file")]
