from __future__ import annotations

import asyncio

import pytest

from drivers.errors import TransientError
from drivers.transport.address import Wire
from drivers.transport.turns import Turns


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_latest_change_first_and_those_without_come_last_in_order() -> None:
    turns = Turns(Wire())
    served: list[str] = []
    changes = {"a": 1.0, "b": 2.0, "c": 3.0}

    async def want(name: str) -> None:
        async with turns.turn((lambda: changes[name]) if name in changes else None):
            served.append(name)

    async with turns.turn():
        tasks = [asyncio.create_task(want(name)) for name in ("poll1", "a", "poll2", "b", "c")]
        await settle()
        changes["a"] = 9.0  # asked at the moment of serving, not of waiting
    await asyncio.gather(*tasks)
    assert served == ["a", "c", "b", "poll1", "poll2"]


async def test_one_at_a_time() -> None:
    turns = Turns(Wire())
    inside = 0

    async def work() -> None:
        nonlocal inside
        async with turns.turn():
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(20)))


async def test_cancelling_never_loses_the_line() -> None:
    turns = Turns(Wire())

    async def hold() -> None:
        async with turns.turn():
            await asyncio.Event().wait()

    for steps in range(6):
        async with turns.turn():
            tasks = [asyncio.create_task(hold()) for _ in range(3)]
            await settle()
        for _ in range(steps):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        async with asyncio.timeout(1), turns.turn():
            pass


async def test_the_gap_follows_our_own_last_byte_and_what_we_heard() -> None:
    loop = asyncio.get_running_loop()
    wire = Wire(baudrate=9600, gap=0.02)
    turns = Turns(wire)
    async with turns.turn():
        began = loop.time()
        turns.said(48)  # 50 ms on the wire
    async with turns.turn():
        assert loop.time() - began >= 48 * wire.byte_time + wire.gap
        turns.heard()
        heard = loop.time()
    async with turns.turn():
        assert loop.time() - heard >= wire.gap


async def test_a_babbling_device_cannot_keep_the_line_for_ever() -> None:
    turns = Turns(Wire(baudrate=9600, gap=0.05))

    async def babble() -> None:
        while True:
            turns.heard()
            await asyncio.sleep(0.01)

    noise = asyncio.create_task(babble())
    await settle()
    async with asyncio.timeout(2), turns.turn():
        pass
    noise.cancel()
    await asyncio.wait({noise})


async def test_a_lost_line_fails_everyone_waiting_and_everyone_after() -> None:
    turns = Turns(Wire())

    async def want() -> None:
        async with turns.turn():
            raise AssertionError("served on a lost line")

    async with turns.turn():
        tasks = [asyncio.create_task(want()) for _ in range(3)]
        await settle()
        turns.end(TransientError("line.lost", "gone"))
    for task in [*tasks, asyncio.create_task(want())]:
        with pytest.raises(TransientError) as caught:
            await task
        assert caught.value.code == "line.lost"
