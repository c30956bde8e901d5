"""The small parts: back-off, waiting, limits, the watchdog's food, the outbox."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from kioskd.station.backoff import Backoff, Retry
from kioskd.station.clock import Limited, SystemClock, Wake
from kioskd.station.link import outbox as outbox_module
from kioskd.station.link.outbox import Outbox
from kioskd.station.messages import Taken
from kioskd.station.progress import Progress, keep_going
from tests.station.hall import show
from tests.station.timing import FakeClock, settle


@given(st.integers(0, 10_000), st.floats(0, 1e6), st.booleans())
def test_every_pause_has_a_ceiling(attempt: int, gone_for: float, configuration: bool) -> None:
    backoff = Backoff()
    ceiling = backoff.ceiling(attempt, gone_for, configuration)
    assert 0.2 <= ceiling <= (60 if configuration else 15)
    assert ceiling <= backoff.ceiling(attempt + 1, gone_for, configuration)
    if gone_for < 300 and not configuration:
        assert ceiling <= 0.8


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=50))
def test_pauses_are_fully_jittered(numbers: list[float]) -> None:
    clock, stream = FakeClock(), iter(numbers)
    retry = Retry(clock, lambda: next(stream))
    for attempt, number in enumerate(numbers):
        assert retry.pause() == number * min(0.8, 0.2 * 2**attempt)


def test_a_success_makes_the_next_failure_a_first_one(clock: FakeClock) -> None:
    retry = Retry(clock, lambda: 1.0)
    for _ in range(10):
        retry.pause()
    clock.now += 400
    assert retry.pause() == 15
    retry.reset()
    assert retry.pause() == 0.2


async def test_a_wake_up_is_kept_for_whoever_waits_next(clock: FakeClock) -> None:
    wake = Wake(clock)
    wake.set()
    assert await wake.wait(10)
    waiting = asyncio.ensure_future(wake.wait(10))
    await settle()
    await clock.advance(9.9)
    assert not waiting.done()
    await clock.advance(0.1)
    assert await waiting is False
    waiting = asyncio.ensure_future(wake.wait())
    await settle()
    assert not waiting.done()
    wake.set()
    wake.set()
    assert await waiting
    assert not clock.pending
    wake.set()
    wake.clear()
    waiting = asyncio.ensure_future(wake.wait(1))
    await settle()
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert not clock.pending


async def test_limits(clock: FakeClock) -> None:
    async def forever() -> None:
        await asyncio.get_running_loop().create_future()

    async def quick() -> int:
        return 7

    assert await Limited(clock, 1, quick()).result() == 7
    late = Limited(clock, 10, forever())
    result = asyncio.ensure_future(late.result())
    await clock.advance(5)
    late.shorten(1)
    await clock.advance(1)
    with pytest.raises(TimeoutError):
        await result

    async def to_the_end() -> str:
        with suppress(asyncio.CancelledError):
            await forever()
        return "ended by itself"

    async def at_peace() -> int:
        told = await Limited(clock, 10, to_the_end()).result()
        assert told == "ended by itself"
        await asyncio.sleep(0)  # nothing is left of the cancelling
        current = asyncio.current_task()
        return current.cancelling() if current is not None else -1

    stubborn = asyncio.ensure_future(at_peace())
    await settle()
    await clock.advance(10)
    assert await stubborn == 0

    both = asyncio.ensure_future(Limited(clock, 10, forever()).result())
    await settle()
    both.cancel()
    await clock.advance(10)
    with pytest.raises(asyncio.CancelledError):
        await both

    ended = Limited(clock, 10, forever())
    result = asyncio.ensure_future(ended.result())
    await settle()
    result.cancel()
    with pytest.raises(asyncio.CancelledError):
        await result
    assert not clock.pending


def test_only_overdue_work_is_stalled(clock: FakeClock) -> None:
    progress = Progress(clock)
    with progress.working("print", 10):
        clock.now += 10
        assert progress.stalled() == ()
        clock.now += 0.1
        assert progress.stalled() == ("print",)
    assert progress.stalled() == ()


async def test_a_loop_that_fails_begins_anew(
    clock: FakeClock, logs: list[structlog.typing.EventDict]
) -> None:
    runs = 0

    async def loop() -> None:
        nonlocal runs
        runs += 1
        raise RuntimeError("a bug")

    task = asyncio.ensure_future(keep_going("loop", loop, clock))
    await settle()
    await clock.advance(2)
    assert runs == 3
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert {entry["event"] for entry in logs} == {"loop.failed"}


async def test_the_outbox_keeps_order_and_only_the_newest_show(monkeypatch: pytest.MonkeyPatch) -> None:
    box = Outbox()
    for message in (
        show("a", 1, "one"),
        Taken(id="1"),
        show("b", 1, "one"),
        show("a", 2, "two"),
        Taken(id="1"),
    ):
        box.put(message)
    got = [await box.get() for _ in range(4)]
    assert got == [Taken(id="1"), show("b", 1, "one"), show("a", 2, "two"), Taken(id="1")]

    monkeypatch.setattr(outbox_module, "MOST", 3)
    for n in range(4):
        box.put(Taken(id=str(n)))
    with pytest.raises(OverflowError):
        await box.get()


async def test_the_machine_has_a_clock() -> None:
    clock = SystemClock()
    assert clock.boot == SystemClock().boot
    before = clock.steady()
    assert await Wake(clock).wait(0) is False
    assert clock.steady() >= before
    assert clock.wall() > 1_700_000_000
