"""Opening the database: in which state it was left, and whether its last epoch may go on."""

from __future__ import annotations

from pathlib import Path

import apsw
import structlog

from kioskd.journal import epochs
from kioskd.journal.database import DATABASE_NAME, connect_writer, last_event, quick_check, transaction
from kioskd.journal.errors import JournalDamaged
from kioskd.journal.files import sync_folder
from kioskd.journal.guard import GUARD_NAME, GuardFile, read_guard
from kioskd.journal.records import GuardNumbers, GuardState, Opened, StoredEvent
from kioskd.journal.replace import unused
from kioskd.journal.room import make_room
from kioskd.journal.salvage import salvage
from kioskd.journal.schema import migrate
from kioskd.journal.upkeep import LOG_ROOM

_log = structlog.get_logger(__name__)


class Ground:
    """An opened database: its writing connection, its guard and its last event."""

    def __init__(
        self,
        connection: apsw.Connection,
        guard: GuardFile,
        numbers: GuardNumbers,
        last: StoredEvent,
        opened: Opened,
    ) -> None:
        self.connection = connection
        self.guard = guard
        self.numbers = numbers
        self.last = last
        self.opened = opened

    def close(self) -> None:
        """Let both files go as they are."""
        self.connection.close(True)
        self.guard.close()


def open_ground(folder: Path, *, wall: int, boot: str, vfs: str | None, suspect: bool = False) -> Ground:
    """Open the database in ``folder`` and make it fit to be written.

    After an unclean stop, or when ``suspect``, it is checked, salvaged if broken, and its log is moved
    into the database before anything new is written: frames whose fsync failed may be in the log without
    being on the disk, and what is appended after them would be lost with them. Raises apsw.Error,
    OSError, `JournalTooNew`, `NotAJournal`.
    """
    path = folder / DATABASE_NAME
    log = path.with_name(path.name + "-wal")
    unclean = suspect or (log.exists() and log.stat().st_size > 0)
    set_aside = ""
    try:
        connection = _connect(path, vfs, check=unclean)
    except (apsw.CorruptError, apsw.NotADBError, JournalDamaged) as error:
        _log.error("journal.damaged", error=str(error))
        aside = unused(folder / f"damaged-{wall}")
        salvage(path, aside)
        set_aside = str(aside)
        connection = _connect(path, vfs, check=True)
    try:
        guard = GuardFile.open(folder / GUARD_NAME)
        try:
            return _settle(connection, guard, folder, wall, boot, unclean, set_aside)
        except BaseException:
            guard.close()
            raise
    except BaseException:
        connection.close(True)
        raise


def _connect(path: Path, vfs: str | None, *, check: bool) -> apsw.Connection:
    path.touch(mode=0o600)
    connection = connect_writer(path, vfs)
    try:
        if check:
            complaint = quick_check(connection)
            if complaint:
                raise JournalDamaged(complaint)
        migrate(connection)
        if check:
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        last_event(connection)
    except BaseException:
        connection.close(True)
        raise
    sync_folder(path.parent)
    return connection


def _settle(
    connection: apsw.Connection,
    guard: GuardFile,
    folder: Path,
    wall: int,
    boot: str,
    unclean: bool,
    set_aside: str,
) -> Ground:
    known = read_guard(folder / GUARD_NAME)
    behind = known if known is not None and epochs.contradicts(connection, known) else None
    last = last_event(connection)
    reason = _reason(behind, set_aside)
    if reason is not None or last is None:
        reason = reason or epochs.FIRST
        with transaction(connection):
            last = epochs.open_epoch(connection, reason, behind, wall=wall, boot=boot)
        say = _log.info if reason == "first" else _log.warning
        say("journal.epoch_opened", reason=reason, position=str(last.position))
    numbers = GuardNumbers() if known is None else known.numbers
    guard.write(GuardState(last.position, last.chain.hex(), numbers))
    guard.sync()
    make_room(connection, LOG_ROOM)
    epoch = epochs.opening_of(last)
    behind = None if epoch is None else epoch.guard
    return Ground(connection, guard, numbers, last, Opened(last.position, epoch, behind, unclean, set_aside))


def _reason(behind: GuardState | None, set_aside: str) -> str | None:
    if set_aside:
        return epochs.SALVAGED
    if behind is not None:
        return epochs.BEHIND_GUARD
    return None
