"""Documents of halls, encrypted on this server: ``PUT`` and ``GET
/sync/v1/halls/{hall}/documents/{document}.pdf``.

A hall speaks with its token and puts what its own journal names; the answer's ``Content-Digest`` (RFC 9530)
says by SHA-256 what is durable here. Putting a document again is no error; another content takes its place,
as when somebody signed between two attempts. Files are made and named as in a hall's spool, so that nothing
in a folder says whose they are, and go after ``documents`` days of ``retention.toml``.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import msgspec
import structlog
from aiohttp import web

from kioskd.central import halls
from kioskd.central.codes import digest
from kioskd.central.database import Database
from kioskd.central.loops import Loop
from kioskd.central.retention import DAY_MS, load, until_night
from kioskd.central.server import problem, wall_ms
from kioskd.documents.archive.http import content_digest
from kioskd.documents.keys import KeyMissingError, load_key
from kioskd.documents.sealing import Method
from kioskd.documents.spool import FOLDER, Spool, SpoolError, has_pages

MOST_BYTES = 256 << 20
"""Of one document: 300 pages at 800 KB."""

QUOTA = 1 << 50
FREE_BYTES = 1 << 30
"""What is left of the disk to the database."""

SENDING_S = 600.0
"""Until a document has come: a hall's line may be slow."""

PATH = "/sync/v1/halls/{hall}/documents/{document:d_[A-Za-z0-9_]{1,60}}.pdf"

log = structlog.get_logger(__name__)


class Kept(msgspec.Struct, frozen=True):
    """Answer of ``PUT``: what is durable here, by its SHA-256 (hex)."""

    sha256: str


class Vault:
    """The documents in a data folder."""

    def __init__(self, database: Database, data: Path, *, free: int = FREE_BYTES) -> None:
        self._database = database
        self._data = data
        self._folder = data / FOLDER
        self._free = free
        self._spool: Spool | None = None
        self._opening = asyncio.Lock()

    def add_to(self, app: web.Application) -> None:
        """Add the routes, and the nightly look at what was kept long enough."""
        app.router.add_put(PATH, self._put)
        app.router.add_get(PATH, self._get)
        app.cleanup_ctx.append(self._nightly)

    async def _put(self, request: web.Request) -> web.Response:
        if (refused := await self._refused(request)) is not None:
            return refused
        try:
            spool = await self._opened()
            async with asyncio.timeout(SENDING_S):
                pdf = await _body(request)
            if pdf is None:
                return problem(413, "body_too_large")
            sha256 = (await asyncio.to_thread(hashlib.sha256, pdf)).hexdigest()
            said = content_digest(sha256)
            if request.headers.get("Content-Digest", said) != said:
                return problem(400, "digest_differs")
            if not pdf.startswith(b"%PDF-"):
                return problem(415, "not_a_pdf")
            await asyncio.to_thread(_keep, spool, _name(request), pdf)
        except TimeoutError:
            return problem(408, "body_slow")
        except (SpoolError, KeyMissingError) as error:
            code = getattr(error, "code", "documents_key_missing")
            log.error("document_not_kept", code=code, detail=str(error))
            return problem(507 if code == "spool_full" else 503, code, retry_after=60)
        return web.Response(
            body=msgspec.json.encode(Kept(sha256)),
            content_type="application/json",
            headers={"Content-Digest": said},
        )

    async def _get(self, request: web.Request) -> web.Response:
        if (refused := await self._refused(request)) is not None:
            return refused
        try:
            spool = await self._opened()
            pdf = await asyncio.to_thread(spool.get, _name(request))
        except SpoolError as error:
            if error.code == "page_gone":
                return problem(404, "unknown_document")
            return problem(503, error.code)
        except KeyMissingError:
            return problem(503, "documents_key_missing")
        said = content_digest(hashlib.sha256(pdf).hexdigest())
        return web.Response(body=pdf, content_type="application/pdf", headers={"Content-Digest": said})

    async def _refused(self, request: web.Request) -> web.Response | None:
        """The hall in the path must be the one whose token this is."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return problem(401, "token_missing")
        hall = await self._database.write(partial(halls.whose, digest(token), wall_ms()))
        if hall is None:
            return problem(401, "token_unknown")
        return None if hall == request.match_info["hall"] else problem(403, "other_hall")

    async def _opened(self) -> Spool:
        """Raises `KeyMissingError`, `SpoolError`."""
        async with self._opening:
            if self._spool is None:
                self._spool = await asyncio.to_thread(self._open)
        return self._spool

    def _open(self) -> Spool:
        key = load_key(self._data, "", may_make=not has_pages(self._folder))
        spool = Spool(self._folder, key, Method.AES, quota=QUOTA, reserve=self._free)
        spool.open()
        return spool

    async def _nightly(self, _: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(self._sweep(), name="central documents")
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _sweep(self) -> None:
        loop = Loop("documents retention")
        while True:
            await asyncio.sleep(until_night(wall_ms()) / 1000)
            with loop.turn():
                gone = await asyncio.to_thread(self.forget_old, wall_ms())
                log.info("documents_retention_run", gone=gone)

    def forget_old(self, now: int) -> int:
        """Delete what was kept long enough; return how many. Blocks. Raises OSError, ValueError."""
        before = (now - load(self._data).documents * DAY_MS) / 1000
        gone = 0
        for file in self._folder.glob("*.page"):
            with contextlib.suppress(FileNotFoundError):
                if file.stat().st_mtime < before:
                    file.unlink()
                    gone += 1
        return gone


def mount(database: Database, data: Path) -> Callable[[web.Application], None]:
    """Return what adds the vault to an application."""
    return Vault(database, data).add_to


def _name(request: web.Request) -> str:
    about = f"{request.match_info['hall']} {request.match_info['document']}"
    return f"p_{hashlib.sha256(about.encode()).hexdigest()[:32]}"


def _keep(spool: Spool, name: str, pdf: bytes) -> None:
    """What is here already, byte for byte, needs no writing."""
    with contextlib.suppress(SpoolError):
        if spool.get(name) == pdf:
            return
    spool.put(name, pdf)


async def _body(request: web.Request) -> bytes | None:
    parts, size = [], 0
    async for part in request.content.iter_chunked(1 << 16):
        size += len(part)
        if size > MOST_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)
