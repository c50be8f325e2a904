"""Installed packages: whatever one does when it is found or imported is one line, and the others stay usable."""

import sys

import pytest
import torch

from ganframe.registry import discover
from tests.fake_plugins import CURVE, WRONG_ARGUMENT, reason


def test_discovery_imports_no_torch_by_itself():
    import subprocess

    code = "import sys; from ganframe.registry import discover; discover(); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def broken(:", "SyntaxError"),
        ("import no_such_module_anywhere", "No module named 'no_such_module_anywhere'"),
        ("raise SystemExit(7)", "SystemExit: 7"),
        ("raise ValueError('first line\\nsecond line')", "ValueError: first line"),
        ("class E(Exception): pass\nraise E()", "cannot be imported: E"),
        ("import ganframe\n@ganframe.plugin\ndef ganframe_loses(): return []", "did you mean 'ganframe_losses'?"),
        ("def ganframe_losses(): return []", "no function is marked @ganframe.plugin"),
        (WRONG_ARGUMENT, "'spec'"),
        ("import torch\ntorch.manual_seed(99)", "random numbers"),
        ("import torch\ntorch.set_default_dtype(torch.float64)", "default dtype"),
        ("import torch\ntorch.set_num_threads(torch.get_num_threads() + 1)", "threads"),
    ],
)
def test_a_plugin_that_breaks_at_import(install, source, words):
    before = torch.get_rng_state(), torch.get_default_dtype(), torch.get_num_threads()
    install("bad", source)
    good = install("zeros", CURVE.format(name="Zeros"))
    found = discover()
    assert words in reason(found, "bad")
    assert found.get("curve", "Zeros").__module__ == good
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1:] == (torch.get_default_dtype(), torch.get_num_threads())


def test_ctrl_c_at_import_goes_through(install):
    install("bad", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        discover()


@pytest.mark.parametrize(
    ("points", "lines"),
    [
        ("[ganframe.v1]\nno equals sign\n", ["its entry_points.txt cannot be read"]),
        ("[ganframe.v1]\nbad =\n", ["cannot be imported"]),
        ("[ganframe.v1]\nbad = not a module !\n", ["cannot be imported"]),
        ("ganframe.v1 = nothing\n", []),
        ("[ganframe.v0]\nbad = fake\n", []),
    ],
)
def test_damaged_entry_points(install, points, lines):
    install("bad", "", points=points)
    install("zeros", CURVE.format(name="Zeros"))
    found = discover()
    said = [b.reason for b in found.broken if b.distribution == "bad"]
    assert len(said) == len(lines)
    assert all(line in one for line, one in zip(lines, said, strict=True))
    assert "Zeros" in found.kind("curve")


def test_a_distribution_without_metadata(install, tmp_path):
    install("zeros", CURVE.format(name="Zeros"))
    (tmp_path / "zeros-1.5.dist-info" / "METADATA").unlink()
    found = discover()
    assert found.kind("curve")["Zeros"].version == "?"


def test_the_first_of_two_copies_on_the_path_counts(install, tmp_path, monkeypatch):
    module = install("zeros", CURVE.format(name="Zeros"))
    older = tmp_path / "elsewhere" / "Zeros-0.1.dist-info"
    older.mkdir(parents=True)
    (older / "METADATA").write_text("Metadata-Version: 2.1\nName: Zeros\nVersion: 0.1\n")
    (older / "entry_points.txt").write_text(f"[ganframe.v1]\nzeros = {module}\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(older.parent)])
    assert discover().packages["zeros"] == ("zeros", "1.5")


def test_a_blocked_plugin_is_not_even_imported(install):
    module = install("bad", "raise SystemExit(7)")
    found = discover(blocked=["bad"])
    assert [b for b in found.broken if b.plugin == "bad"] == []
    assert "bad" not in found.packages
    assert module not in sys.modules
