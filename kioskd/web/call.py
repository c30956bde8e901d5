"""One request on its way through a route: who asks, for what, in which language.

`endpoint` makes a handler for the router out of a row of the route table. It does in one pass what
every route needs (caller, role, body, key) and turns everything that can go wrong into a problem.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog
from aiohttp import web

from kioskd.access.roles import Principal, Role
from kioskd.access.sessions import Session
from kioskd.hall.commands import By
from kioskd.hub.answers import KeyReused, Request
from kioskd.journal.errors import JournalError, OutcomeUnknown
from kioskd.journal.refused import ROLLED_BACK, SUPERSEDED
from kioskd.web.headers import HEADERS
from kioskd.web.idempotency import fingerprint, public_caller, request_key
from kioskd.web.invalid import fault
from kioskd.web.language import Language, choose
from kioskd.web.problem import ProblemError, answer
from kioskd.web.route import Route
from kioskd.web.security import Caller, caller_of, check_origin
from kioskd.web.site import Site

_log = structlog.get_logger(__name__)

_KIND = {
    Role.KIOSK: "device",
    Role.STATION: "device",
    Role.FACE: "device",
    Role.STANDBY: "device",
    Role.INTEGRATOR: "program",
}

_OF_THE_HALL = frozenset({Role.KIOSK, Role.STATION, Role.FACE})

JSON = "application/json"
_JSON_HEADERS = web.Response(headers={"Content-Type": JSON, **HEADERS}).headers
"""In aiohttp's own form, which it copies fastest."""


class Call:
    """A request that has passed the checks of its route."""

    __slots__ = ("body", "caller", "key", "principal", "query", "request", "route", "site")

    def __init__(self, request: web.Request, site: Site, route: Route, caller: Caller) -> None:
        self.request = request
        self.site = site
        self.route = route
        self.caller = caller
        self.principal: Principal = caller.principal
        self.body: Any = None
        self.query: Any = None
        self.key: str | None = None

    @property
    def language(self) -> Language:
        """The reader's language."""
        return choose(self.request.headers.get("Accept-Language", ""))

    @property
    def by(self) -> By:
        """The caller as commands name one."""
        principal = self.principal
        via = "api" if principal.session is None else "page"
        return By(_KIND.get(principal.role, "person"), principal.id, principal.role.value, via)

    @property
    def session(self) -> Session | None:
        """The session of a person's browser, also one that is locked."""
        return self.caller.session

    @property
    def secret(self) -> str:
        """What names the session; it goes back to its own page only."""
        return self.caller.secret

    @property
    def problem(self) -> str:
        """Why the caller is nobody in particular."""
        return self.caller.problem

    def path(self, name: str) -> str:
        """Return a part of the path."""
        return self.request.match_info[name]

    def once(self, body: object = None) -> Request | None:
        """Return what makes a repeat of this request get the same answer, None for a route that
        keeps none. ``body`` stands for the request's own where that holds something personal.
        """
        if self.key is None or not self.route.keep:
            return None
        # The public are many: their keys are each ticket's own.
        public = self.principal.role is Role.PUBLIC
        caller = public_caller(self.request.raw_path) if public else self.principal.id
        return Request(
            key=request_key(caller, self.route.name, self.key),
            fingerprint=fingerprint(self.request.raw_path, self.body if body is None else body),
            keep_ms=int(self.route.keep),
        )


def respond(body: bytes, status: int = 200, media_type: str = JSON) -> web.Response:
    """Return an answer with the headers that every answer carries."""
    headers = _JSON_HEADERS if media_type == JSON else {"Content-Type": media_type, **HEADERS}
    return web.Response(body=body, status=status, headers=headers)


def respond_empty() -> web.Response:
    """Return 204."""
    return web.Response(status=204, headers=HEADERS)


