"""What was kept long enough goes, by kind; what is left of a log still proves itself."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from kioskd.central import halls, log, retention, shared
from kioskd.central.database import Database, Running
from kioskd.central.office import accounts
from kioskd.central.office.counting import Counting
from kioskd.central.office.tables import DAY, NOTED
from kioskd.central.retention import DAY_MS, Periods
from kioskd.central.schema import APPOINTMENT, EVENT, PERSON_DAY
from kioskd.journal.chain import linked
from kioskd.sync.courier import Courier
from tests.central.test_export import Journal

NOW = 1_773_000_000_000


class Years(Journal):
    """A log of one business day a year, with a rating in each."""

    def __init__(self, years: int) -> None:
        super().__init__()
        for year in range(years):
            self.wall = NOW - (years - year) * 365 * DAY_MS
            date = f"{2026 - years + year}-03-08"
            self.say("day.opened", date=date)
            self.rated(year, 5)
        self.wall = NOW
        self.say("day.opened", date="2026-03-09")


async def taken(database: Database, journal: Journal) -> None:
    await database.write(partial(halls.add, "h1", "测试大厅", 1))
    courier = Courier(journal)
    while courier.cursor is None or courier.cursor.next <= len(journal.events):
        number, push = courier.next()
        courier.heard(number, await database.write(partial(log.take, "h1", push, 1)))


def rows() -> Running[list[tuple[int, str, bytes]]]:
    found = yield select(EVENT).order_by(EVENT.c.epoch, EVENT.c.seq)
    return [(row.seq, row.kind, bytes(row.chain)) for row in found]


async def test_a_log_is_shortened_by_whole_days_and_what_is_left_proves_itself(database: Database) -> None:
    journal = Years(6)
    await taken(database, journal)
    assert (await retention.sweep(database, Periods(log=1095), NOW))["log"] == 0  # figures come first
    counting = Counting(database)
    await counting.catch_up()
    before = await database.read(rows)
    would = await retention.sweep(database, Periods(log=1095), NOW, dry=True)
    assert would["log"] > 0
    assert await database.read(rows) == before
    assert await retention.sweep(database, Periods(log=1095), NOW) == {**would, "records": 0}
    left = await database.read(rows)
    assert len(left) == len(before) - would["log"]
    assert left[0][1] == "settings.applied"  # it still holds
    assert left[1][1] == "day.opened"  # the first day that is kept is whole
    seqs = [seq for seq, kind, _ in left if kind != "settings.applied"]
    assert seqs == list(range(seqs[0], len(journal.events) + 1))
    chain = left[1][2]
    for event in journal.events[seqs[0] :]:
        place = (event.position.epoch, event.position.seq)
        chain = linked(chain, *place, event.kind, event.version, event.at, event.wall, event.boot, event.body)
        assert chain == event.chain

    def dates() -> Running[list[str]]:
        found = yield select(DAY.c.date).order_by(DAY.c.date)
        return [row.date for row in found]

    assert len(await database.read(dates)) == 6  # figures are kept longer
    fresh = Counting(database)
    await fresh.catch_up()
    today = fresh.today("h1")
    assert today is not None
    assert today.date == "2026-03-09"


async def test_a_hall_goes_on_pushing_after_its_log_was_shortened(database: Database) -> None:
    journal = Years(5)
    await taken(database, journal)
    await Counting(database).catch_up()
    assert (await retention.sweep(database, Periods(log=400), NOW))["log"] > 0
    courier = Courier(journal)  # it forgot where it was, and asks from the beginning
    journal.say("day.opened", date="2026-03-10")
    while courier.cursor is None or courier.cursor.next <= len(journal.events):
        number, push = courier.next()
        courier.heard(number, await database.write(partial(log.take, "h1", push, 1)))
    assert (await database.read(rows))[-1][2] == journal.events[-1].chain


async def test_records_are_kept_and_then_go(database: Database) -> None:
    for days in (500, 100):
        await database.write(partial(accounts.noted, NOW - days * DAY_MS, "a", "admin", "hall.viewed"))
    gone = await retention.sweep(database, Periods(), NOW)
    assert gone["records"] == 1

    def noted() -> Running[list[str]]:
        found = yield select(NOTED.c.action).order_by(NOTED.c.at)
        return [row.action for row in found]

    assert await database.read(noted) == ["hall.viewed", "retention.run"]


async def test_who_an_appointment_is_for_is_forgotten_at_a_persons_word(database: Database) -> None:
    def book() -> Running[None]:
        yield insert(APPOINTMENT).values(
            id="a_1", hall="h1", code="digest", person="hash", queue="general", date="2026-03-09",
            start=540, end=555, state="booked", number=None, made=1, changed=1,
        )  # fmt: skip
        yield insert(PERSON_DAY).values(person="hash", date="2026-03-09", appointment="a_1")

    def persons() -> Running[tuple[list[str | None], int]]:
        mine = yield select(APPOINTMENT.c.person)
        days = yield select(PERSON_DAY.c.person)
        return [row.person for row in mine], len(days)

    await database.write(book)
    assert not await database.write(partial(retention.erase, "other", NOW, "root"))
    assert await database.write(partial(retention.erase, "digest", NOW, "root"))
    assert await database.read(persons) == ([None], 0)

    def noted() -> Running[list[tuple[str, str, str]]]:
        found = yield select(NOTED.c.name, NOTED.c.action, NOTED.c.subject)
        return [(row.name, row.action, row.subject) for row in found]

    assert await database.read(noted) == [("root", "person.erased", "a_1")]


async def test_an_erased_value_stays_away_as_long_as_it_may_be_on_its_way(database: Database) -> None:
    """The nightly run deletes values whose time is over, and what stands for an erased one not before."""
    ref = f"words/{'a' * 32} {'b' * 64}"
    await database.write(partial(halls.add, "h1", "测试大厅", 0))
    await database.write(partial(shared.put, "h1", ref, NOW + 10, b"box"))
    assert await database.read(partial(shared.get, "h1", ref, NOW)) == b"box"
    assert await database.read(partial(shared.get, "h1", ref, NOW + 10)) is None, "its time is over"
    assert await database.write(partial(shared.erase, "h1", [ref, "nonsense"], NOW + DAY_MS)) == 1
    await retention.sweep(database, Periods(), NOW + DAY_MS)
    await database.write(partial(shared.put, "h1", ref, NOW + 10, b"box"))
    assert await database.read(partial(shared.get, "h1", ref, NOW)) is None, "still erased"
    assert (await retention.sweep(database, Periods(), NOW + DAY_MS + 1))["shared"] == 1
    await database.write(partial(shared.put, "h2", ref, NOW + 10, b"another hall's"))
    await database.write(partial(shared.erase, "h1", [ref], NOW))
    assert await database.read(partial(shared.get, "h2", ref, NOW)) == b"another hall's"


def test_the_run_is_at_night(tmp_path: Path) -> None:
    noon = 1_773_028_800_000  # 12:00 in China
    assert retention.until_night(noon) == 14.5 * 3600 * 1000
    assert retention.until_night(noon + retention.until_night(noon)) == DAY_MS


@pytest.mark.parametrize("text", ["log = 30", "records = 90", "logs = 400", "log = "])
def test_periods_below_what_the_law_asks_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / retention.FILE).write_text(text)
    with pytest.raises(ValueError, match=r"."):
        retention.load(tmp_path)


async def test_the_night_ends_with_the_server(database: Database, tmp_path: Path) -> None:
    ended = asyncio.Event()
    running = asyncio.create_task(retention.nightly(database, tmp_path, lambda: NOW, ended))
    ended.set()
    await asyncio.wait_for(running, 30)
