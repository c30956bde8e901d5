"""Two hands at the same instant, at keypads and pages: no ticket is called to two windows.

Pages against pages have their own thousand trials with the hub's API.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import msgspec

from benchmarks.hubs import SAMPLE_HALL
from kioskd.hall.commands import FinishTicket, IssueTicket
from kioskd.hall.events import TicketCalled, TicketRecalled
from kioskd.hub.desk import SYSTEM
from kioskd.settings import HallSettings, load
from kioskd.station.config import DeviceSettings
from tests.system.hall import SimulatedHall, simulated_hall
from tests.system.handclock import HandClock

TRIALS = 300
PAIRS = [(str(n), str(n + 1)) for n in range(1, 12, 2)]
"""Taken in turns: a keypad's frame that comes again within 80 ms is an echo on its line."""


def _hall() -> HallSettings:
    """The sample hall with its keypads alone; only the hub can tell a bounce, its clock is ours."""
    hall = load(SAMPLE_HALL)
    devices = tuple(_unbounced(device) for device in hall.station.devices if device.driver == "call_pad.ff68")
    return msgspec.structs.replace(hall, station=msgspec.structs.replace(hall.station, devices=devices))


def _unbounced(keypad: DeviceSettings) -> DeviceSettings:
    address = keypad.address.partition("?")[0]
    return msgspec.structs.replace(keypad, address=address, options=keypad.options | {"debounce_ms": 0.0})


class Trials:
    """Two wait, both windows are free, and two hands move at once."""

    def __init__(self, hall: SimulatedHall, clock: HandClock) -> None:
        self.hall = hall
        self.clock = clock
        self.one = self.other = ""
        self._issued = 0
        self._since = 0

    async def begin(self, windows: tuple[str, str]) -> None:
        self.clock.wait(1)
        self.one, self.other = windows
        desk = self.hall.hub.desk
        for window in windows:
            await desk.submit(FinishTicket(by=SYSTEM, window=window))
            self._issued += 1
            name = f"{self._issued:026}"
            await desk.submit(IssueTicket(by=SYSTEM, id=f"t_{name}", code=f"c_{name}", queue="general"))
        self._since = len(self.hall.news.events)

    async def calls(self, count: int) -> None:
        """Wait until so many were called; there must be no more."""
        await self.hall.until(lambda: len(self._called()) >= count, f"{count} calls")
        assert len(self._called()) == count
        assert len({call.window for call in self._called()}) == count
        assert len({call.ticket for call in self._called()}) == count

    def _called(self) -> list[TicketCalled]:
        return self.hall.of(TicketCalled, self._since)

    async def by_page(self, window: str) -> tuple[int, str]:
        answer = await self.hall.post("teller", f"windows/{window}/call-next", {"after": None})
        return answer.status, "" if answer.ok else answer.body["code"]

    async def two_keypads(self) -> None:
        self.hall.press(self.one, "call")
        self.hall.press(self.other, "call")
        await self.calls(2)

    async def keypad_and_page(self) -> None:
        self.hall.press(self.one, "call")
        assert await self.by_page(self.other) == (200, "")
        await self.calls(2)

    async def keypad_and_page_of_one_window(self) -> None:
        """One of them is too late: it hears so, or says the same call once more. The other ticket waits."""
        keypad = self.hall.device(f"keypad-{self.one}").simulator
        beeps = keypad.beeps
        self.hall.press(self.one, "call")
        status, code = await self.by_page(self.one)
        if status == 200:
            await self.hall.until(
                lambda: keypad.beeps > beeps or self.hall.of(TicketRecalled, self._since), "the later one"
            )
        else:
            assert (status, code) == (409, "window_moved_on")
        await self.calls(1)


async def test_two_presses_at_the_same_instant(tmp_path: Path) -> None:
    clock = HandClock(datetime.fromisoformat("2026-11-24T09:00"))
    async with simulated_hall(_hall(), tmp_path, clock=clock.clock) as hall:
        trials = Trials(hall, clock)
        for n in range(TRIALS):
            await trials.begin(PAIRS[n % len(PAIRS)])
            match n // len(PAIRS) % 3:
                case 0:
                    await trials.two_keypads()
                case 1:
                    await trials.keypad_and_page()
                case _:
                    await trials.keypad_and_page_of_one_window()
        times = Counter(call.ticket for call in hall.of(TicketCalled))
        assert set(times.values()) == {1}, "0 doubles"
        assert len(times) > TRIALS
