"""Routes of the roster: what holds, and a table that is looked at first and then taken."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from kioskd.access.roles import Role
from kioskd.hall import commands
from kioskd.hall.events import Event
from kioskd.hall.roster import DayRoster, rostered
from kioskd.hall.state import State
from kioskd.hub.roster_table import Entry, Fault, Understood, understand
from kioskd.web.asking import command, look
from kioskd.web.call import Call, respond
from kioskd.web.fields import BASE64, Date
from kioskd.web.language import Language
from kioskd.web.problem import ProblemError
from kioskd.web.rights import LEADING
from kioskd.web.route import API, Keep, Route, Summary
from kioskd.web.table_faults import FaultView, fault_view
from kioskd.web.tables import TableError, rows_of


class WeekQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A week by any of its days; left out: the present one."""

    week: Date | None = None


class TableBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A CSV or XLSX file in Base64. ``week`` is a day of the week that weekdays without a date are of."""

    content: Annotated[bytes, Meta(max_length=46_000, extra_json_schema=BASE64)]
    week: Date | None = None


class TakeBody(TableBody, frozen=True, kw_only=True):
    """``leave_out``: lines that are wrong are left out; else a table with any is refused."""

    leave_out: bool = False


class DayView(msgspec.Struct, frozen=True, kw_only=True):
    """A day. ``duty`` are tellers by window; ``imported``: by a lead, not from the settings."""

    date: str
    works: bool
    imported: bool
    duty: dict[str, str]
    leads: tuple[str, ...]
    on_call: tuple[str, ...]
    stand_ins: dict[str, str]


class RosterView(msgspec.Struct, frozen=True, kw_only=True):
    """A week, with the names of tellers by id and the windows in order."""

    monday: str
    today: str
    days: tuple[DayView, ...]
    windows: tuple[str, ...]
    tellers: dict[str, str]


class CheckView(msgspec.Struct, frozen=True, kw_only=True):
    """What a table was understood as."""

    entries: tuple[Entry, ...]
    faults: tuple[FaultView, ...]
    days: tuple[DayRoster, ...]
    tellers: dict[str, str]


async def show(call: Call) -> web.Response:
    """GET roster."""
    query: WeekQuery = call.query

    def see(state: State) -> RosterView:
        today = _today(state)
        return _week(state, _monday(query.week, today), today)

    return respond(msgspec.json.encode(await look(call, see)))


async def check(call: Call) -> web.Response:
    """POST roster/check: nothing is kept."""
    understood = await _read(call)
    language = call.language
    view = await look(call, lambda state: _check_view(state, understood, language))
    return respond(msgspec.json.encode(view))


async def take(call: Call) -> web.Response:
    """POST roster."""
    body: TakeBody = call.body
    understood = await _read(call)
    wrong = [fault for fault in understood.faults if fault.serious]
    if not understood.days or (wrong and not body.leave_out):
        first = wrong[0] if wrong else Fault(line=1, column="A", code="empty", value="")
        raise ProblemError("roster_wrong", {"line": first.line, "count": len(wrong)})
    week = date.fromisoformat(understood.days[0].date)

    def render(state: State, events: tuple[Event, ...]) -> tuple[int, RosterView]:
        return 200, _week(state, week - timedelta(days=week.weekday()), _today(state))

    return await command(call, commands.SetRoster(by=call.by, days=understood.days), render)


async def _read(call: Call) -> Understood:
    body: TableBody = call.body
    try:
        rows = await asyncio.to_thread(rows_of, body.content)
    except TableError:
        raise ProblemError("no_table") from None

    def see(state: State) -> Understood:
        if state.book is None:
            raise ProblemError("no_settings")
        today = _today(state)
        return understand(rows, state.book, _monday(body.week, today), today)

    return await look(call, see)


def _today(state: State) -> date:
    return date.fromisoformat(state.day.date) if state.day is not None else date(1970, 1, 5)


def _monday(day: date | None, today: date) -> date:
    known = day or today
    try:
        return known - timedelta(days=known.weekday())
    except OverflowError:
        raise ProblemError("bad_value", {"field": "week"}) from None


def _week(state: State, monday: date, today: date) -> RosterView:
    book = state.book
    if book is None:
        raise ProblemError("no_settings")
    try:
        dates = [monday + timedelta(days=n) for n in range(7)]
    except OverflowError:
        raise ProblemError("bad_value", {"field": "week"}) from None
    windows = tuple(window.id for window in book.rules.windows if window.enabled)
    return RosterView(
        monday=monday.isoformat(),
        today=today.isoformat(),
        days=tuple(_day(state, day, windows) for day in dates),
        windows=windows,
        tellers={teller.id: teller.name for teller in book.rules.tellers},
    )


def _day(state: State, day: date, windows: tuple[str, ...]) -> DayView:
    book = state.book
    assert book is not None
    known = state.roster.get(day.isoformat())
    at = {window: rostered(state.roster, book, window, day) for window in windows}
    return DayView(
        date=day.isoformat(),
        works=bool(book.plan(day)),
        imported=known is not None,
        duty={window: teller for window, teller in at.items() if teller is not None},
        leads=known.leads if known is not None else (),
        on_call=known.on_call if known is not None else (),
        stand_ins=known.stand_ins if known is not None else {},
    )


def _check_view(state: State, understood: Understood, language: Language) -> CheckView:
    assert state.book is not None
    return CheckView(
        entries=understood.entries,
        faults=tuple(
            fault_view("roster", fault, language, serious=fault.serious) for fault in understood.faults
        ),
        days=understood.days,
        tellers={teller.id: teller.name for teller in state.book.rules.tellers},
    )


ROUTES: tuple[Route, ...] = (
    Route(
        name="getRoster",
        method="GET",
        path=f"{API}/roster",
        roles=LEADING | {Role.TELLER, Role.GUIDE, Role.AUDITOR},
        handler=show,
        summary=Summary("一周的排班", "The roster of a week"),
        answers={200: RosterView},
        query=WeekQuery,
        problems=("bad_value",),
    ),
    Route(
        name="checkRoster",
        method="POST",
        path=f"{API}/roster/check",
        roles=LEADING,
        handler=check,
        summary=Summary("先看一份排班表读出了什么", "What a roster's table is understood as"),
        body=TableBody,
        answers={200: CheckView},
        problems=("no_table", "bad_value"),
        needs_key=False,
    ),
    Route(
        name="setRoster",
        method="POST",
        path=f"{API}/roster",
        roles=LEADING,
        handler=take,
        summary=Summary("导入排班表", "Take a roster from a table"),
        body=TakeBody,
        answers={200: RosterView},
        problems=("no_table", "roster_wrong", "bad_value"),
        keep=Keep.DAYS_2,
    ),
)
"""Rows of the route table about the roster."""
