"""A citizen's papers from the window to the city, on real processes: hub, central server and browser.

The devices are simulated and hang on a station of their own, so that pictures and the signature cross its
WebSocket. The hub dies once the service has ended, and nothing is lost.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, async_playwright, expect

from benchmarks.hubs import HubProcess, bare_hall, hub
from drivers.document_camera.uvc.simulator import SimulatedCamera
from drivers.signature_pad.tablet.simulator import SimulatedTablet
from drivers.transport.address import format_address
from drivers.transport.evdev import InputFiles
from drivers.transport.simulated import PtyPort, TcpPort
from kioskd.access.accounts import Accounts
from kioskd.access.passwords import Passwords
from kioskd.access.roles import Role
from kioskd.access.tokens import FILE_NAME, TokenStore
from kioskd.demo.client import HubClient
from kioskd.demo.keys import demo_accounts, demo_tokens
from kioskd.documents.desk import FONT
from kioskd.documents.signed import signature_page
from kioskd.hall import events as e
from kioskd.hall.codec import decode
from kioskd.hall.moment import rfc3339
from kioskd.journal.journal import Journal
from kioskd.journal.records import BEFORE_ALL
from kioskd.settings import load
from kioskd.station.config import DeviceSettings, StationSettings
from kioskd.station.link.websocket import WebSocketLink
from kioskd.station.station import Station
from tests.pages.conftest import press
from tests.started import ARGUMENTS, CHROMIUM
from tests.system.city import KIOSKD, City

pytestmark = [
    pytest.mark.on_disk,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("KIOSKD_NEED_BROWSER"), reason="no browser is installed"
    ),
]

SERVICE = "YL-001"
STROKES = [[(0.2, 0.5), (0.4, 0.3), (0.8, 0.6)], [(0.5, 0.2), (0.5, 0.8)]]
LONG_S = 60.0
FRAMES_UNREAD = 8 * 1024 * 1024
SETTINGS = """
[central]
url = "http://127.0.0.1:{port}"
hall = "hall-1"
gather_s = 0.1

[documents]
settle_min = 0
keep_days = 0
free_mib = 0

[[documents.archive]]
id = "city"
kind = "central"

[[documents.archive]]
id = "share"
kind = "folder"
path = "{share}"
"""


class Devices:
    """What stands at window 1, on a station of its own."""

    def __init__(self, folder: Path) -> None:
        self.camera = SimulatedCamera()
        self.camera.frozen = 1
        self.tablet = SimulatedTablet()
        self._folder = folder
        self._cable = TcpPort("127.0.0.1", 0, [self.camera], send_limit=FRAMES_UNREAD)
        self._plug = PtyPort(folder / "tablet", [self.tablet])

    @contextlib.asynccontextmanager
    async def at(self, url: str, token: str) -> AsyncIterator[None]:
        """Run the station until the block is left."""
        (self._folder / "station.token").write_text(token)
        await self._cable.start()
        await self._plug.start()
        devices = (
            DeviceSettings(
                id="camera-1",
                driver="document_camera.uvc",
                address=format_address(self._cable.address),
                window="1",
            ),
            DeviceSettings(
                id="tablet-1",
                driver="signature_pad.tablet",
                address=f"evdev://{self._plug.path}",
                window="1",
                options={"done_s": 0.5},
            ),
        )
        station = Station(StationSettings(id="window-1", devices=devices), self._folder / "station.db")
        running = asyncio.create_task(station.run(WebSocketLink(url, self._folder / "station.token")))
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await self._cable.stop()
            await self._plug.stop()


class Hall:
    """What tests ask a running hub."""

    def __init__(self, running: HubProcess, tokens: dict[str, str]) -> None:
        self.url = f"http://127.0.0.1:{running.port}"
        self.tokens = tokens
        self._client = HubClient(self.url, tokens)

    async def __aenter__(self) -> Hall:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._client.__aexit__(*error)

    async def post(self, path: str, body: Any = None) -> Any:
        answer = await self._client.post("lead", f"/api/v1/{path}", body or {})
        assert answer.ok, answer
        return answer.body

    async def get(self, path: str) -> Any:
        answer = await self._client.get("lead", f"/api/v1/{path}")
        assert answer.ok, answer
        return answer.body

    async def fetch(self, role: str, path: str) -> tuple[int, bytes]:
        return await raw(f"{self.url}/api/v1/{path}", self.tokens[role])

    async def until(self, path: str, true: Callable[[Any], bool]) -> Any:
        async with asyncio.timeout(LONG_S):
            while not true(found := await self.get(path)):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)
        return found


async def raw(url: str, token: str) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as answer:
        return answer.status, await answer.read()


@contextlib.asynccontextmanager
async def call_page(url: str, password: str) -> AsyncIterator[Page]:
    """Window 1's call page, with its teller signed in."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(locale="zh-CN")
        page.set_default_timeout(LONG_S * 1000)
        await page.goto(f"{url}/call")
        await page.fill("[name=name]", "d01")
        await page.fill("[name=password]", password)
        await page.click("#enter")
        yield page
        await browser.close()


