"""From a keypad's frame to the sign's last byte, and from a press to the printer's first byte.

Devices are simulators on ptys and a socket without wire pacing, in another process than the daemon, so that
what is left is the daemon's own time and its durable commits. The limit has bare commits one right after
another; what they take after a pause, as a press does, stands beside it.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import floor as floors
from benchmarks.client import Connection
from benchmarks.hubs import DEMO_HALL, SAMPLE_HALL, HubProcess, hall_with, hub
from benchmarks.report import Figure, p50, p95
from drivers.transport.simulated import PtyPort
from kioskd.demo.bed import Bed
from kioskd.settings import load

ROUNDS = 150
SETTLE_S = 0.03
PAUSE_S = 0.1
QUESTION_BYTES = 16


def _nothing() -> None:
    """Nobody waits any more."""


class Stamp:
    """Remembers when a simulator received work, as against the few bytes of a status question."""

    def __init__(self, simulator: Any) -> None:
        self.first = 0.0
        self.last = 0.0
        receive = simulator.receive

        def stamped(data: bytes) -> None:
            if len(data) > QUESTION_BYTES:
                self.last = time.perf_counter()
                self.first = self.first or self.last
            receive(data)

        simulator.receive = stamped

    def clear(self) -> None:
        """Forget."""
        self.first = self.last = 0.0


async def _until(simulator: Any, done: Callable[[], bool], what: str) -> None:
    """Wait for a simulator to change into what is wanted; nothing polls, so nothing disturbs."""
    changed = asyncio.Event()
    tell = changed.set
    simulator.on_change(lambda: tell())
    try:
        async with asyncio.timeout(20):
            while not done():
                changed.clear()
                await changed.wait()
    except TimeoutError:
        raise RuntimeError(f"never came: {what}") from None
    finally:
        tell = _nothing


@contextlib.asynccontextmanager
async def _hall(folder: Path) -> AsyncIterator[tuple[Bed, HubProcess]]:
    """A daemon in a process of its own, and its devices in this one."""
    # The wire is left out: lines without pacing and without a turnaround gap.
    devices = tuple(
        msgspec.structs.replace(device, address=device.address.split("?")[0])
        for device in load(DEMO_HALL).station.devices
        if device.id in ("printer", "sign-1", "keypad-1")
    )
    bed = Bed(devices, folder / "dev")
    for n, line in enumerate(bed.lines):
        if isinstance(line.port, PtyPort):
            line.port = PtyPort(folder / "dev" / f"line-{n}", [line.tap])
    await bed.start()
    try:
        file = hall_with(DEMO_HALL, {device.id: device.address for device in bed.settings()}, folder)
        with contextlib.ExitStack() as stack:
            running = await asyncio.to_thread(stack.enter_context, hub(file, folder / "data"))
            try:
                yield bed, running
            finally:
                await asyncio.to_thread(stack.close)
    finally:
        await bed.stop()


async def _measure(folder: Path) -> tuple[list[float], list[float]]:
    async with _hall(folder) as (bed, running):
        connection = await Connection.open(running.port, running.token)
        await connection.post("/api/v1/windows/1/login", b'{"teller":"d01"}', "login")
        sign = bed.devices["sign-1"].simulator
        keypad = bed.devices["keypad-1"].simulator
        printer = bed.devices["printer"].simulator
        await _until(sign, lambda: bool(sign.view()["rows"]), "the sign's first face")
        # While the calls are measured slips pile up at the printer, which is as slow as paper is.
        prints = await _prints(connection, printer)
        calls = await _calls(connection, sign, keypad)
        connection.close()
    return calls, prints


def _shows(sign: Any, number: str) -> bool:
    return number in str(sign.view()["rows"])


def _printed_more(printer: Any, before: int) -> bool:
    return bool(printer.printed > before)


async def _calls(connection: Connection, sign: Any, keypad: Any) -> list[float]:
    stamp = Stamp(sign)
    taken = []
    for n in range(ROUNDS):
        _, answer = await connection.post("/api/v1/tickets", b'{"queue":"general"}', f"call-{n}")
        number = msgspec.json.decode(answer)["number"]
        await asyncio.sleep(1.0 if n == 0 else SETTLE_S)
        stamp.clear()
        begin = time.perf_counter()
        keypad.press("call")
        await _until(sign, partial(_shows, sign, number), f"{number} on the sign")
        taken.append(stamp.last - begin)
        await connection.post("/api/v1/windows/1/finish", b"{}", f"finish-{n}")
        await asyncio.sleep(0.85)  # past the debounce of the keypad key
    return taken


async def _prints(connection: Connection, printer: Any) -> list[float]:
    stamp = Stamp(printer)
    taken = []
    for n in range(ROUNDS // 3):
        await asyncio.sleep(PAUSE_S)
        came = partial(_printed_more, printer, printer.printed)
        stamp.clear()
        begin = time.perf_counter()
        _, answer = await connection.post("/api/v1/tickets", b'{"queue":"general"}', f"print-{n}")
        await _until(printer, came, "the slip")
        assert stamp.first > begin, "a slip came out that nobody had asked for"
        taken.append(stamp.first - begin)
        ticket = msgspec.json.decode(answer)["id"]
        await connection.post(f"/api/v1/tickets/{ticket}/void", b"{}", f"void-{n}")  # nobody will be called
    return taken


def run() -> Iterator[Figure]:
    """Measure both ways, with bare durable commits taken before and after."""
    with tempfile.TemporaryDirectory(prefix="kioskd-bench-") as name:
        folder = Path(name)
        commit = floors.commits(folder)
        calls, prints = asyncio.run(_measure(folder))
        commit += floors.commits(folder)
        rested = floors.commits(folder, 2 * ROUNDS // 3, PAUSE_S)
    durable = p95(commit) * 1e3
    bare = f"commit p95 {durable:.2f} ms, after a pause {p95(rested) * 1e3:.2f} ms"
    yield Figure(
        "key frame in → sign frame's last byte out, p95",
        p95(calls) * 1e3,
        durable + 5,
        "ms",
        "≤ durable commit + 5 ms",
        note=f"p50 {p50(calls) * 1e3:.2f}, {bare}",
    )
    yield Figure(
        "press → first printer byte, p95",
        p95(prints) * 1e3,
        2 * durable + 5,
        "ms",
        "≤ 2 durable commits + 5 ms",
        note=f"p50 {p50(prints) * 1e3:.2f}, {bare}",
    )


@contextlib.contextmanager
def simulated_sample_hall(folder: Path) -> Iterator[Path]:
    """Simulate every device of the sample hall in a thread and give a hall file that names them."""
    ready = threading.Event()
    addresses: dict[str, str] = {}
    stop: list[asyncio.Event] = []
    loops: list[asyncio.AbstractEventLoop] = []

    async def simulate() -> None:
        bed = Bed(load(SAMPLE_HALL).station.devices, folder / "dev")
        await bed.start()
        addresses.update({device.id: device.address for device in bed.settings()})
        loops.append(asyncio.get_running_loop())
        stop.append(asyncio.Event())
        ready.set()
        await stop[0].wait()
        await bed.stop()

    thread = threading.Thread(target=asyncio.run, args=(simulate(),))
    thread.start()
    ready.wait(30)
    try:
        yield hall_with(SAMPLE_HALL, addresses, folder)
    finally:
        loops[0].call_soon_threadsafe(stop[0].set)
        thread.join(10)
