from __future__ import annotations

import asyncio
from pathlib import Path

import apsw
import pytest

from kioskd.access.roles import Role
from kioskd.journal.records import BEFORE_ALL
from kioskd.web import tickets
from tests.web.conftest import Hall, Time, running

HOUR = 3600_000


def kinds(hall: Hall) -> list[str]:
    return [event.kind for event in hall.journal.read(BEFORE_ALL, 10_000)]


async def test_a_repeat_gets_the_first_answer(hall: Hall) -> None:
    first = await hall.post("tickets", {"queue": "general"}, Role.KIOSK, key="k")
    again = await hall.post("tickets", {"queue": "general"}, Role.KIOSK, key="k")
    assert (again.status, again.json) == (201, first.json)
    assert kinds(hall).count("ticket.issued") == 1


async def test_what_is_live_in_an_answer_is_fresh(hall: Hall) -> None:
    issued = (await hall.post("tickets", {"queue": "general"}, Role.KIOSK, key="k")).json
    await hall.post(f"tickets/{issued['code']}/cancel", {}, Role.KIOSK)
    again = (await hall.post("tickets", {"queue": "general"}, Role.KIOSK, key="k")).json
    assert again == issued
    kept = hall.journal.request(f"{kiosk_id(hall)} issueTicket k")
    assert kept is not None
    assert b"print" not in kept.response
    assert issued["code"].encode() not in kept.response
    assert b"check" not in kept.response


def kiosk_id(hall: Hall) -> str:
    return next(token.id for token in hall.site.tokens.tokens() if token.role is Role.KIOSK)


async def test_a_204_is_repeated_too(hall: Hall) -> None:
    await hall.login()
    assert (await hall.post("windows/1/call-next", {}, Role.TELLER, key="n")).status == 204
    await hall.ticket()
    assert (await hall.post("windows/1/call-next", {}, Role.TELLER, key="n")).status == 204
    assert (await hall.post("windows/1/call-next", {}, Role.TELLER, key="m")).status == 200


async def test_a_repeat_in_flight_joins_the_first(hall: Hall) -> None:
    answers = await asyncio.gather(
        *(hall.post("tickets", {"queue": "general"}, Role.KIOSK, key="k") for _ in range(12))
    )
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert kinds(hall).count("ticket.issued") == 1


async def test_the_same_key_for_something_else_is_refused(hall: Hall) -> None:
    await hall.post("tickets", {"queue": "general"}, Role.KIOSK, key="k")
    other = await hall.post("tickets", {"queue": "special"}, Role.KIOSK, key="k")
    assert (other.status, other.code) == (422, "key_reused")
    await hall.login()
    await hall.login("2", "wang")
    await hall.post("windows/1/call-next", {}, Role.TELLER, key="c")
    assert (await hall.post("windows/2/call-next", {}, Role.TELLER, key="c")).code == "key_reused"


async def test_how_a_body_is_written_does_not_matter(hall: Hall) -> None:
    first = await hall.post("tickets", {"queue": "general", "test": False}, Role.KIOSK, key="k")
    again = await hall.post("tickets", {"queue": "general"}, Role.KIOSK, key="k")
    assert again.json == first.json


async def test_keys_are_each_callers_own_and_each_routes(hall: Hall) -> None:
    one = await hall.post("tickets", {"queue": "general"}, Role.KIOSK, key="k")
    two = await hall.post("tickets", {"queue": "special"}, Role.GUIDE, key="k")
    assert (one.status, two.status) == (201, 201)
    assert (await hall.post(f"tickets/{one.json['code']}/cancel", {}, Role.KIOSK, key="k")).status == 200


async def test_the_public_shares_no_keys(hall: Hall) -> None:
    one, two = await hall.ticket(), await hall.ticket()
    first = await hall.post(f"tickets/{one['code']}/cancel", key="1")
    second = await hall.post(f"tickets/{two['code']}/cancel", key="1")
    assert (first.json["number"], second.json["number"]) == ("A001", "A002")


async def test_an_answer_that_cannot_be_worded_does_not_undo_what_was_done(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the test says so")

    monkeypatch.setattr(tickets, "time_of", broken)
    for _ in range(2):
        answer = await hall.post("tickets", {"queue": "general"}, Role.KIOSK, key="k")
        assert (answer.status, answer.code) == (500, "internal")
    monkeypatch.undo()
    assert (await hall.ticket())["number"] == "A002"
    assert kinds(hall).count("ticket.issued") == 2


async def test_a_refusal_is_not_kept(hall: Hall) -> None:
    refused = await hall.post("windows/1/evaluate", {}, Role.TELLER, key="k")
    assert refused.code == "nothing_to_rate"
    await hall.login()
    await hall.ticket()
    await hall.post("windows/1/call-next", {}, Role.TELLER)
    assert (await hall.post("windows/1/evaluate", {}, Role.TELLER, key="k")).status == 200


async def test_an_answer_outlives_a_restart(tmp_path: Path, time: Time) -> None:
    async with running(tmp_path, time) as hall:
        first = await hall.post("tickets", {"queue": "general"}, Role.KIOSK, key="k")
        secret = hall.tokens[Role.KIOSK]
    async with running(tmp_path, time) as hall:
        hall.tokens[Role.KIOSK] = secret
        again = await hall.post("tickets", {"queue": "general"}, Role.KIOSK, key="k")
        assert again.json == first.json
        assert (await hall.ticket())["number"] == "A002"


async def test_an_answer_is_kept_for_two_days(hall: Hall, time: Time) -> None:
    await hall.post("tickets", {"queue": "general"}, Role.KIOSK, key="k")
    time.ms += 47 * HOUR
    await hall.journal.purge(hall.desk.now().at)
    assert (await hall.post("tickets", {"queue": "special"}, Role.KIOSK, key="k")).code == "key_reused"
    time.ms += 2 * HOUR
    await hall.journal.purge(hall.desk.now().at)
    assert (await hall.post("tickets", {"queue": "general"}, Role.KIOSK, key="k")).code != "key_reused"


async def test_a_post_needs_a_key(hall: Hall) -> None:
    missing = await hall.post("tickets", {"queue": "general"}, Role.KIOSK, key=None)
    assert (missing.status, missing.code) == (400, "key_missing")
    for bad in ("x" * 201, " ", "é"):
        answer = await hall.post("tickets", {"queue": "general"}, Role.KIOSK, key=bad)
        assert (answer.status, answer.code) == (400, "key_invalid"), bad
    assert "ticket.issued" not in kinds(hall)


async def test_a_pairing_answer_is_never_kept(hall: Hall) -> None:
    code = hall.site.pairing.offer("window-9")
    first = await hall.post("stations/pair", {"code": code, "station": "window-9"}, key="p")
    assert first.status == 201
    assert (await hall.post("stations/pair", {"code": code, "station": "window-9"}, key="p")).status == 403


async def test_the_publics_keys_hold_no_code(hall: Hall, tmp_path: Path) -> None:
    code = (await hall.ticket())["code"]
    for _ in range(2):
        assert (await hall.post(f"tickets/{code}/cancel", {}, key="mine")).status == 200
    other = (await hall.ticket())["code"]
    assert (await hall.post(f"tickets/{other}/cancel", {}, key="mine")).status == 200, "one's own key each"
    connection = apsw.Connection(str(tmp_path / "journal.db"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        keys = [key for (key,) in connection.execute("SELECT key FROM request")]
    finally:
        connection.close()
    assert len([key for key in keys if key.startswith("public:")]) == 2
    assert not [key for key in keys if "c_" in key]
