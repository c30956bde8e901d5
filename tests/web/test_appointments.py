"""Checking in with a code, and who is expected."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from kioskd.access.roles import Role
from kioskd.hall.commands import BookAppointment, By, CancelAppointment
from kioskd.hub.answers import Done
from kioskd.hub.appointments import ALPHABET, RANDOM, appointment_digest, new_code, read_code
from kioskd.journal.records import BEFORE_ALL
from tests.web.conftest import Hall, Time

CITY = By(kind="system", id="central", role="central", via="sync")
TODAY = "2026-03-09"
MINUTE = 60_000
CODES = st.integers(0, 31**RANDOM - 1).map(new_code)


async def book(hall: Hall, number: int = 1, start: str = "08:10", end: str = "08:30") -> str:
    code = new_code(31**5 * number + 7)
    command = BookAppointment(
        by=CITY,
        id=f"a_{number}",
        code=appointment_digest(code),
        queue="general",
        services=("pension",),
        date=TODAY,
        start=start,
        end=end,
    )
    assert isinstance(await hall.desk.submit(command), Done)
    return code


@given(CODES)
def test_a_code_is_read_however_it_is_written(code: str) -> None:
    plain = code.replace("-", "")
    assert len(plain) == RANDOM + 1
    assert set(plain) <= set(ALPHABET)
    for typed in (code, plain, plain.lower(), f" {code} ", code.replace("-", " "), code.replace("-", "·")):
        assert read_code(typed) == plain
    assert appointment_digest(plain) == appointment_digest(code)
    for typed in ("", plain[:-1], plain + "A", "I" + plain[1:], "取" + plain[1:]):
        assert read_code(typed) is None


@given(CODES, st.data())
def test_no_single_slip_of_a_finger_is_another_code(code: str, data: st.DataObject) -> None:
    plain = code.replace("-", "")
    place = data.draw(st.integers(0, RANDOM))
    other = data.draw(st.sampled_from(ALPHABET).filter(lambda c: c != plain[place]))
    assert read_code(plain[:place] + other + plain[place + 1 :]) is None
    for left, right in itertools.combinations(range(RANDOM + 1), 2):
        swapped = list(plain)
        swapped[left], swapped[right] = swapped[right], swapped[left]
        if plain[left] != plain[right] and right - left == 1:
            assert read_code("".join(swapped)) is None


async def test_a_citizen_looks_and_checks_in(hall: Hall, time: Time) -> None:
    code = await book(hall)
    seen = (await hall.get(f"appointments/{code}", Role.KIOSK)).json
    assert seen == {
        "id": "a_1",
        "state": "booked",
        "when": "open",
        "queue": "general",
        "queue_name": seen["queue_name"],
        "services": ["pension"],
        "date": TODAY,
        "start": "08:10",
        "end": "08:30",
        "from": "07:55",
        "until": "08:45",
    }
    body = {"appointment": code.lower().replace("-", " "), "language": "en"}
    issued = await hall.post("tickets", body, Role.KIOSK, key="once")
    assert issued.status == 201
    assert (issued.json["number"], issued.json["appointment"]) == ("A001", "a_1")
    assert issued.json["services"] == ["pension"]
    again = await hall.post("tickets", body, Role.KIOSK, key="once")
    assert again.json["number"] == "A001"
    seen = (await hall.get("appointments/a_1", Role.GUIDE)).json
    assert (seen["state"], seen["number"]) == ("arrived", "A001")
    used = await hall.post("tickets", {"appointment": code}, Role.KIOSK)
    assert (used.status, used.code, used.json["params"]) == (409, "appointment_used", {"number": "A001"})


async def test_sentences_say_when_to_come_and_what_to_do(hall: Hall, time: Time) -> None:
    early, late = await book(hall, 1, "10:00", "10:20"), await book(hall, 2)
    answer = await hall.post("tickets", {"appointment": early}, Role.KIOSK)
    assert (answer.status, answer.code) == (409, "appointment_early")
    assert "2026-03-09 10:00–10:20" in answer.json["detail"]
    assert "09:45" in answer.json["detail"]
    time.ms += 46 * MINUTE
    answer = await hall.post("tickets", {"appointment": late}, Role.KIOSK)
    assert (answer.status, answer.code) == (409, "appointment_late")
    assert answer.json["params"] == {
        "date": TODAY,
        "start": "08:10",
        "end": "08:30",
        "from": "07:55",
        "until": "08:45",
        "queue": "general",
    }
    await hall.desk.submit(CancelAppointment(by=CITY, id="a_1"))
    assert (await hall.post("tickets", {"appointment": early}, Role.KIOSK)).code == "appointment_cancelled"


async def test_a_slip_of_the_finger_is_told_from_a_code_of_elsewhere(hall: Hall) -> None:
    for typed, mistyped in (("ABC-DEF-GHJ", True), (new_code(1), False), ("a_none", False)):
        answer = await hall.post("tickets", {"appointment": typed}, Role.KIOSK)
        assert (answer.status, answer.code) == (404, "appointment_unknown")
        assert answer.json["params"] == {"mistyped": mistyped}
        assert (await hall.get(f"appointments/{typed}", Role.KIOSK)).json["params"] == {"mistyped": mistyped}


async def test_staff_see_who_is_expected(hall: Hall, time: Time) -> None:
    await book(hall, 2, "09:00", "09:20")
    code = await book(hall, 1)
    await hall.post("tickets", {"appointment": "a_1"}, Role.GUIDE)
    listed = (await hall.get("appointments", Role.GUIDE)).json
    assert listed["date"] == TODAY
    assert [(each["id"], each["state"]) for each in listed["appointments"]] == [
        ("a_1", "arrived"),
        ("a_2", "booked"),
    ]
    assert (await hall.get("appointments?date=2026-03-10", Role.LEAD)).json["appointments"] == []
    assert code.replace("-", "") not in str(listed)


async def test_the_journal_holds_no_code(hall: Hall) -> None:
    code = await book(hall)
    await hall.post("tickets", {"appointment": code}, Role.KIOSK)
    plain = code.replace("-", "").encode()
    for event in hall.journal.read(BEFORE_ALL, 10_000):
        assert plain not in bytes(event.body)
