from __future__ import annotations

import asyncio
import threading

import pytest

from drivers.transport.opening import open_in_thread


class Door:
    """Opens when it is let to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.let = threading.Event()
        self.undone = threading.Event()
        self.begun = threading.Event()
        self._error = error

    def open(self) -> str:
        self.begun.set()
        assert self.let.wait(10)
        if self._error is not None:
            raise self._error
        return "open"

    def undo(self, opened: str) -> None:
        assert opened == "open"
        self.undone.set()


async def test_what_opens_in_time_is_kept() -> None:
    door = Door()
    door.let.set()
    assert await open_in_thread(door.open, door.undo, 5) == "open"
    assert not door.undone.is_set()


async def test_what_fails_says_so() -> None:
    door = Door(OSError(19, "gone"))
    door.let.set()
    with pytest.raises(OSError, match="gone"):
        await open_in_thread(door.open, door.undo, 5)


async def test_what_opens_too_late_is_undone() -> None:
    door = Door()
    with pytest.raises(TimeoutError):
        await open_in_thread(door.open, door.undo, 0.01)
    door.let.set()
    assert await asyncio.to_thread(door.undone.wait, 5)


async def test_what_nobody_waits_for_is_undone() -> None:
    door = Door()
    opening = asyncio.create_task(open_in_thread(door.open, door.undo, 5))
    assert await asyncio.to_thread(door.begun.wait, 5)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    door.let.set()
    assert await asyncio.to_thread(door.undone.wait, 5)


async def test_what_fails_too_late_is_nobodys_trouble() -> None:
    door = Door(OSError(19, "gone"))
    with pytest.raises(TimeoutError):
        await open_in_thread(door.open, door.undo, 0.01)
    door.let.set()
    await asyncio.sleep(0.02)
    assert not door.undone.is_set()
