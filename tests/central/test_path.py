"""A hall's whole way to the central server and back: real journal, real HTTP, real database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import insert, select

from kioskd.central import citizens, halls
from kioskd.central.codes import digest
from kioskd.central.database import Database, Running
from kioskd.central.schema import EVENT, ORDERS
from kioskd.central.server import serving, wall_ms
from kioskd.hall.commands import ApplySettings, IssueTicket, Tick
from kioskd.hall.rules import Rules
from kioskd.hub.clock import Clock
from kioskd.hub.desk import SYSTEM, Desk
from kioskd.journal.journal import Journal
from kioskd.journal.records import BEFORE_ALL, StoredEvent
from kioskd.sync.courier import Standing
from kioskd.sync.settings import CentralSettings
from kioskd.sync.uplink import Uplink
from tests.web.rules import open_hall

CODE = "ABCD2345"


@pytest_asyncio.fixture
async def port(database: Database) -> AsyncIterator[int]:
    await database.write(partial(halls.add, "h1", "测试大厅", wall_ms()))
    await database.write(partial(halls.invite, "h1", digest(CODE), wall_ms(), 600_000))
    async with serving(database, "127.0.0.1", 0, mounts=(citizens.mount(database),)) as bound:
        yield bound


@contextlib.asynccontextmanager
async def hub(
    folder: Path, rules: Rules | None = None, wall: Callable[[], int] = wall_ms
) -> AsyncIterator[tuple[Desk, Journal]]:
    clock = Clock(wall=wall)
    journal = await Journal.open(folder, now_wall=clock.moment().wall, boot="boot")
    desk = Desk(journal, clock)
    await desk.start("boot")
    await desk.submit(ApplySettings(by=SYSTEM, rules=rules or open_hall()))
    await desk.submit(Tick(by=SYSTEM))
    yield desk, journal
    await desk.close()
    await journal.close()


async def join(port: int, folder: Path) -> CentralSettings:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{port}/sync/v1/join", json={"code": CODE}) as answer,
    ):
        assert answer.status == 200
        token = (await answer.json())["token"]
    await asyncio.to_thread(keep_token, folder, token)
    return CentralSettings(url=f"http://127.0.0.1:{port}", hall="h1", gather_s=0.1)


def keep_token(folder: Path, token: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "central.token").write_text(token)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - the other end is another server
            await asyncio.sleep(0.01)


def held() -> Running[list[tuple[int, int, bytes, bytes]]]:
    rows = yield select(EVENT).order_by(EVENT.c.epoch, EVENT.c.seq)
    return [(r.epoch, r.seq, bytes(r.body), bytes(r.chain)) for r in rows]


async def same_log(database: Database, journal: Journal) -> None:
    async with asyncio.timeout(30):
        while True:
            ours = [
                (e.position.epoch, e.position.seq, e.body, e.chain) for e in journal.read(BEFORE_ALL, 10_000)
            ]
            if await database.read(held) == ours:
                return
            await asyncio.sleep(0.02)


def _place(event: StoredEvent) -> tuple[int, int]:
    return event.position.epoch, event.position.seq


async def issue(desk: Desk, n: int) -> None:
    await desk.submit(IssueTicket(by=SYSTEM, id=f"t_{n}", code=f"secret{n}", queue="general"))


async def test_what_happens_in_the_hall_is_at_the_central_server_byte_for_byte(
    database: Database, port: int, tmp_path: Path
) -> None:
    settings = await join(port, tmp_path / "hall")
    async with hub(tmp_path / "hall") as (desk, journal):
        uplink = Uplink(desk, journal, settings, tmp_path / "hall")
        running = asyncio.create_task(uplink.run())
        for n in range(20):
            await issue(desk, n)
        await same_log(database, journal)
        # It is all there before the hall has heard so.
        async with asyncio.timeout(30):
            while await uplink.behind() != 0:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert uplink.standing is Standing.GOING
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_citizen_sees_the_waits_and_by_the_code_on_the_slip_the_own_place(
    database: Database, port: int, tmp_path: Path
) -> None:
    settings = await join(port, tmp_path / "hall")
    async with hub(tmp_path / "hall") as (desk, journal), aiohttp.ClientSession(settings.url) as session:
        await issue(desk, 1)
        await issue(desk, 2)
        running = asyncio.create_task(Uplink(desk, journal, settings, tmp_path / "hall").run())

        async def get(path: str) -> tuple[int, dict[str, Any]]:
            async with session.get(path) as answer:
                return answer.status, msgspec.json.decode(await answer.read())

        async with asyncio.timeout(30):
            while (await get("/api/v1/halls/h1"))[1]["stale"]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        _, halls_shown = await get("/api/v1/halls")
        assert [(h["id"], h["waiting"]) for h in halls_shown["halls"]] == [("h1", 2)]
        _, hall = await get("/api/v1/halls/h1")
        assert next(q for q in hall["queues"] if q["id"] == "general")["waiting"] == 2
        status, own = await get("/api/v1/halls/h1/tickets/secret2")
        assert (status, own["place"]["ahead"], own["place"]["state"]) == (200, 1, "waiting")
        assert (await get("/api/v1/halls/h1/tickets/secret9"))[0] == 404
        assert (await get("/api/v1/halls/nowhere"))[0] == 404
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_an_order_is_done_once_and_noted_with_what_it_did(
    database: Database, port: int, tmp_path: Path
) -> None:
    settings = await join(port, tmp_path / "hall")

    def order(seq: int, name: str, kind: str, body: bytes, expires: int | None = None) -> Running[None]:
        yield insert(ORDERS).values(
            hall="h1", seq=seq, id=name, kind=kind, body=body, expires=expires, made=wall_ms()
        )

    notice = msgspec.json.encode({"zh": "下午系统维护", "en": "Maintenance this afternoon"})
    await database.write(partial(order, 1, "o1", "notice.set", notice))
    await database.write(partial(order, 2, "o2", "no.such.thing", b"{}"))
    await database.write(partial(order, 3, "o3", "queue.set", b'{"queue":"general","open":false}', 1))
    await database.write(partial(order, 4, "o4", "queue.set", b'{"queue":"nowhere","open":false}'))
    async with hub(tmp_path / "hall") as (desk, journal):
        for _ in range(2):  # a second run finds nothing more to do
            running = asyncio.create_task(Uplink(desk, journal, settings, tmp_path / "hall").run())
            async with asyncio.timeout(30):
                while (await desk.read(lambda state: state.followed.seq))[1] < 4:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        _, text = await desk.read(lambda state: state.notice and state.notice.zh)
        assert text == "下午系统维护"
        bodies = [
            msgspec.json.decode(e.body) for e in journal.read(BEFORE_ALL, 1000) if e.kind == "command.applied"
        ]
    assert [(b["order"], b["outcome"]) for b in bodies] == [
        ("o1", "done"),
        ("o2", "unreadable"),
        ("o3", "expired"),
        ("o4", "refused"),
    ]


async def test_a_central_server_that_goes_and_comes_is_caught_up_with(
    database: Database, port: int, tmp_path: Path
) -> None:
    settings = await join(port, tmp_path / "hall")
    async with hub(tmp_path / "hall") as (desk, journal):
        async with serving(database, "127.0.0.1", 0) as second:
            elsewhere = msgspec.structs.replace(settings, url=f"http://127.0.0.1:{second}")
            uplink = Uplink(desk, journal, elsewhere, tmp_path / "hall", random=lambda: 0.0)
            running = asyncio.create_task(uplink.run())
            await issue(desk, 1)
            await same_log(database, journal)
        for n in range(2, 30):
            await issue(desk, n)
        await until(lambda: uplink.code == "away")
        async with serving(database, "127.0.0.1", second):
            await same_log(database, journal)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_only_a_good_token_speaks_and_only_for_its_hall(port: int, tmp_path: Path) -> None:
    settings = await join(port, tmp_path / "hall")
    token = (tmp_path / "hall" / "central.token").read_text()
    async with aiohttp.ClientSession(settings.url) as session:

        async def ask(path: str, **headers: str) -> int:
            async with session.post(path, data=b"{}", headers=headers) as answer:
                return answer.status

        events = "/sync/v1/halls/{}/events"
        assert await ask(events.format("h1")) == 401
        assert await ask(events.format("h1"), Authorization="Bearer kc_wrong") == 401
        assert await ask(events.format("h2"), Authorization=f"Bearer {token}") == 403
        assert await ask(events.format("h1"), Authorization=f"Bearer {token}") == 400
        async with session.post("/sync/v1/join", json={"code": CODE}) as answer:
            assert answer.status == 403  # a code is good once
        for _ in range(5):
            async with session.post("/sync/v1/join", json={"code": "WRONG"}) as answer:
                status = answer.status
        assert status == 429


async def test_a_new_token_ends_the_old_one_only_when_it_is_used(database: Database, port: int) -> None:
    old, new = digest("old"), digest("new")
    await database.write(partial(halls.give, "h1", old, 1))
    whose = partial(halls.whose, wall=9)
    assert await database.write(partial(whose, old)) == "h1"
    await database.write(partial(halls.give, "h1", new, 2))
    assert await database.write(partial(whose, old)) == "h1"  # the answer with the new one may be lost
    assert await database.write(partial(whose, new)) == "h1"
    assert await database.write(partial(whose, old)) is None


@pytest.mark.parametrize("path", ["/sync/v1/halls/h1/feed?after=-1", "/sync/v1/halls/h1/feed?after=x"])
async def test_nonsense_is_refused(port: int, tmp_path: Path, path: str) -> None:
    settings = await join(port, tmp_path / "hall")
    token = (tmp_path / "hall" / "central.token").read_text()
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(settings.url) as session, session.get(path, headers=headers) as answer:
        assert answer.status == 400
        assert (await answer.json(content_type=None))["code"] == "query_invalid"
