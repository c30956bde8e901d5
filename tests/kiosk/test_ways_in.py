"""The other ways in: finding a service, one's own number, appointments, guides and staff."""

from __future__ import annotations

import pytest

from tests.kiosk.scenes import (
    BOOKING_PROBLEMS,
    CODE,
    DEVICES,
    GUIDE,
    TECHNICIAN,
    WRONG_CHECK,
    answer,
    appointment,
    hall,
    keys,
    place,
    play,
    press,
    scenes,
    services,
    ticket,
    whole,
)
from ui.kiosk.model.events import (
    AddService,
    Ask,
    AskAppointment,
    AskDevices,
    AskPlace,
    AskService,
    BookedSeen,
    CheckStaff,
    Choose,
    DevicesSeen,
    Do,
    Drop,
    EndHelp,
    Enter,
    Erase,
    FindServices,
    Found,
    Given,
    GoBack,
    GoHome,
    HallSeen,
    HubLost,
    Instead,
    Knock,
    Known,
    Open,
    People,
    Pick,
    PlaceSeen,
    Press,
    Pressed,
    ReallyCancel,
    Refused,
    Restart,
    Scanned,
    Show,
    ShowCheck,
    Slipped,
    StartAnew,
    Switch,
    SwitchLanguage,
    Take,
    Tick,
    Unanswered,
    Wish,
    Work,
    Worked,
    WorkOn,
)
from ui.kiosk.model.kiosk import (
    ANSWER_S,
    IDLE_S,
    LOST_S,
    NOTE_S,
    NUMBER_S,
    PRINT_S,
    STAFF_IDLE_S,
    TOLD_S,
    WARNING_S,
    Kiosk,
    Ways,
    shows_away,
    started,
)
from ui.kiosk.model.screens import (
    MOST_SERVICES,
    Asking,
    Booked,
    Confirm,
    Ease,
    Entry,
    Guide,
    Home,
    Maintenance,
    Mine,
    Number,
    Printing,
    Search,
    Sure,
    Told,
    Trouble,
    Waiting,
)
from ui.kiosk.model.staff import KNOCK_S, KNOCKS, LOCKED_S, WRONG_PINS
from ui.kiosk.model.step import step


def at_home() -> Kiosk:
    return play(started(Ways(), 0.0), HallSeen(hall(6)))


def scene(name: str) -> Kiosk:
    return scenes("zh", False)[name][0]


# --- finding a service --------------------------------------------------------------------------


def test_every_letter_asks_again_and_only_the_latest_answer_is_shown() -> None:
    kiosk, wish = step(at_home(), Pressed(Open("search")), 1.0)
    assert wish == FindServices(1, "")
    kiosk, wish = step(kiosk, Pressed(Press("T")), 1.0)
    kiosk, wish = step(kiosk, Pressed(Press("X")), 1.0)
    assert wish == FindServices(3, "TX")
    kiosk = play(kiosk, Found(2, services(9)))
    assert isinstance(kiosk.screen, Search)
    assert kiosk.screen.found is None
    kiosk = play(kiosk, Found(3, services(2)))
    assert isinstance(kiosk.screen, Search)
    assert kiosk.screen.found == services(2)
    kiosk, wish = step(kiosk, Pressed(Erase()), 1.0)
    assert wish == FindServices(4, "T")
    kiosk, wish = step(kiosk, Pressed(Erase(all=True)), 1.0)
    assert wish == FindServices(5, "")


def test_a_service_is_shown_whole_and_a_number_taken_for_it() -> None:
    listed = answer(press(at_home(), Open("search")), lambda n: Found(n, services()))
    kiosk, wish = step(listed, Pressed(Show("YL-003")), 1.0)
    assert wish == AskService(2, "YL-003")
    assert isinstance(kiosk.screen, Guide)
    assert not kiosk.screen.whole
    kiosk = play(kiosk, Found(2, (whole(),)))
    assert isinstance(kiosk.screen, Guide)
    assert kiosk.screen.service.materials
    assert press(kiosk, GoBack()).screen == listed.screen
    kiosk = press(kiosk, Pick())
    assert kiosk.screen == Confirm("general", services=(whole(),))
    _, wish = step(kiosk, Pressed(Take()), 1.0)
    assert isinstance(wish, Ask)
    assert (wish.queue, wish.services) == ("general", ("YL-003",))


