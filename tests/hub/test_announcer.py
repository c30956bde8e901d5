"""Every call is said once for its zone, the newest truth only, and never late."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kioskd.hall import commands as c
from kioskd.hall.model import TicketState
from kioskd.hall.rules import VoiceHours
from kioskd.journal.records import Position
from kioskd.station.messages import Context, SpeakJob
from tests.hall.conftest import STAFF
from tests.hub.announcements import Announced


@pytest.fixture
def hall() -> Announced:
    hall = Announced()
    hall.speakers(everywhere=None)
    return hall


def test_a_call_is_said_once_and_only_when_it_is_durable(hall: Announced) -> None:
    hall.issue()
    hall.commits = False
    before = len(hall.hall.journal)
    hall.call()
    hall.announcer.committed(Position(1, before))
    assert not hall.sent, "what came before it is durable, not the call"
    hall.commit()
    (job,) = hall.jobs()
    assert hall.texts() == ["请A零零幺号到一号窗口办理"]
    assert (job.device, job.context, job.repeats) == ("everywhere", Context(ticket="t_1", call=1), 2)
    assert (job.speech.volume, job.speech.chime, job.expires_ms) == (80, True, 30_000)
    hall.commit()
    assert len(hall.sent) == 1


def test_what_was_never_saved_is_never_said(hall: Announced) -> None:
    hall.issue()
    hall.commits = False
    hall.call()
    hall.announcer.rebuilt(hall.hall.state)
    hall.commit()
    assert not hall.sent


def test_each_zone_has_its_own_queue_and_the_rest_of_the_hall_shares_one() -> None:
    hall = Announced()
    hall.speakers(rest=None, a1="a", a2="a")
    for window in ("1", "3"):
        hall.issue()
        hall.call(window)
    assert hall.texts("a1") == hall.texts("a2") == ["请A零零幺号到一号窗口办理"]
    assert hall.texts("rest") == ["请A零零二号到三号窗口办理"]
    jobs = [job.job for job in hall.jobs()]
    assert len(set(jobs)) == 3, "a job of its own for each speaker"


def test_without_a_speaker_nothing_is_said(hall: Announced) -> None:
    mute = Announced()
    mute.speakers(b="b")
    mute.issue()
    mute.call("1")
    assert not mute.sent


def test_a_recall_takes_the_place_of_what_still_waits(hall: Announced) -> None:
    hall.issue()
    hall.call()
    hall.recall()
    first, second = hall.jobs()
    assert hall.cancelled() == [first.job]
    assert (first.context.call, second.context.call) == (1, 2)


@pytest.mark.parametrize(
    "command",
    [
        c.StartService(by=STAFF, window="1"),
        c.FinishTicket(by=STAFF, window="1"),
        c.HoldTicket(by=STAFF, window="1"),
        c.Requeue(by=STAFF, window="1"),
        c.TransferTicket(by=STAFF, window="1", to_queue="advice"),
        c.VoidTicket(by=STAFF, ticket="t_1"),
    ],
)
def test_what_is_no_longer_true_is_taken_back(hall: Announced, command: c.Command) -> None:
    hall.issue()
    hall.call()
    hall.do(command)
    assert hall.cancelled() == [hall.jobs()[0].job]
    assert not hall.announcer.send_again(hall.jobs()[0].job)


def test_calling_the_next_takes_back_the_one_before(hall: Announced) -> None:
    hall.issue()
    hall.issue()
    hall.call()
    hall.wait(31)
    hall.call()
    assert hall.cancelled() == [hall.jobs()[0].job]
    assert len(hall.jobs()) == 2


def test_a_station_that_comes_back_is_given_what_time_is_left(hall: Announced) -> None:
    hall.issue()
    hall.call()
    (job,) = hall.jobs()
    assert hall.announcer.unsettled_jobs(["everywhere"]) == [job.job]
    assert hall.announcer.unsettled_jobs(["another"]) == []
    hall.wait(12)
    assert hall.announcer.send_again(job.job)
    assert hall.jobs()[-1].expires_ms == 18_000
    hall.wait(17)
    assert hall.announcer.send_again(job.job)
    hall.wait(2)
    assert not hall.announcer.send_again(job.job), "it is too late for it"


def test_the_end_of_one_is_noted_once(hall: Announced) -> None:
    hall.issue()
    hall.call()
    (job,) = hall.jobs()
    assert hall.announcer.settle(job.job) == job
    assert hall.announcer.settled(job.job)
    assert hall.announcer.settle(job.job) is None
    assert not hall.announcer.settled("9.9.9")
    assert not hall.announcer.unsettled_jobs(["everywhere"])


def test_a_hub_that_starts_anew_says_nothing_of_before(hall: Announced) -> None:
    hall.issue()
    hall.call()
    anew = Announced()
    anew.speakers(everywhere=None)
    anew.announcer.rebuilt(hall.hall.state)
    anew.announcer.committed(hall.hall.state.position)  # type: ignore[arg-type]
    assert not anew.sent


def test_quiet_mode_lowers_the_voice_and_ends_by_itself() -> None:
    hall = Announced(quiet_volume=25, expires_s=300)
    hall.speakers(everywhere=None)
    hall.do(c.SetQuiet(by=STAFF, minutes=15))
    for _ in range(3):
        hall.issue()
    hall.call("1")
    hall.call("2")
    hall.wait(15 * 60)
    hall.call("3")
    assert [job.speech.volume for job in hall.jobs()] == [25, 25, 80]


def test_quiet_mode_never_makes_it_louder() -> None:
    hall = Announced(volume=20, quiet_volume=50)
    hall.speakers(everywhere=None)
    hall.do(c.SetQuiet(by=STAFF, minutes=15))
    hall.issue()
    hall.call()
    assert hall.jobs()[0].speech.volume == 20


def test_each_hour_has_its_volume_and_0_is_silence() -> None:
    hours = (
        VoiceHours(start="09:00", end="10:00", volume=40),
        VoiceHours(start="10:00", end="11:00", volume=0),
    )
    hall = Announced(hours=hours)
    hall.speakers(everywhere=None)
    for _ in range(4):
        hall.issue()
    volumes = []
    for at in ("08:55:00", "09:00:00", "10:30:00", "11:00:00"):
        hall.hall.wait_until(f"2026-03-02 {at}")
        before = len(hall.jobs())
        hall.call("1")
        volumes.append([job.speech.volume for job in hall.jobs()[before:]])
    assert volumes == [[80], [40], [], [80]]


def test_languages_follow_each_other_and_a_guest_is_told_in_english_too() -> None:
    hall = Announced(languages=("zh", "yue"))
    hall.speakers(everywhere=None)
    hall.issue()
    hall.issue(language="en")
    hall.call("1")
    hall.call("2")
    said = [[sentence.language for sentence in job.speech.sentences] for job in hall.jobs()]
    assert said == [["zh", "yue"], ["zh", "yue", "en"]]
    assert hall.texts()[-1] == "TicketAzerozerotwo,pleasegotowindowtwo"


def test_a_test_ticket_is_announced_as_one(hall: Announced) -> None:
    hall.issue(test=True)
    hall.call()
    assert "测试" in hall.texts()[0]


class Speaker:
    """A speaker's station: says what it has in order, one at a time, and drops what has expired."""

    def __init__(self) -> None:
        self.queue: list[tuple[SpeakJob, int]] = []
        self.saying: SpeakJob | None = None

    def take(self, order: Any, now: int) -> None:
        if isinstance(order, SpeakJob):
            self.queue.append((order, now + order.expires_ms))
        else:
            self.queue = [entry for entry in self.queue if entry[0].job != order.job]


