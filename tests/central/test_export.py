"""Ratings on their way to the province: a receiver that fails in every way has each of them once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from sqlalchemy import select

from kioskd.central import booking, halls, log
from kioskd.central.database import Database, Running
from kioskd.central.export import outbox, sinks
from kioskd.central.export.form import assess_number
from kioskd.central.export.outbox import PARCEL
from kioskd.central.export.sender import LEASE_MS, Sender
from kioskd.central.export.settings import ExportSettings, load
from kioskd.central.export.sinks import Files, Http, NotSentError, Sink
from kioskd.central.reading import Reading
from kioskd.journal.chain import store
from kioskd.journal.records import NewEvent, Position
from kioskd.sync.courier import Courier
from tests.sync.world import Log
from tests.web.rules import open_hall

BY = {"kind": "person", "id": "li", "role": "teller", "via": "keypad"}
CODES: dict[str, Any] = {"area_code": "410100", "dept_code": "HRSS"}


class Journal(Log):
    """A hall's journal that says what tests want."""

    def __init__(self) -> None:
        super().__init__()
        self.append("epoch.open", b'{"reason":"first","parent":null,"nonce":"n"}', 1, 1)
        self.wall = 1_773_000_000_000
        self.say("settings.applied", rules=msgspec.to_builtins(open_hall()))

    def say(self, kind: str, **body: Any) -> None:
        last = self.last
        assert last is not None
        said = {"kind": kind, "by": BY, **body}
        event = NewEvent(kind, 1, msgspec.json.encode(said), len(self.events), self.wall)
        self.events.append(store(last.chain, Position(1, last.position.seq + 1), event, "boot"))

    def rated(self, n: int, level: int, *, kind: str = "rating.given", **more: Any) -> str:
        ticket = {"ticket": f"t_{n}", "number": f"A{n:03d}"}
        self.say(kind, **ticket, window="1", level=level, teller="li", service="pension", source="1", **more)
        return f"t_{n}.1"


class Clock:
    def __init__(self) -> None:
        self.now = 1_773_000_100_000

    def __call__(self) -> int:
        return self.now


class Receiver:
    """The province. ``ways`` are how it treats the next requests, then it is well."""

    def __init__(self) -> None:
        self.has: dict[str, list[dict[str, Any]]] = {}
        self.ways: list[str] = []
        self.seen = 0
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen += 1
        form = await request.json()
        way = self.ways.pop(0) if self.ways else "well"
        transport = request.transport
        assert transport is not None
        if way == "gone_before":
            transport.abort()
        elif way == "busy":
            return web.Response(status=503)
        elif way == "refused":
            return web.Response(status=422)
        elif way == "nonsense":
            transport.write(b"\x00\x01 hello\r\n\r\n")
            transport.close()
        elif way == "slow":
            await asyncio.sleep(3600)
        else:
            known = form["assessNumber"] in self.has
            if not known or self.has[form["assessNumber"]][-1] != form:
                self.has.setdefault(form["assessNumber"], []).append(form)
            if way == "gone_after":
                transport.abort()
            return web.Response(status=409 if known else 200)
        return web.Response(status=500)


@contextlib.asynccontextmanager
async def province() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/assess", receiver.handle)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/assess"
    yield receiver
    await runner.cleanup()


async def taken(database: Database, journal: Journal) -> None:
    """Have the central server take and read a hall's log."""
    with contextlib.suppress(halls.HallExistsError):
        await database.write(partial(halls.add, "h1", "测试大厅", 1))
    courier = Courier(journal)
    while courier.cursor is None or courier.cursor.next <= len(journal.events):
        number, push = courier.next()
        courier.heard(number, await database.write(partial(log.take, "h1", push, 1)))
    await Reading(database, (booking.READER, outbox.reader(date(2026, 1, 1)))).catch_up()


def states() -> Running[dict[str, tuple[str, int]]]:
    rows = yield select(PARCEL)
    return {row.number: (row.state, row.tries) for row in rows}


def sender(database: Database, sink: Sink, clock: Clock, url: str = "http://unused") -> Sender:
    return Sender(database, ExportSettings(url=url, **CODES), sink, clock, random=lambda: 0.5)


async def send_all(one: Sender, clock: Clock, database: Database) -> None:
    """Let time pass until nothing waits."""
    for _ in range(40):
        await one.round()
        if not any(state == outbox.WAITING for state, _ in (await database.read(states)).values()):
            return
        clock.now += 3 * 3600 * 1000
    raise AssertionError("never sent")


