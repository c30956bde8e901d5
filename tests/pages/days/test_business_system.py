"""A business system's day beside the teller's and the citizen's screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.pages.conftest import SIZES, Hall
from tests.pages.days.conftest import FACES, issued, paired, seen, somebody

if TYPE_CHECKING:
    from playwright.async_api import Browser


@pytest.mark.parametrize("size", SIZES)
async def test_a_business_systems_day(hall: Hall, browser: Browser, size: str) -> None:
    """A program hands a case over; teller and citizen see it on their screens."""
    await hall.tidy()
    ticket = await issued(hall)
    face = list(FACES.values())[list(SIZES).index(size)]
    async with (
        somebody(hall, browser, SIZES[size], f"case-{size}") as teller,
        somebody(hall, browser, face, f"case-face-{size}") as citizen,
    ):
        await paired(hall, citizen, "2")
        await teller.sign_in("d02", "/call")
        await teller.page.wait_for_selector(f"#line li:has-text('{ticket['number']}')")
        await teller.page.keyboard.press("1")
        await expect(teller.page.locator("#number")).to_have_text(ticket["number"])
        current = await hall.get("integrator", "windows/2/current")
        assert current["ticket"]["id"] == ticket["id"]
        case = {"ticket": ticket["id"], "project_no": "2026-000123", "task_name": "养老保险关系转移"}
        await hall.post("integrator", "windows/2/case", case)
        await expect(teller.page.locator("#facts")).to_contain_text("2026-000123")
        await seen(teller, "case")
        await hall.post("integrator", "windows/2/case", {**case, "rate": True})
        await expect(teller.page.locator("#window-state")).to_contain_text("请评价")
        await expect(citizen.page.locator(".level")).to_have_count(5)
        await hall.post("integrator", f"tickets/{ticket['id']}/rating", {"level": 5, "source": "1"})
        await expect(citizen.page.locator(".level")).to_have_count(0)
