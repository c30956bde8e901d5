"""Who is asking at the office's pages and routes, and whether they may."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import msgspec
import structlog
from aiohttp import web

from kioskd.access.errors import AccountRefusedError
from kioskd.access.passwords import Passwords, check_strength
from kioskd.access.sessions import csrf_of
from kioskd.central.database import Database, Script
from kioskd.central.office import accounts
from kioskd.central.office.accounts import OfficeRole, Person, Visit
from kioskd.central.server import wall_ms
from kioskd.central.slots import CHINA_MIN
from kioskd.hall.moment import rfc3339
from kioskd.web.headers import HEADERS
from kioskd.web.invalid import fault
from kioskd.web.language import Language, choose
from kioskd.web.problem import ProblemError, answer
from kioskd.web.security import CSRF, check_origin, cookie_name, is_private, own_origin
from kioskd.web.session import PasswordBody, SignInBody, UnlockBody

T = TypeVar("T")

ALL = frozenset(OfficeRole)
WORKING = frozenset({OfficeRole.OFFICE, OfficeRole.ADMIN})
LOOKING_AFTER = frozenset({OfficeRole.AUDITOR, OfficeRole.ADMIN})
HASHING = 2
MOST_WAITING = 32

log = structlog.get_logger(__name__)


class OfficeSession(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who is signed in, as the hub tells its own pages (`kioskd.web.session.SessionView`)."""

    state: str
    at: str
    name: str | None = None
    person: str | None = None
    role: OfficeRole | None = None
    csrf: str | None = None
    idle_s: int | None = None


class Asked:
    """A request that has passed the checks of its route."""

    __slots__ = ("request", "secret", "visit")

    def __init__(self, request: web.Request, visit: Visit, secret: str) -> None:
        self.request = request
        self.visit = visit
        self.secret = secret

    @property
    def who(self) -> Person:
        """Whoever is signed in."""
        return self.visit.who

    @property
    def language(self) -> Language:
        """The reader's language."""
        return choose(self.request.headers.get("Accept-Language", ""))

    async def body(self, kind: type[T]) -> T:
        """Read the body. Raises `ProblemError`."""
        return await read_body(self.request, kind)

    def query(self, kind: type[T]) -> T:
        """Read the query. Raises `ProblemError`."""
        try:
            return msgspec.convert(dict(self.request.query), kind, strict=False)
        except msgspec.ValidationError as error:
            raise ProblemError("query_invalid", fault(error)) from None


Handler = Callable[[Asked], Awaitable[web.StreamResponse]]
Plain = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def read_body(request: web.Request, kind: type[T]) -> T:
    """Read a request's JSON. Raises `ProblemError`."""
    raw = await request.read() or b"{}"
    if request.content_type != "application/json":
        raise ProblemError("not_json")
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemError("body_invalid", fault(error)) from None


def respond(value: Any, status: int = 200) -> web.Response:
    """Return JSON with the headers that every answer carries."""
    headers = {"Content-Type": "application/json", **HEADERS}
    return web.Response(body=msgspec.json.encode(value), status=status, headers=headers)


