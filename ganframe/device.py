"""Where tensors live and how numbers are computed: the only file of the engine that names a kind of accelerator."""

from __future__ import annotations

import contextlib
import os
import platform
import resource
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

import attrs
import torch
from torch import nn

from ganframe.environment import local_rank, size
from ganframe.errors import SpecError
from ganframe.group import ALONE, Group, join
from ganframe.spec.model import DeviceOptions

_F = TypeVar("_F", bound=Callable[..., Any])

_SHARE_OF_MEMORY = 0.8
_NOTHING = contextlib.nullcontext()
#: What carries messages between processes, by the kind of device; for all others gloo.
_BACKENDS = {"cuda": "nccl", "xpu": "xccl"}
#: Environment variables that choose kernels, and with them bits.
_KERNEL_VARIABLES = ("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS")

@attrs.frozen(eq=False)
class Device:
    """A chosen device, with the precision and the threads that go with it.

    `scaler` scales losses of float16, else it is None. Random numbers are drawn on the CPU and moved.
    """

    torch_device: torch.device
    options: DeviceOptions
    threads: int
    scaler: torch.amp.GradScaler | None
    group: Group = ALONE

    @property
    def precision(self) -> str:
        """`float32`, `bfloat16` or `float16`."""
        return self.options.precision

    @property
    def name(self) -> str:
        """One line for people: `cpu (2 threads)`, `cuda:0 (NVIDIA H100, bfloat16)`."""
        threads = f"{self.threads} thread{'s' if self.threads > 1 else ''}"
        about = threads if self._on_cpu else _hardware(self.torch_device)
        return f"{self.torch_device} ({about}{'' if self.precision == 'float32' else f', {self.precision}'})"

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """The context of a forward pass and its losses; for float32 it is one that does nothing."""
        if self.precision == "float32":
            return _NOTHING
        return torch.autocast(self.torch_device.type, getattr(torch, self.precision))

    def no_cudnn_rnn(self) -> contextlib.AbstractContextManager[Any]:
        """A context for recurrent layers that are frozen or differentiated twice: cuDNN's can do neither."""
        if self.torch_device.type != "cuda":
            return _NOTHING
        return torch.backends.cudnn.flags(enabled=False)

    def math_attention(self) -> contextlib.AbstractContextManager[Any]:
        """A context for attention that is differentiated twice: the fused kernels have no second derivative."""
        return torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH)

    def compile(self, fn: _F) -> _F:
        """The compiled function or module, if the spec asks for it; do not give it what is differentiated twice."""
        return cast(_F, torch.compile(fn)) if self.options.compile else fn

    def reseed(self, seed: int) -> None:
        """Seed the global generators that layers draw from: the CPU's and this device's.

        `torch.manual_seed` would do the same for every device there is, at ninety times the cost.
        """
        torch.default_generator.manual_seed(seed)
        if not self._on_cpu:
            torch.get_device_module(self.torch_device).manual_seed(seed)

    def synchronize(self) -> None:
        """Wait until the device has done what was asked of it."""
        if not self._on_cpu:
            torch.accelerator.synchronize(self.torch_device)

    def memory_limit(self) -> int:
        """Bytes that a run may use: four fifths of the device's memory."""
        return memory_limit(self.torch_device)

    def peak_memory(self) -> int:
        """The most bytes that this process held so far: on an accelerator of its tensors, else of all it has."""
        if not self._on_cpu:
            return int(torch.accelerator.max_memory_allocated(self.torch_device))
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

    def fingerprint(self) -> dict[str, str | int | bool]:
        """All that decides the bits besides the spec and the seed; the same on two machines, the same run."""
        facts: dict[str, str | int | bool] = {
            "torch": str(torch.__version__),
            "device": self.torch_device.type,
            "hardware": _hardware(self.torch_device),
            "cpu_capability": torch.backends.cpu.get_cpu_capability(),
            "threads": self.threads,
            "precision": self.precision,
            "channels_last": self.options.channels_last,
            "compile": self.options.compile,
            "deterministic": torch.are_deterministic_algorithms_enabled(),
            "mkldnn": bool(torch.backends.mkldnn.enabled),
            "float32_matmul": torch.get_float32_matmul_precision(),
        }
        if self.torch_device.type == "cuda":
            facts["cudnn"] = int(torch.backends.cudnn.version() or 0)  # type: ignore[no-untyped-call]
            facts["cudnn_benchmark"] = bool(torch.backends.cudnn.benchmark)
            facts["cudnn_tf32"] = bool(torch.backends.cudnn.allow_tf32)
        return facts | {name: os.environ[name] for name in _KERNEL_VARIABLES if name in os.environ}

    @property
    def _on_cpu(self) -> bool:
        return self.torch_device.type == "cpu"


