"""A third party's package, installed by pip: its components run from a spec, and its faults stay its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "external" / "ganframe-example"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder into which pip has installed the example, as a user would."""
    target, copy = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("source") / "ganframe-example"
    shutil.copytree(SOURCE, copy)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*command, "--no-build-isolation", "--target", target, copy], check=True)
    return target


def ganframe(*args, path, cwd, status=0):
    """What the command prints on both streams; it must end with this status."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path)), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "ganframe", *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=cwd, timeout=100)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout, done.stderr


def distribution(folder, name, source, version="0.1"):
    """A fake installed package whose plugin has the package's name."""
    (folder / f"{name}_module.py").write_text(source)
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[ganframe.v1]\n{name} = {name}_module\n")
    return folder


def test_its_components_run_and_are_recorded(site, tmp_path):
    short = ["--set", "run.steps=4", "--set", "run.checkpoint_every=4"]
    out, _ = ganframe("run", SOURCE / "sines.toml", "--out", tmp_path / "run", *short, path=[site], cwd=tmp_path)
    assert "checkpoint: " in out
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert 0 <= lines[-1]["direction"] <= 2
    resolved = (tmp_path / "run" / "resolved.toml").read_text()
    assert all(name in resolved for name in ("Sine", "SirenUniform", "CosineLoss"))
    (model,) = tmp_path.glob("run/checkpoints/*/model.safetensors")
    assert b"ganframe-example 0.3.0" in model.read_bytes()


def test_the_list_names_the_distribution(site, tmp_path):
    listed = json.loads(ganframe("plugins", "list", "--json", path=[site], cwd=tmp_path)[0])
    mine = {(row["kind"], row["name"]): row for row in listed if row["distribution"] == "ganframe-example"}
    assert set(mine) == {("layer", "Sine"), ("initializer", "SirenUniform"), ("loss", "CosineLoss")}
    row = mine["layer", "Sine"]
    assert (row["version"], row["status"]) == ("0.3.0", "ok")
    assert Path(row["file"]).name == "sine.py"


def test_its_own_tests_pass(site, tmp_path):
    env = {**os.environ, "PYTHONPATH": str(site)}
    shutil.copytree(SOURCE / "tests", tmp_path / "tests")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout


def test_blocked_the_spec_is_refused(site, tmp_path):
    _, err = ganframe("run", SOURCE / "sines.toml", "-p", "no:example", path=[site], cwd=tmp_path, status=2)
    for kind, name in (("layer", "Sine"), ("initializer", "SirenUniform"), ("loss", "CosineLoss")):
        (line,) = [line for line in err.splitlines() if f"unknown {kind} '{name}'" in line][:1]
        assert "plugin example is blocked" in line
    assert not (tmp_path / "runs").exists()


def test_broken_packages_are_one_line_each(site, tmp_path):
    distribution(tmp_path, "quits", "raise SystemExit(7)")
    distribution(tmp_path, "slips", "import ganframe\n@ganframe.plugin\ndef ganframe_layer(): return []\n", "2.0")
    out, err = ganframe("check", SOURCE / "sines.toml", path=[site, tmp_path], cwd=tmp_path)
    lines = [line for line in err.splitlines() if "plugin " in line]
    assert len(lines) == 2
    assert any("quits 0.1" in line and "SystemExit: 7" in line for line in lines)
    assert any("slips 2.0" in line and "did you mean 'ganframe_layers'?" in line for line in lines)
    assert "generator" in out


def test_two_packages_with_one_name_are_both_named(site, tmp_path):
    distribution(tmp_path, "copycat", (site / "ganframe_example" / "__init__.py").read_text())
    both = [site, tmp_path]
    _, err = ganframe("check", SOURCE / "sines.toml", path=both, cwd=tmp_path, status=4)
    assert "ganframe-example 0.3.0" in err
    assert "copycat 0.1" in err
    ganframe("check", SOURCE / "sines.toml", "-p", "no:copycat", path=both, cwd=tmp_path)
