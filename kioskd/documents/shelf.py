"""Which pages and documents there are: a fold over the journal in a database of its own.

It holds nothing that the journal does not say: deleted, or beside a journal that was put back, it is made
anew. Its methods may block and may be called from any thread.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import apsw
import msgspec
import structlog

from kioskd.hall import codec
from kioskd.hall import events as e
from kioskd.journal.files import make_private
from kioskd.journal.records import BEFORE_ALL, Position, StoredEvent

_log = structlog.get_logger(__name__)

FILE_NAME = "documents.db"
VERSION = 1
PAGE = 500
BUSY_MS = 10_000

_SCHEMA = """
CREATE TABLE cursor(one INTEGER PRIMARY KEY CHECK(one = 1), number INTEGER NOT NULL, chain BLOB NOT NULL)
    STRICT;
CREATE TABLE page(
    id TEXT PRIMARY KEY, ticket TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
    document TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX page_ticket ON page(ticket);
CREATE TABLE document(
    id TEXT PRIMARY KEY, ticket TEXT NOT NULL, number TEXT NOT NULL, window TEXT NOT NULL,
    teller TEXT NOT NULL, material TEXT NOT NULL, services TEXT NOT NULL, project_no TEXT NOT NULL,
    pages TEXT NOT NULL, manifest TEXT NOT NULL, filed INTEGER NOT NULL, signature TEXT NOT NULL,
    signed INTEGER NOT NULL, removed TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX document_ticket ON document(ticket);
CREATE TABLE delivery(
    document TEXT NOT NULL, sink TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
    wall INTEGER NOT NULL, PRIMARY KEY(document, sink)
) STRICT, WITHOUT ROWID;
CREATE TABLE gone(id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE signed(ticket TEXT PRIMARY KEY, picture TEXT NOT NULL, wall INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
"""


class Log(Protocol):
    """What is read of a journal."""

    def read_of(
        self, after: Position, until: Position | None, kinds: Sequence[str], *, limit: int
    ) -> list[StoredEvent]:
        """Return events of these kinds past ``after``, to ``until`` inclusive, in order."""

    def chain(self, position: Position) -> bytes | None:
        """Return the hash at a position of this history."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A filed document. ``filed`` and ``signed`` are wall times, UTC milliseconds (0: not signed);
    ``archived`` the archives that have it, ``removed`` why its pages are gone.
    """

    id: str
    ticket: str
    number: str
    window: str
    teller: str
    material: str
    services: tuple[str, ...]
    project_no: str
    pages: tuple[str, ...]
    manifest: str
    filed: int
    signature: str
    signed: int
    removed: str
    archived: tuple[str, ...] = ()


class Shelf:
    """The database."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._path = path
        try:
            self._db = _open(path)
        except (apsw.NotADBError, apsw.CorruptError, _OtherVersionError):
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            self._db = _open(path)

    def close(self) -> None:
        """Close the file. What a full disk leaves in its log is taken in again at the next start."""
        with self._lock:
            try:
                self._db.close()
            except apsw.Error as error:
                _log.warning("shelf.not_in_order", reason=str(error))
                self._db.close(True)

    def catch_up(self, log: Log, until: Position) -> None:
        """Take in what is new, to ``until`` inclusive. Raises `JournalError`, `apsw.Error`."""
        with self._lock:
            after = self._cursor(log)
            while after < until:
                stored = log.read_of(after, until, _KINDS, limit=PAGE)
                after = stored[-1].position if len(stored) == PAGE else until
                chain = log.chain(after)
                if chain is None:
                    return  # the journal was opened anew just now; the next pass tells
                with self._db:
                    for event in stored:
                        self._take(event)
                    self._db.execute("INSERT OR REPLACE INTO cursor VALUES(1,?,?)", (after.number, chain))

    def _cursor(self, log: Log) -> Position:
        row = next(self._db.execute("SELECT number, chain FROM cursor"), None)
        if row is None:
            return BEFORE_ALL
        position = Position.from_number(row[0])
        if log.chain(position) == row[1]:
            return position
        with self._db:
            for table in ("cursor", "page", "document", "delivery", "gone", "signed"):
                self._db.execute(f"DELETE FROM {table}")
        return BEFORE_ALL

    def _take(self, stored: StoredEvent) -> None:
        event = codec.decode(stored.kind, stored.version, stored.body)
        run = self._db.execute
        match event:
            case e.PageScanned():
                run(
                    "INSERT OR REPLACE INTO page(id, ticket, sha256, size) VALUES(?,?,?,?)",
                    (event.page, event.ticket, event.sha256, event.size),
                )
                if event.replaces:
                    self._gone("id = ?", event.replaces)
            case e.PagesDropped():
                for page in event.pages:
                    self._gone("id = ?", page)
            case e.DocumentsFiled():
                self._file(event, stored.wall)
            case e.TicketSigned():
                picture = event.picture.partition(" ")[0]
                run("INSERT OR REPLACE INTO signed VALUES(?,?,?)", (event.ticket, picture, stored.wall))
                run(
                    "UPDATE document SET signature = ?, signed = ? WHERE ticket = ?",
                    (picture, stored.wall, event.ticket),
                )
            case e.CaseAttached():
                run(
                    "UPDATE document SET project_no = ? WHERE ticket = ? AND project_no = ''",
                    (event.project_no, event.ticket),
                )
            case e.DocumentArchived():
                run(
                    "INSERT OR REPLACE INTO delivery VALUES(?,?,?,?,?)",
                    (event.document, event.sink, event.sha256, event.size, stored.wall),
                )
            case e.DocumentRemoved():
                run("UPDATE document SET removed = ? WHERE id = ?", (event.why, event.document))
                self._gone("document = ?", event.document)
            case e.TicketCancelled() | e.TicketVoided() | e.TicketEnded():
                # Papers of a visit that came to nothing are nobody's business any more.
                self._gone("document = '' AND ticket = ?", event.ticket)

    def _gone(self, where: str, value: str) -> None:
        self._db.execute(f"INSERT OR IGNORE INTO gone SELECT id FROM page WHERE {where}", (value,))
        self._db.execute(f"DELETE FROM page WHERE {where}", (value,))

    def _file(self, event: e.DocumentsFiled, wall: int) -> None:
        if event.test:
            self._gone("document = '' AND ticket = ?", event.ticket)
            return
        signed = next(
            self._db.execute("SELECT picture, wall FROM signed WHERE ticket = ?", (event.ticket,)), ("", 0)
        )
        for document in event.documents:
            self._db.execute(
                "INSERT OR REPLACE INTO document VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,'')",
                (
                    document.document,
                    event.ticket,
                    event.number,
                    event.window,
                    event.teller,
                    document.material,
                    "\n".join(event.services),
                    event.project_no,
                    "\n".join(document.pages),
                    document.sha256,
                    wall,
                    *signed,
                ),
            )
            self._db.executemany(
                "UPDATE page SET document = ? WHERE id = ?",
                [(document.document, page) for page in document.pages],
            )

    def forget(self, pages: Sequence[str]) -> None:
        """These are gone from the spool too."""
        with self._lock, self._db:
            self._db.executemany("DELETE FROM gone WHERE id = ?", [(page,) for page in pages])

    # --- questions --------------------------------------------------------------------------------

    def gone(self, limit: int = 1000) -> tuple[str, ...]:
        """Return pages that should no longer be in the spool."""
        with self._lock:
            return tuple(page for (page,) in self._db.execute("SELECT id FROM gone LIMIT ?", (limit,)))

    def document(self, name: str) -> Document | None:
        """Return a document."""
        return next(iter(self._find("WHERE id = ?", (name,))), None)

    def of_ticket(self, ticket: str) -> list[Document]:
        """Return the documents of a ticket."""
        return self._find("WHERE ticket = ? ORDER BY filed, id", (ticket,))

    def undelivered(self, sink: str, filed_before: int, limit: int = 50) -> list[Document]:
        """Return documents that an archive has not acknowledged, the oldest first."""
        return self._find(
            "WHERE removed = '' AND filed <= ? AND id NOT IN (SELECT document FROM delivery WHERE sink = ?)"
            " ORDER BY filed, id LIMIT ?",
            (filed_before, sink, limit),
        )

    def backlog(self, sink: str) -> tuple[int, int]:
        """Return how many documents an archive lacks, and when the oldest was filed (wall, 0: none)."""
        with self._lock:
            row = next(
                self._db.execute(
                    "SELECT count(*), ifnull(min(filed), 0) FROM document WHERE removed = ''"
                    " AND id NOT IN (SELECT document FROM delivery WHERE sink = ?)",
                    (sink,),
                )
            )
        return int(row[0]), int(row[1])

    def done_with(self, sinks: tuple[str, ...], acknowledged_before: int, limit: int = 100) -> list[Document]:
        """Return documents that every archive has had for long enough."""
        marks = ",".join("?" * len(sinks))
        return self._find(
            f"WHERE removed = '' AND (SELECT count(*) FROM delivery WHERE document = id AND wall <= ?"
            f" AND sink IN ({marks})) = ? ORDER BY filed LIMIT ?",
            (acknowledged_before, *sinks, len(sinks), limit),
        )

    def _find(self, where: str, values: tuple[str | int, ...]) -> list[Document]:
        with self._lock:
            rows = list(
                self._db.execute(
                    "SELECT id, ticket, number, window, teller, material, services, project_no, pages,"
                    " manifest, filed, signature, signed, removed,"
                    " (SELECT group_concat(sink, char(10)) FROM delivery"
                    f" WHERE document = id) FROM document {where}",
                    values,
                )
            )
        return [
            Document(
                id=row[0],
                ticket=row[1],
                number=row[2],
                window=row[3],
                teller=row[4],
                material=row[5],
                services=_lines(row[6]),
                project_no=row[7],
                pages=_lines(row[8]),
                manifest=row[9],
                filed=row[10],
                signature=row[11],
                signed=row[12],
                removed=row[13],
                archived=_lines(row[14] or ""),
            )
            for row in rows
        ]


class _OtherVersionError(Exception):
    pass


def _open(path: Path) -> apsw.Connection:
    make_private(path)
    db = apsw.Connection(str(path))
    db.set_busy_timeout(BUSY_MS)
    db.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
    version = next(db.execute("PRAGMA user_version"))[0]
    if version not in (0, VERSION):
        db.close()
        raise _OtherVersionError(version)
    if not version:
        db.execute(f"BEGIN; {_SCHEMA}; PRAGMA user_version = {VERSION}; COMMIT")
    return db


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n")) if text else ()


_KINDS = (
    "page.scanned",
    "pages.dropped",
    "documents.filed",
    "document.archived",
    "document.removed",
    "ticket.signed",
    "ticket.case_attached",
    "ticket.cancelled",
    "ticket.voided",
    "ticket.ended",
)
