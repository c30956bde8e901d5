"""Devices of this PC while a hall is set up: what is plugged in, and each tried by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from drivers.discovery import fitting, look
from drivers.errors import DeviceError
from drivers.registry import DRIVERS, DeviceClass, options_type
from drivers.status import DeviceState
from kioskd.settings.check_devices import Profiles, check_devices
from kioskd.settings.check_voice import FOLDER as RECORDINGS
from kioskd.settings.problems import Problem, Report
from kioskd.settings.sentences import sentence
from kioskd.setup.draft import Table
from kioskd.setup.files import CONFIG
from kioskd.station.alone import alone
from kioskd.station.config import DeviceSettings
from kioskd.station.watching import name_of
from kioskd.web.language import Language
from kioskd.web.setup_views import DriverView, FoundView, Heard, Tried
from kioskd.web.wording import device_sentence, facts_said

ONLINE_S = 10.0
TEST_S = 45.0
PRESSED = frozenset({DeviceClass.CALL_PAD, DeviceClass.RATING_PAD, DeviceClass.BARCODE_READER})
"""Somebody presses or reads something there; all others show, print or say something."""


def found() -> tuple[FoundView, ...]:
    """Return what ``kioskd devices`` finds, as far as there are drivers."""
    return tuple(
        FoundView(
            kind=one.kind.value,
            name=one.name,
            address=one.address,
            node=one.node,
            port=one.port,
            usb=one.usb,
            role=one.role,
            stable=one.stable,
            drivers=fitting(one),
        )
        for one in look()
        if fitting(one)
    )


def drivers() -> tuple[DriverView, ...]:
    """Return every driver with the profiles whose options it takes, first those that are named after it: a
    profile of few options fits many drivers.
    """
    problems: list[Problem] = []
    profiles = Profiles(CONFIG / "profiles", problems)
    made = []
    for name, driver in DRIVERS.items():
        try:
            kind = options_type(name)
        except ImportError:
            continue
        model = name.partition(".")[2].replace("_", "-")
        fit = [one for one in profiles.names() if profiles.options(one, name, kind) is not None]
        own = [one for one in fit if model in one]
        device_class = driver.device_class.value
        made.append(
            DriverView(
                name=name,
                device_class=device_class,
                schemes=driver.schemes,
                profiles=(*own, *(one for one in fit if one not in own)),
            )
        )
    return tuple(made)


def settings_of(table: Table, language: Language) -> DeviceSettings | str:
    """Return a device with its profile's options, or a sentence that says what is wrong with it."""
    problems: list[Problem] = []
    report = Report(CONFIG / "sample" / "hall.toml", {"device": [table]}, problems)
    profiles = Profiles(CONFIG / "profiles", problems)
    made = check_devices(report, profiles, CONFIG / RECORDINGS, None, None)
    if problems or not made:
        words = "en" if language is Language.EN else "zh"
        return sentence(problems[0], words) if problems else "?"
    return made[0]


async def attempt(table: Table, language: Language, *, limit: float = ONLINE_S) -> Tried:
    """Have a device show, print or say its test; of one that is pressed only ask whether it is there."""
    device = settings_of(table, language)
    if isinstance(device, str):
        return Tried(well=False, sentence=device)
    device_class = DRIVERS[device.driver].device_class
    try:
        async with alone(device) as one:
            status = await one.until(lambda status: status.state is DeviceState.ONLINE, limit)
            if status is None or status.state is not DeviceState.ONLINE:
                code = (status.code or status.state.value) if status is not None else "device.timeout"
                said = device_sentence(code, language)
                return Tried(
                    well=False, sentence=said, detail=facts_said(status.facts, language) if status else ""
                )
            if device_class not in PRESSED:
                await one.test(TEST_S)
    except DeviceError as error:
        return Tried(
            well=False,
            sentence=device_sentence(error.code, language),
            detail=facts_said(error.facts, language),
        )
    except TimeoutError:
        return Tried(well=False, sentence=device_sentence("device.timeout", language))
    return Tried(well=True, asks=device_class not in PRESSED)


async def listen(tables: Sequence[Table], language: Language, limit: float) -> Heard:
    """Wait until somebody presses a key at one of these devices."""
    tasks = {
        asyncio.create_task(_press(device, limit)): index
        for index, table in enumerate(tables)
        if isinstance(device := settings_of(table, language), DeviceSettings)
    }
    try:
        left = set(tasks)
        while left:
            done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if (key := task.result()) is not None:
                    return Heard(index=tasks[task], key=key)
        return Heard()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _press(device: DeviceSettings, limit: float) -> str | None:
    try:
        async with alone(device) as one:
            reading: Any = await one.next_reading(limit)
            return name_of(reading) if reading is not None else None
    except DeviceError:
        return None
