"""A small hall with a real journal, without web and stations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kioskd.access.roles import Role
from kioskd.access.tokens import FILE_NAME, TokenStore
from kioskd.backup.make import Job
from kioskd.backup.settings import BackupSettings, FolderPlace
from kioskd.hall.commands import ApplySettings, By, IssueTicket, Tick
from kioskd.hall.events import TicketIssued
from kioskd.hall.refusal import Refusal
from kioskd.hub.clock import Clock
from kioskd.hub.desk import Desk
from kioskd.journal import Journal
from kioskd.journal.keys import KEY_NAME
from tests.hall.conftest import make_rules

BY = By(kind="person", id="test", role="lead", via="test")
MONDAY = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001


class Walls:
    """A machine's clocks; ``at`` is the hall's local time."""

    def __init__(self, at: datetime = MONDAY) -> None:
        self.set(at)
        self.steady_ms = 1_000_000

    def set(self, at: datetime) -> None:
        self.wall_ms = int((at - timedelta(hours=8)).replace(tzinfo=UTC).timestamp() * 1000)

    def clock(self) -> Clock:
        return Clock(wall=lambda: self.wall_ms, steady=lambda: self.steady_ms)


@asynccontextmanager
async def running(data: Path, walls: Walls) -> AsyncIterator[Desk]:
    """Run a hall in a data folder; leave it as a stop in order would."""
    journal = await Journal.open(data, now_wall=walls.wall_ms, boot="boot")
    try:
        desk = Desk(journal, walls.clock())
        await desk.start("boot")
        await desk.submit(ApplySettings(by=BY, rules=make_rules()))
        await desk.submit(Tick(by=BY))
        try:
            yield desk
        finally:
            await desk.close()
    finally:
        await journal.close()


async def issue(desk: Desk, name: str, queue: str = "general") -> str:
    """Take a number."""
    done = await desk.submit(IssueTicket(by=BY, id=f"t_{name}", code=f"c_{name}", queue=queue))
    assert not isinstance(done, Refusal), done
    return next(event.number for event in done.events if isinstance(event, TicketIssued))


async def issue_many(desk: Desk, first: int, last: int) -> list[str]:
    return [await issue(desk, f"{n}") for n in range(first, last + 1)]


def users(data: Path) -> str:
    """Make a token as people would; return its secret."""
    store = TokenStore.open(data / FILE_NAME)
    try:
        return store.add(Role.LEAD, "带班")[1]
    finally:
        store.close()


def job(data: Path) -> Job:
    return Job(
        hall="test",
        data=data,
        key_file=data / KEY_NAME,
        settings={"hall.toml": b"[hall]\n", "layouts/one.toml": b"one"},
        version="1",
    )


def into(folder: Path, keep: int = 3) -> BackupSettings:
    return BackupSettings(places=(FolderPlace(id="pc", path=str(folder)),), keep=keep)
