"""A journal that is read from its file, whether or not a hall runs."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from kioskd.journal.database import chain_at, days_opened, events, late_ratings
from kioskd.journal.records import Position, StoredEvent
from kioskd.journal.schema import open_to_read


class JournalFile:
    """The durable events of a database file, as `kioskd.figures.days.Source` wants them."""

    def __init__(self, path: Path) -> None:
        """Open for reading only. Raises `NotAJournal`, `JournalDamaged`, `JournalTooNew`."""
        self._connection = open_to_read(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close(True)

    def read(self, after: Position, limit: int, until: Position | None = None) -> list[StoredEvent]:
        """Return at most ``limit`` events past ``after``, in order, to ``until`` inclusive."""
        return events(self._connection, after, limit, until)

    def chain(self, position: Position) -> bytes | None:
        """Return the chain of the event at ``position``, None when there is none."""
        return chain_at(self._connection, position)

    def days_opened(self) -> list[StoredEvent]:
        """Return every ``day.opened``, in order."""
        return days_opened(self._connection)

    def late_ratings(self, after: Position) -> list[StoredEvent]:
        """Return every ``rating.late`` and ``rating.voided`` past ``after``, in order."""
        return late_ratings(self._connection, after)
