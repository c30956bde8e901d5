"""The journal as text. Private values are in no export; events hold only references to them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from kioskd.journal.database import events, last_event
from kioskd.journal.masking import masked
from kioskd.journal.records import BEFORE_ALL, Position, StoredEvent
from kioskd.journal.schema import open_to_read

_PAGE = 1_000


def read_all(
    database: Path,
    after: Position = BEFORE_ALL,
    until: Position | None = None,
    kinds: Collection[str] = (),
) -> Iterator[StoredEvent]:
    """Go through the events past ``after``, to ``until`` inclusive, only of ``kinds`` when given.

    May run beside a hall; each page is a short read, so nothing is held up. Raises `NotAJournal`,
    `JournalDamaged`.
    """
    connection = open_to_read(database)
    try:
        while page := events(connection, after, _PAGE, until):
            yield from (event for event in page if not kinds or event.kind in kinds)
            after = page[-1].position
    finally:
        connection.close(True)


def last_position(database: Path) -> Position:
    """Return where the journal ends. Raises `NotAJournal`, `JournalDamaged`."""
    connection = open_to_read(database)
    try:
        last = last_event(connection)
        return BEFORE_ALL if last is None else last.position
    finally:
        connection.close(True)


def json_line(event: StoredEvent) -> bytes:
    """Return one line of JSON without its line end, the body as it is stored.

    A body that is no JSON, which only a tampered journal holds, comes as ``body_hex``.
    """
    line: dict[str, object] = {
        "position": str(event.position),
        "id": event.id,
        "kind": event.kind,
        "version": event.version,
        "at": event.at,
        "wall": event.wall,
        "boot": event.boot,
        "chain": event.chain.hex(),
    }
    if _fields(event) is None or b"\n" in event.body:
        line["body_hex"] = event.body.hex()
    else:
        line["body"] = msgspec.Raw(event.body)
    return msgspec.json.encode(line)


def human_line(event: StoredEvent) -> str:
    """Return one line for reading: local time, position, kind, and what the body says, codes masked."""
    try:
        moment = datetime.fromtimestamp(event.wall / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, OSError, ValueError):
        moment = str(event.wall)
    fields = _fields(event)
    if isinstance(fields, dict):
        text = " ".join(f"{key}={_plain(value)}" for key, value in fields.items())
    else:
        text = event.body.decode("utf-8", "backslashreplace")
    return f"{moment}  {event.position!s:>10}  {event.kind:<24}  {masked(text)}".rstrip()


def _fields(event: StoredEvent) -> object:
    try:
        return msgspec.json.decode(event.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _plain(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
