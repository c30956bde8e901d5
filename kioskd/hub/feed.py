"""The committed feed: every durable event, in order, to whoever follows."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence

import msgspec

from kioskd.hall.codec import decode
from kioskd.hall.events import Event
from kioskd.journal.records import BEFORE_ALL, Position, StoredEvent

RECENT = 4096
"""Events kept in memory, so that followers that fall a little behind cost no disk."""

PAGE = 500
"""Events read from the journal at once for a follower that starts further back."""

FAR_BEHIND = 20_000
"""A follower further back than this is told to start afresh: refetching the hall's present state is
cheaper for both than replaying days of events."""


class Committed(msgspec.Struct, frozen=True, gc=False):
    """One durable event. ``at`` is hall time, ``wall`` its UTC label, milliseconds."""

    position: Position
    at: int
    wall: int
    event: Event


class FeedReset(Exception):  # noqa: N818 - an answer to a follower, not a fault
    """The follower's position is void, trimmed or too far behind: fetch the present state instead."""


class Feed:
    """Publishes committed events to any number of followers at their own pace."""

    def __init__(
        self,
        read: Callable[[Position, int], Sequence[StoredEvent]],
        knows: Callable[[Position], bool],
        head: Position,
    ) -> None:
        """``read(after, limit)`` returns durable events past a position, ``knows`` whether there is one at
        it, ``head`` is the last one.
        """
        self._read = read
        self._knows = knows
        self._head = head
        self._recent: deque[Committed] = deque(maxlen=RECENT)
        self._news = asyncio.Event()
        self._awaited = False

    @property
    def head(self) -> Position:
        """The last published position."""
        return self._head

    def publish(self, committed: Sequence[Committed]) -> None:
        """Hand on events that have just become durable, in order."""
        if not committed:
            return
        self._recent.extend(committed)
        self._head = committed[-1].position
        self._tell()

    def restart(self, head: Position) -> None:
        """Go on from ``head``: the journal was opened (again), and what memory holds may be void."""
        self._recent.clear()
        self._head = head
        self._tell()

    def _tell(self) -> None:
        if self._awaited:
            self._awaited = False
            news, self._news = self._news, asyncio.Event()
            news.set()

    async def moved(self, seen: Position) -> Position:
        """Return the last published position once it is another than ``seen``."""
        while self._head == seen:
            self._awaited = True
            await self._news.wait()
        return self._head

    def recent(self, after: Position) -> Sequence[Committed] | None:
        """Return every event after a position if memory holds them all, else None: follow it instead.

        Never reads the disk.
        """
        if after == self._head:
            return ()
        if after > self._head or not self._recent or self._recent[0].position > after:
            return None
        return self._tail(after)

    async def follow(self, after: Position | None = None) -> AsyncGenerator[Committed, None]:
        """Yield every event after a position (None: from now on), for ever.

        Raises `FeedReset` when that position is not one to resume from.
        """
        last = self._head if after is None else after
        while True:
            if last > self._head:
                raise FeedReset(str(last))
            news, self._awaited = self._news, True
            for committed in self._after(last):
                yield committed
                last = committed.position
            if last < self._head:
                continue
            await news.wait()

    def _after(self, last: Position) -> Sequence[Committed]:
        if last >= self._head:
            return ()
        if self._recent and self._recent[0].position <= last:
            return self._tail(last)
        if last.epoch == self._head.epoch and self._head.seq - last.seq > FAR_BEHIND:
            raise FeedReset(str(last))
        if last != BEFORE_ALL and not self._knows(last):
            raise FeedReset(str(last))
        stored = self._read(last, PAGE)
        return [
            Committed(event.position, event.at, event.wall, decode(event.kind, event.version, event.body))
            for event in stored
            if event.position <= self._head
        ]

    def _tail(self, last: Position) -> list[Committed]:
        newer: list[Committed] = []
        for committed in reversed(self._recent):
            if committed.position <= last:
                break
            newer.append(committed)
        newer.reverse()
        return newer
