"""The central server's HTTP for halls, as docs/sync-protocol.md describes it."""

from __future__ import annotations

import asyncio
import secrets
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import msgspec
import structlog
from aiohttp import web

from kioskd.central import halls, log, releases, shared
from kioskd.central.bell import Bell
from kioskd.central.codes import code_digest, digest
from kioskd.central.database import Database
from kioskd.central.guesses import Guesses
from kioskd.central.intake import Intake
from kioskd.central.reading import Reader, Reading
from kioskd.central.statuses import Statuses
from kioskd.sync.messages import Orders, Taken
from kioskd.sync.status import HallStatus
from kioskd.sync.wire import MOST_BYTES, NotAPush, unpack, unzip
from kioskd.web.problem import ProblemError
from kioskd.web.staff import page_language, problem_page

logger = structlog.get_logger(__name__)

TOKEN_TTL_S = 10.0
"""How long a token that was good is believed without looking: so soon a revoked one ends."""

MOST_WAIT_S = 30.0
MOST_BODY = 2 * MOST_BYTES
MOST_KEEP_MS = 366 * 24 * 3600 * 1000
"""How long a value that a hall shares is kept at most, whatever the hall says."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class JoinAsked(msgspec.Struct, frozen=True):
    """Body of ``POST /sync/v1/join``."""

    code: str


class Joined(msgspec.Struct, frozen=True):
    """Its answer: the hall that the code was for, and the token it speaks with from now on."""

    hall: str
    name: str
    token: str


def wall_ms() -> int:
    """Return UTC milliseconds."""
    return time.time_ns() // 1_000_000


class SyncServer:
    """Routes under ``/sync/v1``. Holds nothing that another process would need."""

    def __init__(
        self,
        database: Database,
        bell: Bell,
        *,
        sealer: shared.Sealer | None = None,
        wall: Callable[[], int] = wall_ms,
    ) -> None:
        """Without a ``sealer`` no personal value is taken."""
        self._database = database
        self._sealer = sealer
        self._intake = Intake(database)
        self._statuses = Statuses(database)
        self._bell = bell
        self._wall = wall
        self._believed: dict[bytes, str] = {}
        self._looked = 0.0
        self._looking = asyncio.Lock()
        self._guesses = Guesses()

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_post("/sync/v1/join", self._join)
        app.router.add_post("/sync/v1/halls/{hall}/events", self._events)
        app.router.add_get("/sync/v1/halls/{hall}/feed", self._feed)
        app.router.add_put("/sync/v1/halls/{hall}/status", self._status)
        app.router.add_put("/sync/v1/halls/{hall}/values", self._value)
        app.router.add_post("/sync/v1/halls/{hall}/token", self._token)
        app.router.add_get("/sync/v1/halls/{hall}/settings/{version:[0-9]{1,9}}", self._settings)

    async def _join(self, request: web.Request) -> web.Response:
        if not self._guesses.may(request.remote or ""):
            return problem(429, "too_many_attempts", retry_after=60)
        try:
            asked = msgspec.json.decode(await request.read(), type=JoinAsked)
        except msgspec.DecodeError as error:
            return problem(400, "body_invalid", str(error))
        token = "kc_" + secrets.token_urlsafe(32)
        code = code_digest(asked.code)
        try:
            hall, name = await self._database.write(partial(halls.join, code, digest(token), self._wall()))
        except halls.CodeWrongError:
            self._guesses.failed(request.remote or "")
            return problem(403, "code_wrong")
        logger.info("hall_joined", hall=hall)
        return answer(Joined(hall, name, token))

    async def _events(self, request: web.Request) -> web.Response:
        hall = await self._speaker(request)
        zipped = request.headers.get("Content-Encoding", "") == "gzip"
        try:
            push = unpack(await request.read(), zipped=zipped)
            taken = await self._intake.take(hall, push, self._wall())
        except NotAPush as error:
            return problem(400, "body_invalid", str(error))
        except log.CorruptPushError:
            return problem(400, "corrupt")
        except log.UnknownHallError:
            return problem(404, "unknown_hall")
        return answer(taken, 200 if isinstance(taken, Taken) else 409)

    async def _feed(self, request: web.Request) -> web.Response:
        hall = await self._speaker(request)
        query = request.query
        try:
            after, wait = int(query.get("after", "0")), float(query.get("wait", "0"))
        except ValueError:
            return problem(400, "query_invalid")
        if not (0 <= after < 1 << 53 and wait >= 0):
            return problem(400, "query_invalid")
        script = partial(log.orders, hall, query.get("feed", ""), after, query.get("last", ""))
        loop = asyncio.get_running_loop()
        until = loop.time() + min(wait, MOST_WAIT_S)
        while True:
            with self._bell.listening(hall) as rung:
                try:
                    found = await self._database.write(script)
                except log.UnknownHallError:
                    return problem(404, "unknown_hall")
                left = until - loop.time()
                if not isinstance(found, Orders) or found.orders or left <= 0 or self._bell.ended:
                    return answer(found, 200 if isinstance(found, Orders) else 409)
                await asyncio.wait((rung,), timeout=left)

    async def _status(self, request: web.Request) -> web.Response:
        hall = await self._speaker(request)
        try:
            status = await request.read()
            if request.headers.get("Content-Encoding", "") == "gzip":
                status = unzip(status)
            msgspec.json.decode(status, type=HallStatus)
        except (NotAPush, msgspec.DecodeError) as error:
            return problem(400, "body_invalid", str(error))
        await self._statuses.keep(hall, status, self._wall())
        return answer({})

    async def _value(self, request: web.Request) -> web.Response:
        hall = await self._speaker(request)
        if self._sealer is None:
            return problem(404, "not_found")
        try:
            value = shared.read(await request.read())
        except shared.DigestError:
            return problem(400, "digest_differs")
        except (msgspec.DecodeError, ValueError):
            return problem(400, "body_invalid")  # no detail: it might repeat what a citizen wrote
        until = self._wall() + min(value.keep_ms, MOST_KEEP_MS)
        box = self._sealer.seal(hall, value)
        await self._database.write(partial(shared.put, hall, value.ref, until, box))
        return answer({})

    async def _settings(self, request: web.Request) -> web.Response:
        await self._speaker(request)
        data = await self._database.read(partial(releases.files_of, int(request.match_info["version"])))
        if data is None:
            return problem(404, "no_release")
        response = web.Response(body=data, content_type="application/json")
        response.enable_compression()
        return response

    async def _token(self, request: web.Request) -> web.Response:
        hall = await self._speaker(request)
        token = "kc_" + secrets.token_urlsafe(32)
        await self._database.write(partial(halls.give, hall, digest(token), self._wall()))
        return answer({"token": token})

    async def _speaker(self, request: web.Request) -> str:
        """Return the hall that the request speaks for, which must be the one in its path."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(problem(401, "token_missing"))
        key = digest(token)
        if key in self._believed:
            await self._look_again()
        else:
            found = await self._database.write(partial(halls.whose, key, self._wall()))
            if found is not None:
                self._believed[key] = found
        hall = self._believed.get(key)
        if hall is None:
            raise Refused(problem(401, "token_unknown"))
        if hall != request.match_info["hall"]:
            raise Refused(problem(403, "other_hall"))
        return hall

    async def _look_again(self) -> None:
        """See which believed tokens are good still, all of them by one question every `TOKEN_TTL_S`."""
        clock = asyncio.get_running_loop().time
        if clock() < self._looked + TOKEN_TTL_S:
            return
        async with self._looking:
            now = clock()
            if now < self._looked + TOKEN_TTL_S:
                return
            asked = tuple(self._believed)
            good = await self._database.read(partial(halls.still_good, asked))
            for key in asked:
                if key not in good:
                    del self._believed[key]
            self._looked = now


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """Ends a request with this answer."""

    def __init__(self, response: web.Response) -> None:
        super().__init__(response.status)
        self.response = response


