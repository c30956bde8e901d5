"""The touches that lead from home to every screen, for whoever drives a kiosk."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Protocol

from tests.demo.hall import DemoHall
from tests.kiosk.line import Line

PLACE = ("Open(what='mine')", "NUMBER", "Enter()")
HELD = (*PLACE, "ShowCheck()", "CHECK", "Enter()")
STAYS: dict[str, tuple[str, ...]] = {
    "Home": (),
    "Ease": ("Open(what='ease')",),
    "Confirm": ("Choose(queue='general')",),
    "Search": ("Open(what='search')",),
    "Guide": ("Open(what='search')", "Show("),
    "Entry": ("Open(what='mine')",),
    "Entry code": ("Open(what='appointment')", "Press(key='7')"),
    "Entry check": (*PLACE, "ShowCheck()", "Press(key='4')"),
    "Mine": HELD,
    "Sure": (*HELD, "Do(what='cancel')"),
    "Warning": ("Choose(queue='general')", "IDLE"),
}
"""Every screen that waits for the citizen, and the touches that lead there. Bereft of the hub it says so; it
is there again when the hub is.
"""
PASSES: dict[str, tuple[str, ...]] = {
    "Entry pin": ("KNOCK", "Press(key='1')"),
    "Maintenance": ("KNOCK", "PIN", "Enter()"),
    "Trouble": ("KNOCK", "WRONG", "Enter()"),
    "Number": ("Choose(queue='card')", "Take()"),
    "Told": (*HELD, "Do(what='cancel')", "ReallyCancel()"),
    "Waiting": ("Open(what='mine')", "NUMBER", "STALL", "Enter()"),
    "Asking": ("Choose(queue='card')", "STALL", "Take()"),
}
"""Every other screen: it ends by itself, with a hub or without."""
IDLE_S = 31.0


class Driven(Protocol):
    """A kiosk in front of somebody, and its line to the hub."""

    cable: Line

    def touch(self, *actions: str) -> Awaitable[object]: ...

    def type(self, text: str) -> Awaitable[object]: ...

    def knock(self) -> Awaitable[object]: ...

    def wait(self, seconds: float) -> Awaitable[object]:
        """Let its time go on."""

    def comes_to(self, key: str) -> Awaitable[object]:
        """Wait until it shows a screen."""


async def issued(hall: DemoHall) -> Any:
    status, ticket = await hall.ask("guide", "POST", "/api/v1/tickets", {"queue": "general"})
    assert status == 201, ticket
    return ticket


async def walk(one: Driven, name: str, hall: DemoHall) -> Any:
    """Lead a kiosk from home to a screen; return the ticket that was issued for the way, None if none was."""
    way = {**STAYS, **PASSES}[name]
    ticket = await issued(hall) if "NUMBER" in way else None
    for step in way:
        match step:
            case "NUMBER" | "CHECK":
                await one.type(ticket[step.lower()])
            case "PIN" | "WRONG":
                await one.type("13579" if step == "PIN" else "0000")
            case "KNOCK":
                await one.knock()
            case "STALL":
                one.cable.stall()
            case "IDLE":
                await one.wait(IDLE_S)
            case _:
                await one.touch(step)
    await one.comes_to(name.split()[0])
    return ticket
