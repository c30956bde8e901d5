"""What happens to documents by themselves: to the archives, out of the spool, a word before it is full."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from random import random as system_random

import apsw
import msgspec
import structlog

from kioskd.documents.archive.api import Archive, ArchiveError, Parcel
from kioskd.documents.archive.build import Central, build_archive
from kioskd.documents.desk import ClosedError, Documents
from kioskd.documents.settings import ArchiveSink
from kioskd.documents.shelf import Document
from kioskd.documents.spool import SpoolError
from kioskd.documents.workers import WorkerError
from kioskd.hall.commands import ReportArchived, ReportDevice, ReportRemoved
from kioskd.hub.desk import SYSTEM, Desk
from kioskd.journal.errors import JournalError
from kioskd.station.backoff import Backoff, Retry
from kioskd.station.clock import Clock, SystemClock

LOOK_S = 30.0
"""Between looks at what is new: an archive is in no hurry."""

DAY_MS = 24 * 3600 * 1000
BACKOFF = Backoff(first=2.0, near=60.0, near_for=600.0, far=300.0)
SPOOL = "documents"
"""What the spool is called among the devices of which a lead is told."""

log = structlog.get_logger(__name__)
_Trouble = (JournalError, SpoolError, ClosedError, apsw.Error)


class Upkeep:
    """``run`` it for as long as the hub runs; nothing waits for it."""

    def __init__(
        self,
        documents: Documents,
        desk: Desk,
        data: Path,
        *,
        look_s: float = LOOK_S,
        central: Central | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._documents = documents
        self._desk = desk
        self._data = data
        self._look_s = look_s
        self._central = central
        self._clock = clock or SystemClock()
        self._told = ""
        self._failed = False

    async def run(self) -> None:
        """Carry on, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._housekeep(), name="documents upkeep")
            for sink in self._documents.settings.archives:
                group.create_task(self._deliver(sink), name=f"archive {sink.id}")

    # --- to the archives ----------------------------------------------------------------------------

    async def _deliver(self, sink: ArchiveSink) -> None:
        retry = Retry(self._clock, system_random, BACKOFF)
        down = False
        async with _opened(build_archive(sink, self._data, self._central)) as archive:
            while True:
                pause = self._look_s
                try:
                    while await self.deliver_some(sink, archive):
                        retry.reset()
                        if down:
                            log.info("archive.back", archive=sink.id)
                        down = False
                except (ArchiveError, WorkerError, *_Trouble) as error:
                    pause = retry.pause()
                    if not down:
                        code = getattr(error, "code", type(error).__name__)
                        log.warning("archive.waits", archive=sink.id, code=code, detail=str(error))
                    down = True
                await asyncio.sleep(pause)

    async def deliver_some(self, sink: ArchiveSink, archive: Archive) -> int:
        """Give an archive what it lacks and is due; return how many documents. Raises at the first failure,
        except that a document which cannot be read keeps no other waiting.
        """
        shelf = await self._documents.shelf_now()
        before = self._desk.now().wall - int(self._documents.settings.settle_min * 60_000)
        due = await asyncio.to_thread(shelf.undelivered, sink.id, before)
        sent = 0
        for document in due:
            try:
                pdf = await self._documents.pdf(document, self._desk.utc_offset_min)
            except (SpoolError, WorkerError) as error:
                log.error("document.unreadable", document=document.id, code=error.code)
                continue
            digest = (await asyncio.to_thread(hashlib.sha256, pdf)).hexdigest()
            about = msgspec.json.encode(described(document, digest))
            parcel = Parcel(document=document.id, pdf=pdf, sha256=digest, about=_ascii(about))
            await archive.put(parcel)
            await self._desk.submit(
                ReportArchived(by=SYSTEM, document=document.id, sink=sink.id, sha256=digest, size=len(pdf))
            )
            sent += 1
        return sent

    # --- out of the spool ---------------------------------------------------------------------------

    async def _housekeep(self) -> None:
        while True:
            try:
                await self.housekeep()
                self._failed = False
            except _Trouble as error:
                if not self._failed:
                    log.warning("documents.upkeep_waits", reason=f"{type(error).__name__}: {error}")
                self._failed = True
            await asyncio.sleep(self._look_s)

    async def housekeep(self) -> None:
        """Remove what may go, and tell how full the spool is."""
        await self._tell()
        settings = self._documents.settings
        if settings.archives:
            shelf = await self._documents.shelf_now()
            sinks = tuple(sink.id for sink in settings.archives)
            before = self._desk.now().wall - settings.keep_days * DAY_MS
            for document in await asyncio.to_thread(shelf.done_with, sinks, before):
                await self._desk.submit(ReportRemoved(by=SYSTEM, document=document.id, why="archived"))
        await self._documents.tidy()

    async def _tell(self) -> None:
        closed = self._documents.closed_for
        if closed:
            state, code = "hardwareError", closed.replace("documents_", "documents.")
        else:
            filling = await asyncio.to_thread(self._documents.spool.filling)
            state, code = "online", ""
            if filling >= 100:
                state, code = "hardwareError", "documents.full"
            elif filling >= self._documents.settings.warn_percent:
                state, code = "userError", "documents.filling"
        if f"{state} {code}" != self._told and (code or self._told):
            report = ReportDevice(
                by=SYSTEM, device=SPOOL, device_class="document_spool", state=state, code=code
            )
            await self._desk.submit(report)
        self._told = f"{state} {code}"


@contextlib.asynccontextmanager
async def _opened(archive: Archive) -> AsyncIterator[Archive]:
    try:
        yield archive
    finally:
        await archive.close()


def described(document: Document, sha256: str) -> dict[str, object]:
    """Return what an archive is told of a document; nothing in it is personal."""
    return {
        "document": document.id,
        "ticket": document.ticket,
        "number": document.number,
        "window": document.window,
        "teller": document.teller,
        "services": document.services,
        "material": document.material,
        "projectNo": document.project_no,
        "pages": len(document.pages),
        "manifest": document.manifest,
        "filed": document.filed,
        "signed": document.signed,
        "sha256": sha256,
    }


def _ascii(encoded: bytes) -> bytes:
    return "".join(c if c.isascii() else _escaped(c) for c in encoded.decode()).encode("ascii")


def _escaped(character: str) -> str:
    pairs = character.encode("utf-16-be")
    return "".join(f"\\u{pairs[n : n + 2].hex()}" for n in range(0, len(pairs), 2))