async def test_a_rating_arrives_in_the_words_of_the_interface(database: Database, tmp_path: Path) -> None:
    journal, clock = Journal(), Clock()
    ticket = {"ticket": "t_1", "number": "A001"}
    journal.say("ticket.called", **ticket, window="1", queue="general", reason={"code": "order.longest_wait"})
    journal.say("ticket.finished", **ticket, window="1", queue="general", services=["pension"])
    journal.wall += 60_000
    rating = journal.rated(1, 4, options=[41, 42])
    journal.rated(2, 5, test=True)  # somebody practising is no citizen
    await taken(database, journal)
    files = Files(tmp_path / "out")
    await send_all(sender(database, files, clock), clock, database)
    (file,) = list((tmp_path / "out").iterdir())
    assert msgspec.json.decode(file.read_bytes()) == {
        "areaCode": "410100",
        "deptCode": "HRSS",
        "taskCode": "pension",
        "taskName": "养老待遇申领",
        "projectNo": "",
        "proStatus": "3",
        "proManager": "李明",
        "pf": "1",
        "satisfaction": "4",
        "evalDetail": "41,42",
        "writingEvaluation": "",
        "assessTime": "2026-03-09 04:01:00",
        "assessNumber": assess_number("h1", rating),
        "promiseTime": "2",
        "acceptDate": "2026-03-09 04:00:00",
    }
    assert file.stem == assess_number("h1", rating)


async def test_no_answer_counts_as_the_city_says_once_its_days_are_over_and_is_marked(
    database: Database, tmp_path: Path
) -> None:
    journal, clock = Journal(), Clock()
    missed = {"window": "1", "why": "timeout", "teller": "t1", "item": 1}
    journal.say("rating.missed", ticket="t_0", number="A000", **missed)
    await taken(database, journal)  # before there was such a rule
    rules: Any = msgspec.to_builtins(open_hall())
    rules.setdefault("policy", {})["rating"] = {"default": {"level": 4}}
    journal.say("settings.applied", rules=rules)
    journal.say("rating.missed", ticket="t_1", number="A001", **missed)
    journal.say("rating.missed", ticket="t_2", number="A002", **missed, asked=False)
    journal.say("rating.missed", ticket="t_3", number="A003", **missed)
    journal.say("rating.missed", ticket="t_4", number="A004", **missed)
    journal.rated(3, 1, kind="rating.late", date="2026-03-09")
    await taken(database, journal)
    files = Files(tmp_path / "out")
    one = sender(database, files, clock)
    clock.now = journal.wall + 5 * outbox.DAY_MS - 1000
    await one.round()

    def sent() -> dict[str, tuple[str, str]]:
        forms = [msgspec.json.decode(file.read_bytes()) for file in (tmp_path / "out").iterdir()]
        return {form["assessNumber"]: (form["pf"], form["satisfaction"]) for form in forms}

    number = {n: assess_number("h1", f"t_{n}.1") for n in range(5)}
    assert sent() == {number[3]: ("1", "1")}, "who answered late has answered"
    clock.now += 2000
    await one.round()
    default = ("7", "4")
    assert sent() == {number[3]: ("1", "1"), number[1]: default, number[4]: default}
    journal.rated(4, 2, kind="rating.late", date="2026-03-09")
    await taken(database, journal)
    clock.now += outbox.SETTLE_MS + 1000
    await one.round()
    assert sent()[number[4]] == ("1", "2"), "an answer takes the default's place under the same number"


async def test_whatever_the_receiver_does_it_has_each_rating_once(database: Database, tmp_path: Path) -> None:
    journal, clock = Journal(), Clock()
    for n in range(8):
        journal.rated(n, 5)
    await taken(database, journal)
    async with province() as receiver:
        receiver.ways = ["gone_before", "busy", "nonsense", "gone_after", "gone_after", "busy"]
        http = Http(receiver.url, tmp_path)
        try:
            await send_all(sender(database, http, clock, receiver.url), clock, database)
        finally:
            await http.close()
        assert receiver.seen > 8
        assert {number: len(forms) for number, forms in receiver.has.items()} == {
            assess_number("h1", f"t_{n}.1"): 1 for n in range(8)
        }


