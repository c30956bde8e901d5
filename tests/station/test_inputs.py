"""What people press reaches the hub at once, survives what can be survived, and is never acted on late."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.call_pad.api import Key, KeypadFace, KeyPressed
from drivers.rating_pad.api import Rated
from drivers.transport.simulated import TcpPort
from kioskd.station.inputs import IN_FLIGHT, OLDEST_S, Inputs
from kioskd.station.messages import Context, Input, Shown
from kioskd.station.store import InputRow, Store
from tests.station.hall import TinyHub, device, plugged, running, show
from tests.station.timing import FakeClock, settle, until
from tests.station.wire import Far

CALL = KeyPressed(Key.CALL)


@asynccontextmanager
async def inputs(path: Path, clock: FakeClock) -> AsyncIterator[tuple[Inputs, list[str]]]:
    store, dropped = Store(path / "station.db", clock), []
    await store.start()
    box = Inputs(store, clock, dropped.append)
    await box.load()
    try:
        yield box, dropped
    finally:
        box.close()
        await store.close()


async def rows(path: Path, clock: FakeClock) -> list[InputRow]:
    store = Store(path / "station.db", clock)
    await store.start()
    try:
        return await store.inputs()
    finally:
        await store.close()


async def test_a_press_goes_at_once_and_costs_no_disk(tmp_path: Path, clock: FakeClock) -> None:
    async with inputs(tmp_path, clock) as (box, dropped):
        sent: list[Input] = []
        box.connected(sent.append)
        box.take("keys", CALL, Context(ticket="t_1"))
        assert [(m.device, m.reading, m.context, m.age_ms) for m in sent] == [
            ("keys", CALL, Context(ticket="t_1"), 0)
        ]
        assert box._store.oldest_wait() == 0
        await clock.advance(0.1)
        box.taken(sent[0].id)
        await clock.advance(10)
        assert box.waiting == 0
        assert not dropped
    assert not await rows(tmp_path, clock)


async def test_a_press_nobody_takes_is_written_down(tmp_path: Path, clock: FakeClock) -> None:
    async with inputs(tmp_path, clock) as (box, _):
        box.connected(lambda message: None)
        box.take("keys", CALL, Context())
        await clock.advance(0.25)
    assert len(await rows(tmp_path, clock)) == 1


async def test_a_stale_press_is_dropped_and_said(
    tmp_path: Path, clock: FakeClock, logs: list[structlog.typing.EventDict]
) -> None:
    async with inputs(tmp_path, clock) as (box, dropped):
        box.take("keys", CALL, Context())
        await clock.advance(4.9)
        assert not dropped
        await clock.advance(0.1)
        assert dropped == ["keys"]
        sent: list[Input] = []
        box.connected(sent.append)
        assert not sent
        box.take("keys", CALL, Context())
        await clock.advance(5)
        assert dropped == ["keys", "keys"]
    assert [entry["event"] for entry in logs] == ["input.stale", "input.unanswered"]
    assert not await rows(tmp_path, clock)


async def test_the_hub_says_when_a_press_is_stale(tmp_path: Path, clock: FakeClock) -> None:
    async with inputs(tmp_path, clock) as (box, dropped):
        box.take("keys", CALL, Context())
        box.connected(lambda message: None, 2.0)
        await clock.advance(1.9)
        assert not dropped
        await clock.advance(0.1)
        assert dropped == ["keys"]


async def test_a_hub_that_does_not_take_is_told_again(tmp_path: Path, clock: FakeClock) -> None:
    async with inputs(tmp_path, clock) as (box, _):
        sent: list[Input] = []
        box.connected(sent.append)
        box.take("pad", Rated(5), Context())
        box.take("keys", CALL, Context())
        await clock.advance(4.5)
        assert [m.age_ms for m in sent if m.reading == CALL] == [0, 1000, 2000, 3000, 4000]
        await clock.advance(40)
        assert [m.age_ms for m in sent if m.reading == Rated(5)] == [0, 15_000, 30_000]
        assert len({m.id for m in sent}) == 2
        box.disconnected()
        await clock.advance(60)
        assert len(sent) == 8
        box.connected(sent.append)
        box.taken(sent[-1].id)
        await clock.advance(60)
        assert len(sent) == 9


async def test_a_press_outlives_a_short_break(tmp_path: Path, clock: FakeClock) -> None:
    async with inputs(tmp_path, clock) as (box, _):
        first: list[Input] = []
        box.connected(first.append)
        box.take("keys", CALL, Context())
        box.disconnected()
        box.take("keys", KeyPressed(Key.RECALL), Context())
        await clock.advance(2)
        again: list[Input] = []
        box.connected(again.append)
        assert [(m.id == first[0].id, m.age_ms) for m in again] == [(True, 2000), (False, 2000)]


async def test_a_press_of_an_earlier_run_counts_while_fresh(tmp_path: Path, clock: FakeClock) -> None:
    for later, boot, sent_again in ((2, "boot-1", 1), (5, "boot-1", 0), (0, "boot-2", 0)):
        clock.boot = "boot-1"
        path = tmp_path / f"{later}-{boot}"
        async with inputs(path, clock) as (box, _):
            box.take("keys", CALL, Context())
            await clock.advance(1)
        clock.now += later - 1
        clock.boot = boot
        async with inputs(path, clock) as (box, dropped):
            sent: list[Input] = []
            box.connected(sent.append)
            assert [message.age_ms for message in sent] == [later * 1000] * sent_again
            await clock.advance(10)
            assert len(dropped) == sent_again
        assert not await rows(path, clock)


async def test_a_rating_is_kept_until_it_is_taken(tmp_path: Path, clock: FakeClock) -> None:
    async with inputs(tmp_path, clock) as (box, _):
        box.take("pad", Rated(5), Context(slot="t_1"))
    clock.now, clock.boot = 7.0, "boot-2"
    clock.date += 3 * 86400
    for _ in range(2):
        async with inputs(tmp_path, clock) as (box, dropped):
            sent: list[Input] = []
            box.connected(sent.append)
            assert [(m.device, m.reading, m.context, m.age_ms) for m in sent] == [
                ("pad", Rated(5), Context(slot="t_1"), 3 * 86400_000)
            ]
            box.connected(sent.append)
            assert sent[0] == sent[1]
            await clock.advance(100)
            assert box.waiting == 1
            clock.date -= 100
    async with inputs(tmp_path, clock) as (box, dropped):
        box.connected(lambda message: box.taken(message.id))
        assert box.waiting == 0
        assert not dropped
    assert not await rows(tmp_path, clock)


@pytest.mark.parametrize(("wall", "age"), [(-1e9, 0.0), (60.0, 60.0), (1e9, OLDEST_S)])
async def test_a_jumping_wall_clock_dates_nothing_absurdly(
    tmp_path: Path, clock: FakeClock, wall: float, age: float
) -> None:
    async with inputs(tmp_path, clock) as (box, _):
        box.take("pad", Rated(1), Context())
    clock.boot = "boot-2"
    clock.date += wall
    async with inputs(tmp_path, clock) as (box, _):
        sent: list[Input] = []
        box.connected(sent.append)
        assert [message.age_ms for message in sent] == [round(age * 1000)]


@given(
    st.lists(st.tuples(st.sampled_from(["rate", "press", "take", "break", "back", "time"]), st.floats(0, 8)))
)
@settings(max_examples=60, deadline=None)
async def test_whatever_happens_no_rating_is_lost_and_no_press_acted_on_late(
    steps: list[tuple[str, float]],
) -> None:
    clock = FakeClock()
    store = Memory()
    dropped: list[str] = []
    box = Inputs(store, clock, dropped.append)  # type: ignore[arg-type]
    sent: list[Input] = []
    rated = 0
    taken: set[str] = set()
    for what, number in steps:
        match what:
            case "rate":
                rated += 1
                box.take("pad", Rated(5), Context())
            case "press":
                box.take("keys", CALL, Context())
            case "take" if sent:
                message = sent[int(number) % len(sent)]
                taken.add(message.id)
                box.taken(message.id)
            case "break":
                box.disconnected()
            case "back":
                box.connected(sent.append)
            case "time":
                await clock.advance(number)
    before = len(sent)
    box.disconnected()
    box.connected(sent.append)
    resent = {message.id for message in sent[before:]}
    ratings = {message.id for message in sent if isinstance(message.reading, Rated)}
    assert len(ratings) == rated
    assert not resent & taken
    assert ratings - taken <= resent
    assert {row.id for row in store.rows if row.device == "pad"} == ratings - taken
    assert all(message.age_ms < 5000 for message in sent if message.reading == CALL)
    box.close()


class Memory:
    """A store that is always quick."""

    def __init__(self) -> None:
        self.rows: list[InputRow] = []

    def keep_input(self, row: InputRow) -> Done:
        self.rows.append(row)
        return Done()

    def drop_input(self, input_id: str) -> Done:
        self.rows = [row for row in self.rows if row.id != input_id]
        return Done()


class Done:
    def add_done_callback(self, act: object) -> None:
        pass


async def test_an_outage_does_not_end_in_a_flood(tmp_path: Path, clock: FakeClock) -> None:
    async with inputs(tmp_path, clock) as (box, _):
        for _ in range(3 * IN_FLIGHT):
            box.take("pad", Rated(5), Context())
        box.take("keys", CALL, Context())
        sent: list[Input] = []
        box.connected(sent.append)
        assert sent[0].reading == CALL
        assert len(sent) == IN_FLIGHT + 1
        box.take("keys", CALL, Context())
        assert sent[-1].reading == CALL
        for message in sent:
            box.taken(message.id)
        assert box.waiting == 0
        assert len(sent) == 3 * IN_FLIGHT + 2


async def test_a_refusing_disk_is_tried_again(tmp_path: Path, clock: FakeClock) -> None:
    async with inputs(tmp_path, clock) as (box, _):
        ask = box._store._writer.ask
        await ask(lambda c: c.pragma("max_page_count", c.pragma("page_count")))
        for _ in range(30):
            box.take("pad", Rated(5), Context(ticket="t" * 1000))
        await until(lambda: clock.pending)
        await ask(lambda c: c.pragma("max_page_count", 1_000_000))
        await clock.advance(5)
        await until(lambda: box._store.oldest_wait() == 0)
    assert len(await rows(tmp_path, clock)) == 30


async def test_what_cannot_be_read_harms_nothing_else(
    tmp_path: Path, clock: FakeClock, logs: list[structlog.typing.EventDict]
) -> None:
    async with inputs(tmp_path, clock) as (box, _):
        box._store.keep_input(InputRow("bad", "pad", '{"reading":"sung"}', "{}", 1, 1, "boot-1"))
        box.take("pad", Rated(5), Context())
    async with inputs(tmp_path, clock) as (box, _):
        assert box.waiting == 1
    assert [entry["event"] for entry in logs] == ["input.unreadable"]
    assert (await rows(tmp_path, clock))[0].id == "bad"


async def test_from_the_key_to_the_hub_and_back(tmp_path: Path, clock: FakeClock) -> None:
    hub, far = TinyHub(), Far()
    port = TcpPort("127.0.0.1", 0, [far])
    async with plugged(port), running(tmp_path, clock, hub, device("call_pad", port, id="keys")) as station:
        await until(lambda: hub.states("keys")[-1:] == ["online"])
        hub.say(show("keys", 1, KeypadFace(4), ticket="t_1"))
        await until(lambda: hub.all(Shown))
        far.say("odd")
        far.say("key", "call")
        await until(lambda: hub.all(Input))
        assert hub.all(Input)[0].context == Context(ticket="t_1")
        await until(lambda: station.view().inputs == 0)


async def test_a_keypad_beeps_when_its_press_came_to_nothing(tmp_path: Path, clock: FakeClock) -> None:
    hub, far = TinyHub(), Far()
    hub.takes = False
    port = TcpPort("127.0.0.1", 0, [far])
    async with plugged(port), running(tmp_path, clock, hub, device("call_pad", port, id="keys")):
        await until(lambda: hub.states("keys")[-1:] == ["online"])
        hub.say(show("keys", 1, KeypadFace(waiting=4, refused=2)))
        await until(lambda: hub.all(Shown))
        far.say("key", "call")
        await until(lambda: hub.all(Input))
        await clock.advance(5)
        await until(lambda: len(far.faces) == 2)
        hub.say(show("keys", 2, KeypadFace(waiting=3, refused=2)))
        await until(lambda: len(far.faces) == 3)
        await settle()
        assert [(face["waiting"], face["refused"]) for face in far.faces] == [(4, 2), (4, 3), (3, 3)]
