"""The central database, embedded or PostgreSQL, behind one small door.

What is to be done in one transaction is a *script*: a generator that yields statements of SQLAlchemy Core
and is sent their rows, so that it is written once and knows neither threads nor event loops. A script may be
run again from its beginning after a conflict, so it has no effect but its statements.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy import Executable, Row, Table

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Insert:
    """Many rows into one table, by the quickest way the database has. ``columns`` in order of the rows."""

    table: Table
    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Bound:
    """A statement made once, with the values of its parameters: where making it anew each time would cost
    more than running it.
    """

    statement: Executable
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a hall's log ends, in which incarnation of the database."""

    inc: str
    epoch: int
    next: int
    chain: bytes


@dataclass(frozen=True, slots=True)
class Advance:
    """Events to append to a hall's log, from ``before`` (its cursor) on; it ends at ``after`` then.

    ``events`` are tuples of seq, kind, version, at, wall, boot, body and chain; ``heard`` the time now.
    """

    hall: str
    before: Stand
    after: Stand
    events: Sequence[tuple[int, str, int, int, int, str, bytes, bytes]]
    heard: int


Step = Executable | Bound | Insert
Rows = Sequence[Row[Any]]
Running = Generator[Step, Rows, T]
Script = Callable[[], Running[T]]


class Database(Protocol):
    """Runs scripts."""

    async def write(self, script: Script[T]) -> T:
        """Run a script in a transaction and return what it returned once that is durable.

        Whatever the script raises rolls back what it did, and is raised here.
        """

    async def read(self, script: Script[T]) -> T:
        """Run a script that changes nothing, on one consistent view."""

    async def advance(self, step: Advance) -> tuple[int, int] | None:
        """Append to a hall's log where that still ends as the step believes, durably and all at once.

        Returns the hall's safe point then (epoch, seq); None where it ended elsewhere, and nothing was done.
        """

    async def close(self) -> None:
        """End what is under way and let the database go."""
