"""The city of the demo: a central server, a second hall, and the network between them to be cut and healed.

All of it begins after the first hall is ready and ends before it; the first hall works without it.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import structlog

from kioskd.access.passwords import Passwords
from kioskd.app import RunningHub, run_hub
from kioskd.central import halls
from kioskd.central.codes import digest
from kioskd.central.office import accounts
from kioskd.central.office.accounts import OfficeRole
from kioskd.central.parts import running
from kioskd.central.server import wall_ms
from kioskd.central.sqlite import Sqlite
from kioskd.demo.client import HubClient
from kioskd.demo.keys import demo_tokens
from kioskd.demo.link import CityLink
from kioskd.demo.staff import sign_in
from kioskd.demo.trickle import trickle
from kioskd.hall.rules import Name
from kioskd.hub.clock import Clock
from kioskd.journal.files import write_new
from kioskd.settings import HallSettings
from kioskd.sync.settings import CentralSettings

FOLDER = "city"
TOKEN = "central.token"
FIRST, SECOND = "hall-1", "hall-2"
SECOND_NAME = Name(zh="城东社会保险服务大厅", en="East Social Security Hall")
LOOK_S = 0.5

PEOPLE = (("office", "样员96", OfficeRole.OFFICE), ("city-admin", "样员97", OfficeRole.ADMIN))

log = structlog.get_logger("kioskd.demo")

Tell = Callable[[dict[str, Any]], None]


class City:
    """`prepare` before the first hall starts, `run` once it is ready. ``tell`` hears how the network is."""

    def __init__(self, data: Path, tell: Tell) -> None:
        self._data = data
        self._tell = tell
        self._links = {FIRST: CityLink(), SECOND: CityLink()}
        self._hubs: dict[str, RunningHub] = {}
        self._told: dict[str, Any] = {}
        self.url = ""
        self.password = ""

    async def prepare(self, settings: HallSettings) -> HallSettings:
        """Return the first hall's settings with the way to the city, whose token lies beside its journal."""
        await self._links[FIRST].open()
        await asyncio.to_thread(_leave_token, self._data / TOKEN)
        return self._joined(settings, FIRST)

    def _joined(self, settings: HallSettings, hall: str) -> HallSettings:
        url = f"http://127.0.0.1:{self._links[hall].port}"
        central = CentralSettings(url=url, hall=hall, token_file=TOKEN, gather_s=0.5)
        return msgspec.structs.replace(settings, central=central)

    def view(self) -> dict[str, Any]:
        """Return how the network is, JSON-ready."""
        return self._told

    def set_cut(self, hall: str, cut: bool) -> None:
        """Cut or heal a hall's wire. Raises KeyError for a hall that is none."""
        self._links[hall].set_cut(cut)

    async def run(self, first: RunningHub, settings: HallSettings) -> None:
        """Run the central server and the second hall until cancelled."""
        self._hubs[FIRST] = first
        folder = self._data / FOLDER
        async with contextlib.AsyncExitStack() as stack:
            for link in self._links.values():
                stack.push_async_callback(link.close)
            await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
            database = await Sqlite.open(folder / "central.db")
            stack.push_async_callback(database.close)
            await self._halls(database, settings)
            serving = running(database, folder, "127.0.0.1", 0)
            port = await stack.enter_async_context(serving)
            self.url = f"http://127.0.0.1:{port}/office"
            for link in self._links.values():
                link.lead_to(port)
            second = await self._second(stack, settings)
            tokens = await asyncio.to_thread(demo_tokens, second.tokens, folder / SECOND)
            client = await stack.enter_async_context(HubClient(second.url, tokens))
            async with asyncio.TaskGroup() as group:
                group.create_task(_staffed_trickle(client, second), name="second hall")
                group.create_task(self._watch(), name="network")

    async def _second(self, stack: contextlib.AsyncExitStack, settings: HallSettings) -> RunningHub:
        """Start the smaller hall: the same windows and queues, no devices, another name."""
        await self._links[SECOND].open()
        folder = self._data / FOLDER / SECOND
        rules = msgspec.structs.replace(settings.rules, hall="demo-east", name=SECOND_NAME)
        smaller = msgspec.structs.replace(
            self._joined(settings, SECOND),
            rules=rules,
            station=msgspec.structs.replace(settings.station, devices=()),
        )
        hub = await stack.enter_async_context(run_hub(smaller, folder, port=0, clock=Clock()))
        self._hubs[SECOND] = hub
        return hub

    async def _halls(self, database: Sqlite, settings: HallSettings) -> None:
        folder = self._data / FOLDER / SECOND
        await asyncio.to_thread(_leave_token, folder / TOKEN)
        names = {FIRST: settings.rules.name.zh, SECOND: SECOND_NAME.zh}
        for hall, where in ((FIRST, self._data), (SECOND, folder)):
            token = await asyncio.to_thread(_token, where / TOKEN)
            with contextlib.suppress(halls.HallExistsError):
                await database.write(partial(halls.add, hall, names[hall], wall_ms()))
            known = await database.write(partial(halls.whose, digest(token), wall_ms()))
            if known is None:
                await database.write(partial(halls.give, hall, digest(token), wall_ms()))
        self.password = await asyncio.to_thread(_password, self._data / FOLDER / "office.txt")
        there = {one.name for one in await database.read(accounts.everybody)}
        for name, person, role in PEOPLE:
            if name not in there:
                kept = await asyncio.to_thread(Passwords().hash, self.password)
                add = partial(accounts.add, name, person, role, kept, wall_ms(), by="demo", one_time=False)
                await database.write(add)

    async def _watch(self) -> None:
        """Tell how the network is whenever that changes."""
        while True:
            seen = {
                "url": self.url,
                "password": self.password,
                "people": [name for name, _, _ in PEOPLE],
                "halls": [await self._hall(hall, hub) for hall, hub in self._hubs.items()],
            }
            if seen != self._told:
                self._told = seen
                self._tell(seen)
            await asyncio.sleep(LOOK_S)

    async def _hall(self, hall: str, hub: RunningHub) -> dict[str, Any]:
        name = hub.settings.rules.name
        uplink = hub.uplink
        behind = None if uplink is None else await uplink.behind()
        return {
            "id": hall,
            "name": {"zh": name.zh, "en": name.en},
            "cut": self._links[hall].cut,
            "code": "starting" if uplink is None else uplink.code,
            "behind": behind,
        }


async def _staffed_trickle(client: HubClient, hub: RunningHub) -> None:
    await sign_in(client, hub.settings.rules)
    await trickle(client, hub.settings.rules, 2)


def _token(path: Path) -> str:
    return path.read_text("ascii").strip()


def _leave_token(path: Path) -> None:
    """Make a token where there is none: the demo's own halls need no code to join."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_new(path, f"kc_{secrets.token_urlsafe(32)}\n".encode(), 0o600)


def _password(path: Path) -> str:
    if not path.exists():
        write_new(path, f"Demo-{secrets.token_hex(3)}\n".encode(), 0o600)
    return _token(path)
