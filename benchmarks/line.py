"""The way from a hall to the city: how soon an event is there, and what catching up costs everybody."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from benchmarks.central import BODY, OPENING
from benchmarks.client import Connection
from benchmarks.hubs import bare_hall, hub
from benchmarks.report import Figure, p95
from kioskd.hall.commands import ApplySettings, CallNext, FinishTicket, IssueTicket, NoteAudit, Tick
from kioskd.hub.clock import Clock
from kioskd.hub.desk import SYSTEM, Desk
from kioskd.journal.chain import GENESIS, store
from kioskd.journal.journal import Journal
from kioskd.journal.records import NewEvent, Position
from kioskd.settings import load
from kioskd.sync.messages import Push
from kioskd.sync.settings import CentralSettings
from kioskd.sync.uplink import Uplink
from kioskd.sync.wire import pack, wire_event

WEEK = 70_000
CALLS = 40
QUIET_S = 10.0
EVENTS_S = 3000 / 3600
LIGHT_S = 0.05
"""How often each of the other halls says something meanwhile."""


class City:
    """A central server in a process of its own, on SQLite."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "central.db"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.central", str(self._file)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
        assert self._process.stdout is not None
        ready = next(line for line in self._process.stdout if line.startswith("ready "))
        _, port, self.inc = ready.split()
        self.port = int(port)
        self._reader = sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, isolation_level=None)

    def has(self, hall: str) -> tuple[int, int]:
        """Return the first place of a hall that is not there."""
        found = self._reader.execute("SELECT epoch, next FROM hall WHERE id = ?", (hall,)).fetchone()
        return found[0], found[1]

    def stop(self) -> None:
        self._reader.close()
        self._process.kill()
        self._process.wait(10)
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextlib.asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[Desk, Journal]]:
    """Give a hall's desk and journal in this process."""
    clock = Clock()
    journal = await Journal.open(folder, now_wall=clock.moment().wall, boot="boot")
    desk = Desk(journal, clock)
    await desk.start("boot")
    hall = await asyncio.to_thread(bare_hall, folder.parent)
    await desk.submit(ApplySettings(by=SYSTEM, rules=load(hall).rules))
    await desk.submit(Tick(by=SYSTEM))
    try:
        yield desk, journal
    finally:
        await desk.close()
        await journal.close()


def settings(city: City, hall: int, folder: Path) -> CentralSettings:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "central.token").write_text(f"t{hall}")
    return CentralSettings(url=f"http://127.0.0.1:{city.port}", hall=f"h{hall}")


async def fill(desk: Desk, count: int) -> None:
    """Let so much happen in the hall."""
    for _ in range(0, count, 500):
        notes = (NoteAudit(by=SYSTEM, action="benchmark", subject=f"s{n}") for n in range(500))
        await asyncio.gather(*(desk.submit(note) for note in notes))


async def there(city: City, hall: str, journal: Journal) -> None:
    head = journal.head
    while city.has(hall) <= (head.epoch, head.seq):  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.002)


async def soon_and_cheap(city: City, folder: Path) -> tuple[list[float], float, float]:
    """Return how long calls took to be visible (s), and CPU seconds a second without and with the city."""
    async with opened(folder / "a") as (desk, journal):
        quiet = await busy(desk)
        uplink = Uplink(desk, journal, settings(city, 0, folder / "a"), folder / "a")
        running = asyncio.create_task(uplink.run())
        await there(city, "h0", journal)
        waits = []
        for n in range(CALLS):
            await desk.submit(IssueTicket(by=SYSTEM, id=f"t_{n}", code=f"k_{n}", queue="general"))
            await asyncio.sleep(random.uniform(0.05, 0.4))
            await desk.submit(CallNext(by=SYSTEM, window="1"))
            begin = time.perf_counter()
            await there(city, "h0", journal)
            waits.append(time.perf_counter() - begin)
            await desk.submit(FinishTicket(by=SYSTEM, window="1", ticket=f"t_{n}"))
        linked = await busy(desk)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return waits, quiet, linked


async def busy(desk: Desk) -> float:
    """Return the CPU that a hall's hour takes, in seconds a second."""
    begin, cpu = time.perf_counter(), _cpu()
    while time.perf_counter() - begin < QUIET_S:
        await desk.submit(NoteAudit(by=SYSTEM, action="benchmark"))
        await asyncio.sleep(1 / EVENTS_S)
    return (_cpu() - cpu) / (time.perf_counter() - begin)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@contextlib.contextmanager
def others(city: City, file: Path) -> Iterator[None]:
    """Let other halls push meanwhile, each from a PC of its own: at least from another process."""
    with file.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.line", str(city.port), city.inc], stdout=said, env=os.environ
        )
        try:
            yield
        finally:
            process.kill()
            process.wait(10)


def pushes(file: Path, begin: float, end: float) -> list[float]:
    """Return how long the other halls' pushes took that ended between two instants (of the epoch)."""
    lines = [line.split() for line in file.read_text().splitlines()[:-1]]
    return [float(took) for at, took in lines if begin <= float(at) < end]


async def all_light(port: int, inc: str) -> None:
    """Be the other halls, for ever."""
    await asyncio.gather(*(light(port, inc, hall) for hall in (2, 3, 4)))


