"""Routes of figures: a day, a range of days, the daily journal, and what an auditor should look at."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import Meta

from kioskd.access.roles import Role
from kioskd.figures import ranges
from kioskd.figures.anomalies import Anomaly
from kioskd.figures.days import SIGNED, Signature
from kioskd.figures.model import Figures
from kioskd.figures.ranges import By, HeatCell
from kioskd.hall.commands import NoteAudit
from kioskd.hall.rules import Name, Rules
from kioskd.hall.state import State
from kioskd.journal.records import Position
from kioskd.web import figures_export as export
from kioskd.web.asking import command, look, note
from kioskd.web.call import Call, respond
from kioskd.web.fields import Date, Line
from kioskd.web.headers import HEADERS
from kioskd.web.language import Language
from kioskd.web.problem import ProblemError

MOST_DAYS = 800
"""Longest range that is answered."""

_Judged = Literal["", "well", "lacking"]
_Number = Annotated[int, Meta(ge=0, le=1_000_000)]


class DayQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``date`` is a business day; left out: the present one."""

    date: Date | None = None


class DatesQuery(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"first": "from", "last": "to"},
):
    """Business days ``from`` … ``to``, both included; at most 800."""

    first: Date
    last: Date


class RangeQuery(DatesQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``by`` makes the rows."""

    by: By = By.DAY


class ExportQuery(RangeQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``language`` of the headings; left out: the reader's."""

    language: Language | None = None


class RangeLine(msgspec.Struct, frozen=True, kw_only=True):
    """One row. ``key`` is an id, an hour or a date; ``name`` is what people call it today, if it has one."""

    key: str
    name: Name | None
    figures: Figures


class RangeFigures(msgspec.Struct, frozen=True, kw_only=True, rename={"first": "from", "last": "to"}):
    """Figures of a range of days. ``days`` had business; ``through`` is the last journal position counted.

    Percentiles are those of the durations to the nearest second, so they are true to half a second.
    """

    first: str
    last: str
    by: By
    days: int
    through: str
    total: Figures
    rows: tuple[RangeLine, ...]


class AnomalyLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something to look at, and the business day it stands in."""

    date: str
    anomaly: Anomaly


class SignatureView(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-off: by whom and when (UTC milliseconds), what was signed, how conduct was."""

    position: str
    by: str
    wall: int
    served: int
    items: int
    materials: int
    scans: int
    discipline: str
    appearance: str
    attitude: str
    premises: str
    note: str


class DayJournal(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the daily journal. The newest of ``signatures`` (oldest first) is what counts; ``changed``:
    the figures are no longer those that were signed.
    """

    date: str
    closed: bool
    served: int
    items: int
    materials: int
    scans: int
    changed: bool
    signatures: tuple[SignatureView, ...]


class SignBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The figures that are signed, as they were read, and conduct: 工作纪律, 仪容仪表, 服务态度, 环境秩序."""

    served: _Number
    items: _Number
    materials: _Number
    scans: _Number
    discipline: _Judged = ""
    appearance: _Judged = ""
    attitude: _Judged = ""
    premises: _Judged = ""
    note: Line = ""


async def day(call: Call) -> web.Response:
    """GET figures/day."""

    def see(state: State) -> tuple[str, Rules | None]:
        return state.day.date if state.day is not None else "", state.rules

    today, rules = await look(call, see)
    query: DayQuery = call.query
    date = query.date.isoformat() if query.date is not None else today
    figures = await call.site.history.day(date, rules)
    if figures is None:
        raise ProblemError("no_figures", {"date": date})
    return respond(msgspec.json.encode(figures))


async def over_range(call: Call) -> web.Response:
    """GET figures/range. A teller sees their own days only."""
    return respond(msgspec.json.encode(await _range(call)))


async def as_csv(call: Call) -> web.Response:
    """GET figures/range.csv."""
    return await _file(call, "csv", export.CSV, export.to_csv)


async def as_xlsx(call: Call) -> web.Response:
    """GET figures/range.xlsx."""
    return await _file(call, "xlsx", export.XLSX, export.to_xlsx)


async def heat(call: Call) -> web.Response:
    """GET figures/heat."""
    query: DatesQuery = call.query
    first, last = _dates(query)
    store = await call.site.rollups.current()

    def work() -> list[HeatCell]:
        with store.look() as connection:
            return ranges.heat(connection, first, last)

    return respond(msgspec.json.encode(await asyncio.to_thread(work)))


async def anomalies(call: Call) -> web.Response:
    """GET figures/anomalies."""
    query: DatesQuery = call.query
    first, last = _dates(query)
    store = await call.site.rollups.current()
    found = await asyncio.to_thread(store.anomalies, first, last)
    return respond(msgspec.json.encode([AnomalyLine(date=date, anomaly=one) for date, one in found]))


async def day_journals(call: Call) -> web.Response:
    """GET figures/days."""
    query: DatesQuery = call.query
    return respond(msgspec.json.encode(await _journals(call, *_dates(query))))


async def sign(call: Call) -> web.Response:
    """POST figures/days/{date}/sign. Signing again amends; both stay visible."""
    body: SignBody = call.body
    date = call.path("date")
    journals = await _journals(call, date, date)
    if not journals:
        raise ProblemError("no_figures", {"date": date})
    (present,) = journals
    if (body.served, body.items, body.materials, body.scans) != _signed(present):
        raise ProblemError("figures_changed", {"date": date})
    params = {name: value for name, value in msgspec.to_builtins(body).items() if value != ""}
    wanted = NoteAudit(by=call.by, action=SIGNED, subject=date, params=params)
    return await command(call, wanted, lambda state, events: (204, None))


async def _range(call: Call) -> RangeFigures:
    query: RangeQuery = call.query
    first, last = _dates(query)
    by, teller = query.by, None
    if call.principal.role is Role.TELLER:
        teller = call.principal.teller
        if by is not By.DAY or teller is None:
            raise ProblemError("own_days_only")
    store = await call.site.rollups.current()

    def work() -> tuple[int, int, Figures, list[ranges.RangeRow]]:
        with store.look() as connection:
            return (
                len(ranges.dates(connection, first, last)),
                ranges.through(connection),
                ranges.total(connection, first, last, teller),
                ranges.rows(connection, by, first, last, teller),
            )

    days, through, total, rows = await asyncio.to_thread(work)
    names = await look(call, lambda state: _names(state, by))
    return RangeFigures(
        first=first,
        last=last,
        by=by,
        days=days,
        through=str(Position.from_number(through)),
        total=total,
        rows=tuple(RangeLine(key=row.key, name=names.get(row.key), figures=row.figures) for row in rows),
    )


async def _file(call: Call, suffix: str, media_type: str, made: export.Maker) -> web.Response:
    query: ExportQuery = call.query
    figures = await _range(call)
    await note(call, "figures.exported", f"{query.first} {query.last}", by=query.by.value, format=suffix)
    table = export.table(
        figures.by,
        [(line.key, line.name, line.figures) for line in figures.rows],
        figures.total,
        query.language or call.language,
    )
    raw = await asyncio.to_thread(made, table)
    name = f"kioskd-{query.first}-{query.last}-{query.by.value}.{suffix}"
    headers = {
        **HEADERS,
        "Content-Type": media_type,
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return web.Response(body=raw, headers=headers)


async def _journals(call: Call, first: str, last: str) -> list[DayJournal]:
    store = await call.site.rollups.current()

    def work() -> tuple[list[tuple[str, bool]], dict[str, Figures], list[Signature]]:
        signatures = store.signatures(first, last)
        with store.look() as connection:
            days = ranges.dates(connection, first, last)
            rows = ranges.rows(connection, By.DAY, first, last)
            return days, {row.key: row.figures for row in rows}, signatures

    days, figures, signatures = await asyncio.to_thread(work)
    journals = []
    for date, closed in days:
        row = figures.get(date)
        signed = tuple(_signature(one) for one in signatures if one.date == date)
        journal = DayJournal(
            date=date,
            closed=closed,
            served=row.served if row else 0,
            items=row.items if row else 0,
            materials=row.materials if row else 0,
            scans=row.scans if row else 0,
            changed=False,
            signatures=signed,
        )
        if signed and _signed(journal) != _signed(signed[-1]):
            journal = msgspec.structs.replace(journal, changed=True)
        journals.append(journal)
    return journals


def _signed(of: DayJournal | SignatureView) -> tuple[int, int, int, int]:
    return of.served, of.items, of.materials, of.scans


def _signature(one: Signature) -> SignatureView:
    def number(name: str) -> int:
        value = one.params.get(name)
        return value if isinstance(value, int) else 0

    def text(name: str) -> str:
        return str(one.params.get(name) or "")

    return SignatureView(
        position=str(one.position),
        by=one.by,
        wall=one.wall,
        served=number("served"),
        items=number("items"),
        materials=number("materials"),
        scans=number("scans"),
        discipline=text("discipline"),
        appearance=text("appearance"),
        attitude=text("attitude"),
        premises=text("premises"),
        note=text("note"),
    )


def _dates(query: DatesQuery) -> tuple[str, str]:
    if not 0 <= (query.last - query.first).days < MOST_DAYS:
        raise ProblemError("bad_dates", {"days": MOST_DAYS})
    return query.first.isoformat(), query.last.isoformat()


def _names(state: State, by: By) -> dict[str, Name]:
    rules = state.rules
    if rules is None:
        return {}
    if by is By.SERVICE:
        return {service.code: service.name for service in rules.services}
    if by is By.QUEUE:
        return {queue.id: queue.name for queue in rules.queues}
    if by is By.ZONE:
        return {zone.id: zone.name for zone in rules.zones}
    if by is By.TELLER:
        return {teller.id: Name(zh=teller.name, en=teller.name) for teller in rules.tellers}
    if by is By.WINDOW:
        return {window.id: window.name for window in rules.windows if window.name is not None}
    return {}
