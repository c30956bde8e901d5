"""No dead end: whatever happens, in whatever order, the kiosk comes home by itself."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kiosk.scenes import (
    BOOKING_PROBLEMS,
    DEVICES,
    GUIDE,
    REFUSAL,
    TECHNICIAN,
    WRONG_CHECK,
    appointment,
    hall,
    place,
    play,
    scenes,
    services,
    ticket,
    whole,
)
from ui.kiosk.facts import Hall, Problem
from ui.kiosk.layout import next_look
from ui.kiosk.model.events import (
    AddService,
    Ask,
    AskDevices,
    BookedSeen,
    Choose,
    Claim,
    DevicesSeen,
    Do,
    Drop,
    EndHelp,
    Enter,
    Erase,
    Event,
    Found,
    Given,
    GoBack,
    GoHome,
    HallSeen,
    HubLost,
    Instead,
    Knock,
    Known,
    LookAgain,
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
    Stay,
    Switch,
    SwitchLanguage,
    SwitchLarge,
    Take,
    Tick,
    Touched,
    Turn,
    Unanswered,
    Wish,
    Work,
    Worked,
)
from ui.kiosk.model.kiosk import (
    ANSWER_S,
    IDLE_S,
    NOTE_S,
    PRINT_S,
    STAFF_IDLE_S,
    TROUBLE_S,
    WARNING_S,
    Kiosk,
    Ways,
    next_change,
    shows_away,
    started,
)
from ui.kiosk.model.step import step

HALL = hall(6)
LEAVES_BY_ITSELF_S = 2 * ANSWER_S + PRINT_S + NOTE_S + 2 * TROUBLE_S + IDLE_S + STAFF_IDLE_S + WARNING_S
CHANGES = 8


def at_home() -> Kiosk:
    return play(started(Ways(), 0.0), HallSeen(HALL))


actions = st.one_of(
    st.sampled_from([queue.id for queue in HALL.queues] + ["gone"]).map(Choose),
    st.sampled_from([None, "elderly", "gone"]).map(Claim),
    st.sampled_from([-10, -1, 1, 10]).map(People),
    st.sampled_from("0123456789ABCLMXtx测 \x00").map(Press),
    st.sampled_from(
        [Take(), GoHome(), GoBack(), SwitchLanguage(), SwitchLarge(), Stay(), Pick(), AddService(), Enter()]
    ),
    st.sampled_from([Switch("contrast"), Switch("low"), Switch("spoken", on=True), ShowCheck(), Instead()]),
    st.sampled_from([Erase(), Erase(all=True), Turn(1), Turn(-1), Knock(), EndHelp(), ReallyCancel()]),
    st.sampled_from([Open("ease"), Open("search"), Open("mine"), Open("appointment")]),
    st.sampled_from([Do("return"), Do("reprint"), Do("cancel"), LookAgain(), Restart()]),
    st.sampled_from([Work("test", "printer"), Work("new_roll", "printer"), Show("YL-003"), Drop("YL-003")]),
)
halls: st.SearchStrategy[Hall] = st.sampled_from(
    [HALL, hall(1), hall(6, closed=True), hall(0, priorities=False)]
)
serials = st.integers(0, 8)
states = st.sampled_from(["asked", "done", "failed", "unknown", "none"])
problems = st.sampled_from(
    [REFUSAL["zh"], WRONG_CHECK["zh"], Problem(code="internal"), *BOOKING_PROBLEMS.values()]
)
bookings = st.builds(
    appointment,
    st.sampled_from(["general", "enterprise", "gone"]),
    state=st.sampled_from(["booked", "arrived", "new one"]),
    when=st.sampled_from(["early", "open", "late"]),
)
events: st.SearchStrategy[Event] = st.one_of(
    actions.map(Pressed),
    st.sampled_from([Choose("general"), Take(), Open("search"), Knock()]).map(Pressed),
    st.sampled_from([Touched(), Tick(), HubLost()]),
    st.sampled_from(["c_0123456789abcdef", "https://hall.example/t/c_0123456789abcd", "YY20261122", "?"]).map(
        Scanned
    ),
    halls.map(HallSeen),
    st.builds(Given, serials, states.map(lambda state: ticket(state=state))),
    st.builds(Refused, serials, problems),
    st.builds(Unanswered, serials, st.booleans()),
    st.builds(Slipped, st.sampled_from(["t_1", "t_2"]), states, st.sampled_from(["", "paper", "jam"])),
    st.builds(Found, serials, st.sampled_from([(), services(3), services(), (whole(),)])),
    st.builds(
        PlaceSeen,
        serials,
        st.builds(
            place,
            st.sampled_from(["waiting", "called", "no_show", "finished", "new one"]),
            holds=st.booleans(),
        ),
    ),
    st.builds(BookedSeen, serials, bookings),
    st.builds(Known, serials, st.sampled_from([None, GUIDE, TECHNICIAN])),
    st.builds(DevicesSeen, serials, st.sampled_from([(), DEVICES])),
    st.builds(Worked, serials, st.booleans(), st.just("说明")),
)
happenings = st.lists(st.tuples(events, st.floats(0.0, 20.0)), max_size=25)
places = st.sampled_from([kiosk for kiosk, _ in scenes("zh", False).values()])


def after(kiosk: Kiosk, what: list[tuple[Event, float]], now: float) -> tuple[Kiosk, float]:
    for event, passed in what:
        now += passed
        kiosk, _ = step(kiosk, event, now)
    return kiosk, now


@given(places, happenings, st.booleans())
@settings(max_examples=400)
def test_left_alone_it_comes_home_from_anywhere(
    kiosk: Kiosk, what: list[tuple[Event, float]], hub: bool
) -> None:
    kiosk, now = after(kiosk, what, 1.0)
    if not hub:
        kiosk = play(kiosk, HubLost(), now=now)
    ends, changes = now + LEAVES_BY_ITSELF_S, 0
    while (moment := next_change(kiosk)) is not None:
        now = max(now, moment)
        assert now <= ends
        changes += 1
        assert changes <= CHANGES
        kiosk, wish = step(kiosk, Tick(), now)
        assert wish is None
    assert kiosk.pristine
    assert kiosk.warned_until is None


@given(places, happenings)
@settings(max_examples=200)
def test_what_is_due_is_done_and_looks_are_never_in_the_past(
    kiosk: Kiosk, what: list[tuple[Event, float]]
) -> None:
    now = 1.0
    for event, passed in what:
        now += passed
        kiosk, _ = step(kiosk, event, now)
        due = next_change(kiosk)
        assert due is None or due > now - 1e-9 or play(kiosk, Tick(), now=now) != kiosk
        assert now <= next_look(kiosk, now) <= now + 60.0


@given(happenings)
@settings(max_examples=300)
def test_time_alone_never_asks_and_serials_never_repeat(what: list[tuple[Event, float]]) -> None:
    now, kiosk, asked = 1.0, at_home(), []
    for event, passed in what:
        now += passed
        kiosk, wish = step(kiosk, event, now)
        if wish is None:
            continue
        # Only people ask; an answer leads to the next question for staff and for what was scanned.
        live = isinstance(event, HallSeen) and isinstance(wish, AskDevices)
        assert live or isinstance(event, Pressed | Scanned | Known | Worked | BookedSeen)
        if isinstance(wish, Ask):
            assert event == Pressed(Take()) or (isinstance(event, BookedSeen) and wish.appointment)
        if not isinstance(wish, StartAnew):
            asked.append(serial(wish))
    assert asked == sorted(set(asked))


def serial(wish: Wish) -> int:
    assert not isinstance(wish, StartAnew)
    return wish.serial


def test_a_hall_that_is_not_ready_offers_nothing() -> None:
    kiosk = play(at_home(), HallSeen(Hall(position="0.0", at="2026-11-22T09:41:00+08:00")))
    assert shows_away(kiosk, 1.0)
    assert shows_away(replace(kiosk, hall=None), 1.0)
