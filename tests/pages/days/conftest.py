"""Every role's day on one hall: what each person does from signing in to going home, at three sizes.

A teller's day is in tests/pages/test_call.py, a technician's in test_diagnostics.py beside it. Each test here
is one person's whole day, in order, and at each step nothing may run out of the page or of its button. All
files of this folder share one hall, in whatever order they run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from kioskd.demo.run import HALL_FILE
from kioskd.settings.gather import MAIN, gather
from tests.pages.conftest import Hall, Person, at_screen
from tests.pages.looks import CUT

if TYPE_CHECKING:
    from playwright.async_api import Browser

HANDS = {"phone": (360, 800), "tall-phone": (412, 915), "tablet": (800, 1280)}
TERMINALS = {"upright": (1080, 1920), "wide": (1920, 1080), "old": (1280, 1024)}
FACES = {"tablet": (1280, 800), "upright": (800, 1280), "little": (1024, 600)}

EASY = """
[policy.calling]
need_announced = false
no_show_after_s = 0
no_show_calls = 1

[policy.rating]
change_within_s = 1
"""
"""A citizen may be found missing at once; what was answered stands after a second."""

TODAY = datetime.now(timezone(timedelta(hours=8)))
THIS_YEAR = TODAY.year
CALENDAR = f'year = {THIS_YEAR}\nholidays = ["{THIS_YEAR}-{"06" if TODAY.month < 6 else "01"}-01"]\n'
"""Of this year, with a holiday that is not today: the next year is still to be made."""


@pytest.fixture(scope="package")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    folder = tmp_path_factory.mktemp("days")
    for name, content in gather(HALL_FILE).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    main = (folder / MAIN).read_text("utf-8").replace("needs_year_file = false", "needs_year_file = true")
    (folder / MAIN).write_text(f'calendars = ["{THIS_YEAR}.toml"]\n{main}{EASY}', "utf-8")
    (folder / f"{THIS_YEAR}.toml").write_text(CALENDAR, "utf-8")
    with Hall(folder / "data", "--hall", str(folder / MAIN)) as hall:
        yield hall


def somebody(
    hall: Hall, browser: Browser, size: tuple[int, int], name: str
) -> AbstractAsyncContextManager[Person]:
    """Give somebody a screen; pictures of it begin with ``name``."""
    return at_screen(hall, browser, size, name=name)


async def seen(person: Person, step: str) -> None:
    """Somebody looks at a step of the day: it fits its screen."""
    await person.picture(f"day-{person.name}-{step}")
    assert await person.page.evaluate(CUT) == [], f"{person.name}, {step}"


async def issued(hall: Hall, queue: str = "general", **more: Any) -> Any:
    return await hall.post("guide", "tickets", {"queue": queue, **more})


async def rated(hall: Hall, window: str, level: int) -> Any:
    """Serve somebody at a window, who rates it; return the ticket once it counts."""
    ticket = await issued(hall)
    for act, body in (("call", {"ticket": ticket["id"]}), ("start", {}), ("evaluate", {})):
        await hall.post("teller", f"windows/{window}/{act}", body)
    await hall.post("integrator", f"tickets/{ticket['id']}/rating", {"level": level})
    return ticket


async def paired(hall: Hall, person: Person, window: str) -> None:
    page = person.page
    await page.goto(person.at(f"/rate?window={window}"))
    code = (await hall.post("technician", f"windows/{window}/face-code"))["code"]
    for letter in code.replace("-", ""):
        await page.click(f".pair__keys .key:text-is('{letter}')")
    await page.click(".pair .primary")
    await expect(page.locator(".pair")).to_have_count(0)
