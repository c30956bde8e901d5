"""What holds for every page of staff: axe finds nothing serious, it is light and quick, names are text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kioskd.web.pages import PAGES
from kioskd.web.staff_pages import STAFF
from tests.pages import pictures
from tests.pages.conftest import PHONE, POCKET, SCREENS, SIZES, Hall, Person, press, somebody
from tests.pages.looks import BROKEN, CUT, LOST, WIDE, axe

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Route

WEIGHT = 150 * 1024
"""Bytes of a first load, as they cross the wire."""

PAINT_MS = 3000
"""300 ms is the aim, and what a hall's PC does; a test machine may be busy with other things."""

STATES: dict[str, tuple[tuple[str, str], ...]] = {
    "/call": (),  # test_axe_on_the_call_page
    "/call/strip": (),
    "/overview": tuple((f"#{act}", ".dialog") for act in ("notice", "quiet", "order", "closing")),
    "/poor-ratings": (("#show-closed", '#show-closed[aria-pressed="true"]'),),
    "/roster": (("#import", ".dialog"),),
    "/guide": tuple((f"#{act}", ".dialog") for act in ("take", "help", "more")),
    "/figures": (),  # test_figures.py, which has days to show
    "/story": (),  # tests/citizen/test_story.py
    "/diagnostics": (("#show-all", '#show-all[aria-pressed="true"]'),),
    "/settings": (),
    "/setup": (),  # walked from an empty folder in tests/setup
    "/users": (("#add", ".dialog"), ("#photos", ".dialog")),
    "/home": (),
    "/password": (),
    "/sign-in": (),
    "/board": (),
    "/query": (),  # tests/citizen/test_query.py
    "/rate": (),  # tests/citizen/test_rate.py
}
"""What each page shows beyond its first state, most often a dialog: what is clicked, what is there then."""

PICTURES = {
    "/call": "pages/call-serving-small",
    "/call/strip": "pages/strip-idle",
    "/overview": "pages/overview-large",
    "/poor-ratings": "desk/poor-registered-large",
    "/roster": "desk/roster-large",
    "/guide": "guide/guide",
    "/figures": "pages/figures-large",
    "/story": "story/story",
    "/diagnostics": "diagnostics/all-middle-zh-CN",
    "/settings": "settings/good-middle",
    "/setup": "../pictures/setup-windows",
    "/users": "pages/users",
    "/home": "pages/home",
    "/password": "pages/password",
    "/sign-in": "pages/sign-in",
    "/board": "board/12-windows.zh",
    "/query": "query/home",
    "/rate": "rate/idle",
}
"""The picture of each page in docs/screens; `tests.pages.pictures` takes them."""

ON_PHONES = frozenset({"/guide", "/diagnostics", "/settings", "/sign-in", "/home", "/password"})

EVIL = '<img src=x onerror="window.pwned=1">\'"</script><script>window.pwned=1</script>'


async def test_axe_finds_nothing_serious(hall: Hall, browser: Browser) -> None:
    async with somebody(hall, browser) as person:
        page = person.page
        await page.goto(person.at("/sign-in"))
        await person.picture("sign-in")
        assert await axe(page) == []
        await person.sign_in("admin", "/users")
        await page.wait_for_selector("#users tr")
        await person.picture("users")
        assert await axe(page) == []
        await page.click("#add")
        await page.wait_for_selector(".dialog")
        await person.picture("users-new")
        assert await axe(page) == []
        await page.keyboard.press("Escape")
        await page.click("#person .menu__button")
        await person.picture("menu")
        assert await axe(page) == []
        for path, name in (("/home", "home"), ("/password", "password"), ("/call", "call-duty-lead")):
            await page.goto(person.at(path))
            await page.wait_for_load_state("networkidle" if path != "/call" else "load")
            await page.wait_for_timeout(300)
            await person.picture(name)
            assert await axe(page) == [], path
        await page.keyboard.press("Alt+l")
        await page.wait_for_selector(".lock")
        await person.picture("locked")
        assert await axe(page) == []


async def test_axe_on_the_call_page(tidy_hall: Hall, browser: Browser) -> None:
    hall = tidy_hall
    await hall.take(services=["YL-001"], queue=None, priority="elderly")
    await hall.take()
    async with somebody(hall, browser) as person:
        page = person.page
        await person.sign_in("d01", "/call")
        await page.wait_for_selector("#line li")
        assert await axe(page) == []
        await press(page, "1")
        await page.wait_for_selector('#now[data-state="called"]')
        await page.wait_for_selector(".guide__materials li")
        await person.picture("call-called")
        assert await axe(page) == []
        for key in ("5", "6", "7", "8", "9"):
            await press(page, key)
            await page.wait_for_selector(".dialog")
            assert await axe(page) == [], key
            await page.keyboard.press("Escape")
            await page.wait_for_selector(".dialog", state="detached")
        await page.goto(person.at("/call/strip"))
        await page.wait_for_selector("#waiting:not(:empty)")
        assert await axe(page) == []