async def serve(hall: Hall, devices: Devices, password: str) -> tuple[str, bytes, bytes]:
    """Have a citizen sign and a page of theirs taken; return ticket, page and signature."""
    patience = LONG_S * 1000
    await hall.until("devices", lambda found: [d["status"]["state"] for d in found] == ["online"] * 2)
    await hall.post("windows/1/login", {"teller": "d01"})
    ticket = (await hall.post("tickets", {"services": [SERVICE]}))["id"]
    async with call_page(hall.url, password) as page:
        await press(page, "1")
        await press(page, "s")
        async with asyncio.timeout(LONG_S):
            while (await hall.get("windows/1/counter"))["signature"] != "signed":
                devices.tablet.sign(STROKES)
                await asyncio.sleep(1.0)
        await press(page, "p")
        still = page.locator(".dialog--scan")
        await page.wait_for_function("() => document.querySelector('.scan__live')?.naturalWidth >= 640")
        await page.keyboard.press("Space")
        await expect(page.locator(".scan__page")).to_have_count(1, timeout=patience)
        await expect(still).to_have_attribute("aria-busy", "false", timeout=patience)
        (taken,) = (await hall.get("windows/1/pages"))["pages"]
        status, jpeg = await hall.fetch("lead", f"windows/1/pages/{taken['id']}")
        assert status == 200
        signature = await hall.get(f"tickets/{ticket}/signature")
        await page.get_by_role("button", name="完成", exact=True).click()
        await press(page, "9")
        await page.wait_for_selector(".dialog select")
        await page.keyboard.press("Enter")
        await hall.until("windows/1", lambda window: not window.get("ticket"))
    return ticket, jpeg, base64.b64decode(signature["png"])


def prepared(folder: Path, city: City) -> tuple[Path, dict[str, str], str, str]:
    """Have a hall join the city; return its settings, its tokens, its station's and its people's password."""
    data = folder / "hall"
    (folder / "share").mkdir()
    file = bare_hall(folder)
    file.write_text(file.read_text("utf-8") + SETTINGS.format(port=city.port, share=folder / "share"))
    join = [*KIOSKD, "join", f"http://127.0.0.1:{city.port}", city.enrol(), "--data", str(data)]
    subprocess.run(join, capture_output=True, timeout=60, check=True)
    store = TokenStore.open(data / FILE_NAME)
    tokens = demo_tokens(store, data)
    _, station = store.add(Role.STATION, "window-1", station="window-1")
    people = demo_accounts(Accounts(store.database, Passwords()), load(file).rules, data)
    store.close()
    return file, tokens, station, people[0].password


async def events(data: Path) -> list[tuple[e.Event, int]]:
    """Return what the journal holds, with the wall time of each."""
    journal = await Journal.open(data, now_wall=0, boot="test")
    stored = [one async for one in journal.stream(BEFORE_ALL)]
    await journal.close()
    return [(decode(one.kind, one.version, one.body), one.wall) for one in stored]


def holding(folder: Path, piece: bytes) -> list[Path]:
    """Return the files of a folder that hold these bytes."""
    return [file for file in folder.rglob("*") if file.is_file() and piece in file.read_bytes()]


@pytest.mark.timeout(300)
async def test_from_the_window_to_the_city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(InputFiles, "grab", lambda self, file: None)  # a pty cannot be grabbed
    city, data = City(tmp_path / "city", ""), tmp_path / "hall"
    city.start()
    try:
        file, tokens, station, password = prepared(tmp_path, city)
        devices = Devices(tmp_path)
        with hub(file, data) as running:
            async with Hall(running, tokens) as hall, devices.at(hall.url, station):
                ticket, jpeg, signature = await serve(hall, devices, password)
                running.process.kill()

        with hub(file, data) as running:
            async with Hall(running, tokens) as hall:
                (document,) = await hall.until(
                    f"tickets/{ticket}/documents",
                    lambda found: [sorted(one.get("archived", [])) for one in found] == [["city", "share"]],
                )
                name = document["id"]
                status, pdf = await hall.fetch("auditor", f"documents/{name}")
        assert (status, document["pages"], document["signed"]) == (200, 1, True)
        (signed,) = (wall for one, wall in await events(data) if isinstance(one, e.TicketSigned))
        when = rfc3339(signed, 8 * 60)[:19].replace("T", " ")
        lines = [f"{document['number']} 签名", f"票号  {document['number']}", f"时间  {when}"]
        lines += ["窗口  1", f"档号  {name}"]
        assert jpeg in pdf, "the page is the camera's page, byte for byte"
        assert signature_page(signature, lines, FONT) in pdf
        assert (tmp_path / "share" / f"{name}.pdf").read_bytes() == pdf

        city.kill()
        city.start()  # what it acknowledged it keeps
        url = f"http://127.0.0.1:{city.port}/sync/v1/halls/hall-1/documents/{name}.pdf"
        assert await raw(url, (data / "central.token").read_text().strip()) == (200, pdf)
        for folder in (data, tmp_path / "city"):
            assert holding(folder, jpeg[600:648]) == []

        with hub(file, data) as running:
            async with Hall(running, tokens) as hall:
                await hall.until(f"tickets/{ticket}/documents", lambda found: found[0].get("removed"))
                assert (await hall.fetch("auditor", f"documents/{name}"))[0] == 410
        assert list((data / "documents").glob("*.page")) == []
        kept = [one for one, _ in await events(data)]
        (view,) = (one for one in kept if isinstance(one, e.AuditNoted) and one.action == "document.viewed")
        assert (view.by.role, view.params) == ("auditor", {"document": name})
        assert {one.sink for one in kept if isinstance(one, e.DocumentArchived)} == {"city", "share"}
        assert [one.why for one in kept if isinstance(one, e.DocumentRemoved)] == ["archived"]
    finally:
        city.kill()
