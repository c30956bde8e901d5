"""Faces that change because time passes, with nothing decided."""

from __future__ import annotations

import asyncio
from typing import cast

from benchmarks.hubs import SAMPLE_HALL
from drivers.caller_display.api import SignFace
from drivers.registry import DeviceClass
from kioskd.hall import commands as c
from kioskd.hall.events import TicketIssued
from kioskd.hall.moment import Moment
from kioskd.hub.desk import Desk
from kioskd.hub.planner import Order, Planner
from kioskd.hub.slips import SlipComposer
from kioskd.journal.records import Position
from kioskd.settings import load
from kioskd.station.messages import ComingJob, DeviceInfo, PrintJob, Show, WithdrawJob
from tests.hall.conftest import STAFF, Hall


class StandIn:
    """What a planner asks of the desk, with time as the test says."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.head = self.run_position = Position(1, 1)
        self.asked: list[int] = []

    def now(self) -> Moment:
        return self.hall.now

    def seconds_until(self, at: int) -> float:
        self.asked.append(at)
        return 0.0


async def test_the_time_of_a_return_goes_when_it_is_over() -> None:
    hall = Hall(start="2026-03-02 09:10:00").boot()
    hall.sign_in("1", "li")
    hall.do(c.Pause(by=STAFF, window="1", minutes=20))
    desk, orders, told = StandIn(hall), list[Order](), asyncio.Event()

    def deliver(device: str, order: Order) -> None:
        orders.append(order)
        told.set()

    planner = Planner(deliver, SlipComposer({}, ""), cast(Desk, desk))
    planner.rebuilt(hall.state)
    planner.add([DeviceInfo("sign-1", DeviceClass.CALLER_DISPLAY, window="1")])
    assert [page.rows[0].texts[0] for page in face(orders[0]).pages][-1] == "预计09:30恢复"
    assert desk.asked == [hall.at + 20 * 60_000]
    told.clear()
    hall.at += 20 * 60_000  # nothing is decided, so nothing but the planner's own timer can notice
    hall.wall += 20 * 60_000
    await asyncio.wait_for(told.wait(), 30)
    assert [page.rows[0].texts[0] for page in face(orders[-1]).pages] == ["暂停服务", "请到其他窗口办理"]
    planner.close()


def face(order: Order) -> SignFace:
    assert isinstance(order, Show)
    assert isinstance(order.face, SignFace)
    return order.face


class Printing:
    """A hall with one printer and what its planner says of slips."""

    def __init__(self) -> None:
        settings = load(SAMPLE_HALL)
        self.hall = Hall(settings.rules, start="2026-11-24 09:12:00").boot()
        self.desk = StandIn(self.hall)
        self.desk.head = Position(1, len(self.hall.journal))
        self.said: list[tuple[str, str]] = []
        self.planner = Planner(self._deliver, SlipComposer(settings.layouts, ""), cast(Desk, self.desk))
        self.planner.rebuilt(self.hall.state)
        self.planner.add([DeviceInfo("printer", DeviceClass.PRINTER)])

    def _deliver(self, device: str, order: Order) -> None:
        match order:
            case ComingJob(order=coming):
                self.said.append(("coming", coming.job))
            case PrintJob() | WithdrawJob():
                self.said.append(("print" if isinstance(order, PrintJob) else "withdraw", order.job))

    def press(self) -> tuple[str, Position]:
        """Take a ticket; return its slip's job and the end of its events."""
        first = Position(1, len(self.hall.journal) + 1)
        events = self.hall.do(self.hall.issue_command())
        self.planner.decided(self.hall.state, events, first, self.hall.now)
        ticket = next(event.ticket for event in events if isinstance(event, TicketIssued))
        return self.hall.state.tickets[ticket].prints[1].job, Position(1, len(self.hall.journal))


async def test_a_slip_is_announced_and_asked_for_once_durable() -> None:
    printing = Printing()
    job, end = printing.press()
    assert printing.said == [("coming", job)]
    printing.planner.committed(end)
    assert printing.said == [("coming", job), ("print", job)]
    printing.planner.close()


async def test_only_what_follows_the_durable_end_is_announced() -> None:
    # The position of any other may, after a power cut, be given to another slip.
    printing = Printing()
    first, _ = printing.press()
    second, end = printing.press()
    assert printing.said == [("coming", first)]
    printing.planner.committed(end)
    assert printing.said[1:] == [("print", first), ("print", second)]
    printing.planner.close()


async def test_a_slip_that_was_never_saved_is_withdrawn() -> None:
    printing = Printing()
    job, _ = printing.press()
    printing.planner.rebuilt(printing.hall.state)
    assert printing.said == [("coming", job), ("withdraw", job)]
    printing.planner.close()
