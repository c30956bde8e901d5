"""Pages on a slow network: an answer that comes late is not taken for the answer to what was asked since."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from playwright.async_api import Page, Request, Route, expect

from tests.pages.conftest import Hall, Person
from tests.pages.test_before_the_answer import held

if TYPE_CHECKING:
    from collections.abc import Awaitable

SMALL, LARGE = "layout-ticket.zh", "layout-ticket-large.zh"


class Late:
    """Requests whose address ends so: what the hub answers is held back until it is let through."""

    def __init__(self, ending: str) -> None:
        self.ending = ending
        self.came = asyncio.Event()
        self.through = asyncio.Event()

    @classmethod
    async def on(cls, page: Page, ending: str) -> Late:
        late = cls(ending)
        await page.route(lambda url: url.endswith(ending), late.hold)
        return late

    async def hold(self, route: Route) -> None:
        self.came.set()
        await self.through.wait()
        await route.continue_()


async def sent(page: Page, path: str, act: Callable[[], Awaitable[Any]]) -> Any:
    """Return what the page posts to an address when somebody does something."""

    def wanted(request: Request) -> bool:
        return request.method == "POST" and request.url.endswith(f"/api/v1/{path}")

    async with page.expect_request(wanted) as request:
        await act()
    return (await request.value).post_data_json


async def slips(hall: Hall) -> tuple[str, str]:
    """What stands in the files of the two slips."""
    small, large = [(await hall.get("admin", f"settings?file={one}"))["text"] for one in (SMALL, LARGE)]
    assert small != large
    return small, large


async def settings(person: Person) -> None:
    await person.sign_in("admin", "/settings")
    await person.page.wait_for_selector("#text:enabled")


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def test_a_settings_file_that_comes_late_is_not_shown_as_another(hall: Hall, person: Person) -> None:
    """What stands in the editor, its name, and the file that it is checked and applied as, are one."""
    page, (_, large) = person.page, await slips(hall)
    await settings(person)
    late = await Late.on(page, f"file={SMALL}")
    await press(page, "票面 ticket.zh")
    await late.came.wait()
    await press(page, "票面 ticket-large.zh")
    await expect(page.locator("#text")).to_have_value(large)
    late.through.set()
    await person.settled()
    await expect(page.locator("#text")).to_have_value(large)
    await expect(page.locator("#name")).to_contain_text("ticket-large.zh")
    await expect(page.locator("#files [aria-pressed=true]")).to_have_text("票面 ticket-large.zh")
    await page.fill("#text", large + "\n# x\n")
    checked = await sent(page, "settings/check", lambda: page.click("#check"))
    assert (checked["file"], checked["text"]) == (LARGE, large + "\n# x\n")


async def test_a_settings_file_that_does_not_come_leaves_the_one_that_is_there(
    hall: Hall, person: Person
) -> None:
    page, (small, _) = person.page, await slips(hall)
    await settings(person)
    await press(page, "票面 ticket.zh")
    await expect(page.locator("#text")).to_have_value(small)
    await page.route(lambda url: url.endswith(f"file={LARGE}"), lambda route: route.abort())
    await press(page, "票面 ticket-large.zh")
    await expect(page.locator(".toast--wrong")).to_be_visible()
    await expect(page.locator("#text")).to_have_value(small)
    await expect(page.locator("#files [aria-pressed=true]")).to_have_text("票面 ticket.zh")
    await page.fill("#text", small + "\n# x\n")
    checked = await sent(page, "settings/check", lambda: page.click("#check"))
    assert checked["file"] == SMALL


async def test_what_was_refused_never_goes_over_another_file(hall: Hall, person: Person) -> None:
    """Somebody else changed the file meanwhile: what is there now comes, and what was typed stays its own."""
    page, (small, large) = person.page, await slips(hall)
    await settings(person)
    await press(page, "票面 ticket.zh")
    await expect(page.locator("#text")).to_have_value(small)
    await page.fill("#text", small + "\n# mine\n")
    await page.click("#check")
    await expect(page.locator(".set__good")).to_be_visible()
    await page.click("#apply")
    theirs = await hall.get("admin", f"settings?file={SMALL}")
    change = {"text": small + "\n# theirs\n", "revision": theirs["revision"], "file": SMALL}
    await hall.post("admin", "settings", change)
    late = await Late.on(page, f"file={SMALL}")
    refused = await sent(page, "settings", lambda: page.click(".dialog .primary"))
    assert (refused["file"], refused["revision"]) == (SMALL, theirs["revision"])
    await late.came.wait()
    # Somebody who goes on to another file before it has come finds that one whole.
    await press(page, "票面 ticket-large.zh")
    await page.click(".dialog .danger")
    await expect(page.locator("#text")).to_have_value(large)
    late.through.set()
    await person.settled()
    await expect(page.locator("#text")).to_have_value(large)
    await expect(page.locator("#apply")).to_have_attribute("aria-disabled", "true")
    await page.fill("#text", large + "\n# large\n")
    await page.click("#check")
    await expect(page.locator(".set__good")).to_be_visible()
    await page.click("#apply")
    applied = await sent(page, "settings", lambda: page.click(".dialog .primary"))
    assert (applied["file"], applied["text"]) == (LARGE, large + "\n# large\n")
    await expect(page.locator("#versions li")).to_have_count(2)
    assert await slips(hall) == (small + "\n# theirs\n", large + "\n# large\n")


async def test_what_is_typed_while_another_file_comes_is_kept(hall: Hall, person: Person) -> None:
    page, (small, _) = person.page, await slips(hall)
    await settings(person)
    await press(page, "票面 ticket.zh")
    await expect(page.locator("#text")).to_have_value(small)
    late = await Late.on(page, f"file={LARGE}")
    await press(page, "票面 ticket-large.zh")
    await late.came.wait()
    await page.fill("#text", small + "\n# typed\n")
    late.through.set()
    await person.settled()
    await expect(page.locator("#text")).to_have_value(small + "\n# typed\n")
    checked = await sent(page, "settings/check", lambda: page.click("#check"))
    assert checked["file"] == SMALL


async def test_an_old_version_that_comes_late_does_not_go_into_another_file(
    hall: Hall, person: Person
) -> None:
    page, (small, large) = person.page, await slips(hall)
    now = await hall.get("admin", f"settings?file={SMALL}")
    change = {"text": small + "\n# newer\n", "revision": now["revision"], "file": SMALL}
    await hall.post("admin", "settings", change)
    await settings(person)
    await press(page, "票面 ticket.zh")
    await expect(page.locator("#text")).to_have_value(small + "\n# newer\n")
    late = await Late.on(page, f"file={SMALL}")
    await page.click("#versions button:visible >> nth=0")
    await late.came.wait()
    await press(page, "票面 ticket-large.zh")
    await expect(page.locator("#text")).to_have_value(large)
    late.through.set()
    await person.settled()
    await expect(page.locator("#text")).to_have_value(large)


async def test_settings_before_they_are_there(hall: Hall, person: Person) -> None:
    """Whoever took a file up would see it replaced, and whoever took one down would have an empty one."""
    page = person.page
    answer = await held(page, "settings?*")
    await person.sign_in("admin", "/settings")
    await expect(page.locator("#save")).to_be_visible()
    await expect(page.locator("#save")).to_be_disabled()
    await expect(page.locator(".set__upload")).to_be_hidden()
    await person.picture("settings-loading")
    answer()
    await expect(page.locator("#save")).to_be_enabled()
    await expect(page.locator(".set__upload")).to_be_visible()


async def test_two_steps_through_the_roster_are_two_weeks(hall: Hall, person: Person) -> None:
    page = person.page
    monday = (await hall.get("lead", "roster"))["monday"]
    day = "(n) => new Date(Date.parse(n[0]) + n[1] * 864e5).toISOString().slice(0, 10)"
    first, second = [await page.evaluate(day, [monday, n]) for n in (7, 14)]
    await person.sign_in("lead", "/roster")
    await expect(page.locator("#after")).to_be_enabled()
    late = await Late.on(page, f"week={first}")
    await page.click("#after")
    await late.came.wait()
    await page.click("#after")
    await expect(page.locator("#week")).to_contain_text(second)
    late.through.set()
    await person.settled()
    await expect(page.locator("#week")).to_contain_text(second)
    await page.click("#before")
    await expect(page.locator("#week")).to_contain_text(first)
