"""The page at a standby's own address: how it follows the hub, and taking the hub's place in two steps.

It is no page of the hub's: it is there while the hub is not. It is served where the hub's settings would
have the hub, so that after a take-over the same address leads to the new hub's pages.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import apsw
import msgspec
from aiohttp import web
from msgspec import Meta

from kioskd.access.errors import AccountRefusedError
from kioskd.access.pin import is_set
from kioskd.hall.commands import By
from kioskd.hall.moment import rfc3339
from kioskd.hall.rules import Rules
from kioskd.journal.records import Position
from kioskd.standby.door import MAY, Door, Somebody
from kioskd.standby.follower import FOLLOWING
from kioskd.standby.holding import held_files
from kioskd.standby.post import Post
from kioskd.standby.promote import missed
from kioskd.web.call import respond
from kioskd.web.help import help_routes
from kioskd.web.invalid import fault
from kioskd.web.language import Language, choose
from kioskd.web.pages import HELP, PAGE_HEADERS, SHARED, page_routes, sentences
from kioskd.web.problem import ProblemError, answer
from kioskd.web.refusals import told
from kioskd.web.route import Summary
from kioskd.web.security import is_private, own_origin
from kioskd.web.session import Password, SignInName
from kioskd.web.settings import WebSettings
from kioskd.web.staff import html, page_language
from kioskd.web.staff_pages import Page

FOLDER = "standby"
STANDING = "/api/v1/standby"
BODY_BYTES = 4096
SURE_S = 10.0
"""A hub that starts again is back in less: before that nobody should take its place."""

SHUT_S = 60.0
"""A hub that takes no commands mends itself in less where it can: a disk that has room again is taken up
within seconds, and a daemon that is stuck is restarted within half a minute.
"""

PERMIT_S = 180.0
"""How long the second step may come after the first."""

UTC_OFFSET_MIN = 480
"""A hall's zone, while this PC does not know its hall yet."""

PAGE = Page(
    name="standbyPage",
    path="/",
    help="technician#备用主机",
    folder=FOLDER,
    roles=MAY,
    title=Summary("备用主机", "Standby"),
    frame="bare",
    menu=False,
)

_encode = msgspec.json.Encoder().encode
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ProveBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """First step: who, and the hall's PIN."""

    name: SignInName
    password: Password
    pin: Annotated[str, Meta(min_length=1, max_length=20)]


class TakeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Second step: what the first one gave."""

    permit: Annotated[str, Meta(min_length=1, max_length=80)]


class StandingView(msgspec.Struct, frozen=True, kw_only=True):
    """How the standby stands. ``code`` is that of `kioskd.standby.follower.Status`, ``taking_over``, or
    ``shut``: the hub answers, and takes no commands. ``since`` is when it became so and ``heard`` when the
    hub was last heard (UTC in ms, 0: never), ``now`` this PC's clock to count them from. ``behind`` are
    events that the hub has and that are not here. ``lacks`` is what a take-over would be refused for:
    ``copy``, ``pin``. ``may_take``: the hub does not answer, or takes no commands, so it can be taken over
    from; ``wait_s`` is how long that is still too early to say.
    """

    code: str
    name: str
    hub: str
    stored: str
    behind: int
    now: int
    since: int
    heard: int
    lacks: tuple[str, ...]
    may_take: bool
    wait_s: float


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """The first step was good. ``skipped`` numbers are left out at least, so that none is given twice. For
    ``silent_s`` the hub has not been heard; where it answers, for ``shut_s`` it has taken no commands.
    """

    permit: str
    person: str
    silent_s: float
    shut_s: float | None
    behind: int
    skipped: int


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """This PC is the hub. ``head`` is its first event, ``seconds`` is what the copy took."""

    head: str
    seconds: float


class StandbyPage:
    """Serves the page of one standby. ``rules`` are the hall's, once known; they may be set at any time."""

    def __init__(
        self,
        post: Post,
        door: Door,
        settings: WebSettings,
        rules: Rules | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        sure_s: float = SURE_S,
        shut_s: float = SHUT_S,
    ) -> None:
        self._post, self._door, self._settings, self.rules = post, door, settings, rules
        self._clock, self._wall, self._sure_s, self._shut_s = clock, wall, sure_s, shut_s
        self._permit = ""
        self._permitted: Somebody | None = None
        self._until = 0.0

    def app(self) -> web.Application:
        """Return the application."""
        app = web.Application(client_max_size=BODY_BYTES)
        app.router.add_get("/", self._page)
        app.router.add_get(STANDING, _guarded(self._show))
        app.router.add_post(f"{STANDING}/prove", _guarded(self._prove))
        app.router.add_post(f"{STANDING}/take-over", _guarded(self._take))
        app.router.add_routes(page_routes({}, frozenset({SHARED, HELP, FOLDER})))
        app.router.add_routes(help_routes())
        app.router.add_route("*", "/{path:.*}", _elsewhere)
        return app

    def standing(self) -> StandingView:
        """Return how the standby stands."""
        status, now = self._post.follower.status, int(self._wall() * 1000)
        gone, shut = status.code == "absent", status.shut and status.code in FOLLOWING
        wait_s = 0.0
        if gone:
            wait_s = max(0.0, self._sure_s - (now - (status.contact or status.since)) / 1000)
        elif shut:
            wait_s = max(0.0, self._shut_s - (now - status.shut) / 1000)
        # The PIN comes with the hub's files: before they are here nobody knows whether the hall has one.
        pin = is_set(self._post.data) or held_files(self._post.data) is None
        here = {"copy": self._post.whole(), "pin": pin}
        lacks = tuple(name for name, there in here.items() if not there)
        return StandingView(
            code="taking_over" if self._post.taking else "shut" if shut else status.code,
            name=self._post.config.name,
            hub=status.hub,
            stored=status.stored,
            behind=_behind(status.stored, status.hub_head),
            now=now,
            since=status.shut if shut else status.since,
            heard=status.contact,
            lacks=lacks,
            may_take=bool(gone or shut) and not lacks and not wait_s and not self._post.taking,
            wait_s=wait_s,
        )

    async def _page(self, request: web.Request) -> web.StreamResponse:
        language = page_language(request)
        zh = language is Language.ZH
        said = dict(sentences(SHARED, language)) | sentences(FOLDER, language)
        title = PAGE.title.zh if zh else PAGE.title.en
        rules = self.rules
        zone = rules.utc_offset_min if rules is not None else UTC_OFFSET_MIN
        at = rfc3339(int(self._wall() * 1000), zone, ms=True)
        values: dict[str, Any] = {
            "language": language.value,
            "other": (Language.EN if zh else Language.ZH).value,
            "hall": (rules.name.zh if zh else rules.name.en) if rules is not None else "kioskd",
            "title": title,
            "say": said,
            "page": PAGE,
            "boot": {
                "page": FOLDER,
                "path": PAGE.path,
                "language": language.value,
                "session": {"state": "none", "at": at},
                "menu": [],
                "texts": said,
            },
        }
        return html(PAGE.frame, values)

    async def _show(self, request: web.Request) -> web.Response:
        return respond(_encode(await asyncio.to_thread(self.standing)))

    async def _prove(self, request: web.Request) -> web.Response:
        """First step: who is it, do they know the PIN, and is there a place to take."""
        if not is_private(request) and not self._settings.plain_sign_in:
            raise ProblemError("https_needed")
        body = await _body(request, ProveBody)
        try:
            who = await asyncio.to_thread(
                self._door.check, body.name, body.password, request.remote or "unknown"
            )
        except AccountRefusedError as refused:
            raise ProblemError(refused.code, refused.params) from None
        except (OSError, apsw.Error) as error:
            raise ProblemError("standby_not_ready") from error
        match await self._post.check_pin(body.pin):
            case "":
                pass
            case "pin_locked":
                raise ProblemError("pin_locked")
            case "pin_none":
                raise ProblemError("standby_not_ready")
            case _:
                raise ProblemError("pin_wrong")
        standing = await asyncio.to_thread(self._ready)
        self._permit, self._permitted = secrets.token_urlsafe(32), who
        self._until = self._clock() + PERMIT_S
        silent = self._post.silent_s or 0.0
        permit = Permit(
            permit=self._permit,
            person=who.person,
            silent_s=silent,
            shut_s=(standing.now - standing.since) / 1000 if standing.code == "shut" else None,
            behind=standing.behind,
            skipped=missed(silent),
        )
        return respond(_encode(permit))

    async def _take(self, request: web.Request) -> web.Response:
        """Second step."""
        body = await _body(request, TakeBody)
        who = self._permitted
        same = secrets.compare_digest(body.permit.encode(), self._permit.encode())
        if who is None or not same or self._clock() > self._until:
            raise ProblemError("permit_over")
        await asyncio.to_thread(self._ready)
        self._permit, self._permitted = "", None
        # Whoever asked may go away meanwhile: what has begun is brought to its end.
        by = By(kind="person", id=who.name, role=who.role.value, via="page")
        reply = await asyncio.shield(asyncio.ensure_future(self._post.take_over(by)))
        if reply.code:
            raise ProblemError("not_taken_over" if reply.code == "failed" else "standby_not_ready")
        return respond(_encode(Taken(head=reply.head, seconds=reply.seconds)))

    def _ready(self) -> StandingView:
        """Return how it stands, if the hub's place is free and this PC fit to take it."""
        standing = self.standing()
        if standing.lacks:
            raise ProblemError("standby_not_ready")
        if not standing.may_take:
            raise ProblemError("hub_alive")
        return standing


def _behind(stored: str, hub_head: str) -> int:
    if not stored or not hub_head:
        return 0
    here, there = Position.parse(stored), Position.parse(hub_head)
    return max(0, there.seq - here.seq) if here.epoch == there.epoch else there.seq


async def _body(request: web.Request, type_: type[Any]) -> Any:
    # Read before anything is refused: an answer to half a request costs its sender the connection.
    raw = await request.read()
    origin = request.headers.get("Origin")
    if origin is not None and not own_origin(request, origin):
        raise ProblemError("origin_refused")
    if request.content_type != "application/json":
        raise ProblemError("not_json")
    try:
        return msgspec.json.decode(raw, type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemError("body_invalid", fault(error, raw)) from None


def _guarded(handler: Handler) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ProblemError as error:
            return answer(error, choose(request.headers.get("Accept-Language", "")))

    return handle


async def _elsewhere(request: web.Request) -> web.StreamResponse:
    """Lead people to the page, whichever page of the hub they looked for; tell programs where they are."""
    if request.method in ("GET", "HEAD") and not request.path.startswith("/api"):
        wants_page = "text/html" in request.headers.get("Accept", "")
        if wants_page:
            raise web.HTTPSeeOther("/", headers=PAGE_HEADERS)
    return told(request, ProblemError("not_the_hub"))
