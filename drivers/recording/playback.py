"""A recording as the device: what it once answered it answers again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import msgspec

from drivers.recording.format import Recording

OWN_WORDS_S = 0.5
"""Seconds after a frame from which on the device's bytes count as said by itself, such as a key press:
no device of a hall thinks that long, and a finger can."""
AHEAD = 16
"""Frames that a driver may leave out before what it says is taken for a repetition."""
_STRANGE_KEPT = 4096


class _Reply(msgspec.Struct, frozen=True):
    after: float
    data: bytes

    @property
    def own_words(self) -> bool:
        return self.after >= OWN_WORDS_S


class _Exchange(msgspec.Struct, frozen=True):
    """Bytes the driver wrote in one go, and what the device said until it wrote again."""

    question: bytes
    replies: tuple[_Reply, ...]
    loose: frozenset[int] = frozenset()
    """Places in the question that hold another byte each time."""

    def begins(self, held: bytearray) -> bool:
        """Whether what is held begins with the question, or is the beginning of it."""
        if not self.loose:
            shorter = min(len(held), len(self.question))
            return held[:shorter] == self.question[:shorter]
        pairs = enumerate(zip(held, self.question, strict=False))
        return all(heard == said or at in self.loose for at, (heard, said) in pairs)

    def asked(self, held: bytearray) -> bool:
        """Whether the whole question stands at the beginning of what is held."""
        return len(held) >= len(self.question) and self.begins(held)


class Playback:
    """A `drivers.simulator.Simulator` made of a recording.

    The driver's frames are looked for in the order of the recording, and each brings what the device
    said after it. A driver may repeat a frame, as in polling: then only the direct answer comes again,
    not what the device said by itself. It may leave frames out. Bytes that the
    recording doesn't hold are kept as `strange` and answered by nothing. ``pace`` is 1 for the
    recorded pauses and 0 for none.
    """

    def __init__(self, recording: Recording, *, pace: float = 1.0, lead: float = 0.0) -> None:
        """``lead`` seconds pass before the device speaks first, where it does so unasked."""
        self._first, *exchanges = _exchanges(recording)
        self._exchanges = exchanges
        self._pace = pace
        self._lead = lead
        self._send: Callable[[bytes], None] | None = None
        self._notify: Callable[[], None] = lambda: None
        self._timers: set[asyncio.TimerHandle] = set()
        self._said_until = 0.0
        self._start_over()

    def connect(self, send: Callable[[bytes], None]) -> None:
        """Somebody opened the line; the recording begins."""
        self._start_over()
        self._send = send
        self._say(self._first.replies, self._lead)

    def disconnect(self) -> None:
        """The line is closed."""
        self._send = None
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def receive(self, data: bytes) -> None:
        """Bytes of the driver."""
        self._held += data
        while self._held and self._step():
            pass
        self._notify()

    def on_change(self, notify: Callable[[], None]) -> None:
        """Call ``notify`` whenever the view changes."""
        self._notify = notify

    def view(self) -> dict[str, Any]:
        """``{"kind": "recording", "frames": 12, "of": 40, "strange": "ff00"}``."""
        return {
            "kind": "recording",
            "frames": self._at,
            "of": len(self._exchanges),
            "strange": self.strange.hex(),
        }

    @property
    def finished(self) -> bool:
        """Whether the driver came to the end and the device has said all it has to say."""
        return self._at == len(self._exchanges) and not self._timers and not self._held

    def _start_over(self) -> None:
        self._at = 0
        self._held = bytearray()
        self.strange = bytearray()

    def _step(self) -> bool:
        """Take one frame off what is held, or one strange byte; false when more bytes are needed."""
        ahead = self._exchanges[self._at : self._at + AHEAD]
        for skip, exchange in enumerate(ahead):
            if exchange.asked(self._held):
                del self._held[: len(exchange.question)]
                self._at += skip + 1
                for left_out in ahead[:skip]:
                    self._say([reply for reply in left_out.replies if reply.own_words])
                self._say(exchange.replies)
                return True
            if skip == 0 and exchange.begins(self._held):
                return False
        again = [known for known in self._exchanges if known.asked(self._held)]
        if again:
            longest = max(again, key=lambda known: len(known.question))
            del self._held[: len(longest.question)]
            self._say([reply for reply in longest.replies if not reply.own_words])
            return True
        if any(known.begins(self._held) for known in self._exchanges):
            return False
        if len(self.strange) < _STRANGE_KEPT:
            self.strange.append(self._held[0])
        del self._held[0]
        return True

    def _say(self, replies: tuple[_Reply, ...] | list[_Reply], lead: float = 0.0) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for reply in replies:
            # Never before what is still to be said: bytes keep their order.
            at = max(now + lead + reply.after * self._pace, self._said_until)
            self._said_until = at
            if at <= now:
                self._utter(reply.data)
                continue
            self._later(at, reply.data)

    def _later(self, at: float, data: bytes) -> None:
        loop = asyncio.get_running_loop()

        def due() -> None:
            self._timers.discard(timer)
            self._utter(data)

        timer = loop.call_at(at, due)
        self._timers.add(timer)

    def _utter(self, data: bytes) -> None:
        if self._send is not None:
            self._send(data)
        self._notify()


def _exchanges(recording: Recording) -> list[_Exchange]:
    """The recording cut before each frame of the driver; the first has no question."""
    cut: list[tuple[bytes, float, list[_Reply]]] = [(b"", 0.0, [])]
    for chunk in recording.chunks:
        if not chunk.data:
            continue
        if chunk.direction == ">":
            cut.append((chunk.data, chunk.t, []))
        else:
            _, began, replies = cut[-1]
            replies.append(_Reply(max(0.0, chunk.t - began), chunk.data))
    return [
        _Exchange(question, tuple(replies), _loose(question, recording.header.vary))
        for question, _, replies in cut
    ]


def _loose(question: bytes, vary: tuple[str, ...]) -> frozenset[int]:
    text = question.decode("latin-1")
    return frozenset(
        at for expression in vary for match in re.finditer(expression, text) for at in range(*match.span())
    )
