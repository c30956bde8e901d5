"""The sample hall at a busy hour, and a lead before a real browser."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from msgspec.structs import replace

from kioskd.access.roles import Role
from kioskd.hall.commands import By, Tick
from kioskd.hall.refusal import Refusal
from kioskd.hall.rules import Calendar, Rules, Ticketing
from kioskd.settings.read import load
from tests.web.conftest import Hall, Time, running
from tests.web.people import PASSWORD, add_person
from tests.web.rules import ALWAYS

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

PATIENCE_MS = int(os.environ.get("KIOSKD_PATIENCE_MS", "30000"))
SIZES = {"small": (1024, 768), "middle": (1366, 768), "large": (1920, 1080)}
SCREENS = os.environ.get("KIOSKD_SCREENS", "")
"""Folder that pictures of the page are put into, if anywhere."""

LEAD = By("person", "lead", "lead", "page")
SAMPLE = Path(__file__).parents[2] / "config" / "sample" / "hall.toml"


def sample_rules() -> Rules:
    """The sample hall, open round the clock."""
    rules = load(SAMPLE).rules
    return replace(
        rules,
        calendar=Calendar(sessions=(ALWAYS,), needs_year_file=False),
        policy=replace(rules.policy, ticketing=Ticketing(burst_slips=0)),
        roster=(),
    )


class Clocks(Time):
    """Time whose wall clock may be wrong."""

    wall_ms = 0

    def wall(self) -> int:
        return super().wall() + self.wall_ms


class Busy(Hall):
    """A hall and what goes on in it."""

    time: Clocks

    async def tick(self, minutes: float = 0) -> None:
        """Let hall time pass and everything happen that is due."""
        self.time.ms += round(minutes * 60_000)
        for _ in range(3):
            assert not isinstance(await self.desk.submit(Tick(by=LEAD)), Refusal)

    async def ok(self, path: str, body: Any = None, role: Role = Role.LEAD) -> Any:
        answer = await self.post(path, body, role)
        assert answer.status < 300, answer.raw
        return answer.json if answer.raw else None

    async def duty(self, window: str, teller: str, **more: Any) -> None:
        await self.ok(f"windows/{window}/login", {"teller": teller, **more})

    async def serve(self, window: str) -> str:
        """Call the next and start."""
        called = await self.ok(f"windows/{window}/call-next")
        await self.ok(f"windows/{window}/start")
        return str(called["ticket"]["number"])

    async def overview(self) -> Any:
        answer = await self.get("overview", Role.LEAD)
        assert answer.status == 200, answer.raw
        return answer.json


@pytest_asyncio.fixture(loop_scope="session")
async def busy(tmp_path: Path) -> AsyncIterator[Busy]:
    time = Clocks()
    async with running(tmp_path, time, rules=sample_rules()) as hall:
        busy = Busy(hall.url, hall.site, hall.journal, hall.session)
        busy.tokens, busy.time = hall.tokens, time
        for name, role in (("lead", Role.LEAD), ("audit", Role.AUDITOR), ("teller", Role.TELLER)):
            add_person(busy, name, role, person={"lead": "王主任", "audit": "周稽核"}.get(name, "李柜员"))
        yield busy


@pytest.fixture(autouse=True)
def patient() -> None:
    from playwright.async_api import expect

    expect.set_options(timeout=PATIENCE_MS)


@contextlib.asynccontextmanager
async def opened(
    hall: Busy, browser: Browser, size: str = "small", person: str = "lead", language: str = "zh-CN"
) -> AsyncIterator[Page]:
    """Sign somebody in and open the overview; what goes wrong in the browser fails the test."""
    width, height = SIZES[size]
    context = await browser.new_context(viewport={"width": width, "height": height}, locale=language)
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    wrong: list[str] = []
    asked: set[str] = set()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: asked.add(request.url))
    await page.goto(hall.at("/overview"))
    await page.fill("[name=name]", person)
    await page.fill("[name=password]", PASSWORD)
    await page.click("#enter")
    await page.wait_for_url("**/overview")
    await page.wait_for_selector('#overview[data-state="there"]')
    yield page
    await context.close()
    assert wrong == []
    assert all(url.startswith((hall.url, "data:", "blob:")) for url in asked), "no outside requests"


async def picture(page: Page, name: str) -> None:
    if SCREENS:
        await page.wait_for_timeout(400)
        await page.screenshot(path=str(Path(SCREENS) / f"{name}.png"), full_page=False)
