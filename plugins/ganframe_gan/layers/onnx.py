"""A network in an ONNX file, as a frozen layer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganframe import Shape, component, option
from ganframe_gan.layers.onnxfile import example_file
from ganframe_gan.layers.pretrained import fingerprint


@component
class ONNX:
    """A network in an ONNX file, frozen, run by onnxruntime on the CPU: a feature network that somebody gave you.

    Needs `pip install "ganframe[onnx]"`. The file is data: its operators are onnxruntime's own, none is loaded from
    elsewhere, and tensors outside of the file are refused. It reads its first input, floats (N, *shape), as
    (x - mean) / std: for pictures in [-1, 1] `mean = [-1.0]` and `std = [2.0]` give [0, 1]. Gives the output called
    `output`, the first where left out. No gradient passes. ValueError where the file is damaged or reads another shape.
    """

    own_init = True
    own_weight = True
    no_gradient = ("x",)

    path: Path = option(doc="the .onnx file")
    output: str = option("", "the name of the output; the first where left out")
    mean: tuple[float, ...] = option((0.0,), "taken from the input, a number for all or one a channel")
    std: tuple[float, ...] = option((1.0,), "what the rest is divided by, a number for all or one a channel", min=1e-12)

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """The mean of 16 numbers, to try the laws of layers on."""
        (folder / "mean.onnx").write_bytes(example_file(16))
        return {"path": folder / "mean.onnx"}

    def build(self, x: Shape) -> nn.Module:
        """The network. ImportError without onnxruntime, FileNotFoundError or ValueError with the absolute path."""
        path = self.path.absolute()
        if not path.is_file():
            raise FileNotFoundError(f"there is no file {path}")
        data = path.read_bytes()
        session = Session(data, path, self.output)
        session.check(x)
        for name, numbers in (("mean", self.mean), ("std", self.std)):
            if len(numbers) not in (1, x[0] if len(x) > 1 else 1):
                raise ValueError(f"'{name}' has {len(numbers)} numbers; expected 1, or one for each of {x[0]} channels")
        channels = [-1, *[1] * (len(x) - 1)] if len(x) > 1 else [1]
        mean, std = (torch.tensor(numbers, dtype=torch.float32).view(channels) for numbers in (self.mean, self.std))
        return _Network(session, mean, std, fingerprint(data), x)


class Session:
    """An open file: what it reads and gives."""

    def __init__(self, data: bytes, path: Path, output: str) -> None:
        try:
            import onnxruntime
        except ImportError:
            raise ImportError('ONNX needs onnxruntime: pip install "ganframe[onnx]"') from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self.inner = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises classes of its own, all of them Exception alone
            raise ValueError(f"{path} cannot be read as ONNX: {str(error).splitlines()[0]}") from None
        self.path = path
        self.input = self.inner.get_inputs()[0]
        names = [one.name for one in self.inner.get_outputs()]
        if output and output not in names:
            raise ValueError(f"{path} has no output '{output}'; it has {', '.join(names)}")
        self.output = output or names[0]

    def check(self, x: Shape) -> None:
        """ValueError where the file reads rows of another shape, or more inputs."""
        others = [one.name for one in self.inner.get_inputs()[1:]]
        if others:
            raise ValueError(f"{self.path} reads more than one input: {self.input.name}, {', '.join(others)}")
        if self.input.type != "tensor(float)":
            raise ValueError(f"{self.path} reads {self.input.type}, not floats")
        wanted = self.input.shape[1:]
        if len(wanted) != len(x) or any(isinstance(n, int) and n != size for n, size in zip(wanted, x, strict=True)):
            told = "x".join("?" if not isinstance(n, int) else str(n) for n in wanted) or "a number"
            said = f"{self.path} reads rows {told}, not {'x'.join(map(str, x))}"
            raise ValueError(f"{said}; put a layer before it, features = [{{ type = \"Upsample\", size = [H, W] }}, …]")

    def run(self, rows: np.ndarray) -> np.ndarray:
        """The output for rows, as many at once as the file takes."""
        fixed = self.input.shape[0] if isinstance(self.input.shape[0], int) else None
        if fixed is None:
            return self._one(rows)
        missing = -len(rows) % fixed
        padded = np.concatenate([rows, np.repeat(rows[-1:], missing, 0)])
        parts = [self._one(padded[i : i + fixed]) for i in range(0, len(padded), fixed)]
        return np.concatenate(parts)[: len(rows)]

    def _one(self, rows: np.ndarray) -> np.ndarray:
        result: np.ndarray = self.inner.run([self.output], {self.input.name: rows})[0]
        return result

    def __deepcopy__(self, memo: dict[int, Any]) -> Session:
        """Itself: it holds nothing that changes."""
        return self


class _Network(nn.Module):
    def __init__(self, session: Session, mean: Tensor, std: Tensor, fingerprint: str, x: Shape) -> None:
        super().__init__()
        self.session, self.fingerprint = session, fingerprint
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("std", std, persistent=False)
        self.protocol: Mapping[str, str] = {"output": session.output}
        self.gives = session.run(np.zeros((1, *x), np.float32)).shape[1:]

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        if x.is_meta:
            return x.new_empty(len(x), *self.gives, dtype=torch.float32)
        rows = ((x.float() - self.mean) / self.std).cpu().contiguous().numpy()
        return torch.from_numpy(self.session.run(rows)).to(x.device)
