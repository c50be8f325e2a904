"""`ganframe import`: foreign weights as safetensors. The one place that reads a `.pt` file, and nothing but weights."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ganframe.cli.options import out_option
from ganframe.packages import one_line

if TYPE_CHECKING:
    from torch import Tensor

#: How deep tables may lie in one another.
_DEPTH = 16
#: What torch says of a file with more than tensors in it, and what we say.
_PROGRAM = ("Weights only load failed", "TorchScript")
_REFUSED = (
    "holds a program, not weights alone, and is not run; where it came from, write torch.save(model.state_dict(), ...)"
)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@out_option
@click.option(
    "--map", "names", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help='A TOML file of new names: "old.weight" = "new.weight", "old." = "new." for all that begins so, or = false.',
)
def import_(file: Path, out: Path, names: Path | None) -> None:
    """Convert the weights in FILE, as torch.save writes them, to safetensors, and print their names.

    Code in the file is not run: a whole pickled model is refused. Tensors in tables within tables get the names of all
    joined by dots. `weights = "OUT"` of a network then loads those that have its names; --map gives them these.
    """
    from ganframe import samplefile
    from ganframe.cli.renaming import renamed

    if out.suffix != ".safetensors":
        raise click.BadParameter(f"'{out}' must end with .safetensors", param_hint="--out")
    found = dict(_leaves(_read(file), "", 0))
    tensors = {name: value for name, value in found.items() if value is not None}
    if not tensors:
        raise click.BadParameter(f"{file} holds no tensors", param_hint="FILE")
    new = renamed(tensors, names) if names is not None else {name: name for name in tensors}
    with samplefile.replacing(out) as temporary:
        samplefile.save_tensors(temporary, {new[name]: _plain(file, name, tensors[name]) for name in new})
    _tell(tensors, new, [name for name in found if name not in tensors])
    print(f"wrote: {out}")


def _read(file: Path) -> Any:
    import torch

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a foreign file makes the reader raise is the file's fault
        program = any(sign in str(error) for sign in _PROGRAM)
        reason = one_line(error).partition(". ")[0]
        told = _REFUSED if program else f"is damaged, or nothing that torch.save writes ({reason})"
        raise click.BadParameter(f"{file}: {told}", param_hint="FILE") from None


def _leaves(value: Any, name: str, depth: int) -> Iterator[tuple[str, Tensor | None]]:
    """Every tensor by its joined name, and None for everything else."""
    import torch

    if isinstance(value, Mapping) and depth < _DEPTH:
        for key, inner in value.items():
            yield from _leaves(inner, f"{name}.{key}" if name else str(key), depth + 1)
    else:
        yield name or "(all)", value.detach() if isinstance(value, torch.Tensor) else None


def _plain(file: Path, name: str, value: Tensor) -> Tensor:
    """The tensor with memory of its own. Sparse and quantized ones are refused."""
    import torch

    if value.layout != torch.strided or value.is_quantized:
        kind = "quantized" if value.is_quantized else str(value.layout).removeprefix("torch.")
        raise click.BadParameter(f"{file}: '{name}' is {kind}, which safetensors cannot hold", param_hint="FILE")
    return value.clone(memory_format=torch.contiguous_format)


def _tell(tensors: Mapping[str, Tensor], new: Mapping[str, str], others: list[str]) -> None:
    """A line a tensor, and what was left out."""
    for name, renamed in new.items():
        was = f"  (was {name})" if renamed != name else ""
        print(f"{renamed}  {'x'.join(map(str, tensors[name].shape)) or 'scalar'}{was}")
    for what, left in (("no tensors", others), ("by the map", [name for name in tensors if name not in new])):
        if left:
            more = f" and {len(left) - 5} more" if len(left) > 5 else ""
            print(f"left out, {what}: {', '.join(left[:5])}{more}")
