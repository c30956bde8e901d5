"""What anybody may ask of the city: which halls there are, how long one waits, where one's ticket stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import msgspec
from aiohttp import web
from sqlalchemy import select

from kioskd.central import remote
from kioskd.central.asker import asker
from kioskd.central.database import Database, Running
from kioskd.central.guesses import Guesses
from kioskd.central.naming import Names
from kioskd.central.schema import HALL
from kioskd.central.server import answer, problem, wall_ms
from kioskd.sync.status import HallStatus, PlaceStatus, QueueStatus, ticket_digest

STALE_MS = 120_000
"""A hall that has said nothing for so long is out of reach: what it said last is shown with its time."""

WRONG = 30
"""Codes of no ticket that one address may ask for in a minute: pages look again when a ticket is done."""

_status = msgspec.json.Decoder(HallStatus)


class HallShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """A hall. ``at`` is when it said this (UTC milliseconds); ``stale``: it is out of reach since then.

    ``remote_min``: numbers are given by phone; the slip must be printed in the hall within so many minutes.
    ``name_en`` is what the hall's own rules call it in English.
    """

    id: str
    name: str
    stale: bool
    at: int | None = None
    open: bool = False
    waiting: int = 0
    notice: dict[str, str] | None = None
    queues: tuple[QueueStatus, ...] = ()
    remote_min: int | None = None
    name_en: str = ""


class PlaceShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """A ticket in its hall."""

    hall: HallShown
    place: PlaceStatus


def all_halls() -> Running[list[tuple[str, str, bytes | None, int | None]]]:
    """Return id, name, last status and its time of every hall."""
    columns = (HALL.c.id, HALL.c.name, HALL.c.status, HALL.c.status_at)
    rows = yield select(*columns).order_by(HALL.c.name, HALL.c.id)
    return [(row.id, row.name, row.status, row.status_at) for row in rows]


def one_hall(hall: str) -> Running[tuple[str, bytes | None, int | None] | None]:
    """Return name, last status and its time of a hall; None where there is none."""
    rows = yield select(HALL.c.name, HALL.c.status, HALL.c.status_at).where(HALL.c.id == hall)
    return (rows[0].name, rows[0].status, rows[0].status_at) if rows else None


def mount(database: Database, wall: Callable[[], int] = wall_ms) -> Callable[[web.Application], None]:
    """Return what adds the public routes to an application."""
    wrong = Guesses(free=WRONG)
    names = Names(database)

    def shown(
        hall: str, name: str, data: bytes | None, at: int | None, english: Mapping[str, str], *, whole: bool
    ) -> HallShown:
        name_en = english.get(hall, "")
        if data is None or at is None:
            return HallShown(hall, name, stale=True, name_en=name_en)
        status = _status.decode(data)
        notice = None if status.notice is None else {"zh": status.notice.zh, "en": status.notice.en}
        return HallShown(
            hall,
            name,
            stale=wall() - at > STALE_MS,
            at=at,
            open=status.open,
            waiting=status.waiting,
            notice=notice,
            queues=status.queues if whole else (),
            name_en=name_en,
        )

    async def handle_halls(_: web.Request) -> web.Response:
        rows = await database.read(all_halls)
        english = await names.english()
        return answer({"halls": [shown(*row, english, whole=False) for row in rows]})

    async def handle_hall(request: web.Request) -> web.Response:
        hall = request.match_info["hall"]
        found = await database.read(partial(one_hall, hall))
        if found is None:
            return problem(404, "unknown_hall")
        rules = await database.read(partial(remote.remote_rules, hall))
        by_phone = rules.policy.ticketing
        minutes = by_phone.remote_min if by_phone.remote_most else None
        here = shown(hall, *found, await names.english(), whole=True)
        return answer(msgspec.structs.replace(here, remote_min=minutes))

    async def handle_ticket(request: web.Request) -> web.Response:
        hall, who = request.match_info["hall"], asker(request)
        if not wrong.may(who):
            return problem(429, "too_many_attempts", retry_after=60)
        found = await database.read(partial(one_hall, hall))
        if found is None:
            return problem(404, "unknown_hall")
        if found[1] is None:
            return problem(404, "unknown_ticket")
        code = ticket_digest(request.match_info["code"])
        place = _status.decode(found[1]).places.get(code)
        if place is None:
            wish = await database.read(partial(remote.standing, hall, code, wall()))
            place = None if wish is None else PlaceStatus("", "", wish)
        if place is None:
            wrong.failed(who)
            return problem(404, "unknown_ticket")
        return answer(PlaceShown(shown(hall, *found, await names.english(), whole=True), place))

    def add(app: web.Application) -> None:
        app.router.add_get("/api/v1/halls", handle_halls)
        app.router.add_get("/api/v1/halls/{hall}", handle_hall)
        app.router.add_get("/api/v1/halls/{hall}/tickets/{code}", handle_ticket)

    return add