def test_more_services_go_on_the_same_number() -> None:
    kiosk = scene("confirm-services")
    assert isinstance(kiosk.screen, Confirm)
    assert [one.code for one in kiosk.screen.services] == ["YL-003", "YL-012"]
    third = answer(press(kiosk, AddService()), lambda n: Found(n, services()))
    full = press(third, Show("YL-001"), Pick())
    assert isinstance(full.screen, Confirm)
    assert len(full.screen.services) == MOST_SERVICES
    assert press(full, AddService()) == full
    fewer = press(full, Drop("YL-012"))
    assert isinstance(fewer.screen, Confirm)
    assert [one.code for one in fewer.screen.services] == ["YL-003", "YL-001"]


def test_going_back_from_adding_keeps_what_was_chosen() -> None:
    before = scene("confirm-service")
    assert press(before, AddService(), GoBack()).screen == before.screen


def test_a_service_of_a_closed_queue_says_why() -> None:
    shut = play(at_home(), HallSeen(hall(6, closed=True)))
    listed = answer(press(shut, Open("search")), lambda n: Found(n, services()))
    kiosk = press(listed, Show("YL-003"), Pick())
    assert isinstance(kiosk.screen, Trouble)
    assert kiosk.screen.kind == "closed"


def test_a_catalogue_that_does_not_come_leads_home() -> None:
    kiosk = answer(press(at_home(), Open("search")), lambda n: Unanswered(n, certain=True))
    assert isinstance(kiosk.screen, Trouble)
    assert isinstance(press(kiosk, GoBack()).screen, Home)


# --- one's own number ---------------------------------------------------------------------------


def test_a_number_alone_shows_its_place_only() -> None:
    kiosk, wish = step(press(at_home(), Open("mine"), *keys("a012")), Pressed(Enter()), 1.0)
    assert wish == AskPlace(1, "A012", "zh")
    kiosk = play(kiosk, PlaceSeen(1, place(holds=False)))
    assert isinstance(kiosk.screen, Mine)
    assert not kiosk.screen.holds
    for what in ("return", "reprint", "cancel"):
        assert press(kiosk, Do(what)).screen == kiosk.screen
    assert press(kiosk, ShowCheck()).screen == Entry("check", number="A012")


@pytest.mark.parametrize("what", ["return", "reprint"])
def test_with_the_check_code_more_can_be_done(what: str) -> None:
    shown = scene("mine-missed")
    assert isinstance(shown.screen, Mine)
    assert shown.screen.name == "A012-4821"
    kiosk, wish = step(shown, Pressed(Do(what)), 1.0)  # type: ignore[arg-type]
    assert wish == AskPlace(kiosk.serial, "A012-4821", "zh", what)  # type: ignore[arg-type]
    kiosk = answer(kiosk, lambda n: PlaceSeen(n, place("waiting")))
    if what == "return":
        assert isinstance(kiosk.screen, Mine)
        assert kiosk.screen.done == "returned"
    else:
        assert isinstance(kiosk.screen, Printing)
        assert kiosk.screen.ticket.id == "t_1"


def test_a_number_is_given_up_only_when_asked_twice() -> None:
    kiosk = press(scene("mine"), Do("cancel"))
    assert isinstance(kiosk.screen, Sure)
    assert isinstance(press(kiosk, GoBack()).screen, Mine)
    kiosk, wish = step(kiosk, Pressed(ReallyCancel()), 1.0)
    assert isinstance(wish, AskPlace)
    assert wish.what == "cancel"
    kiosk = answer(kiosk, lambda n: PlaceSeen(n, place("cancelled")))
    assert isinstance(kiosk.screen, Told)
    assert play(kiosk, Tick(), now=1.0 + TOLD_S).pristine


def test_a_wrong_check_code_can_be_typed_again() -> None:
    kiosk = scene("check-wrong")
    assert isinstance(kiosk.screen, Trouble)
    assert kiosk.screen.detail == WRONG_CHECK["zh"].detail
    assert press(kiosk, GoBack()).screen == Entry("check", number="A012")


