"""Bad ratings whose deadline has passed leave the page: by mail and webhook, once a deadline and way out.

Several processes may look; one of them takes what is to be told for some minutes, and what it does not get
away in that time is taken again. So a message may come twice after a crash (its id is the same then) and is
never lost.
"""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import msgspec
import structlog
from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update

from kioskd.alerts_out.box import MOST, Bundle, Notice, quiet_ms
from kioskd.alerts_out.settings import AlertSink
from kioskd.alerts_out.ways import EmailWay, SendError, Way, WebhookWay, letter_of
from kioskd.central.database import Database, Running
from kioskd.central.loops import Loop
from kioskd.central.office.halls import local_date
from kioskd.central.office.poor import PoorItem, items
from kioskd.central.office.tables import ALARM
from kioskd.central.slots import CHINA_MIN, here
from kioskd.hall.moment import rfc3339
from kioskd.web.language import Language
from kioskd.web.pages import sentences

FILE = "alerts.toml"
ABOUT = "poor_rating_overdue"
TIER = 2
LOOK_S = 300.0
CLAIM_MS = 240_000
TEXTS = "office_reports"

log = structlog.get_logger(__name__)


class AlertSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``alerts.toml`` of the data folder: ``[[alert_sink]]`` as a hall has them."""

    alert_sink: tuple[AlertSink, ...] = ()


def load(folder: Path) -> tuple[AlertSink, ...]:
    """Read the file; nothing where there is none. Blocks. Raises ValueError, which says what is wrong."""
    try:
        text = (folder / FILE).read_text("utf-8")
    except FileNotFoundError:
        return ()
    sinks = msgspec.convert(tomllib.loads(text), AlertSettings).alert_sink
    if len({sink.id for sink in sinks}) < len(sinks):
        raise ValueError("alert_sink: each id once")
    if any((sink.webhook is None) is (sink.email is None) for sink in sinks):
        raise ValueError("alert_sink: exactly one of webhook and email")
    return sinks


class Overdue:
    """Looks now and then; nothing waits for it."""

    def __init__(self, database: Database, folder: Path, wall: Callable[[], int]) -> None:
        """``folder`` is the server's data folder."""
        self._database = database
        self._folder = folder
        self._wall = wall
        self._failing: set[str] = set()

    async def run(self, ended: asyncio.Event) -> None:
        """Look until ``ended``."""
        loop = Loop("overdue")
        while not ended.is_set():
            with loop.turn():
                await self.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await ended.wait()

    async def look(self) -> None:
        """Tell every way out what it has not told yet."""
        for sink in await asyncio.to_thread(load, self._folder):
            now = self._wall()
            at = here(now, CHINA_MIN)
            wanted = (not sink.about or ABOUT in sink.about) and sink.least_tier <= TIER
            if not wanted or quiet_ms(sink, at.hour * 60 + at.minute):
                continue
            late = await self._database.write(partial(claim, sink.id, local_date(now), now))
            if late:
                await self._tell(sink, late, now)

    async def _tell(self, sink: AlertSink, late: list[PoorItem], now: int) -> None:
        way: Way
        if sink.webhook is not None:
            way = WebhookWay(sink.webhook, self._folder, self._wall)
        elif sink.email is not None:
            way = EmailWay(sink.email, self._folder)
        else:
            raise ValueError(sink.id)
        say = await asyncio.to_thread(sentences, TEXTS, Language(sink.language))
        some, more = late[:MOST], len(late) - MOST
        letter = letter_of(
            Bundle(tuple(_notice(item, say["overdue.line"]) for item in some), max(more, 0)),
            hall="",
            name=say["overdue.office"],
            sent_at=rfc3339(now, CHINA_MIN),
            title=say["overdue.title"].format(count=len(late)),
            more=say["overdue.more"].format(count=more),
        )
        try:
            await way.send(letter)
        except SendError as error:
            if sink.id not in self._failing:
                self._failing.add(sink.id)
                log.warning("overdue_not_sent", sink=sink.id, reason=str(error))
            return
        finally:
            await way.close()
        await self._database.write(partial(told, sink.id, late, self._wall()))
        if sink.id in self._failing:
            self._failing.discard(sink.id)
            log.info("overdue_sent_again", sink=sink.id)


def _notice(item: PoorItem, line: str) -> Notice:
    """Say which item it is; neither the citizen's words nor the teller's name leave the register."""
    sentence = line.format(
        hall=item.hall_name, number=item.number, date=item.date, window=item.window, due=item.due
    )
    return Notice(
        id=f"{item.hall} {item.rating} {item.due}",
        alert=f"{item.hall} {item.rating}",
        about=ABOUT,
        subject=item.rating,
        tier=TIER,
        since=item.due,
        sentence=sentence,
        params={"hall": item.hall, "number": item.number, "due": item.due, "state": item.state},
    )


def claim(sink: str, today: str, now: int) -> Running[list[PoorItem]]:
    """Take what is overdue and not told yet for a while, and return it."""
    late: list[PoorItem] = [item for item in (yield from items("overdue", today)) if item.overdue]
    rows = yield select(ALARM).where(
        ALARM.c.sink == sink, or_(ALARM.c.told.is_not(None), ALARM.c.until > now)
    )
    known = {(row.hall, row.rating, row.due) for row in rows}
    mine = [item for item in late if (item.hall, item.rating, item.due) not in known]
    for item in mine:
        yield delete(ALARM).where(_is(sink, item), ALARM.c.until <= now)
        yield insert(ALARM).values(
            sink=sink, hall=item.hall, rating=item.rating, due=item.due, until=now + CLAIM_MS, told=None
        )
    return mine


def told(sink: str, late: list[PoorItem], now: int) -> Running[None]:
    """Note that a way out has told of these."""
    for item in late:
        yield update(ALARM).where(_is(sink, item)).values(told=now)


def _is(sink: str, item: PoorItem) -> ColumnElement[bool]:
    return and_(
        ALARM.c.sink == sink,
        ALARM.c.hall == item.hall,
        ALARM.c.rating == item.rating,
        ALARM.c.due == item.due,
    )
