"""The admin's day: a new person, from the account to the last sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.pages.conftest import SIZES, Hall
from tests.pages.days.conftest import seen, somebody

if TYPE_CHECKING:
    from playwright.async_api import Browser


@pytest.mark.parametrize("size", SIZES)
async def test_an_admins_day(hall: Hall, browser: Browser, size: str) -> None:
    async with (
        somebody(hall, browser, SIZES[size], f"admin-{size}") as person,
        somebody(hall, browser, SIZES[size], f"new-{size}") as other,
    ):
        page, theirs = person.page, other.page
        name, secret = f"new.{size}", "Yi-ge-hao-mima-2026"
        await person.sign_in("admin", "/users")
        await page.wait_for_selector("#users tr")
        await seen(person, "users")
        await page.click("#add")
        await page.fill("[name=name]", name)
        await page.fill("[name=person]", "新来的")
        await page.select_option("[name=role]", "guide")
        await seen(person, "add")
        await page.click(".dialog .primary")
        once = (await page.locator(".secret code").inner_text()).strip()
        await seen(person, "secret")
        await page.click(".dialog .primary")

        await theirs.goto(other.at("/guide"))
        await theirs.fill("[name=name]", name)
        await theirs.fill("[name=password]", once)
        await theirs.click("#enter")
        await theirs.wait_for_url("**/password*")
        await theirs.fill("[name=old]", once)
        await theirs.fill("[name=new]", secret)
        await theirs.fill("[name=again]", "something else")
        await theirs.click("#save")
        await expect(theirs.locator("#wrong")).to_be_visible()
        await seen(other, "password")
        await theirs.fill("[name=again]", secret)
        await theirs.click("#save")
        await theirs.wait_for_url("**/guide")
        await theirs.context.clear_cookies()
        await theirs.goto(other.at("/sign-in"))
        for _ in range(5):
            await theirs.fill("[name=name]", name)
            await theirs.fill("[name=password]", "wrong")
            await theirs.click("#enter")
            await expect(theirs.locator("#wrong")).to_be_visible()
            await expect(theirs.locator("#enter")).to_be_enabled()
        await seen(other, "shut-out")
        await page.reload()
        row = page.locator("#users tr", has_text=name)
        await expect(row).to_contain_text("暂停登录")
        await seen(person, "shut-out")
        await row.locator("button", has_text="解除限制").click()
        await expect(row).not_to_contain_text("暂停登录")
        await other.sign_in(name, "/guide", secret)

        await row.locator("button", has_text="停用").click()
        await page.click(".dialog .danger")
        await expect(row).to_contain_text("已停用")
        await theirs.goto(other.at("/guide"))
        await theirs.wait_for_url("**/sign-in**")
        await page.fill("#search", "没有这个人")
        await expect(page.locator("#empty")).to_be_visible()
        await seen(person, "none")
        await page.click("#language")
        await expect(page.locator("h2")).to_have_text("Accounts")
        await seen(person, "english")
        await page.click("#language")
        await page.goto(person.at("/settings"))
        await page.wait_for_selector("#text:not([disabled])")
        await seen(person, "settings")
