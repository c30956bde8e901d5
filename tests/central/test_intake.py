"""The short way of a push, and that it is never taken where the long way would say no."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import select, text, update

from kioskd.central import halls, log
from kioskd.central.database import Advance, Database, Insert, Running, Script, Stand, T
from kioskd.central.intake import Intake
from kioskd.central.postgres import Postgres
from kioskd.central.schema import EVENT, EVENT_COLUMNS, HALL, SERVER
from kioskd.journal.chain import GENESIS
from kioskd.sync.courier import Courier, Standing
from kioskd.sync.messages import NotTaken, Taken
from tests.central.server import PostgresServer
from tests.central.test_log import all_events, filled


class Counted:
    """A database that counts which way pushes went."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.read, self.close = database.read, database.close
        self.short = self.long = 0

    async def write(self, script: Script[T]) -> T:
        self.long += 1
        return await self._database.write(script)

    async def advance(self, step: Advance) -> tuple[int, int] | None:
        safe = await self._database.advance(step)
        self.short += safe is not None
        return safe


async def push(intake: Intake, courier: Courier, most: int) -> Taken | NotTaken:
    number, asked = courier.next(most)
    answer = await intake.take("h1", asked, 1)
    courier.heard(number, answer)
    return answer


async def one_hall(database: Database) -> None:
    await database.write(partial(halls.add, "h1", "测试大厅", 1))


async def test_a_log_that_goes_on_takes_the_short_way_and_arrives_whole(database: Database) -> None:
    await one_hall(database)
    counted, journal = Counted(database), filled(250)
    intake, courier = Intake(counted), Courier(journal)
    while courier.cursor is None or courier.cursor.next < 251:
        await push(intake, courier, 120)
    assert counted.short == 2  # the first two questions find out who and where
    held = await database.read(partial(all_events, "h1"))
    assert held == [(1, e.position.seq, e.body, e.chain) for e in journal.events]
    assert courier.standing is Standing.GOING


async def test_what_another_process_took_meanwhile_is_seen(database: Database) -> None:
    await one_hall(database)
    counted, journal = Counted(database), filled(60)
    one, other, courier = Intake(counted), Intake(database), Courier(journal)
    await push(one, courier, 10)
    await push(one, courier, 10)
    for _ in range(2):
        await push(other, courier, 10)
    longs = counted.long
    assert isinstance(await push(one, courier, 10), Taken)
    assert counted.long == longs + 1
    while courier.cursor is not None and courier.cursor.next < 61:
        await push(one, courier, 10)
    held = await database.read(partial(all_events, "h1"))
    assert [seq for _, seq, _, _ in held] == list(range(1, 61))


async def test_a_database_that_was_put_back_is_found_out_on_the_short_way_too(database: Database) -> None:
    await one_hall(database)
    intake, courier = Intake(database), Courier(filled(40))
    for _ in range(4):
        await push(intake, courier, 10)

    def put_back() -> Running[None]:
        yield update(SERVER).values(inc="another")

    await database.write(put_back)
    answer = await push(intake, courier, 10)
    assert isinstance(answer, NotTaken)
    assert answer.inc == "another"


@pytest.mark.parametrize("wrong", [{"inc": "x"}, {"epoch": 2}, {"next": 2}, {"chain": b"x" * 32}])
async def test_nothing_is_appended_where_the_log_ends_elsewhere(
    database: Database, wrong: dict[str, object]
) -> None:
    await one_hall(database)

    def inc() -> Running[str]:
        rows = yield select(SERVER.c.inc)
        return str(rows[0].inc)

    stand = Stand(await database.read(inc), 0, 1, GENESIS)
    mistaken = Stand(**{**{s: getattr(stand, s) for s in ("inc", "epoch", "next", "chain")}, **wrong})  # type: ignore[arg-type]
    event = ("h1", 1, 1, "epoch.open", 1, 1, 1, "boot", b"{}", b"c" * 32)
    after = Stand(stand.inc, 1, 2, b"c" * 32)
    assert await database.advance(Advance("h1", mistaken, after, [event], 5)) is None
    assert await database.read(partial(all_events, "h1")) == []
    assert await database.advance(Advance("h1", stand, after, [event], 5)) == (0, 0)

    def end() -> Running[tuple[int, int]]:
        rows = yield select(HALL.c.epoch, HALL.c.next)
        return rows[0].epoch, rows[0].next

    assert await database.read(end) == (1, 2)


def going(hall: str, before: Stand, events: int) -> Advance:
    """Events that go on from a place in a first epoch; nobody asks whether their chain is right."""
    seqs = range(before.next, before.next + events)
    rows = [(hall, 1, seq, "k", 1, seq, seq, "boot", b"%d" % seq, seq.to_bytes(32)) for seq in seqs]
    return Advance(hall, before, Stand(before.inc, 1, seqs.stop, rows[-1][-1]), rows, 5)