class Announcements(RuleBasedStateMachine):
    """Whatever people press and however slow the speakers are: what begins to be said is true and fresh."""

    @initialize()
    def start(self) -> None:
        self.hall = Announced()
        self.hall.speakers(a="a", rest=None)
        self.stations = {"a": Speaker(), "rest": Speaker()}
        self.taken = 0
        self.begun: list[str] = []

    def deliver(self) -> None:
        now = self.hall.hall.at
        for device, order in self.hall.sent[self.taken :]:
            self.stations[device].take(order, now)
        self.taken = len(self.hall.sent)

    @rule()
    def take_a_number(self) -> None:
        self.hall.issue()

    @rule(window=st.sampled_from("123"))
    def next(self, window: str) -> None:
        self.hall.call(window)
        self.deliver()

    @rule(
        window=st.sampled_from("123"),
        kind=st.sampled_from([c.Recall, c.StartService, c.MarkNoShow, c.HoldTicket, c.FinishTicket]),
    )
    def key(self, window: str, kind: Any) -> None:
        self.hall.do(kind(by=STAFF, window=window))
        self.deliver()

    @rule(seconds=st.integers(1, 40))
    def time_passes(self, seconds: int) -> None:
        self.hall.wait(seconds)
        self.deliver()

    @rule(device=st.sampled_from(["a", "rest"]))
    def begin(self, device: str) -> None:
        station, hall = self.stations[device], self.hall.hall
        if station.saying is not None:
            return
        station.queue = [entry for entry in station.queue if entry[1] > hall.at]
        if not station.queue:
            return
        order, _ = station.queue.pop(0)
        station.saying = order
        ticket = hall.state.tickets[order.context.ticket or ""]
        assert ticket.state is TicketState.CALLED, "nobody is called who need not come"
        assert len(ticket.calls) == order.context.call, "only the newest call of a ticket is said"
        assert hall.at - ticket.calls[-1].at < 30_000, "nothing is read out late"
        assert order.job not in self.begun, "nothing is said twice"
        self.begun.append(order.job)

    @rule(device=st.sampled_from(["a", "rest"]))
    def end(self, device: str) -> None:
        station = self.stations[device]
        if station.saying is not None:
            assert self.hall.announcer.settle(station.saying.job) is not None
            station.saying = None

    @precondition(lambda self: hasattr(self, "hall"))
    @invariant()
    def every_zone_says_only_its_own(self) -> None:
        if not hasattr(self, "hall"):
            return
        for job in self.hall.jobs():
            window = self.hall.hall.state.tickets[job.context.ticket or ""].window
            if window is not None and job.speech.sentences[0].text.endswith("三 号窗口办理"):
                assert job.device == "rest"


TestAnnouncements = Announcements.TestCase