def choose(options: DeviceOptions) -> Device:
    """The device that `[device]` asks for, with threads, denormals and determinism set for the whole process.

    Call it before anything is computed: OpenMP's threads take the treatment of denormals from their creator when the
    first large tensor is computed, and keep it; a fused Adam is fifty times slower on subnormal moments. Python's own
    floats are flushed too.
    `auto` takes the accelerator, if there is one that works, else the CPU. SpecError for a device that is not there.
    """
    torch.set_flush_denormal(True)
    threads = options.threads or available_threads()
    torch.set_num_threads(threads)
    torch_device = _own(_auto() if options.type == "auto" else _asked(options.type))
    _set_determinism(options.deterministic, torch_device)
    scaler = torch.amp.GradScaler(torch_device.type) if options.precision == "float16" else None
    return Device(torch_device, options, threads, scaler, join(torch_device, _BACKENDS.get(torch_device.type, "gloo")))


def _own(device: torch.device) -> torch.device:
    """Of several accelerators, the one of this process."""
    if device.type == "cpu" or size() == 1:
        return device
    own = torch.device(device.type, local_rank() % torch.accelerator.device_count())
    torch.accelerator.set_device_index(own.index)
    return own


def available_threads() -> int:
    """The cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory_limit(device: torch.device | None = None) -> int:
    """Bytes that a run may use: four fifths of the memory of a device (default: the CPU's, or the container's)."""
    if device is None or device.type in ("cpu", "mps"):
        return int(_main_memory() * _SHARE_OF_MEMORY)
    properties = torch.get_device_module(device).get_device_properties(device)
    return int(properties.total_memory * _SHARE_OF_MEMORY)


def differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    """What differs between two fingerprints, an entry each: `threads 1 -> 2`."""
    return [
        f"{name} {a.get(name, 'unset')} -> {b.get(name, 'unset')}"
        for name in dict.fromkeys([*a, *b])
        if a.get(name) != b.get(name)
    ]


def wants_channels_last(module: nn.Module, option: str) -> bool:
    """Whether a network is to be brought into `channels_last`: `always`, `never`, or `auto`'s fixed rule.

    The rule: its convolutions (weights of four dimensions and more than one tap) outnumber its transposed ones, which
    are slower in that format where channels are few. Never measured at run time: the format decides the bits.
    """
    if option != "auto":
        return option == "always"
    spatial = {id(p): p for p in module.parameters() if p.dim() == 4 and p.shape[2] * p.shape[3] > 1}
    transposed = {
        id(parameter)
        for part in module.modules() if isinstance(part, nn.ConvTranspose2d)
        for parameter in part.parameters()
    }  # fmt: skip
    return len(spatial.keys() - transposed) > len(spatial.keys() & transposed)


def out_of_memory(error: BaseException) -> bool:
    """True if an exception says that memory ran out: Python's, an accelerator's or the CPU allocator's."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and ("alloc_cpu" in str(error) or "DefaultCPUAllocator" in str(error))


def _auto() -> torch.device:
    """The accelerator if a computation on it succeeds, else the CPU."""
    try:
        here = _accelerators()
        if here:
            torch.ones(1, device=here[0]).add_(1).item()
            return here[0]
    except (RuntimeError, AssertionError, NotImplementedError):
        pass
    return torch.device("cpu")


def _asked(text: str) -> torch.device:
    """The device of that name; SpecError, saying what there is, if there is none."""
    here = [torch.device("cpu"), *_accelerators()]
    for device in here:
        if text in (str(device), device.type):
            return device
    raise SpecError(f"device.type: there is no {text!r} here; there is {', '.join(map(str, here))} (or write 'auto')")


def _accelerators() -> list[torch.device]:
    """Every device of the machine's kind of accelerator."""
    kind = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    return [] if kind is None else [torch.device(kind.type, index) for index in range(torch.accelerator.device_count())]


def _set_determinism(deterministic: bool, device: torch.device) -> None:
    if deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    if deterministic != torch.are_deterministic_algorithms_enabled():  # the call imports inductor, a second
        torch.use_deterministic_algorithms(deterministic)
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = not deterministic


def _hardware(device: torch.device) -> str:
    """The name of the chip, as its driver or the system says."""
    if device.type not in ("cpu", "mps"):
        return str(torch.get_device_module(device).get_device_name(device))
    information = Path("/proc/cpuinfo")
    lines = information.read_text(errors="replace").splitlines() if information.exists() else []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, "") or platform.processor() or platform.machine()


def _main_memory() -> int:
    """Bytes of main memory, or of the control group's limit where that is lower."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")):
        text = limit.read_text().strip() if limit.exists() else ""
        if text.isdecimal():
            memory = min(memory, int(text))
    return memory
