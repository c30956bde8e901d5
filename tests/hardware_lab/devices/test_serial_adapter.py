"""A USB serial adapter (FTDI's, made by QEMU) with a call keypad behind it, plugged in and out."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from drivers import registry
from drivers.call_pad.api import Key, KeypadFace, KeyPressed
from drivers.call_pad.ff68.simulator import SimulatedKeypad
from drivers.device import ShowDevice
from drivers.errors import TransientError
from drivers.status import DeviceState
from drivers.transport.api import Address
from drivers.transport.line import open_line
from tests.drivers.owner import Owner, Pulse
from tests.hardware_lab.devices.conftest import file_like, until
from tests.hardware_lab.monitor import LINES, Monitor, far_end


async def test_a_keypad_behind_an_adapter_is_lost_and_found(hands: Monitor) -> None:
    keypad = SimulatedKeypad(1)
    places = set()
    async with far_end(LINES[0], keypad):
        for life in range(2):
            await hands.plug_serial("adapter", LINES[0])
            port = await file_like("/dev/serial/by-path", "*-port0")
            places.add(port)
            pulse = Pulse()
            pulse.watch(keypad)
            owner: Owner[Any] = Owner(pulse, KeypadFace(waiting=12 + life))
            async with AsyncExitStack() as stack:
                line = await open_line(Address("serial", str(port), {"baudrate": "9600"}))
                stack.push_async_callback(line.close)
                device = registry.build("call_pad.ff68", line, 1, {}, owner)
                assert isinstance(device, ShowDevice)
                await stack.enter_async_context(owner.owns(device))
                await pulse.until(lambda: keypad.digits.strip() == str(12 + life), 30)  # noqa: B023
                keypad.press(Key.CALL)
                await pulse.until(lambda: KeyPressed(Key.CALL) in owner.readings, 30)  # noqa: B023
                assert owner.state is DeviceState.ONLINE
                await pulse.until(lambda: keypad.lamp == "taken", 30)

                await hands.unplug("adapter")
                with pytest.raises(TransientError) as caught:
                    await asyncio.wait_for(line.wait_lost(), 30)
                assert caught.value.code == "line.lost"
            await until(lambda: not port.is_symlink(), f"{port} gone")  # noqa: B023
            with pytest.raises(TransientError) as absent:
                await open_line(Address("serial", str(port)))
            assert absent.value.code == "line.absent"
    assert len(places) == 1, "the name is the socket's"
