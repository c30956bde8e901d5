"""Plain PCM with a count of what was played.

To the device: 24 kHz, mono, signed 16-bit little-endian samples and nothing else. From it: how many
samples it has played since the line was opened, modulo 2³², as four bytes little-endian, said while it
plays and when it falls silent. A sound card says the same by its hardware pointer
(`drivers.transport.alsa`); this is that pointer on a wire, so that one driver serves both and "said" always
means that the last sample has left the loudspeaker. No maker's protocol: a program of a few lines on
another PC speaks it.
"""

from __future__ import annotations

import struct

RATE = 24_000
"""Samples a second: speech up to 12 kHz, where q, x and s are."""
SAMPLE = 2
"""Bytes of one sample."""
_COUNT = struct.Struct("<I")
_WRAP = 1 << 32


def encode_count(played: int) -> bytes:
    """Say how many samples have been played."""
    return _COUNT.pack(played % _WRAP)


class Counts:
    """Puts counts together from chunks of any size and follows them past 2³²."""

    def __init__(self) -> None:
        self.played = 0
        """Samples played since the line was opened."""
        self._rest = b""

    def feed(self, data: bytes) -> bool:
        """Take bytes from the device; True when the count has grown."""
        self._rest += data
        whole = len(self._rest) // _COUNT.size * _COUNT.size
        before = self.played
        for (count,) in _COUNT.iter_unpack(self._rest[:whole]):
            forward = (count - self.played) % _WRAP
            # A count that runs backwards is noise, not four billion samples.
            if forward < _WRAP // 2:
                self.played += forward
        self._rest = self._rest[whole:]
        return self.played > before