@pytest.mark.parametrize("text", ["c_0123456789abcdef", "https://hall.example/t/c_0123456789abcdef"])
def test_a_scanned_slip_shows_its_number(text: str) -> None:
    kiosk, wish = step(at_home(), Scanned(text), 1.0)
    assert wish == AskPlace(1, "c_0123456789abcdef", "zh")
    kiosk = play(kiosk, PlaceSeen(1, place("no_show")))
    assert isinstance(kiosk.screen, Mine)
    assert kiosk.screen.holds


def test_a_slip_is_read_wherever_the_kiosk_waits_for_somebody_and_nowhere_else() -> None:
    for name, (kiosk, now) in scenes("zh", False).items():
        after, wish = step(kiosk, Scanned("c_0123456789abcdef"), now)
        offers = not isinstance(kiosk.screen, Asking | Printing | Number | Waiting | Told | Maintenance)
        if name == "away":
            offers = False
        assert (wish is not None) == offers, name
        assert offers or after.screen == kiosk.screen


def test_an_answer_that_does_not_come_is_given_up() -> None:
    kiosk = press(at_home(), Open("mine"), *keys("A012"), Enter())
    kiosk = play(kiosk, Tick(), now=1.0 + ANSWER_S)
    assert isinstance(kiosk.screen, Trouble)
    assert press(kiosk, GoBack()).screen == Entry("number", "A012")


def test_what_was_typed_is_forgotten() -> None:
    kiosk = play(scene("my-check"), Tick(), now=1.0 + IDLE_S)
    kiosk = play(kiosk, Tick(), now=1.0 + IDLE_S + WARNING_S)
    assert kiosk.pristine
    assert "48" not in repr(kiosk)


# --- appointments -------------------------------------------------------------------------------


def typed_code() -> tuple[Kiosk, Wish | None]:
    return step(press(at_home(), Open("appointment"), *keys(CODE.lower())), Pressed(Enter()), 1.0)


def test_an_appointment_is_checked_in_by_code() -> None:
    kiosk, wish = typed_code()
    assert wish == AskAppointment(1, CODE, "zh")
    kiosk, wish = step(kiosk, BookedSeen(1, appointment()), 1.0)
    assert isinstance(wish, Ask)
    assert (wish.appointment, wish.queue, wish.services, wish.headcount) == (CODE, None, (), None)
    kiosk = answer(kiosk, lambda n: Given(n, ticket()))
    assert isinstance(kiosk.screen, Printing)
    assert kiosk.screen.booked == Booked(CODE, "09:30", "09:45")
    # The slip's state and time going on lose nothing of it.
    for after in (play(kiosk, Slipped("t_1", "done")), play(kiosk, Tick(), now=1.0 + PRINT_S)):
        assert isinstance(after.screen, Number)
        assert after.screen.booked == kiosk.screen.booked


def test_only_signs_of_a_code_can_be_typed() -> None:
    kiosk = press(at_home(), Open("appointment"), *keys("0O1Il-7 k测"))
    assert kiosk.screen == Entry("appointment", "7K")
    assert step(kiosk, Pressed(Enter()), 1.0)[1] is None, "it is not whole"
    assert press(kiosk, *keys("ABCDEFGHJ")).screen == Entry("appointment", "7KABCDEFG")


def test_a_queue_that_asks_for_people_asks_before_checking_in() -> None:
    kiosk, _ = typed_code()
    kiosk, wish = step(kiosk, BookedSeen(1, appointment("enterprise")), 1.0)
    assert wish is None
    assert kiosk.screen == Confirm("enterprise", booked=Booked(CODE, "09:30", "09:45"))
    assert press(kiosk, AddService()) == kiosk, "an appointment has its own services"
    _, wish = step(press(kiosk, People(10)), Pressed(Take()), 1.0)
    assert isinstance(wish, Ask)
    assert (wish.appointment, wish.queue, wish.headcount) == (CODE, None, 11)
    early, wish = step(typed_code()[0], BookedSeen(1, appointment("enterprise", when="early")), 1.0)
    assert isinstance(early.screen, Asking), "nobody is asked for anything before being sent away"
    assert isinstance(wish, Ask)


