"""The hub is away: what each page tells its people to do meanwhile, and nothing that they cannot do."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.pages.conftest import Hall, Person, somebody
from tests.pages.looks import CUT, axe
from tests.workers import offline

ADVICE = {
    ("d05", "/call"): ("窗口屏跟着变", "if the sign changes"),
    ("lead", "/call"): ("窗口屏跟着变", "if the sign changes"),
    ("guide", "/guide"): ("预印号卷", "pre-printed roll"),
    ("lead", "/overview"): ("备用主机", "standby"),
    ("auditor", "/overview"): ("自动重连", "keeps trying"),
}
"""Who, where, and a part of what is said there."""


async def said(person: Person, name: str, path: str) -> str:
    page = person.page
    await person.sign_in(name, path)
    if name == "lead" and path == "/call":
        await page.click("#duty-windows button")
    if path == "/call":
        await page.wait_for_selector("#call:not([hidden])")
    await person.settled()
    async with offline(page):
        await expect(page.locator("#away")).to_be_visible()
        await person.picture(f"away-{name}{path.replace('/', '-')}")
        assert await page.evaluate(CUT) == []
        assert await axe(page) == []
        return await page.inner_text("#away")


@pytest.mark.parametrize(("name", "path"), list(ADVICE))
async def test_what_can_be_done_without_the_hub(
    tidy_hall: Hall, person: Person, name: str, path: str
) -> None:
    text = await said(person, name, path)
    assert "连不上主机" in text
    assert ADVICE[name, path][0] in text
    assert "照常可用" not in text, "a keypad needs the hub, and not everybody has one"


@pytest.mark.parametrize(("name", "path"), list(ADVICE))
async def test_it_is_said_in_english(tidy_hall: Hall, browser: Browser, name: str, path: str) -> None:
    async with somebody(tidy_hall, browser, language="en-GB") as person:
        text = await said(person, name, path)
    assert ADVICE[name, path][1] in text
