from __future__ import annotations

import re

import msgspec
import pytest

from kioskd.access.roles import Role
from kioskd.hall.commands import Tick
from kioskd.hub.desk import SYSTEM
from kioskd.hub.privacy import IDENTITY_GROUP
from kioskd.journal.records import BEFORE_ALL
from kioskd.web.guesses import HALL_WINDOW_S, IN_HALL, PER_NUMBER, WINDOW_S, Guesses
from tests.web.conftest import Hall, Time


async def test_a_number_is_given(hall: Hall) -> None:
    answer = await hall.post("tickets", {"queue": "general"}, Role.KIOSK)
    assert answer.status == 201
    issued = answer.json
    assert issued["id"].startswith("t_")
    assert issued["number"] == "A001"
    assert issued["queue"] == "general"
    assert issued["services"] == []
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", issued["issued_at"])
    assert issued["ahead"] == 0
    assert issued["wait"]["low"] <= issued["wait"]["high"]
    assert issued["print"] == {"state": "asked"}
    assert issued["code"].startswith("c_")
    assert (await hall.ticket())["number"] == "A002"
    assert (await hall.ticket())["ahead"] == 2


async def test_services_choose_the_queue(hall: Hall) -> None:
    issued = await hall.ticket(queue=None, services=["pension", "medical"])
    assert (issued["queue"], issued["services"]) == ("general", ["pension", "medical"])


async def test_a_ticket_is_found_by_id_number_and_code(hall: Hall) -> None:
    issued = await hall.ticket()
    for name in (issued["id"], "A001", "a001", issued["code"]):
        view = (await hall.get(f"tickets/{name}", Role.GUIDE)).json
        assert (view["number"], view["id"], view["state"]) == ("A001", issued["id"], "waiting")
    assert (await hall.get("tickets/A999", Role.GUIDE)).code == "unknown_ticket"
    assert (await hall.get("tickets/t_nope", Role.GUIDE)).status == 404


async def test_the_public_sees_little_by_number_and_more_by_code(hall: Hall) -> None:
    await hall.ticket()
    issued = await hall.ticket(services=["pension"])
    by_number = (await hall.get("tickets/A002")).json
    assert set(by_number) <= {"number", "state", "ahead", "window", "wait"}
    assert by_number["ahead"] == 1
    by_code = (await hall.get(f"tickets/{issued['code']}")).json
    assert by_code["services"] == ["pension"]
    assert "id" not in by_code
    other = "1" if issued["code"].endswith("0") else "0"
    assert (await hall.get(f"tickets/{issued['code'][:-1]}{other}")).status == 404


async def test_the_public_acts_by_code_only(hall: Hall) -> None:
    issued = await hall.ticket()
    for name in ("A001", issued["id"]):
        answer = await hall.post(f"tickets/{name}/cancel")
        assert (answer.status, answer.code) == (403, "code_needed")
    answer = await hall.post(f"tickets/{issued['code']}/cancel")
    assert (answer.status, answer.json["state"]) == (200, "cancelled")


async def test_refusals_of_a_number(hall: Hall) -> None:
    async def refused(**body: object) -> tuple[int, str]:
        answer = await hall.post("tickets", body, Role.KIOSK)
        return answer.status, answer.code

    assert await refused(queue="nope") == (422, "unknown_queue")
    assert await refused(services=["nope"]) == (422, "unknown_service")
    assert await refused() == (400, "queue_or_services")
    assert await refused(queue="company") == (400, "headcount_needed")
    assert await refused(queue="general", priority="nope") == (422, "unknown_priority")
    for _ in range(3):
        await hall.ticket(queue="company", headcount=2)
    assert await refused(queue="company", headcount=2) == (409, "quota_reached")


async def test_one_person_one_number(hall: Hall) -> None:
    first = await hall.post("tickets", {"queue": "general", "identity": "11010119900101001x"}, Role.KIOSK)
    assert first.status == 201
    for written in (" 11010119900101001X ", "110101 19900101 001x", "１１０１０１１９９００１０１００１Ｘ"):
        again = await hall.post("tickets", {"queue": "general", "identity": written}, Role.KIOSK)
        assert again.code == "duplicate_person"
        assert again.json["params"]["number"] == "A001"
    other = await hall.post("tickets", {"queue": "general", "identity": "11010119900101002X"}, Role.KIOSK)
    assert other.status == 201
    stored = b"".join(event.body for event in hall.journal.read(BEFORE_ALL, 10_000))
    assert b"110101199001" not in stored


