"""The database of daily figures. It holds nothing that the journal does not: it may be deleted."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import msgspec
import structlog

from kioskd.figures.anomalies import Anomaly
from kioskd.figures.cells import COUNTS, cell_of
from kioskd.figures.days import DayCount, Signature
from kioskd.figures.measures import Measures
from kioskd.journal.database import transaction
from kioskd.journal.files import make_private
from kioskd.journal.records import Position

FILE_NAME = "figures.db"
BUSY_MS = 10_000

_log = structlog.get_logger(__name__)

_STEPS = (
    f"""
CREATE TABLE day(
    date TEXT PRIMARY KEY,
    opened INTEGER NOT NULL,
    opened_chain BLOB NOT NULL,
    ended INTEGER NOT NULL,
    through INTEGER NOT NULL,
    through_chain BLOB NOT NULL,
    late INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    stray_ratings INTEGER NOT NULL,
    measures BLOB NOT NULL
) STRICT;
CREATE TABLE cell(
    dimension TEXT NOT NULL,
    date TEXT NOT NULL,
    key TEXT NOT NULL,
    {" INTEGER NOT NULL, ".join(COUNTS)} INTEGER NOT NULL,
    waits BLOB NOT NULL,
    services BLOB NOT NULL,
    PRIMARY KEY(dimension, date, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE anomaly(
    date TEXT NOT NULL,
    at INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY(date, at)
) STRICT, WITHOUT ROWID;
CREATE TABLE signature(
    position INTEGER PRIMARY KEY,
    stands_in TEXT NOT NULL,
    date TEXT NOT NULL,
    wall INTEGER NOT NULL,
    signer TEXT NOT NULL,
    params BLOB NOT NULL
) STRICT;
CREATE INDEX signature_date ON signature(date);
""",
)
"""What makes the file of each version out of the one before; a step that has shipped never changes.

``ended`` is the next day's opening, 0 while there is none; ``late`` the last late rating of the day. The
chains say that it is this journal's history and no other's. ``measures`` held when the day's count ended.
"""

VERSION = len(_STEPS)
_INSERT = f"INSERT INTO cell VALUES({','.join('?' * (len(COUNTS) + 5))})"


class DayRow(msgspec.Struct, frozen=True, array_like=True):
    """What is known of how a day was counted."""

    opened: int
    opened_chain: bytes
    ended: int
    through: int
    through_chain: bytes
    late: int
    measures: Measures


class Store:
    """An open database of figures. Its methods may be called from any thread, one at a time."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; one that cannot be read, or is a later release's, is made anew."""
        self._lock = threading.RLock()
        try:
            self._connection = _open(path)
        except (apsw.NotADBError, apsw.CorruptError, _OtherVersionError) as error:
            _log.warning("figures.made_anew", path=str(path), reason=f"{type(error).__name__}: {error}")
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            self._connection = _open(path)

    @contextmanager
    def change(self) -> Iterator[apsw.Connection]:
        """Hold one transaction; an exception rolls it back."""
        with self._lock, transaction(self._connection):
            yield self._connection

    @contextmanager
    def look(self) -> Iterator[apsw.Connection]:
        """Hold one consistent view."""
        with self._lock:
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._connection.execute("ROLLBACK")

    def days(self) -> dict[str, DayRow]:
        """Return how every day was counted, by date."""
        with self.look() as connection:
            return {
                row[0]: msgspec.convert([*row[1:-1], msgspec.json.decode(row[-1], type=Measures)], DayRow)
                for row in connection.execute(
                    "SELECT date, opened, opened_chain, ended, through, through_chain, late, measures "
                    "FROM day"
                )
            }

    def drop(self, dates: Iterable[str]) -> None:
        """Forget these days."""
        with self.change() as connection:
            for date in dates:
                _drop(connection, date)

    def clear(self) -> None:
        """Forget everything."""
        with self.change() as connection:
            for table in ("day", "cell", "anomaly", "signature"):
                connection.execute(f"DELETE FROM {table}")

    def put(self, count: DayCount, chains: tuple[bytes, bytes], ended: int, late: int) -> None:
        """Replace what is kept of a day; ``chains`` are those at its opening and at its last event."""
        date, fold = count.opening.date, count.fold
        cells = [(dimension, key, cell_of(tally, answers)) for dimension, key, tally, answers in fold.rows()]
        with self.change() as connection:
            _drop(connection, date)
            connection.execute(
                "INSERT INTO day VALUES(?,?,?,?,?,?,?,?,?,?)",
                (
                    date,
                    count.opening.position.number,
                    chains[0],
                    ended,
                    count.last.number,
                    chains[1],
                    late,
                    int(fold.closed),
                    fold.stray_ratings,
                    msgspec.json.encode(fold.measures),
                ),
            )
            connection.executemany(
                _INSERT,
                [(dim, date, key, *cell.counts, cell.waits, cell.services) for dim, key, cell in cells],
            )
            connection.executemany(
                "INSERT INTO anomaly VALUES(?,?,?)",
                [(date, n, msgspec.json.encode(found)) for n, found in enumerate(count.watch.found)],
            )
            connection.executemany(
                "INSERT OR REPLACE INTO signature VALUES(?,?,?,?,?,?)",
                [
                    (one.position.number, date, one.date, one.wall, one.by, msgspec.json.encode(one.params))
                    for one in count.signatures
                ],
            )

    def anomalies(self, first: str, last: str) -> list[tuple[str, Anomaly]]:
        """Return the anomalies of these days with their dates, newest first."""
        with self.look() as connection:
            rows = connection.execute(
                "SELECT date, body FROM anomaly WHERE date BETWEEN ? AND ? ORDER BY date DESC, at DESC",
                (first, last),
            )
            return [(date, msgspec.json.decode(body, type=Anomaly)) for date, body in rows]

    def signatures(self, first: str, last: str) -> list[Signature]:
        """Return every sign-off of these days, in the order of the journal."""
        with self.look() as connection:
            rows = connection.execute(
                "SELECT position, date, wall, signer, params FROM signature WHERE date BETWEEN ? AND ? "
                "ORDER BY position",
                (first, last),
            )
            return [
                Signature(Position.from_number(number), date, wall, by, msgspec.json.decode(params))
                for number, date, wall, by, params in rows
            ]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


class _OtherVersionError(Exception):
    """The file was made by a later release."""


def _open(path: Path) -> apsw.Connection:
    make_private(path)
    connection = apsw.Connection(str(path))
    try:
        connection.set_busy_timeout(BUSY_MS)
        connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", "NORMAL")
        connection.execute("BEGIN IMMEDIATE")
        version = int(connection.pragma("user_version"))
        if version > VERSION:
            raise _OtherVersionError(f"version {version}")
        for step in _STEPS[version:]:
            connection.execute(step)
        connection.pragma("user_version", VERSION)
        connection.execute("COMMIT")
    except BaseException:
        connection.close(True)
        raise
    return connection


def _drop(connection: apsw.Connection, date: str) -> None:
    connection.execute("DELETE FROM day WHERE date = ?", (date,))
    connection.execute(
        "DELETE FROM cell WHERE date = ? AND dimension IN "
        "('total','queue','window','teller','service','zone','hour')",
        (date,),
    )
    connection.execute("DELETE FROM anomaly WHERE date = ?", (date,))
    connection.execute("DELETE FROM signature WHERE stands_in = ?", (date,))
