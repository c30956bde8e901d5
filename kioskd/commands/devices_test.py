"""``kioskd devices test``: is this device well? Asked of its status, of what it does, and of people."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from drivers.device import Reading
from drivers.errors import DeviceError
from drivers.registry import DRIVERS
from drivers.status import DeviceState, DeviceStatus
from kioskd.commands.devices_choice import add_device, chosen, details, failure, reason
from kioskd.commands.devices_texts import has, pressed, say
from kioskd.station.alone import Alone, alone
from kioskd.station.config import DeviceSettings
from kioskd.station.messages import TestLevel
from kioskd.station.watching import to_press

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

ONLINE_S = 10.0
"""For a device to come up; the slowest driver asks a silent one three times in that."""
TEST_S = 60.0
"""For the test pattern; the longest slip on a slow line takes less."""
PRESS_S = 15.0


LEVELS = (TestLevel.INTERNAL, TestLevel.EXTERNAL, TestLevel.INTERACTIVE)
"""Each includes those before it."""


def register(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add ``test`` and return its parser.

    It exits 0 the device works, 1 it does not, 2 it was not tried (settings, wrong use).
    """
    parser = subparsers.add_parser(
        "test",
        help="检查一台设备 · check one device",
        description="检查一台设备（先停止本机的 kioskd 服务）· check one device, with the daemon stopped",
    )
    add_device(parser)
    parser.add_argument(
        "--level",
        choices=[level.value for level in LEVELS],
        default=TestLevel.INTERNAL.value,
        help="只看状态、打印或显示、逐键核对 · status; print or show; press each key",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=PRESS_S,
        help="每键等几秒 · seconds for each key (%(default)g)",
    )
    parser.set_defaults(run=_run)
    return parser


def _run(args: argparse.Namespace) -> int:
    device = chosen(args)
    if device is None:
        return 2
    language = args.lang
    where = {"id": device.id, "driver": device.driver, "address": device.address}
    print(say(language, "trying", **where), flush=True)
    try:
        well = asyncio.run(_check(device, TestLevel(args.level), args.seconds, language))
        if well and args.level == TestLevel.INTERACTIVE and not to_press(device):
            well = _ask(language)
    except DeviceError as error:
        print(failure(error, language))
        well = False
    except KeyboardInterrupt:
        print()
        well = False
    print(say(language, "well" if well else "unwell"))
    return 0 if well else 1


async def _check(device: DeviceSettings, level: TestLevel, seconds: float, language: str) -> bool:
    async with alone(device) as one:
        status = await one.until(lambda status: status.state is DeviceState.ONLINE, ONLINE_S)
        if not _tell_status(status, language):
            return False
        if level is TestLevel.INTERNAL:
            return True
        try:
            await one.test(TEST_S)
        except TimeoutError:
            print(say(language, "failed", sentence=reason("device.timeout", language)))
            return False
        kind = f"shown.{DRIVERS[device.driver].device_class.value}"
        print(say(language, kind if has(kind) else "shown.other"), flush=True)
        if level is TestLevel.EXTERNAL:
            return True
        return await _press(one, to_press(device), seconds, language)


def _tell_status(status: DeviceStatus | None, language: str) -> bool:
    if status is None:
        print(say(language, "state_none", seconds=ONLINE_S))
        return False
    code = status.code or ("" if status.state is DeviceState.ONLINE else status.state.value)
    said = (
        say(language, "state_bad", sentence=reason(code, language)) if code else say(language, "state_good")
    )
    print(said)
    if status.facts:
        print(say(language, "detail", detail=details(status.facts, language)))
    return status.state is DeviceState.ONLINE


async def _press(one: Alone, wanted: list[Reading], seconds: float, language: str) -> bool:
    """Ask for each key once; what was pressed before the question doesn't count."""
    good = 0
    for want in wanted:
        while not one.readings.empty():
            one.readings.get_nowait()
        print(say(language, "press", what=pressed(language, want), seconds=seconds), flush=True)
        got = await one.next_reading(seconds)
        good += got == want
        if got is None:
            print(say(language, "silence"))
        else:
            verdict = "right" if got == want else "wrong"
            print(say(language, verdict, what=pressed(language, got)), flush=True)
    if wanted:
        print(say(language, "keys", good=good, all=len(wanted)))
    return good == len(wanted)


def _ask(language: str) -> bool:
    try:
        answer = input(say(language, "ask")).strip().lower()
    except EOFError:
        print(f"\n{say(language, 'unanswered')}")
        return False
    seen = answer in {"y", "yes", "是", "看到", "看到了"}
    print(say(language, "seen" if seen else "unseen"))
    return seen
