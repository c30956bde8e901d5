"""What people did at the devices, kept until the hub has it.

An input goes to the hub the moment it is made: the hub's commit is the one that counts. A rating is
written to the station's own disk at the same time, a key press only when the hub has not taken it within a
moment; either stays in memory, and is sent again now and then and on every new connection, until it is
taken or stale.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable

import msgspec
import structlog

from drivers.call_pad.api import KeyPressed
from drivers.signature_pad.api import Signed
from kioskd.station.clock import Clock, Timer
from kioskd.station.messages import AnyReading, Context, Input, Passing
from kioskd.station.store import InputRow, Store

log = structlog.get_logger(__name__)

MOMENT_S = 0.25
"""A hub that is well takes a press in milliseconds; only beyond this is the press written down."""

AGAIN_S = 5.0
"""Between two attempts to write an input to a disk that refuses."""

PRESS_SHELF_S = 5.0
"""A press that is so old would surprise everybody. The hall's rules say how long exactly; this holds until
a hub has told them.
"""

PRESS_AGAIN_S = 1.0
RATING_AGAIN_S = 15.0
"""Between two sendings to a hub that does not take it, perhaps because its own disk refuses. It knows a
repeated input by its id.
"""

IN_FLIGHT = 64
"""Ratings sent and not yet taken at any time, so that a long outage doesn't end in a flood."""

OLDEST_S = 30 * 86400.0
"""Greatest age that a difference of wall times may claim: a clock that jumped by decades must not date
a rating before the hall was built.
"""

_readings = msgspec.json.Decoder(AnyReading)
_contexts = msgspec.json.Decoder(Context)


class Kept:
    """One input that nobody has taken."""

    __slots__ = ("context", "reading", "row", "sent", "stored", "timers")

    def __init__(self, row: InputRow, reading: AnyReading, context: Context) -> None:
        self.row = row
        self.reading = reading
        self.context = context
        self.sent = False
        self.stored = False
        """Whether the store may hold it."""
        self.timers: dict[str, Timer] = {}

    @property
    def urgent(self) -> bool:
        """Whether it is about this very moment."""
        return isinstance(self.reading, KeyPressed) or self.passing

    @property
    def passing(self) -> bool:
        """Whether it is somebody's own and so never written down."""
        return isinstance(self.reading, Passing)

    @property
    def named(self) -> str:
        """What may stand in a log: of what is somebody's own only its kind."""
        mine = self.passing or isinstance(self.reading, Signed)
        return type(self.reading).__name__ if mine else self.row.reading


