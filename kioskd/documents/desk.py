"""Documents of a running hub: from a picture to a page that outlives a power cut, and back to a reader."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

import apsw
import structlog

from kioskd.documents.keys import KeyMissingError, load_key
from kioskd.documents.reading import Reading
from kioskd.documents.settings import DocumentSettings
from kioskd.documents.shelf import FILE_NAME, Document, Shelf
from kioskd.documents.spool import FOLDER, Spool, SpoolError, has_pages
from kioskd.documents.work import BuildPdf, MakePage, PageMade, PdfBuilt, Shape, Thumbnail, Tone, TurnPage
from kioskd.documents.workers import Workers
from kioskd.hall.commands import By, KeepPage
from kioskd.hall.moment import rfc3339
from kioskd.hall.refusal import Refusal
from kioskd.hub.desk import Desk
from kioskd.journal.errors import NotSaved
from kioskd.journal.journal import Journal

MIB = 1 << 20
FONT = str(files("ui") / "fonts" / "NotoSansSC-Regular-subset.otf")

log = structlog.get_logger(__name__)


class ClosedError(Exception):
    """No pages can be taken; ``code`` says why: ``documents_key_missing``, ``documents_spool_failed``."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


def page_name(caller: str, key: str) -> str:
    """Return what the page of a request is called: the same for the same caller and key."""
    return f"p_{hashlib.sha256(f'{caller} {key}'.encode()).hexdigest()[:32]}"


