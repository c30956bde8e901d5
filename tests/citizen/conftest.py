"""The sample hall in the middle of a morning, and people at its pages in a real browser."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from msgspec.structs import replace

from kioskd.access.roles import Role
from kioskd.hall.commands import Tick
from kioskd.hub.desk import SYSTEM
from kioskd.settings.read import load
from kioskd.web.catalogue import Catalogue
from tests.web.conftest import Hall, Time, running
from tests.web.people import PASSWORD, add_person

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

PATIENCE_MS = 30_000
SCREENS = os.environ.get("KIOSKD_SCREENS", "")
"""Folder that pictures of the pages are put into, if anywhere."""
SAMPLE = Path(str(files("kioskd"))) / "config" / "sample" / "hall.toml"
MORNING_MS = 165 * 60_000
"""10:45 on a Monday: `Time` begins at 08:00."""

api = pytest.importorskip("playwright.async_api", reason="playwright is not installed")


@pytest_asyncio.fixture(loop_scope="session")
async def hall(tmp_path: Path, time: Time) -> AsyncIterator[Hall]:
    settings = load(SAMPLE)
    time.ms = MORNING_MS
    policy = replace(
        settings.rules.policy,
        calling=replace(
            settings.rules.policy.calling, need_announced=False, no_show_after_s=0, no_show_calls=1
        ),
    )
    async with running(tmp_path, time, rules=replace(settings.rules, policy=policy)) as hall:
        hall.site.catalogue = Catalogue(guide_fields=settings.guide_fields, evaluation=settings.evaluation)
        await hall.desk.submit(Tick(by=SYSTEM))
        for role in (Role.GUIDE, Role.LEAD, Role.AUDITOR):
            add_person(hall, role.value, role, person="王晓芳")
        yield hall


@pytest.fixture
def time() -> Time:
    return Time()


class People:
    """Pages in one browser, and everything that went wrong in them."""

    def __init__(self, browser: Browser, hall: Hall) -> None:
        self.browser = browser
        self.hall = hall
        self.wrong: list[str] = []
        self.asked: set[str] = set()

    async def page(
        self, path: str, size: tuple[int, int], *, clock: bool = False, touch: bool = True
    ) -> Page:
        """Open a page of its own browser context; ``clock`` lets the test move the page's time."""
        context = await self.browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="zh-CN", has_touch=touch
        )
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("request", lambda request: self.asked.add(request.url))
        if clock:
            await page.clock.install()
        await page.goto(self.hall.url + path)
        return page

    async def signed_in(self, name: str, path: str, size: tuple[int, int]) -> Page:
        page = await self.page(path, size)
        await page.fill("[name=name]", name)
        await page.fill("[name=password]", PASSWORD)
        await page.click("#enter")
        await page.wait_for_url(f"**{path}")
        return page


@pytest_asyncio.fixture(loop_scope="session")
async def people(hall: Hall, browser: Browser) -> AsyncIterator[People]:
    api.expect.set_options(timeout=PATIENCE_MS)
    people = People(browser, hall)
    yield people
    assert people.wrong == []
    assert all(url.startswith((hall.url, "data:", "blob:")) for url in people.asked), "nobody else is asked"


async def picture(page: Page, name: str) -> None:
    if SCREENS:
        await page.screenshot(path=str(Path(SCREENS) / f"{name}.png"))


async def serious(page: Page) -> list[Any]:
    """Return what axe finds serious or worse on the page as it is."""
    pytest.importorskip("axe_playwright_python", reason="axe is not installed")
    await page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text("utf-8"))
    found = await page.evaluate("axe.run().then((result) => result.violations)")
    return [
        (one["id"], [node["html"][:120] for node in one["nodes"]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


async def fits(page: Page) -> bool:
    """Return whether nothing runs out of the page's sides."""
    return bool(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
