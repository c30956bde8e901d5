"""Steps of many halls in few transactions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from kioskd.central.database import Advance, Stand
from kioskd.central.together import Done, Together


def step(hall: str, events: int = 1) -> Advance:
    row = (hall, 1, 1, "k", 1, 1, 1, "b", b"", b"")
    return Advance(hall, Stand("i", 1, 1, b""), Stand("i", 1, 1 + events, b""), [row] * events, 0)


class Writer:
    """Writes groups when it is let; a hall called "bad" cannot be written."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.may = asyncio.Event()

    async def __call__(self, steps: Sequence[Advance]) -> list[Done]:
        self.groups.append([step.hall for step in steps])
        await self.may.wait()
        if any(step.hall == "bad" for step in steps):
            raise OSError("bad")
        return [(0, step.after.next) for step in steps]


async def test_what_came_meanwhile_goes_together_the_smallest_first() -> None:
    writer = Writer()
    together = Together(writer, 1, 100)
    asked = [("a", 1), ("week", 90), ("b", 5), ("c", 1), ("c", 1), ("long", 500)]
    tasks = [asyncio.create_task(together.do(step(hall, events))) for hall, events in asked]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    writer.may.set()
    assert await asyncio.gather(*tasks) == [(0, 2), (0, 91), (0, 6), (0, 2), (0, 2), (0, 501)]
    assert writer.groups == [["a"], ["c", "b", "week"], ["c"], ["long"]]
    await together.close()


async def test_what_fails_harms_itself_only() -> None:
    writer = Writer()
    together = Together(writer, 1, 100)
    tasks = [asyncio.create_task(together.do(step(hall))) for hall in ("first", "a", "bad", "b")]
    await asyncio.sleep(0)
    writer.may.set()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(each, OSError) for each in done] == [False, False, True, False]
    await together.close()


async def test_who_has_gone_is_not_written_for() -> None:
    writer = Writer()
    together = Together(writer, 1, 100)
    first = asyncio.create_task(together.do(step("a")))
    gone = asyncio.create_task(together.do(step("b")))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    writer.may.set()
    assert await first == (0, 2)
    await together.close()
    assert writer.groups == [["a"]]
