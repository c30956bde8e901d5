"""How long the first-run wizard takes a person for a hall of twelve windows: computed, not watched.

A real browser goes through the whole of it on a hub of its own, from the first sign-in to the hall that
begins: tables from workbooks, twelve keypads and twelve rating pads claimed by a key, twelve signs on one
line, a printer, each tested, on pseudo terminals and a socket. What a person does at it is counted and timed
by the keystroke-level model (Card, Moran and Newell 1980); what the machine takes is the run's own time, all
of it. Walking to the windows, and typing the tellers' table, are counted too.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.board_hall import ARGUMENTS, browser
from benchmarks.report import Figure
from drivers.call_pad.api import Key
from drivers.call_pad.ff68.simulator import SimulatedKeypad
from drivers.caller_display.pinganlihe.simulator import PinganliheBoard
from drivers.printer.escpos.simulator import EscposSimulator
from drivers.rating_pad.ff68.simulator import SimulatedRatingPad
from drivers.transport.simulated import TcpPort
from tests.setup.hub import PASSWORD, NewHub
from tests.setup.plugged import Plugs

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

WINDOWS = 12
LIMIT_MIN = 30.0
KEY_S, POINT_S, PRESS_S, HOME_S, THINK_S = 0.28, 1.1, 0.2, 0.4, 1.35
"""An average typist's key, pointing at something, pressing the button there, a hand between keyboard and
mouse, and making up one's mind.
"""

HANZI_KEYS = 4
"""Keys for a Chinese character by pinyin, with choosing it."""

WALK_S = 10.0
"""From one window to the next, with a tablet in the hand."""

READ_S = 8.0
"""For reading a step that is new."""

PATIENCE_MS = 60_000.0
QUEUES = ("综合业务", "单位业务", "社保卡")
WORKBOOKS = {
    "queues": (
        ("类别名称", "英文名称", "前缀", "区域", "预计分钟", "每日限号", "一般/特殊"),
        ("综合业务", "General", "A", "大厅", "8", "900", "一般"),
        ("单位业务", "Employers", "C", "大厅", "12", "", "一般"),
        ("社保卡", "Cards", "K", "大厅", "6", "", "一般"),
        ("特殊业务", "Special", "S", "大厅", "18", "", "特殊"),
    ),
    "services": (
        ("事项编码", "事项名称", "取号类别", "一般/特殊", "即办分钟"),
        *((f"YL-{n:03}", f"样例事项{n}", QUEUES[n % 3], "一般", "10") for n in range(1, 100)),
    ),
    "tellers": (
        ("姓名", "工号", "岗位", "服务承诺", "能办类别", "窗口"),
        *(
            (f"样员{name}", f"SY{n:03}", "综合柜员", "让您少跑一趟", "全部", str(n))
            for n, name in enumerate("一二三四五六七八九十甲乙", 1)
        ),
    ),
}  # fmt: skip


class Person:
    """Does things on a page, as fast as the page takes them, and counts what a person would need for it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.parts: list[tuple[str, dict[str, int], float, float]] = []
        self._done: dict[str, int] = {}
        self._seconds = 0.0
        self._typing = False

    @contextlib.contextmanager
    def at(self, name: str) -> Iterator[None]:
        """Note what is done in the block under a name."""
        self._done, self._seconds = {}, 0.0
        began = time.monotonic()
        yield
        self.parts.append((name, self._done, self._seconds, time.monotonic() - began))

    def _count(self, what: str, seconds: float, times: int = 1) -> None:
        self._done[what] = self._done.get(what, 0) + times
        self._seconds += seconds * times

    def _hand(self, typing: bool) -> None:
        if typing != self._typing:
            self._typing = typing
            self._count("hands", HOME_S)

    def read(self) -> None:
        """Read a step."""
        self._count("read", READ_S)

    def walk(self) -> None:
        """Go to the next window."""
        self._count("walks", WALK_S)

    def keys(self, text: str) -> None:
        """Type, somewhere."""
        self._hand(True)
        self._count("keys", KEY_S, sum(HANZI_KEYS if ord(char) > 0x2E80 else 1 for char in text))

    async def press(self, what: str | Locator) -> None:
        """Decide for something, point at it and press."""
        self.pointed()
        await (self.page.locator(what) if isinstance(what, str) else what).click()

    def pointed(self) -> None:
        """Count a press that is made by other means here."""
        self._hand(False)
        self._count("thoughts", THINK_S)
        self._count("clicks", POINT_S + PRESS_S)

    async def fill(self, what: str | Locator, text: str) -> None:
        """Type into a field."""
        self.pointed()
        self.keys(text)
        await (self.page.locator(what) if isinstance(what, str) else what).fill(text)

    async def choose(self, what: Locator, value: str = "", label: str | None = None) -> None:
        """Choose from a list: open it, find it, press it."""
        self.pointed()
        self.pointed()
        await (what.select_option(value) if label is None else what.select_option(label=label))

    async def next(self, step: str) -> None:
        """Go on to the next step, and read it."""
        await self.press("#next")
        await self.page.wait_for_selector(f".setup__step--{step}")
        self.read()

    async def take(self, kind: str, folder: Path) -> None:
        """Import a workbook: the button, then the file in the system's window, then take it."""
        await self.press(self.page.get_by_role("button", name="导入表格"))
        for _ in range(3):
            self.pointed()
        await self.page.set_input_files(".dialog [type=file]", str(folder / f"{kind}.xlsx"))
        await self.press(".dialog .primary:enabled")
        await self.page.locator(".dialog").wait_for(state="detached")


