"""What others notice while a hall catches up with the city: other halls, and who calls at that hall.

Short windows in which it catches up take turns with windows in which it rests, so that whatever else the
machine does falls on both alike; each round is judged by itself, and the median of the rounds counts.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks.central import BODY, OPENING
from benchmarks.client import Connection
from benchmarks.hubs import bare_hall, hub
from benchmarks.line import WEEK, City, city_and_hall, fill, foremost, opened, settings, stepped_back
from benchmarks.report import Figure, p50, p95
from kioskd.hall.commands import IssueTicket
from kioskd.hub.desk import SYSTEM
from kioskd.journal.chain import GENESIS, store
from kioskd.journal.journal import Journal
from kioskd.journal.records import NewEvent, Position
from kioskd.sync.line import Line
from kioskd.sync.messages import NotTaken, Push, Taken
from kioskd.sync.uplink import Uplink
from kioskd.sync.wire import pack, wire_event

WINDOW_S = 0.4
SETTLE_S = 0.05
"""Of each window: what was begun in the one before ends, and is not counted."""

ROUND = 4
"""Pairs of windows in a round."""

LIGHT_S = 0.02
"""How often each of the other halls says something meanwhile."""

CALL_S = 0.004
WEEKS, TICKETS = 6, 20_000
"""What a hub catches up with while it is called at. One round differs from another by a seventh, so many are
needed to tell a twentieth.
"""


class Taking(NamedTuple):
    """Something that ended at ``at`` (of the epoch) after ``took`` seconds."""

    at: float
    took: float


class Pair(NamedTuple):
    """The limits of a window of rest and of one of catching up."""

    rest: tuple[float, float]
    work: tuple[float, float]


async def turns(work: Callable[[bool], None], over: Callable[[], bool]) -> list[Pair]:
    """Let ``work`` rest and go on in turns until it is over; return the windows that were whole."""
    pairs: list[Pair] = []
    while True:
        limits = []
        for on in (False, True):
            work(on)
            begin = time.time() + SETTLE_S
            await asyncio.sleep(WINDOW_S)
            limits.append((begin, time.time()))
        if over():
            return pairs
        pairs.append(Pair(limits[0], limits[1]))


def ratio(takings: Sequence[Taking], pairs: Sequence[Pair]) -> tuple[float, str]:
    """Return the median over rounds of p95 while catching up beside p95 at rest, and what it rests on."""
    rounds, rests, works = [], [], []
    for n in range(0, len(pairs) - ROUND + 1, ROUND):
        some = pairs[n : n + ROUND]
        rest = [took for pair in some for took in _within(takings, pair.rest)]
        work = [took for pair in some for took in _within(takings, pair.work)]
        rounds.append(p95(work) / p95(rest))
        rests += rest
        works += work
    spread = ", ".join(f"{one:.2f}" for one in sorted(rounds))
    note = (
        f"rounds {spread}; {len(rests)} at rest {p95(rests) * 1000:.1f} ms,"
        f" {len(works)} meanwhile {p95(works) * 1000:.1f} ms"
    )
    return p50(rounds), note


def _within(takings: Sequence[Taking], limits: tuple[float, float]) -> list[float]:
    begin, end = limits
    return [one.took for one in takings if begin <= one.at - one.took and one.at < end]


# --- other halls ---------------------------------------------------------------------------------


class Gated(Line):
    """A line that carries pushes while its gate is open."""

    gate: asyncio.Event

    async def push(self, data: bytes) -> Taken | NotTaken:
        await self.gate.wait()
        return await super().push(data)


@contextlib.contextmanager
def others(city: City, file: Path) -> Iterator[None]:
    """Let other halls push meanwhile, each from a PC of its own: at least from another process."""
    with file.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.catching_up", str(city.port), city.inc],
            stdout=said,
            env=os.environ,
        )
        try:
            yield
        finally:
            process.kill()
            process.wait(10)


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


def _let(gate: asyncio.Event, on: bool) -> None:
    (gate.set if on else gate.clear)()


def _there(city: City, hall: str, journal: Journal) -> bool:
    return city.has(hall) > (journal.head.epoch, journal.head.seq)


async def beside_others(city: City, folder: Path) -> tuple[list[Taking], list[Pair]]:
    """Return the pushes of other halls, and when a hall with a week to send was sending it."""
    pairs: list[Pair] = []
    async with opened(folder / "a") as (desk, journal):
        await fill(desk, WEEK)
        said = folder / "others"
        # The hall that catches up is another PC: it must not take its pace from the city's processors.
        with others(city, said), stepped_back(0):
            await asyncio.sleep(3.0)
            for number in (1, 6, 7):  # no hall's name is in its log: three halls have the same week
                data = folder / f"hall{number}"
                place = settings(city, number, data)
                line = Gated(place, data)
                line.gate = gate = asyncio.Event()
                uplink = Uplink(desk, journal, place, data, line=line)
                running = asyncio.create_task(uplink.run())
                pairs += await turns(partial(_let, gate), partial(_there, city, f"h{number}", journal))
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
        lines = said.read_text().splitlines()[:-1]
    return [Taking(*map(float, line.split())) for line in lines], pairs


# --- calls at the hall itself --------------------------------------------------------------------


async def calls(port: int, token: str, stop: asyncio.Event) -> list[Taking]:
    """Call the next again and again; return how long the hub took for each."""
    connection = await Connection.open(port, token)
    takings: list[Taking] = []
    while not stop.is_set():
        begin, window = time.perf_counter(), len(takings) % 6 + 1
        await connection.post(f"/api/v1/windows/{window}/call-next", b"{}", os.urandom(8).hex())
        takings.append(Taking(time.time(), time.perf_counter() - begin))
        await asyncio.sleep(CALL_S)
    connection.close()
    return takings


async def prepare(folder: Path) -> None:
    """Fill a hall's journal with weeks, and its lines with people."""
    async with opened(folder) as (desk, _):
        await fill(desk, WEEKS * WEEK)
        for n in range(TICKETS):
            await desk.submit(IssueTicket(by=SYSTEM, id=f"t_{n}", code=f"k_{n}", queue="general"))


