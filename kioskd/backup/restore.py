"""From a backup to a hall: onto a bare machine, as a new stretch of history that repeats no number."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import IO, cast

import apsw
import msgspec

from kioskd.backup.box import Emptier, Opener, pieces, read_head
from kioskd.backup.parts import DATA, JOURNAL, SETTINGS, Manifest, lay_out, tree, unpack
from kioskd.backup.prove import Proof, prove
from kioskd.hall.state import State
from kioskd.journal import backup
from kioskd.journal.lock import FolderLock
from kioskd.journal.records import GuardNumbers, Position

SCRATCH = ".restore"


class RestoreError(Exception):
    """Nothing was restored. ``code`` is ``broken`` (not readable to its end, or not what it says),
    ``in_the_way`` (there are settings where they should go) or a code of `Proof`.
    """

    def __init__(self, code: str, detail: object = "") -> None:
        super().__init__(str(detail) or code)
        self.code = code


class Back(msgspec.Struct, frozen=True, kw_only=True):
    """A finished restore. ``parent`` is the backup's last event, ``head`` the new epoch's first; ``floors``
    are the numbers above which each prefix goes on (the hall adds its reservation).
    """

    manifest: Manifest
    parent: Position
    head: Position
    floors: GuardNumbers
    settings: Path
    set_aside: Path | None


def restore(
    file: Path,
    data: Path,
    settings: Path,
    opener: Opener,
    *,
    wall: int,
    boot: str,
    issued: Mapping[str, int] | None = None,
    above_epoch: int = 0,
) -> Back:
    """Restore a backup into ``data`` and its settings into the folder ``settings``.

    ``issued`` are numbers that people know were given after the backup (``{"A": 123}``). What is in the
    way of the journal is set aside, files of the data folder are overwritten, a settings folder that holds
    files must not exist. Raises `RestoreError`, `BoxError`, `DataFolderBusy`, OSError.
    """
    if settings.is_dir() and any(settings.iterdir()):
        raise RestoreError("in_the_way", settings)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    FolderLock(data).release()  # a hall that runs there is found out before anything is unpacked
    scratch = data / SCRATCH
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700)
    try:
        manifest, proof = open_backup(file, scratch, opener)
        floors = floors_after(proof.state, proof.busiest, wall, issued or {})
        lay_out(data, tree(scratch / DATA))
        settings.mkdir(mode=0o700, parents=True, exist_ok=True)
        lay_out(settings, tree(scratch / SETTINGS))
        done = backup.restore(
            data, scratch / JOURNAL, wall=wall, boot=boot, above_epoch=above_epoch, numbers=floors
        )
        # What stations and statistics keep beside the journal belongs to the history that was lost.
        for name in ("station.db", "figures.db", "refused.json"):
            for suffix in ("", "-wal", "-shm"):
                (data / (name + suffix)).unlink(missing_ok=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Back(
        manifest=manifest,
        parent=done.parent,
        head=done.head,
        floors=floors,
        settings=settings / manifest.settings,
        set_aside=done.set_aside,
    )


def open_backup(file: Path, folder: Path, opener: Opener) -> tuple[Manifest, Proof]:
    """Unpack a backup into an empty folder and prove it. Raises `RestoreError`, `BoxError`, OSError."""
    with file.open("rb") as source:
        head, raw = read_head(source)
        key = opener.unwrap(head)
        try:
            manifest = unpack(cast("IO[bytes]", Emptier(pieces(source, raw, key))), folder)
        except (tarfile.TarError, ValueError, EOFError) as error:
            raise RestoreError("broken", error) from error
    try:
        proof = prove(folder, manifest)
    except apsw.Error as error:
        raise RestoreError("broken", error) from error
    if proof.code in ("replay_failed", "other_head"):
        raise RestoreError(proof.code)
    return manifest, proof


def floors_after(
    state: State, busiest: Mapping[str, int], wall: int, issued: Mapping[str, int], more: int = 1
) -> GuardNumbers:
    """Return from where numbers go on when some that were given may be known to nobody.

    For the journal's own last day that is at least its last number and ``more``. For a later day, of which it
    knows nothing, each prefix goes on above what the hall gave on its busiest day. What people know was given
    counts as well.
    """
    prefixes = dict.fromkeys(busiest, 0)
    if state.rules is not None:
        prefixes |= {queue.prefix: 0 for queue in state.rules.queues}
    day = ""
    if state.day is not None and _date(state, wall) <= date.fromisoformat(state.day.date):
        day = state.day.date
    last = {}
    for prefix in prefixes:
        known = max(state.numbers.get(prefix, 0), state.floors.get(prefix, 0)) + more if day else 0
        last[prefix] = max(known, busiest.get(prefix, 0), issued.get(prefix, 0))
    return GuardNumbers(day, last | {p: n for p, n in issued.items() if p not in last})


def _date(state: State, wall: int) -> date:
    offset = state.rules.utc_offset_min if state.rules is not None else 0
    return (datetime.fromtimestamp(wall / 1000, UTC) + timedelta(minutes=offset)).date()
