"""Faces that change because time passes, with nothing decided."""

from __future__ import annotations

import asyncio
from typing import cast

from drivers.caller_display.api import SignFace
from drivers.registry import DeviceClass
from kioskd.hall import commands as c
from kioskd.hall.moment import Moment
from kioskd.hub.desk import Desk
from kioskd.hub.planner import Order, Planner
from kioskd.hub.slips import SlipComposer
from kioskd.journal.records import Position
from kioskd.station.messages import DeviceInfo, Show
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
