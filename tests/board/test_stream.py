"""A board through everything that happens to its line: no call is left out, none is shown out of order."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tests.board import scenes
from tests.board.conftest import PATIENCE_MS, Screens, api
from tests.board.stage import Stage, staged
from tests.demo.hall import DemoHall
from tests.workers import offline, workers

if TYPE_CHECKING:
    from playwright.async_api import Page

expect = api.expect
PATIENCE = {"timeout": PATIENCE_MS}

WATCH = """() => {
    window.seen = [];
    const known = new Set();
    const look = () => {
        for (const row of [...document.querySelectorAll(".call")].reverse()) {
            if (known.has(row.dataset.key)) continue;
            known.add(row.dataset.key);
            window.seen.push(row.querySelector(".call__number").textContent);
        }
    };
    look();
    new MutationObserver(look).observe(document.getElementById("rows"), { childList: true });
}"""
"""Remember every call that was ever on the board, in the order in which they came up."""

LATER = "() => { const real = Date.now; Date.now = () => real() + 3600000; }"
"""An hour passes in a moment, as for a machine that slept."""


def called(stage: Stage, seq: int, number: str, window: str = "1") -> None:
    stage.say(f"1.{seq}", "ticket.called", number=number, state="called", window=window, call=1)


async def on_board(page: Page) -> list[str]:
    texts: list[str] = await page.locator(".call__number").all_inner_texts()
    return texts


async def test_a_call_is_on_the_board_and_in_its_window_at_once(screens: Screens) -> None:
    async with staged(scenes.empty()) as stage:
        page = await screens.board(stage.url, still=False)
        assert await page.locator("#quiet").is_visible()
        called(stage, 101, "A001", "3")
        await expect(page.locator(".call__number")).to_have_text(["A001"], **PATIENCE)
        await expect(page.locator('.tile[data-key="3"] .tile__main')).to_have_text("A001", **PATIENCE)
        assert await page.locator("#quiet").is_hidden()
        stage.say("1.102", "ticket.started", number="A001", state="serving", window="3")
        await expect(page.locator(".call").first).to_have_attribute("data-state", "serving", **PATIENCE)
        called(stage, 103, "A002", "4")
        await expect(page.locator(".call__number")).to_have_text(["A002", "A001"], **PATIENCE)
        stage.say("1.104", "ticket.recalled", number="A001", state="called", window="3", call=2)
        await expect(page.locator(".call__number")).to_have_text(["A001", "A002"], **PATIENCE)
        stage.say("1.105", "ticket.transferred", number="A001", state="waiting", window="3", queue="card")
        await expect(page.locator(".call__number")).to_have_text(["A002"], **PATIENCE)
        await expect(page.locator('.tile[data-key="3"]')).to_have_attribute(
            "data-state", "welcome", **PATIENCE
        )


async def test_what_comes_twice_or_late_is_not_shown(screens: Screens) -> None:
    async with staged(scenes.empty()) as stage:
        page = await screens.board(stage.url)
        await page.evaluate(WATCH)
        called(stage, 120, "A020", "1")
        called(stage, 110, "A010", "2")
        called(stage, 120, "A020", "1")
        called(stage, 90, "A009", "2")
        called(stage, 121, "A021", "2")
        await expect(page.locator(".call__number")).to_have_text(["A021", "A020"], **PATIENCE)
        assert await page.evaluate("seen") == ["A020", "A021"]


async def test_a_burst_that_was_missed_is_shown_in_order_and_only_what_still_holds_flashes(
    screens: Screens,
) -> None:
    async with staged(scenes.empty()) as stage:
        page = await screens.board(stage.url, still=False)
        await page.evaluate(WATCH)
        called(stage, 101, "A001")
        await expect(page.locator(".call__number")).to_have_text(["A001"], **PATIENCE)
        stage.cut()
        await stage.followed(2)
        assert stage.resumed[-1] == "1.101", "from after what it had shown"
        seq = 101
        for n in range(2, 14):
            window = str(n % 3 + 1)
            seq += 1
            called(stage, seq, f"A{n:03}", window)
            seq += 1
            stage.say(f"1.{seq}", "ticket.started", number=f"A{n:03}", state="serving", window=window)
            if n < 11:
                seq += 1
                stage.say(f"1.{seq}", "ticket.finished", number=f"A{n:03}", state="finished", window=window)
        seq += 1
        called(stage, seq, "A014", "4")
        await expect(page.locator(".call__number").first).to_have_text("A014", **PATIENCE)
        assert await page.evaluate("seen") == [f"A{n:03}" for n in range(1, 15)]
        shown = await on_board(page)
        assert shown == sorted(shown, reverse=True)
        await page.wait_for_selector("body.beat")
        flashing = """() => [...document.querySelectorAll(".call")].filter((row) =>
            row.classList.contains("flash") && row.dataset.state === "called")
            .map((row) => row.querySelector(".call__number").textContent)"""
        assert await page.evaluate(flashing) == ["A014"]


async def test_a_reset_shows_what_is_now(screens: Screens) -> None:
    full = scenes.hall(6)
    async with staged(full) as stage:
        page = await screens.board(stage.url)
        before = await on_board(page)
        called(stage, 101, "A777", "2")
        await expect(page.locator(".call__number").first).to_have_text("A777", **PATIENCE)
        # The journal was put back to before that call, under a new epoch.
        stage.hall = replace(full, position="2.5")
        stage.raw('id: 2.5\nevent: reset\ndata: {"position":"2.5"}\n\n')
        await expect(page.locator(".call__number").first).to_have_text(before[0], **PATIENCE)
        assert "A777" not in await on_board(page)
        stage.say("2.6", "ticket.called", number="A778", state="called", window="2", call=1)
        await expect(page.locator(".call__number").first).to_have_text("A778", **PATIENCE)


async def test_it_says_calmly_that_it_has_lost_the_hub_and_returns_by_itself(screens: Screens) -> None:
    async with staged(scenes.hall(6)) as stage:
        page = await screens.board(stage.url)
        shown = await on_board(page)
        notice = await page.inner_text("#foot-text")
        stage.broken = True
        stage.cut()
        await expect(page.locator("#foot")).to_have_attribute("data-kind", "lost", **PATIENCE)
        said = await page.inner_text("#foot-text")
        assert "09:4" in said, "since when, in the hall's time"
        assert "自动恢复" in said
        assert await on_board(page) == shown, "what was called stays"
        stage.broken = False
        await expect(page.locator("#foot-text")).to_have_text(notice, **PATIENCE)
        assert stage.resumed[-1] == "1.100"


async def test_a_line_that_is_back_at_once_is_nobodys_business(screens: Screens) -> None:
    async with staged(scenes.hall(6)) as stage:
        page = await screens.board(stage.url)
        await page.evaluate(
            """() => { window.lostSeen = 0; new MutationObserver(() => {
                if (document.getElementById("foot").dataset.kind === "lost") window.lostSeen += 1;
            }).observe(document.getElementById("foot"), { attributes: true }); }"""
        )
        for n in range(2, 6):
            stage.cut()
            await stage.followed(n)
        called(stage, 101, "A777", "2")
        await expect(page.locator(".call__number").first).to_have_text("A777", **PATIENCE)
        assert await page.evaluate("lostSeen") == 0


async def test_a_silent_line_and_a_machine_that_slept_are_noticed(screens: Screens) -> None:
    async with staged(scenes.empty()) as stage:
        page = await screens.board(stage.url)
        await page.evaluate(
            """async () => {
                const { Events } = await import("/pages/shared/events.js");
                window.lost = 0;
                new Events({ lost: () => { window.lost += 1; } }, { silenceMs: 300 }).start("1.42");
            }"""
        )
        await stage.followed(4)  # the board's, and the impatient one's again and again
        assert stage.resumed.count("1.42") >= 2, "it goes on from where it was"
        before = stage.resumed.count("1.100")
        async with workers(page) as (worker,):
            await worker.run(f"({LATER})()")
        for _ in range(200):
            if stage.resumed.count("1.100") > before:
                break
            await stage.followed(len(stage.resumed) + 1)
        assert stage.resumed.count("1.100") > before, "the board gave its old line up"


async def test_a_notice_and_an_announcement_are_at_the_lower_edge(screens: Screens) -> None:
    async with staged(scenes.empty()) as stage:
        page = await screens.board(stage.url, "?lang=both")
        assert await page.locator("#foot").is_hidden()
        stage.say("1.101", "notice.set", zh="下午三点停电检修", en="Power is off from 3 pm")
        await expect(page.locator("#foot-text .line")).to_have_text(
            ["下午三点停电检修", "Power is off from 3 pm"], **PATIENCE
        )
        caption = {"zh": "请带好随身物品", "en": "Please take your belongings"}
        stage.say("1.102", "announcement", caption=caption)
        await expect(page.locator("#foot")).to_have_attribute("data-kind", "caption", **PATIENCE)
        await expect(page.locator("#foot-text .line").first).to_have_text(caption["zh"], **PATIENCE)
        await page.evaluate(LATER)
        await expect(page.locator("#foot")).to_have_attribute("data-kind", "notice", **PATIENCE)


async def test_a_page_that_was_replaced_loads_itself_again(screens: Screens) -> None:
    async with staged(scenes.empty()) as stage:
        page = await screens.board(stage.url)
        await stage.followed(1)
        stage.revision = "another"
        async with page.expect_navigation(timeout=PATIENCE_MS):
            stage.cut()


async def call(hall: DemoHall, window: int) -> str:
    status, body = await hall.ask("kiosk", "POST", "/api/v1/tickets", {"queue": "general"})
    assert status == 201, body
    status, body = await hall.ask("lead", "POST", f"/api/v1/windows/{window}/call-next", {})
    assert status == 200, body
    started, _ = await hall.ask("lead", "POST", f"/api/v1/windows/{window}/start", {})
    assert started == 200
    return str(body["ticket"]["number"])


async def test_through_a_killed_hub_a_lost_network_and_a_burst_meanwhile(
    screens: Screens, tmp_path: Path
) -> None:
    made: list[str] = []
    with DemoHall(tmp_path) as hall:
        page = await screens.board(hall.url.rstrip("/"))
        await page.evaluate(WATCH)
        made += [await call(hall, window) for window in (1, 2, 3)]
        await expect(page.locator(".call__number").first).to_have_text(made[-1], **PATIENCE)
        port = hall.port
        hall.end(signal.SIGKILL)
    await expect(page.locator("#foot")).to_have_attribute("data-kind", "lost", **PATIENCE)
    with DemoHall(tmp_path, port=port) as hall:
        await expect(page.locator("#foot")).not_to_have_attribute("data-kind", "lost", **PATIENCE)
        made += [await call(hall, window) for window in (1, 2, 3)]
        await expect(page.locator(".call__number").first).to_have_text(made[-1], **PATIENCE)

        async with offline(page):
            made += [await call(hall, window) for window in (1, 2, 3, 1, 2, 3, 1, 2, 3)]
        made.append(await call(hall, 1))
        await expect(page.locator(".call__number").first).to_have_text(made[-1], **PATIENCE)
        assert await page.evaluate("seen") == made
        port = hall.port
        hall.end(signal.SIGTERM)
    await expect(page.locator("#foot")).to_have_attribute("data-kind", "lost", **PATIENCE)
    with DemoHall(tmp_path, port=port) as hall:
        # Calls that were made before the board is back wait for it.
        made += [await call(hall, window) for window in (1, 2, 3)]
        await expect(page.locator(".call__number").first).to_have_text(made[-1], **PATIENCE)
        assert await page.evaluate("seen") == made


TURNS = """async ([count, room, everyMs]) => {
    const { Turns } = await import("/pages/board/turns.js");
    const turns = new Turns();
    turns.look([], room, 0);
    const rows = [], seen = [], up = new Map();
    let now = 1, next = 1, n = 0, shortest = Infinity;
    const look = () => {
        const { up: shown, again } = turns.look(rows, room, now);
        for (const row of [...shown].reverse()) {
            if (!up.has(row.n) && !seen.includes(row.n)) { seen.push(row.n); up.set(row.n, now); }
        }
        for (const [number, since] of up) {
            if (shown.some((row) => row.n === number)) continue;
            shortest = Math.min(shortest, now - since);
            up.delete(number);
        }
        return again;
    };
    for (;;) {
        while (n < count && next <= now) { n += 1; rows.push({ n }); next += everyMs; }
        const again = look();
        const arrives = n < count ? next : Infinity;
        if (again === null && arrives === Infinity) return { seen, took: now, shortest };
        now = Math.min(again === null ? Infinity : now + again, arrives);
    }
}"""


async def test_every_call_gets_its_turn(screens: Screens) -> None:
    async with staged(scenes.empty()) as stage:
        page = await screens.board(stage.url)

        async def turns(count: int, room: int, every_ms: float) -> Any:
            return await page.evaluate(TURNS, [count, room, every_ms])

        for count, room, every in ((5, 5, 0), (40, 5, 0), (300, 4, 0), (100, 6, 1000), (200, 3, 50)):
            found = await turns(count, room, every)
            assert found["seen"] == list(range(1, count + 1)), (count, room, every)
        assert (await turns(40, 5, 0))["took"] < 10_000, "a burst is caught up with in seconds"
        calm = await turns(100, 6, 1000)
        assert calm["took"] <= 100 * 1000, "a call a second waits for nothing"
        assert calm["shortest"] >= 3000, "and each can be read"