def test_a_new_page_says_what_states_it_has() -> None:
    """Every page of the route table is walked; this asks for the states that a walk can't guess."""
    assert STATES.keys() == {page.path for page in STAFF} | PAGES.keys()


def test_every_page_has_its_picture() -> None:
    assert PICTURES.keys() == STATES.keys()
    missing = [name for name in PICTURES.values() if not (pictures.SCREENS / f"{name}.png").is_file()]
    assert missing == []


async def test_every_page(hall: Hall, browser: Browser) -> None:
    """Light and quick, reached wholly by keyboard, nothing cut off at any size, nothing serious for axe."""
    measured: list[str] = []
    wrong: list[str] = []
    async with somebody(hall, browser) as person:
        await person.sign_in("admin")
        for path in STATES:
            page = await person.context.new_page()
            person.watch(page)
            measured.append(await light_and_quick(person, page, path))
            wrong += await by_keyboard(page, path)
            wrong += await at_every_size(person, page, path)
            for opener, shown in STATES[path]:
                await page.click(opener)
                await page.wait_for_selector(shown)
                wrong += [f"{path}, {opener}: {one}" for one in await axe(page)]
                await page.keyboard.press("Escape")
                await page.wait_for_selector(".dialog", state="detached")
            if path not in PAGES:
                assert not any("/fonts/" in url for url in person.asked), "a staff PC has its own fonts"
            await page.close()
    if SCREENS:
        (Path(SCREENS) / "measured.txt").write_text("\n".join(measured) + "\n")
    assert not wrong, "\n".join(wrong)


STILL = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))"
"""Waits until a page that has another size now is laid out."""


async def light_and_quick(person: Person, page: Page, path: str) -> str:
    """Open a page as if for the first time."""
    weights: dict[str, int] = {}
    fonts: set[str] = set()
    client = await person.context.new_cdp_session(page)
    await client.send("Network.enable")
    await client.send("Network.setCacheDisabled", {"cacheDisabled": True})
    client.on(
        "Network.responseReceived",
        lambda got: fonts.add(got["requestId"]) if "/fonts/" in got["response"]["url"] else None,
    )
    client.on(
        "Network.loadingFinished",
        lambda done: weights.update({done["requestId"]: done["encodedDataLength"]}),
    )
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).path))
    await page.goto(person.at(path))
    assert page.url == person.at(path)
    await page.wait_for_function("() => document.readyState === 'complete'")
    await page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length")
    await person.settled(page)
    # A worker begins beside the page, and nothing waits for it.
    scripts = {one for one in asked if one.endswith(".js") and not one.endswith("_worker.js")}
    named = await page.evaluate(
        "() => [...document.querySelectorAll('script[src], link[rel=modulepreload]')]"
        ".map((one) => new URL(one.src || one.href).pathname)"
    )
    assert scripts == set(named), f"{path}: its scripts are not asked for all at once"
    assert not any(one.endswith("/zh-CN.json") for one in asked), f"{path}: its sentences come after it"
    paint = await page.evaluate("() => performance.getEntriesByName('first-contentful-paint')[0].startTime")
    # Fonts come after the first paint and once a week; pages of staff have none.
    weight = sum(size for request, size in weights.items() if request not in fonts)
    assert 1000 < weight <= WEIGHT, path
    assert paint <= PAINT_MS, path
    return f"{path}: {weight // 1024} KB, first paint {paint:.0f} ms"


async def by_keyboard(page: Page, path: str) -> list[str]:
    """Everything that can be pressed or filled in is reached by Tab, and shows that it is."""
    wanted, presses = await page.evaluate(
        """() => {
            window.walked = [];
            const may = (one) => one.tabIndex >= 0 && !one.disabled && one.getClientRects().length
                && getComputedStyle(one).visibility !== "hidden";
            const kinds = "a[href], button, input, select, textarea, [tabindex]";
            const stops = [...document.querySelectorAll(kinds)].filter(may)
                .filter((one) => one.type !== "radio" || one.checked);
            stops.forEach((one, n) => { one.dataset.stop = n; });
            const seen = (one) => [one, one.closest("label"), one.nextElementSibling].some((part) => {
                const style = part && getComputedStyle(part);
                return style && ((style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0)
                    || style.boxShadow !== "none");
            });
            document.addEventListener("focusin", ({ target }) => {
                window.walked.push([target.dataset.stop, seen(target), target.outerHTML.slice(0, 120)]);
            });
            // A date is three stops and its calendar one.
            const dated = stops.filter((one) => ["date", "time"].includes(one.type)).length;
            return [stops.map((one) => one.outerHTML.slice(0, 120)), stops.length + 3 + 4 * dated];
        }"""
    )
    await page.evaluate("() => document.activeElement && document.activeElement.blur()")
    for _ in range(presses):
        await page.keyboard.press("Tab")
    walked = await page.evaluate("() => window.walked")
    reached = {int(stop) for stop, _, _ in walked if stop is not None}
    await page.evaluate("() => document.activeElement && document.activeElement.blur()")
    unseen = {one for _, seen, one in walked if not seen}
    return [
        *(f"{path}: not reached by Tab: {one}" for n, one in enumerate(wanted) if n not in reached),
        *(f"{path}: its focus cannot be seen: {one}" for one in unseen),
    ]


