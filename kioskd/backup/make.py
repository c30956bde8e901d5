"""Making a backup: one archive, put at every place, read back from there and proven."""

from __future__ import annotations

import contextlib
import gzip
import shutil
import tarfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

import apsw
import msgspec

from kioskd.backup import recovery
from kioskd.backup.box import BoxError, Emptier, Filler, pieces, read_head
from kioskd.backup.errors import PlaceError
from kioskd.backup.parts import (
    DATA,
    JOURNAL,
    MANIFEST,
    SETTINGS,
    Label,
    Manifest,
    add_bytes,
    data_parts,
    unpack,
)
from kioskd.backup.places import Store, store_of
from kioskd.backup.prove import prove
from kioskd.backup.settings import BackupSettings, Place
from kioskd.journal.backup import back_up
from kioskd.journal.database import DATABASE_NAME, connect_reader, events, last_event
from kioskd.journal.errors import JournalError
from kioskd.journal.guard import GUARD_NAME, read_guard
from kioskd.journal.records import BEFORE_ALL, GuardNumbers

WORK = "backup-work"
"""Folder in the data folder for the copy being made and the one being proven; empty in between."""

_ROOM = 2.5
"""Times the journal's size that must be free: the copy, its archive, and the archive unpacked."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How it went at one place. ``code`` is empty for a backup that was proven, else a code of `PlaceError`,
    of `Proof` or of `BoxError`, ``no_room`` (here), ``no_recovery`` (the hall has no recovery code) or
    ``not_read`` (the journal cannot be read). ``made`` is UTC in ms; ``removed`` counts old ones cleared
    away.
    """

    place: str
    code: str
    made: int
    name: str = ""
    size: int = 0
    head: str = ""
    detail: str = ""
    removed: int = 0


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be backed up: the data folder, the journal's key file, the settings files by name."""

    hall: str
    data: Path
    key_file: Path
    settings: Mapping[str, bytes]
    version: str
    main: str = "hall.toml"


def make(
    job: Job,
    wanted: BackupSettings,
    *,
    wall: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    open_place: Callable[[Place, Path], Store] = store_of,
) -> tuple[Outcome, ...]:
    """Make today's backup at every place. Whatever fails at one place is that place's outcome. Blocks; the
    hall may run meanwhile.
    """
    made = wall()
    work = job.data / WORK
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700)
    try:
        try:
            sealed = _seal(job, work, made)
        except _NotMadeError as error:
            return tuple(
                Outcome(place=p.id, code=error.code, made=made, detail=error.detail) for p in wanted.places
            )
        return tuple(_at(place, sealed, job, wanted.keep, open_place, made) for place in wanted.places)
    finally:
        shutil.rmtree(work, ignore_errors=True)


class _NotMadeError(Exception):
    def __init__(self, code: str, detail: object) -> None:
        super().__init__(code)
        self.code, self.detail = code, str(detail)


class _Sealed(msgspec.Struct, frozen=True):
    file: Path
    name: str
    key: bytes
    label: Label


def _seal(job: Job, work: Path, made: int) -> _Sealed:
    journal = job.data / DATABASE_NAME
    try:
        public = bytes.fromhex(recovery.known(job.data).public)
        recovery.seal_key(job.data, job.key_file)
        if shutil.disk_usage(work).free < journal.stat().st_size * _ROOM:
            raise _NotMadeError("no_room", work)
        numbers = read_guard(job.data / GUARD_NAME)
        copy = work / JOURNAL
        back_up(journal, copy)
        label = _label(copy, job.hall, made)
        manifest = Manifest(label, job.version, numbers.numbers if numbers else GuardNumbers(), job.main)
        name = f"kioskd-{job.hall}-{datetime.fromtimestamp(made / 1000, UTC):%Y%m%dT%H%M%SZ}.kbk"
        sealed = work / name
        with sealed.open("xb") as target:
            filler = Filler(target, (public,), msgspec.json.encode(label))
            with (
                gzip.GzipFile(
                    fileobj=cast("IO[bytes]", filler), mode="wb", compresslevel=3, mtime=0
                ) as zipped,
                tarfile.open(fileobj=zipped, mode="w|") as archive,
            ):
                add_bytes(archive, MANIFEST, msgspec.json.encode(manifest))
                for file, content in data_parts(job.data, job.key_file).items():
                    add_bytes(archive, DATA + file, content)
                for file, content in job.settings.items():
                    add_bytes(archive, SETTINGS + file, content)
                archive.add(copy, JOURNAL)
            filler.close()
        copy.unlink()
        return _Sealed(sealed, name, filler.key, label)
    except recovery.NoRecoveryError as error:
        raise _NotMadeError("no_recovery", error) from error
    except (JournalError, apsw.Error) as error:
        raise _NotMadeError("not_read", error) from error
    except OSError as error:
        raise _NotMadeError("no_room" if error.errno in (28, 122) else "not_read", error) from error


def _label(copy: Path, hall: str, made: int) -> Label:
    connection = connect_reader(copy)
    try:
        last = last_event(connection)
        first = events(connection, BEFORE_ALL, 1)
    finally:
        connection.close(True)
    if last is None:
        raise JournalError("not_a_journal", str(copy))
    return Label(hall, first[0].chain.hex()[:16], made, last.position, last.chain.hex())


def _at(
    place: Place,
    sealed: _Sealed,
    job: Job,
    keep: int,
    open_place: Callable[[Place, Path], Store],
    made: int,
) -> Outcome:
    size = sealed.file.stat().st_size
    tell = Outcome(
        place=place.id, code="", made=made, name=sealed.name, size=size, head=str(sealed.label.head)
    )
    try:
        store = open_place(place, job.data)
        _make_room(store, job.hall, keep)
        store.put(sealed.name, sealed.file)
        code = _proven(store, sealed, job.data / WORK / "proof")
    except PlaceError as error:
        return msgspec.structs.replace(tell, code=error.code, detail=str(error))
    removed = 0
    if not code:
        # Only a backup that was proven may take the place of an older one.
        with contextlib.suppress(PlaceError):
            removed = _clear(store, job.hall, keep)
    return msgspec.structs.replace(tell, code=code, removed=removed)


def _make_room(store: Store, hall: str, keep: int) -> None:
    """Clear what is beyond the number to keep anyway, so that a small stick has room; never the last two."""
    for name in mine(store.names(), hall)[: -max(keep, 2)]:
        store.remove(name)


def _clear(store: Store, hall: str, keep: int) -> int:
    old = mine(store.names(), hall)[:-keep]
    for name in old:
        store.remove(name)
    return len(old)


def mine(names: list[str], hall: str) -> list[str]:
    """Return the names of one hall's backups, oldest first."""
    return sorted(
        name for name in names if name.startswith(f"kioskd-{hall}-") and len(name) == len(hall) + 28
    )


def _proven(store: Store, sealed: _Sealed, scratch: Path) -> str:
    """Read it back from where it lies, restore it into a scratch folder, verify and replay it."""
    scratch.mkdir(mode=0o700)
    try:
        with store.open(sealed.name) as source:
            _, raw = read_head(source)
            manifest = unpack(cast("IO[bytes]", Emptier(pieces(source, raw, sealed.key))), scratch)
        return prove(scratch, manifest).code
    except BoxError as error:
        return error.code
    except (tarfile.TarError, ValueError, OSError, apsw.Error, JournalError) as error:
        return "no_room" if isinstance(error, OSError) and error.errno in (28, 122) else "broken"
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
