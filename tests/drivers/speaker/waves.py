"""Wav files for tests."""

from __future__ import annotations

import math
import wave
from array import array
from pathlib import Path

from drivers.speaker.sound import FULL


def write(
    file: Path,
    seconds: float = 0.2,
    *,
    pitch: float = 440,
    rate: int = 24_000,
    channels: int = 1,
    width: int = 2,
    loud: float = 0.5,
) -> Path:
    """Write a tone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    tone = array("h")
    for n in range(int(seconds * rate)):
        tone.extend([round(loud * FULL * math.sin(2 * math.pi * pitch * n / rate))] * channels)
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(width)
        sound.setframerate(rate)
        sound.writeframes(tone.tobytes() if width == 2 else bytes(len(tone) * width))
    return file