class Inputs:
    """All inputs of the station that the hub has not taken.

    ``dropped`` is called with the device of a press that came to nothing.
    """

    def __init__(self, store: Store, clock: Clock, dropped: Callable[[str], None]) -> None:
        self._store = store
        self._clock = clock
        self._shelf_s = PRESS_SHELF_S
        self._dropped = dropped
        self._kept: dict[str, Kept] = {}
        self._send: Callable[[Input], None] | None = None
        self._queue: deque[str] = deque()
        self._in_flight: set[str] = set()

    @property
    def waiting(self) -> int:
        """How many inputs the hub has not taken."""
        return len(self._kept)

    async def load(self) -> None:
        """Take up what an earlier run left behind. Raises `StoreError`."""
        for row in await self._store.inputs():
            try:
                reading, context = _readings.decode(row.reading), _contexts.decode(row.context)
            except msgspec.DecodeError as error:
                # It stays in the store for whoever can read it.
                log.error("input.unreadable", input=row.id, device=row.device, reason=str(error))
                continue
            kept = Kept(row, reading, context)
            if kept.urgent and (row.boot != self._clock.boot or self._age(row) >= self._shelf_s):
                log.warning("input.stale", device=row.device, reading=kept.named)
                self._store.drop_input(row.id)
                continue
            kept.stored = True
            self._kept[row.id] = kept
            if kept.urgent:
                self._expire(kept)

    def take(self, device: str, reading: AnyReading, context: Context) -> None:
        """Somebody did something just now."""
        clock = self._clock
        row = InputRow(
            id=secrets.token_hex(8),
            device=device,
            reading=msgspec.json.encode(reading).decode(),
            context=msgspec.json.encode(context).decode(),
            wall=clock.wall(),
            steady=clock.steady(),
            boot=clock.boot,
        )
        kept = self._kept[row.id] = Kept(row, reading, context)
        if kept.urgent:
            self._tell(kept)
            self._expire(kept)
            if not kept.passing:
                self._later(kept, "store", MOMENT_S, self._write)
        else:
            self._queue.append(row.id)
            self._go_on()
            self._write(kept)

    def connected(self, send: Callable[[Input], None], shelf_s: float = PRESS_SHELF_S) -> None:
        """A hub listens, to which a press is stale after ``shelf_s``: everything goes to it, again where
        need be, presses first.
        """
        self._send, self._shelf_s = send, shelf_s
        self._in_flight.clear()
        for kept in self._kept.values():
            kept.sent = False
            if kept.urgent:
                self._tell(kept)
                self._expire(kept)
        self._queue = deque(kept.row.id for kept in self._kept.values() if not kept.urgent)
        self._go_on()

    def disconnected(self) -> None:
        """Nobody listens."""
        self._send = None

    def taken(self, input_id: str) -> None:
        """The hub has it."""
        self._forget(input_id)
        self._go_on()

    def close(self) -> None:
        """End all timers; what is stored stays so."""
        self._send = None
        for kept in self._kept.values():
            for timer in kept.timers.values():
                timer.cancel()
        self._kept.clear()

    def _go_on(self) -> None:
        """Send as many ratings as may be on their way."""
        while self._send is not None and self._queue and len(self._in_flight) < IN_FLIGHT:
            kept = self._kept.get(self._queue.popleft())
            if kept is not None:
                self._in_flight.add(kept.row.id)
                self._tell(kept)

    def _tell(self, kept: Kept) -> None:
        if self._send is None:
            return
        kept.sent = True
        again = PRESS_AGAIN_S if kept.urgent else RATING_AGAIN_S
        self._later(kept, "again", again, self._tell)
        row = kept.row
        age_ms = round(self._age(row) * 1000)
        self._send(
            Input(id=row.id, device=row.device, reading=kept.reading, context=kept.context, age_ms=age_ms)
        )

    def _age(self, row: InputRow) -> float:
        if row.boot == self._clock.boot:
            return max(0.0, self._clock.steady() - row.steady)
        return min(max(0.0, self._clock.wall() - row.wall), OLDEST_S)

    def _later(self, kept: Kept, what: str, seconds: float, act: Callable[[Kept], None]) -> None:
        if what in kept.timers:
            kept.timers[what].cancel()
        kept.timers[what] = self._clock.call_later(seconds, lambda: act(kept))

    def _expire(self, kept: Kept) -> None:
        left = max(0.0, self._shelf_s - self._age(kept.row))
        self._later(kept, "shelf", left, self._stale)

    def _stale(self, kept: Kept) -> None:
        what = "input.unanswered" if kept.sent else "input.stale"
        log.warning(what, device=kept.row.device, reading=kept.named)
        self._forget(kept.row.id)
        self._dropped(kept.row.device)

    def _forget(self, input_id: str) -> None:
        kept = self._kept.pop(input_id, None)
        if kept is None:
            return
        self._in_flight.discard(input_id)
        for timer in kept.timers.values():
            timer.cancel()
        if kept.stored:
            self._store.drop_input(input_id)

    def _write(self, kept: Kept) -> None:
        kept.stored = True
        self._store.keep_input(kept.row).add_done_callback(lambda done: self._written(kept, done))

    def _written(self, kept: Kept, done: asyncio.Future[None]) -> None:
        if done.exception() is not None and kept.row.id in self._kept:
            self._later(kept, "store", AGAIN_S, self._write)
