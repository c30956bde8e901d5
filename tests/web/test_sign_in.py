"""Sessions over HTTP: what a browser is given, what it may do, and what others may not do with it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from kioskd.access.notes import Notes
from kioskd.access.roles import Role
from kioskd.hall.events import AuditNoted
from kioskd.journal.records import BEFORE_ALL
from kioskd.web.settings import WebSettings
from tests.web.conftest import Hall, Time, eventually, running
from tests.web.people import PASSWORD, Browser, add_person

NOW = "2026-03-09T08:00:00.000+08:00"
"""The hall's time, as a page shows it whatever its PC's clock says."""


@pytest.fixture
async def browser(hall: Hall) -> AsyncIterator[Browser]:
    add_person(hall, "li", Role.TELLER, "li")
    add_person(hall, "chen", Role.LEAD)
    add_person(hall, "boss", Role.ADMIN)
    async with Browser(hall) as browser:
        yield browser


async def audit(hall: Hall) -> list[AuditNoted]:
    """Everything noted so far, from the journal."""
    while await hall.site.audit.carry():
        pass
    from kioskd.hall.codec import decode

    found = []
    after = BEFORE_ALL
    while page := hall.journal.read(after, 500):
        for stored in page:
            event = decode(stored.kind, stored.version, stored.body)
            if isinstance(event, AuditNoted):
                found.append(event)
        after = page[-1].position
    return found


async def read_out(stream: aiohttp.ClientResponse) -> None:
    """Read a stream to its end, which the hub makes."""
    async with asyncio.timeout(30):
        with contextlib.suppress(aiohttp.ClientPayloadError):
            while await stream.content.read(1024):
                pass
    stream.close()


async def test_a_teller_signs_in_and_works_at_a_window(hall: Hall, browser: Browser) -> None:
    session = await browser.sign_in("li")
    assert session == {
        "state": "open",
        "at": NOW,
        "name": "li",
        "person": "P li",
        "role": "teller",
        "teller": "li",
        "csrf": browser.csrf,
        "idle_s": 900,
    }
    await hall.ticket()
    assert (await browser.post("windows/1/login", {"teller": "li"})).status == 200
    assert (await browser.get("session")).json["window"] == "1"
    called = await browser.post("windows/1/call-next", {"after": None})
    assert called.json["ticket"]["number"] == "A001"
    assert (await browser.get("windows/1")).json["ticket"]["teller"] == "li"


async def test_the_cookie_is_the_browsers_alone(hall: Hall, browser: Browser) -> None:
    answer = await browser.post("session", {"name": "li", "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("kioskd_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/" in cookie
    assert "Max-Age" not in cookie
    assert browser.cookie not in answer.raw.decode()


async def test_a_session_planted_beforehand_is_worth_nothing(hall: Hall, browser: Browser) -> None:
    """Fixation: whoever gave the browser a cookie before must not share the session after."""
    async with Browser(hall) as thief:
        await thief.sign_in("li")
        planted = thief.cookie
        browser.session.cookie_jar.update_cookies({"kioskd_session": planted}, response_url=_url(hall))
        browser.csrf = thief.csrf
        await browser.sign_in("chen")
        assert browser.cookie != planted
        assert (await thief.get("session")).json == {"state": "none", "at": NOW}
        assert (await thief.get("alerts")).code == "session_over"
    async with Browser(hall) as other:
        other.session.cookie_jar.update_cookies({"kioskd_session": "made-up"}, response_url=_url(hall))
        assert (await other.post("session", {"name": "li", "password": PASSWORD})).status == 200
        assert other.cookie != "made-up"


def _url(hall: Hall) -> Any:
    from yarl import URL

    return URL(hall.url)


async def test_another_site_cannot_use_the_cookie(hall: Hall, browser: Browser) -> None:
    """CSRF: the cookie alone changes nothing."""
    await browser.sign_in("chen")
    for answer in (
        await browser.post("notice", {"zh": "x"}, Origin="https://evil.example"),
        await browser.post("notice", {"zh": "x"}, Origin="null"),
        await browser.post("notice", {"zh": "x"}, without=("Origin",)),
    ):
        assert (answer.status, answer.code) == (403, "origin_refused")
    for answer in (
        await browser.post("notice", {"zh": "x"}, without=("X-CSRF-Token",)),
        await browser.post("notice", {"zh": "x"}, **{"X-CSRF-Token": "guess"}),
        await browser.post("notice", {"zh": "x"}, **{"X-CSRF-Token": "é"}),
    ):
        assert (answer.status, answer.code) == (403, "csrf_refused")
    async with browser.session.post(
        hall.at("notice"),
        data='{"zh":"x"}',
        headers={"Content-Type": "text/plain", "Origin": hall.url, "X-CSRF-Token": browser.csrf},
    ) as response:
        assert response.status in (400, 415)
    assert (await hall.get("hall")).json.get("notice") is None
    assert (await browser.post("notice", {"zh": "x"})).status == 204


async def test_an_allowed_origin_of_a_business_system_is_none_of_ours(tmp_path: Path, time: Time) -> None:
    settings = WebSettings(origins=("https://desk.example",))
    async with running(tmp_path, time, settings=settings) as hall:
        add_person(hall, "chen", Role.LEAD)
        async with Browser(hall) as browser:
            await browser.sign_in("chen")
            answer = await browser.post("notice", {"zh": "x"}, Origin="https://desk.example")
            assert answer.code == "origin_refused"


async def test_wrong_passwords_and_a_leads_unlock(hall: Hall, browser: Browser) -> None:
    await browser.sign_in("chen")
    async with Browser(hall) as guesser:
        codes = []
        for _ in range(6):
            answer = await guesser.post("session", {"name": "li", "password": "x"})
            codes.append((answer.status, answer.code))
        assert codes == [(403, "sign_in_wrong")] * 4 + [(429, "sign_in_closed")] * 2
        assert answer.headers["Retry-After"] == "60"
        assert "60 秒" in answer.json["detail"]
        assert (await guesser.post("session", {"name": "li", "password": PASSWORD})).status == 429
        assert next(u for u in (await browser.get("users")).json if u["name"] == "li")["closed_s"] == 60
        assert (await browser.post("users/li/unlock")).status == 204
        assert (await guesser.post("session", {"name": "li", "password": PASSWORD})).status == 200


async def test_a_pc_that_is_shut_out_is_seen_and_let_in(hall: Hall, browser: Browser) -> None:
    """Five wrong passwords of anybody's keep everybody at that PC out: no account shows it."""
    add_person(hall, "sun", Role.TELLER)
    await browser.sign_in("chen")
    assert (await browser.get("closed-addresses")).json == []
    good = {"name": "sun", "password": PASSWORD}
    async with Browser(hall) as pc:
        for n in range(5):
            await pc.post("session", {"name": f"nobody{n}", "password": "x"})
        assert (await pc.post("session", good)).code == "sign_in_closed"
        assert not any("closed_s" in user for user in (await browser.get("users")).json)
        closed = (await browser.get("closed-addresses")).json
        assert [one["closed_s"] for one in closed] == [60]
        assert (await browser.post("closed-addresses/open")).status == 204
        assert (await browser.get("closed-addresses")).json == []
        assert (await pc.post("session", good)).status == 200
    noted = [event for event in await audit(hall) if event.action == "account.addresses_unlocked"]
    assert [(event.by.id, event.params["addresses"]) for event in noted] == [("chen", closed[0]["address"])]


