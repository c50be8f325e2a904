"""Words that a program speaks."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganframe import component, option
from ganframe_audio.data.rows import Sounds, stream
from ganframe_audio.files import wav
from ganframe_audio.signal.resample import resampled

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
VOICES = ("en-us", "en-gb", "en-us+m3", "en-us+m7", "en-us+f1", "en-us+f2", "en-gb+f4", "en-gb-scotland")
PROGRAM = "espeak-ng"


@component
class Speech:
    """Words spoken by espeak-ng, the word as class; voice, pace and pitch of each are drawn.

    The program must be installed (https://github.com/espeak-ng/espeak-ng); what it says is kept while this process
    runs. Words are cut or filled with silence to `length`. Fields: `x` (1, length) in [-1, 1], `label` one-hot. Facts:
    `channels length sample_rate seconds classes frequencies`. A stand-in for SC09 (arXiv:1802.04208, section 5.1).
    """

    words: tuple[str, ...] = option(DIGITS, "what is spoken, a class each; the digits where left out")
    voices: tuple[str, ...] = option(VOICES, "voices of espeak-ng, with variants such as `en-us+f2`")
    pace: tuple[int, int] = option((140, 200), "words a minute, drawn between", min=80, max=450)
    pitch: tuple[int, int] = option((25, 75), "pitch of the voice, drawn between", min=0, max=99)
    sample_rate: int = option(8000, "samples a second, brought down from the program's 22,050", min=1000)
    length: int = option(4096, "samples of a sound", min=64)
    rows: int = option(500, "spoken words, the classes in turn", min=1)
    split: str = option("train", "other draws in each part", choices=("train", "test"))
    seed: int = option(0, "seed of the draws (not the run's)", min=0)

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any] | None:
        """Some words; nothing to try where the program is not installed."""
        return {"rows": 12, "words": ("one", "two"), "voices": ("en-us",)} if shutil.which(PROGRAM) else None

    def open(self) -> Sounds:
        """Have them spoken. ValueError where nobody can, or for bounds in the wrong order."""
        if not self.words or not self.voices:
            raise ValueError("'words' and 'voices' must name one at least")
        for name, (low, top) in (("pace", self.pace), ("pitch", self.pitch)):
            if low > top:
                raise ValueError(f"'{name}' must rise, not go from {low} to {top}")
        rng = stream(self.seed, self.split)
        asked = []
        for row in range(self.rows):
            voice, pace, pitch = (
                int(torch.randint(low, high + 1, (), generator=rng))
                for low, high in ((0, len(self.voices) - 1), self.pace, self.pitch)
            )
            asked.append((self.words[row % len(self.words)], self.voices[voice], pace, pitch))
        with ThreadPoolExecutor() as pool:
            sounds = torch.stack([self._fitted(sound) for sound in pool.map(lambda one: spoken(*one), asked)])
        codes = torch.arange(self.rows) % len(self.words)
        return Sounds(sounds.unsqueeze(1), codes, self.words, self.sample_rate)

    def _fitted(self, said: tuple[int, Tensor]) -> Tensor:
        """One sound (length,)."""
        rate, sound = said
        sound = resampled(sound[0], rate, self.sample_rate).clamp(-1, 1)[: self.length]
        return torch.nn.functional.pad(sound, (0, self.length - len(sound)))


@lru_cache(maxsize=4096)
def spoken(word: str, voice: str, pace: int, pitch: int) -> tuple[int, Tensor]:
    """Sample rate and sound (1, T) of a word. ValueError where the program is missing or refuses."""
    if shutil.which(PROGRAM) is None:
        hint = f"apt-get install {PROGRAM}, or brew install {PROGRAM}"
        raise ValueError(f"{PROGRAM} speaks these data and is not installed: {hint}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        # The text goes through standard input, so that no word is taken for an option.
        command = [PROGRAM, "-v", voice, "-s", str(pace), "-p", str(pitch), "-w", str(path), "--stdin"]
        done = subprocess.run(command, input=word, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode or not path.is_file():
            raise ValueError(f"{PROGRAM} cannot say {word!r} as {voice!r}: {done.stderr.strip()[:200]}")
        head, sound = wav.read(path)
    return head.rate, sound
