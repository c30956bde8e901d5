"""Devices are pulled out and put back while the hall is working; the daemon has no rights but its unit's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime

import pytest
import pytest_asyncio

from tests.hardware_lab.hall_pc.conftest import URL, measured
from tests.hardware_lab.hall_pc.devices import Plugged, UsbKeypad, all_plugged_in
from tests.hardware_lab.hall_pc.hall import Hall, at_work
from tests.hardware_lab.install import ETC

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
    await hall.until(lambda: hall.online(*devices), "every device online")
    await device.works(hall)
    for _ in range(2):
        try:
            await is_pulled_out(hall, device, others)
        finally:
            # The tests that follow have it again.
            began = time.monotonic()
            await device.plug()
        while not device.there:
            await asyncio.sleep(0.01)
        there = time.monotonic()
        await hall.until(lambda: hall.online(name), f"{name} back", name)
        back = time.monotonic()
        measured(
            f"{name} back {back - began:.2f} s after the plug, of which {there - began:.2f} s the system's"
        )
        assert back - began < RETURN_S
        await device.works(hall)
    await hall.goes_on()


async def is_pulled_out(hall: Hall, device: Plugged, others: set[str]) -> None:
    """It is missed and said so, and the hall works on with the others."""
    name = device.id
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
    # An emulated PC is late with an answer now and then, which passes; what went with the other does not.
    for other in others:
        await hall.until(lambda other=other: hall.online(other), f"{other} without {name}", other)  # type: ignore[misc]


async def test_a_keypad_in_another_socket_is_asked_for_and_says_so_by_a_press(
    hall: Hall, devices: dict[str, Plugged]
) -> None:
    keypad = devices["keypad-2"]
    assert isinstance(keypad, UsbKeypad)
    await hall.until(lambda: hall.online(*devices), "every device online")

    def written(address: str) -> bool:
        return address in (ETC / "hall.toml").read_text("utf-8")

    async def asked_for() -> bool:
        return bool((await hall.device("keypad-2"))["status"].get("code") == "line.moved_press")

    assert written(keypad.address)
    await keypad.unplug()
    elsewhere = await keypad.plug_elsewhere()
    await hall.until(asked_for, "the question for keypad-2", "keypad-2")
    # The press that answers is no call, and the profile does not even know the key.
    await keypad.press_any()
    await hall.until(lambda: hall.online("keypad-2"), "keypad-2 at its new socket", "keypad-2")
    assert written(elsewhere)
    assert not written(keypad.address)
    assert (await hall.get("windows/2"))["state"] != "called"
    await keypad.works(hall)

    # It was not it after all: the old address is back, and at the old socket it works again.
    # Rewriting a large settings file takes an emulated PC longer than anybody waits for an answer.
    with suppress(TimeoutError, AssertionError):
        await hall.post("technician", "devices/keypad-2/rebind", {"undo": True})

    async def taken_back() -> bool:
        return written(keypad.address) and not written(elsewhere)

    await hall.until(taken_back, "the old address in the settings", "keypad-2")
    await keypad.unplug()
    await keypad.plug()
    await hall.until(lambda: hall.online("keypad-2"), "keypad-2 at its old socket", "keypad-2")
    await keypad.works(hall)