@pytest.mark.parametrize("act", ["reset", "enable", "unlock"])
async def test_whoever_is_let_in_gets_in_at_their_pc(hall: Hall, browser: Browser, act: str) -> None:
    """What was forgotten was the account's only: the new password was refused where they had tried."""
    await browser.sign_in("boss")
    async with Browser(hall) as pc:
        for _ in range(5):
            await pc.post("session", {"name": "li", "password": "x"})
        if act == "enable":
            await browser.post("users/li/disable")
        answer = await browser.post(f"users/li/{act}")
        password = answer.json["password"] if act == "reset" else PASSWORD
        assert (await pc.post("session", {"name": "li", "password": password})).status == 200


async def test_a_locked_page_may_do_no_more_than_the_public(hall: Hall, browser: Browser) -> None:
    await browser.sign_in("chen")
    stream = await browser.session.get(hall.at("events"))
    assert (await browser.post("session/lock")).status == 204
    await read_out(stream)
    assert (await browser.get("session")).json["state"] == "locked"
    for answer in (await browser.get("alerts"), await browser.post("notice", {"zh": "x"})):
        assert (answer.status, answer.code) == (401, "session_locked")
    assert "ticket" not in (await browser.get("windows/1")).json
    assert (await browser.get("/users")).url == "/sign-in?next=/users"
    wrong = await browser.post("session/unlock", {"password": "x"})
    assert (wrong.status, wrong.code) == (403, "own_password_wrong")
    assert "用户名" not in wrong.json["detail"], "none was asked for"
    assert (await browser.post("session/unlock", {"password": PASSWORD})).json["state"] == "open"
    assert (await browser.get("alerts")).status == 200