class Documents:
    """``start`` it before anything else; its methods belong to the event loop's thread and never block it."""

    def __init__(self, desk: Desk, journal: Journal, settings: DocumentSettings, data: Path) -> None:
        self.settings = settings
        self.workers = Workers(settings.workers)
        self.reading = Reading(settings.ocr_python)
        self.closed_for = "documents_starting"
        self._desk = desk
        self._journal = journal
        self._data = data
        self._spool: Spool | None = None
        self._shelf: Shelf | None = None
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Open key, spool and shelf; what is missing closes documents and nothing else."""
        try:
            await asyncio.to_thread(self._open)
        except (KeyMissingError, SpoolError, apsw.Error, OSError) as error:
            missing = isinstance(error, KeyMissingError)
            self.closed_for = "documents_key_missing" if missing else "documents_spool_failed"
            log.error("documents.closed", code=self.closed_for, detail=str(error))
        else:
            self.closed_for = ""

    def _open(self) -> None:
        settings, folder = self.settings, self._data / FOLDER
        key = load_key(self._data, settings.key_file, may_make=not has_pages(folder))
        spool = Spool(
            folder,
            key,
            settings.method,
            quota=settings.quota_mib * MIB,
            reserve=settings.free_mib * MIB,
        )
        spool.open()
        self._spool = spool
        self._shelf = Shelf(self._data / FILE_NAME)

    async def close(self) -> None:
        """End the workers and close the files."""
        await self.workers.close()
        await self.reading.close()
        if self._shelf is not None:
            await asyncio.to_thread(self._shelf.close)

    @property
    def spool(self) -> Spool:
        """The spool. Raises `ClosedError`."""
        if self._spool is None or self.closed_for:
            raise ClosedError(self.closed_for or "documents_starting")
        return self._spool

    @property
    def shelf(self) -> Shelf:
        """The shelf, as far as it has caught up. Raises `ClosedError`."""
        if self._shelf is None:
            raise ClosedError(self.closed_for or "documents_starting")
        return self._shelf

    async def shelf_now(self) -> Shelf:
        """Return the shelf with everything that is durable. Raises `ClosedError`, `JournalError`."""
        shelf = self.shelf
        async with self._turn:
            await asyncio.to_thread(shelf.catch_up, self._journal.log(), self._journal.durable)
        return shelf

    def check_room(self) -> None:
        """Refuse before anybody puts paper under the camera. Raises `ClosedError`, `SpoolError`."""
        if not self.spool.room():
            raise SpoolError("spool_full")

    # --- pages ------------------------------------------------------------------------------------

    async def make(
        self, picture: bytes, *, shape: Shape, tone: Tone, quarters: int = 0, front: str = ""
    ) -> PageMade:
        """Make a page of a picture; ``front`` is the page with the other side of a card.

        Raises `WorkerError`, `SpoolError`, `ClosedError`.
        """
        other = await self.page(front) if front else None
        task = MakePage(picture=picture, shape=shape, tone=tone, quarters=quarters, front=other)
        made = await self.workers.do(task)
        assert isinstance(made, PageMade)
        return made

    async def keep(
        self,
        made: PageMade,
        *,
        name: str,
        by: By,
        window: str,
        ticket: str | None,
        material: str = "",
        replaces: str = "",
        source: str = "camera",
    ) -> str | Refusal:
        """Put a page into the spool and into the journal; return its name once both are durable.

        ``name`` is `page_name`'s, so that a request repeated under its key keeps one page.

        Raises `SpoolError`, `ClosedError`, and what `Desk.submit` raises.
        """
        spool, page = self.spool, name
        digest = await asyncio.to_thread(hashlib.sha256, made.data)
        await asyncio.to_thread(spool.put, page, made.data)
        command = KeepPage(
            by=by,
            window=window,
            ticket=ticket,
            page=page,
            sha256=digest.hexdigest(),
            size=len(made.data),
            material=material,
            replaces=replaces,
            source=source,
            warnings=made.warnings,
        )
        try:
            done = await self._desk.submit(command)
        except NotSaved:
            await self._drop(spool, page)
            raise
        if isinstance(done, Refusal):
            await self._drop(spool, page)
            return done
        return page

    async def _drop(self, spool: Spool, page: str) -> None:
        with suppress(SpoolError):
            await asyncio.to_thread(spool.remove, (page,))

    async def page(self, name: str) -> bytes:
        """Return a page. Raises `SpoolError`, `ClosedError`."""
        return await asyncio.to_thread(self.spool.get, name)

    async def thumbnail(self, name: str) -> bytes:
        """Return a page's thumbnail, JPEG. Raises `SpoolError`, `ClosedError`, `WorkerError`."""
        made = await self.workers.do(Thumbnail(page=await self.page(name)))
        assert isinstance(made, PageMade)
        return made.small

    async def turned(self, name: str, quarters: int) -> PageMade:
        """Return a page turned clockwise. Raises as `thumbnail` does."""
        made = await self.workers.do(TurnPage(page=await self.page(name), quarters=quarters))
        assert isinstance(made, PageMade)
        return made

    # --- documents --------------------------------------------------------------------------------

    async def pdf(self, document: Document, offset_min: int) -> bytes:
        """Return a document as PDF, with the signature as its last page where somebody signed.

        Raises `SpoolError`, `ClosedError`, `WorkerError`.
        """
        pages = tuple([await self.page(page) for page in document.pages])
        signature = None
        if document.signature:
            value = await asyncio.to_thread(self._journal.private, document.signature)
            signature = value.data if value is not None else None
        signed = (
            f"{document.number} 签名",
            f"票号  {document.number}",
            f"时间  {rfc3339(document.signed, offset_min)[:19].replace('T', ' ')}",
            f"窗口  {document.window}",
            f"档号  {document.id}",
        )
        task = BuildPdf(
            pages=pages,
            title=" ".join(filter(None, (document.number, document.material, document.project_no))),
            signature=signature,
            signed=signed if signature is not None else (),
            font=FONT,
        )
        built = await self.workers.do(task)
        assert isinstance(built, PdfBuilt)
        return built.data

    # --- upkeep -----------------------------------------------------------------------------------

    async def tidy(self) -> None:
        """Remove from the spool what the journal says is gone. Raises `JournalError`, `SpoolError`."""
        shelf, spool = await self.shelf_now(), self.spool
        while gone := await asyncio.to_thread(shelf.gone):
            await asyncio.to_thread(spool.remove, gone)
            await asyncio.to_thread(shelf.forget, gone)