class Devices:
    """What stands in the hall: all of it on this PC's lines."""

    def __init__(self) -> None:
        self.keypads = [SimulatedKeypad(1) for _ in range(WINDOWS)]
        self.pads = [SimulatedRatingPad(1) for _ in range(WINDOWS)]
        self.signs = [PinganliheBoard(unit) for unit in range(1, WINDOWS + 1)]
        self.paper = EscposSimulator(speed=150)
        self.printer = TcpPort("127.0.0.1", 0, [self.paper])

    @contextlib.asynccontextmanager
    async def plugged(self, root: Path) -> AsyncIterator[None]:
        """Plug them in for the block: a line for each keypad and pad, one for all signs, the network."""
        await self.printer.start()
        async with Plugs(root) as plugs:
            try:
                for one in (*self.keypads, *self.pads):
                    await plugs.plug([one])
                await plugs.plug(self.signs)
                yield
            finally:
                await self.printer.stop()


def run() -> Iterator[Figure]:
    """Go through it; without a browser nothing can be."""
    chromium = browser()
    if chromium is not None:
        yield asyncio.run(_measure(chromium))


async def _measure(chromium: str) -> Figure:
    from playwright.async_api import async_playwright

    devices = Devices()
    with tempfile.TemporaryDirectory(prefix="kioskd-wizard-") as name:
        folder = Path(name)
        for kind, rows in WORKBOOKS.items():
            (folder / f"{kind}.xlsx").write_bytes(_workbook(rows))
        async with devices.plugged(folder / "pc"), async_playwright() as playwright:
            with NewHub(folder, folder / "pc") as hub:
                shown = await playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
                try:
                    context = await shown.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
                    context.set_default_timeout(PATIENCE_MS)
                    person = Person(await context.new_page())
                    await _set_up(person, hub, folder, devices)
                finally:
                    await shown.close()
    for part, done, seconds, machine in person.parts:
        counted = ", ".join(f"{count} {what}" for what, count in done.items())
        whole = f"{seconds + machine:6.0f} s"
        print(f"     {part:<12} {whole}  (person {seconds:.0f}: {counted}; machine {machine:.0f})")
    minutes = sum(seconds + machine for _, _, seconds, machine in person.parts) / 60
    what = f"wizard, {WINDOWS} windows, {3 * WINDOWS + 1} devices: computed time"
    return Figure(what, minutes, LIMIT_MIN, "min", "under 30 minutes")


def _workbook(rows: Sequence[Sequence[str]]) -> bytes:
    import xlsxwriter

    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate(rows):
            for column, text in enumerate(row):
                sheet.write_string(line, column, text)
    return raw.getvalue()