def endpoint(route: Route, site: Site) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return the handler of a route."""
    decoder = msgspec.json.Decoder(route.body) if route.body is not None else None
    handler, roles, keyed = route.handler, route.roles, route.keyed
    refuse = route.refuse or _refuse
    observe = site.metrics.observer(route.name)
    most = max(site.settings.body_bytes, route.body_bytes)

    def admit(request: web.Request) -> Call:
        caller = caller_of(request, site.tokens, site.sessions)
        principal = caller.principal
        check_origin(request, site.origins, principal)
        if principal.role not in roles:
            if principal.role is Role.PUBLIC:
                raise ProblemError(caller.problem)
            raise ProblemError("not_allowed", {"role": principal.role.value})
        if caller.session is not None and request.method == "POST":
            site.sessions.touch(caller.session)
        if principal.role in _OF_THE_HALL and request.remote:
            site.gate.device_at(request.remote)
        call = Call(request, site, route, caller)
        if route.window and principal.window is not None and principal.window != call.path("window"):
            raise ProblemError("other_window", {"window": principal.window})
        if keyed:
            call.key = _key(request)
        return call

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            call = admit(request)
            if decoder is not None:
                raw = _arrived(request, most)
                if raw is None:
                    raw = await _read(request, most, site.settings.body_s)
                call.body = _decode(decoder, request, raw)
            if route.query is not None:
                call.query = _query(request, route.query)
            response = await handler(call)
        except ProblemError as error:
            response = refuse(request, error)
        except (JournalError, KeyReused) as error:
            response = refuse(request, _unsaved(error))
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:
            _log.exception("web.failed", route=route.name)
            response = refuse(request, ProblemError("internal"))
        observe(response.status)
        return response

    return handle


def _refuse(request: web.Request, error: ProblemError) -> web.Response:
    return answer(error, choose(request.headers.get("Accept-Language", "")))


def _unsaved(error: Exception) -> ProblemError:
    if isinstance(error, KeyReused):
        return ProblemError("key_reused")
    if isinstance(error, OutcomeUnknown):
        return ProblemError("outcome_unknown")
    code = error.code if isinstance(error, JournalError) else ""
    if code in (SUPERSEDED, ROLLED_BACK):
        return ProblemError("not_the_hub")
    return ProblemError("not_saved", {"cause": code})


def _key(request: web.Request) -> str:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        raise ProblemError("key_missing")
    if not 0 < len(key) <= 200 or not key.isascii() or not key.isprintable():
        raise ProblemError("key_invalid")
    return key


def _arrived(request: web.Request, most: int) -> bytes | None:
    """Return a body that has come with its head, as small ones do: it takes no waiting and no timer."""
    if not request.content.is_eof():
        return None
    try:
        raw = request.content.read_nowait(-1)
    except web.RequestPayloadError as error:
        raise ProblemError("body_invalid", {"reason": "transfer"}, close=True) from error
    if len(raw) > most:
        raise ProblemError("body_too_large", {"bytes": most}, close=True)
    return raw


async def _read(request: web.Request, most: int, seconds: float) -> bytes:
    length = request.content_length
    if length is not None and length > most:
        raise ProblemError("body_too_large", {"bytes": most}, close=True)
    try:
        async with asyncio.timeout(seconds):
            raw = await request.read()
    except TimeoutError:
        raise ProblemError("body_slow", {"seconds": seconds}, close=True) from None
    except web.HTTPRequestEntityTooLarge:
        raise ProblemError("body_too_large", {"bytes": most}, close=True) from None
    except web.RequestPayloadError as error:
        raise ProblemError("body_invalid", {"reason": "transfer"}, close=True) from error
    if len(raw) > most:  # sent without its length
        raise ProblemError("body_too_large", {"bytes": most}, close=True)
    return raw


def _decode(decoder: msgspec.json.Decoder[Any], request: web.Request, raw: bytes) -> Any:
    if not raw:
        raw = b"{}"
    elif request.headers.get("Content-Type") != JSON and request.content_type != JSON:
        raise ProblemError("not_json")
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemError("body_invalid", fault(error, raw)) from None


def _query(request: web.Request, query: type[Any]) -> Any:
    try:
        return msgspec.convert(dict(request.query), query, strict=False)
    except msgspec.ValidationError as error:
        raise ProblemError("query_invalid", fault(error)) from None
