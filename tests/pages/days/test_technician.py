"""What a technician does once a year: a new year's calendar, and this PC's station.

Their day is in tests/pages/test_diagnostics.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.pages.conftest import SIZES, Hall, Person
from tests.pages.days.conftest import HANDS, THIS_YEAR, seen, somebody
from tests.pages.looks import axe

if TYPE_CHECKING:
    from playwright.async_api import Browser


STATION = """\
# 本机也是工作站
id = "window-1"

[hub]
url = "https://10.20.0.2:8443"
ca_file = "hall-ca.pem"

[hub_lost]
hold_truth_s = 60.0
"""


async def settings_file(person: Person, name: str) -> None:
    await person.page.click(f"#files button:has-text('{name}')")
    await expect(person.page.locator("#files button[aria-pressed=true]")).to_contain_text(name)
    await expect(person.page.locator("#text")).to_be_enabled()


async def looked_at(person: Person, step: str) -> None:
    """A step as it is on every desk and on a phone."""
    for size, (width, height) in {**HANDS, **SIZES}.items():
        await person.page.set_viewport_size({"width": width, "height": height})
        await seen(person, f"{step}-{size}")
    assert await axe(person.page) == [], step


@pytest.mark.timeout(300)
async def test_a_new_year_and_this_pcs_station_on_the_settings_page(hall: Hall, browser: Browser) -> None:
    (hall.data / "hall" / "station.toml").write_text(STATION, "utf-8")  # the files that the demo runs with
    async with somebody(hall, browser, SIZES["middle"], "settings") as person:
        page, year = person.page, THIS_YEAR + 1
        await person.sign_in("technician", "/settings")
        await settings_file(person, f"新建 {year} 年历")
        await expect(page.locator("#about")).to_contain_text(f"{year} 年的年历还没有")
        await expect(page.locator("#none")).to_be_visible()
        await looked_at(person, "year-new")
        # Not even what the mouse lies on is unreadable.
        await page.hover("#files button[aria-pressed=true]")
        assert await axe(page) == []
        text = await page.input_value("#text")
        await page.fill("#text", text + "\n")
        await page.click("#check")
        await expect(page.locator(".set__found li")).to_have_count(1)
        await expect(page.locator("#apply")).to_have_attribute("aria-disabled", "true")
        await looked_at(person, "year-empty")
        await page.fill("#text", text.replace("元旦 · New Year\n", f'元旦 · New Year\n    "{year}-01-01",\n'))
        await page.click("#check")
        await expect(page.locator(".set__good")).to_be_visible()
        await looked_at(person, "year-good")
        await page.click("#apply")
        await page.click(".dialog .primary")
        await expect(page.locator(".toast--done")).to_be_visible()
        await expect(page.locator("#files")).not_to_contain_text("新建")
        await settings_file(person, f"年历 {year}")
        await settings_file(person, "大厅")
        assert f'{year}.toml"' in await page.input_value("#text"), "the hall names it by itself"

        await settings_file(person, "本机工作站")
        await expect(page.locator("#about")).to_contain_text("这台电脑作为工作站时用的设置")
        await page.fill("#text", STATION.replace("https://", "ftp://"))
        await page.click("#check")
        await expect(page.locator(".set__found li")).to_have_count(1)
        await looked_at(person, "station-wrong")
        await page.fill("#text", STATION.replace("60.0", "90.0"))
        await page.click("#check")
        await expect(page.locator(".set__what")).to_contain_text("本机工作站")
        await looked_at(person, "station-good")
        await page.click("#apply")
        await page.click(".dialog .primary")
        await expect(page.locator("#versions li")).to_have_count(2)
        await expect(page.locator("#pending")).to_be_hidden()  # nobody here knows what the station runs with
        await page.click("#versions li:last-child button")
        await expect(page.locator(".set__good")).to_be_visible()
        assert "60.0" in await page.input_value("#text")
        await looked_at(person, "station-back")
        await page.click("#reset")
        await page.click(".dialog .danger")
        await page.click("#language")
        await settings_file(person, "Station of this PC")
        await looked_at(person, "station-en")
