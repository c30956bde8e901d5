"""Key events of Linux input devices: bytes to events and back, and what counts as a press.

Source: the kernel's include/uapi/linux/input.h and Documentation/input/event-codes.rst. An event is
``struct input_event``: two native longs (seconds, microseconds), type u16, code u16, value s32, in the
machine's own order and padding. A key's value is 1 down, 0 up, 2 repeated while held. ``SYN_DROPPED``
says that the reader was too slow: what follows up to the next ``SYN_REPORT`` is incomplete.

The kernel hands out whole events only, so nothing in the stream marks where one begins.
"""

from __future__ import annotations

import struct

import msgspec

EV_SYN = 0x00
EV_KEY = 0x01
EV_LED = 0x11
SYN_REPORT = 0
SYN_DROPPED = 3
LED_NUML = 0x00
UP, DOWN, REPEATED = 0, 1, 2

_EVENT = struct.Struct("@llHHi")
SIZE = _EVENT.size


class Event(msgspec.Struct, frozen=True):
    """One event; ``at`` in seconds of the clock that the device was opened with."""

    at: float
    type: int
    code: int
    value: int


REPORT = Event(0.0, EV_SYN, SYN_REPORT, 0)


def encode(event: Event) -> bytes:
    """One event as the kernel hands it out or takes it."""
    seconds = int(event.at // 1)
    microseconds = min(int((event.at - seconds) * 1_000_000), 999_999)
    return _EVENT.pack(seconds, microseconds, event.type, event.code, event.value)


def lamp(code: int, on: bool) -> bytes:
    """What switches a lamp (``LED_…``) of a keyboard."""
    return encode(Event(0.0, EV_LED, code, int(on))) + encode(REPORT)


class Decoder:
    """Events of one type, keys unless said, out of chunks of any size; holds less than one event."""

    def __init__(self, kind: int = EV_KEY) -> None:
        self._kind = kind
        self._held = b""
        self._dropping = False

    def feed(self, data: bytes) -> list[Event]:
        """Take bytes and return the events they complete."""
        data = self._held + data
        whole = len(data) - len(data) % SIZE
        self._held = data[whole:]
        events = []
        for seconds, microseconds, kind, code, value in _EVENT.iter_unpack(data[:whole]):
            if kind == EV_SYN:
                self._dropping = code == SYN_DROPPED or (self._dropping and code != SYN_REPORT)
            elif kind == self._kind and not self._dropping:
                events.append(Event(seconds + microseconds / 1_000_000, kind, code, value))
        return events


class Reports:
    """What belongs together, out of chunks of any size; holds less than a report, and at most ``MOST`` events
    of one that never ends.
    """

    MOST = 256

    def __init__(self) -> None:
        self._held = b""
        self._events: list[Event] = []
        self._dropping = False

    def feed(self, data: bytes) -> list[list[Event]]:
        """Take bytes and return the reports they complete, none of them empty."""
        data = self._held + data
        whole = len(data) - len(data) % SIZE
        self._held = data[whole:]
        reports = []
        for seconds, microseconds, kind, code, value in _EVENT.iter_unpack(data[:whole]):
            if kind != EV_SYN:
                if not self._dropping and len(self._events) < self.MOST:
                    self._events.append(Event(seconds + microseconds / 1_000_000, kind, code, value))
            elif code == SYN_DROPPED:
                self._dropping = True
                self._events = []
            elif code == SYN_REPORT:
                if self._events and not self._dropping:
                    reports.append(self._events)
                self._events, self._dropping = [], False
        return reports


class Debounce:
    """Tells presses from a contact that bounces and from a key that is held.

    A key that goes down within ``seconds`` of its own last going down or up never really came up. Times
    are the events' own, so that a reader that was late loses no press; when their clock was set back, a
    press is a press.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._moved: dict[int, float] = {}

    def is_press(self, event: Event) -> bool:
        """Whether a finger went down on the key."""
        if event.value not in (UP, DOWN):
            return False
        before = self._moved.get(event.code)
        self._moved[event.code] = event.at
        return event.value == DOWN and (before is None or not 0 <= event.at - before < self._seconds)


def has_press(data: bytes) -> bool:
    """Whether a key goes down among whole events; half of one counts for nothing."""
    whole = data[: len(data) // SIZE * SIZE]
    return any(kind == EV_KEY and value == DOWN for _, _, kind, _, value in _EVENT.iter_unpack(whole))
