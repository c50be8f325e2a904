"""Networks that were trained elsewhere, as frozen layers: written as layers with a file, or from a run."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import safetensors
import torch
from safetensors.torch import load, save_file
from torch import Tensor, nn

from ganframe import Shape, component, open_run, option, read_spec, train
from ganframe_gan.layers.learned import Bias

#: Names shown of tensors that a file lacks.
SHOWN = 3

#: A run of one step whose discriminator reads 16 numbers.
_EXAMPLE = """
format = 1
run = {{ steps = 1, batch_size = 4 }}
device = {{ type = "cpu", threads = {} }}
data = {{ type = "GaussianMixture", dims = 16 }}
latents.z = {{ type = "Normal", size = 2 }}
losses.adversarial = {{ type = "NonSaturating" }}
hooks = {{ progress = false, samples = false, watch = false, report = false }}
[networks.generator]
inputs = ["z"]
optimizer = "SGD"
layers = [{{ type = "Linear", out_features = 16 }}]
[networks.discriminator]
inputs = ["x"]
optimizer = "SGD"
layers = [{{ type = "Linear", out_features = 3, as = "h" }}, "Tanh", {{ type = "Linear", out_features = 1 }}]
"""


def fingerprint(data: bytes) -> str:
    """The SHA-256 of a file's bytes as hexadecimal digits, the first 16: what `sha256sum` begins with."""
    return hashlib.sha256(data).hexdigest()[:16]


@component
class Stored:
    """Layers in a row with their tensors from a safetensors file, frozen: a feature network of one's own.

    A tensor is looked up as `TYPE_k.NAME` (`Conv2d_0.weight`), TYPE_k the k-th layer of its type, as ganframe names
    them; else by the layer's place in the row (`3.weight`), as torch.nn.Sequential does; of a single layer with
    tensors also as `NAME`. Further tensors of the file are left alone. ValueError where one is missing or of another
    shape. Layers keep no mode: dropout and batch norm work as in eval mode.
    """

    own_init = True
    own_weight = True

    path: Path = option(doc="the safetensors file")
    layers: tuple[Any, ...] = option(doc="the layers in order; each reads the one before", kind="layer")
    prefix: str = option("", "what the names of its tensors begin with in the file, such as \"judge.\"")

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """Two layers and their file to try the laws of layers on."""
        layers = (Bias(), Bias())
        row = nn.Sequential(OrderedDict(_built(layers, Shape((16,)))))
        save_file({name: torch.ones_like(value) for name, value in row.state_dict().items()}, folder / "a.safetensors")
        return {"path": folder / "a.safetensors", "layers": layers}

    def build(self, x: Shape) -> nn.Module:
        """The layers in eval mode; FileNotFoundError or ValueError, with the absolute path."""
        row = nn.Sequential(OrderedDict(_built(self.layers, x)))
        if any(parameter.is_meta for parameter in row.state_dict().values()):
            return Frozen(row, "")
        data = _bytes(self.path)
        try:
            found = load(data)
        except safetensors.SafetensorError as error:
            raise ValueError(f"{self.path.absolute()} is no safetensors file: {error}") from None
        row.load_state_dict(_fitting(row, found, self.prefix, self.path.absolute()))
        return Frozen(row, fingerprint(data), file=self.path.name)


@component
class Trained:
    """A network of a run that ganframe trained, frozen: its output, or an inner wire of it, for one input.

    `wire` is the name of a line (`as = "features"`); what it needs must hang on the network's first input alone. The
    averaged twin is taken where there is one. ValueError where the network does not read this shape.
    """

    own_init = True
    own_weight = True

    path: Path = option(doc="the run's folder; a folder of numbered runs means the newest")
    network: str = option("discriminator", "its name in the run's spec")
    wire: str = option("", "the name of a line inside; the network's output where left out")
    at: str = option("latest", "the checkpoint: latest, best, or a step")

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """A run of one step to try the laws of layers on."""
        (folder / "judge.toml").write_text(_EXAMPLE.format(torch.get_num_threads()), encoding="utf-8")
        train(read_spec(folder / "judge.toml"), folder / "run")
        return {"path": folder / "run", "wire": "h"}

    def build(self, x: Shape) -> nn.Module:
        """The network in eval mode; SpecError or ValueError where there is none that reads this."""
        with torch.device("cpu"):
            same = [
                f"device.threads={torch.get_num_threads()}", "device.type=cpu",
                f"device.deterministic={str(torch.are_deterministic_algorithms_enabled()).lower()}",
            ]  # fmt: skip
            run = open_run(self.path, at=self.at, overrides=same)
            reach = Reach(self._network(run), self.wire, run, x)
        assert run.path is not None
        file = run.path / "checkpoints" / f"step-{run.step:08}" / "model.safetensors"
        made = Frozen(reach, fingerprint(file.read_bytes()), run=f"{run.path.name} step {run.step}")
        return made.to("meta") if torch.get_default_device().type == "meta" else made

    def _network(self, run: Any) -> Any:
        networks = run.networks
        if self.network not in networks:
            raise ValueError(f"{run.path} has no network '{self.network}'; there are {', '.join(networks)}")
        return networks.get(f"{self.network}_ema", networks[self.network])


