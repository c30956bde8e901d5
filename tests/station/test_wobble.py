"""A device that comes and goes all the time fills neither log nor journal, and is still used."""

from __future__ import annotations

from typing import cast

import structlog

from drivers.device import Device
from drivers.errors import TransientError
from drivers.status import DeviceState, DeviceStatus
from kioskd.station.config import DeviceSettings
from kioskd.station.managed import HELD_S, WOBBLES, ManagedDevice
from kioskd.station.progress import Progress
from tests.station.timing import FakeClock

UP = DeviceStatus(state=DeviceState.ONLINE)
LOST = TransientError("line.lost", "the other end closed the connection")


class Wobbling:
    """A keypad behind a serial server that takes every connection and drops it."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        settings = DeviceSettings(id="keypad-1", driver="call_pad.ff68", address="tcp://127.0.0.1:4001")
        self.device = ManagedDevice(settings, clock, Progress(clock))
        self.changes: list[str] = []
        self.told: list[str] = []
        self.device.on_status = lambda: self.changes.append(self.device.status.state.value)
        self.device.on_told = lambda: self.told.append(self.device.told.state.value)

    def comes(self) -> None:
        self.device.started(cast(Device, self))
        self.device.update(UP)

    async def wobble(self, times: int, *, stays_s: float = 0.1) -> None:
        for _ in range(times):
            self.comes()
            await self.clock.advance(stays_s)
            self.device.stopped()
            self.device.down(LOST)
            await self.clock.advance(0.4)


async def test_after_a_few_returns_only_one_that_holds_is_told(clock: FakeClock) -> None:
    keypad = Wobbling(clock)
    with structlog.testing.capture_logs() as logs:
        await keypad.wobble(1000)
        assert len(keypad.changes) == 2000
        assert keypad.told == ["online", "offline"] * WOBBLES
        assert len(logs) == 2 * WOBBLES
        keypad.comes()
        await clock.advance(HELD_S - 0.1)
        assert keypad.told[-1] == "offline"
        await clock.advance(0.1)
        assert keypad.told[-1] == "online"
        assert logs[-1]["event"] == "device.up"
    assert clock.pending == []


async def test_one_that_held_is_told_at_once_again(clock: FakeClock) -> None:
    keypad = Wobbling(clock)
    await keypad.wobble(WOBBLES + 1)
    await keypad.wobble(1, stays_s=HELD_S + 1)
    keypad.told.clear()
    await keypad.wobble(2)
    assert keypad.told == ["online", "offline"] * 2


async def test_long_lives_are_never_held_back(clock: FakeClock) -> None:
    keypad = Wobbling(clock)
    await keypad.wobble(WOBBLES * 3, stays_s=HELD_S + 1)
    assert keypad.told == ["online", "offline"] * WOBBLES * 3
