"""Many pages of one hub in one browser, which opens no more than six connections to it (HTTP/1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.board.test_shared import HIDE
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
    for hidden in (False, True):
        for page in tuple(tabs.values())[1:]:
            await page.evaluate(f"({HIDE})({str(hidden).lower()})")
        number = await hall.take()
        await hall.post("lead", "windows/1/call-next")
        for path, page in tabs.items():
            if TABS[path] != "#clock":
                await expect(page.locator(TABS[path])).to_contain_text(number)
        await hall.post("lead", "windows/1/start")
        await hall.post("lead", "windows/1/finish")
    await expect(tabs["/query"].locator("#now")).to_contain_text("0")


LISTEN = """async () => {
    const { Events } = await import("/pages/shared/events.js");
    window.heard = {};
    const event = (kind, { number, ticket }) => {
        if (kind === "ticket.issued") heard[number] = Boolean(ticket);
    };
    await new Promise((up) => new Events({ event, up }).start());
}"""
"""Remember of each number whether its ticket was told, which the public never hears."""

TIMES = 20
"""Numbers until each page must hear what it may: a line that begins anew may have told the first already."""


async def hears(hall: Hall, pages: dict[Page, bool]) -> None:
    heard: list[bool] = []
    for _ in range(TIMES):
        number = await hall.take()
        heard = []
        for page in pages:
            await page.wait_for_function("number => number in heard", arg=number)
            heard.append(await page.evaluate("number => heard[number]", number))
        if heard == list(pages.values()):
            return
    raise AssertionError(heard)


async def test_each_page_hears_what_its_session_may(hall: Hall, person: Person) -> None:
    board = person.page
    await board.goto(person.at("/board"))
    await board.evaluate(LISTEN)
    await hears(hall, {board: False})
    lead, second = [await person.context.new_page() for _ in range(2)]
    await lead.goto(person.at("/overview"))
    await lead.fill("[name=name]", "lead")
    await lead.fill("[name=password]", hall.password)
    await lead.click("#enter")
    await lead.wait_for_selector("#windows li")
    await second.goto(person.at("/roster"))
    for page in (lead, second):
        await page.evaluate(LISTEN)
    await hears(hall, {board: False, lead: True, second: True})
    # A locked page hears no more than the public, and all of it again once it is unlocked.
    async with lead.expect_response("**/session/lock"):
        await lead.keyboard.press("Alt+l")
    await second.wait_for_selector(".lock")
    await hears(hall, {board: False, lead: False, second: False})
    await lead.fill(".lock input", hall.password)
    await lead.keyboard.press("Enter")
    await second.wait_for_selector(".lock", state="detached")
    await hears(hall, {board: False, lead: True, second: True})
