"""Sound as numbers: 16-bit mono samples, cut, levelled, joined. No I/O."""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Sequence
from functools import lru_cache
from operator import mul

from drivers.transport.pcm import RATE

FULL = 32_767
LOUDNESS = 0.1
"""Root mean square of speech, of full scale (−20 dB), to which every recording is brought."""
PEAK = 0.71
"""No recording peaks higher (−3 dB), however quiet the rest of it is."""

SILENCE = 0.01
"""Against its own peak: what is quieter at the ends of a recording is the room, not the voice."""
MARGIN = RATE // 25
"""Kept of it, so that a soft beginning (请, 号, 三) is not cut: 40 ms."""
OVERLAP = RATE // 200
"""Over which one piece passes into the next: 5 ms, too short to hear, long enough not to click."""

_AT_ONCE = 4096
"""Samples looked up at a stretch, in a tenth of a millisecond: no other thread waits for longer."""

_TAPS = 16
_BLOCK = RATE // 100

Samples = array
"""Of typecode ``h``."""


def samples_of(data: bytes) -> Samples[int]:
    """Read little-endian 16-bit samples; a half one at the end is dropped."""
    samples = array("h", data[: len(data) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def bytes_of(samples: Samples[int]) -> bytes:
    """Write little-endian 16-bit samples."""
    if sys.byteorder == "big":
        samples = array("h", samples)
        samples.byteswap()
    return samples.tobytes()


def mono(samples: Samples[int], channels: int) -> Samples[int]:
    """Mix channels to one."""
    if channels == 1:
        return samples
    parts = [samples[channel::channels] for channel in range(channels)]
    return array("h", (sum(frame) // channels for frame in zip(*parts, strict=False)))


def resampled(samples: Samples[int], rate: int) -> Samples[int]:
    """Bring samples of another ``rate`` to `RATE`, by a windowed sinc that lets no alias through."""
    if rate == RATE or not samples:
        return samples
    common = math.gcd(rate, RATE)
    up, down = RATE // common, rate // common
    cut = min(1.0, RATE / rate)
    reach = math.ceil(_TAPS / cut)
    phases = [_kernel(phase / up, cut, reach) for phase in range(up)]
    padded = array("h", bytes(2 * reach)) + samples + array("h", bytes(2 * reach + 2))
    out = array("h")
    for index in range(len(samples) * up // down):
        at, phase = divmod(index * down, up)
        window = padded[at + 1 : at + 1 + 2 * reach]
        out.append(_clip(sum(map(mul, phases[phase], window))))
    return out


def _kernel(fraction: float, cut: float, reach: int) -> list[float]:
    """Weights of the samples around a place ``fraction`` of a sample past the middle one."""
    weights = []
    for tap in range(1 - reach, reach + 1):
        x = fraction - tap
        weight = math.sin(math.pi * x * cut) / (math.pi * x * cut) if x else 1.0
        weights.append(weight * (0.5 + 0.5 * math.cos(math.pi * x / (reach + 1))))
    total = sum(weights)
    return [weight / total for weight in weights]


def trimmed(samples: Samples[int]) -> Samples[int]:
    """Take the silence off both ends; empty where there is nothing else."""
    peak = _peak(samples)
    if peak < FULL * 0.005:
        return array("h")
    floor = peak * SILENCE
    first = next(i for i, sample in enumerate(samples) if abs(sample) > floor)
    last = next(i for i in range(len(samples) - 1, -1, -1) if abs(samples[i]) > floor)
    return samples[max(first - MARGIN, 0) : last + 1 + MARGIN]


def levelled(samples: Samples[int]) -> Samples[int]:
    """Bring speech to the common loudness, so that recordings of different days fit each other."""
    peak = _peak(samples)
    if not peak:
        return samples
    blocks = [samples[at : at + _BLOCK] for at in range(0, len(samples), _BLOCK)]
    loud = [block for block in blocks if _peak(block) > peak * 0.1]
    power = sum(sample * sample for block in loud for sample in block) / sum(map(len, loud))
    gain = min(LOUDNESS * FULL / math.sqrt(power), PEAK * FULL / peak)
    return array("h", (_clip(sample * gain) for sample in samples))


def joined(parts: Sequence[Samples[int]]) -> Samples[int]:
    """Put pieces after each other without a gap: each passes into the next over `OVERLAP` samples.

    The whole is as long as its parts less one overlap at each seam.
    """
    whole = array("h")
    for part in parts:
        over = min(OVERLAP, len(whole), len(part))
        start = len(whole) - over
        for index in range(over):
            rising = (index + 1) / (over + 1)
            whole[start + index] = _clip(whole[start + index] * (1 - rising) + part[index] * rising)
        whole.extend(part[over:])
    return whole


def silence(seconds: float) -> Samples[int]:
    """Return a pause."""
    return array("h", bytes(2 * int(seconds * RATE)))


def at_volume(samples: Samples[int], volume: int) -> Samples[int]:
    """Make it as loud as ``volume`` (0–100) says: the cube of it, as sound servers reckon."""
    if volume >= 100:
        return samples
    louder = _levels(max(0, volume)).__getitem__
    out = array("h")
    for at in range(0, len(samples), _AT_ONCE):
        out.extend(map(louder, samples[at : at + _AT_ONCE]))
    return out


@lru_cache(maxsize=8)
def _levels(volume: int) -> Samples[int]:
    """Every sample there is at a volume, by the sample; negative ones are counted from the end."""
    gain = (volume / 100) ** 3
    return array("h", [round(sample * gain) for sample in (*range(FULL + 1), *range(-FULL - 1, 0))])


def _peak(samples: Samples[int]) -> int:
    return max(max(samples), -min(samples)) if samples else 0


def _clip(value: float) -> int:
    return max(-FULL - 1, min(FULL, round(value)))