async def light(port: int, inc: str, hall: int) -> None:
    """Push a few events again and again, and say when and how long each took."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    chain, seq = GENESIS, 1
    try:
        while True:
            some, prev = [], chain
            for n in range(seq, seq + 5):
                kind, said = ("ticket.issued", BODY) if n > 1 else ("epoch.open", OPENING)
                some.append(store(chain, Position(1, n), NewEvent(kind, 1, said, n, n), "boot"))
                chain = some[-1].chain
            push = Push(1, seq, prev.hex(), chain.hex(), None, inc, None, tuple(map(wire_event, some)))
            body, begin = pack(push), time.perf_counter()
            writer.write(
                f"POST /sync/v1/halls/h{hall}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t{hall}\r\n"
                f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.decode())
            await reader.readexactly(int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]))
            print(time.time(), time.perf_counter() - begin, flush=True)
            seq += 5
            await asyncio.sleep(LIGHT_S)
    finally:
        writer.close()


async def week(city: City, folder: Path) -> tuple[float, list[float], list[float]]:
    """Return how long a week takes to arrive, and how other halls' pushes fared before and meanwhile."""
    async with opened(folder / "b") as (desk, journal):
        await fill(desk, WEEK)
        said = folder / "others"
        with others(city, said):
            await asyncio.sleep(3.0)
            calm = time.time()
            await asyncio.sleep(8.0)
            begin = time.time()
            uplink = Uplink(desk, journal, settings(city, 1, folder / "b"), folder / "b")
            running = asyncio.create_task(uplink.run())
            await there(city, "h1", journal)
            end = time.time()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    return end - begin, pushes(said, calm, begin), pushes(said, begin, end)


async def calls(port: int, token: str, stop: asyncio.Event, most: int) -> list[float]:
    """Return how long the hub took for each call-next."""
    connection = await Connection.open(port, token)
    waits: list[float] = []
    while not stop.is_set() and len(waits) < most:
        begin = time.perf_counter()
        window = len(waits) % 6 + 1
        await connection.post(f"/api/v1/windows/{window}/call-next", b"{}", os.urandom(8).hex())
        waits.append(time.perf_counter() - begin)
        await asyncio.sleep(0.01)
    connection.close()
    return waits


async def prepare(folder: Path) -> None:
    async with opened(folder) as (desk, _):
        await fill(desk, WEEK)
        for n in range(1500):
            await desk.submit(IssueTicket(by=SYSTEM, id=f"t_{n}", code=f"k_{n}", queue="general"))


def at_the_hub(city: City, folder: Path) -> tuple[list[float], list[float]]:
    """Return call-next at a hub of its own, while it catches up and after."""
    data = folder / "c"
    asyncio.run(prepare(data))
    settings(city, 5, data)
    file = bare_hall(folder)
    central = f'\n[central]\nurl = "http://127.0.0.1:{city.port}"\nhall = "h5"\n'
    file.write_text(file.read_text("utf-8") + central)

    async def both(port: int, token: str) -> tuple[list[float], list[float]]:
        arrived = asyncio.Event()

        async def watch() -> None:
            while city.has("h5")[1] <= WEEK:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.02)
            arrived.set()

        watching = asyncio.create_task(watch())
        catching = await calls(port, token, arrived, 5000)
        await watching
        return catching, await calls(port, token, asyncio.Event(), max(200, len(catching)))

    with hub(file, data) as running:
        return asyncio.run(both(running.port, running.token))


def elsewhere() -> Path | None:
    """Return where the city's disk is: in memory where there is some, as it is no hall's disk."""
    memory = Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) else None


def run() -> Iterator[Figure]:
    """Measure."""
    with (
        tempfile.TemporaryDirectory(prefix="kioskd-bench-") as name,
        tempfile.TemporaryDirectory(prefix="kioskd-city-", dir=elsewhere()) as far,
    ):
        folder = Path(name)
        city = City(Path(far))
        try:
            waits, quiet, linked = asyncio.run(soon_and_cheap(city, folder))
            yield Figure("call → visible at the city, p95", p95(waits) * 1000, 250.0, "ms", "idle network")
            yield Figure(
                "sync on the hub at 3,000 events an hour", (linked - quiet) * 100, 3.0, "%", "of a core",
                note=f"hub {quiet * 100:.2f} % without, {linked * 100:.2f} % with",
            )  # fmt: skip
            taken, calm, meanwhile = asyncio.run(week(city, folder))
            yield Figure("a week offline (70,000 events) caught up", taken, 10.0, "s", "one hall")
            yield Figure(
                "other halls' pushes meanwhile, p95", p95(meanwhile) * 1000, 1.2 * p95(calm) * 1000, "ms",
                "≤ 1.2 × before", note=f"{len(calm)} and {len(meanwhile)} pushes",
            )  # fmt: skip
            catching, after = at_the_hub(city, folder)
            yield Figure(
                "call-next while catching up, p95", p95(catching) * 1000, 1.05 * p95(after) * 1000, "ms",
                "≤ 1.05 × after", note=f"{len(catching)} and {len(after)} calls",
            )  # fmt: skip
        finally:
            city.stop()


if __name__ == "__main__":
    asyncio.run(all_light(int(sys.argv[1]), sys.argv[2]))
