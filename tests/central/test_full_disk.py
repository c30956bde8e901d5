"""The city's disk is full in the middle of several halls' pushes: nothing is acknowledged that is not stored.

SQLite undoes a statement by itself, or the whole transaction with all that others wrote in it, depending on
what it was doing. So every group is tried with a little more room than the one before, until all of it fits.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import shutil
import subprocess
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pytest
import pytest_asyncio
from sqlalchemy import insert, select, text

from kioskd.central import halls
from kioskd.central.database import Running
from kioskd.central.intake import Intake
from kioskd.central.schema import ORDERS
from kioskd.central.sqlite import Sqlite
from kioskd.sync.courier import Courier, Standing
from kioskd.sync.messages import Push, Taken
from tests.central.conftest import beside
from tests.central.test_log import all_events
from tests.sync.world import Log

PAGE = 4096
FRAME = PAGE + 24
"""What a page takes in SQLite's log."""
MOST_ROOM = 80
"""Pages that every group fits into."""
DISK_MIB = 32
EVENTS = {"h1": 1, "h2": 25, "h3": 50, "h4": 25, "h5": 4}
"""Events of each hall's pushes: 25 go in by one statement, which can fail without what was done before it."""


class Disk(Protocol):
    """A disk with so much room. ``step`` is how many pages more make a difference."""

    folder: Path
    step: int

    async def leave(self, database: Sqlite, room: int) -> None:
        """Leave so many pages."""

    async def free(self, database: Sqlite) -> None: ...

    def close(self) -> None: ...


class Pages:
    """The file may have no more pages: SQLite says that the disk is full when it asks for one."""

    step = 1

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def leave(self, database: Sqlite, room: int) -> None:
        pages = await database.read(partial(pragma, "page_count"))
        await database.write(partial(pragma, "max_page_count", pages + room))

    async def free(self, database: Sqlite) -> None:
        await database.write(partial(pragma, "max_page_count", 1 << 30))

    def close(self) -> None:
        pass


class Longest:
    """No file of this process may become longer: SQLite's log cannot be written, which is an I/O error."""

    step = 5

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)

    async def leave(self, database: Sqlite, room: int) -> None:
        length = (self.folder / "central.db-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (length + room * FRAME, self._before[1]))

    async def free(self, database: Sqlite) -> None:
        self.close()

    def close(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)


class Tmpfs:
    """A small file system of its own: SQLite's log finds it full."""

    step = 5

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(folder)]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("only root may mount a file system")

    async def leave(self, database: Sqlite, room: int) -> None:
        with self._filler.open("wb", buffering=0) as filler:
            with contextlib.suppress(OSError):
                for size in (1 << 20, PAGE):
                    while filler.write(bytes(size)) == size:
                        pass
            filler.truncate(filler.tell() - room * PAGE)

    async def free(self, database: Sqlite) -> None:
        self._filler.unlink()

    def close(self) -> None:
        subprocess.run(["umount", "-l", str(self.folder)], check=True)


def pragma(name: str, value: int | None = None) -> Running[int]:
    rows = yield text(f"PRAGMA {name}" if value is None else f"PRAGMA {name} = {value}")
    return int(rows[0][0]) if rows else 0


@pytest.fixture
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    made: Disk = request.param(tmp_path)
    yield made
    made.close()


@pytest_asyncio.fixture
async def city(disk: Disk, newest: Path) -> AsyncIterator[Sqlite]:
    if not beside(newest):
        await (await Sqlite.open(newest)).close()
    database = await Sqlite.open(Path(shutil.copy(newest, disk.folder / "central.db")))
    # Its log is not written anew from its beginning, which would need no room.
    await database.write(partial(pragma, "wal_autocheckpoint", 0))
    yield database
    await database.close()


