"""Backup while the hall runs, and restoring one, which always begins a new epoch."""

from __future__ import annotations

import contextlib
from pathlib import Path

import apsw
import msgspec

from kioskd.journal import epochs
from kioskd.journal.database import (
    DATABASE_NAME,
    connect_copier,
    connect_reader,
    connect_writer,
    last_event,
    quick_check,
    transaction,
)
from kioskd.journal.errors import JournalDamaged, NotAJournal
from kioskd.journal.files import sync_file, sync_folder
from kioskd.journal.guard import GUARD_NAME, GuardFile, read_guard
from kioskd.journal.lock import FolderLock
from kioskd.journal.records import BEFORE_ALL, GuardNumbers, GuardState, Position, StoredEvent
from kioskd.journal.refused import REFUSED_NAME
from kioskd.journal.replace import SIDE_FILES, remove_database, replace_database, unused
from kioskd.journal.schema import migrate, version_of
from kioskd.journal.vault import overwriting


class BackedUp(msgspec.Struct, frozen=True):
    """A finished backup: its file, its last event and its size in bytes."""

    path: Path
    head: Position
    size: int


class Restored(msgspec.Struct, frozen=True):
    """A finished restore.

    ``parent`` is the last event of the backup, ``head`` the ``epoch.open`` that now follows it. ``lost``
    is the last position the hall had reached after the backup, None when the backup held it or nothing is
    known. ``set_aside`` is the folder with the database that was there before, None when there was none.
    """

    parent: Position
    head: Position
    lost: Position | None
    set_aside: Path | None


def back_up(database: Path, target: Path) -> BackedUp:
    """Copy the journal into the new file ``target``, checked and durable when this returns.

    Raises FileExistsError, OSError, apsw.Error, `JournalDamaged`, `NotAJournal`; no half-made file remains.
    """
    if target.exists():
        raise FileExistsError(target)
    partial = target.with_name(target.name + ".partial")
    try:
        head = _copy(database, partial)
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    sync_folder(target.parent)
    return BackedUp(target, Position(0, 0) if head is None else head.position, target.stat().st_size)


def _copy(source: Path, target: Path) -> StoredEvent | None:
    if not source.is_file():
        raise NotAJournal(str(source))
    target.unlink(missing_ok=True)
    target.touch(mode=0o600)
    original = connect_copier(source)
    try:
        if version_of(original) == 0:
            raise NotAJournal(str(source))
        original.execute("VACUUM INTO ?", (str(target),))
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise JournalDamaged(f"{source}: {error}") from error
    finally:
        original.close(True)
    copy = connect_reader(target)
    try:
        complaint = quick_check(copy)
        if complaint:
            raise JournalDamaged(f"{source}: {complaint}")
        last = last_event(copy)
    finally:
        copy.close(True)
    sync_file(target)
    return last


