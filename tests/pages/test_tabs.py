"""Many pages of one hub in one browser, which opens no more than six connections to it (HTTP/1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.pages.conftest import Hall, Person

if TYPE_CHECKING:
    from playwright.async_api import Page

TABS = {
    "/overview": "#windows li[data-key='1'] .pane__ticket",
    "/call": "#number",
    "/call/strip": "#number",
    "/board": ".call__number >> nth=0",
    "/board?lang=en": ".tile[data-key='1'] .tile__main",
    "/board?lang=both": ".call__number >> nth=0",
    "/guide": "#clock",
    "/roster": "#clock",
    "/poor-ratings": "#clock",
    "/diagnostics": "#clock",
    "/query": "#clock",
    "/": ".log",
}
"""Each tab, and where it says which number is at window 1, or what time it is where it says no number."""


async def opened(person: Person) -> dict[str, Page]:
    """Open every tab, as a lead has them who serves at window 1 too."""
    await person.sign_in("lead", "/overview")
    await person.page.evaluate("() => localStorage.setItem('kioskd_window', '1')")
    tabs = {"/overview": person.page}
    for path in TABS:
        if path not in tabs:
            tabs[path] = page = await person.context.new_page()
            person.watch(page)
            await page.goto(person.at(path))
    return tabs


async def test_a_dozen_tabs_of_one_browser_all_live(hall: Hall, person: Person) -> None:
    tabs = await opened(person)
    for path, page in tabs.items():
        if TABS[path] == "#clock":
            await expect(page.locator("#clock")).to_contain_text(":")
    for _ in range(2):
        number = await hall.take()
        await hall.post("lead", "windows/1/call-next")
        for path, page in tabs.items():
            if TABS[path] != "#clock":
                await expect(page.locator(TABS[path])).to_contain_text(number)
        await hall.post("lead", "windows/1/start")
        await hall.post("lead", "windows/1/finish")
