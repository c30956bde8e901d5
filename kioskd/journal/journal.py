"""The journal of a hall: events become durable here before anybody hears of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import apsw
import structlog

from kioskd.journal import checkpoints, refused, requests, snapshots, vault
from kioskd.journal.chain import store
from kioskd.journal.database import DATABASE_NAME, chain_at, events
from kioskd.journal.errors import JournalError, NotSaved
from kioskd.journal.failures import while_opening
from kioskd.journal.files import Ballast
from kioskd.journal.keys import KEY_NAME, JournalKeys, load_or_create_keys
from kioskd.journal.lock import FolderLock
from kioskd.journal.opening import Ground, open_ground
from kioskd.journal.reader import Log, Readers
from kioskd.journal.records import (
    BEFORE_ALL,
    Batch,
    GuardNumbers,
    Opened,
    Position,
    PrivateValue,
    Purged,
    RequestRecord,
    SignedCheckpoint,
    Snapshot,
    StoredEvent,
)
from kioskd.journal.refused import Refusal
from kioskd.journal.settings import JournalSettings
from kioskd.journal.standing import Standing, standing
from kioskd.journal.upkeep import Upkeep
from kioskd.journal.writer import Settled, Task, Write, Writer, settle

RESERVE_NAME = "reserve"
PAGE = 500
_PURGE_SLICE = 500

_T = TypeVar("_T")
_log = structlog.get_logger(__name__)


class Submitted:
    """A batch that has its places in the journal but is not necessarily durable yet.

    ``events`` are as they will be stored. ``last`` is the position of the last event submitted so far: of
    this batch, or before it when it has none. ``durable`` is set after COMMIT, or fails with `NotSaved` or
    `OutcomeUnknown`; shield it where the waiting task may be cancelled while others wait too.
    """

    __slots__ = ("durable", "events", "last")

    def __init__(
        self, events: tuple[StoredEvent, ...], last: Position, durable: asyncio.Future[None]
    ) -> None:
        self.events = events
        self.last = last
        self.durable = durable

    @property
    def first(self) -> Position | None:
        """Position of the batch's first event, None when it has none."""
        return self.events[0].position if self.events else None