async def test_what_the_receiver_does_not_want_waits_for_a_person(database: Database, tmp_path: Path) -> None:
    journal, clock = Journal(), Clock()
    rating = journal.rated(1, 5)
    await taken(database, journal)
    async with province() as receiver:
        receiver.ways = ["refused"]
        http = Http(receiver.url, tmp_path)
        try:
            one = sender(database, http, clock, receiver.url)
            await send_all(one, clock, database)
            number = assess_number("h1", rating)
            assert (await database.read(states))[number][0] == outbox.REFUSED
            assert (await database.read(outbox.standing)).error == "HTTP 422"
            clock.now += 10 * 24 * 3600 * 1000
            assert not await one.round()
            assert await database.write(partial(outbox.retry, clock.now)) == 1
            await send_all(one, clock, database)
            assert (await database.read(states))[number][0] == outbox.SENT
        finally:
            await http.close()


async def test_a_changed_answer_replaces_the_first_and_a_voided_one_is_not_sent(
    database: Database, tmp_path: Path
) -> None:
    journal, clock, out = Journal(), Clock(), tmp_path / "out"
    changed, voided = journal.rated(1, 1), journal.rated(2, 1)
    journal.rated(1, 4, kind="rating.changed")
    journal.say(
        "rating.voided", ticket="t_2", number="A002", date="2026-03-09", level=1, window="1", why="mistaken"
    )
    await taken(database, journal)
    one = sender(database, Files(out), clock)
    await send_all(one, clock, database)
    first = out / f"{assess_number('h1', changed)}.json"
    assert [path.name for path in out.iterdir()] == [first.name]
    assert msgspec.json.decode(first.read_bytes())["satisfaction"] == "4"
    assert (await database.read(states))[assess_number("h1", voided)][0] == outbox.WITHDRAWN
    journal.rated(1, 5, kind="rating.late", date="2026-03-09")
    await taken(database, journal)
    await send_all(one, clock, database)
    assert msgspec.json.decode(first.read_bytes())["satisfaction"] == "5"


class Dying:
    """A way on which the process is killed after the receiver has it."""

    def __init__(self, through: Sink) -> None:
        self._through = through

    async def send(self, form: Any) -> None:
        await self._through.send(form)
        raise asyncio.CancelledError

    async def close(self) -> None: ...


async def test_a_server_killed_while_it_sends_leaves_it_to_another(
    database: Database, tmp_path: Path
) -> None:
    journal, clock = Journal(), Clock()
    journal.rated(1, 5)
    await taken(database, journal)
    files = Files(tmp_path / "out")
    with pytest.raises(asyncio.CancelledError):
        await sender(database, Dying(files), clock).round()
    other = sender(database, files, clock)
    assert not await other.round()
    assert {state for state, _ in (await database.read(states)).values()} == {outbox.WAITING}
    clock.now += LEASE_MS + 1
    await other.round()
    assert {state for state, _ in (await database.read(states)).values()} == {outbox.SENT}
    assert len(list((tmp_path / "out").iterdir())) == 1


async def test_two_servers_do_not_take_the_same_parcels(database: Database) -> None:
    journal, clock = Journal(), Clock()
    for n in range(30):
        journal.rated(n, 5)
    await taken(database, journal)
    claims = await asyncio.gather(
        *(database.write(partial(outbox.claim, clock.now, LEASE_MS, 10)) for _ in range(4))
    )
    numbers = [parcel.number for claimed in claims for parcel in claimed]
    assert len(numbers) == len(set(numbers)) == 30


async def test_a_folder_that_cannot_be_written_is_a_reason_to_wait(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(NotSentError) as caught:
        await Files(tmp_path / "out" / "deeper").send(_form())
    assert not caught.value.refused


def _form() -> Any:
    from kioskd.central.export.form import FormRules, Rated, fill

    return fill(Rated(hall="h1", rating="t_1.1", at=0, level=5), ("a", "d"), FormRules())


@pytest.mark.parametrize(
    "text",
    ['area_code = "1"', 'area_code = "1"\ndept_code = "2"\nfolder = "x"\nurl = "http://y"', "folders = 1"],
)
def test_settings_say_one_way_and_nothing_unknown(tmp_path: Path, text: str) -> None:
    file = tmp_path / "export.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"."):
        load(file)


def test_a_hall_may_have_codes_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "export.toml"
    file.write_text('area_code="1"\ndept_code="2"\nfolder="out"\n[halls.h1]\narea_code="9"\n')
    settings = load(file)
    assert (settings.codes("h1"), settings.codes("h2")) == (("9", "2"), ("1", "2"))
    assert isinstance(sinks.make(settings, tmp_path), Files)
