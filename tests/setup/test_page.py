"""A hall of twelve windows set up in a browser, from an empty folder to the first ticket."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from drivers.call_pad.api import Key
from drivers.call_pad.ff68.simulator import SimulatedKeypad
from drivers.printer.escpos.simulator import EscposSimulator
from drivers.transport.simulated import TcpPort
from kioskd.settings import HallSettings, check
from tests.pages.conftest import PATIENCE_MS, SCREENS
from tests.pages.looks import CUT, axe
from tests.setup.hub import PASSWORD, NewHub
from tests.setup.plugged import Plugs

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Request, Route

pytestmark = pytest.mark.on_disk

TELLERS = "姓名,工号,能办类别,窗口\n" + "".join(f"样员{n:02},SY{n:03},全部,{n}\n" for n in range(1, 13))
WRONG = TELLERS + "错员,SY099,没有的,77\n"


COUNT = """for (const kind of ['click', 'change', 'keydown']) document.addEventListener(kind, (event) => {
  if (event.isTrusted && (kind !== 'keydown' || event.altKey || event.key === 'Escape')) window.didOne(kind);
}, true);"""
"""What a person does: presses, fields that became another, keys that act."""


MANY = """async () => {
  const one = (n, sentence) => ({ step: 'services', item: `X${n}`, sentence });
  const problems = [...Array(9).keys()].map((n) => one(n + 1, '缺一栏'));
  const { alike } = await import('/pages/setup/problems.js');
  return alike([...problems, one(1, '另一处')]).map((one) => one.text);
}"""
"""Nine services that lack the same, as the page says it."""


class Acts:
    """Counts them, and says how many there were where somebody wants to know."""

    def __init__(self) -> None:
        self.kinds: dict[str, int] = {}
        self._began = time.monotonic()

    def one(self, kind: str) -> None:
        self.kinds[kind] = self.kinds.get(kind, 0) + 1

    @property
    def count(self) -> int:
        return sum(self.kinds.values())

    def tell(self) -> None:
        sys.stdout.write(f"set up by {self.kinds} in {time.monotonic() - self._began:.0f} s\n")


class Bench:
    """A printer on the network, and two keypads on serial ports that look alike."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "pc"
        self.paper = EscposSimulator(speed=50)
        self.printer = TcpPort("127.0.0.1", 0, [self.paper])
        self.keypads = [SimulatedKeypad(1), SimulatedKeypad(1)]
        self.addresses: list[str] = []

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path) -> AsyncIterator[Bench]:
        bench = cls(folder)
        async with AsyncExitStack() as stack:
            await bench.printer.start()
            stack.push_async_callback(bench.printer.stop)
            plugs = await stack.enter_async_context(Plugs(bench.root))
            bench.addresses = [await plugs.plug([keypad]) for keypad in bench.keypads]
            yield bench

    async def press_until(self, shown: Awaitable[Any]) -> None:
        """Press the second keypad, as somebody does who is asked to, until the page says so."""
        task = asyncio.ensure_future(shown)
        while not task.done():
            self.keypads[1].press(Key.CALL)
            await asyncio.wait([task], timeout=0.5)
        await task


async def picture(page: Page, name: str) -> None:
    if SCREENS:
        await page.wait_for_timeout(400)
        await page.screenshot(path=str(Path(SCREENS) / f"setup-{name}.png"), full_page=True)


async def step(page: Page, name: str) -> None:
    await page.keyboard.press("Alt+n")
    await page.wait_for_selector(f".setup__step--{name}")


async def ask(page: Page, path: str, body: Any = None) -> tuple[int, Any]:
    """Ask the hub's API as the page itself does."""
    answer: list[Any] = await page.evaluate(
        """async ([path, body]) => {
             const session = await (await fetch('/api/v1/session')).json();
             const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': session.csrf,
                               'Idempotency-Key': String(Math.random()) };
             const answer = body === null ? await fetch(`/api/v1/${path}`)
               : await fetch(`/api/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
             return [answer.status, await answer.json()];
           }""",
        [path, body],
    )
    return answer[0], answer[1]


