"""The hall's side of the log, as a pure state machine: what to send next, what an answer means."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from kioskd.journal.chain import GENESIS
from kioskd.journal.epochs import opening_of
from kioskd.journal.records import Position, StoredEvent
from kioskd.sync.messages import Cursor, Mark, NotTaken, Push, Taken, Why, Witness
from kioskd.sync.wire import MOST_BYTES, MOST_EVENTS, wire_event

_FRAME = 160
"""Bytes that an event takes beside its body, at most in practice; only to keep a push within bounds."""


class Log(Protocol):
    """What a courier reads of the journal: durable events only."""

    def read(self, after: Position, limit: int) -> Sequence[StoredEvent]:
        """Return the events past ``after``, in order."""

    def chain(self, position: Position) -> bytes | None:
        """Return the chain of the event at ``position``, None when there is none."""


class Standing(StrEnum):
    """How a hall stands with its central server."""

    UNKNOWN = "unknown"
    """Not heard from it since the start."""
    GOING = "going"
    FENCED = "fenced"
    DIVERGED = "diverged"
    """Both this and the one above need a person; the hall goes on by itself meanwhile."""


class Courier:
    """Carries the journal to one central server. One push is under way at most."""

    def __init__(self, log: Log, witness: Witness | None = None) -> None:
        """``witness`` is what was kept of an earlier run, None when nothing was."""
        self._log = log
        self._inc = "" if witness is None else witness.inc
        self._cursor: Cursor | None = None if witness is None else Cursor(witness.epoch, witness.next)
        self._in_flight: int | None = None
        self._asked = 0
        self._max = MOST_EVENTS
        self.witness = witness
        self.safe = Mark(0, 0)
        self.standing = Standing.UNKNOWN

    @property
    def cursor(self) -> Cursor | None:
        """The first place that the central server does not have, None when that is not known."""
        return self._cursor

    @property
    def inc(self) -> str:
        """The central server's incarnation as it last said it, empty when it has not been heard."""
        return self._inc

    def next(self, most: int = MOST_EVENTS) -> tuple[int, Push]:
        """Return the next push and its number; an earlier one still under way is given up with that.

        A push without events asks where the central server stands and proves that the logs agree.
        """
        self._asked += 1
        self._in_flight = self._asked
        return self._asked, self._push(min(most, self._max))

    def _push(self, most: int) -> Push:
        cursor = self._cursor or Cursor(0, 1)
        after = Position(cursor.epoch, cursor.next - 1)
        events = self._batch(self._log.read(after, most))
        if not events:
            chain = (self._log.chain(after) or GENESIS).hex()
            return Push(max(cursor.epoch, 1), cursor.next, chain, chain, None, self._inc, self.witness)
        first = events[0].position
        parent: Mark | None = None
        if first.seq > 1:
            before = self._log.chain(Position(first.epoch, first.seq - 1)) or GENESIS
        else:
            opening = opening_of(events[0])
            origin = None if opening is None else opening.parent
            before = GENESIS if origin is None else bytes.fromhex(origin.chain)
            parent = None if origin is None else Mark(origin.epoch, origin.seq)
        return Push(
            first.epoch,
            first.seq,
            before.hex(),
            events[-1].chain.hex(),
            parent,
            self._inc,
            self.witness,
            tuple(wire_event(event) for event in events),
        )

    def _batch(self, events: Sequence[StoredEvent]) -> Sequence[StoredEvent]:
        """Cut after the first epoch, and before it becomes too large; one event always goes."""
        size = 0
        for n, event in enumerate(events):
            size += len(event.body) + _FRAME
            if event.position.epoch != events[0].position.epoch or (n and size > MOST_BYTES):
                return events[:n]
        return events

    def heard(self, number: int, answer: Taken | NotTaken) -> bool:
        """Take the answer to push ``number``; False for one that nobody waits for any more.

        The cursor becomes the central server's, also where that is lower than it was.
        """
        if number != self._in_flight:
            return False
        self._in_flight = None
        self._inc = answer.inc
        self._cursor = Cursor(answer.epoch, answer.next)
        if isinstance(answer, NotTaken):
            if answer.code in (Why.FENCED, Why.DIVERGED):
                # Once superseded a hall has nothing of the newer epoch to show, so its proof fails as well.
                superseded = not self._log.read(Position(answer.epoch, 0), 1)
                if superseded:
                    self.standing = Standing.FENCED
                elif answer.code is Why.DIVERGED:
                    self.standing = Standing.DIVERGED
                else:
                    # It asked from a place remembered of before an epoch that is its own: it just goes on.
                    self.standing = Standing.UNKNOWN
            return True
        self._max = max(1, min(answer.max, MOST_EVENTS))
        self.safe = answer.safe
        if self.agrees(answer):
            self.standing = Standing.GOING
            self.witness = Witness(answer.inc, answer.epoch, answer.next)
        else:
            self.standing = Standing.DIVERGED
        return True

    def agrees(self, answer: Taken) -> bool:
        """Whether the hall has what the central server says it has.

        A hall that was put back lacks the end of an older epoch; that it has a later one says so.
        """
        if answer.next == 1:
            return True
        chain = self._log.chain(Position(answer.epoch, answer.next - 1))
        if chain is None:
            return bool(self._log.read(Position(answer.epoch + 1, 0), 1))
        return chain.hex() == answer.hash

    def beyond(self) -> Cursor | None:
        """Return where the central server stands when that shows that this hub must not go on: it has a later
        epoch, or more of this one than the journal, which was put back then. None when all is well, or when
        both have gone on differently, of which nobody can say who is right.
        """
        cursor = self._cursor
        if cursor is None or self.standing not in (Standing.FENCED, Standing.DIVERGED):
            return None
        if self.standing is Standing.FENCED:
            return cursor
        have = Position(cursor.epoch, cursor.next - 1)
        return cursor if self._log.chain(have) is None and not self._log.read(have, 1) else None

    def lost(self, number: int) -> None:
        """No answer to push ``number`` will be waited for: what it said is not known to have arrived."""
        if number == self._in_flight:
            self._in_flight = None

    def behind(self) -> int | None:
        """Return how many events of the present epoch are not acknowledged, None when that is not known."""
        if self._cursor is None:
            return None
        rest = self._log.read(Position(self._cursor.epoch, self._cursor.next - 1), MOST_EVENTS + 1)
        return len(rest)