@pytest.mark.parametrize("nothing", ["  ", "\u0000", "--"])
async def test_a_reader_that_read_nothing_names_nobody(hall: Hall, nothing: str) -> None:
    refused = await hall.post("tickets", {"queue": "general", "identity": nothing}, Role.KIOSK)
    assert (refused.status, refused.code) == (400, "bad_value")
    assert refused.json["params"] == {"field": "identity"}


async def test_yesterdays_identities_cannot_be_recomputed(hall: Hall, time: Time) -> None:
    async def known_as(number: str) -> str:
        await hall.post("tickets", {"queue": "general", "identity": number}, Role.KIOSK)
        events = hall.journal.read(BEFORE_ALL, 10_000)
        issued = [event.body for event in events if event.kind == "ticket.issued"][-1]
        return str(msgspec.json.decode(issued)["identity"])

    first = await known_as("11010119900101001X")
    key = await hall.journal.secret(IDENTITY_GROUP)
    time.ms += 24 * 3600_000
    await hall.desk.submit(Tick(by=SYSTEM))
    assert await hall.journal.secret(IDENTITY_GROUP) != key
    assert await known_as("11010119900101001X") != first


async def test_the_ways_of_a_ticket(hall: Hall) -> None:
    await hall.login()
    issued = await hall.ticket(priority="elderly")
    path = f"tickets/{issued['id']}"
    assert (await hall.post(f"{path}/priority", {"confirmed": False}, Role.GUIDE)).json["priority_state"] == (
        "refused"
    )
    moved = await hall.post(f"{path}/move", {"queue": "special"}, Role.GUIDE)
    assert moved.json["queue"] == "special"
    changed = await hall.post(f"{path}/services", {"services": ["pension"]}, Role.TELLER)
    assert changed.json["services"] == ["pension"]
    voided = await hall.post(f"{path}/void", {"reason": "离开"}, Role.LEAD)
    assert voided.json["state"] == "voided"
    assert (await hall.post(f"{path}/void", {}, Role.LEAD)).code == "wrong_state"


async def test_a_no_show_returns(hall: Hall) -> None:
    await hall.login()
    issued = await hall.ticket()
    assert (await hall.post("windows/1/call-next", {}, Role.TELLER)).status == 200
    answer = await hall.post("windows/1/no-show", {}, Role.TELLER)
    assert answer.status == 200, answer.raw
    view = (await hall.get(f"tickets/{issued['code']}")).json
    assert (view["state"], view["can_return"]) == ("no_show", True)
    returned = await hall.post(f"tickets/A001-{issued['check']}/return", {}, Role.KIOSK)
    assert (returned.status, returned.json["state"]) == (200, "waiting")


async def test_a_rating_from_the_slip(hall: Hall) -> None:
    await hall.login()
    issued = await hall.ticket()
    path = f"tickets/{issued['code']}/rating"
    assert (await hall.post(path, {"level": 5})).code == "wrong_state"
    await hall.post("windows/1/call-next", {}, Role.TELLER)
    assert (await hall.post("windows/1/finish", {"rate": True}, Role.TELLER)).status == 200
    assert (await hall.post(path, {"level": 6})).code == "body_invalid"
    comment = "服务很好，谢谢"
    assert (await hall.post(path, {"level": 5, "comment": comment})).status == 204
    by_lead = (await hall.get("tickets/A001", Role.LEAD)).json
    by_teller = (await hall.get("tickets/A001", Role.TELLER)).json
    assert by_lead["ratings"][0]["level"] == 5
    assert "level" not in by_teller["ratings"][0]
    assert by_teller["ratings"][0]["state"] == "closed"
    events = hall.journal.read(BEFORE_ALL, 10_000)
    given = next(event for event in events if event.kind == "rating.given")
    assert comment.encode() not in given.body
    reference = given.body.decode().partition('"comment":"')[2].partition('"')[0]
    kept = hall.journal.private(reference.partition(" ")[0])
    assert kept is not None
    assert kept.data.decode() == comment
    assert reference.partition(" ")[2] == kept.digest()


async def test_paper_numbers_wait(hall: Hall) -> None:
    answer = await hall.post("paper-range", {"queue": "general", "first": 101, "last": 103}, Role.GUIDE)
    assert answer.status == 201, answer.raw
    assert [ticket["number"] for ticket in answer.json["tickets"]] == ["A101", "A102", "A103"]
    for first, last in ((5, 4), (1, 9999)):
        wrong = await hall.post("paper-range", {"queue": "general", "first": first, "last": last}, Role.GUIDE)
        assert wrong.status == 400