def at_the_hub(city: City, folder: Path) -> tuple[list[Taking], list[Pair]]:
    """Return call-next at a hub of its own, and when it was catching up: a halted city lets it rest."""
    data = folder / "b"
    asyncio.run(prepare(data))
    settings(city, 5, data)
    file = bare_hall(folder)
    central = f'\n[central]\nurl = "http://127.0.0.1:{city.port}"\nhall = "h5"\n'
    file.write_text(file.read_text("utf-8") + central)

    async def both(port: int, token: str) -> tuple[list[Taking], list[Pair]]:
        stop = asyncio.Event()
        calling = asyncio.create_task(calls(port, token, stop))
        await asyncio.sleep(1.0)
        pairs = await turns(
            lambda on: (city.go_on if on else city.halt)(), lambda: city.has("h5")[1] > WEEKS * WEEK
        )
        stop.set()
        return await calling, pairs

    city.halt()
    try:
        with hub(file, data) as running, stepped_back(city.pid):
            found = asyncio.run(both(running.port, running.token))
            city.go_on()
            return found
    finally:
        city.go_on()


def run() -> Iterator[Figure]:
    """Measure."""
    with city_and_hall() as (city, folder):
        value, note = ratio(*asyncio.run(beside_others(city, folder)))
        yield Figure("other halls' pushes while one catches up, p95", value, 1.2, "×", "at rest", note=note)
    with foremost(), city_and_hall() as (city, folder):
        value, note = ratio(*at_the_hub(city, folder))
        yield Figure("call-next while catching up, p95", value, 1.05, "×", "at rest", note=note)


if __name__ == "__main__":
    asyncio.run(all_light(int(sys.argv[1]), sys.argv[2]))
