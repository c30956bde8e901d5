"""The stream that all pages of a browser share: who hears what, and what becomes of it when one goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.board import scenes
from tests.board.conftest import PATIENCE_MS, Screens, api
from tests.board.stage import Stage, staged
from tests.board.test_first_sight import NO_STREAM
from tests.board.test_stream import LATER, called
from tests.workers import workers

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

expect = api.expect
BOARDS = 9

LISTEN = """async (name, position) => {
    const { Events } = await import("/pages/shared/events.js");
    const heard = (window[name] = []);
    const told = (word) => () => heard.push(word);
    const event = (kind, data) => heard.push(data.number);
    const events = new Events({ event, reset: told("reset"), up: told("up"), lost: told("lost") });
    events.start(position);
    window[`close_${name}`] = () => events.close();
}"""
"""Follow the events in a page, and remember what was heard."""

HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


async def opened(context: BrowserContext, stage: Stage, path: str = "/board") -> Page:
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    await page.goto(stage.url + path)
    await expect(page.locator("#clock")).not_to_be_empty(timeout=PATIENCE_MS)
    return page


async def shows(page: Page, number: str) -> None:
    await expect(page.locator(".call__number").first).to_have_text(number, timeout=PATIENCE_MS)


async def listening(page: Page, name: str, position: str | None) -> None:
    await page.evaluate(f"([name, position]) => ({LISTEN})(name, position)", [name, position])


async def heard(page: Page, name: str, *what: str) -> None:
    """Wait until that was heard, no more and no less."""
    await page.wait_for_function(
        "([name, what]) => JSON.stringify(window[name]) === JSON.stringify(what)", arg=[name, list(what)]
    )


async def test_boards_of_one_browser_share_one_stream(screens: Screens) -> None:
    context = await screens.browser.new_context()
    async with staged(scenes.empty()) as stage:
        boards = [await opened(context, stage) for _ in range(BOARDS)]
        called(stage, 101, "A001")
        for board in boards:
            await shows(board, "A001")
        assert stage.resumed == ["1.100"], "one line, whoever opened it"
        # The page that opened it goes, the others hear on; all hear on after a lost line.
        await boards.pop(0).close()
        called(stage, 102, "A002")
        for board in boards:
            await shows(board, "A002")
        stage.cut()
        await stage.followed(2)
        called(stage, 103, "A003")
        for board in boards:
            await shows(board, "A003")
        assert stage.resumed == ["1.100", "1.102"]
        for board in boards:
            await board.close()
        await stage.left()


async def test_a_page_hears_what_came_after_its_own_position_once_and_in_order(screens: Screens) -> None:
    context = await screens.browser.new_context()
    async with staged(scenes.empty()) as stage:
        page = await opened(context, stage)
        for n in range(1, 6):
            called(stage, 100 + n, f"A{n:03}")
        await shows(page, "A005")
        await listening(page, "late", "1.103")
        await heard(page, "late", "up", "A004", "A005")
        await listening(page, "now", None)
        assert stage.resumed == ["1.100"], "what the worker has kept is not asked for again"
        # Further back than the line began: the hub is asked, and only who wants it hears it again.
        await listening(page, "far", "1.90")
        await stage.followed(2)
        assert stage.resumed[-1] == "1.90"
        for n in range(91, 107):
            called(stage, n, f"B{n:03}")
        await heard(page, "far", "up", *(f"B{n:03}" for n in range(91, 107)))
        await heard(page, "late", "up", "A004", "A005", "B106")
        await heard(page, "now", "up", "B106")
        await shows(page, "B106")


async def test_who_goes_hears_no_more_and_a_reset_is_for_all(screens: Screens) -> None:
    context = await screens.browser.new_context()
    async with staged(scenes.empty()) as stage:
        page = await opened(context, stage)
        await listening(page, "one", "1.100")
        await listening(page, "two", "1.100")
        called(stage, 101, "A001")
        await heard(page, "one", "up", "A001")
        await page.evaluate("close_one()")
        stage.raw('id: 2.5\nevent: reset\ndata: {"position":"2.5"}\n\n')
        stage.say("2.6", "ticket.called", number="A002", state="called", window="1", call=1)
        await heard(page, "two", "up", "A001", "reset", "A002")
        await heard(page, "one", "up", "A001")
        await listening(page, "three", "2.5")
        await heard(page, "three", "up", "A002")
        stage.cut()
        await heard(page, "three", "up", "A002", "lost", "up")


async def test_a_worker_that_died_is_replaced(screens: Screens) -> None:
    context = await screens.browser.new_context()
    async with staged(scenes.empty()) as stage:
        page = await context.new_page()
        await page.clock.install()
        await page.goto(stage.url + "/board")
        await stage.followed(1)
        called(stage, 101, "A001")
        await shows(page, "A001")
        async with workers(page) as (worker,):
            await worker.die()
        await stage.left()
        for _ in range(6):
            await page.clock.run_for(10_000)
        await stage.followed(2)
        assert stage.resumed[1] == "1.101"
        async with workers(page) as found:
            assert len(found) == 1, "not a line of the page's own"
        called(stage, 102, "A002")
        await shows(page, "A002")


async def test_what_a_crashed_page_wanted_is_given_up(screens: Screens) -> None:
    context = await screens.browser.new_context()
    async with staged(scenes.empty()) as stage:
        page = await context.new_page()
        await page.clock.install()
        await page.goto(stage.url + "/board")
        other = await context.new_page()
        await other.goto(stage.url + "/pages/revision")
        await other.evaluate(
            """async () => {
                addEventListener("pagehide", (event) => event.stopImmediatePropagation(), true);
                const { Events } = await import("/pages/shared/events.js");
                new Events({}, { more: { "X-Other": "1" } }).start("1.42");
            }"""
        )
        await stage.followed(2)
        assert sorted(map(str, stage.resumed)) == ["1.100", "1.42"], (
            "what is asked otherwise is another stream"
        )
        await other.close()  # without a word, as when it crashes
        async with workers(page) as (worker,):
            await worker.run(f"({LATER})()")
        await stage.followed(4)  # both lines of the past are begun anew
        await page.clock.run_for(10_000)
        await stage.left(1)
        called(stage, 101, "A001")
        await shows(page, "A001")


NONE = "delete window.SharedWorker"
BROKEN = """window.SharedWorker = class {
    constructor() {
        this.port = { postMessage() {}, close() {} };
        setTimeout(() => this.onerror(new Event("error")));
    }
}"""


REFUSED = "window.SharedWorker = function () { throw new DOMException('', 'SecurityError'); };"


async def own_line(screens: Screens, script: str) -> None:
    context = await screens.browser.new_context()
    await context.add_init_script(script)
    async with staged(scenes.empty()) as stage:
        page = await opened(context, stage)
        await stage.followed(1)
        called(stage, 101, "A001")
        await shows(page, "A001")
        await page.evaluate(f"({HIDE})(true)")
        await stage.left()
        await page.evaluate(f"({HIDE})(false)")
        await stage.followed(2)
        assert stage.resumed == ["1.100", "1.101"], "from after what it had shown"
        called(stage, 102, "A002")
        await shows(page, "A002")
        stage.cut()
        await stage.followed(3)
        called(stage, 103, "A003")
        await shows(page, "A003")


async def test_without_shared_workers_a_page_has_a_line_while_it_is_seen(screens: Screens) -> None:
    await own_line(screens, NONE)


async def test_where_the_browser_allows_none_too(screens: Screens) -> None:
    await own_line(screens, REFUSED)


async def test_where_the_worker_cannot_start_too(screens: Screens) -> None:
    await own_line(screens, BROKEN)


async def test_where_the_worker_says_nothing_too(screens: Screens) -> None:
    context = await screens.browser.new_context()
    await context.add_init_script(NO_STREAM)
    async with staged(scenes.empty()) as stage:
        page = await context.new_page()
        await page.clock.install()
        await page.goto(stage.url + "/board")
        await expect(page.locator("#clock")).not_to_be_empty(timeout=PATIENCE_MS)
        await page.clock.run_for(40_000)
        await stage.followed(1)
        called(stage, 101, "A001")
        await shows(page, "A001")
