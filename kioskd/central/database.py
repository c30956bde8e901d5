"""The central database, embedded or PostgreSQL, behind one small door.

What is to be done in one transaction is a *script*: a generator that yields statements of SQLAlchemy Core
and is sent their rows, so that it is written once and knows neither threads nor event loops. A script may be
run again from its beginning after a conflict, so it has no effect but its statements.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy import Executable, Table

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
    values: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    """Several: it is run with each of them, and gives no rows."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a hall's log ends, in which incarnation of the database."""

    inc: str
    epoch: int
    next: int
    chain: bytes


class EventRow(NamedTuple):
    """An event as the table has it."""

    hall: str
    epoch: int
    seq: int
    kind: str
    version: int
    at: int
    wall: int
    boot: str
    body: bytes
    chain: bytes


@dataclass(frozen=True, slots=True)
class Advance:
    """Events to append to a hall's log, from ``before`` (its cursor) on; it ends at ``after`` then.

    ``events`` are whole rows, in order of `kioskd.central.schema.EVENT_COLUMNS`; ``heard`` is the time now.
    """

    hall: str
    before: Stand
    after: Stand
    events: Sequence[tuple[str, int, int, str, int, int, int, str, bytes, bytes]]
    heard: int


@dataclass(frozen=True, slots=True)
class Span:
    """The events of a hall from a place (epoch, seq) on, up to another one that is not part of it."""

    hall: str
    begin: tuple[int, int]
    end: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Events:
    """At most ``most`` events of some kinds out of each span, whole rows, in order of spans and places.

    A step of its own because the two databases find them quickly in different ways: a plan that was made for
    all halls at once may well read the whole table.
    """

    spans: Sequence[Span]
    kinds: frozenset[str]
    most: int


Step = Executable | Bound | Insert | Events
Rows = Sequence[Any]
"""What has the columns as attributes: `Row` of SQLAlchemy, or a named tuple."""

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