class Frozen(nn.Module):
    """A module in eval mode that learns nothing; `fingerprint` is its file's, `protocol` what is told of it."""

    def __init__(self, inner: nn.Module, fingerprint: str, **told: str) -> None:
        super().__init__()
        self.inner = inner.eval().requires_grad_(False)
        self.fingerprint = fingerprint
        self.protocol: Mapping[str, str] = told

    def train(self, mode: bool = True) -> Frozen:
        """As in torch, but the inner module stays in eval mode."""
        super().train(mode)
        self.inner.eval()
        return self

    def forward(self, x: Tensor) -> Tensor:
        """What the inner module gives; of several outputs the first."""
        value = self.inner(x)
        return value[0] if isinstance(value, tuple) else value


class Reach(nn.Module):
    """A wire of a network, or its output, computed from the network's first input alone."""

    def __init__(self, network: Any, wire: str, run: Any, x: Shape) -> None:
        super().__init__()
        if wire and wire not in network.wires:
            there = ", ".join(network.wires)
            raise ValueError(f"'{network.name}' of {run.path} binds no wire '{wire}'; it binds {there}")
        first = network.inputs[0]
        read = run.fields[first].shape if first in run.fields else None
        if read is None or tuple(read) != tuple(x):
            told = f"'{first}' {Shape(read)}" if read is not None else f"'{first}', which is no field of its data"
            raise ValueError(f"'{network.name}' of {run.path} reads {told}, not {x}")
        self.network, self.node = network, network.node_of(wire or None)
        self.others = nn.ModuleList(_called(network))
        try:
            self(torch.zeros(2, *x, dtype=x.dtype))
        except KeyError as error:
            rest = ", ".join(network.inputs[1:])
            raise ValueError(f"'{wire or network.name}' of {run.path} hangs on more than '{first}' ({rest})") from error

    def forward(self, x: Tensor) -> Tensor:
        """The wire's value."""
        given = {self.network.placeholders[0]: x}
        result: Tensor = self.network.program((self.node,)).reach(given, self.node)
        return result


def _called(network: Any) -> Iterator[nn.Module]:
    """The networks that a network calls by name, which are no submodules of it."""
    for other in network.shared.values():
        yield other
        yield from _called(other)


def _built(layers: tuple[Any, ...], x: Shape) -> Iterator[tuple[str, nn.Module]]:
    """Each layer's module under the name TYPE_k, the shapes between them found on the meta device."""
    counts: dict[str, int] = {}
    with torch.device("meta"):
        value = torch.empty(2, *x, dtype=x.dtype)
    for layer in layers:
        name, shape = type(layer).__name__, Shape(value.shape[1:], value.dtype)
        try:
            with torch.device("meta"), torch.no_grad():
                value = layer.build(shape).eval()(value)
        except Exception as error:
            raise ValueError(f"'{name}' cannot take {shape}: {str(error).splitlines()[0]}") from error
        yield f"{name}_{counts.get(name, 0)}", layer.build(shape)
        counts[name] = counts.get(name, 0) + 1


def _fitting(row: nn.Sequential, found: Mapping[str, Tensor], prefix: str, path: Path) -> dict[str, Tensor]:
    """The tensors of a row by its own names. ValueError where the file lacks one, or has it in another shape."""
    own = row.state_dict()
    places = {name: str(i) for i, (name, _) in enumerate(row.named_children())}

    def numbered(name: str) -> str:
        layer, _, rest = name.partition(".")
        return f"{places[layer]}.{rest}"

    namings: list[Callable[[str], str]] = [lambda name: name, numbered]
    if len({name.partition(".")[0] for name in own}) == 1:
        namings.append(lambda name: name.partition(".")[2])
    lacking = [[name for name in own if prefix + naming(name) not in found] for naming in namings]
    least = min(range(len(namings)), key=lambda k: len(lacking[k]))
    if lacking[least]:
        names = [prefix + namings[least](name) for name in lacking[least]]
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        there = ", ".join(list(found)[:SHOWN]) + ("\u2026" if len(found) > SHOWN else "")
        raise ValueError(f"{path} lacks {', '.join(names[:SHOWN])}{more}; it holds {there or 'nothing'}")
    fits = {name: found[prefix + namings[least](name)] for name in own}
    for name, value in fits.items():
        if value.shape != own[name].shape:
            raise ValueError(f"{path}: '{name}' is {tuple(value.shape)}, here {tuple(own[name].shape)}")
    return fits


def _bytes(path: Path) -> bytes:
    path = path.absolute()
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    return path.read_bytes()
