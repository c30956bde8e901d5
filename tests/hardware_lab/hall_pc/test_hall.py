"""Devices are pulled out and put back while the hall is working; the daemon has no rights but its unit's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime

import pytest
import pytest_asyncio

from tests.hardware_lab.hall_pc.conftest import URL, measured
from tests.hardware_lab.hall_pc.devices import Plugged, all_plugged_in
from tests.hardware_lab.hall_pc.hall import Hall, at_work

pytestmark = pytest.mark.asyncio(loop_scope="module")

SENTENCES = {
    "line.lost": "连线断开，请检查插头；接好后自行恢复。",
    "line.absent": "找不到线路或端口，请检查插头和设置。",
}
RETURN_S = 30.0
"""From the plug to working, in an emulated PC; docs/devices-usb.md has the bounds of a real one."""
CLOCK_S = 2.0
"""``since`` is told in whole seconds."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def devices() -> AsyncIterator[dict[str, Plugged]]:
    async with all_plugged_in() as devices:
        yield devices


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hall(tokens: dict[str, str], devices: dict[str, Plugged]) -> AsyncIterator[Hall]:
    async with at_work(URL, tokens) as hall:
        await hall.until(lambda: hall.online(*devices), "every device online")
        yield hall


@pytest.mark.parametrize("name", ["printer", "keypad-1", "keypad-2", "pad-1"])
async def test_the_hall_works_on_and_the_device_returns(
    hall: Hall, devices: dict[str, Plugged], name: str
) -> None:
    device = devices[name]
    others = devices.keys() - {name}
    await device.works(hall)
    for _ in range(2):
        pulled = time.time()
        await device.unplug()

        async def missed() -> bool:
            return not await hall.online(name)

        await hall.until(missed, f"{name} missed")
        view = await hall.device(name)
        assert SENTENCES[view["status"]["code"]] == view["sentence"]
        since = datetime.fromisoformat(view["since"]).timestamp()
        assert pulled - CLOCK_S < since <= time.time()
        assert (await hall.device(name, "en"))["sentence"].isascii()
        await hall.goes_on()
        assert (await hall.device(name))["status"]["code"] == "line.absent"
        assert await hall.online(*others)

        began = time.monotonic()
        await device.plug()
        while not device.there:
            await asyncio.sleep(0.01)
        there = time.monotonic()
        await hall.until(lambda: hall.online(name), f"{name} back")
        back = time.monotonic()
        measured(
            f"{name} back {back - began:.2f} s after the plug, of which {there - began:.2f} s the system's"
        )
        assert back - began < RETURN_S
        await device.works(hall)
    await hall.goes_on()
