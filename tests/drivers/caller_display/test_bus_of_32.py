"""32 signs on one 9600-baud bus: a call never waits for the others.

Time is counted in bytes on the wire, a 960th of a second each, so that a busy machine cannot fail the
test and an idle one cannot pass it. A frame time is what one frame with its answer takes. A wire this slow
leaves a processor nearly nothing to do, so every bus runs beside the others.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from drivers.caller_display.a090.simulator import A090Board
from drivers.caller_display.alpha.simulator import AlphaSign
from drivers.caller_display.api import SignFace
from drivers.caller_display.onbon_bx.simulator import OnbonSign
from drivers.caller_display.pinganlihe.simulator import PinganliheBoard
from drivers.caller_display.simulated import SimulatedSign
from drivers.transport.simulated import PtyPort
from tests.drivers.caller_display.signs import Hall, face, hall, row

UNITS = range(1, 33)
BAUDRATE = 9600
SLACK = 32
"""Bytes: the simulated wire delivers 16 at once, and a busy machine may be one such piece behind."""
PATIENCE = 30.0


class Meter:
    """All signs of a bus as one device that counts the bytes the wire has carried, both ways."""

    def __init__(self, signs: list[SimulatedSign]) -> None:
        self.signs = signs
        self.carried = 0

    def connect(self, send: Callable[[bytes], None]) -> None:
        def say(data: bytes) -> None:
            self.carried += len(data)
            send(data)

        for sign in self.signs:
            sign.connect(say)

    def disconnect(self) -> None:
        for sign in self.signs:
            sign.disconnect()

    def receive(self, data: bytes) -> None:
        self.carried += len(data)
        for sign in self.signs:
            sign.receive(data)

    def view(self) -> dict[str, Any]:
        return {}

    def on_change(self, notify: Callable[[], None]) -> None:
        """The signs themselves are watched."""


class Bus:
    """The bus, and how long each call took."""

    def __init__(self, halls: Hall, meter: Meter, frame: int, *, answers: bool) -> None:
        self.hall = halls
        self.meter = meter
        self.frame = frame
        self.answers = answers
        self.before: list[int] = []
        self.bytes: list[int] = []
        self.seconds: list[float] = []

    async def call(self, unit: int, number: str) -> None:
        """Call a ticket to a window and wait until it stands on the sign."""
        sign, own = self.meter.signs[unit - 1], self.hall.owners[unit - 1]
        before, began = self.meter.carried, self.hall.now()
        own.want(call(number))
        sent, frames = len(own.sent()), self._sent()
        await self.hall.pulse.until(lambda: len(own.sent()) > sent, PATIENCE)
        self.before.append(self._sent() - frames - 1)
        await self.hall.pulse.until(lambda: number in "".join(sign.texts()), PATIENCE)
        self.bytes.append(self.meter.carried - before)
        self.seconds.append(self.hall.now() - began)

    def _sent(self) -> int:
        return sum(len(owner.sent()) for owner in self.hall.owners)

    async def all_show(self, wanted: dict[int, str]) -> None:
        await self.hall.pulse.until(
            lambda: all(
                number in "".join(self.meter.signs[unit - 1].texts()) for unit, number in wanted.items()
            ),
            PATIENCE,
        )

    async def shown_on(self, count: int) -> None:
        """Wait until so many signs show something."""
        await self.hall.pulse.until(lambda: sum(map(shows, self.meter.signs)) >= count, PATIENCE)

    def check(self) -> None:
        # Whose turn had just begun may still have it, nobody else.
        assert max(self.before) <= 1, self.before
        # The call's own frame, and before it at most one other with its answer. Signs that never
        # answer cannot tell the driver that the simulated wire, unlike a real one, fell behind.
        if self.answers:
            assert max(self.bytes) <= 2 * self.frame + SLACK, (self.bytes, self.frame)
        # The wire is not kept waiting either; a second is for a machine with other things to do.
        assert max(self.seconds) < 2 * self.frame * 10 / BAUDRATE + 1.0, self.seconds


def call(number: str) -> SignFace:
    return face(row(f"请{number}到3号窗口", number))


BLIND = "caller_display.alpha"
MAKES = {
    # The driver, its signs, its options, and the longest frame with its answer.
    "caller_display.onbon_bx": (OnbonSign, {"poll_s": 3.0}, 86 + 47),
    "caller_display.a090": (A090Board, {"poll_s": 1.0}, 42 + 5),
    BLIND: (AlphaSign, {"poll_s": 1.0}, 28),
    "caller_display.pinganlihe": (PinganliheBoard, {"poll_s": 1.0}, 28 + 7),
}


@asynccontextmanager
async def bus_of(folder: Path, driver: str) -> AsyncIterator[tuple[Bus, dict[int, str]]]:
    """A bus that was just switched on, so that everything is sent to everybody; gives it and all numbers."""
    make, options, frame = MAKES[driver]
    signs: list[SimulatedSign] = [make(unit) for unit in UNITS]
    meter = Meter(signs)
    port = PtyPort(folder / driver.rpartition(".")[2], [meter], BAUDRATE)
    async with hall(port, driver, UNITS, signs, options) as halls:
        wanted = {unit: f"A{unit:03}" for unit in UNITS}
        for unit, number in wanted.items():
            halls.owners[unit - 1].want(call(number))
        yield Bus(halls, meter, frame, answers=driver != BLIND), wanted


async def side_by_side(drivers: Iterable[str], play: Callable[[str], Coroutine[Any, Any, None]]) -> None:
    async with asyncio.TaskGroup() as group:
        for driver in drivers:
            group.create_task(play(driver), name=driver)


async def test_a_call_is_on_its_sign_within_two_frame_times(tmp_path: Path) -> None:
    async def play(driver: str) -> None:
        dice = random.Random(driver)
        async with bus_of(tmp_path, driver) as (bus, wanted):
            signs = bus.meter.signs
            for count in (1, 8, 16, 24):
                await bus.shown_on(count)
                unit = dice.choice([unit for unit in UNITS if not shows(signs[unit - 1])])
                wanted[unit] = f"B{count:03}"
                await bus.call(unit, wanted[unit])
            assert not all(map(shows, signs)), "the refresh was over before the calls came"
            await bus.all_show(wanted)
            # From then on the bus is busy with asking whether they are there.
            for count in range(8):
                await bus.call(dice.choice(UNITS), f"C{count:03}")
            bus.check()
            assert len(bus.bytes) == 12
            assert max(len(data) for owner in bus.hall.owners for data in owner.sent()) <= bus.frame

    await side_by_side(MAKES, play)


def shows(sign: SimulatedSign) -> bool:
    return any(sign.texts())


async def test_signs_that_lost_power_together_delay_no_call(tmp_path: Path) -> None:
    async def play(driver: str) -> None:
        async with bus_of(tmp_path, driver) as (bus, wanted):
            await bus.all_show(wanted)
            for sign in bus.meter.signs:
                sign.power_off()
                sign.power_on()
            for count in (2, 12, 24):
                await bus.shown_on(count)
                unit = next(unit for unit in reversed(UNITS) if not shows(bus.meter.signs[unit - 1]))
                wanted[unit] = f"B{count:03}"
                await bus.call(unit, wanted[unit])
            await bus.all_show(wanted)
            bus.check()

    await side_by_side(MAKES.keys() - {BLIND}, play)