@pytest.mark.parametrize(
    ("name", "kind", "offer"),
    [
        ("early", "appointment_early", None),
        ("day", "appointment_day", None),
        ("late", "appointment_late", "ordinary"),
        ("past", "appointment_past", "ordinary"),
        ("cancelled", "appointment_cancelled", "ordinary"),
        ("used", "appointment_used", "mine"),
        ("unknown", "appointment_unknown", None),
        ("mistyped", "appointment_mistyped", None),
    ],
)
def test_why_an_appointment_gives_no_number_and_what_helps(name: str, kind: str, offer: str | None) -> None:
    shown = scene(f"appointment-{name}").screen
    assert isinstance(shown, Trouble)
    assert (shown.kind, shown.offer) == (kind, offer)
    assert shown.until == 1.0 + NOTE_S, "there is something to read"
    # The hub may say so at the first question or at the second.
    early = answer(typed_code()[0], lambda n: Refused(n, BOOKING_PROBLEMS[name]))
    assert isinstance(early.screen, Trouble)
    assert (early.screen.kind, early.screen.offer) == (kind, offer)


def test_late_for_an_appointment_an_ordinary_number_can_be_taken_at_once() -> None:
    kiosk, wish = step(scene("appointment-late"), Pressed(Instead()), 2.0)
    assert wish is None
    assert kiosk.screen == Confirm("general")
    _, wish = step(kiosk, Pressed(Take()), 2.0)
    assert isinstance(wish, Ask)
    assert (wish.queue, wish.appointment) == ("general", None)


def test_an_appointment_that_was_used_leads_to_its_number() -> None:
    _, wish = step(scene("appointment-used"), Pressed(Instead()), 2.0)
    assert isinstance(wish, AskPlace)
    assert (wish.name, wish.what) == ("A012", "look")


def test_a_code_that_was_mistyped_is_there_to_be_put_right() -> None:
    kiosk = answer(typed_code()[0], lambda n: Refused(n, BOOKING_PROBLEMS["mistyped"]))
    assert press(kiosk, GoBack()).screen == Entry("appointment", CODE)
    assert press(scene("quota"), Instead()) == scene("quota"), "nothing was offered there"


def test_what_is_scanned_and_is_nobodys_card_is_an_appointment() -> None:
    kiosk, wish = step(at_home(), Scanned("7KT-MA4-PRW"), 1.0)
    assert wish == CheckStaff(1, "7KT-MA4-PRW")
    kiosk, wish = step(kiosk, Known(1, None), 1.0)
    assert wish == AskAppointment(2, "7KT-MA4-PRW", "zh")
    kiosk, wish = step(kiosk, BookedSeen(2, appointment()), 1.0)
    assert isinstance(wish, Ask)
    assert wish.appointment == "7KT-MA4-PRW"
    assert step(at_home(), Scanned("两个字"), 1.0)[1] is None


def test_a_second_scan_is_read_where_the_first_failed() -> None:
    for name in ("appointment-mistyped", "appointment-unknown", "check-wrong"):
        _, wish = step(scene(name), Scanned("7KT-MA4-PRW"), 2.0)
        assert isinstance(wish, CheckStaff), name


# --- people of the hall -------------------------------------------------------------------------


def test_the_door_opens_for_who_knows_it() -> None:
    kiosk = press(at_home(), *[Knock()] * (KNOCKS - 1))
    assert isinstance(kiosk.screen, Home)
    assert isinstance(press(kiosk, Knock(), now=1.0 + KNOCK_S + 0.1).screen, Home)
    assert press(kiosk, Knock()).screen == Entry("pin")


def test_the_door_opens_without_a_hub_too() -> None:
    kiosk = play(at_home(), HubLost())
    assert shows_away(kiosk, 1.0 + LOST_S)
    kiosk = press(kiosk, *[Knock()] * KNOCKS, now=1.0 + LOST_S)
    assert kiosk.screen == Entry("pin")
    assert not shows_away(kiosk, 1.0 + LOST_S)
    assert press(kiosk, *keys("12"), now=1.0 + LOST_S).screen == Entry("pin", "12")