class Journal:
    """The open journal. All methods belong to the event loop's thread.

    After a failure of the disk or the writer nothing more is taken: `submit` raises `NotSaved` with the
    code in `closed_for`, everything already queued fails the same way, reading goes on. The owner then
    calls `reopen` until it succeeds and rebuilds its state from the journal.
    """

    def __init__(
        self,
        folder: Path,
        lock: FolderLock,
        keys: JournalKeys,
        settings: JournalSettings,
        boot: str,
        vfs: str | None,
        clock: Callable[[], float],
        wall: int,
    ) -> None:
        """Use `open`; this blocks."""
        self._folder = folder
        self._lock = lock
        self._keys = keys
        self._vault = vault.Vault(keys)
        self._settings = settings
        self._boot = boot
        self._vfs = vfs
        self._clock = clock
        self._ballast = Ballast(folder / RESERVE_NAME, settings.reserve_mib << 20)
        self._reopening = asyncio.Lock()
        self._suspect = False
        self._stopped = False
        self._refusal_kept = False
        self.on_refused: Callable[[], None] = lambda: None
        self._watchers: list[Callable[[Write], None]] = []
        self._asked: set[int] | None = None
        self._newly_asked: set[int] = set()
        self._closed: NotSaved | None = None
        try:
            self._ground = self._open_ground(wall)
        except JournalError as error:
            if error.code != "disk_full" or not self._ballast.release():
                raise
            self._ground = self._open_ground(wall)
            self._closed = NotSaved(error.code, str(error))
        try:
            self._readers = Readers(folder / DATABASE_NAME, vfs)
        except apsw.Error as error:
            self._ground.close()
            raise while_opening(error, folder) from error
        if self._closed is None:
            self._closed = self._take_reserve()

    @staticmethod
    async def open(
        folder: Path,
        *,
        now_wall: int,
        boot: str,
        settings: JournalSettings | None = None,
        vfs: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> Journal:
        """Open the journal in ``folder``, making both where there is none.

        ``now_wall`` is UTC in milliseconds; ``boot`` names this boot of the machine, without white space, in
        every event. Opens a new epoch when there is no history, when the database is older than its guard, or
        when a broken database had to be salvaged; `opened` tells. On a full disk the journal opens for
        reading with intake closed. Raises `RefusedError` where another hub or a disk that was put back
        forbids it. ``vfs`` (SQLite's file layer) and ``clock`` (monotonic seconds) are for tests. Raises
        `DataFolderBusy`, `JournalTooNew`, `NotAJournal`, `NotSaved`, and OSError for a folder or key file
        that cannot be used.
        """
        if not boot or any(c.isspace() for c in boot):
            raise ValueError(f"boot must be a word: {boot!r}")
        settings = settings or JournalSettings()

        def build() -> Journal:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = FolderLock(folder)
            try:
                why = refused.refusal_of(folder)
                if why is not None:
                    raise refused.RefusedError(why)
                key_file = Path(settings.key_file) if settings.key_file else folder / KEY_NAME
                keys = load_or_create_keys(key_file)
                return Journal(folder, lock, keys, settings, boot, vfs, clock, now_wall)
            except BaseException:
                lock.release()
                raise

        journal = await asyncio.to_thread(build)
        journal._begin()
        return journal

    def _open_ground(self, wall: int) -> Ground:
        try:
            return open_ground(self._folder, wall=wall, boot=self._boot, vfs=self._vfs, suspect=self._suspect)
        except (apsw.Error, OSError) as error:
            raise while_opening(error, self._folder) from error

    def _take_reserve(self) -> NotSaved | None:
        try:
            self._ballast.fill()
        except OSError as error:
            return NotSaved("disk_full", str(error))
        return None

    def _begin(self) -> None:
        ground = self._ground
        self._head = self._durable = ground.last.position
        self._chain = ground.last.chain
        self._at = ground.last.at
        self._upkeep = Upkeep(
            ground.connection, ground.guard, ground.numbers, self._settings.sign_minutes * 60, self._clock
        )
        self._writer = Writer(
            ground.connection,
            self._upkeep,
            self._keys,
            self._folder,
            asyncio.get_running_loop(),
            self._saved,
            self._failed,
        )
        self._writer.start()
        if self._closed is not None:
            _log.error("journal.closed", code=self._closed.code, error=str(self._closed))

    @property
    def opened(self) -> Opened:
        """What the last opening found."""
        return self._ground.opened

    @property
    def identity(self) -> str:
        """Name of this history, 16 hex digits, made with its first event: a copy has the same, a journal
        that begins anew another.
        """
        (first,) = self.read(BEFORE_ALL, 1)
        return first.chain.hex()[:16]

    @property
    def refused(self) -> bool:
        """Whether it may never go on by itself: another hub took over, or its disk was put back."""
        return self._closed is not None and self._closed.code in (refused.SUPERSEDED, refused.ROLLED_BACK)

    @property
    def keys(self) -> JournalKeys:
        """The keys it is signed and sealed with."""
        return self._keys

    async def refuse(self, refusal: Refusal) -> None:
        """Take nothing more, now and after any restart, until a person has decided. Raises OSError; intake is
        closed all the same.
        """
        first = self._closed is None or not self._stopped
        self._stopped = True
        self._closed = NotSaved(refusal.code, refusal.by)
        if first:
            _log.error(
                "journal.refused", code=refusal.code, by=refusal.by, seen=f"{refusal.epoch}.{refusal.seq}"
            )
            self.on_refused()
        if not self._refusal_kept:
            # Where the disk failed it is tried again by whoever says it again.
            await asyncio.to_thread(refused.note, self._folder, refusal)
            self._refusal_kept = True

    @property
    def folder(self) -> Path:
        """The data folder it lies in."""
        return self._folder

    @property
    def head(self) -> Position:
        """Position of the last event submitted."""
        return self._head

    @property
    def durable(self) -> Position:
        """Position of the last event known to be on the disk."""
        return self._durable

    @property
    def closed_for(self) -> str | None:
        """Why nothing is taken, as a code; None while the journal takes intake."""
        return None if self._closed is None else self._closed.code

    def submit(self, batch: Batch, *, numbers: GuardNumbers | None = None) -> Submitted:
        """Give the batch its places and queue it for the disk; returns at once.

        ``numbers``, the last number of every prefix, goes along whenever the batch gives one; it is not
        to be changed afterwards. Raises `NotSaved` while intake is closed, ValueError for an event that
        cannot be stored; neither changes anything.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        events, last = self.put(batch, partial(settle, future), numbers=numbers)
        return Submitted(events, last, future)

    def put(
        self, batch: Batch, settled: Settled, *, numbers: GuardNumbers | None = None
    ) -> tuple[tuple[StoredEvent, ...], Position]:
        """Do as `submit` does for one who wants no future: ``settled`` is called in the event loop after
        COMMIT with None, or with the `NotSaved` or `OutcomeUnknown` of it. Return `Submitted`'s events
        and last position.
        """
        self._check_intake()
        epoch, seq, chain = self._head.epoch, self._head.seq, self._chain
        placed = []
        for event in batch.events:
            seq += 1
            stored = store(chain, Position(epoch, seq), event, self._boot)
            chain = stored.chain
            placed.append(stored)
        if placed:
            self._head = placed[-1].position
            self._chain = chain
            self._at = placed[-1].at
        if batch.request is not None:
            self._newly_asked.add(hash(batch.request.key))
        at = self._at if batch.at is None else batch.at
        write = Write(batch, tuple(placed), self._head, at, numbers, settled)
        self._writer.put(write)
        return write.events, write.head

    def barrier(self) -> asyncio.Future[None]:
        """Return a future of its own that is set when everything submitted so far is durable."""
        if self._closed is None and self._durable == self._head:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            future.set_result(None)
            return future
        return self.submit(Batch()).durable

    def _check_intake(self) -> None:
        if self._closed is not None:
            raise self._closed.again()

    def watch(self, watcher: Callable[[Write], None]) -> Callable[[], None]:
        """Have every write told that has become durable; return what ends that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def _saved(self, write: Write) -> None:
        self._durable = write.head
        for watcher in self._watchers:
            watcher(write)

    def _failed(self, error: NotSaved) -> None:
        if error.code == "disk_full":
            self._ballast.release()
        if self._closed is None:
            self._closed = error
            _log.error("journal.closed", code=error.code, error=str(error))

    async def reopen(self, now_wall: int) -> Position:
        """After a failure, open the database anew and say where it truly ends.

        Succeeds only when the reserve fits the disk again and a probe has been written and synced;
        otherwise raises `NotSaved` or another `JournalError` with the present reason and may be called
        again. When even what was durable is missing, a new epoch is opened as at a start (see `opened`).
        """
        async with self._reopening:
            if self._closed is None:
                return self._head
            if self._stopped:
                raise self._closed.again()
            self._suspect = self._suspect or self._closed.code != "disk_full"
            self._writer.end()
            try:
                await asyncio.to_thread(self._open_anew, now_wall)
            except JournalError as error:
                self._closed = NotSaved(error.code, str(error))
                raise
            self._suspect = False
            if not self._stopped:  # else it was refused, or closed, meanwhile
                self._closed = None
            self._begin()
            _log.info("journal.reopened", head=str(self._head))
            return self._head

    def _open_anew(self, wall: int) -> None:
        self._writer.join()
        self._ground.guard.close()
        full = self._take_reserve()
        if full is not None:
            raise full
        try:
            ground = self._open_ground(wall)
            try:
                self._probe(ground)
            except apsw.Error as error:
                ground.close()
                raise while_opening(error, self._folder) from error
        except JournalError as error:
            if error.code == "disk_full":
                self._ballast.release()
            raise
        self._ground = ground

    def _probe(self, ground: Ground) -> None:
        ground.connection.execute(
            "INSERT INTO probe VALUES(1, 1) ON CONFLICT DO UPDATE SET count = count + 1"
        )
        if ground.opened.set_aside:
            self._readers.close()  # they still look at the broken file
            self._readers = Readers(self._folder / DATABASE_NAME, self._vfs)

    async def close(self) -> None:
        """Make durable what is queued, leave the files in order and unlock the folder."""
        self._stopped = True
        if not self.refused:
            self._closed = NotSaved("stopped")
        async with self._reopening:
            self._writer.end()
            await asyncio.to_thread(self._writer.join)
            self._ground.guard.close()
            await asyncio.to_thread(self._readers.close)
            self._lock.release()

    def read(self, after: Position, limit: int = PAGE) -> list[StoredEvent]:
        """Return at most ``limit`` durable events past ``after``, in order; blocks for the reading."""
        return self._readers.near(events, after, limit)

    async def stream(self, after: Position, until: Position | None = None) -> AsyncIterator[StoredEvent]:
        """Go through the durable events past ``after``, to ``until`` or the present end, off the loop."""
        while page := await self._readers.far(events, after, PAGE, until):
            for event in page:
                yield event
            after = page[-1].position

    async def standing(self) -> Standing:
        """Return how database and disk stand, off the loop."""
        return await self._readers.far(standing, self._folder / DATABASE_NAME)

    def log(self) -> Log:
        """Return the durable events for reading in worker threads, where it may block."""
        return Log(self._readers_now)

    def _readers_now(self) -> Readers:
        return self._readers

    def knows(self, position: Position) -> bool:
        """Whether there is a durable event at ``position``; a void one is not known."""
        return self._readers.near(chain_at, position) is not None

    def request(self, key: str) -> RequestRecord | None:
        """Return the answer kept under ``key``, None when there is none durable."""
        if self._asked is not None and not (hash(key) in self._asked or hash(key) in self._newly_asked):
            return None
        return self._readers.near(requests.find, key)

    async def learn_requests(self) -> None:
        """Learn by heart which keys have an answer. Nearly every key is new, and from then on `request`
        says so without reading the database.
        """
        if self._asked is not None:
            self._asked |= self._newly_asked
        self._newly_asked = set()
        # Once the writer has done this nothing, all that was asked so far is in what is read.
        await self._task(lambda _: None)
        self._asked = await self._readers.far(requests.hashes)

    def private(self, ref: str) -> PrivateValue | None:
        """Return a personal value; None when it was erased, purged or cannot be unsealed any more."""
        return self._readers.near(self._vault.get, ref)

    async def snapshot_load(self) -> Snapshot | None:
        """Return the newest snapshot that fits the chain."""
        return await self._readers.far(snapshots.load, self._keys)

    async def snapshot_save(self, position: Position, apply_version: int, data: bytes) -> None:
        """Keep the hall's state after the durable event at ``position``; the last two are kept.

        ValueError when there is no such event; otherwise fails as `submit` does.
        """
        snapshot = Snapshot(position, apply_version, data)
        await self._task(partial(snapshots.save, keys=self._keys, snapshot=snapshot))

    async def checkpoint(self, reason: str) -> SignedCheckpoint:
        """Sign the journal as it stands; ``reason`` is a word such as ``day_end``."""

        def sign(connection: apsw.Connection) -> SignedCheckpoint:
            signed = checkpoints.sign(connection, self._keys, reason)
            self._upkeep.signed()
            return signed

        return await self._task(sign)

    async def public_key(self) -> bytes:
        """Return the key that checks this journal's signatures: 32 bytes, not secret."""
        return await asyncio.to_thread(self._keys.public_key)

    async def secret(self, group: str) -> bytes:
        """Return 32 secret bytes bound to a key group, the same each time until the group is destroyed.

        Meant for keyed hashes of identities, which nobody can recompute once the day's group is gone.
        """
        return await self._task(partial(self._vault.secret, group=group))

    async def purge(self, now: int) -> Purged:
        """Delete answers and personal values whose time is over at hall time ``now``."""
        refs = await self._readers.far(vault.due, now)
        for start in range(0, len(refs), _PURGE_SLICE):
            await self._task(partial(vault.erase, refs=refs[start : start + _PURGE_SLICE]), wipe=True)
        keys = await self._readers.far(requests.expired, now)
        forgotten = 0
        for start in range(0, len(keys), _PURGE_SLICE):
            some = keys[start : start + _PURGE_SLICE]
            forgotten += await self._task(partial(requests.forget, keys=some, now=now))
        if forgotten and self._asked is not None:
            await self.learn_requests()
        return Purged(forgotten, refs)

    async def _task(self, run: Callable[[apsw.Connection], _T], *, wipe: bool = False) -> _T:
        self._check_intake()
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._writer.put(Task(run, future, wipe=wipe))
        result: _T = await future
        return result
