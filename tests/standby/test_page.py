"""A standby's own page, in a real browser before real processes, up to the new hub's pages."""

from __future__ import annotations

import asyncio
import resource
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from kioskd.access.pairing import Pairing
from kioskd.access.pin import TRIES as PIN_TRIES
from kioskd.access.pin import PinDoor
from kioskd.access.tokens import FILE_NAME, TokenStore
from kioskd.hall.codec import decode
from kioskd.hall.events import AuditNoted
from kioskd.journal.export import read_all
from kioskd.journal.records import BEFORE_ALL
from kioskd.journal.replica import Copy
from kioskd.standby.door import Door
from kioskd.standby.follower import TOKEN, Config, Follower, write_config
from kioskd.standby.holding import FILES, Held
from kioskd.standby.messages import PAIR_PATH
from kioskd.standby.post import TAKEN_OVER, Post
from kioskd.station.pair import pair as pair_with
from kioskd.web.server import serving
from kioskd.web.settings import WebSettings
from kioskd.web.standby_page import StandbyPage
from tests.pages.conftest import PATIENCE_MS, SCREENS
from tests.pages.looks import axe
from tests.standby.halls import PASSWORD, PIN, START_S, Pair, Process, standing_pair

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.on_disk


async def picture(page: Page, name: str) -> None:
    if SCREENS:
        await page.wait_for_timeout(400)
        await page.locator("#standby").screenshot(path=str(Path(SCREENS) / f"standby-{name}.png"))


async def state(page: Page, kind: str, words: str) -> None:
    await page.wait_for_selector(f'#standby[data-state="{kind}"]')
    await page.wait_for_function(
        "words => document.getElementById('headline').textContent.includes(words)", arg=words
    )


async def prove(page: Page, name: str, password: str, pin: str) -> None:
    await page.fill("[name=name]", name)
    await page.fill("[name=password]", password)
    await page.fill("[name=pin]", pin)
    await page.click("#proved:enabled")


async def refused(page: Page, words: str) -> None:
    await page.wait_for_function(
        "words => !document.getElementById('prove-wrong').hidden"
        " && document.getElementById('prove-wrong').textContent.includes(words)",
        arg=words,
    )


@pytest.mark.timeout(240)
async def test_a_lead_makes_the_standby_the_hub(tmp_path: Path, browser: Browser) -> None:
    async with standing_pair(tmp_path) as pair:
        context = await browser.new_context(viewport={"width": 1024, "height": 768}, locale="zh-CN")
        context.set_default_timeout(PATIENCE_MS)
        english = await browser.new_context(viewport={"width": 1366, "height": 768}, locale="en-US")
        english.set_default_timeout(PATIENCE_MS)
        page, reader = await context.new_page(), await english.new_page()
        wrong: list[str] = []
        for one in (page, reader):
            one.on("pageerror", lambda error: wrong.append(str(error)))

        number = await pair.issue(pair.port, "k1")
        await pair.pair()
        await pair.until_following()
        await page.goto(pair.far_url + "/call")  # whatever is looked for, here is what there is
        await reader.goto(pair.far_url)
        await state(page, "well", "正在跟随主机")
        assert page.url == pair.far_url + "/"
        assert "不差" in await page.inner_text("#behind")
        assert not await page.is_visible("#offer")
        await state(reader, "well", "Following the hub")
        await picture(page, "following")
        await picture(reader, "following-en")
        assert await axe(page) == []

        await pair.hub.kill()
        await state(page, "gone", "主机没有回应")
        await page.wait_for_selector("#take:visible")
        await picture(page, "gone")
        await state(reader, "gone", "The hub does not answer")
        await reader.click("#take")
        await picture(reader, "first-step-en")
        assert await axe(reader) == []

        await page.click("#take")
        await prove(page, "teller", PASSWORD, PIN)
        await refused(page, "不能做这项操作")
        await prove(page, "lead", "Wrong-Rain-7", PIN)
        await refused(page, "用户名或密码不对")
        await prove(page, "lead", PASSWORD, "000111")
        await refused(page, "大厅口令不对")
        await picture(page, "wrong-pin")
        await page.fill("[name=password]", PASSWORD)
        await prove(page, "lead", PASSWORD, PIN)
        await page.wait_for_selector("#confirm:visible")
        await picture(page, "second-step")
        assert await axe(page) == []
        guess = {"permit": "x" * 43}  # while somebody has one
        async with pair.session.post(pair.far_url + "/api/v1/standby/take-over", json=guess) as answer:
            assert msgspec.json.decode(await answer.read())["code"] == "permit_over"
        await page.click("#confirm [data-act=leave]")
        await page.click("#take")
        await prove(page, "lead", PASSWORD, PIN)
        await page.click("#confirmed:visible")
        await state(page, "well", "本机现在是大厅主机")
        await picture(page, "done")
        await page.wait_for_url(lambda url: "/sign-in" in url)

        # Who only looked on is led to the new hub too; and people sign in there as before.
        await reader.wait_for_url(lambda url: "/sign-in" in url)
        await page.fill("[name=name]", "lead")
        await page.fill("[name=password]", PASSWORD)
        await page.click("#enter")
        await page.wait_for_url("**/home")
        await context.close()
        await english.close()
        assert wrong == []

        assert await pair.issue(pair.far_port, "k1") == number
        assert await pair.issue(pair.far_port, "k2") > number
        assert await _noted(pair) == ["lead"], "who did it stands in the journal"


