"""The way of one ticket: what each touch does, what goes wrong, and the idle screen."""

from __future__ import annotations

from tests.kiosk.scenes import REFUSAL, hall, play, ticket
from ui.kiosk.facts import Problem
from ui.kiosk.model.events import (
    Ask,
    Choose,
    Claim,
    Given,
    HallSeen,
    HubLost,
    People,
    Pressed,
    Refused,
    Slipped,
    Stay,
    SwitchLanguage,
    SwitchLarge,
    Take,
    Tick,
    Unanswered,
)
from ui.kiosk.model.kiosk import (
    ANSWER_S,
    IDLE_S,
    LOST_S,
    NOTE_S,
    NUMBER_S,
    PRINT_S,
    WARNING_S,
    Kiosk,
    Ways,
    next_change,
    shows_away,
    started,
)
from ui.kiosk.model.screens import Asking, Confirm, Home, Number, Printing, Trouble
from ui.kiosk.model.step import step

HALL = hall(6)


def at_home() -> Kiosk:
    return play(started(Ways(), 0.0), HallSeen(HALL))


def asked(queue: str = "general") -> Kiosk:
    return play(at_home(), Pressed(Choose(queue)), Pressed(Take()))


# --- the way of one ticket ----------------------------------------------------------------------


def test_two_touches_ask_for_a_number() -> None:
    kiosk, question = step(at_home(), Pressed(Choose("general")), 1.0)
    assert kiosk.screen == Confirm("general")
    assert question is None
    kiosk, question = step(kiosk, Pressed(Take()), 2.0)
    assert isinstance(kiosk.screen, Asking)
    assert isinstance(question, Ask)
    assert (question.queue, question.priority, question.headcount) == ("general", None, None)
    assert (question.language, question.large, question.serial) == ("zh", False, 1)


def test_a_second_touch_on_take_asks_nothing_more() -> None:
    kiosk, question = step(asked(), Pressed(Take()), 1.1)
    assert question is None
    assert isinstance(kiosk.screen, Asking)


def test_options_go_with_the_question() -> None:
    kiosk = play(
        at_home(),
        Pressed(SwitchLanguage()),
        Pressed(SwitchLarge()),
        Pressed(Choose("enterprise")),
        Pressed(Claim("elderly")),
        Pressed(People(10)),
        Pressed(People(-1)),
    )
    _, question = step(kiosk, Pressed(Take()), 2.0)
    assert isinstance(question, Ask)
    assert (question.priority, question.headcount) == ("elderly", 10)
    assert (question.language, question.large) == ("en", True)


def test_headcount_stays_within_one_and_9999() -> None:
    kiosk = play(at_home(), Pressed(Choose("enterprise")), Pressed(People(-10)))
    assert kiosk.screen == Confirm("enterprise")
    kiosk = play(kiosk, *[Pressed(People(10))] * 1100)
    assert kiosk.screen == Confirm("enterprise", headcount=9999)


def test_the_number_shows_while_the_slip_prints_and_eight_seconds_after() -> None:
    kiosk = play(asked(), Given(1, ticket()))
    assert isinstance(kiosk.screen, Printing)
    kiosk = play(kiosk, Slipped("t_other", "done"), now=2.0)
    assert isinstance(kiosk.screen, Printing)
    kiosk = play(kiosk, Slipped("t_1", "done"), now=2.0)
    assert isinstance(kiosk.screen, Number)
    assert kiosk.screen.slip
    assert isinstance(play(kiosk, Tick(), now=2.0 + NUMBER_S - 0.01).screen, Number)
    assert play(kiosk, Tick(), now=2.0 + NUMBER_S).pristine


def test_without_a_slip_the_number_stays_to_be_noted_down() -> None:
    for state in ("failed", "unknown", "none"):
        kiosk = play(asked(), Given(1, ticket(state=state)))
        assert isinstance(kiosk.screen, Number)
        assert not kiosk.screen.slip
        assert isinstance(play(kiosk, Tick(), now=NOTE_S).screen, Number)
        assert play(kiosk, Tick(), now=1.0 + NOTE_S).pristine


def test_a_slip_that_does_not_come_is_not_waited_for_but_welcome() -> None:
    kiosk = play(play(asked(), Given(1, ticket())), Tick(), now=1.0 + PRINT_S)
    assert isinstance(kiosk.screen, Number)
    assert not kiosk.screen.slip
    kiosk = play(kiosk, Slipped("t_1", "done"), now=12.0)
    assert isinstance(kiosk.screen, Number)
    assert kiosk.screen.slip