async def test_a_slip_again(hall: Hall, time: Time) -> None:
    await hall.ticket()
    assert (await hall.post("tickets/A001/reprint", {}, Role.GUIDE)).code == "print_pending"
    time.ms += 61_000
    again = await hall.post("tickets/A001/reprint", {}, Role.GUIDE)
    assert (again.status, again.json["print"]) == (200, {"state": "asked"})


async def test_a_technician_draws_test_numbers_only(hall: Hall) -> None:
    drawn = await hall.post("tickets", {"queue": "general", "test": True}, Role.TECHNICIAN)
    assert (drawn.status, drawn.json["number"]) == (201, "测001")
    refused = await hall.post("tickets", {"queue": "general"}, Role.TECHNICIAN)
    assert (refused.status, refused.code) == (403, "test_only")
    assert (await hall.ticket())["number"] == "A001"


# --- number and check code ----------------------------------------------------------------------


async def test_number_and_check_code_are_as_good_as_the_slip(hall: Hall) -> None:
    issued = await hall.ticket(services=["pension"])
    assert re.fullmatch(r"\d{4}", issued["check"])
    name = f"a001-{issued['check']}"
    view = (await hall.get(f"tickets/{name}")).json
    assert view["services"] == ["pension"]
    assert "id" not in view
    assert (await hall.get(f"tickets/{name}", Role.KIOSK)).json["id"] == issued["id"]
    answer = await hall.post(f"tickets/{name}/cancel", {}, Role.KIOSK)
    assert (answer.status, answer.json["state"]) == (200, "cancelled")


async def test_whoever_stands_at_the_kiosk_sees_only_the_place_of_a_number(hall: Hall) -> None:
    await hall.ticket()
    view = (await hall.get("tickets/A001", Role.KIOSK)).json
    assert set(view) <= {"number", "state", "ahead", "window", "wait"}
    for action in ("cancel", "return", "reprint"):
        answer = await hall.post(f"tickets/A001/{action}", {}, Role.KIOSK)
        assert (answer.status, answer.code) == (403, "code_needed")


async def test_guessing_a_check_code_is_of_no_use(hall: Hall) -> None:
    one, two = await hall.ticket(), await hall.ticket()
    wrong = f"{(int(one['check']) + 1) % 10000:04}"
    for _ in range(5):
        answer = await hall.get(f"tickets/A001-{wrong}")
        assert (answer.status, answer.code) == (403, "check_wrong")
    # Too many tries: now the right code is not believed either, by whichever route.
    assert (await hall.get(f"tickets/A001-{one['check']}")).code == "check_locked"
    answer = await hall.post(f"tickets/A001-{one['check']}/cancel", {}, Role.KIOSK)
    assert (answer.status, answer.code) == (429, "check_locked")
    # Nobody else's number and no slip is locked by that.
    assert (await hall.get(f"tickets/A002-{two['check']}")).status == 200
    assert (await hall.get(f"tickets/{one['code']}")).status == 200
    # A number that is not there says no more than a wrong code.
    assert (await hall.get("tickets/A999-0000")).code == "check_wrong"


async def test_the_check_code_is_not_kept_with_the_answer(hall: Hall) -> None:
    first = await hall.post("tickets", {"queue": "general"}, Role.KIOSK, key="k")
    again = await hall.post("tickets", {"queue": "general"}, Role.KIOSK, key="k")
    assert first.json["check"] == again.json["check"]


def test_tries_are_forgotten_after_a_while_and_when_one_was_right() -> None:
    now = 0.0
    guesses = Guesses(lambda: now)
    assert all(guesses.begin("A001") for _ in range(PER_NUMBER))
    assert not guesses.begin("A001")
    now = WINDOW_S - 1
    assert not guesses.begin("A001")
    now = WINDOW_S
    assert guesses.begin("A001")
    guesses.right("A001")
    for _ in range(100):
        assert guesses.begin("A002")
        guesses.right("A002")


def test_a_hall_full_of_guesses_is_locked_as_a_whole() -> None:
    now = 0.0
    guesses = Guesses(lambda: now)
    assert all(guesses.begin(f"A{at:03}") for at in range(IN_HALL))
    assert not guesses.begin("A900")
    now = HALL_WINDOW_S
    assert guesses.begin("A900")
