"""A reader who follows a page: its files written, its commands and its Python run in order, in one folder."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
import wave
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from ganframe.cli import cli
from ganframe.cli.errors import run_guarded
from tests.pages import ROOT, Block, commands

#: What makes a run of a page short, beside what the page says.
SHORT = ("--set", "run.steps=20", "--set", "device.threads=1")
#: Totals of steps on the pages, and what is tried.
STEPS = {"--steps 8000": "--steps 40", '"run.steps": 500': '"run.steps": 20, "device.threads": 1'}


class Session:
    """The folder of a reader: the shipped specs lie in it as in a clone, pictures, points and arrays."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, Any] = {}
        shutil.copytree(ROOT / "specs", folder / "specs")
        furnish(folder)

    def follow(self, block: Block) -> None:
        """Do what a block says, and compare what it promises."""
        if "file" in block.words:
            (self.folder / block.words["file"]).write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            for command, promised in commands(block):
                self.command(block, command, promised)
        elif block.language == "python" and "plugin" not in block.words:
            self.python(block)

    def command(self, block: Block, command: str, promised: list[str]) -> None:
        """Run one command in this process; its last lines are what the block shows, numbers apart if it trains."""
        words = shlex.split(shortened(command))
        assert words[0] == "ganframe", f"{block}: only ganframe's own commands are tried, not {words[0]}"
        trains = words[1] in ("run", "resume")
        out = io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            status = run_guarded(
                lambda: cli.main(args=[*words[1:], *(SHORT if words[1] == "run" else ())], standalone_mode=False)
            )
        assert status == int(block.words.get("status", 0)), f"{block}: {command}\n{out.getvalue()}"
        if promised:
            assert re.fullmatch(pattern(promised, trains or words[1] == "evaluate"), out.getvalue()), (
                f"{block}: {command}\n{out.getvalue()}"
            )

    def python(self, block: Block) -> None:
        """Run Python; of a block with `>>>` the values are compared."""
        if block.text.startswith(">>> "):
            self.interactive(block)
            return
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(io.StringIO()):
            exec(compile(shortened(block.text), str(block), "exec"), self.names)

    def interactive(self, block: Block) -> None:
        """Run lines after `>>>` and compare the line below, where there is one."""
        lines = block.text.splitlines()
        with contextlib.chdir(self.folder):
            for i, line in enumerate(lines):
                if not line.startswith(">>> "):
                    continue
                below = lines[i + 1] if i + 1 < len(lines) and not lines[i + 1].startswith(">>> ") else None
                if below is None:
                    exec(line[4:], self.names)
                else:
                    assert repr(eval(line[4:], self.names)) == below, f"{block}: {line}"


def shortened(text: str) -> str:
    """The text with small totals of steps."""
    for said, tried in STEPS.items():
        text = text.replace(said, tried)
    return text


def pattern(lines: list[str], loose: bool) -> str:
    """What the output must match: `…` alone stands for any lines, in a line for anything; `loose`: numbers too."""
    parts = []
    for line in lines:
        if line == "…":
            parts.append(r"(?:.*\n)*?")
            continue
        text = re.escape(line).replace("…", ".*")
        parts.append((re.sub(r"\d+", r"\\d+", text) if loose else text) + r"\n")
    return "".join(parts)


def furnish(folder: Path) -> None:
    """Pictures, sounds and films in two sub-folders, more pictures, points, arrays, weights: what the pages speak of."""
    rng = np.random.default_rng(0)
    for name in ("pictures/cats", "pictures/dogs", "images"):
        (folder / name).mkdir(parents=True)
        for i in range(3):
            Image.fromarray(rng.integers(0, 256, (40, 36, 3), np.uint8)).save(folder / name / f"{i}.png")
    for k, name in enumerate(("sounds/door/a", "sounds/door/b", "sounds/bell/a")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes((9000 * np.sin(np.arange(2100) * (k + 1) / 8)).astype("<i2").tobytes())
    for name, rows in (("rise", range(12, 0, -1)), ("fall", range(12))):
        for film in "ab":
            (folder / "clips" / name / film).mkdir(parents=True)
            for t, row in enumerate(rows):
                frame = np.zeros((16, 24), np.uint8)
                frame[row : row + 4, 4:20] = 200
                Image.fromarray(frame).save(folder / "clips" / name / film / f"{t}.png")
    np.savetxt(folder / "points.csv", rng.normal(size=(50, 2)), delimiter=",", header="a,b", comments="")
    label = np.arange(40) % 10
    np.savez(folder / "faces.npz", x=rng.integers(0, 256, (40, 8, 8), np.uint8), label=label)
    weights = {"fc1.weight": torch.zeros(256, 74), "fc1.bias": torch.zeros(256), "fc9.bias": torch.zeros(1)}
    torch.save({"state_dict": weights, "epoch": 9}, folder / "other.pt")
