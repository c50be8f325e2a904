"""The device floor, on the CPU."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from ganframe import device
from ganframe.errors import SpecError
from ganframe.spec.model import DeviceOptions


@pytest.fixture(autouse=True)
def _global_state() -> Iterator[None]:
    """`choose` sets the whole process; put it back."""
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    yield
    torch.set_flush_denormal(False)
    torch.set_num_threads(threads)
    if deterministic != torch.are_deterministic_algorithms_enabled():
        torch.use_deterministic_algorithms(deterministic)


def choose(**options: object) -> device.Device:
    return device.choose(DeviceOptions(**({"type": "cpu"} | options)))


def test_the_cpu_is_always_there() -> None:
    assert choose().torch_device == torch.device("cpu")
    assert choose(threads=2).name == "cpu (2 threads)"
    assert choose(threads=1, precision="bfloat16").name == "cpu (1 thread, bfloat16)"


@pytest.mark.skipif(torch.accelerator.is_available(), reason="there is an accelerator")
def test_auto_takes_the_cpu_where_there_is_nothing_else() -> None:
    assert choose(type="auto").torch_device == torch.device("cpu")


def test_auto_survives_an_accelerator_that_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_accelerators", lambda: [torch.device("cuda", 0)])
    monkeypatch.setattr(torch, "ones", lambda *_, **__: (_ for _ in ()).throw(RuntimeError("no kernel image")))
    assert device._auto() == torch.device("cpu")


def test_auto_takes_the_accelerator_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_accelerators", lambda: [torch.device("meta"), torch.device("cpu")])
    monkeypatch.setattr(torch, "ones", lambda *_, **__: torch.zeros(1))
    assert device._auto() == torch.device("meta")


@pytest.mark.parametrize("text", ["cuda:77", "gpu", "meta", "", "xpu"])
def test_a_device_that_is_not_there_says_what_is(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_accelerators", lambda: [torch.device("cuda", 0), torch.device("cuda", 1)])
    with pytest.raises(SpecError) as caught:
        choose(type=text)
    assert str(caught.value) == (
        f"device.type: there is no '{text}' here; there is cpu, cuda:0, cuda:1 (or write 'auto')"
    )


def test_a_kind_without_a_number_is_its_first_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_accelerators", lambda: [torch.device("cuda", 0), torch.device("cuda", 1)])
    assert device._asked("cuda") == torch.device("cuda", 0)
    assert device._asked("cuda:1") == torch.device("cuda", 1)


def test_threads_are_set_and_default_to_the_cores_of_this_process() -> None:
    assert choose(threads=3).threads == torch.get_num_threads() == 3
    assert choose().threads == torch.get_num_threads() == len(os.sched_getaffinity(0))


def test_determinism_is_switched_on_and_off() -> None:
    assert choose(deterministic=True).fingerprint()["deterministic"] is True
    assert torch.are_deterministic_algorithms_enabled()
    assert choose().fingerprint()["deterministic"] is False
    assert not torch.are_deterministic_algorithms_enabled()


def test_denormals_are_flushed_in_every_thread_and_choosing_is_quick() -> None:
    code = """
import sys
import torch
from ganframe.device import choose
from ganframe.spec.model import DeviceOptions
choose(DeviceOptions(type="cpu", threads=2))
halves = (torch.full((1_000_000,), 1.2e-38) * 0.5).view(torch.int32).ne(0).reshape(2, -1).sum(1)
assert halves.tolist() == [0, 0], halves
assert "torch._inductor" not in sys.modules and "torch._dynamo" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_float32_has_a_context_that_does_nothing() -> None:
    here = choose()
    assert here.precision == "float32"
    assert here.autocast() is here.autocast()
    assert isinstance(here.autocast(), contextlib.nullcontext)
    assert here.scaler is None
    with here.autocast(), here.autocast():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32


@pytest.mark.parametrize(("precision", "scaled"), [("bfloat16", False), ("float16", True)])
def test_lower_precision_casts_and_scales(precision: str, scaled: bool) -> None:
    here = choose(precision=precision)
    with here.autocast():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == getattr(torch, precision)
    assert isinstance(here.scaler, torch.amp.GradScaler) == scaled
    assert here.scaler is None or here.scaler.is_enabled()


