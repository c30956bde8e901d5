"""USB keypads and rating pads through the kernel's HID drivers, by evdev."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import evdev
import pytest

from drivers import registry
from drivers.call_pad.api import Key, KeypadFace, KeyPressed
from drivers.call_pad.hid.driver import KEYS
from drivers.device import ShowDevice
from drivers.discovery.look import look
from drivers.errors import ConfigurationError, TransientError
from drivers.rating_pad.api import PadFace, PadMode, Rated
from drivers.rating_pad.hid.driver import LEVELS
from drivers.transport.address import format_address
from drivers.transport.api import Address
from drivers.transport.line import open_line
from tests.drivers.owner import Owner, Pulse
from tests.drivers.transport import test_evdev
from tests.hardware_lab.devices.conftest import file_like, until
from tests.hardware_lab.monitor import Monitor
from tests.hardware_lab.usb.keyboard import UsbKeyboard

BY_PATH = "/dev/input/by-path"
SOCKET = 1
PATIENCE_S = 30


@asynccontextmanager
async def plugged_in(keyboard: UsbKeyboard) -> AsyncIterator[Address]:
    """Plug it in; gives its address by the socket's name."""
    keyboard.plug(SOCKET)
    try:
        path = await file_like(BY_PATH, f"*usb-0:{SOCKET + 1}:1.0-event-kbd")
        yield Address("evdev", str(path))
    finally:
        keyboard.unplug()
        await until(lambda: not list(Path(BY_PATH).glob("*vhci*")), "no keyboard")


@asynccontextmanager
async def driven(
    address: Address, driver: str, face: Any
) -> AsyncIterator[tuple[Owner[Any], ShowDevice[Any]]]:
    """A driver on the device."""
    owner: Owner[Any] = Owner(Pulse(), face)
    async with AsyncExitStack() as stack:
        line = await open_line(address)
        stack.push_async_callback(line.close)
        device = registry.build(driver, line, 0, {}, owner)
        assert isinstance(device, ShowDevice)
        await stack.enter_async_context(owner.owns(device))
        await owner.pulse.until(lambda: owner.shows, PATIENCE_S)
        yield owner, device


async def test_every_key_of_a_keypad_has_its_function() -> None:
    keypad = UsbKeyboard()
    async with (
        plugged_in(keypad) as address,
        driven(address, "call_pad.hid", KeypadFace(waiting=3)) as (owner, device),
    ):
        assert format_address(address) in {found.address for found in look()}
        for name in KEYS:
            await keypad.press(name)
        await owner.pulse.until(lambda: len(owner.readings) == len(KEYS), PATIENCE_S)
        assert owner.readings == [KeyPressed(key) for key in KEYS.values()]
        await keypad.press("KEY_NUMLOCK")
        await keypad.press("KEY_KPENTER")
        await owner.pulse.until(lambda: len(owner.readings) > len(KEYS), PATIENCE_S)
        assert owner.readings[-1] == KeyPressed(KEYS["KEY_KPENTER"])
        blinks = keypad.blinks
        await asyncio.wait_for(device.test(), PATIENCE_S)
        assert keypad.blinks >= blinks + 3, "the lamp went on"


async def test_both_nodes_of_a_pad_rate_and_nobody_else_hears_them() -> None:
    pad = UsbKeyboard(nodes=2)
    async with plugged_in(pad) as address, AsyncExitStack() as stack:
        nodes = [path for path in evdev.list_devices() if "vhci" in evdev.InputDevice(path).phys]
        assert len(nodes) == 2
        others = [evdev.InputDevice(path) for path in nodes]
        for other in others:
            stack.callback(other.close)
        face = PadFace(PadMode.RATE, "A012")
        owner, _ = await stack.enter_async_context(driven(address, "rating_pad.hid", face))
        for name in LEVELS:
            await pad.press(name, node=0)
        await owner.pulse.until(lambda: len(owner.readings) == len(LEVELS), PATIENCE_S)
        await pad.press("KEY_5", node=1)
        await owner.pulse.until(lambda: len(owner.readings) > len(LEVELS), PATIENCE_S)
        assert owner.readings == [Rated(level) for level in (*LEVELS.values(), 5)]
        assert [other.read_one() for other in others] == [None, None]
        with pytest.raises(ConfigurationError) as caught:
            await open_line(address)
        assert caught.value.code == "line.busy"


@pytest.mark.parametrize(("driver", "face"), [("call_pad.hid", KeypadFace()), ("rating_pad.hid", PadFace())])
async def test_pulled_out_is_known_at_once_and_it_works_when_it_is_back(driver: str, face: Any) -> None:
    keyboard = UsbKeyboard(nodes=2)
    for _ in range(3):
        async with plugged_in(keyboard) as address:
            async with driven(address, driver, face) as (owner, _):
                await keyboard.press("KEY_KP1", node=1)
                await owner.pulse.until(lambda: owner.readings, PATIENCE_S)
                keyboard.unplug()
                with pytest.raises(TransientError) as caught:
                    await asyncio.wait_for(owner.ended(), PATIENCE_S)
                assert caught.value.code == "line.lost"
            await until(lambda: not Path(address.target).exists(), "its file gone")
            with pytest.raises(TransientError) as absent:
                await open_line(address)
            assert absent.value.code == "line.absent"


async def test_a_keyboard_that_nobody_here_made(hands: Monitor) -> None:
    """QEMU's own, whose keys are pressed outside the PC."""
    await hands.plug_keyboard("strange")
    path = await file_like(BY_PATH, "pci-*usb*event-kbd")
    async with driven(Address("evdev", str(path)), "call_pad.hid", KeypadFace()) as (owner, _):
        for key in ("kp_enter", "kp_add"):
            await hands.press(key)
        await owner.pulse.until(lambda: len(owner.readings) == 2, PATIENCE_S)
        assert owner.readings == [KeyPressed(Key.CALL), KeyPressed(Key.RECALL)]
        await hands.unplug("strange")
        with pytest.raises(TransientError) as caught:
            await asyncio.wait_for(owner.ended(), PATIENCE_S)
        assert caught.value.code == "line.lost"


async def test_a_uinput_device() -> None:
    """The ordinary tests leave this one out where there is no /dev/uinput; here there is."""
    try:
        await test_evdev.test_a_real_input_device()
    except pytest.skip.Exception as skipped:
        pytest.fail(f"skipped: {skipped}")
