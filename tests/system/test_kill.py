"""kill -9 of a hub under load: what it acknowledged is there, nothing is there twice."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchmarks.client import Connection
from benchmarks.hubs import bare_hall, hub
from kioskd.__main__ import main
from kioskd.hall.codec import decode
from kioskd.hall.events import TicketIssued
from kioskd.journal.journal import Journal
from kioskd.journal.records import BEFORE_ALL

pytestmark = pytest.mark.on_disk

ROUNDS = 20
CLIENTS = 16


class Citizens:
    """Sixteen clients that take tickets as fast as they can and remember every answer."""

    def __init__(self) -> None:
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.unanswered: list[str] = []
        self._sent = 0

    async def crowd(self, port: int, token: str, enough: int, kill: Any) -> None:
        """Take tickets until ``kill`` was called after ``enough`` answers."""
        until = len(self.acknowledged) + enough

        async def one() -> None:
            connection = None
            # Who has not even been let in when it is killed is refused.
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                connection = await Connection.open(port, token)
                while True:
                    self._sent += 1
                    key = f"citizen-{self._sent}"
                    self.unanswered.append(key)
                    status, answer = await connection.post("/api/v1/tickets", b'{"queue":"general"}', key)
                    assert status == 201, answer
                    self.unanswered.remove(key)
                    self.acknowledged[key] = msgspec.json.decode(answer)
                    if len(self.acknowledged) >= until:
                        kill()
            if connection is not None:
                connection.close()

        await asyncio.gather(*(one() for _ in range(CLIENTS)))
        assert len(self.acknowledged) >= until, "it was gone before it was killed"

    async def come_back(self, port: int, token: str) -> None:
        """Ask again for what was never answered, and for some of what was: the same number comes back."""
        connection = await Connection.open(port, token)
        for key in self.unanswered:
            status, answer = await connection.post("/api/v1/tickets", b'{"queue":"general"}', key)
            assert status == 201, answer
            self.acknowledged[key] = msgspec.json.decode(answer)
        self.unanswered.clear()
        for key in random.Random(len(self.acknowledged)).sample(sorted(self.acknowledged), 5):
            _, answer = await connection.post("/api/v1/tickets", b'{"queue":"general"}', key)
            again = msgspec.json.decode(answer)
            assert again["number"] == self.acknowledged[key]["number"]
            assert again["id"] == self.acknowledged[key]["id"]
        connection.close()


async def issued(data: Path) -> list[TicketIssued]:
    """Return every ticket that the journal knows of."""
    journal = await Journal.open(data, now_wall=0, boot="test")
    found = []
    async for stored in journal.stream(BEFORE_ALL):
        event = decode(stored.kind, stored.version, stored.body)
        if isinstance(event, TicketIssued):
            found.append(event)
    await journal.close()
    return found


@pytest.mark.timeout(300)
def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    file, data, citizens = bare_hall(tmp_path), tmp_path / "data", Citizens()
    dice = random.Random(9)
    for _ in range(ROUNDS):
        with hub(file, data) as running:
            if citizens.acknowledged:
                asyncio.run(citizens.come_back(running.port, running.token))
            asyncio.run(
                citizens.crowd(running.port, running.token, dice.randrange(20, 120), running.process.kill)
            )
    with hub(file, data) as running:
        asyncio.run(citizens.come_back(running.port, running.token))

    events = {event.ticket: event for event in asyncio.run(issued(data))}
    assert len(citizens.acknowledged) >= ROUNDS * 20
    for answer in citizens.acknowledged.values():
        assert events[answer["id"]].number == answer["number"]
    numbers = Counter(event.number for event in events.values())
    assert [number for number, times in numbers.items() if times > 1] == []
    assert main(["journal", "verify", "--data", str(data)]) == 0
