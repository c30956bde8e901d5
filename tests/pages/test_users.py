"""The page of accounts: a PC where nobody can sign in any more is let in again from another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.pages.conftest import Hall, Person, somebody
from tests.pages.looks import CUT, axe

if TYPE_CHECKING:
    from playwright.async_api import Browser


async def test_a_lead_lets_a_shut_out_pc_in(hall: Hall, person: Person, browser: Browser) -> None:
    """The wrong passwords were of names that nobody has: no account's line says so."""
    page = person.page
    await person.sign_in("lead", "/users")
    await page.wait_for_selector("#users tr")
    await expect(page.locator("#shut")).to_be_hidden()
    async with somebody(hall, browser) as other:
        await other.page.goto(other.at("/sign-in"))
        for n in range(5):
            await other.page.fill("[name=name]", f"nobody{n}")
            await other.page.fill("[name=password]", "wrong")
            await other.page.click("#enter")
            await expect(other.page.locator("#wrong")).to_be_visible()
            await expect(other.page.locator("#enter")).to_be_enabled()
        await expect(other.page.locator("#wrong")).to_contain_text("请带班领导解除")
        await page.reload()
        await expect(page.locator("#shut")).to_contain_text("127.0.0.1（还有")
        await person.picture("users-shut")
        assert await page.evaluate(CUT) == []
        assert await axe(page) == []
        await page.click("#shut-open")
        await expect(page.locator("#shut")).to_be_hidden()
        await other.sign_in("d01", "/home")