@dataclass
class Hall:
    """A hall that tells the city its log."""

    name: str
    journal: Log = field(default_factory=Log)

    def __post_init__(self) -> None:
        self.courier = Courier(self.journal)
        self.journal.append("epoch.open", b'{"reason":"first","parent":null,"nonce":"n"}', 1, 1)

    @property
    def told(self) -> int:
        """How many events it believes the city to have."""
        return 0 if self.courier.cursor is None else self.courier.cursor.next - 1

    def more(self) -> None:
        """Something happens there."""
        begin = len(self.journal.events) + 1
        for seq in range(begin, begin + EVENTS[self.name]):
            self.journal.append("ticket.issued", b'{"n":%d,"note":"%s"}' % (seq, b"x" * 500), 1, seq)

    async def tell(self, intake: Intake) -> Push:
        """Send what is new; raise when the city does not take it."""
        number, push = self.courier.next()
        try:
            answer = await intake.take(self.name, push, 1)
        except Exception:
            self.courier.lost(number)
            raise
        self.courier.heard(number, answer)
        assert isinstance(answer, Taken) or self.courier.standing is Standing.UNKNOWN
        return push


async def at_once(database: Sqlite, works: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
    """Do all of them in one group of the writer's; return what became of each."""
    held, go = threading.Event(), threading.Event()

    def hold() -> Running[None]:
        held.set()
        go.wait()
        yield from ()

    holding = asyncio.create_task(database.write(hold))
    await asyncio.to_thread(held.wait)
    tasks = [asyncio.create_task(work) for work in works]
    await asyncio.sleep(0)
    waiting = database._jobs.qsize()
    go.set()
    await holding
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert waiting == len(tasks)
    return done


def order(seq: int) -> Running[None]:
    """What the city itself writes: a large row, after the pushes of the group."""
    body = b'"%s"' % (b"x" * 9000)
    yield insert(ORDERS).values(hall="h1", seq=seq, id=f"o{seq}", kind="notice.set", body=body, made=0)


def orders() -> Running[list[int]]:
    rows = yield select(ORDERS.c.seq).order_by(ORDERS.c.seq)
    return [row.seq for row in rows]


async def same_log(database: Sqlite, hall: Hall, events: int) -> None:
    """The city has so many events of the hall's log, byte for byte and each once."""
    ours = [(e.position.epoch, e.position.seq, e.body, e.chain) for e in hall.journal.events]
    assert await database.read(partial(all_events, hall.name)) == ours[:events]


@pytest.mark.parametrize(
    ("disk", "spills"),
    [(Pages, False), (Longest, False), (Longest, True), (Tmpfs, False), (Tmpfs, True)],
    ids=["no page", "log at the commit", "log before", "disk at the commit", "disk before"],
    indirect=["disk"],
)
async def test_nothing_is_acknowledged_that_a_full_disk_did_not_store(
    city: Sqlite, disk: Disk, spills: bool
) -> None:
    if spills:  # what does not fit into memory is written before the commit
        await city.write(partial(pragma, "cache_size", 10))
    intake, stations = Intake(city), [Hall(name) for name in EVENTS]
    for hall in stations:
        await city.write(partial(halls.add, hall.name, "测试大厅", 1))
        for _ in range(2):  # it asks where it stands, then tells
            await hall.tell(intake)
        await same_log(city, hall, 1)
    outcomes = set()
    for room in range(0, MOST_ROOM, disk.step):
        before = {hall.name: hall.told for hall in stations}
        for hall in stations:
            hall.more()
        await disk.leave(city, room)
        *told, ordered = await at_once(
            city, [*(hall.tell(intake) for hall in stations), city.write(partial(order, room))]
        )
        await disk.free(city)

        stored = [not isinstance(one, BaseException) for one in told]
        outcomes.add((any(stored), all(stored), ordered is None))
        for hall, whole in zip(stations, stored, strict=True):
            assert hall.told == before[hall.name] + (EVENTS[hall.name] if whole else 0)
            await same_log(city, hall, hall.told)
        assert (room in await city.read(orders)) == (ordered is None)
        for one in (*told, ordered):
            if isinstance(one, BaseException):
                assert "full" in str(one) or "I/O" in str(one), "the reason, not what followed from it"

        await asyncio.gather(*(hall.tell(intake) for hall in stations))
        for hall in stations:
            assert hall.courier.standing is Standing.GOING
            assert hall.told == len(hall.journal.events)
            await same_log(city, hall, hall.told)
        if all(stored) and ordered is None:
            break
    assert (False, False, False) in outcomes, "all of it failed as one"
    assert (True, True, True) in outcomes, "all of it fitted in the end"
