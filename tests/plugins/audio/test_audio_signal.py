"""Resampling, pitch, spectra and back, against sines that are known."""

from __future__ import annotations

import math

import pytest
import torch
from ganframe_audio.signal import spectrum
from ganframe_audio.signal.mel import MelScale
from ganframe_audio.signal.pitch import cents, pitch
from ganframe_audio.signal.resample import resampled, resampled_length
from hypothesis import given, settings
from hypothesis import strategies as st

RATES = st.sampled_from([8000, 11025, 16000, 22050, 44100, 48000, 11027])


def sine(hertz: float, rate: int, frames: int) -> torch.Tensor:
    return torch.sin(2 * math.pi * hertz * torch.arange(frames).double() / rate)


@settings(max_examples=25)
@given(RATES, RATES, st.integers(1, 3000), st.integers(1, 3))
def test_a_resampled_sound_is_as_long_and_as_wide(old: int, new: int, frames: int, channels: int) -> None:
    made = resampled(torch.ones(channels, frames), old, new)
    assert made.shape == (channels, resampled_length(frames, old, new)) == (channels, math.ceil(frames * new / old))
    assert bool(made.isfinite().all())


@settings(max_examples=25)
@given(RATES, RATES, st.floats(0.01, 0.42))
def test_a_sine_below_both_limits_is_the_same_sine(old: int, new: int, share: float) -> None:
    hertz = share * min(old, new)
    made = resampled(sine(hertz, old, old // 4), old, new)
    gap = (made - sine(hertz, new, len(made)))[len(made) // 5 : -len(made) // 5].abs().max()
    assert float(gap) < 1e-3


@pytest.mark.parametrize(("old", "new"), [(16000, 8000), (44100, 16000), (48000, 22050)])
def test_what_would_fold_back_is_gone(old: int, new: int) -> None:
    made = resampled(sine(0.53 * new, old, old // 2), old, new)[200:-200]
    assert 20 * math.log10(float(made.abs().max())) < -80


def test_there_and_back_again() -> None:
    rng = torch.Generator().manual_seed(0)
    spectra = torch.fft.rfft(torch.randn(4000, generator=rng).double())
    spectra[1200:] = 0  # a band that the lower rate holds
    sound = torch.fft.irfft(spectra)
    back = resampled(resampled(sound, 16000, 11025), 11025, 16000)
    assert torch.allclose(back[300:-300], sound[300 : len(back) - 300], atol=1e-3)


@settings(max_examples=25)
@given(st.floats(60, 1900), st.sampled_from([8000, 16000, 22050]), st.floats(0, 1))
def test_the_pitch_of_a_tone_is_found_within_three_cents(hertz: float, rate: int, ring: float) -> None:
    sound = sine(hertz, rate, rate // 4) + ring * torch.sin(2.0 + 4 * math.pi * hertz * torch.arange(rate // 4) / rate)
    heard, clear = pitch(sound[None], rate, 50, 2000)
    assert float(cents(heard, torch.tensor(hertz))) < 3
    assert float(clear) > 0.95


def test_no_pitch_in_silence_and_little_clarity_in_noise() -> None:
    noise = torch.randn(5, 2000, generator=torch.Generator().manual_seed(0))
    heard, clear = pitch(torch.cat([noise, torch.zeros(1, 2000)]), 8000, 100, 1000)
    assert heard[5] == clear[5] == 0 and float(clear[:5].max()) < 0.2
    assert cents(heard[5], torch.tensor(100.0)) == math.inf
    with pytest.raises(ValueError, match="too short for a pitch of 10 Hz"):
        pitch(noise[:, :100], 8000, 10, 40)


def test_full_scale_is_zero_decibels() -> None:
    found = spectrum.decibels(spectrum.power(sine(1000, 8000, 4096)[None].float(), 256, 64), 256)
    assert float(found[0, 32, 5:-5].mean()) == pytest.approx(0, abs=0.01)
    assert float(found[0, 100, 5:-5].max()) < -60


def test_mel_bands() -> None:
    bands = spectrum.mel_bands(40, 1024, 16000, 0, 8000)
    assert bands.shape == (40, 513) and float(bands.max()) <= 1 and float(bands.min()) >= 0
    places = bands.argmax(1) * 16000 / 1024
    assert bool((places.diff() > 0).all())
    # 1,000 Hz is 1,000 mel (O'Shaughnessy), and triangles overlap to a sum of one in between.
    assert float(spectrum.mel_of(torch.tensor(1000.0))) == pytest.approx(1000, abs=0.1)
    inside = bands.sum(0)[int(bands[0].argmax()) : int(bands[-1].argmax())]
    assert float((inside - 1).abs().max()) < 1e-4
    with pytest.raises(ValueError, match="mel bands hold no frequency"):
        spectrum.mel_bands(128, 128, 8000, 0, 4000)
    with pytest.raises(ValueError, match="do not lie within 0 to 4000 Hz"):
        spectrum.mel_bands(8, 256, 8000, 0, 5000)


def test_a_sound_made_from_its_magnitudes_has_them() -> None:
    sound = (sine(440, 8000, 2048) * torch.linspace(1, 0, 2048)).float()[None]
    wanted = spectrum.power(sound, 512, 128).sqrt()
    made = spectrum.griffin_lim(wanted, 512, 128, 2048, 60)
    assert torch.equal(made, spectrum.griffin_lim(wanted, 512, 128, 2048, 60))
    error = (spectrum.power(made, 512, 128).sqrt() - wanted).norm() / wanted.norm()
    assert float(error) < 0.1


def test_a_sound_from_its_mel_spectrogram_has_its_pitch_and_loudness() -> None:
    hertz = torch.tensor([220.0, 330, 523, 880]).double()
    sounds = torch.stack([0.5 * sine(float(h), 8000, 2048) for h in hertz]).float()
    scale = MelScale(8000, 2048, 512, 64, 64, 0.0, 4000.0, 80.0)
    spectrograms = scale.spectrograms(sounds)
    assert spectrograms.shape == (4, 64, 32) and float(spectrograms.min()) >= -1 and float(spectrograms.max()) <= 1
    made = scale.sounds(spectrograms, 20)
    assert made.shape == sounds.shape
    assert float(cents(pitch(made, 8000, 100, 2000)[0], hertz).max()) < 25
    assert float((made.square().mean(1).sqrt() / sounds.square().mean(1).sqrt() - 1).abs().max()) < 0.2
    assert float((scale.spectrograms(made) - spectrograms).abs().mean()) < 0.1
    with pytest.raises(ValueError, match="no fft_size, hop, mels, low, high, decibels"):
        MelScale.of({"sample_rate": 8000, "length": 2048})
