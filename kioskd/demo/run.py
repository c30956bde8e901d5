"""Runs a whole hall on one PC: hub, station, simulated devices, the page, and people if wanted."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import msgspec
import structlog

from drivers.errors import ConfigurationError
from drivers.transport.address import parse_address
from kioskd.app import RunningHub, run_hub
from kioskd.demo.bed import Bed
from kioskd.demo.client import HubClient
from kioskd.demo.keys import demo_accounts, demo_tokens
from kioskd.demo.page import VirtualHall
from kioskd.demo.people import People
from kioskd.demo.staff import sign_in
from kioskd.hall.rules import Rules
from kioskd.hub.clock import Clock
from kioskd.journal.lock import FolderLock
from kioskd.settings import HallFileEditor, HallSettings, load
from kioskd.settings.gather import MAIN, gather

if TYPE_CHECKING:
    from kioskd.demo.city import City

HALL_FILE = Path(str(files("kioskd"))) / "config" / "demo" / "hall.toml"
"""The demo hall; ``kioskd/config`` is the project's ``config`` folder, which a wheel carries along."""
DEVICES = "dev"
"""Folder inside the data folder that holds the simulated serial ports."""

FASTEST = 600.0
MORNING_H = 8.4
"""Hour at which a faster hall begins, a few minutes before the first citizens."""

log = structlog.get_logger("kioskd.demo")


class DemoOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants of the demo.

    ``instead`` puts real devices in the place of simulators: address by device id. ``port`` None is
    the hall file's. ``people`` None means: only in a faster hall. ``city`` also runs a central server with a
    second hall; None means: where there is a page to see them on.
    """

    data: Path
    hall: Path = HALL_FILE
    port: int | None = None
    headless: bool = False
    speed: float = 1.0
    seed: int = 1
    instead: Mapping[str, str] = {}
    people: bool | None = None
    city: bool | None = None


class Steady:
    """A steady clock that can be put forward, milliseconds: so that a simulated night can pass at once."""

    def __init__(self) -> None:
        self._ahead = 0

    def __call__(self) -> int:
        return time.monotonic_ns() // 1_000_000 + self._ahead

    def skip(self, ms: float) -> None:
        """Let so much time have passed."""
        self._ahead += max(0, int(ms))


async def run_demo(
    options: DemoOptions, stop: asyncio.Event, step: Callable[[str], None], ready: Callable[[str], None]
) -> None:
    """Run the demo until ``stop`` is set.

    ``step`` hears what is being done (a word: ``settings``, ``devices``, ``hub``, ``staff``), ``ready`` the
    address once the hall works. Raises `SettingsError`, `ConfigurationError`, `DataFolderBusy` and
    other `JournalError`, and OSError (a port or folder that cannot be had).
    """
    step("settings")
    settings = load(options.hall)
    step("devices")
    folder = options.data / DEVICES
    options.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(FolderLock(folder).release)
        if not _addressable(folder):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kioskd-demo-")))
        bed = Bed(settings.station.devices, folder, speed=options.speed, instead=options.instead)
        if options.speed != 1.0 and bed.real:
            raise ConfigurationError("demo.real_in_haste", ", ".join(device.id for device in bed.real))
        stack.push_async_callback(bed.stop)
        await bed.start()
        await _run(options, settings, bed, stop, step, ready)


def _addressable(folder: Path) -> bool:
    """Whether a device's address can name ports in this folder: it can't hold blanks, for one."""
    try:
        parse_address(f"serial://{folder}/port")
    except ConfigurationError:
        return False
    return "?" not in str(folder)


def _copied(options: DemoOptions) -> Path:
    """Return a copy of the hall's files, to be edited until the demo is started again."""
    folder = options.data / "hall"
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in gather(options.hall).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder / MAIN


async def _run(
    options: DemoOptions,
    settings: HallSettings,
    bed: Bed,
    stop: asyncio.Event,
    step: Callable[[str], None],
    ready: Callable[[str], None],
) -> None:
    station = msgspec.structs.replace(settings.station, devices=bed.settings())
    settings = msgspec.structs.replace(settings, station=station)
    steady = Steady()
    clock = Clock(speed=options.speed, start=_start(options, settings.rules), steady=steady)
    page = VirtualHall(bed, clock, settings.rules)
    city = None
    if (not options.headless if options.city is None else options.city) and settings.central is None:
        from kioskd.demo.city import City  # a whole central server, and heavy

        city = page.city = City(options.data, page.network_changed)
        settings = await city.prepare(settings)
    mounts = () if options.headless else (page.mount,)
    step("hub")
    copy = await asyncio.to_thread(_copied, options)
    editor = HallFileEditor(copy, options.data / "settings", await asyncio.to_thread(load, copy))
    async with run_hub(
        settings, options.data, port=options.port, clock=clock, mounts=mounts, hall_file=editor
    ) as hub:
        tokens = demo_tokens(hub.tokens, options.data)
        page.accounts = await asyncio.to_thread(demo_accounts, hub.accounts, settings.rules, options.data)
        async with HubClient(hub.url, tokens) as client:
            step("staff")
            await sign_in(client, settings.rules)

            def skip(seconds: float) -> None:
                steady.skip(seconds * 1000 / options.speed)

            people = People(
                client,
                bed,
                settings.rules,
                clock,
                page.story,
                seed=options.seed,
                skip=skip if options.speed != 1.0 else None,
            )
            people.switch(options.speed != 1.0 if options.people is None else options.people)
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(people.run(), name="people"),
                    group.create_task(_keep_staffed(client, settings.rules), name="staff"),
                ]
                if not options.headless:
                    tasks.append(group.create_task(page.open(client, people), name="page"))
                ready(hub.url)
                if city is not None:
                    tasks.append(group.create_task(_beside(city, hub, settings), name="city"))
                await stop.wait()
                page.close()
                for task in tasks:
                    task.cancel()


async def _beside(city: City, hub: RunningHub, settings: HallSettings) -> None:
    """Run the city; a hall works without one."""
    try:
        await city.run(hub, settings)
    except Exception:
        log.exception("no_city")


def _start(options: DemoOptions, rules: Rules) -> int:
    """Wall time at which the hall begins unless its journal has got further.

    In a faster hall that is this morning, so that a whole day lies ahead. The wall then follows the
    steady clock, so a hall that once ran ahead of the calendar can go on at any speed.
    """
    now = datetime.now(UTC)
    if options.speed == 1.0:
        return int(now.timestamp() * 1000)
    zone = timedelta(minutes=rules.utc_offset_min)
    midnight = (now + zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((midnight + timedelta(hours=MORNING_H) - zone).timestamp() * 1000)


async def _keep_staffed(client: HubClient, rules: Rules) -> None:
    """Sign the tellers in again on every new day."""
    while True:
        try:
            async for kind, _ in client.events("lead"):
                if kind == "day.opened":
                    await sign_in(client, rules)
        except (aiohttp.ClientError, TimeoutError):
            pass
        await asyncio.sleep(1.0)
