"""Floods and requests that never end: the hall's own PCs always get in, and strangers are told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp

from kioskd.access.roles import Role
from kioskd.web.gate import Gate, loopback
from kioskd.web.settings import WebSettings
from tests.web.conftest import Hall, Time, eventually, running

FLOOD = "127.0.0.2"
STATION = "127.0.0.3"


class Guest:
    def __init__(self, address: str, idle_since: float | None = None) -> None:
        self.address = address
        self.idle_since = idle_since


def own(address: str) -> bool:
    return address == "127.0.0.1"


def test_who_waits_longest_goes_first() -> None:
    gate = Gate(4, 4, 1, own)
    waiting = [Guest("a", 3.0), Guest("a", 1.0), Guest("b", 0.0)]
    assert all(gate.enter(guest) == (True, None) for guest in waiting)
    assert gate.enter(Guest("c")) == (True, waiting[1]), "of whoever has most, the one that waits longest"
    assert len(gate) == 3


def test_who_is_at_work_is_never_pushed_out() -> None:
    gate = Gate(4, 4, 1, own)
    busy = [Guest("a") for _ in range(3)]
    assert all(gate.enter(guest)[0] for guest in busy)
    assert gate.enter(Guest("b")) == (False, None)
    assert gate.enter(Guest("127.0.0.1")) == (True, None), "one place is kept for this PC"
    gate.leave(busy[0])
    assert gate.enter(Guest("b")) == (False, None), "and stays kept"
    gate.leave(busy[1])
    assert gate.enter(Guest("b")) == (True, None)


def test_strangers_push_out_only_strangers() -> None:
    gate = Gate(6, 6, 2, own)
    gate.device_at("station")
    devices = [Guest("station", 0.0) for _ in range(4)]
    assert all(gate.enter(guest)[0] for guest in devices)
    assert gate.enter(Guest("x", 5.0)) == (False, None)
    assert gate.enter(Guest("station", 1.0)) == (True, None)


def test_one_address_has_its_share() -> None:
    gate = Gate(100, 3, 10, own)
    mine = [Guest("a", float(number)) for number in range(3)]
    assert all(gate.enter(guest) == (True, None) for guest in mine)
    assert gate.enter(Guest("a", 9.0)) == (True, mine[0])
    for guest in mine[1:]:
        guest.idle_since = None
    assert gate.enter(Guest("b")) == (True, None)
    many = [gate.enter(Guest("127.0.0.1"))[0] for _ in range(20)]
    assert all(many), "a proxy on this PC speaks for everybody"


def test_fewer_files_mean_fewer_guests() -> None:
    gate = Gate(1000, 1000, 100, own)
    gate.limit(3)
    assert [gate.enter(Guest("127.0.0.1"))[0] for _ in range(4)] == [True, True, True, False]


def test_what_is_this_pc() -> None:
    assert loopback("127.0.0.1")
    assert loopback("::1")
    assert loopback("")
    assert not loopback("10.0.0.7")
    assert not loopback("fe80::1%eth0")


@contextlib.asynccontextmanager
async def small(tmp_path: Path) -> AsyncIterator[Hall]:
    settings = WebSettings(connections=30, per_address=24, reserved=6, head_s=600.0)
    async with running(tmp_path, Time(), settings=settings) as hall:
        hall.site.gate._own = own
        yield hall


async def slow(hall: Hall, address: str, count: int) -> list[asyncio.StreamWriter]:
    """Open connections that begin a request and never end it."""
    host, _, port = hall.url.removeprefix("http://").partition(":")
    made = []
    for _ in range(count):
        _, writer = await asyncio.open_connection(host, int(port), local_addr=(address, 0))
        writer.write(b"GET /api/v1/hall HTTP/1.1\r\nHost: x\r\nX-")
        made.append(writer)
    return made


async def test_slowloris_keeps_nobody_out(tmp_path: Path) -> None:
    async with small(tmp_path) as hall:
        attackers = await slow(hall, FLOOD, 200)
        await eventually(lambda: len(hall.site.gate) >= 20)
        assert len(hall.site.gate) <= 30
        teller = await slow(hall, STATION, 1)
        connector = aiohttp.TCPConnector(local_addr=(STATION, 0))
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.get(hall.at("hall")) as answer,
        ):
            assert answer.status == 200, "another PC of the hall is served"
        assert (await hall.get("hall")).status == 200
        for writer in (*attackers, *teller):
            writer.close()
        await eventually(lambda: len(hall.site.gate) <= 2)


async def test_a_flood_at_work_leaves_room_for_the_halls_own(tmp_path: Path) -> None:
    async with small(tmp_path) as hall:
        station = aiohttp.ClientSession(connector=aiohttp.TCPConnector(local_addr=(STATION, 0)))
        flood = aiohttp.ClientSession(connector=aiohttp.TCPConnector(local_addr=(FLOOD, 0), limit=0))
        async with station, flood:
            headers = hall.headers(Role.KIOSK)
            async with station.get(hall.at("hall"), headers={**headers, "Connection": "close"}) as answer:
                assert answer.status == 200
            streams = []
            for _ in range(24):
                answer = await flood.get(hall.at("events"))
                streams.append(answer)
                assert answer.status == 200 or len(streams) == 24
            late = await flood.get(hall.at("hall"))
            assert (late.status, (await late.json())["code"]) == (503, "too_many_connections")
            assert "Retry-After" in late.headers
            async with station.get(hall.at("hall"), headers=headers) as answer:
                assert answer.status == 200, "a known device has its place"
            assert (await hall.get("hall")).status == 200
            for one in (*streams, late):
                one.close()


async def test_an_address_is_known_by_its_token(hall: Hall) -> None:
    hall.site.gate._own = lambda address: False
    assert "127.0.0.1" not in hall.site.gate._known
    await hall.get("hall", Role.TELLER)
    assert "127.0.0.1" not in hall.site.gate._known
    await hall.get("hall", Role.KIOSK)
    assert "127.0.0.1" in hall.site.gate._known
