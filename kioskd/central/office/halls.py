"""Halls side by side, and one of them closely."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec
from aiohttp import web
from sqlalchemy import func, select

from kioskd.central.citizens import STALE_MS
from kioskd.central.database import Running
from kioskd.central.naming import Names
from kioskd.central.office.accounts import noted
from kioskd.central.office.counting import Counting
from kioskd.central.office.door import Asked, Door, respond
from kioskd.central.office.tables import DAY, POOR
from kioskd.central.schema import HALL
from kioskd.figures.anomalies import Anomaly
from kioskd.figures.model import DayFigures, Figures
from kioskd.hall.poor import PoorState
from kioskd.hall.rules import Name, Rules
from kioskd.sync.status import HallStatus, QueueStatus, WindowsStatus
from kioskd.web.fields import Date
from kioskd.web.problem import ProblemError

NOTE_MS = 15 * 60_000

_status = msgspec.json.Decoder(HallStatus)


class HallRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A hall among the others. Times are UTC milliseconds.

    ``link`` is ``never`` (it has not joined), ``going``, ``late`` (it said nothing for a while: ``at`` is the
    last time) or ``diverged`` (its log contradicts what is here, a person must look). ``behind`` is how many
    events the hall had, when it last spoke, that had not arrived. ``figures`` are those of ``date`` so far.
    ``name_en`` is what the hall's own rules call it in English.
    """

    id: str
    name: str
    link: str
    at: int | None = None
    behind: int = 0
    open: bool = False
    waiting: int = 0
    low: int | None = None
    high: int | None = None
    windows: WindowsStatus = WindowsStatus()
    devices: int = 0
    down: tuple[str, ...] = ()
    date: str | None = None
    figures: Figures | None = None
    poor: int = 0
    overdue: int = 0
    name_en: str = ""


class HallsView(msgspec.Struct, frozen=True, kw_only=True):
    """All halls; ``now`` is this server's clock."""

    now: int
    halls: tuple[HallRow, ...]


class HallView(msgspec.Struct, frozen=True, kw_only=True):
    """One hall: its row, queues as they stand, the figures of a day, and which days there are.

    ``names`` are what the hall's settings call queues, windows, tellers and services, by id.
    """

    hall: HallRow
    queues: tuple[QueueStatus, ...]
    date: str | None
    dates: tuple[str, ...]
    figures: DayFigures | None
    anomalies: tuple[Anomaly, ...]
    names: dict[str, dict[str, Name]]


class DayQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which day; the newest where none is named."""

    date: Date | None = None


class Halls:
    """The routes."""

    def __init__(self, door: Door, counting: Counting) -> None:
        self._door = door
        self._counting = counting
        self._noted: dict[tuple[str, str, str], int] = {}
        self._names = Names(door.database)

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/api/v1/office/halls", self._door.guard(self._all))
        app.router.add_get("/api/v1/office/halls/{hall}", self._door.guard(self._one))

    async def _all(self, asked: Asked) -> web.StreamResponse:
        self._counting.look()
        now = self._door.wall()
        rows = await self._door.database.read(partial(hall_rows, local_date(now)))
        english = await self._names.english()
        return respond(HallsView(now=now, halls=tuple(self._row(row, now, english) for row in rows)))

    async def _one(self, asked: Asked) -> web.StreamResponse:
        self._counting.look()
        hall, now = asked.request.match_info["hall"], self._door.wall()
        rows = await self._door.database.read(partial(hall_rows, local_date(now), hall))
        if not rows:
            raise ProblemError("not_found")
        if self._counting.hall(hall) is None:
            await self._counting.catch_up()
        known, today = self._counting.hall(hall), self._counting.today(hall)
        wanted = asked.query(DayQuery).date
        date = wanted.isoformat() if wanted is not None else None if today is None else today.date
        day = None if date is None else await self._counting.day(hall, date)
        dates = set(await self._door.database.read(partial(days_kept, hall)))
        if today is not None:
            dates.add(today.date)
        await self._note(asked, hall, date or "", now)
        status = rows[0].status
        return respond(
            HallView(
                hall=self._row(rows[0], now, await self._names.english()),
                queues=() if status is None else _status.decode(status).queues,
                date=date,
                dates=tuple(sorted(dates, reverse=True)),
                figures=None if day is None else day.figures,
                anomalies=() if day is None else day.anomalies,
                names={} if known is None or known.rules is None else names(known.rules),
            )
        )

    async def _note(self, asked: Asked, hall: str, date: str, now: int) -> None:
        """Note who looks at whose work before it is shown; a page that shows the same again, once a while."""
        look = (asked.visit.id, hall, date)
        if now - self._noted.get(look, -NOTE_MS) < NOTE_MS:
            return
        who = asked.who
        await self._door.database.write(
            partial(noted, now, who.name, who.role.value, "hall.viewed", hall, {"date": date})
        )
        self._noted = {one: at for one, at in self._noted.items() if now - at < NOTE_MS}
        self._noted[look] = now

    def _row(self, row: HallFacts, now: int, english: Mapping[str, str]) -> HallRow:
        today = self._counting.today(row.id)
        shown = HallRow(
            id=row.id,
            name=row.name,
            link="never" if row.heard is None else "going",
            at=row.heard,
            date=None if today is None else today.date,
            figures=None if today is None else today.figures.total,
            poor=row.poor,
            overdue=row.overdue,
            name_en=english.get(row.id, ""),
        )
        if row.quarantined is not None:
            shown = msgspec.structs.replace(shown, link="diverged")
        elif row.heard is not None and now - row.heard > STALE_MS:
            shown = msgspec.structs.replace(shown, link="late")
        if row.status is None:
            return shown
        status = _status.decode(row.status)
        waits = [q for q in status.queues if q.low is not None and q.waiting]
        end = status.end
        behind = 0
        if end is not None and (end.epoch, end.seq) >= (row.epoch, row.next):
            behind = end.seq - (row.next if end.epoch == row.epoch else 1) + 1
        return msgspec.structs.replace(
            shown,
            behind=behind,
            open=status.open,
            waiting=status.waiting,
            low=min((q.low for q in waits if q.low is not None), default=None),
            high=max((q.high for q in waits if q.high is not None), default=None),
            windows=status.windows,
            devices=status.devices,
            down=status.down,
        )


class HallFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the database knows of a hall."""

    id: str
    name: str
    epoch: int
    next: int
    heard: int | None
    status: bytes | None
    quarantined: int | None
    poor: int
    overdue: int


def hall_rows(today: str, hall: str = "") -> Running[list[HallFacts]]:
    """Return what is known of every hall, or of one, by name."""
    open_ = POOR.c.state != PoorState.CLOSED.value
    poor = dict[str, int]()
    for row in (yield select(POOR.c.hall, func.count().label("n")).where(open_).group_by(POOR.c.hall)):
        poor[row.hall] = row.n
    late = dict[str, int]()
    overdue = select(POOR.c.hall, func.count().label("n")).where(open_, POOR.c.due < today)
    for row in (yield overdue.group_by(POOR.c.hall)):
        late[row.hall] = row.n
    wanted = select(HALL).order_by(HALL.c.name, HALL.c.id)
    rows = yield wanted.where(HALL.c.id == hall) if hall else wanted
    return [
        HallFacts(
            id=row.id,
            name=row.name,
            epoch=row.epoch,
            next=row.next,
            heard=row.heard,
            status=row.status,
            quarantined=row.quarantined,
            poor=poor.get(row.id, 0),
            overdue=late.get(row.id, 0),
        )
        for row in rows
    ]


def days_kept(hall: str) -> Running[list[str]]:
    """Return the dates of a hall's days that are over."""
    rows = yield select(DAY.c.date).where(DAY.c.hall == hall)
    return [row.date for row in rows]


def names(rules: Rules) -> dict[str, dict[str, Name]]:
    """Return what a hall's settings call things, by kind and id."""
    return {
        "queue": {queue.id: queue.name for queue in rules.queues},
        "service": {service.code: service.name for service in rules.services},
        "teller": {teller.id: Name(zh=teller.name, en=teller.name) for teller in rules.tellers},
        "window": {
            window.id: Name(zh=f"{window.id}号窗口", en=f"Window {window.id}") for window in rules.windows
        },
    }


def local_date(wall: int) -> str:
    """Return the date in China at an instant: one zone for all halls."""
    return (datetime.fromtimestamp(wall / 1000, UTC) + timedelta(hours=8)).strftime("%Y-%m-%d")
