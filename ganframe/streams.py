"""Random streams: each consumer has its own, named by what it is and when; no stream depends on another."""

from __future__ import annotations

import hashlib

import torch

_PLAIN = (int, str)


def seed(*key: int | str) -> int:
    """63 bits that hash a key such as (run's seed, kind and name of the consumer, step, turn, draw).

    A hash, never a sum: (seed 1, step 2) and (seed 2, step 1) are strangers. The value is part of the format of runs.
    torch's CPU generator keeps the low 32 bits of a seed.
    """
    for part in key:
        if type(part) not in _PLAIN:
            raise TypeError(f"a stream's key is made of int and str, not {type(part).__name__}")
    digest = hashlib.blake2b(ascii(key).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def generator(*key: int | str) -> torch.Generator:
    """A new CPU generator at the beginning of a key's stream."""
    return reseed(torch.Generator(), *key)


def reseed(generator: torch.Generator, *key: int | str) -> torch.Generator:
    """Set a generator to the beginning of a key's stream (cheaper than a new one), and give it back."""
    return generator.manual_seed(seed(*key))
