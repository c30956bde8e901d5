"""How long what is kept, by kind, and the nightly run that deletes what was kept long enough.

Nothing personal is in a hall's log: events name a citizen's words, phone or picture by reference and salted
digest, and the hall's vault deletes the value and the salt. So erasing never touches the log, and its chain
goes on proving what is left. A log is shortened from its beginning only, whole days at a time, after their
figures are kept; the last event of what goes stays, so that the chain of the rest still has where it begins.
"""

from __future__ import annotations

import asyncio
import contextlib
import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import msgspec
import structlog
from msgspec import Meta
from sqlalchemy import Table, and_, delete, func, or_, select, update

from kioskd.central.database import Database, Running
from kioskd.central.export.outbox import FACTS, FACTS_MS, PARCEL, SENT, WITHDRAWN
from kioskd.central.loops import Loop
from kioskd.central.office.accounts import noted
from kioskd.central.office.tables import ALARM, DAY, NOTED, POOR
from kioskd.central.schema import APPOINTMENT, EVENT, HALL, PERSON_DAY
from kioskd.central.shared import SHARED
from kioskd.hall.poor import PoorState
from kioskd.sync.status import HallStatus

DAY_MS = 24 * 3600 * 1000
CHINA = timedelta(hours=8)
AT = time(2, 30)
"""When the nightly run begins, in China: halls sleep, backups have been made."""

FILE = "retention.toml"

log = structlog.get_logger(__name__)


