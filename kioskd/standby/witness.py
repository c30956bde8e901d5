"""Stations as witnesses: they are told how far the hub is, and tell a hub that has forgotten."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog

from kioskd.hall.events import Event
from kioskd.hall.moment import Moment
from kioskd.hall.state import State
from kioskd.journal.journal import Journal
from kioskd.journal.records import GuardNumbers, Position
from kioskd.journal.refused import ROLLED_BACK, SUPERSEDED, Refusal
from kioskd.station.messages import Seen, Standing

log = structlog.get_logger(__name__)


class Witnesses:
    """Follows the desk; implements what `kioskd.hub.stations.Stations` asks of it."""

    def __init__(self, journal: Journal, urls: Callable[[], tuple[str, ...]]) -> None:
        """``urls`` are all places where a hub of this hall may be: this one's and its standbys'."""
        self._journal = journal
        self._history = journal.identity
        self._key = journal.keys.public_key().hex()
        self._urls = urls
        self._state: State | None = None
        self._numbers = GuardNumbers()
        self._refusing: asyncio.Task[None] | None = None

    def decided(self, state: State, events: tuple[Event, ...], first: Position, now: Moment) -> None:
        """Only the state as it is then matters."""
        self._state = state

    def committed(self, last: Position) -> None:
        """Nothing waits for it here."""

    def rebuilt(self, state: State) -> None:
        """See `decided`."""
        self._state = state

    def standing(self) -> Standing:
        """Return what stations are told: never more than is durable."""
        head, state = self._journal.durable, self._state
        if head == self._journal.head and state is not None and state.day is not None:
            # Only now is all that the state knows on the disk, too.
            self._numbers = GuardNumbers(state.day.date, dict(state.numbers))
        day, numbers = self._numbers.day, self._numbers.last
        seen = Seen(history=self._history, epoch=head.epoch, seq=head.seq, day=day, numbers=numbers)
        return Standing(seen=seen, key=self._key, urls=self._urls())

    def heard(self, station: str, seen: Seen) -> bool:
        """Whether this hub may go on, after what a station has seen; if not, it takes nothing more."""
        head = self._journal.durable
        known = Position(seen.epoch, seen.seq)
        if seen.history != self._history or known <= head or self._journal.refused:
            return not self._journal.refused
        refusal = Refusal(
            code=SUPERSEDED if seen.epoch > head.epoch else ROLLED_BACK,
            by=station,
            epoch=seen.epoch,
            seq=seen.seq,
            at=time.time_ns() // 1_000_000,
            numbers=GuardNumbers(seen.day, dict(seen.numbers)),
        )
        self.refuse(refusal)
        return False

    def refuse(self, refusal: Refusal) -> None:
        """Close the journal for good."""

        async def quietly() -> None:
            try:
                await self._journal.refuse(refusal)
            except OSError as error:
                log.error("refusal.not_kept", reason=str(error))

        self._refusing = asyncio.get_running_loop().create_task(quietly(), name="refusing")
