"""Samples are cut, levelled and joined without a gap, a click or an overflow."""

from __future__ import annotations

import math
from array import array
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.speaker.sound import (
    FULL,
    LOUDNESS,
    MARGIN,
    OVERLAP,
    PEAK,
    at_volume,
    bytes_of,
    joined,
    levelled,
    mono,
    resampled,
    samples_of,
    silence,
    trimmed,
)
from drivers.transport.pcm import RATE

SAMPLES = st.lists(st.integers(-FULL - 1, FULL), max_size=400).map(lambda values: array("h", values))


def tone(pitch: float, seconds: float, loud: float = 0.5, rate: int = RATE) -> array[int]:
    return array(
        "h",
        (round(loud * FULL * math.sin(2 * math.pi * pitch * n / rate)) for n in range(int(seconds * rate))),
    )


def power(samples: array[int]) -> float:
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples)) / FULL


def strength(samples: array[int], pitch: float) -> float:
    """How much of a pitch is in it (one bin of a Fourier transform), 1 for a full tone."""
    real = sum(s * math.cos(2 * math.pi * pitch * n / RATE) for n, s in enumerate(samples))
    imaginary = sum(s * math.sin(2 * math.pi * pitch * n / RATE) for n, s in enumerate(samples))
    return math.hypot(real, imaginary) * 2 / len(samples) / FULL


@given(SAMPLES)
def test_bytes_and_back(samples: array[int]) -> None:
    assert samples_of(bytes_of(samples)) == samples
    assert samples_of(bytes_of(samples) + b"\x01") == samples


@given(st.lists(SAMPLES, max_size=6))
def test_what_is_joined_is_as_long_as_its_parts_less_the_seams(parts: list[array[int]]) -> None:
    whole = joined(parts)
    length = 0
    for part in parts:
        length += len(part) - min(OVERLAP, length, len(part))
    assert len(whole) == length


def test_there_is_no_gap_between_pieces() -> None:
    whole = joined([tone(440, 0.3), tone(300, 0.2), tone(500, 0.25)])
    for at in range(0, len(whole) - RATE // 50, RATE // 200):
        assert power(whole[at : at + RATE // 50]) > 0.1, f"a gap at {at / RATE:.3f} s"


def test_the_first_and_last_sample_of_a_seam_belong_to_their_pieces() -> None:
    low, high = array("h", [-8000] * 1000), array("h", [8000] * 1000)
    whole = joined([low, high])
    assert whole[: 1000 - OVERLAP] == low[OVERLAP:]
    assert whole[1000:] == high[OVERLAP:]
    seam = whole[1000 - OVERLAP : 1000]
    assert all(a < b for a, b in pairwise(seam)), "it goes over in one slope"


@given(SAMPLES, st.integers(-50, 150))
def test_volume_never_overflows_and_full_is_untouched(samples: array[int], volume: int) -> None:
    quiet = at_volume(samples, volume)
    assert len(quiet) == len(samples)
    if volume >= 100:
        assert quiet == samples
    if volume <= 0:
        assert not any(quiet)
    assert all(abs(q) <= abs(s) for q, s in zip(quiet, samples, strict=True))


def test_half_the_volume_is_an_eighth_of_the_amplitude() -> None:
    assert power(at_volume(tone(440, 0.1), 50)) == pytest.approx(power(tone(440, 0.1)) / 8, rel=0.01)


def test_silence_at_the_ends_goes_and_within_stays() -> None:
    said = tone(440, 0.1) + silence(0.2) + tone(300, 0.1)
    cut = trimmed(silence(0.5) + said + silence(0.3))
    assert abs(len(cut) - len(said)) <= 2 * MARGIN + 20
    assert trimmed(silence(1.0)) == array("h")
    assert trimmed(array("h", [20, -20] * 500)) == array("h"), "noise is no speech"
    assert trimmed(array("h")) == array("h")


@pytest.mark.parametrize("loud", [0.02, 0.3, 0.95])
def test_recordings_are_brought_to_one_loudness(loud: float) -> None:
    assert power(levelled(tone(440, 0.5, loud))) == pytest.approx(LOUDNESS, rel=0.02)


def test_a_single_loud_click_is_kept_under_the_limit() -> None:
    click = tone(440, 0.5, 0.05)
    click[1000] = FULL
    assert max(levelled(click)) <= PEAK * FULL + 1
    assert levelled(silence(0.1)) == silence(0.1)


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_other_rates_keep_pitch_length_and_loudness(rate: int) -> None:
    there = resampled(tone(1000, 0.2, 0.5, rate), rate)
    assert abs(len(there) - 0.2 * RATE) <= 2
    middle = there[RATE // 50 : -RATE // 50]
    assert strength(middle, 1000) == pytest.approx(0.5, rel=0.02)


def test_what_is_too_high_for_our_rate_does_not_come_back_as_another_pitch() -> None:
    there = resampled(tone(15_000, 0.2, 0.5, 48_000), 48_000)
    assert power(there[500:-500]) < 0.01


def test_two_channels_become_one() -> None:
    assert mono(array("h", [100, 300, -100, -300]), 2) == array("h", [200, -200])
    assert mono(array("h", [1, 2]), 1) == array("h", [1, 2])