async def _set_up(person: Person, hub: NewHub, folder: Path, devices: Devices) -> None:
    page = person.page
    with person.at("sign in"):
        await page.goto(hub.url)
        person.read()
        await person.fill("[name=name]", "admin")
        await person.fill("[name=password]", hub.password)
        await person.press("#enter")
        for name, text in (("old", hub.password), ("new", PASSWORD), ("again", PASSWORD)):
            await person.fill(f"[name={name}]", text)
        await person.press("#save")
        await page.wait_for_selector(".setup__step--hall")
    with person.at("hall"):
        person.read()
        await person.fill("[name=zh]", "临江市社会保险服务大厅")
        await person.fill("[name=phone]", "0000-12333")
        await person.next("hours")
    with person.at("hours"):
        await person.next("queues")
    with person.at("queues"):
        _typed(person, "queues")
        await person.take("queues", folder)
        await person.next("services")
    with person.at("services"):
        # The office's own list is there; its columns are copied into the template, one by one.
        for _ in WORKBOOKS["services"][0]:
            person.pointed()
            person.pointed()
        await person.take("services", folder)
        await person.next("windows")
    with person.at("windows"):
        await person.press("#many")
        await person.next("tellers")
    with person.at("tellers"):
        _typed(person, "tellers")
        await person.take("tellers", folder)
        await page.wait_for_selector(f".setup__grid tbody tr:nth-child({WINDOWS})")
        await person.next("devices")
    await _devices(person, devices)
    with person.at("finish"):
        await person.next("finish")
        await page.wait_for_selector("#finish")
        wrong = page.locator(".setup__problems li, .setup__wait")
        assert await wrong.count() == 0, await wrong.all_inner_texts()
        await person.press("#finish")
        await page.wait_for_selector('#setup[data-state="done"]')
        await person.press(".setup__paper button")
        hub.wait("hall (ready)")


def _typed(person: Person, kind: str) -> None:
    """Fill a table in a spreadsheet, a key more after each cell."""
    for row in WORKBOOKS[kind][1:]:
        for cell in row:
            person.keys(f"{cell}\t")


async def _devices(person: Person, devices: Devices) -> None:
    page = person.page
    with person.at("printer"):
        await person.press(page.locator(".setup__adds button").nth(2))
        card = page.locator(".setup__device").last
        await person.fill(card.locator("input").first, f"tcp://127.0.0.1:{devices.printer.port}")
        await _seen(person, card)
        assert devices.paper.slips
    for name, label, press in (
        ("keypads", "叫号器 · ff68-keypad", lambda n: devices.keypads[n].press(Key.CALL)),
        ("rating pads", "评价器 · ff68-pad-5", lambda n: devices.pads[n].rate(5)),
    ):
        with person.at(name):
            await _claimed(person, label, press)
    with person.at("signs"):
        await person.press(page.locator(".setup__found-one button").last)
        for n in range(WINDOWS):
            card = page.locator(".setup__device").last
            if n == 0:
                await person.choose(card.locator("select").nth(0), value="caller_display.pinganlihe")
                await person.choose(card.locator("select").nth(2), value="1")
                await person.fill(card.locator("input[type=number]"), "1")
            person.walk()
            await _seen(person, card)
            if n + 1 < WINDOWS:
                await person.press(card.locator("header button").nth(1))
        assert all(sign.frames for sign in devices.signs)


async def _seen(person: Person, card: Locator) -> None:
    """Test a device that shows or prints something, and look."""
    await person.press(card.locator("header button").first)
    await person.press(".dialog .primary")
    await card.locator(".badge--well").wait_for()


async def _claimed(person: Person, label: str, press: Callable[[int], Any]) -> None:
    """Say which of many alike stands at which window, by a key of each."""
    page = person.page
    await person.press(page.locator(".setup__adds button").nth(1))
    dialog = page.locator(".dialog")
    await person.choose(dialog.locator("select").first, label=label)
    for n in range(WINDOWS):
        await person.press(dialog.locator(".primary"))
        person.walk()
        person.keys("1")
        claimed = page.wait_for_selector(f".dialog .note:has-text('归 {n + 1} 号窗口')")
        await _pressing(claimed, partial(press, n))
    await person.press(dialog.get_by_role("button", name="关闭"))


async def _pressing(shown: Awaitable[Any], press: Callable[[], Any]) -> None:
    """Press a key until the page has heard it."""
    task = asyncio.ensure_future(shown)
    while not task.done():
        press()
        await asyncio.wait([task], timeout=0.5)
    await task
