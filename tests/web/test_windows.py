from __future__ import annotations

import asyncio
from typing import Any

from kioskd.access.roles import Role
from kioskd.hall import commands
from kioskd.hub.desk import SYSTEM
from kioskd.web.naming import new_tickets
from tests.web.conftest import Hall


async def at(hall: Hall, action: str, body: Any = None, window: str = "1", **headers: str) -> Any:
    return await hall.post(f"windows/{window}/{action}", body, Role.TELLER, **headers)


async def test_the_next_ticket_is_called_with_its_reason(hall: Hall) -> None:
    await hall.login()
    issued = await hall.ticket()
    answer = await at(hall, "call-next")
    assert answer.status == 200
    assert answer.json["ticket"]["number"] == "A001"
    assert answer.json["ticket"]["id"] == issued["id"]
    assert answer.json["ticket"]["window"] == "1"
    assert answer.json["reason"]["code"] == "order.longest_wait"
    assert answer.json["reason"]["sentence"] == "等候最久（0 分钟）"


async def test_the_reason_names_things_in_the_readers_language(hall: Hall) -> None:
    await hall.login()
    await hall.ticket(priority="elderly")
    answer = await at(hall, "call-next", **{"Accept-Language": "en-GB,en;q=0.9"})
    assert answer.json["reason"]["sentence"] == "Elderly priority, credited 20 min, waited 0 min"
    assert answer.json["reason"]["params"]["priority"] == "elderly"


async def test_nothing_waiting_is_204_and_still_finishes_what_is_there(hall: Hall) -> None:
    await hall.login()
    assert (await at(hall, "call-next")).status == 204
    await hall.ticket()
    await at(hall, "call-next")
    await at(hall, "start")
    assert (await at(hall, "call-next")).status == 204
    assert (await hall.get("tickets/A001", Role.LEAD)).json["state"] == "finished"


async def test_a_stale_press_is_told_how_things_are(hall: Hall) -> None:
    await hall.login()
    first = await hall.ticket()
    await hall.ticket()
    await at(hall, "call-next", {"after": None})
    stale = await at(hall, "call-next", {"after": None})
    assert (stale.status, stale.code) == (409, "window_moved_on")
    assert stale.json["present"]["ticket"]["id"] == first["id"]
    await at(hall, "start", {"ticket": first["id"]})
    assert (await at(hall, "call-next", {"after": first["id"]})).json["ticket"]["number"] == "A002"
    assert (await at(hall, "finish", {"ticket": first["id"]})).code == "window_moved_on"


async def test_a_call_not_answered_is_asked_about(hall: Hall) -> None:
    await hall.login()
    await hall.ticket()
    await at(hall, "call-next")
    asked = await at(hall, "call-next")
    assert (asked.status, asked.code) == (409, "not_started")
    assert "A001" in asked.json["detail"]


async def test_a_day_at_a_window(hall: Hall) -> None:
    assert (await at(hall, "login", {"teller": "nobody"})).code == "unknown_teller"
    login = await at(hall, "login", {"teller": "li"})
    assert (login.json["teller"], login.json["state"]) == ("li", "open")
    for _ in range(6):
        await hall.ticket()
    await at(hall, "call-next")
    assert (await at(hall, "recall")).json["ticket"]["calls"] == 2
    assert (await at(hall, "start")).json["state"] == "serving"
    held = await at(hall, "hold", {"kind": "this_window"})
    assert "ticket" not in held.json
    back = await at(hall, "call", {"ticket": "A001"})
    assert back.json["reason"]["code"] == "order.by_hand"
    await at(hall, "start")
    finished = await at(hall, "finish", {"result": "supplement", "items": 2, "materials": 3})
    assert finished.json["state"] == "open"
    amended = await hall.post("tickets/A001/amend", {"items": 4}, Role.TELLER)
    assert (amended.json["items"], amended.json["materials"], amended.json["result"]) == (4, 3, "supplement")
    await at(hall, "call-next")
    assert (await at(hall, "requeue")).status == 200
    await at(hall, "call-next")
    assert (await at(hall, "transfer", {})).code == "one_target"
    assert (await at(hall, "transfer", {"to_queue": "special"})).status == 200
    await at(hall, "call-next")
    case = {"project_no": "X-2026-1", "task_name": "养老", "rate": True}
    done = await hall.post("windows/1/case", case, Role.INTEGRATOR)
    assert done.json["rating"].startswith("t_")
    paused = await at(hall, "pause", {"reason": "开会", "minutes": 10, "contact": "李明 12333"})
    assert (paused.json["state"], paused.json["pause"]["contact"]) == ("paused", "李明 12333")
    assert (await at(hall, "call-next")).code == "window_paused"
    assert (await at(hall, "resume")).json["state"] == "open"
    late = await at(hall, "pause", {"reason": "送件", "if_paused": True})
    assert (late.status, late.json["state"], late.json.get("pause")) == (200, "open", None)
    assert (await at(hall, "logout")).status == 200


