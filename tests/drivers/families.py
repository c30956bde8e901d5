"""Every driver there is with its simulator, and what happens between them in its recording.

``python -m tests.drivers.families`` makes tests/drivers/recordings anew.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
import tomllib
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec

from drivers import registry
from drivers.call_pad.api import Key, KeypadFace, KeyPressed
from drivers.caller_display.api import Page, Row, SignFace
from drivers.device import Reading, ShowDevice
from drivers.printer.api import Outcome, Slip, Text, TicketPrinter
from drivers.rating_pad.api import PadFace, PadMode, Rated
from drivers.recording.format import Header, Recorder
from drivers.status import DeviceState
from drivers.transport.line import open_line
from drivers.transport.simulated import PtyPort, TcpPort
from drivers.transport.simulated_udp import UdpPort
from kioskd.demo.hands import HANDS
from tests.drivers.owner import Owner, Pulse
from tests.drivers.recorded import FOLDER

PROFILES = Path(__file__).parents[2] / "config" / "profiles"
SLIP = Slip((Text("A012"), Text("测试")))
SIGN = SignFace((Page((Row(("A012 请到 3 号窗口", "A012")),)),))
KEYPAD = KeypadFace(waiting=12)
PAD = PadFace(PadMode.RATE, "A012")
_SPOKEN_S = 0.7
"""Longer than a device thinks, so that a press stands in the recording as one."""


class Family(msgspec.Struct, frozen=True):
    """One driver: how it is recorded, what it shows, and what people press there."""

    driver: str
    profile: str
    face: Any = None
    unit: int = 1
    scheme: str = "serial"
    options: dict[str, Any] = {}
    pressed: tuple[Reading, ...] = ()
    vary: tuple[str, ...] = ()


_SIGNS = {"poll_s": 0.5}
_KEYS = (KeyPressed(Key.CALL), KeyPressed(Key.RECALL))
FAMILIES = (
    # A process id is drawn by lot and would be another one in the replay.
    Family("printer.escpos", "escpos-80mm", unit=0, options={"confirm": "fence", "poll": 1.0}),
    Family("caller_display.onbon_bx", "onbon-bx-window", SIGN, options=_SIGNS),
    Family("caller_display.pinganlihe", "pinganlihe-window", SIGN, options=_SIGNS),
    Family("caller_display.a090", "a090-window", SIGN, options=_SIGNS),
    Family("caller_display.alpha", "alpha-1line", SIGN, options=_SIGNS),
    Family("caller_display.cd5220", "cd5220-pole", SIGN, unit=0, options=_SIGNS),
    Family("caller_display.cx_h", "cx-h-board", SIGN, unit=0, scheme="udp", options=_SIGNS),
    Family(
        "caller_display.huidu",
        "huidu-board",
        SIGN,
        unit=0,
        scheme="tcp",
        options=_SIGNS,
        vary=(r'timeStamps="[0-9]+"',),
    ),
    Family("caller_display.modbus_digits", "modbus-digits", SIGN, options=_SIGNS),
    Family("call_pad.ff68", "ff68-keypad", KEYPAD, pressed=_KEYS),
    Family("call_pad.polled", "polled-keypad", KEYPAD, options={"poll_s": 0.2}, pressed=_KEYS),
    Family("rating_pad.ff68", "ff68-pad-5", PAD, pressed=(Rated(5), Rated(2))),
)


def options_of(family: Family) -> dict[str, Any]:
    profile = tomllib.loads((PROFILES / f"{family.profile}.toml").read_text("utf-8"))
    return {**profile, **family.options}


async def record(family: Family, file: Path) -> None:
    """Let driver and simulator talk, and write down every byte."""
    options = options_of(family)
    typed = msgspec.convert(options, registry.options_type(family.driver))
    simulator = HANDS[family.driver](family.unit, typed, 20.0).simulator
    pulse = Pulse()
    pulse.watch(simulator)
    owner: Owner[Any] = Owner(pulse, family.face)
    header = Header(
        driver=family.driver,
        scheme=family.scheme,
        unit=family.unit,
        profile=family.profile,
        options=options,
        vary=family.vary,
    )
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        recorder = stack.enter_context(Recorder(file, header, time.monotonic))
        if family.scheme == "serial":
            port: PtyPort | TcpPort | UdpPort = PtyPort(folder / "port", [simulator])
        elif family.scheme == "tcp":
            port = TcpPort("127.0.0.1", 0, [simulator])
        else:
            port = UdpPort("127.0.0.1", 0, [simulator])
        await port.start()
        stack.push_async_callback(port.stop)
        line = await open_line(port.address, traffic=recorder.take)
        stack.push_async_callback(line.close)
        device = registry.build(family.driver, line, family.unit, options, owner)
        if isinstance(device, TicketPrinter):
            running = asyncio.create_task(device.run())
            await pulse.until(lambda: owner.state is DeviceState.ONLINE)
            assert (await device.print(SLIP)).outcome is Outcome.DONE
            await asyncio.sleep(_SPOKEN_S)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            simulator.power_off()
            return
        assert isinstance(device, ShowDevice)
        await stack.enter_async_context(owner.owns(device))
        await pulse.until(lambda: owner.shows)
        for reading in family.pressed:
            await asyncio.sleep(_SPOKEN_S)
            count = len(owner.readings) + 1
            simulator.rate(reading.level) if isinstance(reading, Rated) else simulator.press(reading.key)
            await pulse.until(lambda count=count: len(owner.readings) == count)
        await asyncio.sleep(_SPOKEN_S)
        assert tuple(owner.readings) == family.pressed


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for family in FAMILIES:
        if len(sys.argv) > 1 and family.driver not in sys.argv[1:]:
            continue
        file = FOLDER / f"{family.driver}.jsonl"
        file.unlink(missing_ok=True)
        asyncio.run(record(family, file))


if __name__ == "__main__":
    main()