async def many_halls(database: Database) -> Stand:
    """Return where their logs end."""
    for n in range(1, 6):
        await database.write(partial(halls.add, f"h{n}", "测试大厅", 1))

    def inc() -> Running[str]:
        rows = yield select(SERVER.c.inc)
        return str(rows[0].inc)

    return Stand(await database.read(inc), 0, 1, GENESIS)


async def seqs_of(database: Database, hall: str) -> list[int]:
    return [seq for _, seq, _, _ in await database.read(partial(all_events, hall))]


async def test_pushes_that_come_at_once_each_arrive_whole(database: Database) -> None:
    """More rows than a statement takes; a hall twice, which asked again; a hall twice, which went on."""
    begin = await many_halls(database)
    asked = await asyncio.gather(
        *map(database.advance, [going("h1", begin, 639), *[going("h2", begin, 26)] * 2])
    )
    assert asked[0] == (0, 0)
    assert sorted(map(str, asked[1:])) == ["(0, 0)", "None"]
    first = going("h3", begin, 2)
    steps = [going("h4", begin, 1), first, going("h3", first.after, 3)]
    other, done, went_on = await asyncio.gather(*map(database.advance, steps))
    assert other == done == (0, 0)  # which of the two was written first is nobody's promise
    for hall, events in ("h1", 639), ("h2", 26), ("h3", 2 if went_on is None else 5):
        assert await seqs_of(database, hall) == list(range(1, events + 1))
        assert await database.advance(going(hall, Stand(begin.inc, 1, events + 1, events.to_bytes(32)), 1))


async def test_of_pushes_that_come_at_once_each_fails_alone(database: Database) -> None:
    """One ends elsewhere, one has an event that is there already, one a number that no database takes."""
    begin = await many_halls(database)
    there = going("h4", begin, 3)

    def already() -> Running[None]:
        yield Insert(EVENT, EVENT_COLUMNS, there.events[1:2])

    await database.write(already)
    large = going("h2", begin, 1)
    large = replace(large, events=[(*large.events[0][:5], 1 << 64, *large.events[0][6:])])
    steps = [going("h1", begin, 30), going("h3", replace(begin, next=2), 4), there]
    taken, elsewhere, twice = await asyncio.gather(*map(database.advance, steps), return_exceptions=True)
    assert (taken, elsewhere) == ((0, 0), None)
    assert isinstance(twice, Exception)
    steps = [large, going("h5", begin, 1)]
    too_large, taken = await asyncio.gather(*map(database.advance, steps), return_exceptions=True)
    assert isinstance(too_large, Exception)
    assert taken == (0, 0)
    assert [len(await seqs_of(database, f"h{n}")) for n in range(1, 6)] == [30, 0, 0, 1, 1]


async def test_a_hall_nobody_knows_is_refused(database: Database) -> None:
    with pytest.raises(log.UnknownHallError):
        await push(Intake(database), Courier(filled(3)), 10)


async def test_connections_that_were_cut_are_not_given_out_again(
    postgres: PostgresServer,
) -> None:
    database = await Postgres.open(await postgres.migrated())
    try:
        await one_hall(database)
        intake, courier = Intake(database), Courier(filled(40))
        for _ in range(3):
            await push(intake, courier, 10)

        def cut() -> Running[None]:
            yield text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

        async with asyncio.timeout(60):
            await asyncio.gather(*(database.read(partial(all_events, "h1")) for _ in range(8)))
            await database.write(cut)
            assert isinstance(await push(intake, courier, 10), Taken)
        assert len(await database.read(partial(all_events, "h1"))) == 30
    finally:
        await database.close()


async def test_many_halls_at_once_and_one_that_another_process_moved(database: Database) -> None:
    names = [f"h{n}" for n in range(12)]
    for name in names:
        await database.write(partial(halls.add, name, "测试大厅", 1))
    couriers = {name: Courier(filled(90 + n)) for n, name in enumerate(names)}
    one, other = Intake(database), Intake(database)

    async def some(intake: Intake, name: str, most: int) -> None:
        number, asked = couriers[name].next(most)
        couriers[name].heard(number, await intake.take(name, asked, 1))

    for _ in range(3):
        await asyncio.gather(*(some(one, name, 25) for name in names))
    await asyncio.gather(*(some(other, name, 5) for name in names[:3]))
    for _ in range(2):
        await asyncio.gather(*(some(one, name, 60) for name in names))
    for n, name in enumerate(names):
        held = await database.read(partial(all_events, name))
        assert [seq for _, seq, _, _ in held] == list(range(1, 91 + n))
        assert couriers[name].standing is Standing.GOING
