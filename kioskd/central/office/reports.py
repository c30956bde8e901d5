"""What is looked into across halls: anomalies, the month's workbook, and who looked at what."""

from __future__ import annotations

import asyncio
import io
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import Meta, structs
from sqlalchemy import select

from kioskd.central.database import Running
from kioskd.central.export import outbox
from kioskd.central.naming import Names
from kioskd.central.office.accounts import noted
from kioskd.central.office.counting import Counted, Counting, kept_days
from kioskd.central.office.door import LOOKING_AFTER, WORKING, Asked, Door, respond
from kioskd.central.office.halls import local_date
from kioskd.central.office.poor import PoorItem, items
from kioskd.central.office.tables import NOTED
from kioskd.central.schema import HALL
from kioskd.figures.anomalies import Anomaly
from kioskd.figures.model import Durations, Figures
from kioskd.figures.tally import GOOD, share
from kioskd.web.fields import Date
from kioskd.web.figures_export import XLSX
from kioskd.web.headers import HEADERS
from kioskd.web.language import Language
from kioskd.web.pages import sentences
from kioskd.web.problem import ProblemError

LONGEST_DAYS = 92
FOLDER = "office_reports"


class RangeQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From ``first`` to ``last``; one ``hall`` or all, one ``audit_class`` or all."""

    first: Date
    last: Date
    hall: str = ""
    audit_class: str = ""


class NotedQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The newest ``limit`` notes before an instant (UTC milliseconds)."""

    before: int | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class AnomalyRow(msgspec.Struct, frozen=True, kw_only=True):
    """An anomaly of a hall on a business day."""

    hall: str
    hall_name: str
    date: str
    anomaly: Anomaly
    person: str = ""
    hall_name_en: str = ""


class NotedRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who did or looked at what; ``at`` UTC milliseconds."""

    at: int
    name: str
    role: str
    action: str
    subject: str
    params: dict[str, Any]


class Reports:
    """The routes."""

    def __init__(self, door: Door, counting: Counting) -> None:
        self._door = door
        self._counting = counting
        self._names = Names(door.database)

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        guard = self._door.guard
        app.router.add_get("/api/v1/office/anomalies", guard(self._anomalies))
        app.router.add_get("/api/v1/office/months/{month:\\d{4}-\\d{2}}.xlsx", guard(self._month))
        app.router.add_get("/api/v1/office/export", guard(self._export))
        app.router.add_post("/api/v1/office/export/retry", guard(self._retry, WORKING))
        app.router.add_get("/api/v1/office/noted", guard(self._noted, LOOKING_AFTER))

    async def _anomalies(self, asked: Asked) -> web.StreamResponse:
        self._counting.look()
        query = asked.query(RangeQuery)
        days = await self._days(query.first, query.last, query.hall)
        halls = await self._door.database.read(_names)
        english = await self._names.english()
        rows = [
            AnomalyRow(
                hall=hall,
                hall_name=halls.get(hall, hall),
                hall_name_en=english.get(hall, ""),
                date=day.date,
                anomaly=anomaly,
                person=self._person(hall, anomaly.teller),
            )
            for hall, day in days
            for anomaly in day.anomalies
            if query.audit_class in ("", anomaly.audit_class.value)
        ]
        rows.sort(key=lambda row: row.anomaly.wall, reverse=True)
        await self._note(asked, "anomalies.viewed", f"{query.first}/{query.last}")
        return respond(rows[:2000])

    async def _month(self, asked: Asked) -> web.StreamResponse:
        month = asked.request.match_info["month"]
        try:
            first = date.fromisoformat(f"{month}-01")
        except ValueError:
            raise ProblemError("bad_dates", {"days": LONGEST_DAYS}) from None
        last = first.replace(day=monthrange(first.year, first.month)[1])
        await self._counting.catch_up()
        days = await self._days(first, last)
        halls = await self._door.database.read(_names)
        today = local_date(self._door.wall())
        poor = await self._door.database.read(partial(items, "all", today))
        poor = [item for item in poor if item.date.startswith(month)]
        if asked.language is Language.EN:
            halls |= await self._names.english()
            poor = [structs.replace(item, hall_name=halls.get(item.hall, item.hall_name)) for item in poor]
        await self._note(asked, "month.fetched", month)
        made = await asyncio.to_thread(workbook, month, halls, days, poor, asked.language)
        name = f'attachment; filename="halls-{month}.xlsx"'
        headers = {**HEADERS, "Content-Type": XLSX, "Content-Disposition": name}
        return web.Response(body=made, headers=headers)

    async def _export(self, asked: Asked) -> web.StreamResponse:
        return respond(await self._door.database.read(outbox.standing))

    async def _retry(self, asked: Asked) -> web.StreamResponse:
        count = await self._door.database.write(partial(outbox.retry, self._door.wall()))
        await self._note(asked, "export.retried", str(count))
        return respond({"count": count})

    async def _noted(self, asked: Asked) -> web.StreamResponse:
        query = asked.query(NotedQuery)
        before = query.before if query.before is not None else self._door.wall() + 1
        return respond(await self._door.database.read(partial(notes, before, query.limit)))

    async def _days(self, first: date, last: date, hall: str = "") -> list[tuple[str, Counted]]:
        """Return the days of a range, those that are not over yet too."""
        if not 0 <= (last - first).days < LONGEST_DAYS:
            raise ProblemError("bad_dates", {"days": LONGEST_DAYS})
        since, until = first.isoformat(), last.isoformat()
        days = await self._door.database.read(partial(kept_days, since, until, hall))
        for name in await self._door.database.read(_names):
            today = self._counting.today(name)
            if hall in ("", name) and today is not None and since <= today.date <= until:
                days = [(h, day) for h, day in days if (h, day.date) != (name, today.date)]
                days.append((name, today))
        return days

    def _person(self, hall: str, teller: str) -> str:
        known = self._counting.hall(hall)
        if known is None or known.rules is None:
            return ""
        return next((one.name for one in known.rules.tellers if one.id == teller), "")

    async def _note(self, asked: Asked, action: str, subject: str) -> None:
        who = asked.who
        await self._door.database.write(
            partial(noted, self._door.wall(), who.name, who.role.value, action, subject)
        )


def _names() -> Running[dict[str, str]]:
    rows = yield select(HALL.c.id, HALL.c.name).order_by(HALL.c.name, HALL.c.id)
    return {row.id: row.name for row in rows}


def notes(before: int, limit: int) -> Running[list[NotedRow]]:
    """Return the newest notes before an instant."""
    rows = yield select(NOTED).where(NOTED.c.at < before).order_by(NOTED.c.at.desc()).limit(limit)
    return [
        NotedRow(
            at=row.at,
            name=row.name,
            role=row.role,
            action=row.action,
            subject=row.subject,
            params=msgspec.json.decode(row.params),
        )
        for row in rows
    ]


# --- the month ----------------------------------------------------------------------------------

_COLUMNS = (
    "days", "tickets", "served", "items", "materials", "wait_mean", "wait_within", "service_mean",
    "service_within", "no_shows", "transfers", "very_good", "good", "fair", "poor_level", "very_poor",
    "missed", "good_rate", "active_good_rate", "missed_rate",
)  # fmt: skip
_SUMS = ("tickets", "served", "items", "materials", "no_shows", "transfers")
_SHARES = frozenset({"wait_within", "service_within", "good_rate", "active_good_rate", "missed_rate"})


def together(days: Iterable[Figures]) -> dict[str, float | int | None]:
    """Lay days of a hall together: sums, means over all visits, shares of the whole."""
    sums: defaultdict[str, float] = defaultdict(float)
    levels: defaultdict[int, int] = defaultdict(int)
    for day in days:
        sums["days"] += 1
        for name in _SUMS:
            sums[name] += getattr(day, name)
        for name, spread in (("wait", day.wait), ("service", day.service)):
            _lay(sums, name, spread)
        for level, count in day.ratings.levels.items():
            levels[level] += count
        sums["missed"] += day.ratings.missed
    given, missed = sum(levels.values()), int(sums["missed"])
    good = sum(levels[level] for level in GOOD)
    made: dict[str, float | int | None] = {name: int(sums[name]) for name in ("days", *_SUMS)}
    for name in ("wait", "service"):
        visits = sums[f"{name}_count"]
        made[f"{name}_mean"] = round(sums[f"{name}_s"] / visits / 60, 1) if visits else None
        made[f"{name}_within"] = round(sums[f"{name}_in"] / visits, 4) if visits else None
    for level, name in ((5, "very_good"), (4, "good"), (3, "fair"), (2, "poor_level"), (1, "very_poor")):
        made[name] = levels[level]
    made["missed"] = missed
    made["good_rate"] = share(good, given + missed)
    made["active_good_rate"] = share(good, given)
    made["missed_rate"] = share(missed, given + missed)
    return made


def _lay(sums: defaultdict[str, float], name: str, spread: Durations) -> None:
    sums[f"{name}_count"] += spread.count
    sums[f"{name}_s"] += (spread.mean_s or 0.0) * spread.count
    sums[f"{name}_in"] += (spread.within or 0.0) * spread.count


def workbook(
    month: str,
    halls: dict[str, str],
    days: list[tuple[str, Counted]],
    poor: list[PoorItem],
    language: Language,
) -> bytes:
    """Return the month as a workbook: halls, their days, anomalies, bad ratings."""
    say = sentences(FOLDER, language)
    import xlsxwriter  # heavy, and few ask for a workbook

    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        percent = book.add_format({"num_format": "0.0%"})

        def sheet(title: str, heading: list[str], rows: list[list[Any]], shares: set[int]) -> None:
            page = book.add_worksheet(title[:31])
            for column, text in enumerate(heading):
                page.write_string(0, column, text, bold)
            for line, row in enumerate(rows, 1):
                for column, value in enumerate(row):
                    if isinstance(value, str):
                        page.write_string(line, column, value)
                    elif value is not None:
                        page.write_number(line, column, value, percent if column in shares else None)
            page.set_column(0, len(heading) - 1, 11)
            page.set_column(0, 0, 24)
            page.freeze_panes(1, 1)

        by_hall: defaultdict[str, list[Figures]] = defaultdict(list)
        for hall, day in days:
            by_hall[hall].append(day.figures.total)
        columns = [say[f"month.{name}"] for name in _COLUMNS]
        rows: list[list[Any]] = []
        for hall, name in halls.items():
            laid = together(by_hall[hall])
            rows.append([name, *(laid[column] for column in _COLUMNS)])
        laid = together(day for _, one in days for day in (one.figures.total,))
        rows.append([say["month.total"], *(laid[column] for column in _COLUMNS)])
        shares = {n + 1 for n, name in enumerate(_COLUMNS) if name in _SHARES}
        sheet(f"{month} {say['month.halls']}", [say["hall"], *columns], rows, shares)
        rows = []
        for hall, day in sorted(days, key=lambda one: (halls.get(one[0], one[0]), one[1].date)):
            laid = together([day.figures.total])
            rows.append([halls.get(hall, hall), day.date, *(laid[column] for column in _COLUMNS[1:])])
        sheet(say["month.days_sheet"], [say["hall"], say["date"], *columns[1:]], rows, shares)
        found = [
            [halls.get(hall, hall), day.date, say[f"class.{a.audit_class.value}"], say[f"kind.{a.kind}"],
             a.number, a.window, a.teller, a.value]
            for hall, day in days
            for a in day.anomalies
        ]  # fmt: skip
        heads = [say[key] for key in ("hall", "date", "class", "kind", "number", "window", "teller", "value")]
        sheet(say["month.anomalies"], heads, found, set())
        bad = [
            [p.hall_name, p.date, p.number, p.window, p.level, say[f"state.{p.state}"], p.due,
             say["yes"] if p.overdue else "", say.get(f"outcome.{p.outcome}", p.outcome)]
            for p in poor
        ]  # fmt: skip
        heads = [
            say[key]
            for key in ("hall", "date", "number", "window", "level", "state", "due", "overdue", "outcome")
        ]
        sheet(say["month.poor"], heads, bad, set())
    return raw.getvalue()
