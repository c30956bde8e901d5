"""The same troubles for every driver: no power, power again, and another device on its port.

What can be known is said, in a code for which there is a sentence and somebody who can act; what cannot be
known, because the device never answers, is not claimed.
"""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers import registry
from drivers.device import Device, ShowDevice
from drivers.simulator import Simulator
from drivers.status import DeviceState, ErrorAction
from drivers.transport.line import open_line
from drivers.transport.simulated import PtyPort, TcpPort
from drivers.transport.simulated_udp import UdpPort
from kioskd.demo.hands import HANDS
from tests.drivers.families import FAMILIES, Family, options_of
from tests.drivers.owner import Owner, Pulse
from tests.drivers.transport.devices import Recorder

TEXTS = Path(__file__).parents[2] / "ui" / "web" / "text"
SILENT = {
    "printer.escpos": "printer.silent",
    "caller_display.onbon_bx": "sign.silent",
    "caller_display.pinganlihe": "sign.silent",
    "caller_display.a090": "sign.silent",
    "caller_display.huidu": "sign.silent",
    "caller_display.modbus_digits": "sign.silent",
    "call_pad.polled": "device.silent",
}
"""Drivers of devices that answer, and how they say that one does not. The others are never answered."""

QUICK = {"poll_s": 0.2, "silent_poll_s": 0.1, "answer_ms": 60.0, "poll": 0.1}
"""Options of one driver or another under which nobody waits for what a hall can wait for."""


@pytest.fixture(params=FAMILIES, ids=[family.driver for family in FAMILIES])
def family(request: pytest.FixtureRequest) -> Family:
    assert isinstance(request.param, Family)
    return request.param


class Stranger(Recorder):
    """A device of another maker, which answers everything with what none of ours says."""

    def __init__(self) -> None:
        super().__init__(lambda data: b"\xc8\xd7\xe9\x8b")


@asynccontextmanager
async def at_work(
    family: Family, folder: Path, far: Simulator
) -> AsyncIterator[tuple[Owner[Any], Device, asyncio.Task[None]]]:
    """A driver with an owner, and ``far`` at the other end of its port."""
    pulse = Pulse()
    pulse.watch(far)
    owner: Owner[Any] = Owner(pulse, family.face)
    async with AsyncExitStack() as stack:
        port: PtyPort | TcpPort | UdpPort
        if family.scheme == "serial":
            port = PtyPort(folder / "port", [far])
        else:
            port = (TcpPort if family.scheme == "tcp" else UdpPort)("127.0.0.1", 0, [far])
        await port.start()
        stack.push_async_callback(port.stop)
        line = await open_line(port.address)
        stack.push_async_callback(line.close)
        device = registry.build(family.driver, line, family.unit, quick(family), owner)
        if isinstance(device, ShowDevice):
            await stack.enter_async_context(owner.owns(device))
            running = owner._tasks[0]
        else:
            running = asyncio.create_task(device.run())
            stack.callback(running.cancel)
        yield owner, device, running
        assert not running.done() or running.exception() is None


def quick(family: Family) -> dict[str, Any]:
    known = {field.name for field in msgspec.structs.fields(registry.options_type(family.driver))}
    own = {key: value for key, value in options_of(family).items() if key != "confirm"}
    return {**own, **{key: value for key, value in QUICK.items() if key in known}}


def simulator(family: Family) -> Any:
    typed = msgspec.convert(options_of(family), registry.options_type(family.driver))
    return HANDS[family.driver](family.unit, typed, 20.0).simulator


def can_be_acted_on(owner: Owner[Any]) -> bool:
    status = owner.statuses[-1]
    sentences = [
        tomllib.loads((TEXTS / f"{language}.toml").read_text("utf-8")) for language in ("zh-CN", "en")
    ]
    told = all(status.code in str(texts) for texts in sentences)
    return told and status.state is not DeviceState.ONLINE and status.action is not ErrorAction.NONE


async def test_without_power_it_is_missed_and_with_power_it_is_right_again(
    tmp_path: Path, family: Family
) -> None:
    far = simulator(family)
    async with at_work(family, tmp_path, far) as (owner, device, running):
        await owner.pulse.until(lambda: owner.state is DeviceState.ONLINE)
        shown = isinstance(device, ShowDevice)
        if shown:
            await owner.pulse.until(lambda: owner.shows)
        before = str(far.view().get("rows", far.view().get("digits", "")))
        far.power_off()
        if family.driver in SILENT:
            await owner.pulse.until(lambda: owner.code == SILENT[family.driver], 60.0)
            assert can_be_acted_on(owner)
        far.power_on()
        await owner.pulse.until(lambda: owner.state is DeviceState.ONLINE and not owner.code, 60.0)
        if shown:
            right: Callable[[], bool] = lambda: (  # noqa: E731
                str(far.view().get("rows", far.view().get("digits", ""))) == before
            )
            await owner.pulse.until(right, 60.0)
        assert owner.readings == []
        assert not running.done()


async def test_another_device_on_its_port_presses_nothing_and_is_not_taken_for_it(
    tmp_path: Path, family: Family
) -> None:
    far = Stranger()
    async with at_work(family, tmp_path, far) as (owner, _, running):
        if family.driver in SILENT:
            await owner.pulse.until(lambda: bool(owner.statuses) and can_be_acted_on(owner), 60.0)
        else:
            await owner.pulse.until(lambda: bool(owner.statuses))
        for _ in range(20):
            far.say(b"\xc8\xd7\xe9\x8b" * 8)
            await asyncio.sleep(0)
        assert owner.readings == []
        assert not running.done()