async def test_duty_and_the_ticket_in_hand_outlive_the_page(hall: Hall, browser: Browser) -> None:
    await browser.sign_in("li")
    await hall.ticket()
    await browser.post("windows/1/login", {"teller": "li"})
    await browser.post("windows/1/call-next", {})
    await browser.post("session/lock")
    assert (await hall.get("windows/1", Role.LEAD)).json["teller"] == "li"
    await browser.post("session/unlock", {"password": PASSWORD})
    await browser.post("session/end")
    window = (await hall.get("windows/1", Role.LEAD)).json
    assert (window["teller"], window["number"], window["state"]) == ("li", "A001", "called")


async def test_a_stream_ends_with_its_account(hall: Hall, browser: Browser) -> None:
    await browser.sign_in("li")
    stream = await browser.session.get(hall.at("events"))
    async with Browser(hall) as admin:
        await admin.sign_in("boss")
        assert (await admin.post("users/li/disable")).status == 204
    await read_out(stream)
    assert (await browser.get("alerts")).code == "session_over"


async def test_signing_out(hall: Hall, browser: Browser) -> None:
    await browser.sign_in("li")
    kept = browser.cookie
    answer = await browser.post("session/end")
    assert answer.status == 204
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    headers = {"Cookie": f"kioskd_session={kept}"}
    async with hall.session.get(hall.at("session"), headers=headers) as response:
        assert await response.json() == {"state": "none", "at": NOW}
    assert (await browser.post("session/end")).status == 204


async def test_a_one_time_password_must_be_changed_first(hall: Hall, browser: Browser) -> None:
    await browser.sign_in("boss")
    body = {"name": "Wang", "person": "王", "role": "lead", "teller": "wang"}
    made = await browser.post("users", body)
    assert made.status == 201
    async with Browser(hall) as fresh:
        session = await fresh.sign_in("wang", made.json["password"])
        assert session["state"] == "password"
        assert (await fresh.get("alerts")).code == "password_change_needed"
        assert (await fresh.get("/users")).url == "/password?next=/users"
        change = {"old": made.json["password"], "new": "weak"}
        wrong = await fresh.post("session/password", {**change, "old": "x"})
        assert (wrong.status, wrong.code) == (403, "own_password_wrong")
        weak = await fresh.post("session/password", change)
        assert (weak.status, weak.code) == (422, "password_weak")
        before = fresh.cookie
        changed = await fresh.post("session/password", {**change, "new": "Autumn-Wind-3"})
        assert changed.json["state"] == "open"
        assert fresh.cookie != before
        assert (await fresh.get("alerts")).status == 200


async def test_a_teller_is_nobody_else(hall: Hall, browser: Browser) -> None:
    await browser.sign_in("li")
    other = await browser.post("windows/1/login", {"teller": "wang"})
    assert (other.status, other.code) == (403, "other_teller")
    await hall.login("2", "wang")
    await hall.ticket()
    for window in ("1", "2"):
        answer = await browser.post(f"windows/{window}/call-next", {})
        assert (answer.status, answer.code) == (403, "not_your_window"), window
    assert (await browser.post("windows/2/logout")).code == "not_your_window"
    assert (await browser.post("windows/99/pause")).code == "unknown_window"


async def test_accounts_are_an_admins(hall: Hall, browser: Browser) -> None:
    await browser.sign_in("boss")
    body = {"person": "新", "role": "guide", "teller": None}
    made = await browser.post("users", {"name": "new", **body})
    assert made.json["name"] == "new"
    assert (await browser.post("users", {"name": "new", **body})).code == "account_name_taken"
    assert (await browser.post("users", {"name": "x", **body})).code == "body_invalid"
    assert (await browser.post("users/new/change", {**body, "teller": "zz"})).code == "unknown_teller"
    assert (await browser.post("users/new/change", {**body, "role": "lead"})).status == 204
    assert (await browser.post("users/new/disable")).status == 204
    assert (await browser.post("users/new/enable")).status == 204
    reset = await browser.post("users/new/reset")
    assert reset.json["password"] not in (made.json["password"], "")
    assert (await browser.post("users/boss/disable")).code == "last_admin"
    assert (await browser.post("users/none/disable")).status == 404
    names = {user["name"]: user["role"] for user in (await browser.get("users")).json}
    assert names == {"li": "teller", "chen": "lead", "boss": "admin", "new": "lead"}


