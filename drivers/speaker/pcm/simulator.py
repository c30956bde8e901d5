"""A loudspeaker that keeps what it has played, so that anybody can hear it again."""

from __future__ import annotations

import asyncio
import io
import wave
from collections import deque
from collections.abc import Callable
from typing import Any

from drivers.speaker.pcm.driver import Options
from drivers.transport.pcm import RATE, SAMPLE, encode_count

KEPT = 20
"""Announcements kept."""
TICK_S = 0.05
"""How often it says how far it has got."""
SILENCE_S = 0.6
"""A pause in the sound received, in the speaker's own time, after which something new begins. Longer than
any within an announcement, of which the samples of pauses are part."""


class Heard:
    """One stretch of sound, without what was never played of it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.data = bytearray()
        self.ended = False

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.data) / SAMPLE / RATE

    def wav(self) -> bytes:
        """The sound as a wav file."""
        file = io.BytesIO()
        with wave.open(file, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(SAMPLE)
            sound.setframerate(RATE)
            sound.writeframes(bytes(self.data))
        return file.getvalue()


class SimulatedSpeaker:
    """A `drivers.simulator.Simulator` of a loudspeaker, ``speed`` times as fast as life.

    ``unit`` and ``options`` change nothing about it. ``stuck`` takes samples and plays none, as a sound
    server does whose card has died.
    """

    def __init__(self, unit: int = 0, options: Options | None = None, speed: float = 1.0) -> None:
        self.heard: deque[Heard] = deque(maxlen=KEPT)
        self.stuck = False
        self._powered = True
        self._speed = speed
        self._buffer = bytearray()
        self._played = 0
        self._count = 0
        self._send: Callable[[bytes], None] | None = None
        self._notify: Callable[[], None] = lambda: None
        self._timer: asyncio.TimerHandle | None = None
        self._at = 0.0
        self._owed = 0.0
        self._idle = 0.0

    @property
    def powered(self) -> bool:
        """Whether the amplifier is on; without it everything is played and nothing heard."""
        return self._powered

    @property
    def playing(self) -> bool:
        """Whether it makes a sound now."""
        return bool(self._buffer)

    def power_on(self) -> None:
        """Switch the amplifier on."""
        self._powered = True
        self._notify()

    def power_off(self) -> None:
        """Switch the amplifier off."""
        self._powered = False
        self._notify()

    def connect(self, send: Callable[[bytes], None]) -> None:
        """Somebody opened the line."""
        self._send = send
        self._played = 0
        self._buffer.clear()

    def disconnect(self) -> None:
        """The line is closed: silence at once."""
        self._send = None
        self._buffer.clear()
        self._end()

    def receive(self, data: bytes) -> None:
        """Take samples."""
        self._buffer += data
        if self._timer is None and len(self._buffer) >= SAMPLE:
            loop = asyncio.get_running_loop()
            self._at, self._owed = loop.time(), 0.0
            self._idle = 0.0
            self._wait()
            if not self.heard or self.heard[-1].ended:
                self._count += 1
                self.heard.append(Heard(self._count))
            self._notify()

    def view(self) -> dict[str, Any]:
        """What a person hears."""
        newest = next((heard for heard in reversed(self.heard) if heard.ended), None)
        return {
            "powered": self._powered,
            "playing": bool(self.heard) and not self.heard[-1].ended,
            "sound": {"n": newest.number, "seconds": round(newest.seconds, 1)} if newest else None,
        }

    def on_change(self, notify: Callable[[], None]) -> None:
        """Call ``notify`` when sound begins and ends."""
        self._notify = notify

    def _wait(self) -> None:
        pause = max(TICK_S / max(self._speed, 1.0), 0.002)
        self._timer = asyncio.get_running_loop().call_later(pause, self._tick)

    def _tick(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        passed, self._at = (now - self._at) * self._speed, now
        if self._buffer and not self.stuck:
            self._idle = 0.0
            self._owed += passed * RATE
            self._play(min(int(self._owed), len(self._buffer) // SAMPLE))
        elif not self._buffer:
            self._idle += passed
            self._owed = 0.0
        if self._idle >= SILENCE_S:
            self._end()
        elif self._send is not None:
            self._wait()

    def _play(self, count: int) -> None:
        self._owed -= count
        self._played += count
        if self._powered:
            self.heard[-1].data += self._buffer[: count * SAMPLE]
        del self._buffer[: count * SAMPLE]
        if self._send is not None and count:
            self._send(encode_count(self._played))

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.heard and not self.heard[-1].ended:
            self.heard[-1].ended = True
            self._notify()