class Periods(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``retention.toml`` of the data folder: days that each kind is kept, every one with a default.

    ``records`` (who looked at what) may not be under six months, ``log`` not under a year;
    ``appointments`` reach as far back as no-shows count. ``places`` are the open tickets in what a hall said
    last, of a hall that has been silent.
    """

    log: Annotated[int, Meta(ge=365, le=36500)] = 1095
    figures: Annotated[int, Meta(ge=365, le=36500)] = 3650
    poor: Annotated[int, Meta(ge=365, le=36500)] = 1095
    records: Annotated[int, Meta(ge=184, le=36500)] = 400
    parcels: Annotated[int, Meta(ge=30, le=36500)] = 400
    appointments: Annotated[int, Meta(ge=100, le=3650)] = 120
    places: Annotated[int, Meta(ge=1, le=30)] = 1
    documents: Annotated[int, Meta(ge=1, le=36500)] = 3650


def load(folder: Path) -> Periods:
    """Read the file; defaults where there is none. Blocks. Raises ValueError, which says what is wrong."""
    try:
        text = (folder / FILE).read_text("utf-8")
    except FileNotFoundError:
        return Periods()
    return msgspec.convert(tomllib.loads(text), Periods)


async def sweep(database: Database, periods: Periods, now: int, *, dry: bool = False) -> dict[str, int]:
    """Delete what was kept long enough, or (``dry``) only count it; return how much by kind."""
    gone: dict[str, int] = {}
    for hall in await database.read(_halls):
        many = await database.write(partial(_shorten, hall, _date(now, periods.log), dry))
        gone["log"] = gone.get("log", 0) + many
        places = await database.write(partial(_forget_places, hall, now - periods.places * DAY_MS, dry))
        gone["places"] = gone.get("places", 0) + places
    kinds: tuple[tuple[str, Table, Any], ...] = (
        ("figures", DAY, DAY.c.date < _date(now, periods.figures)),
        (
            "poor",
            POOR,
            and_(POOR.c.state == PoorState.CLOSED.value, POOR.c.changed < now - periods.poor * DAY_MS),
        ),
        ("records", NOTED, NOTED.c.at < now - periods.records * DAY_MS),
        (
            "parcels",
            PARCEL,
            and_(PARCEL.c.state.in_((SENT, WITHDRAWN)), PARCEL.c.made < now - periods.parcels * DAY_MS),
        ),
        ("shared", SHARED, SHARED.c.purge_at < now),
        ("alarms", ALARM, ALARM.c.told < now - periods.poor * DAY_MS),
        ("tickets", FACTS, FACTS.c.wall < now - FACTS_MS),
        ("appointments", APPOINTMENT, APPOINTMENT.c.date < _date(now, periods.appointments)),
        ("persons", PERSON_DAY, PERSON_DAY.c.date < _date(now, periods.appointments)),
    )
    for kind, table, over in kinds:
        gone[kind] = await database.write(partial(_delete, table, over, dry))
    if not dry:
        await database.write(partial(noted, now, "central", "system", "retention.run", "", gone))
    return gone


async def nightly(database: Database, folder: Path, wall: Callable[[], int], ended: asyncio.Event) -> None:
    """Sweep once a night until ``ended``."""
    loop = Loop("retention")
    while not ended.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(until_night(wall()) / 1000):
                await ended.wait()
        if ended.is_set():
            return
        with loop.turn():
            gone = await sweep(database, await asyncio.to_thread(load, folder), wall())
            log.info("retention_run", **gone)


def erase(code: bytes | str, now: int, by: str) -> Running[bool]:
    """Take away who an appointment (by the digest of its code) is for, at a person's word; False for none.

    The appointment itself goes on without a person: the hall's log names nobody.
    """
    rows = yield select(APPOINTMENT.c.id).where(APPOINTMENT.c.code == code)
    if not rows:
        return False
    yield update(APPOINTMENT).where(APPOINTMENT.c.id == rows[0].id).values(person=None)
    yield delete(PERSON_DAY).where(PERSON_DAY.c.appointment == rows[0].id)
    yield from noted(now, by, "admin", "person.erased", rows[0].id)
    return True


def until_night(now: int) -> int:
    """Return the milliseconds to the next run; never 0."""
    here = datetime.fromtimestamp(now / 1000, UTC).replace(tzinfo=None) + CHINA
    next_ = datetime.combine(here.date(), AT)
    if next_ <= here:
        next_ += timedelta(days=1)
    return max(1000, int((next_ - here).total_seconds() * 1000))


def _date(now: int, days: int) -> str:
    here: date = (datetime.fromtimestamp(now / 1000, UTC) + CHINA).date() - timedelta(days=days)
    return here.isoformat()


def _halls() -> Running[list[str]]:
    rows = yield select(HALL.c.id).order_by(HALL.c.id)
    return [row.id for row in rows]


def _shorten(hall: str, before: str, dry: bool) -> Running[int]:
    """Delete the events of days before a date, but the last of them and the settings that went on to hold."""
    ends = yield (
        select(DAY.c.epoch, DAY.c.seq)
        .where(DAY.c.hall == hall, DAY.c.date < before)
        .order_by(DAY.c.date.desc())
        .limit(1)
    )
    if not ends:
        return 0
    epoch, seq = ends[0].epoch, ends[0].seq
    over = and_(
        EVENT.c.hall == hall,
        or_(EVENT.c.epoch < epoch, and_(EVENT.c.epoch == epoch, EVENT.c.seq < seq)),
        EVENT.c.kind != "settings.applied",
    )
    return (yield from _delete(EVENT, over, dry))


def _forget_places(hall: str, before: int, dry: bool) -> Running[int]:
    rows = yield select(HALL.c.status).where(HALL.c.id == hall, HALL.c.status_at < before)
    if not rows or rows[0].status is None:
        return 0
    status = msgspec.json.decode(rows[0].status, type=HallStatus)
    if status.places and not dry:
        bare = msgspec.structs.replace(status, places={})
        yield update(HALL).where(HALL.c.id == hall).values(status=msgspec.json.encode(bare))
    return len(status.places)


def _delete(table: Table, over: Any, dry: bool) -> Running[int]:
    rows = yield select(func.count()).select_from(table).where(over)
    many = int(rows[0][0])
    if many and not dry:
        yield delete(table).where(over)
    return many