async def test_the_journal_tells_who_did_what(hall: Hall, browser: Browser) -> None:
    await browser.post("session", {"name": "li", "password": "x"})
    await browser.sign_in("boss")
    await browser.get("users")
    await browser.post("users/li/disable")
    await browser.post("session/end")
    noted = [
        (event.action, event.subject, event.by.id, event.by.via)
        for event in await audit(hall)
        if event.by.id != "tests"
    ]
    assert sorted(noted) == [
        ("account.disabled", "li", "boss", "page"),
        ("account.list_viewed", "", "boss", "page"),
        ("account.sign_in_failed", "li", "unknown", "page"),
        ("account.signed_in", "boss", "boss", "page"),
        ("account.signed_out", "boss", "boss", "page"),
    ]
    again = await audit(hall)
    assert len(again) == len({(event.action, event.subject, event.wall) for event in again}), "each once"
    await eventually(lambda: not Notes(hall.site.tokens.database).pending())


async def test_notes_wait_while_the_journal_does_not_take_them(hall: Hall, browser: Browser) -> None:
    from kioskd.journal.errors import NotSaved

    kept = hall.site.desk.submit

    async def closed(*_: Any, **__: Any) -> Any:
        raise NotSaved("disk_full", "full")

    hall.site.desk.submit = closed  # type: ignore[method-assign]
    await browser.sign_in("boss")
    with pytest.raises(NotSaved):
        await hall.site.audit.carry()
    hall.site.desk.submit = kept  # type: ignore[method-assign]
    assert "account.signed_in" in [event.action for event in await audit(hall)]


async def test_guessing_is_done_a_few_at_a_time(hall: Hall, browser: Browser) -> None:
    hall.site.hashing.most_waiting = 3
    answers = await asyncio.gather(
        *(browser.post("session", {"name": f"n{n}", "password": "x"}) for n in range(12))
    )
    codes = {answer.code for answer in answers}
    assert "too_many_attempts" in codes
    assert codes <= {"too_many_attempts", "sign_in_wrong", "sign_in_closed"}
    assert hall.site.hashing.waiting == 0


async def test_passwords_cross_the_network_encrypted_only(
    hall: Hall, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kioskd.web import session

    monkeypatch.setattr(session, "is_private", lambda request: False)
    answer = await browser.post("session", {"name": "li", "password": PASSWORD})
    assert (answer.status, answer.code) == (403, "https_needed")


@pytest.mark.parametrize(
    ("remote", "private"),
    [("127.0.0.1", True), ("::1", True), ("10.0.0.5", False), ("fe80::1%eth0", False), (None, False)],
)
def test_what_is_private(remote: str | None, private: bool) -> None:
    from types import SimpleNamespace

    from kioskd.web.security import is_private

    assert is_private(SimpleNamespace(secure=False, remote=remote)) is private  # type: ignore[arg-type]
    assert is_private(SimpleNamespace(secure=True, remote=remote))  # type: ignore[arg-type]


async def test_pages_say_who_and_nothing_more(hall: Hall, browser: Browser) -> None:
    await browser.sign_in("boss")
    page = await browser.get("/users")
    assert page.status == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert browser.cookie not in page.raw.decode()
    assert (await browser.get("/call")).status == 200
    refused = await browser.get("/users", **{"Accept-Language": "en"})
    assert 'lang="en"' in refused.raw.decode()


async def test_names_are_text_on_pages(hall: Hall, browser: Browser) -> None:
    """XSS: a name in the frame and in the data that a page begins with."""
    evil = "</script><img src=x onerror=alert(1)>"
    add_person(hall, "evil", Role.LEAD, person=evil)
    await browser.sign_in("evil")
    page = (await browser.get("/users")).raw.decode()
    assert "<img" not in page
    assert page.count("</script>") == page.count("<script") == 2
    assert "&lt;/script&gt;&lt;img" in page


async def test_a_stream_that_locks_by_itself_ends(
    hall: Hall, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.sign_in("li")
    stream = await browser.session.get(hall.at("events"))
    await eventually(lambda: len(hall.site.followers.holders()) == 1)
    (known,) = hall.site.sessions._known.values()
    known.active -= 16 * 60_000
    hall.site.end_streams()
    await read_out(stream)
    assert (await browser.get("alerts")).code == "session_locked"


@pytest.mark.parametrize(("secure", "name"), [(True, "__Host-kioskd_session"), (False, "kioskd_session")])
def test_over_tls_nobody_else_can_set_the_cookie(secure: bool, name: str) -> None:
    from types import SimpleNamespace

    from kioskd.web.security import cookie_name

    assert cookie_name(SimpleNamespace(secure=secure)) == name  # type: ignore[arg-type]