@web.middleware
async def answering(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what ends a request early into its answer; nothing a caller sends is a fault of ours."""
    try:
        return await handler(request)
    except Refused as refused:
        return refused.response
    except web.HTTPRedirection:
        raise
    except web.HTTPException as error:
        code = _PLAIN.get(error.status, "refused")
        if code == "not_found" and _by_browser(request):
            home = "/home" if request.path.startswith("/office") else "/"
            return problem_page(ProblemError(code), page_language(request), home)
        return problem(error.status, code)
    except Exception:
        logger.exception("request_failed", path=request.path)
        return problem(503, "not_saved", retry_after=1)


def _by_browser(request: web.Request) -> bool:
    """Whether a person at a browser asks for a page, not a program at an address of its own."""
    if request.method not in ("GET", "HEAD") or request.path.startswith(("/api/", "/sync/", "/control/")):
        return False
    return "text/html" in request.headers.get("Accept", "")


_PLAIN = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}


def answer(value: Any, status: int = 200) -> web.Response:
    """Return JSON."""
    return web.Response(status=status, body=msgspec.json.encode(value), content_type="application/json")


def problem(
    status: int,
    code: str,
    detail: str = "",
    *,
    retry_after: int | None = None,
    params: Mapping[str, Any] | None = None,
) -> web.Response:
    """Return problem details (RFC 9457) for a program: codes and plain English."""
    body: dict[str, Any] = {
        "type": f"urn:kioskd:problem:{code}",
        "title": code.replace("_", " "),
        "status": status,
        "code": code,
    }
    if detail:
        body["detail"] = detail
    if params:
        body["params"] = params
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return web.Response(
        status=status,
        body=msgspec.json.encode(body),
        content_type="application/problem+json",
        headers=headers,
    )


@asynccontextmanager
async def serving(
    database: Database,
    host: str,
    port: int,
    *,
    bell: Bell | None = None,
    readers: tuple[Reader, ...] = (),
    tls: ssl.SSLContext | None = None,
    mounts: tuple[Callable[[web.Application], None], ...] = (),
    sealer: shared.Sealer | None = None,
    wall: Callable[[], int] = wall_ms,
) -> AsyncIterator[int]:
    """Serve halls until the block is left; gives the port. Raises OSError for one that is taken.

    ``bell`` is rung by whoever puts orders into feeds; ``readers`` make something of what halls send;
    ``wall`` tells the time in milliseconds since 1970.
    """
    app = web.Application(client_max_size=MOST_BODY, middlewares=[answering])
    bell = bell or Bell(database, wall)
    reading = Reading(database, readers)
    SyncServer(database, bell, sealer=sealer, wall=wall).add_to(app)
    for mount in mounts:
        mount(app)
    runner = web.AppRunner(
        app, access_log=None, handle_signals=False, shutdown_timeout=2.0, auto_decompress=False
    )
    await runner.setup()
    watching = asyncio.create_task(bell.run(), name="central bell")
    reads = asyncio.create_task(reading.run(), name="central readers")
    try:
        site = web.TCPSite(runner, host, port, backlog=4096, ssl_context=tls)
        await site.start()
        bound: int = runner.addresses[0][1]
        yield bound
    finally:
        bell.end()
        reading.end()
        await runner.cleanup()
        await watching
        await reads
