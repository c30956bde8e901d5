"""Loops of the central server that cannot do their turn: one trace, and a line when they can again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import structlog

from kioskd.central import reading
from kioskd.central.loops import Loop
from kioskd.central.reading import Reader, Reading


def test_what_ends_a_turn_is_told_once_until_it_is_over() -> None:
    loop = Loop("reading")
    at_seven, at_eight, full = KeyError("hall-7"), KeyError("hall-8"), OSError("full")
    turns = (at_seven, at_eight, full, None, None, at_seven)
    with structlog.testing.capture_logs() as logs:
        for error in turns:
            with loop.turn():
                if error is not None:
                    raise error
    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("loop_down", "error"),
        ("loop_down", "error"),
        ("loop_well_again", "info"),
        ("loop_down", "error"),
    ]
    assert all(line["loop"] == "reading" for line in logs)
    assert [line.get("exc_info") for line in logs] == [True, True, None, True]


def test_a_turn_that_is_cancelled_ends_the_loop() -> None:
    with structlog.testing.capture_logs() as logs, pytest.raises(asyncio.CancelledError), Loop("x").turn():
        raise asyncio.CancelledError
    assert logs == []


class Broken:
    """A database that fails a few times, and then says that nothing is new."""

    def __init__(self, failing: int, done: Reading | None = None) -> None:
        self.left = failing
        self.reading = done

    async def read(self, script: Any) -> Any:
        if self.left:
            self.left -= 1
            raise KeyError("hall-7")
        assert self.reading is not None
        self.reading.end()
        return []


async def test_readers_that_fail_at_every_turn_do_not_flood_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LOOK_S", 0)
    database = Broken(5)
    reader = Reader("test", frozenset(), lambda hall, row: iter(()))  # type: ignore[arg-type,return-value]
    database.reading = Reading(database, [reader])  # type: ignore[arg-type]
    with structlog.testing.capture_logs() as logs:
        async with asyncio.timeout(30):
            await database.reading.run()
    assert [line["event"] for line in logs] == ["loop_down", "loop_well_again"]
    assert logs[0]["exc_info"] is True
