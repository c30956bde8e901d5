"""Proving a backup: it is put back into a scratch folder, checked event by event and replayed."""

from __future__ import annotations

from pathlib import Path

import apsw
import msgspec

from kioskd.backup.parts import ACCESS, DATA, JOURNAL, Manifest
from kioskd.hall.apply import apply
from kioskd.hall.codec import UnknownEventError, decode
from kioskd.hall.moment import Moment
from kioskd.hall.state import State, new_state
from kioskd.journal.database import connect_reader, events
from kioskd.journal.keys import KEY_NAME, load_keys
from kioskd.journal.records import BEFORE_ALL, Position
from kioskd.journal.verify import Report, verify

_PAGE = 2000


class Proof(msgspec.Struct, kw_only=True):
    """What a restored backup came to. ``code`` is empty when all is well, else ``journal_unsound`` (the
    journal differs from what was once written, see ``report``), ``replay_failed``, ``other_head`` (it does
    not end where it says) or ``access_broken``. ``state`` is the hall as the journal has it, ``busiest`` the
    highest number that each prefix ever reached on a day.
    """

    code: str
    report: Report
    state: State
    busiest: dict[str, int]


def prove(folder: Path, manifest: Manifest) -> Proof:
    """Check what `unpack` left in a folder. Raises apsw.Error, OSError, JournalError."""
    journal = folder / JOURNAL
    report = verify(journal, keys=load_keys(folder / DATA / KEY_NAME))
    code = "journal_unsound" if report.found else ""
    connection = connect_reader(journal)
    try:
        state, busiest, last = replay(connection)
        if (last, _chain(connection, last)) != (manifest.label.head, manifest.label.chain):
            code = code or "other_head"
    except UnknownEventError:
        state, busiest, code = new_state(), {}, code or "replay_failed"
    finally:
        connection.close(True)
    if not code and not _sound(folder / DATA / ACCESS):
        code = "access_broken"
    return Proof(code=code, report=report, state=state, busiest=busiest)


def replay(connection: apsw.Connection) -> tuple[State, dict[str, int], Position]:
    """Build the hall from its first event on; return also the highest number of each prefix on any day, and
    the last position. Raises `UnknownEventError`.
    """
    state = new_state()
    busiest: dict[str, int] = {}
    after = BEFORE_ALL
    while page := events(connection, after, _PAGE):
        for stored in page:
            if stored.kind == "day.opened":
                _raise(busiest, state.numbers)
            place = (stored.position.epoch, stored.position.seq)
            event = decode(stored.kind, stored.version, stored.body)
            apply(state, event, Moment(at=stored.at, wall=stored.wall), place)
        after = page[-1].position
    _raise(busiest, state.numbers)
    return state, busiest, after


def _raise(busiest: dict[str, int], numbers: dict[str, int]) -> None:
    for prefix, last in numbers.items():
        busiest[prefix] = max(busiest.get(prefix, 0), last)


def _chain(connection: apsw.Connection, position: Position) -> str:
    rows = connection.execute("SELECT chain FROM event WHERE position = ?", (position.number,))
    return next((bytes(chain).hex() for (chain,) in rows), "")


def _sound(access: Path) -> bool:
    if not access.is_file():
        return True  # a hall that nobody ever signed in to
    try:
        connection = apsw.Connection(str(access), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            return connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        finally:
            connection.close(True)
    except apsw.Error:
        return False
