"""The page's endpoints: what they tell, what they do, whom they refuse."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from kioskd.demo.bed import Bed
from kioskd.demo.page import PAGE, VirtualHall
from kioskd.demo.run import HALL_FILE
from kioskd.hub.clock import Clock
from kioskd.settings import load

SETTINGS = load(HALL_FILE)


class Served:
    """The page of a bed without a hub behind it."""

    def __init__(self, bed: Bed, page: VirtualHall, session: aiohttp.ClientSession) -> None:
        self.bed = bed
        self.page = page
        self.session = session

    async def act(self, **wish: Any) -> tuple[int, Any]:
        async with self.session.post("/virtual/act", json=wish) as response:
            return response.status, await response.json()


class Events:
    """An open stream of events."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def next(self, kind: str, seconds: float = 5.0) -> Any:
        """The next event of a kind; others are let by."""
        async with asyncio.timeout(seconds):
            found = ""
            async for raw in self._response.content:
                line = raw.decode().strip()
                if line.startswith("event: "):
                    found = line[7:]
                elif line.startswith("data: ") and found == kind:
                    return json.loads(line[6:])
        raise AssertionError("the stream ended")


@pytest_asyncio.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    bed = Bed(SETTINGS.station.devices, tmp_path / "dev")
    await bed.start()
    page = VirtualHall(bed, Clock(), SETTINGS.rules)
    app = web.Application()
    page.mount(app)
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        yield Served(bed, page, session)
    page.close()
    await runner.cleanup()
    await bed.stop()


async def test_a_page_hears_of_everything_at_first_and_then_of_changes(served: Served) -> None:
    async with served.session.get("/virtual/events") as response:
        assert response.content_type == "text/event-stream"
        events = Events(response)
        bed = await events.next("bed")
        assert {device["id"] for device in bed["devices"]} == set(served.bed.devices)
        assert bed["tellers"]["d01"] == "样员01"
        assert bed["clock"]["speed"] == 1.0
        assert bed["clock"]["offset"] == 480
        status, _ = await served.act(act="empty", device="printer")
        assert status == 200
        told = await events.next("device")
        assert (told["id"], told["paper"]) == ("printer", "out")
        assert "refill" in told["actions"]
        entry = await events.next("log")
        assert (entry["did"], entry["device"], entry["hand"]) == ("empty", "printer", True)


async def test_a_page_opened_later_gets_the_story_so_far(served: Served) -> None:
    await served.act(act="unplug", device="sign-3")
    async with served.session.get("/virtual/events") as response:
        bed = await Events(response).next("bed")
    assert [entry["did"] for entry in bed["log"]] == ["unplugged"]
    assert next(d for d in bed["devices"] if d["id"] == "sign-3")["plugged"] is False


async def test_pressing_a_key_of_a_pulled_keypad_is_told_as_unheard(served: Served) -> None:
    await served.act(act="unplug", device="keypad-4")
    async with served.session.get("/virtual/events") as response:
        events = Events(response)
        status, _ = await served.act(act="press", device="keypad-4", key="call")
        assert status == 200
        while (entry := await events.next("log"))["did"] != "key_lost":
            pass
    assert entry["parameters"] == {"key": "call"}


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"act": "press", "device": "keypad-1", "key": "self-destruct"}, 409),
        ({"act": "rate", "device": "pad-1", "level": 9}, 409),
        ({"act": "press", "device": "printer-9", "key": "call"}, 404),
        ({"act": "refill", "device": "printer"}, 409),
        ({"act": "press", "device": 7}, 400),
        ({"act": "people", "on": True}, 409),
        ({"act": "take", "queue": "general"}, 503),
    ],
)
async def test_what_cannot_be_done_is_refused_with_a_reason(
    served: Served, wish: dict[str, Any], status: int
) -> None:
    answered, body = await served.act(**wish)
    assert answered == status
    assert body["code"]
    assert body["detail"]


async def test_pages_of_other_sites_cannot_act(served: Served) -> None:
    body = json.dumps({"act": "empty", "device": "printer"})
    for headers in (
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json", "Origin": "http://evil.example"},
        {"Content-Type": "application/json", "Origin": "null"},
    ):
        async with served.session.post("/virtual/act", data=body, headers=headers) as response:
            assert response.status == 403
    assert served.bed.devices["printer"].view()["paper"] == "full"


async def test_the_page_brings_all_it_needs_and_asks_nobody_else(served: Served) -> None:
    async with served.session.get("/") as response:
        assert response.status == 200
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
        html = await response.text()
    wanted = re.findall(r'(?:src|href)="(/[^"]+)"', html)
    seen: set[str] = set()
    while wanted:
        path = wanted.pop()
        if path in seen:
            continue
        seen.add(path)
        async with served.session.get(path) as response:
            assert response.status == 200, path
            text = await response.text("latin-1")
        if path.endswith(".js"):
            wanted += [f"/virtual/page/{name}" for name in re.findall(r'from "\./([^"]+)"', text)]
        if path.endswith((".js", ".css")):
            wanted += re.findall(r'url\("(/[^"]+)"\)', text)
            outside = set(re.findall(r"https?://[^\s\"']+", text)) - {"http://www.w3.org/2000/svg"}
            assert not outside, path
    assert {Path(path).name for path in seen} >= {file.name for file in PAGE.iterdir()} - {"index.html"}


@pytest.mark.parametrize(
    "path",
    ["/virtual/page/nothing.js", "/virtual/page/..%2fx.js", "/virtual/slips/7.png", "/virtual/fonts/x.otf"],
)
async def test_what_is_not_there_is_not_found(served: Served, path: str) -> None:
    async with served.session.get(path) as response:
        assert response.status == 404


def _book(name: str) -> dict[str, str]:
    text = (PAGE / f"{name}.js").read_text("utf-8")
    return dict(re.findall(r'^  "([^"]+)": "((?:[^"\\]|\\.)*)",$', text, re.M))


def test_both_languages_say_everything_with_the_same_values() -> None:
    chinese, english = _book("zh"), _book("en")
    assert len(chinese) > 150
    assert set(chinese) == set(english)
    for key, sentence in chinese.items():
        assert set(re.findall(r"\{(\w+)\}", sentence)) >= set(re.findall(r"\{(\w+)\}", english[key])), key
    used: set[str] = set()
    for file in PAGE.glob("*.js"):
        used |= set(re.findall(r'\bsay\("([a-z_.0-9]+)"', file.read_text("utf-8")))
    assert used <= set(chinese)