def test_what_keeps_a_slip_is_said_at_once_and_nobody_waits_for_it() -> None:
    kiosk = play(asked(), Given(1, ticket()), Slipped("t_1", "asked", "paper"))
    assert isinstance(kiosk.screen, Number)
    assert (kiosk.screen.slip, kiosk.screen.why) == (False, "paper")
    kiosk = play(kiosk, Slipped("t_1", "done"), now=9.0)
    assert isinstance(kiosk.screen, Number)
    assert (kiosk.screen.slip, kiosk.screen.why) == (True, "")
    jammed = play(asked(), Given(1, ticket()), Slipped("t_1", "unknown", "jam"))
    assert isinstance(jammed.screen, Number)
    assert jammed.screen.why == "jam"


def test_a_claimed_priority_that_is_verified_asks_for_the_card() -> None:
    for claim, verify in (("elderly", True), ("pregnant", False), (None, False)):
        kiosk = play(at_home(), Pressed(Choose("general")), Pressed(Claim(claim)), Pressed(Take()))
        kiosk = play(kiosk, Given(1, ticket()))
        assert isinstance(kiosk.screen, Printing)
        assert kiosk.screen.verify is verify


# --- when something is wrong --------------------------------------------------------------------


def test_a_refusal_for_citizens_is_said_in_the_hubs_words() -> None:
    kiosk = play(asked(), Refused(1, REFUSAL["zh"]))
    assert isinstance(kiosk.screen, Trouble)
    assert kiosk.screen.detail == REFUSAL["zh"].detail


def test_a_refusal_for_technicians_is_not_shown() -> None:
    kiosk = play(asked(), Refused(1, Problem(code="token_unknown", title="令牌", detail="令牌不存在")))
    assert isinstance(kiosk.screen, Trouble)
    assert (kiosk.screen.kind, kiosk.screen.detail) == ("failed", "")


def test_a_closed_queue_says_why_and_asks_nothing() -> None:
    kiosk, question = step(at_home(), Pressed(Choose("special")), 1.0)
    assert question is None
    assert isinstance(kiosk.screen, Trouble)
    assert kiosk.screen.kind == "quota_reached"


def test_no_answer_is_called_unknown_unless_it_is_certain() -> None:
    for certain, kind in ((True, "unreached"), (False, "unknown")):
        kiosk = play(asked(), Unanswered(1, certain))
        assert isinstance(kiosk.screen, Trouble)
        assert kiosk.screen.kind == kind
    late = play(asked(), Tick(), now=1.0 + ANSWER_S)
    assert isinstance(late.screen, Trouble)
    assert late.screen.kind == "unknown"
    assert isinstance(play(late, Given(1, ticket()), now=17.0).screen, Printing)


def test_answers_to_another_question_change_nothing() -> None:
    kiosk = asked()
    for event in (Given(7, ticket()), Refused(7, REFUSAL["zh"]), Unanswered(7, False)):
        assert play(kiosk, event) == kiosk
    home = at_home()
    assert play(home, Given(0, ticket())) == home


def test_a_hub_that_goes_is_said_after_a_moment_and_returns_by_itself() -> None:
    kiosk = play(at_home(), HubLost(), now=5.0)
    assert not shows_away(kiosk, 5.0)
    assert shows_away(kiosk, 5.0 + LOST_S)
    kiosk = play(kiosk, HubLost(), now=9.0)
    assert shows_away(kiosk, 9.0)
    assert isinstance(play(kiosk, Pressed(Choose("general")), now=9.0).screen, Home)
    assert not shows_away(play(kiosk, HallSeen(HALL), now=9.5), 9.5)


def test_a_number_stays_on_the_screen_when_the_hub_goes() -> None:
    kiosk = play(play(asked(), Given(1, ticket(state="done"))), HubLost())
    assert not shows_away(kiosk, 6.0)


def test_a_queue_that_is_gone_leaves_its_question() -> None:
    kiosk = play(at_home(), Pressed(Choose("enterprise")), HallSeen(hall(2)))
    assert isinstance(kiosk.screen, Home)


# --- idle ---------------------------------------------------------------------------------------


def test_after_thirty_seconds_it_asks_and_then_forgets() -> None:
    kiosk = play(at_home(), Pressed(SwitchLanguage()), Pressed(SwitchLarge()), Pressed(Choose("enterprise")))
    assert next_change(kiosk) == 1.0 + IDLE_S
    kiosk = play(kiosk, Tick(), now=1.0 + IDLE_S)
    assert kiosk.warned_until == 1.0 + IDLE_S + WARNING_S
    stays = play(kiosk, Pressed(Stay()), now=35.0)
    assert stays.warned_until is None
    assert stays.screen == Confirm("enterprise")
    gone = play(kiosk, Tick(), now=1.0 + IDLE_S + WARNING_S)
    assert gone.pristine
    assert (gone.ways, gone.warned_until) == (Ways(), None)


def test_the_bare_home_screen_waits_for_ever() -> None:
    kiosk = at_home()
    assert next_change(kiosk) is None
    assert play(kiosk, Tick(), now=1e6) == kiosk
