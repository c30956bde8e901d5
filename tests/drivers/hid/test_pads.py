"""Call keypads and rating pads that look like keyboards, on a line to a simulated one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pytest_mock import MockerFixture

from drivers import registry
from drivers.call_pad.api import Key, KeypadFace, KeyPressed
from drivers.call_pad.hid.driver import KEYS
from drivers.call_pad.hid.driver import Options as KeypadOptions
from drivers.call_pad.hid.simulator import SimulatedHidKeypad
from drivers.device import ShowDevice
from drivers.errors import ConfigurationError, TransientError
from drivers.hid.codec import DOWN, EV_KEY, REPORT, UP, Event, encode
from drivers.hid.keys import code_of
from drivers.hid.simulator import SimulatedKeys
from drivers.rating_pad.api import PadFace, PadMode, Rated
from drivers.rating_pad.hid.driver import LEVELS
from drivers.rating_pad.hid.driver import Options as PadOptions
from drivers.rating_pad.hid.simulator import SimulatedHidRatingPad
from drivers.status import DeviceState
from drivers.transport.api import Address
from drivers.transport.evdev import InputFiles, open_evdev
from drivers.transport.simulated import PtyPort
from drivers.transport.stream import Timing
from tests.drivers.owner import Owner, Pulse


class Ungrabbed(InputFiles):
    """A pty cannot be grabbed."""

    def grab(self, file: int) -> None:
        pass


@asynccontextmanager
async def plugged_in(
    folder: Path, driver: str, keys: SimulatedKeys, face: Any, options: dict[str, Any] | None = None
) -> AsyncIterator[tuple[PtyPort, Owner[Any], ShowDevice[Any]]]:
    pulse = Pulse()
    pulse.watch(keys)
    owner: Owner[Any] = Owner(pulse, face)
    async with AsyncExitStack() as stack:
        port = PtyPort(folder / "event0", [keys])
        await port.start()
        stack.push_async_callback(port.stop)
        line = await open_evdev(Address("evdev", str(port.path)), None, Timing(), Ungrabbed())
        stack.push_async_callback(line.close)
        device = registry.build(driver, line, 0, options or {}, owner)
        assert isinstance(device, ShowDevice)
        await stack.enter_async_context(owner.owns(device))
        await pulse.until(lambda: owner.shows)
        yield port, owner, device


async def test_every_key_has_its_function(tmp_path: Path) -> None:
    keypad = SimulatedHidKeypad()
    async with plugged_in(tmp_path, "call_pad.hid", keypad, KeypadFace(waiting=3)) as (_, owner, _):
        assert owner.state is DeviceState.ONLINE
        for key in KEYS.values():
            keypad.press(key)
        await owner.pulse.until(lambda: len(owner.readings) == len(KEYS))
        assert owner.readings == [KeyPressed(key) for key in KEYS.values()]
        assert keypad.view()["keys"] == [key.value for key in KEYS.values()]


@pytest.mark.parametrize("reverse", [False, True])
async def test_every_key_has_its_level(tmp_path: Path, reverse: bool) -> None:
    levels = {name: 6 - level if reverse else level for name, level in LEVELS.items()}
    pad = SimulatedHidRatingPad(PadOptions(levels=levels))
    face = PadFace(PadMode.RATE, "A012")
    async with plugged_in(tmp_path, "rating_pad.hid", pad, face, {"levels": levels}) as (_, owner, _):
        for name in levels:
            pad.press_code(code_of(name))
        await owner.pulse.until(lambda: len(owner.readings) == len(levels))
        assert owner.readings == [Rated(level) for level in levels.values()]
        pad.rate(5)
        await owner.pulse.until(lambda: owner.readings[-1] == Rated(5) and len(owner.readings) > len(levels))
        with pytest.raises(ValueError, match="no key"):
            pad.rate(6)


async def test_a_strange_key_is_named_and_an_ignored_one_is_not(tmp_path: Path) -> None:
    pad = SimulatedHidRatingPad()
    async with plugged_in(tmp_path, "rating_pad.hid", pad, PadFace()) as (_, owner, _):
        pad.press_code(code_of("KEY_ENTER"))
        pad.press_code(code_of("KEY_F1"))
        await owner.pulse.until(lambda: len(owner.statuses) == 2)
        assert "KEY_F1" in owner.statuses[-1].detail
        assert owner.statuses[-1].state is DeviceState.ONLINE
        assert owner.readings == []
        pad.rate(4)
        await owner.pulse.until(lambda: owner.readings == [Rated(4)])
        assert "KEY_F1" not in owner.statuses[-1].detail


async def test_a_bouncing_key_calls_once(tmp_path: Path) -> None:
    keypad = SimulatedHidKeypad()
    async with plugged_in(tmp_path, "call_pad.hid", keypad, KeypadFace()) as (_, owner, _):
        assert keypad._send is not None
        enter = code_of("KEY_KPENTER")
        for at, value in ((1.0, DOWN), (1.01, UP), (1.02, DOWN), (1.2, UP), (1.21, DOWN), (1.22, UP)):
            keypad._send(encode(Event(at, EV_KEY, enter, value)) + encode(REPORT))
        keypad.press(Key.RECALL)
        await owner.pulse.until(lambda: KeyPressed(Key.RECALL) in owner.readings)
        assert owner.readings == [KeyPressed(Key.CALL), KeyPressed(Key.RECALL)]


async def test_pulled_out_ends_the_driver(tmp_path: Path) -> None:
    keypad = SimulatedHidKeypad()
    async with plugged_in(tmp_path, "call_pad.hid", keypad, KeypadFace()) as (port, owner, _):
        await port.unplug()
        with pytest.raises(TransientError) as caught:
            await owner.ended()
        assert caught.value.code == "line.lost"


async def test_the_test_blinks(tmp_path: Path, mocker: MockerFixture) -> None:
    mocker.patch("drivers.hid.link.BLINK", 0)
    for driver, keys in (("call_pad.hid", SimulatedHidKeypad()), ("rating_pad.hid", SimulatedHidRatingPad())):
        async with plugged_in(tmp_path, driver, keys, PadFace()) as (_, owner, device):
            await asyncio.wait_for(device.test(), 5)
            await owner.pulse.until(lambda keys=keys: keys.blinks == 3 and not keys.lamp)


@pytest.mark.parametrize(
    ("kind", "wrong", "why"),
    [
        (KeypadOptions, {"keys": {"KEY_ENTRE": "call"}}, "KEY_ENTRE"),
        (KeypadOptions, {"ignored": ["NUMLOCK"]}, "NUMLOCK"),
        (KeypadOptions, {"keys": {"KEY_KP1": "jump"}}, "jump"),
        (PadOptions, {"levels": {"KEY_1": 5}}, r"options\.few_levels"),
        (PadOptions, {"levels": {"KEY_1": 6, "KEY_2": 1}}, "<= 5"),
    ],
)
def test_options_that_cannot_be(kind: type[msgspec.Struct], wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=why):
        msgspec.convert(wrong, kind)


async def test_the_registry_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        async with plugged_in(tmp_path, "call_pad.hid", SimulatedHidKeypad(), None, {"keys": {"X": "call"}}):
            pass
    assert caught.value.code == "driver.options"
