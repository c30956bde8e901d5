"""The log of a hall in a real database."""

from __future__ import annotations

import asyncio
from functools import partial

import msgspec
import pytest
from sqlalchemy import insert, select, update

from kioskd.central import log
from kioskd.central.database import Database, Running
from kioskd.central.schema import EVENT, HALL, ORDERS, SERVER
from kioskd.journal.chain import GENESIS
from kioskd.sync.courier import Courier, Standing
from kioskd.sync.messages import NotTaken, Orders, Refetch, Taken, Why
from tests.sync.world import Log


def join(hall: str) -> Running[None]:
    yield insert(HALL).values(
        id=hall, name="测试大厅", epoch=0, next=1, chain=GENESIS, safe_epoch=0, safe_seq=0, feed="f", joined=0
    )


def filled(count: int) -> Log:
    journal = Log()
    journal.append("epoch.open", b'{"reason":"first","parent":null,"nonce":"n"}', 1, 1)
    for seq in range(2, count + 1):
        journal.append("ticket.issued", msgspec.json.encode({"n": seq, "to": "综合业务"}), 1, seq)
    return journal


def all_events(hall: str) -> Running[list[tuple[int, int, bytes, bytes]]]:
    rows = yield select(EVENT).where(EVENT.c.hall == hall).order_by(EVENT.c.epoch, EVENT.c.seq)
    return [(r.epoch, r.seq, r.body, r.chain) for r in rows]


async def send(database: Database, hall: str, courier: Courier, most: int = 500) -> Taken | NotTaken:
    number, push = courier.next(most)
    answer = await database.write(partial(log.take, hall, push, 1))
    courier.heard(number, answer)
    return answer


async def test_a_log_arrives_byte_for_byte(database: Database) -> None:
    await database.write(partial(join, "h1"))
    journal = filled(40)
    courier = Courier(journal)
    assert isinstance(await send(database, "h1", courier), NotTaken)  # who are you?
    for _ in range(6):
        assert isinstance(await send(database, "h1", courier, 7), Taken)
    assert courier.standing is Standing.GOING
    held = await database.read(partial(all_events, "h1"))
    assert held == [(1, e.position.seq, e.body, e.chain) for e in journal.events]
    assert courier.cursor is not None
    assert courier.cursor.next == 41


async def test_many_halls_at_once_do_not_mix(database: Database) -> None:
    halls = [f"h{n}" for n in range(8)]
    for hall in halls:
        await database.write(partial(join, hall))

    async def whole(hall: str) -> None:
        courier = Courier(filled(30))
        while courier.cursor is None or courier.cursor.next < 31:
            await send(database, hall, courier, 4)

    await asyncio.gather(*(whole(hall) for hall in halls))
    for hall in halls:
        assert len(await database.read(partial(all_events, hall))) == 30


async def test_the_same_push_at_two_processes_counts_once(database: Database) -> None:
    await database.write(partial(join, "h1"))
    courier = Courier(filled(10))
    await send(database, "h1", courier)
    _, push = courier.next()
    answers = await asyncio.gather(*(database.write(partial(log.take, "h1", push, 1)) for _ in range(5)))
    assert all(isinstance(answer, Taken) and answer.next == 11 for answer in answers)
    assert len(await database.read(partial(all_events, "h1"))) == 10


async def test_a_twin_is_quarantined_and_nothing_of_it_is_taken(database: Database) -> None:
    await database.write(partial(join, "h1"))
    first, twin = filled(10), filled(5)
    twin.append("ticket.issued", b'{"n":"another"}', 1, 6)
    one, other = Courier(first), Courier(twin)
    for courier in (one, one, other, other):
        answer = await send(database, "h1", courier)
    assert isinstance(answer, NotTaken)
    assert answer.code is Why.DIVERGED
    assert other.standing is Standing.DIVERGED
    assert len(await database.read(partial(all_events, "h1"))) == 10


async def test_a_hall_finds_out_that_the_database_was_put_back(database: Database) -> None:
    await database.write(partial(join, "h1"))
    courier = Courier(filled(10))
    await send(database, "h1", courier)
    await send(database, "h1", courier)

    def put_back() -> Running[str]:
        yield update(HALL).values(epoch=0, next=1, chain=GENESIS)
        yield EVENT.delete()
        rows = yield select(SERVER.c.inc)
        inc: str = rows[0].inc
        return inc

    before = await database.write(put_back)
    answer = await send(database, "h1", courier)
    assert isinstance(answer, NotTaken)
    assert answer.code is Why.INC_CHANGED
    assert answer.inc != before
    await send(database, "h1", courier)
    assert len(await database.read(partial(all_events, "h1"))) == 10


async def test_damage_on_the_way_changes_nothing(database: Database) -> None:
    await database.write(partial(join, "h1"))
    courier = Courier(filled(10))
    await send(database, "h1", courier)
    _, push = courier.next()
    spoiled = msgspec.structs.replace(push, head="00" * 32)
    with pytest.raises(log.CorruptPushError):
        await database.write(partial(log.take, "h1", spoiled, 1))
    assert await database.read(partial(all_events, "h1")) == []
    with pytest.raises(log.UnknownHallError):
        await database.write(partial(log.take, "nowhere", push, 1))


async def test_orders_are_read_in_order_and_a_changed_place_is_found_out(database: Database) -> None:
    await database.write(partial(join, "h1"))

    def order(seq: int, name: str) -> Running[None]:
        yield insert(ORDERS).values(hall="h1", seq=seq, id=name, kind="notice.set", body=b"{}", made=0)

    for seq, name in enumerate("abc", 1):
        await database.write(partial(order, seq, name))
    ask = partial(log.orders, "h1")
    start = await database.write(partial(ask, "", 0, ""))
    assert start == Refetch("f")
    got = await database.write(partial(ask, "f", 1, "a"))
    assert isinstance(got, Orders)
    assert [o.id for o in got.orders] == ["b", "c"]
    other = await database.write(partial(ask, "f", 2, "not b"))
    assert isinstance(other, Refetch)
    assert other.feed != "f"
    assert isinstance(await database.write(partial(ask, other.feed, 0, "")), Orders)
