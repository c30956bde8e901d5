"""An announcer over a pure hall, and a speaker's station as small as the contract allows."""

from __future__ import annotations

from typing import Any, cast

from drivers.registry import DeviceClass
from kioskd.hall import commands as c
from kioskd.hall.events import Event
from kioskd.hall.moment import Moment
from kioskd.hall.rules import Rules, Voice
from kioskd.hub.announcer import Announcer
from kioskd.hub.desk import Desk
from kioskd.journal.records import Position
from kioskd.station.messages import CancelJob, DeviceInfo, SpeakJob
from tests.hall.conftest import STAFF, Hall, make_policy, make_rules


class Clock:
    """The part of a desk that an announcer asks."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall

    def now(self) -> Moment:
        return self._hall.now


class Announced:
    """A hall whose events go to an announcer, and what it sent out, by device."""

    def __init__(self, rules: Rules | None = None, **voice: Any) -> None:
        policy = make_policy(voice=Voice(**voice))
        self.hall = Hall(rules or make_rules(policy=policy)).boot()
        self.sent: list[tuple[str, SpeakJob | CancelJob]] = []
        self.announcer = Announcer(
            lambda device, order: self.sent.append((device, order)), cast(Desk, Clock(self.hall))
        )
        self.announcer.rebuilt(self.hall.state)
        self.commits = True
        for window, teller in (("1", "li"), ("2", "wang"), ("3", "zhao")):
            self.do(c.SignIn(by=STAFF, window=window, teller=teller))

    def speakers(self, **zones: str | None) -> None:
        self.announcer.add(
            DeviceInfo(id=name, device_class=DeviceClass.SPEAKER, zone=zone) for name, zone in zones.items()
        )

    def do(self, command: c.Command) -> tuple[Event, ...]:
        first = Position(1, len(self.hall.journal) + 1)
        answer = self.hall.ask(command)
        events = answer if isinstance(answer, tuple) else ()
        self.announcer.decided(self.hall.state, events, first, self.hall.now)
        if self.commits:
            self.commit()
        return events

    def commit(self) -> None:
        self.announcer.committed(Position(1, len(self.hall.journal)))

    def wait(self, seconds: float) -> None:
        first = Position(1, len(self.hall.journal) + 1)
        events = tuple(self.hall.wait(seconds))
        self.announcer.decided(self.hall.state, events, first, self.hall.now)
        self.commit()

    def issue(self, **fields: Any) -> str:
        command = self.hall.issue_command(**fields)
        self.do(command)
        return command.id

    def call(self, window: str = "1") -> None:
        self.do(c.CallNext(by=STAFF, window=window))

    def recall(self, window: str = "1") -> None:
        self.do(c.Recall(by=STAFF, window=window))

    def jobs(self, device: str | None = None) -> list[SpeakJob]:
        return [order for name, order in self.sent if isinstance(order, SpeakJob) and device in (None, name)]

    def cancelled(self) -> list[str]:
        return [order.job for _, order in self.sent if isinstance(order, CancelJob)]

    def texts(self, device: str | None = None) -> list[str]:
        return [
            sentence.text.replace(" ", "") for job in self.jobs(device) for sentence in job.speech.sentences
        ]
