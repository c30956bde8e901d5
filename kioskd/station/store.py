"""What a station must not forget when its power goes: begun jobs, inputs nobody has taken, and what it
learned of its devices (paper, units, sockets).
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import apsw
import msgspec
import structlog

from kioskd.journal.room import make_room
from kioskd.station.clock import Clock
from kioskd.station.writer import StoreError, Writer

log = structlog.get_logger(__name__)

KEPT_DAYS = 14
"""Outcomes older than this go at the next start: no hub asks for a slip of two weeks ago."""

KEPT_ALWAYS = 1000
"""The newest outcomes stay whatever their age says: the wall clock may have jumped by years."""

_LOG_PAGES = 1000
"""As many as SQLite by itself lets its log become before it moves it into the database."""

MIGRATIONS = (
    """
    CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE job(
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        device TEXT NOT NULL,
        state TEXT NOT NULL,
        code TEXT NOT NULL,
        at REAL NOT NULL
    ) STRICT;
    CREATE TABLE input(
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        device TEXT NOT NULL,
        reading TEXT NOT NULL,
        context TEXT NOT NULL,
        wall REAL NOT NULL,
        steady REAL NOT NULL,
        boot TEXT NOT NULL
    ) STRICT;
    """,
    """
    CREATE TABLE paper(
        device TEXT PRIMARY KEY,
        roll TEXT NOT NULL,
        left_mm REAL NOT NULL,
        slip_mm REAL NOT NULL,
        slips INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE note(
        device TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY(device, key)
    ) STRICT;
    CREATE TABLE plugged(line TEXT PRIMARY KEY, found TEXT NOT NULL) STRICT;
    """,
)
"""One script for each schema version; ``user_version`` counts those done."""


class JobRow(msgspec.Struct, frozen=True):
    """What is known of a job: ``started``, ``done``, ``failed`` or ``unknown``, and why."""

    state: str
    code: str = ""


class InputRow(msgspec.Struct, frozen=True):
    """A stored input; ``reading`` and ``context`` are JSON, times as `Clock` gave them."""

    id: str
    device: str
    reading: str
    context: str
    wall: float
    steady: float
    boot: str


class PaperRow(msgspec.Struct, frozen=True):
    """The roll in a printer: ``roll`` names it, ``slip_mm`` is the mean length of ``slips`` measured."""

    device: str
    roll: str
    left_mm: float
    slip_mm: float
    slips: int


class Store:
    """The station's database. `start` comes first, `close` last.

    Every other method returns a future that is done once its change is durable, or holds a
    `StoreError`. Changes are made in the order they were asked for, whether or not they are awaited.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self.incarnation = ""
        """Random name of this database, made with it; known once started."""
        self._path = path
        self._clock = clock
        self._writer = Writer(path, self._open, clock)

    async def start(self) -> None:
        """Open or make the database.

        A job that was begun and has no outcome becomes ``unknown`` (``job.interrupted``). A file that
        SQLite cannot read is renamed aside and reported, and a new incarnation takes its place.
        Raises `StoreError`.
        """
        await self._writer.start()
        self.incarnation = await self._writer.ask(
            lambda c: str(c.execute("SELECT value FROM meta WHERE key='incarnation'").get)
        )

    async def close(self) -> None:
        """Finish what was asked for and close the file. Safe to call twice."""
        await self._writer.close()

    def oldest_wait(self) -> float:
        """Return for how many seconds the longest waiting change has not been stored."""
        return self._writer.oldest_wait()

    # jobs

    def serve(self, hub: str) -> asyncio.Future[None]:
        """From now on jobs are this hub's. What is known of another's stays aside: a hub that begins anew
        gives the same names to other jobs, and comes back to its own should it return.
        """

        def change(connection: apsw.Connection) -> None:
            row = connection.execute("SELECT value FROM meta WHERE key='hub'").fetchone()
            if row is not None and row[0] != hub:
                # `|` stands in no job's name.
                connection.execute("UPDATE job SET id = ? || id WHERE instr(id, '|') = 0", (f"{row[0]}|",))
                own = f"{hub}|"
                sql = "UPDATE job SET id = substr(id, ?) WHERE substr(id, 1, ?) = ?"
                connection.execute(sql, (len(own) + 1, len(own), own))
            _run(connection, "INSERT OR REPLACE INTO meta(key, value) VALUES('hub', ?)", hub)

        return self._writer.ask(change)

    def begin_job(self, job: str, device: str) -> asyncio.Future[JobRow | None]:
        """Note that a job is about to be done, unless it is known: then return what is known of it."""
        return self._insert_job(job, device, JobRow("started"))

    def refuse_job(self, job: str, device: str, code: str) -> asyncio.Future[JobRow | None]:
        """Note that a job failed before it began, unless it is known: then return what is known of it."""
        return self._insert_job(job, device, JobRow("failed", code))

    def release_job(self, job: str) -> asyncio.Future[None]:
        """Forget that a job was begun: certainly nothing was sent."""
        return self._writer.ask(lambda c: _run(c, "DELETE FROM job WHERE id=? AND state='started'", job))

    def end_job(self, job: str, row: JobRow) -> asyncio.Future[None]:
        """Note what became of a begun job."""
        return self._writer.ask(
            lambda c: _run(c, "UPDATE job SET state=?, code=? WHERE id=?", row.state, row.code, job)
        )

    def jobs(self, ids: tuple[str, ...]) -> asyncio.Future[dict[str, JobRow]]:
        """Return what is known of these jobs."""

        def find(connection: apsw.Connection) -> dict[str, JobRow]:
            found = {job: _find_job(connection, job) for job in ids}
            return {job: row for job, row in found.items() if row is not None}

        return self._writer.ask(find)

    # inputs

    def keep_input(self, row: InputRow) -> asyncio.Future[None]:
        """Keep an input until it is dropped."""
        values = msgspec.structs.astuple(row)
        return self._writer.ask(
            lambda c: _run(
                c,
                "INSERT OR IGNORE INTO input(id, device, reading, context, wall, steady, boot)"
                " VALUES(?,?,?,?,?,?,?)",
                *values,
            )
        )

    def drop_input(self, input_id: str) -> asyncio.Future[None]:
        """Forget an input."""
        return self._writer.ask(lambda c: _run(c, "DELETE FROM input WHERE id=?", input_id))

    def inputs(self) -> asyncio.Future[list[InputRow]]:
        """Return all kept inputs, oldest first."""
        return self._writer.ask(
            lambda c: [
                InputRow(*row)
                for row in c.execute(
                    "SELECT id, device, reading, context, wall, steady, boot FROM input ORDER BY n"
                )
            ]
        )

    # devices

    def keep_paper(self, row: PaperRow) -> asyncio.Future[None]:
        """Keep the count of a printer's roll."""
        values = msgspec.structs.astuple(row)
        return self._writer.ask(
            lambda c: _run(
                c, "REPLACE INTO paper(device, roll, left_mm, slip_mm, slips) VALUES(?,?,?,?,?)", *values
            )
        )

    def papers(self) -> asyncio.Future[list[PaperRow]]:
        """Return the count of every printer."""
        return self._writer.ask(
            lambda c: [
                PaperRow(*row) for row in c.execute("SELECT device, roll, left_mm, slip_mm, slips FROM paper")
            ]
        )

    def keep_note(self, device: str, key: str, value: str) -> asyncio.Future[None]:
        """Keep one thing a driver learned of its unit; an empty value forgets it."""
        if not value:
            return self._writer.ask(
                lambda c: _run(c, "DELETE FROM note WHERE device=? AND key=?", device, key)
            )
        sql = "REPLACE INTO note(device, key, value) VALUES(?,?,?)"
        return self._writer.ask(lambda c: _run(c, sql, device, key, value))

    def notes(self) -> asyncio.Future[list[tuple[str, str, str]]]:
        """Return all notes: device, key, value."""
        return self._writer.ask(
            lambda c: [
                (str(device), str(key), str(value))
                for device, key, value in c.execute("SELECT device, key, value FROM note")
            ]
        )

    def keep_plugged(self, line: str, found: str) -> asyncio.Future[None]:
        """Keep what was last seen plugged in where a line's address says (JSON)."""
        sql = "REPLACE INTO plugged(line, found) VALUES(?,?)"
        return self._writer.ask(lambda c: _run(c, sql, line, found))

    def plugged(self) -> asyncio.Future[dict[str, str]]:
        """Return what was last seen at every line, by its address."""
        return self._writer.ask(
            lambda c: {str(line): str(found) for line, found in c.execute("SELECT line, found FROM plugged")}
        )

    # inside

    def _insert_job(self, job: str, device: str, row: JobRow) -> asyncio.Future[JobRow | None]:
        at = self._clock.wall()

        def insert(connection: apsw.Connection) -> JobRow | None:
            known = _find_job(connection, job)
            if known is None:
                sql = "INSERT INTO job(id, device, state, code, at) VALUES(?,?,?,?,?)"
                _run(connection, sql, job, device, row.state, row.code, at)
            return known

        return self._writer.ask(insert)

    def _open(self) -> apsw.Connection:
        """Open the file in the writer's thread."""
        try:
            return _open_sound(self._path, self._clock.wall())
        except (apsw.NotADBError, apsw.CorruptError) as error:
            aside = _set_aside(self._path)
            log.error("store.set_aside", path=str(self._path), kept_as=str(aside), reason=str(error))
            return _open_sound(self._path, self._clock.wall())


def _open_sound(path: Path, now: float) -> apsw.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    connection = apsw.Connection(str(path))
    try:
        # Held exclusively: a second daemon on the same store could do a job twice.
        connection.pragma("locking_mode", "exclusive")
        version = int(connection.pragma("user_version"))
        if version > len(MIGRATIONS):
            known = len(MIGRATIONS)
            raise StoreError("store.newer", f"{path} has schema {version}, this program knows {known}")
        connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", "full")
        connection.execute("BEGIN EXCLUSIVE")
        if connection.pragma("quick_check") != "ok":
            raise apsw.CorruptError("quick_check failed")
        _migrate(connection, version)
        connection.execute("UPDATE job SET state='unknown', code='job.interrupted' WHERE state='started'")
        connection.execute(
            "DELETE FROM job WHERE at < ? AND n <= (SELECT max(n) FROM job) - ?",
            (now - KEPT_DAYS * 86400, KEPT_ALWAYS),
        )
        connection.execute("COMMIT")
        make_room(connection, _LOG_PAGES)
    except apsw.BusyError as error:
        connection.close()
        raise StoreError("store.busy", f"another process has {path} open") from error
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: apsw.Connection, version: int) -> None:
    for script in MIGRATIONS[version:]:
        connection.execute(script)
    connection.pragma("user_version", len(MIGRATIONS))
    connection.execute(
        "INSERT OR IGNORE INTO meta(key, value) VALUES('incarnation', lower(hex(randomblob(8))))"
    )


def _set_aside(path: Path) -> Path:
    n = 1
    while (aside := path.with_name(f"{path.name}.unreadable-{n}")).exists():
        n += 1
    path.rename(aside)
    # Changes that never reached the old file must not be played into the new one.
    journal = path.with_name(path.name + "-wal")
    if journal.exists():
        journal.rename(aside.with_name(aside.name + "-wal"))
    return aside


def _run(connection: apsw.Connection, sql: str, *values: Any) -> None:
    connection.execute(sql, values)


def _find_job(connection: apsw.Connection, job: str) -> JobRow | None:
    row = connection.execute("SELECT state, code FROM job WHERE id=?", (job,)).fetchone()
    return JobRow(*row) if row else None