async def at_every_size(person: Person, page: Page, path: str) -> list[str]:
    """Nothing runs out of the page or of its button, at any size that the page is for."""
    wrong: list[str] = []
    sizes = SIZES | PHONE if path in ON_PHONES else SIZES
    name = path.strip("/").replace("/", "-")
    for size, (width, height) in reversed(sizes.items()):
        await page.set_viewport_size({"width": width, "height": height})
        await page.evaluate(STILL)
        wrong += [f"{path} at {size}: cut off: {one}" for one in await page.evaluate(CUT)]
        if size not in PHONE:
            wrong += [f"{path} at {size}: {one}" for one in await page.evaluate(LOST)]
        await person.picture(f"every-{name}-{size}", page)
        if size in ("phone", "small"):
            wrong += [f"{path} at {size}: {one}" for one in await axe(page)]
    wrong += await on_a_phone(page, path)
    width, height = SIZES["small"]
    await page.set_viewport_size({"width": width, "height": height})
    return wrong


async def on_a_phone(page: Page, path: str) -> list[str]:
    """Nobody who looks something up on the way through the hall has to move a page sideways."""
    width, height = POCKET["pocket"]
    await page.set_viewport_size({"width": width, "height": height})
    await page.evaluate(STILL)
    return [f"{path} on a phone: {one}" for one in await page.evaluate(WIDE)]


async def test_names_and_notices_are_text(tidy_hall: Hall, browser: Browser) -> None:
    """XSS: whatever a person may type comes back as text."""
    hall = tidy_hall
    async with somebody(hall, browser) as person:
        page = person.page
        await person.sign_in("admin", "/users")
        await page.click("#add")
        await page.fill("[name=name]", "evil.one")
        await page.fill("[name=person]", EVIL[:40])
        await page.click(".dialog .primary")
        await page.wait_for_selector(".secret")
        assert EVIL[:20] in await page.inner_text(".dialog h2")
        await page.keyboard.press("Escape")
        await page.wait_for_selector("#users tr:has-text('evil.one')")
        assert await page.evaluate("() => window.pwned") is None
        assert await page.locator("#users img").count() == 0
    await hall.post("lead", "notice", {"zh": EVIL, "en": EVIL})
    await hall.post("lead", "windows/1/pause", {"reason": EVIL, "contact": EVIL})
    async with somebody(hall, browser) as person:
        await person.sign_in("d01", "/call")
        await person.page.wait_for_selector("#queue:has-text('onerror')")
        assert await person.page.evaluate("() => window.pwned") is None
        assert await person.page.locator("#call img").count() == 0
    await hall.post("lead", "windows/1/resume")
    await hall.post("lead", "notice", {})


async def test_every_page_is_in_english_too(hall: Hall, browser: Browser) -> None:
    async with somebody(hall, browser, language="en") as person:
        await person.page.goto(person.at("/sign-in"))
        assert await person.page.inner_text("h1") == "Sign in"
        await person.sign_in("admin", "/users")
        await person.page.wait_for_selector("#users tr")
        await person.page.click("#language")
        await person.page.wait_for_selector("h2:has-text('账号')")
        assert await person.page.get_attribute("html", "lang") == "zh-CN"


async def busy(hall: Hall) -> None:
    """Have somebody in every queue, windows in every state, and something to tell the lead."""
    for queue in await hall.get("lead", "queues"):
        people = {"headcount": 30} if queue.get("headcount") else {}
        await hall.post("guide", "tickets", {"queue": queue["id"], **people})
    await hall.post("lead", "windows/1/call-next")
    await hall.post("lead", "windows/2/pause", {"reason": "送件到二楼", "minutes": 15, "contact": "导办台"})
    await hall.post("lead", "windows/3/logout")
    await hall.post("guide", "alerts/call-lead", {"place": "3 号窗口", "note": "群众情绪激动，请到现场"})
    await hall.post("lead", "notice", {"zh": "今天 15:00 后网络检修", "en": "Network maintenance from 3 pm"})