def test_reseeding_makes_dropout_repeat() -> None:
    here = choose()
    draws = []
    for seed in (2**63 - 1, 5, 2**63 - 1):
        here.reseed(seed)
        draws.append(torch.nn.functional.dropout(torch.ones(100)))
    assert torch.equal(draws[0], draws[2])
    assert not torch.equal(draws[0], draws[1])


def test_compile_is_only_for_those_who_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "compile", lambda fn: ("compiled", fn))
    assert choose().compile(len) is len
    assert choose(compile=True).compile(len) == ("compiled", len)


def test_recurrent_layers_run_without_cudnn_where_there_is_one() -> None:
    with choose().no_cudnn_rnn():
        pass
    there = device.Device(torch.device("cuda", 0), DeviceOptions(), 1, None)
    enabled = torch.backends.cudnn.enabled
    with there.no_cudnn_rnn():
        assert not torch.backends.cudnn.enabled
    assert torch.backends.cudnn.enabled == enabled


def test_synchronize_on_the_cpu_is_nothing() -> None:
    choose().synchronize()


def test_the_memory_limit_is_part_of_what_is_there() -> None:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 < device.memory_limit() <= 0.8 * total
    assert choose().memory_limit() == device.memory_limit()


def test_the_memory_limit_follows_the_container(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device.Path, "exists", lambda self: self.name == "memory.max")
    for text, limit in [("1000000\n", 800_000), ("max\n", None)]:
        monkeypatch.setattr(device.Path, "read_text", lambda self, text=text: text)
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        assert device.memory_limit() == (limit or int(0.8 * total))


def test_the_fingerprint_says_what_decides_the_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    one = choose(threads=1).fingerprint()
    assert one["torch"] == torch.__version__
    assert {"device", "hardware", "cpu_capability", "precision", "channels_last", "mkldnn"} < one.keys()
    assert all(type(value) in (str, int, bool) for value in one.values())
    assert device.differences(one, choose(threads=1).fingerprint()) == []
    monkeypatch.setenv("MKL_CBWR", "COMPATIBLE")
    two = choose(threads=2, precision="bfloat16").fingerprint()
    assert device.differences(one, two) == [
        "threads 1 -> 2", "precision float32 -> bfloat16", "MKL_CBWR unset -> COMPATIBLE",
    ]  # fmt: skip


def spectral(layer: nn.Module) -> nn.Module:
    return parametrizations.spectral_norm(layer)


class Modulated(nn.Module):
    """A convolution that is no `nn.Conv2d`."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(4, 4, 3, 3))


@pytest.mark.parametrize(
    ("module", "wanted"),
    [
        (nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.AvgPool2d(2)), True),
        (nn.Sequential(spectral(nn.Conv2d(3, 8, 3)), nn.Conv2d(8, 8, 1)), True),
        (nn.Sequential(parametrizations.weight_norm(nn.Conv2d(3, 8, 3))), True),
        (Modulated(), True),
        (nn.Sequential(nn.Linear(4, 4), nn.ConvTranspose2d(4, 8, 4), nn.ConvTranspose2d(8, 3, 4)), False),
        (nn.Sequential(nn.ConvTranspose2d(4, 8, 4), spectral(nn.ConvTranspose2d(8, 8, 4)), nn.Conv2d(8, 3, 3)), False),
        (nn.Sequential(*(nn.Conv2d(4, 4, 3) for _ in range(4)), nn.ConvTranspose2d(4, 4, 4)), True),
        (nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)), False),
        (nn.Sequential(nn.Conv2d(4, 4, 1)), False),
        (nn.Sequential(nn.Conv1d(4, 4, 3), nn.Conv3d(4, 4, 3)), False),
    ],
)
def test_channels_last_follows_a_fixed_rule(module: nn.Module, wanted: bool) -> None:
    assert device.wants_channels_last(module, "auto") is wanted
    assert device.wants_channels_last(module, "always") is True
    assert device.wants_channels_last(module, "never") is False


def test_running_out_of_memory_is_recognised() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    assert device.out_of_memory(caught.value)
    assert device.out_of_memory(MemoryError())
    assert device.out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert not device.out_of_memory(RuntimeError("shape mismatch"))
    assert not device.out_of_memory(ValueError("alloc_cpu"))
