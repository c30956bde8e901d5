"""Every board fits its screen and can be read, by computation in a real browser."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kioskd.hall.rules import Name
from tests.board import scenes
from tests.board.conftest import SETTLED, Screens
from tests.board.stage import staged

SIZES = ((1920, 1080), (1080, 1920), (3840, 2160), (1366, 768))
LANGUAGES = ("zh", "en", "both")
LOOKED_AT = (Path(__file__).parent / "looked_at.js").read_text("utf-8")

FAR_MM = 10_000 / 200
"""Letters are read from 10 m when they are a two-hundredth of that high (17 minutes of arc)."""
PANEL_MM = 685.0
"""Shorter side of a 55-inch 16:9 panel."""
DIGIT = 0.733
"""Height of a digit of the project's font in its font's size."""

FONT_PX = """selector => [...document.querySelectorAll(selector)]
    .map((node) => parseFloat(getComputedStyle(node).fontSize))"""


async def _resized(page: Any, size: tuple[int, int]) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await page.evaluate(SETTLED)


@pytest.mark.parametrize("windows", [1, 6, 12, 30])
async def test_nothing_is_cut_covered_or_pale_and_calls_are_read_from_ten_metres(
    screens: Screens, windows: int
) -> None:
    async with staged(scenes.hall(windows)) as stage:
        for language in LANGUAGES:
            page = await screens.board(stage.url, f"?lang={language}")
            for size in SIZES:
                await _resized(page, size)
                where = f"{windows} windows, {language}, {size}"
                assert await page.evaluate(LOOKED_AT) == [], where
                assert await page.locator(".tile").count() == windows, where
                assert await page.locator(".call").count() >= 4, where
                mm = PANEL_MM / min(size)
                calls = await page.evaluate(FONT_PX, ".call__number")
                assert calls[0] * DIGIT * mm >= FAR_MM, f"{where}: the newest call"
                assert min(calls) * DIGIT * mm >= FAR_MM, f"{where}: every call"
            await page.close()
        assert all(url.startswith((stage.url, "data:")) for url in screens.asked), "nobody else is asked"


async def test_long_names_and_numbers_find_their_place(screens: Screens) -> None:
    full = scenes.hall(12)
    long = Name(
        zh="城镇职工基本养老保险与城乡居民基本养老保险制度衔接手续办理",
        en="Transfers between the basic pension schemes of urban employees and of residents",
    )
    calls = tuple(replace(call, number="LM" + call.number[-3:].zfill(4)) for call in full.calls)
    hall = replace(
        full,
        name=Name(zh="某某省某某市某某新区人力资源和社会保障服务中心办事大厅", en=long.en),
        notice=Name(zh="请注意。" * 50, en="Please note. " * 15),
        queues=tuple(replace(queue, name=long) for queue in full.queues),
        windows=tuple(replace(w, number=w.number and "LM1234") for w in full.windows),
        calls=calls,
    )
    async with staged(hall) as stage:
        for language in LANGUAGES:
            page = await screens.board(stage.url, f"?lang={language}")
            for size in SIZES:
                await _resized(page, size)
                assert await page.evaluate(LOOKED_AT) == [], (language, size)
            await page.close()


EMPTY = {
    "opened": (scenes.empty(), "请留意叫号", "Please watch for your number"),
    "before": (scenes.closed("07:50"), "还没到办公时间", "Not open yet"),
    "lunch": (scenes.closed("12:30"), "现在休息", "On a break"),
    "evening": (scenes.closed("18:00"), "今天的业务已结束", "Closed for today"),
    "holiday": (scenes.closed("10:00", sessions=False), "今天不办公", "Closed today"),
    "starting": (replace(scenes.empty(), ready=False, open=False), "正在准备", "Getting ready"),
}


@pytest.mark.parametrize("state", EMPTY)
async def test_a_board_without_calls_says_why(screens: Screens, state: str) -> None:
    hall, zh, en = EMPTY[state]
    async with staged(hall) as stage:
        for language, said in (("en", en), ("both", zh)):
            page = await screens.board(stage.url, f"?lang={language}")
            assert (await page.inner_text("#quiet-title")).startswith(said)
            if state in ("before", "lunch"):
                assert ("08:30" if state == "before" else "14:00") in await page.inner_text("#quiet-more")
            for size in SIZES[:2]:
                await _resized(page, size)
                assert await page.evaluate(LOOKED_AT) == [], (language, size)
            await page.close()


async def test_a_board_of_a_zone_shows_that_zone(screens: Screens) -> None:
    hall = scenes.hall(12)
    west = {window.id for window in hall.windows if window.zone == "west"}
    async with staged(hall) as stage:
        page = await screens.board(stage.url, "?zone=west")
        assert await page.inner_text("#zone") == "西区"
        assert await page.locator(".tile").count() == len(west)
        assert set(await page.locator(".call__id").all_inner_texts()) <= west
        assert await page.locator("#queues").is_hidden(), "its queues are all in the east"
        assert await page.evaluate(LOOKED_AT) == []


async def test_axe_finds_nothing_serious(screens: Screens) -> None:
    pytest.importorskip("axe_playwright_python", reason="axe is not installed")
    axe = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
    for hall in (scenes.hall(12), scenes.closed("12:30")):
        async with staged(hall) as stage:
            page = await screens.board(stage.url, "?lang=both")
            # A page's own policy lets nobody add scripts to it; the tool is put in beside it.
            await page.evaluate(axe)
            found = await page.evaluate("axe.run().then((result) => result.violations)")
            serious = [one for one in found if one["impact"] in ("serious", "critical")]
            assert serious == [], json.dumps(serious, ensure_ascii=False, indent=1)[:3000]
            await page.close()


BEATS = """() => new Promise((done) => {
    const at = [];
    const watch = new MutationObserver(() => {
        at.push(performance.now());
        if (at.length === 5) { watch.disconnect(); done(at); }
    });
    watch.observe(document.body, { attributes: true, attributeFilter: ["class"] });
})"""


async def test_what_wants_no_motion_gets_none_and_nobody_gets_much(screens: Screens) -> None:
    moving = "() => document.getAnimations().filter((one) => one.playState === 'running').length"
    async with staged(scenes.hall(6)) as stage:
        still = await screens.board(stage.url)
        assert await still.evaluate(moving) == 0
        assert await still.locator(".flash").count() == 0
        lively = await screens.board(stage.url, still=False)
        assert await lively.locator(".flash").count() == 2, "the calls that hold"
        assert await lively.locator('.call[data-state="serving"].flash').count() == 0
        beats = await lively.evaluate(BEATS)
        flashes_a_second = 2 / ((beats[4] - beats[0]) / 1000)
        assert flashes_a_second < 3, "nothing flashes three times a second (WCAG 2.3.1)"
        assert await lively.evaluate(LOOKED_AT) == [], "also while it flashes"
