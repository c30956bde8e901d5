"""The virtual hall's page and its endpoints, beside the hub's own API.

``GET /`` the page · ``GET /virtual/events`` what the simulated devices show, as server-sent events ·
``POST /virtual/act`` do something at a device or as a citizen · ``GET /virtual/slips/{n}.png`` a slip
drawn from the bytes the printer received · ``GET /virtual/sounds/{device}/{n}.wav`` the samples a speaker
received. Tokens never reach the browser.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import msgspec
from aiohttp import web

from kioskd.demo.bed import Bed, BedDevice
from kioskd.demo.client import HubClient
from kioskd.demo.hands import PrinterHands, SpeakerHands
from kioskd.demo.keys import DemoAccount
from kioskd.demo.story import Entry, Story
from kioskd.demo.watch import HubWatch, Known
from kioskd.hall.rules import Rules
from kioskd.hub.clock import Clock

ALIVE_S = 5.0
"""Something is said at least this often, so that a page notices a dead line."""

FLUSH_S = 0.05
"""Shortest time between two messages to one page: faster than an eye, slower than a busy bus."""

LOG_A_FLUSH = 5
"""Entries of the story told at once; at sixty times the speed of life nobody reads more."""

PAGE = Path(str(files("ui") / "web" / "virtual_hall"))
FONTS = Path(str(files("ui") / "fonts"))

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
}


class Citizens(Protocol):
    """The switch of the simulated citizens."""

    @property
    def running(self) -> bool:
        """Whether they come."""

    def switch(self, on: bool) -> None:
        """Let them come, or come no more."""


class City(Protocol):
    """The way between halls and the central server."""

    def view(self) -> dict[str, Any]:
        """How it is."""

    def set_cut(self, hall: str, cut: bool) -> None:
        """Cut or heal a hall's wire; KeyError for one that is none."""


class Wish(msgspec.Struct, frozen=True):
    """Body of ``POST /virtual/act``.

    ``act``: ``take`` (a number: ``queue``, ``headcount``), ``press`` (``device``, ``key``), ``rate``
    (``device``, ``level``), ``people`` (``on``), ``cut`` (the wire of ``hall`` to the city: ``on``),
    ``new_roll`` and ``print_clear`` (``device``, ``on``) as whoever changes the paper tells the hub, or one
    of the device's ``actions``.
    """

    act: str
    device: str = ""
    hall: str = ""
    queue: str = ""
    headcount: int | None = None
    language: str = "zh"
    key: str = ""
    level: int = 0
    on: bool = False


