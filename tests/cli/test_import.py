"""`import`: foreign weights become safetensors, and code in a file is never run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from ganframe import build, read_spec
from tests.cli.small import SPEC

Here = Callable[..., int]
Printed = pytest.CaptureFixture[str]


class Trap:
    """What unpickling would call."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_a_state_dict(tmp_path: Path, here: Here, capsys: Printed) -> None:
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    torch.save(network.state_dict(), tmp_path / "a.pt")
    assert here("import", "a.pt", "--out", "a.safetensors") == 0
    found, wanted = load_file("a.safetensors"), network.state_dict()
    assert found.keys() == wanted.keys() and all(torch.equal(found[name], wanted[name]) for name in wanted)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "0.weight  4x3" and "1.num_batches_tracked  scalar" in lines
    assert lines[-1] == "wrote: a.safetensors"
    assert (tmp_path / "a.safetensors").stat().st_mode & 0o444 == 0o444


def test_tables_in_tables_and_tensors_that_share_memory(tmp_path: Path, here: Here, capsys: Printed) -> None:
    x = torch.arange(6.0).view(2, 3)
    saved = {"g": {"x": x, "turned": x.T, "row": x[1]}, "half": nn.Parameter(x.half()), "step": 7, "names": ["a"]}
    torch.save(saved, tmp_path / "a.pt", _use_new_zipfile_serialization=False)
    assert here("import", "a.pt", "--out", "a.safetensors") == 0
    found = load_file("a.safetensors")
    assert torch.equal(found["g.turned"], x.T) and torch.equal(found["g.row"], x[1])
    assert found["half"].dtype == torch.half
    assert set(found) == {"g.x", "g.turned", "g.row", "half"}
    assert "left out, no tensors: step, names" in capsys.readouterr().out


def test_new_names(tmp_path: Path, here: Here, capsys: Printed) -> None:
    names = ("net.0.weight", "net.0.bias", "net.10.bias", "ema")
    saved = {name: torch.ones(2) for name in names}
    torch.save(saved, tmp_path / "a.pt")
    (tmp_path / "names.toml").write_text('"net.0." = "Linear_0."\nnet.0.bias = "shift"\n"net." = ""\nema = false\n')
    assert here("import", "a.pt", "--out", "a.safetensors", "--map", "names.toml") == 0
    assert set(load_file("a.safetensors")) == {"Linear_0.weight", "shift", "10.bias"}
    out = capsys.readouterr().out
    assert "Linear_0.weight  2  (was net.0.weight)" in out and "left out, by the map: ema" in out


def test_a_network_loads_what_was_imported(tmp_path: Path, here: Here) -> None:
    weight, bias = torch.randn(64, 14), torch.randn(64)
    torch.save({"state_dict": {"fc.weight": weight, "fc.bias": bias}}, tmp_path / "old.pt")
    (tmp_path / "names.toml").write_text('"state_dict.fc." = "Linear_0."')
    assert here("import", "old.pt", "--out", "old.safetensors", "--map", "names.toml") == 0
    (tmp_path / "small.toml").write_text(SPEC)
    spec = read_spec(tmp_path / "small.toml", {"networks.generator.weights": str(tmp_path / "old.safetensors")})
    loaded = build(spec)["generator"].state_dict()
    assert torch.equal(loaded["Linear_0.weight"], weight) and torch.equal(loaded["Linear_0.bias"], bias)


def test_code_is_not_run(tmp_path: Path, here: Here, capsys: Printed) -> None:
    torch.save({"w": torch.ones(1), "trap": Trap(tmp_path / "sprung")}, tmp_path / "trap.pt")
    torch.save(nn.Linear(2, 2), tmp_path / "whole.pt")
    for name in ("trap.pt", "whole.pt"):
        assert here("import", name, "--out", "a.safetensors") == 2
        said = " ".join(capsys.readouterr().err.split())
        assert f"{name}: holds a program, not weights alone, and is not run" in said and "Traceback" not in said
    assert not (tmp_path / "sprung").exists() and not (tmp_path / "a.safetensors").exists()


@pytest.mark.parametrize(("content", "said"), [
    (b"", "empty.pt: is damaged, or nothing that torch.save writes"),
    (b"some text", "is damaged, or nothing that torch.save writes"),
    (b"PK\x03\x04torn", "is damaged, or nothing that torch.save writes"),
])  # fmt: skip
def test_what_is_no_file_of_weights(tmp_path: Path, here: Here, content: bytes, said: str, capsys: Printed) -> None:
    (tmp_path / "empty.pt").write_bytes(content)
    assert here("import", "empty.pt", "--out", "a.safetensors") == 2
    assert said in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(("saved", "said"), [
    ({"n": 3}, "a.pt holds no tensors"),
    ({"s": torch.eye(2).to_sparse()}, "'s' is sparse_coo, which safetensors cannot hold"),
])  # fmt: skip
def test_what_safetensors_cannot_hold(tmp_path: Path, here: Here, saved: Any, said: str, capsys: Printed) -> None:
    torch.save(saved, tmp_path / "a.pt")
    assert here("import", "a.pt", "--out", "a.safetensors") == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "a.safetensors").exists()


@pytest.mark.parametrize(("text", "said"), [
    ('conv.w = "x"\n"cont." = "y."', "names.toml:2:1: cont.: no tensor begins so; did you mean 'conv.'?"),
    ('"conv.ww" = "x"', "names.toml:1:1: conv.ww: no tensor is called so; did you mean 'conv.w'?"),
    ('"conv." = ""\n"c" = "w"', "names.toml:2:7: c: 'conv.w' and 'c' both become 'w'"),
    ("c = 3", "names.toml:1:5: c: expected a name in quotes, or false"),
    ("c = ", "names.toml:1:5: "),
])  # fmt: skip
def test_maps_that_do_not_fit(tmp_path: Path, here: Here, text: str, said: str, capsys: Printed) -> None:
    torch.save({"conv": {"w": torch.ones(1)}, "c": torch.ones(1)}, tmp_path / "a.pt")
    (tmp_path / "names.toml").write_text(text)
    assert here("import", "a.pt", "--out", "a.safetensors", "--map", "names.toml") == 2
    assert capsys.readouterr().err.startswith(said)
    assert not (tmp_path / "a.safetensors").exists()


def test_the_ending_is_safetensors(tmp_path: Path, here: Here, capsys: Printed) -> None:
    torch.save({"a": torch.ones(1)}, tmp_path / "a.pt")
    assert here("import", "a.pt", "--out", "b.pt") == 2
    assert "'b.pt' must end with .safetensors" in " ".join(capsys.readouterr().err.split())