@asynccontextmanager
async def _following(pair: Pair, shut_s: float) -> AsyncIterator[Post]:
    """Have a standby in this process, whose page knows after so long that a shut hub stays shut."""
    store = TokenStore.open(pair.data / FILE_NAME)
    code = Pairing(store).offer_standby("standby-1")
    store.close()
    pair.far.mkdir()
    token = pair.far / TOKEN
    await pair_with(pair.url, code, "standby-1", token, path=PAIR_PATH, field="name")
    config = Config(name="standby-1", hub=pair.url, port=pair.far_port)
    write_config(pair.far, config)
    copy = await asyncio.to_thread(Copy, pair.far)
    post = Post(pair.far, config, Follower(pair.far, config, copy), copy, PinDoor(pair.far))
    post.follow()
    page = StandbyPage(post, Door(pair.far), WebSettings(), None, shut_s=shut_s)
    try:
        async with serving(page.app(), WebSettings(), pair.far_port, pair.far):
            yield post
    finally:
        await post.rest()
        if post.done is None:
            copy.close()


@contextmanager
def _full_disk(process: Process) -> Iterator[None]:
    """Have a process write to no file for the block."""
    assert process.process is not None
    pid, kind = process.process.pid, resource.RLIMIT_FSIZE
    before = resource.prlimit(pid, kind)
    resource.prlimit(pid, kind, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, kind, before)


@pytest.mark.timeout(240)
async def test_a_hub_that_answers_and_can_store_nothing(tmp_path: Path, browser: Browser) -> None:
    async with standing_pair(tmp_path) as pair:
        await pair.hub.kill(signal.SIGTERM)
        pair.hub.log = Path("/dev/null")  # a log in a file would be full too
        await pair.hub.start()
        context = await browser.new_context(viewport={"width": 1024, "height": 768}, locale="zh-CN")
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        number = await pair.issue(pair.port, "k1")
        async with _following(pair, 3.0) as post:
            await page.goto(pair.far_url)
            await state(page, "well", "正在跟随主机")
            with _full_disk(pair.hub):
                assert (await pair.ask("POST", pair.port, "tickets", "k2", {"queue": "general"}))[0] == 503
                await state(page, "gone", "主机开着，但不能办理业务")
                await page.wait_for_function(
                    "() => document.getElementById('explained').textContent.includes('可能自己恢复')"
                )
                assert not await page.is_visible("#offer")
            await state(page, "well", "正在跟随主机")

            with _full_disk(pair.hub):
                assert (await pair.ask("POST", pair.port, "tickets", "k3", {"queue": "general"}))[0] == 503
                await page.click("#take:visible")
                await picture(page, "shut")
                assert await axe(page) == []
                await prove(page, "lead", PASSWORD, PIN)
                await page.wait_for_selector("#confirm:visible")
                assert "原主机开着" in await page.inner_text("#consequences")
                await picture(page, "shut-second-step")
                await page.click("#confirmed")
                async with asyncio.timeout(START_S):
                    await post.over.wait()
                assert post.done is not None
        # The former hub's disk has room again; it was told before there was another.
        refused = await pair.ask("POST", pair.port, "tickets", "n1", {"queue": "general"})
        assert (refused[0], refused[1]["code"]) == (503, "not_the_hub")
        await pair.standby.start()
        assert await pair.issue(pair.far_port, "k1") == number
        assert await pair.issue(pair.far_port, "n2") > number
        await page.wait_for_url(lambda url: "/sign-in" in url)
        await context.close()
        await pair.hub.kill(signal.SIGTERM)
        assert (await pair.hub.refused())[0] == 78, "nor does it begin again"