def restore(
    folder: Path,
    backup: Path,
    *,
    wall: int,
    boot: str,
    above_epoch: int = 0,
    numbers: GuardNumbers | None = None,
) -> Restored:
    """Put ``backup`` in the place of the journal in ``folder`` and open a new epoch on it.

    The epoch is above every epoch the folder, its guard or ``above_epoch`` knows. The present database is
    moved aside, never deleted. Personal values that were erased since the backup stay erased where the
    present database can still be read. ``numbers`` are to be taken as given by whoever replays the epoch.
    Raises `DataFolderBusy` when a hall is running there, `NotAJournal`,
    `JournalDamaged`, `JournalTooNew`, OSError, apsw.Error; the folder is then as it was.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FolderLock(folder)
    partial = folder / (DATABASE_NAME + ".restore")
    try:
        remove_database(partial)
        return _restore(folder, backup, partial, wall, boot, above_epoch, numbers)
    finally:
        remove_database(partial)
        lock.release()


def _restore(
    folder: Path,
    backup: Path,
    partial: Path,
    wall: int,
    boot: str,
    above_epoch: int,
    numbers: GuardNumbers | None,
) -> Restored:
    database = folder / DATABASE_NAME
    last = _copy(backup, partial)
    present = _last_of(database)
    known = read_guard(folder / GUARD_NAME)
    connection = connect_writer(partial)
    try:
        migrate(connection)
        if present is not None:
            above_epoch = max(above_epoch, present.position.epoch)
            _erase_again(connection, database, last)
        behind = known if known is not None and epochs.contradicts(connection, known) else None
        with transaction(connection):
            opening = epochs.open_epoch(
                connection,
                epochs.RESTORED,
                _heeding(behind, numbers, last),
                wall=wall,
                boot=boot,
                above=above_epoch,
            )
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    finally:
        connection.close(True)
    for suffix in SIDE_FILES:
        partial.with_name(partial.name + suffix).unlink(missing_ok=True)
    _fold(database)
    aside = unused(folder / f"before-restore-{wall}") if database.exists() else None
    replace_database(partial, database, aside or folder)
    guard = GuardFile.open(folder / GUARD_NAME)
    try:
        kept = GuardNumbers() if known is None else known.numbers
        guard.write(GuardState(opening.position, opening.chain.hex(), kept))
        guard.sync()
    finally:
        guard.close()
    parent = BEFORE_ALL if last is None else last.position
    lost = None if behind is None else behind.position
    return Restored(parent, opening.position, lost, aside)


def carry_on(
    folder: Path, *, wall: int, boot: str, above_epoch: int, numbers: GuardNumbers | None
) -> StoredEvent:
    """Let a journal that was refused go on as it is, without what it lost, in a new epoch above all that is
    known.

    ``numbers`` are to be taken as given. Raises `DataFolderBusy`, `NotAJournal`, `JournalDamaged`, OSError,
    apsw.Error.
    """
    lock = FolderLock(folder)
    try:
        database = folder / DATABASE_NAME
        if not database.is_file():
            raise NotAJournal(str(database))
        connection = connect_writer(database)
        try:
            complaint = quick_check(connection)
            if complaint:
                raise JournalDamaged(complaint)
            migrate(connection)
            last = last_event(connection)
            with transaction(connection):
                opening = epochs.open_epoch(
                    connection,
                    epochs.CONTINUED,
                    _heeding(None, numbers, last),
                    wall=wall,
                    boot=boot,
                    above=above_epoch,
                )
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        finally:
            connection.close(True)
        guard = GuardFile.open(folder / GUARD_NAME)
        try:
            guard.write(GuardState(opening.position, opening.chain.hex(), numbers or GuardNumbers()))
            guard.sync()
        finally:
            guard.close()
        (folder / REFUSED_NAME).unlink(missing_ok=True)
        sync_folder(folder)
        return opening
    finally:
        lock.release()


def _heeding(
    behind: GuardState | None, numbers: GuardNumbers | None, last: StoredEvent | None
) -> GuardState | None:
    """Return the guard with numbers that somebody else knows of; the later day counts, then the higher
    number.
    """
    if numbers is None or last is None:
        return behind
    if behind is None:
        return GuardState(last.position, last.chain.hex(), numbers)
    ours = behind.numbers
    if ours.day == numbers.day:
        merged = {
            prefix: max(ours.last.get(prefix, 0), numbers.last.get(prefix, 0))
            for prefix in {**ours.last, **numbers.last}
        }
        numbers = GuardNumbers(ours.day, merged)
    elif ours.day > numbers.day and numbers.day:
        numbers = ours
    return GuardState(behind.position, behind.chain, numbers)


def _last_of(database: Path) -> StoredEvent | None:
    if not database.is_file():
        return None
    with contextlib.suppress(apsw.Error):
        connection = connect_reader(database)
        try:
            return last_event(connection)
        finally:
            connection.close(True)
    return None


def _erase_again(connection: apsw.Connection, present: Path, last: StoredEvent | None) -> None:
    """Delete private values that the database now in place, a continuation of the backup, has erased."""
    if last is None:
        return
    connection.execute("ATTACH ? AS present", (str(present),))
    try:
        continues = connection.execute(
            "SELECT 1 FROM present.event WHERE position = ? AND chain = ?", (last.position.number, last.chain)
        ).fetchall()
        if continues:
            with transaction(connection), overwriting(connection):
                connection.execute("DELETE FROM private WHERE ref NOT IN (SELECT ref FROM present.private)")
                connection.execute("DELETE FROM vault_key WHERE id NOT IN (SELECT id FROM present.vault_key)")
    except apsw.Error:
        pass  # the present database is broken, which may be why it is being replaced
    finally:
        connection.execute("DETACH present")


def _fold(database: Path) -> None:
    """Move a database's log into it where possible, so that it is one file when it is set aside."""
    if database.is_file():
        with contextlib.suppress(apsw.Error):
            connection = connect_writer(database)
            try:
                connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            finally:
                connection.close(True)
