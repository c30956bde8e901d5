"""Restart to first ticket with a long history."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.client import Connection
from benchmarks.hubs import bare_hall, hub
from benchmarks.report import Figure
from kioskd.hall.codec import encode
from kioskd.hall.commands import By
from kioskd.hall.events import DeviceChanged
from kioskd.journal.journal import Journal
from kioskd.journal.records import Batch, NewEvent

EVENTS = 1_000_000
BATCH = 200


async def _history(data: Path, count: int) -> None:
    """Fill a hall's journal with events of device states: real kinds that change nothing else."""
    by = By(kind="device", id="bench", role="station", via="station")
    kind, version, body = encode(
        DeviceChanged(by=by, device="printer", device_class="printer", state="online", paper="full")
    )
    wall = time.time_ns() // 1_000_000 - count
    journal = await Journal.open(data, now_wall=wall, boot="bench")
    for start in range(0, count, BATCH):
        events = tuple(NewEvent(kind, version, body, start + n, wall + start + n) for n in range(BATCH))
        submitted = journal.submit(Batch(events))
        if start % 10_000 == 0:
            await submitted.durable
    await journal.close()


async def _first_ticket(port: int, token: str) -> None:
    connection = await Connection.open(port, token)
    status, answer = await connection.post("/api/v1/tickets", b'{"queue":"general"}', "first")
    connection.close()
    if status != 201:
        raise RuntimeError(f"{status}: {answer!r}")


def run(count: int = EVENTS) -> Iterator[Figure]:
    """Measure from the start of the process to the answer of the first ticket."""
    with tempfile.TemporaryDirectory(prefix="kioskd-bench-") as name:
        folder = Path(name)
        file, data = bare_hall(folder), folder / "data"
        with hub(file, data):
            pass
        asyncio.run(_history(data, count))
        with hub(
            file, data
        ):  # the first start after so many foreign events replays them and leaves a snapshot
            pass
        begin = time.perf_counter()
        with hub(file, data) as running:
            asyncio.run(_first_ticket(running.port, running.token))
            taken = time.perf_counter() - begin
        begin = time.perf_counter()
        with hub(file, data) as running:
            asyncio.run(_first_ticket(running.port, running.token))
            running.process.kill()  # an unclean stop: the next start checks the database
            running.process.wait(10)
        begin = time.perf_counter()
        with hub(file, data) as running:
            asyncio.run(_first_ticket(running.port, running.token))
            unclean = time.perf_counter() - begin
    yield Figure(
        f"restart to first ticket, {count:,} events",
        taken,
        2.0,
        "s",
        "≤ 2 s",
        note=f"after kill -9, with the database checked: {unclean:.2f} s",
    )