async def _noted(pair: Pair) -> list[str]:
    """Return who is named in the new hub's journal for the take-over, once somebody is."""
    async with asyncio.timeout(START_S):
        while True:
            events = read_all(pair.far / "journal.db", BEFORE_ALL, None, frozenset())
            found = [decode(one.kind, one.version, one.body) for one in events if one.kind == "audit.noted"]
            names = [
                event.by.id for event in found if isinstance(event, AuditNoted) and event.action == TAKEN_OVER
            ]
            if names:
                return names
            await asyncio.sleep(0.1)


def test_nobody_knows_whether_there_is_a_pin_before_the_files_are_here(tmp_path: Path) -> None:
    """It said that the hall had none, and sent the administrator to make one."""
    config, copy = Config(name="s", hub="http://127.0.0.1:9", port=9), Copy(tmp_path)
    post = Post(tmp_path, config, Follower(tmp_path, config, copy), copy, PinDoor(tmp_path))
    page = StandbyPage(post, Door(tmp_path), WebSettings(), None)
    assert page.standing().lacks == ("copy",)
    (tmp_path / FILES).write_bytes(msgspec.json.encode(Held(digest="d", port=9, tls=False)))
    assert page.standing().lacks == ("copy", "pin")
    copy.close()


async def test_programs_are_refused_what_people_are(tmp_path: Path) -> None:
    async with standing_pair(tmp_path) as pair:
        await pair.pair()
        await pair.until_following()

        async def ask(path: str, body: object = None, **headers: str) -> tuple[int, str]:
            method = "GET" if body is None else "POST"
            async with pair.session.request(
                method, pair.far_url + path, json=body, headers=headers
            ) as answer:
                said = msgspec.json.decode(await answer.read())
                return answer.status, said.get("code", "")

        good = {"name": "technician", "password": PASSWORD, "pin": PIN}
        prove, take = "/api/v1/standby/prove", "/api/v1/standby/take-over"
        assert await ask(prove, good) == (409, "hub_alive"), "a hub that answers keeps its place"
        assert await ask(prove, good, Origin="http://elsewhere.example") == (403, "origin_refused")
        assert await ask(prove, {**good, "pin": ""}) == (400, "body_invalid")
        assert await ask(take, {"permit": "x"}) == (409, "permit_over")
        assert await ask(take, {"permit": ""}) == (400, "body_invalid")
        assert await ask("/api/v1/hall") == (503, "not_the_hub")
        assert await ask("/readyz") == (503, "not_the_hub")
        for _ in range(PIN_TRIES):
            assert await ask(prove, {**good, "pin": "000111"}) == (403, "pin_wrong")
        assert await ask(prove, good) == (429, "pin_locked"), "nor is the hall's PIN found by trying"
        for _ in range(4):
            assert await ask(prove, {**good, "password": "Wrong-1-Password"}) == (403, "sign_in_wrong")
        assert await ask(prove, {**good, "password": "Wrong-1-Password"}) == (429, "sign_in_closed")
        assert await ask(prove, good) == (429, "sign_in_closed"), "too many wrong ones close the door"
