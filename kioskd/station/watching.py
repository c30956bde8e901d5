"""What a technician watches of one device: how full its line is, and keys that are being tried out."""

from __future__ import annotations

from collections import deque
from typing import Any

import msgspec

from drivers.call_pad.api import KeyPressed
from drivers.device import Reading
from drivers.errors import ConfigurationError
from drivers.rating_pad.api import Rated
from drivers.registry import DRIVERS, PRIVATE, options_type
from drivers.transport.address import parse_address, wire_of
from kioskd.station.clock import Clock
from kioskd.station.config import DeviceSettings

MINUTE_S = 60
TRYING_S = 90.0
"""How long keys are only tried out, unless somebody ends it: a technician who walks away takes no window
out of service.
"""

PRESSES_KEPT = 20

READ = "read"
"""What is told of a reading that is somebody's own: that there was one."""


class Flow:
    """Bytes that crossed a line within the last minute, either way."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seconds: deque[tuple[int, int]] = deque(maxlen=MINUTE_S + 1)

    def add(self, count: int) -> None:
        """So many bytes cross now."""
        now = int(self._clock.steady())
        if self._seconds and self._seconds[-1][0] == now:
            count += self._seconds.pop()[1]
        self._seconds.append((now, count))

    @property
    def per_minute(self) -> int:
        """How many there were."""
        since = int(self._clock.steady()) - MINUTE_S
        return sum(count for second, count in self._seconds if second > since)


def load_percent(address: str, per_minute: int) -> float | None:
    """Return how much of its time a line with so many bytes a minute is busy; None for a line whose bytes
    take no time that we know of.
    """
    try:
        byte_time = wire_of(parse_address(address)).byte_time
    except ConfigurationError:
        return None
    return round(100 * per_minute * byte_time / MINUTE_S, 1) if byte_time else None


class Trying:
    """Keys of one device that are pressed to see whether they work, and do nothing else meanwhile."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until = 0.0
        self.pressed: deque[tuple[float, str]] = deque(maxlen=PRESSES_KEPT)
        """Wall time (Unix seconds) and name of what was pressed, the oldest first."""

    @property
    def on(self) -> bool:
        """Whether presses are only looked at now."""
        return self._clock.steady() < self._until

    def begin(self) -> None:
        """From now on, for `TRYING_S`."""
        self.pressed.clear()
        self._until = self._clock.steady() + TRYING_S

    def end(self) -> None:
        """Presses do again what they always do."""
        self._until = 0.0

    def take(self, reading: Reading) -> None:
        """Something was pressed or read."""
        self.pressed.append((self._clock.wall(), name_of(reading)))


def name_of(reading: Reading) -> str:
    """Return what a reading is called: the key, the level, or that there was one."""
    match reading:
        case KeyPressed():
            return reading.key.value
        case Rated():
            return str(reading.level)
        case _:
            return READ


def to_press(device: DeviceSettings) -> list[Reading]:
    """Return what a person can press there, by the device's own options: keys once each, best level first."""
    try:
        options: Any = msgspec.convert(device.options, options_type(device.driver))
    except (ImportError, KeyError, msgspec.ValidationError):
        return []  # building it says what is wrong
    keys = getattr(options, "keys", None)
    if isinstance(keys, dict):
        return [KeyPressed(key) for key in dict.fromkeys(keys.values())]
    levels = getattr(options, "levels", None)
    if isinstance(levels, dict):
        levels = tuple(levels.values())
    if isinstance(levels, tuple):
        return [Rated(level) for level in sorted(set(levels), reverse=True)]
    return []


def names_to_press(device: DeviceSettings) -> tuple[str, ...]:
    """Return the names of all that can be tried out at a device; none where nothing can."""
    driver = DRIVERS.get(device.driver)
    if driver is None:
        return ()
    if driver.device_class in PRIVATE:
        return (READ,)
    return tuple(name_of(reading) for reading in to_press(device))