def test_a_guide_takes_numbers_for_others_until_they_leave() -> None:
    kiosk = scene("home-helped")
    assert (kiosk.helper, kiosk.screen) == (GUIDE, Home())
    asking, wish = step(press(kiosk, Choose("general")), Pressed(Take()), 1.0)
    assert isinstance(wish, Ask)
    assert wish.assisted_by == "g01"
    given = answer(asking, lambda n: Given(n, ticket(state="done")))
    again = play(given, Tick(), now=1.0 + NUMBER_S)
    assert (again.helper, again.screen) == (GUIDE, Home())
    gone = play(again, Tick(), now=1.0 + NUMBER_S + STAFF_IDLE_S)
    gone = play(gone, Tick(), now=1.0 + NUMBER_S + STAFF_IDLE_S + WARNING_S)
    assert gone.helper is None
    assert press(again, EndHelp()).helper is None


def test_wrong_pins_lock_the_door_for_a_while() -> None:
    kiosk = press(at_home(), *[Knock()] * KNOCKS)
    for _ in range(WRONG_PINS):
        assert isinstance(kiosk.screen, Entry)
        kiosk = answer(press(kiosk, *keys("0000"), Enter()), lambda n: Known(n, None))
        assert isinstance(kiosk.screen, Trouble)
        if kiosk.screen.back is not None:
            kiosk = press(kiosk, GoBack())
    assert isinstance(kiosk.screen, Trouble)
    assert kiosk.screen.kind == "pin_locked"
    # Going home forgets nothing of that.
    kiosk = press(kiosk, GoHome(), *[Knock()] * KNOCKS)
    assert isinstance(kiosk.screen, Trouble)
    kiosk = press(press(kiosk, GoHome(), now=2.0), *[Knock()] * KNOCKS, now=1.0 + LOCKED_S)
    assert kiosk.screen == Entry("pin")


def test_maintenance_tests_prints_and_restarts() -> None:
    kiosk, wish = step(press(scene("staff-pin"), *keys("57"), Enter()), Known(1, TECHNICIAN), 1.0)
    assert wish == AskDevices(2, "zh")
    kiosk = play(kiosk, DevicesSeen(2, DEVICES))
    kiosk, wish = step(kiosk, Pressed(Work("new_roll", "printer")), 1.0)
    assert wish == WorkOn(3, "printer", "new_roll", "zh")
    kiosk, wish = step(kiosk, Worked(3, True, "好"), 1.0)
    assert wish == AskDevices(4, "zh")
    assert isinstance(kiosk.screen, Maintenance)
    assert kiosk.screen.said == "好"
    # The slip on the new roll is out: whether it is clear is asked without a touch.
    kiosk, wish = step(kiosk, HallSeen(hall()), 1.0)
    assert wish == AskDevices(5, "zh")
    _, wish = step(kiosk, Pressed(Restart()), 1.0)
    assert wish == StartAnew()
    assert step(at_home(), Pressed(Restart()), 1.0)[1] is None
    assert play(kiosk, Tick(), now=1.0 + STAFF_IDLE_S).pristine


def test_maintenance_without_a_hub_says_so() -> None:
    kiosk = answer(
        play(press(scene("staff-pin"), *keys("57"), Enter()), Known(1, TECHNICIAN)),
        lambda n: Unanswered(n, certain=True),
    )
    assert isinstance(kiosk.screen, Maintenance)
    assert (kiosk.screen.devices, kiosk.screen.passed) == ((), False)


# --- easier to use ------------------------------------------------------------------------------


def test_ways_are_chosen_and_forgotten() -> None:
    kiosk = press(at_home(), Open("ease"), Switch("contrast"), Switch("low"), Switch("spoken", on=True))
    assert kiosk.screen == Ease()
    assert kiosk.ways == Ways(contrast=True, low=True, spoken=True)
    assert press(kiosk, Switch("spoken", on=True)).ways.spoken
    assert not press(kiosk, Switch("contrast")).ways.contrast
    kept = press(kiosk, SwitchLanguage(), GoBack(), Choose("general"))
    assert kept.ways == Ways("en", contrast=True, low=True, spoken=True)
    assert press(kept, GoHome()).ways == Ways()


def test_a_refusal_of_a_ticket_leads_back_to_it() -> None:
    kiosk = press(scene("mine-missed"), Do("return"))
    kiosk = answer(
        kiosk, lambda n: Refused(n, WRONG_CHECK["zh"].__class__(code="returned_before", detail="已恢复过"))
    )
    assert isinstance(kiosk.screen, Trouble)
    assert isinstance(press(kiosk, GoBack()).screen, Mine)