class Door:
    """Lets people in, and knows them again."""

    def __init__(
        self, database: Database, passwords: Passwords | None = None, wall: Callable[[], int] = wall_ms
    ) -> None:
        self.database = database
        self.wall = wall
        self._passwords = passwords or Passwords()
        self._hashing = asyncio.Semaphore(HASHING)
        self._waiting = 0

    def guard(self, handler: Handler, roles: frozenset[OfficeRole] = ALL) -> Plain:
        """Return a handler that answers only who has one of these roles."""

        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                visit, secret = await self.visit(request)
                if visit is None:
                    raise ProblemError("session_over" if secret else "token_missing")
                if visit.limited:
                    raise ProblemError("session_locked" if visit.locked else "password_change_needed")
                if visit.who.role not in roles:
                    raise ProblemError("not_allowed", {"role": visit.who.role.value})
                return await handler(Asked(request, visit, secret))
            except ProblemError as error:
                return told(request, error)

        return handle

    async def visit(self, request: web.Request) -> tuple[Visit | None, str]:
        """Return the session that a request's cookie names, and what the cookie says.

        Raises ``origin_refused`` and ``csrf_refused`` for a request that did not come from a page of ours.
        """
        check_origin(request, frozenset())
        secret = request.cookies.get(cookie_name(request), "")
        if not secret:
            return None, ""
        changing = request.method not in ("GET", "HEAD")
        if changing:
            if not own_origin(request, request.headers.get("Origin", "")):
                raise ProblemError("origin_refused")
            said = request.headers.get(CSRF, "").encode("utf-8", "replace")
            if not hmac.compare_digest(said, csrf_of(secret).encode()):
                raise ProblemError("csrf_refused")
        script = partial(accounts.visit, secret, self.wall(), touch=changing)
        found = await (self.database.write(script) if changing else self.database.read(script))
        return found, secret

    def add_to(self, app: web.Application) -> None:
        """Add the routes of sessions; the pages of ``ui/web`` know them from the hub."""
        route = app.router
        route.add_get("/api/v1/session", _plain(self._show))
        route.add_post("/api/v1/session", _plain(self._begin))
        route.add_post("/api/v1/session/end", _plain(self._end))
        route.add_post("/api/v1/session/lock", _plain(self._lock))
        route.add_post("/api/v1/session/unlock", _plain(self._unlock))
        route.add_post("/api/v1/session/password", _plain(self._password))
        route.add_post("/api/v1/session/active", self.guard(self._active))

    # --- routes -----------------------------------------------------------------------------------

    async def _show(self, request: web.Request) -> web.StreamResponse:
        visit, secret = await self.visit(request)
        return respond(view(visit, secret, self.wall()))

    async def _begin(self, request: web.Request) -> web.StreamResponse:
        check_origin(request, frozenset())
        if not is_private(request):
            raise ProblemError("https_needed")
        body = await read_body(request, SignInBody)
        name = body.name.strip().lower()
        await self._prove(name, body.password, address(request))
        return await self._entered(request, name, None)

    async def _end(self, request: web.Request) -> web.StreamResponse:
        visit, secret = await self.visit(request)
        if visit is not None:
            await self._do(partial(accounts.leave, secret, visit.who, self.wall()))
        gone = web.Response(status=204, headers=HEADERS)
        gone.del_cookie(cookie_name(request), path="/", secure=request.secure)
        return gone

    async def _lock(self, request: web.Request) -> web.StreamResponse:
        visit, secret = await self.visit(request)
        if visit is not None:
            await self._do(partial(accounts.lock, secret))
        return web.Response(status=204, headers=HEADERS)

    async def _unlock(self, request: web.Request) -> web.StreamResponse:
        visit, secret = await self._own(request)
        body = await read_body(request, UnlockBody)
        await self._prove(visit.who.name, body.password, address(request))
        await self._do(partial(accounts.unlock, secret, self.wall()))
        return respond(view(Visit(id=visit.id, who=visit.who, locked=False), secret, self.wall()))

    async def _active(self, asked: Asked) -> web.StreamResponse:
        return web.Response(status=204, headers=HEADERS)

    async def _password(self, request: web.Request) -> web.StreamResponse:
        visit, _ = await self._own(request)
        if visit.locked:
            raise ProblemError("session_locked")
        body = await read_body(request, PasswordBody)
        name = visit.who.name
        await self._prove(name, body.old, address(request))
        try:
            check_strength(name, body.new)
        except AccountRefusedError as refused:
            raise ProblemError(refused.code, refused.params) from None
        if body.new == body.old:
            raise ProblemError("password_same")
        return await self._entered(request, name, await self.hash(body.new))

    # --- parts ------------------------------------------------------------------------------------

    async def hash(self, password: str) -> str:
        """Return what is kept of a password."""
        return await self._slowly(partial(self._passwords.hash, password))

    async def _own(self, request: web.Request) -> tuple[Visit, str]:
        visit, secret = await self.visit(request)
        if visit is None:
            raise ProblemError("session_over" if secret else "token_missing")
        return visit, secret

    async def _prove(self, name: str, password: str, where: str) -> None:
        kept = await self._do(partial(accounts.kept_hash, name, where, self.wall()))
        if await self._slowly(partial(self._passwords.verify, kept, password)):
            return
        closed = await self._do(
            partial(accounts.count_wrong, name, where, self.wall(), known=kept is not None)
        )
        if closed:
            raise ProblemError("sign_in_closed", {"retry_ms": closed, "seconds": closed // 1000})
        raise ProblemError("sign_in_wrong")

    async def _entered(self, request: web.Request, name: str, fresh: str | None) -> web.StreamResponse:
        secret = secrets.token_urlsafe(32)
        who = await self._do(
            partial(accounts.enter, name, secret, address(request), self.wall(), fresh=fresh)
        )
        entered = respond(view(Visit(id="", who=who, locked=False), secret, self.wall()))
        entered.set_cookie(
            cookie_name(request), secret, path="/", httponly=True, samesite="Strict", secure=request.secure
        )
        return entered

    async def _do(self, script: Script[T]) -> T:
        try:
            return await self.database.write(script)
        except AccountRefusedError as refused:
            raise ProblemError(refused.code, refused.params) from None

    async def _slowly(self, work: Callable[[], T]) -> T:
        """Hash in a thread, a few at a time, so that guessing never slows the server."""
        if self._waiting >= MOST_WAITING:
            raise ProblemError("too_many_attempts")
        self._waiting += 1
        try:
            async with self._hashing:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1


def view(visit: Visit | None, secret: str, wall: int) -> OfficeSession:
    """Return a session as its page is told at a time (UTC, ms)."""
    at = rfc3339(wall, CHINA_MIN, ms=True)
    if visit is None:
        return OfficeSession(state="none", at=at)
    state = "locked" if visit.locked else "password" if visit.who.must_change else "open"
    return OfficeSession(
        state=state,
        at=at,
        name=visit.who.name,
        person=visit.who.person,
        role=visit.who.role,
        csrf=csrf_of(secret),
        idle_s=accounts.IDLE_MS // 1000,
    )


def address(request: web.Request) -> str:
    """Return where a request came from; a load balancer on this PC says for whom it asks."""
    remote = request.remote or "unknown"
    if is_private(request) and not request.secure:
        return request.headers.get("X-Forwarded-For", remote).rpartition(",")[2].strip() or remote
    return remote


def told(request: web.Request, error: ProblemError) -> web.Response:
    """Answer a problem in the reader's language."""
    return answer(error, choose(request.headers.get("Accept-Language", "")))


def _plain(handler: Plain) -> Plain:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ProblemError as error:
            return told(request, error)

    return handle