async def test_a_held_ticket_is_woken(hall: Hall) -> None:
    await hall.login()
    issued = await hall.ticket()
    await at(hall, "call-next")
    await at(hall, "hold", {"kind": "until_woken"})
    woken = await hall.post(f"tickets/{issued['id']}/wake", {}, Role.GUIDE)
    assert (woken.status, woken.json["state"]) == (200, "waiting")


async def test_the_evaluate_key_asks_for_a_rating(hall: Hall) -> None:
    await hall.login()
    assert (await at(hall, "evaluate")).code == "nothing_to_rate"
    issued = await hall.ticket()
    await at(hall, "call-next")
    assert (await at(hall, "evaluate")).json["rating"] == issued["id"]
    assert (await hall.post(f"tickets/{issued['id']}/rating", {"level": 4}, Role.KIOSK)).status == 204


async def test_unknown_windows(hall: Hall) -> None:
    assert (await hall.get("windows/99")).code == "unknown_window"
    assert (await at(hall, "call-next", window="99")).code == "unknown_window"
    assert (await at(hall, "login", {"teller": "li"}, window="99")).status == 404


async def test_what_the_public_sees_of_windows(hall: Hall) -> None:
    await hall.login()
    await hall.ticket()
    await at(hall, "call-next")
    public = (await hall.get("windows/1")).json
    assert public == {"id": "1", "zone": "a", "state": "called", "number": "A001"}
    staff = {window["id"]: window for window in (await hall.get("windows", Role.TELLER)).json}
    assert staff["1"]["ticket"]["number"] == "A001"
    assert (staff["1"]["teller"], staff["1"]["waiting"]) == ("li", 0)


async def test_a_token_bound_to_a_window_commands_no_other(hall: Hall) -> None:
    _, secret = hall.site.tokens.add(Role.TELLER, "柜台一", window="1")
    hall.tokens[Role.TELLER] = secret
    await hall.login("1")
    other = await at(hall, "call-next", window="2")
    assert (other.status, other.code) == (403, "other_window")
    assert (await hall.get("windows/2", Role.TELLER)).status == 200


async def test_two_tellers_at_the_same_instant_never_get_one_ticket(hall: Hall) -> None:
    await hall.login("1", "li")
    await hall.login("2", "wang")
    for _ in range(1000):
        waiting = {await issued(hall), await issued(hall)}
        one, two = await asyncio.gather(at(hall, "call-next", window="1"), at(hall, "call-next", window="2"))
        called = {one.json["ticket"]["id"], two.json["ticket"]["id"]}
        assert called == waiting, "each has a ticket of its own, and nobody a third"
        for window in "12":
            await hall.desk.submit(commands.FinishTicket(by=SYSTEM, window=window))


async def issued(hall: Hall) -> str:
    """Give a number without the web in between."""
    ticket, code = next(new_tickets())
    await hall.desk.submit(commands.IssueTicket(by=SYSTEM, id=ticket, code=code, queue="general"))
    return ticket


async def test_two_tellers_and_one_ticket(hall: Hall) -> None:
    await hall.login("1", "li")
    await hall.login("2", "wang")
    for _ in range(20):
        await hall.ticket()
        answers = await asyncio.gather(at(hall, "call-next", window="1"), at(hall, "call-next", window="2"))
        assert sorted(answer.status for answer in answers) == [200, 204]
        winner = "1" if answers[0].status == 200 else "2"
        await at(hall, "finish", window=winner)