class _Viewer:
    """One open page: what it has not been told yet."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.devices: dict[str, BedDevice] = {}
        self.log: deque[Entry] = deque(maxlen=LOG_A_FLUSH)
        self.other: dict[str, Any] = {}


class VirtualHall:
    """Serves the page: `routes` before the hub serves, `open` once it does, `close` before it ends."""

    def __init__(self, bed: Bed, clock: Clock, rules: Rules) -> None:
        self._bed = bed
        self._clock = clock
        self._offset = rules.utc_offset_min
        self._tellers = {teller.id: teller.name for teller in rules.tellers}
        self._viewers: set[_Viewer] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._client: HubClient | None = None
        self._watch: HubWatch | None = None
        self._citizens: Citizens | None = None
        self._run = secrets.token_hex(4)
        self.accounts: list[DemoAccount] = []
        self.city: City | None = None
        self.story = Story(lambda: clock.moment().wall, self._tell_story)
        bed.on_change(self._device_changed)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the page."""
        return [
            web.get("/", _files(PAGE, "index.html")),
            web.get(r"/virtual/page/{name:[a-z_]+\.(js|css)}", _files(PAGE)),
            web.get(r"/virtual/fonts/{name:[A-Za-z-]+\.otf}", _files(FONTS)),
            web.get("/virtual/events", self._events),
            web.get("/virtual/slips/{n:[0-9]{1,9}}.png", self._slip),
            web.get("/virtual/sounds/{device}/{n:[0-9]{1,9}}.wav", self._sound),
            web.post("/virtual/act", self._act),
        ]

    def mount(self, app: web.Application) -> None:
        """Add the routes to a hub's application."""
        app.router.add_routes(self.routes())

    def close(self) -> None:
        """End every open page's stream, so that the server can go."""
        for task in self._tasks:
            task.cancel()

    async def open(self, client: HubClient, citizens: Citizens | None) -> None:
        """The hub serves: act and watch through ``client`` until cancelled."""
        self._client = client
        self._citizens = citizens
        self._watch = HubWatch(client, self._hub_changed)
        for viewer in self._viewers:
            self._tell(viewer, "people", self._people())
            self._tell(viewer, "accounts", self._accounts())
        await self._watch.run()

    # --- telling the pages ----------------------------------------------------------------------

    def people_changed(self) -> None:
        """The citizens' switch was used."""
        for viewer in self._viewers:
            self._tell(viewer, "people", self._people())

    def network_changed(self, seen: dict[str, Any]) -> None:
        """The way between halls and city is another now."""
        for viewer in self._viewers:
            self._tell(viewer, "network", seen)

    def _device_changed(self, device: BedDevice) -> None:
        self.story.changed(device)
        for viewer in self._viewers:
            viewer.devices[device.id] = device
            viewer.news.set()

    def _hub_changed(self, known: Known) -> None:
        for viewer in self._viewers:
            self._tell(viewer, "hub", known)

    def _tell_story(self, entry: Entry) -> None:
        for viewer in self._viewers:
            viewer.log.append(entry)
            viewer.news.set()

    def _tell(self, viewer: _Viewer, kind: str, data: Any) -> None:
        viewer.other[kind] = data
        viewer.news.set()

    def _people(self) -> dict[str, Any]:
        return {
            "possible": self._citizens is not None,
            "running": self._citizens is not None and self._citizens.running,
        }

    def _time(self) -> dict[str, Any]:
        return {"wall": self._clock.moment().wall, "speed": self._clock.speed, "offset": self._offset}

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8", **HEADERS})
        viewer = _Viewer()
        task = asyncio.current_task()
        assert task is not None
        self._viewers.add(viewer)
        self._tasks.add(task)
        try:
            await response.prepare(request)
            await _send(response, "bed", self._snapshot())
            if self._watch is not None:
                await _send(response, "hub", self._watch.known)
            while True:
                await self._flush(response, viewer)
        except (ConnectionError, aiohttp.ClientConnectionError):
            pass
        finally:
            self._viewers.discard(viewer)
            self._tasks.discard(task)
        return response

    def _snapshot(self) -> dict[str, Any]:
        return {
            "devices": [device.view() for device in self._bed.devices.values()],
            "clock": self._time(),
            "people": self._people(),
            "log": list(self.story.latest),
            "run": self._run,
            "tellers": self._tellers,
            "accounts": self._accounts(),
            "network": self.city.view() if self.city is not None else {},
        }

    def _accounts(self) -> list[dict[str, str]]:
        """Who may sign in to the hub's pages: a simulated hall has no secrets."""
        return [
            {"name": one.name, "person": one.person, "role": one.role.value, "password": one.password}
            for one in self.accounts
        ]

    async def _flush(self, response: web.StreamResponse, viewer: _Viewer) -> None:
        try:
            async with asyncio.timeout(ALIVE_S):
                await viewer.news.wait()
        except TimeoutError:
            await _send(response, "alive", self._time())
            return
        viewer.news.clear()
        devices, viewer.devices = viewer.devices, {}
        other, viewer.other = viewer.other, {}
        log = list(viewer.log)
        viewer.log.clear()
        for device in devices.values():
            await _send(response, "device", device.view())
        for entry in log:
            await _send(response, "log", entry)
        for kind, data in other.items():
            await _send(response, kind, data)
        await asyncio.sleep(FLUSH_S)

    # --- what a visitor does --------------------------------------------------------------------

    async def _slip(self, request: web.Request) -> web.Response:
        number = int(request.match_info["n"])
        for device in self._bed.devices.values():
            if isinstance(device.hands, PrinterHands) and (draw := device.hands.picture(number)):
                picture = await asyncio.to_thread(draw)
                return web.Response(body=picture, content_type="image/png", headers=HEADERS)
        raise web.HTTPNotFound(text="no such slip")

    async def _sound(self, request: web.Request) -> web.Response:
        device = self._bed.devices.get(request.match_info["device"])
        if device is not None and isinstance(device.hands, SpeakerHands):
            sound = device.hands.sound(int(request.match_info["n"]))
            if sound is not None:
                return web.Response(body=sound, content_type="audio/wav", headers=HEADERS)
        raise web.HTTPNotFound(text="no such sound")

    async def _act(self, request: web.Request) -> web.Response:
        # A page of another site cannot send JSON here without asking first, and is refused then.
        origin = request.headers.get("Origin")
        if request.content_type != "application/json" or origin not in (None, f"http://{request.host}"):
            return _refuse(403, "origin_refused", "Only this page may do that.")
        try:
            wish = msgspec.json.decode(await request.read(), type=Wish)
        except msgspec.MsgspecError as error:
            return _refuse(400, "body_invalid", str(error))
        try:
            if wish.act == "take":
                return await self._take(wish)
            if wish.act == "people":
                return self._switch(wish.on)
            if wish.act == "cut" and self.city is not None:
                self.city.set_cut(wish.hall, wish.on)
                return _json(self.city.view())
            if wish.act in ("new_roll", "print_clear"):
                return await self._tell_of_paper(wish)
            return await self._at_device(wish)
        except (KeyError, ValueError) as error:
            return _refuse(409, "not_possible", str(error))

    async def _take(self, wish: Wish) -> web.Response:
        if self._client is None:
            return _refuse(503, "starting", "The hall is starting.")
        body: dict[str, Any] = {"queue": wish.queue, "language": wish.language}
        if wish.headcount is not None:
            body["headcount"] = wish.headcount
        try:
            answer = await self._client.post("kiosk", "/api/v1/tickets", body, wish.language)
        except (aiohttp.ClientError, TimeoutError):
            return _refuse(503, "hub_away", "The hub does not answer.")
        return _json(answer.body, answer.status)

    async def _tell_of_paper(self, wish: Wish) -> web.Response:
        device = self._bed.devices.get(wish.device)
        if device is None or self._client is None:
            return _refuse(404, "unknown_device", f"{wish.device} is no device here")
        if wish.act == "new_roll":
            path, body, did = "new-roll", {}, "new_roll"
        else:
            did = "print_clear" if wish.on else "print_unclear"
            path, body = "print-clear", {"clear": wish.on}
        try:
            answer = await self._client.post("guide", f"/api/v1/devices/{device.id}/{path}", body)
        except (aiohttp.ClientError, TimeoutError):
            return _refuse(503, "hub_away", "The hub does not answer.")
        if answer.ok:
            self.story.by_hand(device, did)
        return _json(answer.body or {}, answer.status if answer.body else 200)

    def _switch(self, on: bool) -> web.Response:
        if self._citizens is None:
            return _refuse(409, "not_possible", "Citizens cannot be simulated in this hall.")
        self._citizens.switch(on)
        self.people_changed()
        return _json(self._people())

    async def _at_device(self, wish: Wish) -> web.Response:
        device = self._bed.devices.get(wish.device)
        if device is None or device.hands is None:
            return _refuse(404, "unknown_device", f"{wish.device} is no simulated device")
        if wish.act == "press":
            _offered(wish.key, device.hands.view().get("keys"))
            self.story.pressed(device, key=wish.key)
            device.simulator.press(wish.key)
        elif wish.act == "rate":
            _offered(wish.level, device.hands.view().get("levels"))
            self.story.pressed(device, level=wish.level)
            device.simulator.rate(wish.level)
        else:
            await device.act(wish.act)
            self.story.by_hand(device, wish.act)
            for other in device.line.devices if device.line is not None else []:
                self._device_changed(other)
        return _json(device.view())


def _offered(wanted: object, there: list[object] | None) -> None:
    """Raise ValueError for a key that the device has not."""
    if wanted not in (there or ()):
        raise ValueError(f"the device has no key {wanted!r}")


async def _send(response: web.StreamResponse, kind: str, data: Any) -> None:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    await response.write(f"event: {kind}\ndata: {text}\n\n".encode())


def _files(folder: Path, only: str = "") -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handler(request: web.Request) -> web.StreamResponse:
        path = folder / (only or request.match_info["name"])
        if not path.is_file():
            raise web.HTTPNotFound(text="no such file")
        return web.FileResponse(path, headers=HEADERS)

    return handler


def _json(body: Any, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, headers=HEADERS)


def _refuse(status: int, code: str, detail: str) -> web.Response:
    return _json({"code": code, "status": status, "title": code, "detail": detail}, status)
