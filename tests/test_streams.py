"""Random streams: named, apart from each other, and pinned."""

import pytest
import torch

from ganframe import streams


def test_seeds_are_pinned() -> None:
    # Other values here mean that old runs cannot be resumed bit for bit.
    assert streams.seed(0) == 2_631_537_505_891_389_924
    assert streams.seed(0, "latent", "z", 12, "discriminator", 1) == 7_560_271_265_485_159_231
    assert streams.seed("größe", -1) == 264_720_204_040_138_561


def test_a_key_is_a_sequence_not_a_text_and_not_a_sum() -> None:
    keys = [(1, 2), (2, 1), (12,), ("1", 2), (1, "2"), ("1, 2",), (3,), (), ("",), (1, 2, "")]
    assert len({streams.seed(*key) for key in keys}) == len(keys)


def test_seeds_fit_every_generator() -> None:
    seeds = [streams.seed(i) for i in range(10_000)]
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert len({seed & 0xFFFFFFFF for seed in seeds}) > 9_990
    assert max(seeds) > 2**62


@pytest.mark.parametrize("part", [1.0, True, None, (1,), torch.tensor(1)], ids=str)
def test_what_has_no_canonical_text_is_refused(part: object) -> None:
    with pytest.raises(TypeError, match="made of int and str"):
        streams.seed(0, part)  # type: ignore[arg-type]


def test_a_generator_begins_its_stream_wherever_it_was() -> None:
    first = torch.randn(5, generator=streams.generator(0, "z", 3))
    used = streams.generator(1)
    torch.randn(7, generator=used)
    assert streams.reseed(used, 0, "z", 3) is used
    assert torch.equal(torch.randn(5, generator=used), first)
    assert not torch.equal(torch.randn(5, generator=streams.generator(0, "z", 4)), first)


def test_the_global_generator_is_not_touched() -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    torch.randn(3, generator=streams.generator(0))
    assert torch.equal(torch.get_rng_state(), before)