async def at_its_worst(route: Route) -> None:
    """What the overview says of an hour in which nothing goes well."""
    said = await (answer := await route.fetch()).json()
    for row in said["queues"]:
        row |= {"longest_s": 7_440, "long": True, "held": 12, "first": f"{row['queue']['prefix']}128"}
        row["queue"] |= {"waiting": 128, "wait": {"low": 105, "high": 150}}
    await route.fulfill(response=answer, json=said)


async def test_nothing_is_out_of_sight_on_the_smallest_desk(tidy_hall: Hall, browser: Browser) -> None:
    """With much to show and in long words: what lies beyond an edge is not looked for."""
    await busy(tidy_hall)
    wrong: list[str] = []
    for language, paths in (("en", tuple(STATES)), ("zh-CN", ("/overview", "/call", "/users"))):
        async with somebody(tidy_hall, browser, "small", language) as person:
            page = person.page
            await page.route("**/api/v1/overview", at_its_worst)
            await person.sign_in("admin")
            for path in paths:
                await page.goto(person.at(path))
                await person.settled(page)
                await person.picture(f"busy-{path.strip('/').replace('/', '-')}-{language}")
                for look in (CUT, LOST, BROKEN):
                    wrong += [f"{path} in {language}: {one}" for one in await page.evaluate(look)]
                wrong += await on_a_phone(page, f"{path} in {language}")
                await page.set_viewport_size({"width": SIZES["small"][0], "height": SIZES["small"][1]})
    await tidy_hall.post("lead", "windows/2/resume")
    await tidy_hall.post("lead", "notice", {})
    assert not wrong, "\n".join(wrong)


async def test_nowhere_outside_after_signing_in(hall: Hall, browser: Browser) -> None:
    """An address that was handed to somebody must not lead away from the hub."""
    for target in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        async with somebody(hall, browser) as person:
            await person.page.goto(person.at(f"/sign-in?next={target}"))
            await person.page.fill("[name=name]", "admin")
            await person.page.fill("[name=password]", hall.password)
            await person.page.click("#enter")
            await person.page.wait_for_url("**/home")


async def test_a_page_locks_and_its_work_goes_on(tidy_hall: Hall, person: Person) -> None:
    hall, page = tidy_hall, person.page
    number = await hall.take()
    await person.sign_in("d01", "/call")
    await page.wait_for_selector(f"#line li:has-text('{number}')")
    await press(page, "1")
    await page.wait_for_selector('#now[data-state="called"]')
    await page.keyboard.press("Alt+l")
    await page.wait_for_selector(".lock")
    await page.keyboard.press("3")
    await page.click("body", position={"x": 5, "y": 5})
    assert (await hall.get("lead", f"tickets/{number}"))["state"] == "called", "keys do nothing"
    await hall.press("1", "confirm")
    await page.fill(".lock input", "wrong")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".lock .wrong:not([hidden])")
    await page.fill(".lock input", hall.password)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".lock", state="detached")
    await page.wait_for_selector('#now[data-state="serving"]')
    await hall.post("lead", "windows/1/finish", {})


def test_sizes_are_those_of_halls() -> None:
    assert min(SIZES.values()) == (1024, 768)


async def test_manuals_are_searched_read_and_printed(hall: Hall, browser: Browser) -> None:
    async with somebody(hall, browser, "middle") as person:
        page = person.page
        await page.goto(person.at("/help"))
        await page.wait_for_selector(".help__cards")
        await person.picture("help")
        assert await axe(page) == []
        await page.keyboard.press("/")
        await page.keyboard.type("过号")
        await page.wait_for_selector("#found a")
        await person.picture("help-search")
        assert await axe(page) == []
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/help/*")
        await page.goto(person.at("/help/teller"))
        assert await axe(page) == []
        await person.picture("help-teller")
        # A page from its own link, and the one language that a person chose.
        await person.sign_in("admin", "/settings")
        link = page.locator(".top__facts a", has_text="帮助")
        assert await link.get_attribute("href") == "/help/technician#在页面上改设置"
        await page.goto(person.at("/help/teller"))
        await page.click("#language")
        await page.wait_for_selector("text=One citizen, from call to goodbye")


async def test_one_page_manuals_print_on_one_page(hall: Hall, browser: Browser) -> None:
    for language in ("zh-CN", "en"):
        async with somebody(hall, browser, "middle", language) as person:
            for name in ("teller", "guide"):
                await person.page.goto(person.at(f"/help/{name}"), wait_until="networkidle")
                printed = await person.page.pdf(format="A4")
                if SCREENS:
                    (Path(SCREENS) / f"{name}-{language}.pdf").write_bytes(printed)
                assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1, (name, language)
