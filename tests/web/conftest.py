"""A real hub behind a real server on loopback, with a token per role."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from kioskd.access.pairing import Pairing
from kioskd.access.passwords import Passwords
from kioskd.access.roles import Role
from kioskd.access.tokens import TokenStore
from kioskd.documents.desk import Documents
from kioskd.documents.settings import DocumentSettings
from kioskd.hall.commands import ApplySettings, Tick
from kioskd.hall.refusal import Refusal
from kioskd.hall.rules import Rules
from kioskd.hub.clock import Clock
from kioskd.hub.desk import SYSTEM, Desk
from kioskd.hub.stations import Stations
from kioskd.journal.journal import Journal
from kioskd.web.app import build_app
from kioskd.web.openapi import problems_of
from kioskd.web.routes import ROUTES
from kioskd.web.server import serving
from kioskd.web.settings import WebSettings
from kioskd.web.site import Site
from tests.web.rules import open_hall

START = 1_773_000_000_000  # a Monday in March 2026, 04:00 in Beijing


class Time:
    """Steady and wall time that tests move."""

    def __init__(self) -> None:
        self.ms = 0

    def wall(self) -> int:
        return START + 4 * 3600_000 + self.ms

    def steady(self) -> int:
        return 1_000_000 + self.ms


async def eventually(true: Callable[[], bool]) -> None:
    """Wait for what another task will bring about; fails after 10 s."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - there is no event for it outside the server
            await asyncio.sleep(0.005)


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    raw: bytes
    url: str = ""
    """Path and query of where the answer came from, after redirections."""

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.raw)

    @property
    def code(self) -> str:
        return str(self.json["code"]) if self.raw and self.status >= 400 else ""


def described(method: str, path: str, answer: Answer) -> None:
    """Fail when a route answers what its description does not name."""
    if answer.status < 400 or answer.headers.get("Content-Type") != "application/problem+json":
        return
    for route, pattern in PATTERNS:
        if route.method == method and pattern.fullmatch(path):
            assert answer.code in codes(route.name), f"{route.name} does not name {answer.code}"


PATTERNS = [(route, re.compile(re.sub(r"{\w+}", "[^/]+", route.path))) for route in ROUTES]


@functools.cache
def codes(name: str) -> frozenset[str]:
    """Return what the description says that a route may refuse with."""
    route = next(route for route in ROUTES if route.name == name)
    return frozenset().union(*problems_of(route).values())


class Hall:
    """A hub and what tests do with it."""

    def __init__(self, url: str, site: Site, journal: Journal, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.site = site
        self.desk = site.desk
        self.journal = journal
        self.session = session
        self.tokens: dict[Role, str] = {}
        self._keys = itertools.count()

    def headers(self, role: Role, **more: str) -> dict[str, str]:
        token = self.tokens.get(role)
        return ({"Authorization": f"Bearer {token}"} if token else {}) | more

    async def get(self, path: str, role: Role = Role.PUBLIC, **headers: str) -> Answer:
        async with self.session.get(self.at(path), headers=self.headers(role, **headers)) as response:
            answer = Answer(response.status, response.headers, await response.read(), response.url.path_qs)
        described("GET", response.url.path, answer)
        return answer

    async def post(
        self, path: str, body: Any = None, role: Role = Role.PUBLIC, key: str | None = "", **headers: str
    ) -> Answer:
        """Post a JSON body under a fresh key (``key`` None: none)."""
        if key is not None:
            headers["Idempotency-Key"] = key or f"key-{next(self._keys)}"
        async with self.session.post(
            self.at(path), json=body if body is not None else {}, headers=self.headers(role, **headers)
        ) as response:
            answer = Answer(response.status, response.headers, await response.read(), response.url.path_qs)
        described("POST", response.url.path, answer)
        return answer

    def at(self, path: str) -> str:
        return self.url + (path if path.startswith("/") else f"/api/v1/{path}")

    async def ticket(self, **body: Any) -> Any:
        answer = await self.post("tickets", {"queue": "general", **body}, Role.KIOSK)
        assert answer.status == 201, answer.raw
        return answer.json

    async def login(self, window: str = "1", teller: str = "li") -> None:
        answer = await self.post(f"windows/{window}/login", {"teller": teller}, Role.TELLER)
        assert answer.status == 200, answer.raw


@contextlib.asynccontextmanager
async def running(
    folder: Path,
    time: Time,
    *,
    rules: Rules | None = None,
    settings: WebSettings | None = None,
    disk: str | None = None,
    documents: DocumentSettings | None = None,
) -> AsyncIterator[Hall]:
    """Run a hub until the block is left; ``disk`` names an SQLite file layer."""
    clock = Clock(wall=time.wall, steady=time.steady)
    journal = await Journal.open(folder, now_wall=clock.moment().wall, boot="boot-1", vfs=disk)
    tokens = TokenStore.open(folder / "access.db")
    desk = Desk(journal, clock)
    await desk.start("boot-1")
    applied = await desk.submit(ApplySettings(by=SYSTEM, rules=rules or open_hall()))
    assert not isinstance(applied, Refusal), applied
    for _ in range(3):
        await desk.submit(Tick(by=SYSTEM))
    site = Site(
        desk,
        Stations(desk, "test"),
        tokens,
        Pairing(tokens),
        settings or WebSettings(),
        journal,
        Passwords(memory_kib=64, time_cost=1),
    )
    site.documents = Documents(desk, journal, documents or DocumentSettings(free_mib=0), folder)
    await site.documents.start()
    try:
        async with (
            serving(build_app(site), site.settings, 0) as port,
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=20)
            ) as session,
        ):
            hall = Hall(f"http://127.0.0.1:{port}", site, journal, session)
            for role in Role:
                if role is not Role.PUBLIC:
                    station = "station-1" if role is Role.STATION else None
                    hall.tokens[role] = tokens.add(role, role.value, station=station)[1]
            yield hall
    finally:
        await site.documents.close()
        await desk.close()
        await journal.close()
        tokens.close()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def hall(tmp_path: Path, time: Time) -> AsyncIterator[Hall]:
    async with running(tmp_path, time) as hall:
        yield hall