@pytest.mark.timeout(300)
async def test_from_an_empty_folder_to_the_first_ticket(tmp_path: Path, browser: Browser) -> None:
    (tmp_path / "wrong.csv").write_text(WRONG, "utf-8")
    (tmp_path / "tellers.csv").write_bytes(TELLERS.encode("gb18030"))  # as Chinese Excel saves it
    async with Bench.open(tmp_path) as bench:
        await set_up(tmp_path, browser, bench)


async def set_up(tmp_path: Path, browser: Browser, bench: Bench) -> None:
    with NewHub(tmp_path, bench.root) as hub:
        context = await browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        context.set_default_timeout(PATIENCE_MS)
        acts = Acts()
        await context.expose_function("didOne", acts.one)
        await context.add_init_script(COUNT)
        page = await context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if "regular expr" in said.text else None)

        # Nobody is in without the printed password, which must be changed.
        await page.goto(hub.url)
        await page.fill("[name=name]", "admin")
        await page.fill("[name=password]", hub.password)
        await page.click("#enter")
        await page.fill("[name=old]", hub.password)
        await page.fill("[name=new]", PASSWORD)
        await page.fill("[name=again]", PASSWORD)
        await page.click("#save")

        await page.wait_for_selector(".setup__step--hall")
        await page.click("#next")  # a name is needed
        assert await page.locator(".setup__step--hall").count() == 1
        await page.fill("[name=zh]", "临江市社会保险服务大厅")
        await page.fill("[name=phone]", "0000-12333")
        await picture(page, "hall")
        assert await axe(page) == []
        await step(page, "hours")
        await picture(page, "hours")
        await step(page, "queues")
        await page.fill(".setup__grid tbody tr:nth-child(2) input >> nth=0", "企业业务")
        await picture(page, "queues")
        await step(page, "services")

        # Left here, and gone on with in another browser.
        await page.close()
        page = await context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        await page.goto(hub.url + "setup")
        await page.wait_for_selector(".setup__step--services")
        assert await page.locator(".setup__tile", has_text="企业业务").count() == 1
        assert await axe(page) == []

        await step(page, "windows")
        await page.click("#many")  # from 1 to 12 at once
        assert await page.locator(".setup__grid tbody tr").count() == 12
        await picture(page, "windows")
        assert await axe(page) == []
        await step(page, "tellers")
        await page.click(".setup__adds button >> nth=1")
        await page.set_input_files(".dialog [type=file]", str(tmp_path / "wrong.csv"))
        await page.wait_for_selector("#faults")
        assert "第 14 行 C 列 没有取号类别“没有的”" in await page.inner_text("#faults")
        assert await page.is_disabled(".dialog .primary")
        await picture(page, "import")
        await page.set_input_files(".dialog [type=file]", str(tmp_path / "tellers.csv"))
        await page.click(".dialog .primary:enabled")
        await page.wait_for_selector(".setup__grid tbody tr:nth-child(12)")
        await picture(page, "tellers")

        await step(page, "devices")
        found = page.locator(".setup__found-one")
        assert "ttyUSB1" in await found.nth(1).inner_text(), "as kioskd devices finds them"
        await page.click(".setup__adds button >> nth=2")
        device = page.locator(".setup__device").last
        await device.locator("input").first.fill("tcp://127.0.0.1:9")
        await device.locator("header button").first.click()
        await page.wait_for_selector(".setup__device .badge--wrong")
        assert "找不到线路或端口" in await device.inner_text()

        # The right address: it prints its test, and a person says that the slip is there.
        await device.locator("input").first.fill(f"tcp://127.0.0.1:{bench.printer.port}")
        await device.locator("header button").first.click()
        await page.click(".dialog .primary")
        await page.wait_for_selector(".setup__device .badge--well")
        assert bench.paper.slips, "the test came out"

        # Two keypads that look alike: the key says which of them stands at window 3.
        await page.click(".setup__adds button >> nth=1")
        dialog = page.locator(".dialog")
        await dialog.locator("select").first.select_option(label="叫号器 · ff68-keypad")
        await dialog.locator("select").nth(1).select_option("3")
        await dialog.locator(".primary").click()
        await bench.press_until(page.wait_for_selector(".dialog .note:has-text('归 3 号窗口')"))
        await picture(page, "claimed")
        assert await axe(page) == []
        await page.keyboard.press("Escape")
        claimed = page.locator(".setup__device", has_text="keypad-3")
        assert await claimed.locator(".badge--well").count() == 1
        assert await claimed.locator("input").first.input_value() == bench.addresses[1]
        await claimed.locator("header button").first.click()
        await bench.press_until(page.wait_for_selector(".setup__said:has-text('收到按键：呼叫')"))
        await picture(page, "devices")
        assert await axe(page) == []

        # What is plugged in is named by what it is and where, and so is the next on its line.
        await found.last.locator("button").click()
        sign = page.locator(".setup__device").last
        await sign.locator("select").nth(0).select_option("caller_display.pinganlihe")
        await sign.locator("select").nth(2).select_option("1")
        assert await sign.locator("header b").inner_text() == "sign-1"
        assert await sign.locator("select").nth(1).input_value() == "pinganlihe-window"
        await sign.get_by_role("button", name="同线再加一台").click()
        other = page.locator(".setup__device").last
        assert await other.locator("header b").inner_text() == "sign-2"
        assert await other.locator("input").first.input_value() == bench.addresses[0]
        await picture(page, "same-line")
        for one in ("sign-2", "sign-1"):
            await page.get_by_role("button", name=f"删除 {one}").click()

        await step(page, "finish")
        await page.wait_for_selector("#finish:enabled")
        assert await page.evaluate(MANY) == ["X1、X2、X3 等 9 项：缺一栏", "X1：另一处"]
        await picture(page, "finish")
        assert await axe(page) == []
        assert not (hub.settings / "hall.toml").exists(), "nothing is written before it is wanted"
        await page.click("#finish")
        await page.wait_for_selector('#setup[data-state="done"]')
        acts.tell()
        assert acts.count < 60, "a hall of twelve windows is half an hour's work, devices apart"
        await picture(page, "done")
        code = await page.inner_text(".setup__code")
        assert len(code) > 20
        assert code not in "".join(hub.said), "it is on the page, and nowhere else"

        hub.wait("hall (ready)")
        checked = check(hub.settings / "hall.toml")
        assert isinstance(checked.settings, HallSettings), checked.problems
        rules = checked.settings.rules
        assert [window.id for window in rules.windows] == [str(n) for n in range(1, 13)]
        assert (len(rules.tellers), len(rules.roster), len(rules.services)) == (12, 12, 127)
        assert [queue.name.zh for queue in rules.queues][1] == "企业业务"
        made = {one.id: (one.driver, one.window) for one in checked.settings.station.devices}
        assert made == {"printer-1": ("printer.escpos", None), "keypad-3": ("call_pad.ff68", "3")}
        status, ticket = await ask(page, "tickets", {"queue": "general", "test": True})
        assert status == 201, ticket
        assert ticket["number"].startswith("测")

        # Again, on the hall at work: one thing is changed, everything else is left alone.
        before = (hub.settings / "services.toml").read_bytes()
        await page.goto(hub.url + "help")
        await page.goto(hub.url + "setup#queues")
        await page.wait_for_selector(".setup__step--queues")
        await page.fill(".setup__grid tbody tr:nth-child(2) input >> nth=0", "单位业务")
        for name in ("services", "windows", "tellers", "devices", "finish"):
            await step(page, name)
        await page.wait_for_selector("#finish:enabled")
        assert await page.locator(".setup__files details").count() == 1
        await page.click("#finish")
        await page.click(".dialog .primary")
        await page.wait_for_selector('#setup[data-state="done"]')
        hub.wait("hall (ready)")
        assert (hub.settings / "services.toml").read_bytes() == before
        assert '单位业务", en = "Employers"' in (hub.settings / "hall.toml").read_text("utf-8")
        assert wrong == []
        await context.close()


@asynccontextmanager
async def begun(folder: Path, browser: Browser, width: int = 1366, height: int = 768) -> AsyncIterator[Page]:
    """The first step of a new hall, on a screen of this size."""
    with NewHub(folder) as hub:
        context = await browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        await page.goto(hub.url)
        await page.fill("[name=name]", "admin")
        await page.fill("[name=password]", hub.password)
        await page.click("#enter")
        await page.fill("[name=old]", hub.password)
        for name in ("new", "again"):
            await page.fill(f"[name={name}]", PASSWORD)
        await page.click("#save")
        await page.wait_for_selector(".setup__step--hall")
        await page.fill("[name=zh]", "试验大厅")
        yield page
        await context.close()
        assert wrong == []


async def test_a_step_is_kept_once_whole_and_by_one_page(tmp_path: Path, browser: Browser) -> None:
    async with begun(tmp_path, browser) as page:
        # A wrong field that is folded away is shown: else nothing would happen, and nothing be said.
        await page.click("summary")
        await page.fill("[name=id]", "大厅")
        await page.click("summary")
        await expect(page.locator("[name=id]")).to_be_hidden()
        await page.click("#next")
        await expect(page.locator("[name=id]")).to_be_focused()
        await expect(page.locator(".setup__step--hall")).to_be_visible()
        await picture(page, "unfolded")
        await page.fill("[name=id]", "hall-1")

        await page.route("**/api/v1/setup/draft", lambda route: route.abort())
        await page.click("#next")
        await expect(page.locator(".toast--wrong")).to_be_visible()
        await page.unroute("**/api/v1/setup/draft")

        # Who presses twice is no other page, and what was refused is over once it is kept.
        came, through = asyncio.Event(), asyncio.Event()
        asked: list[Request] = []

        async def hold(route: Route) -> None:
            asked.append(route.request)
            came.set()
            await through.wait()
            await route.continue_()

        await page.route("**/api/v1/setup/draft", hold)
        await page.click("#next")
        await came.wait()
        await page.click("#next")
        await page.keyboard.press("Alt+n")
        async with page.expect_response("**/api/v1/setup/check"):  # the next step is there, and looked at
            through.set()
        await expect(page.locator(".setup__step--hours")).to_be_visible()
        assert len(asked) == 1
        assert await page.locator(".toast").count() == 0
        await page.unroute("**/api/v1/setup/draft")
        await page.dblclick("#next")
        await expect(page.locator(".setup__step--queues")).to_be_visible()
        await step(page, "services")


@pytest.mark.timeout(300)
async def test_on_a_phone_every_step_is_as_wide_as_it(tmp_path: Path, browser: Browser) -> None:
    """Tables are wider and are moved by themselves; the page is not."""
    cut: list[str] = []
    async with begun(tmp_path, browser, 390, 844) as page:
        for name in ("hall", "hours", "queues", "services", "windows", "tellers", "devices", "finish"):
            if name != "hall":
                await step(page, name)
            if name == "windows":
                await page.click("#many")
            if name == "finish":
                await page.wait_for_selector("#finish:enabled")
            await picture(page, f"phone-{name}")
            found = await page.evaluate(CUT)
            # What stands in a file has gaps of its own.
            cut += [f"{name}: {one}" for one in found if not (name == "finish" and one.startswith("says "))]
    assert not cut, "\n".join(cut)
