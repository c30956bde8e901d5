"""Whatever dies, in whatever screen: the kiosk comes back without a person."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.demo.hall import DemoHall
from tests.kiosk.line import line
from tests.kiosk.process import Kiosk, kiosk, number

MINE = ("Open(what='mine')", "NUMBER", "Enter()", "ShowCheck()", "CHECK", "Enter()")
WAYS: dict[str, tuple[str, ...]] = {
    "Home": (),
    "Ease": ("Open(what='ease')",),
    "Confirm": ("Choose(queue='general')",),
    "Search": ("Open(what='search')",),
    "Guide": ("Open(what='search')", "Show("),
    "Entry": ("Open(what='mine')",),
    "Mine": MINE,
    "Sure": (
        "Open(what='mine')",
        "NUMBER",
        "Enter()",
        "ShowCheck()",
        "CHECK",
        "Enter()",
        "Do(what='cancel')",
    ),
    "Appointment": ("Open(what='appointment')",),
}
"""Every screen that waits for the citizen, and the touches that lead there."""


async def issued(hall: DemoHall) -> Any:
    status, ticket = await hall.ask("guide", "POST", "/api/v1/tickets", {"queue": "general"})
    assert status == 201, ticket
    return ticket


async def go(screen: Kiosk, ways: tuple[str, ...], ticket: Any) -> None:
    await screen.until(lambda seen: seen["pristine"] and seen["targets"])
    for way in ways:
        if way in ("NUMBER", "CHECK"):
            await screen.type(ticket[way.lower()])
        else:
            await screen.touch(way)


async def comes_home(screen: Kiosk) -> None:
    """Left alone, with its time going fast, it comes home and offers the queues."""
    await screen.do("speed", 40)
    await screen.until(
        lambda seen: seen["pristine"] and any("Choose" in one["action"] for one in seen["targets"])
    )
    await screen.do("speed", 1)


async def in_every_screen(
    screen: Kiosk, hall: DemoHall, kill: Callable[[], Awaitable[None]], heal: Callable[[], Awaitable[None]]
) -> None:
    ticket = await issued(hall)
    for name, ways in WAYS.items():
        await go(screen, ways, ticket)
        expected = "Entry" if name == "Appointment" else name
        await screen.until(lambda seen: seen["screen"] == expected and seen["calm"])  # noqa: B023
        await kill()
        gone = await screen.shows("取号服务正在恢复")
        assert gone["targets"] == [], name
        await heal()
        # Nobody touches anything: what was on the screen is there again.
        back = await screen.until(lambda seen: bool(seen["targets"]))
        assert back["screen"] == expected, name
        await comes_home(screen)


@pytest.mark.timeout(600)
async def test_the_network_goes_in_every_screen(tmp_path: Path) -> None:
    with DemoHall(tmp_path / "hall") as hall:
        async with line(hall.port) as cable, kiosk(hall, "--size", "1366x768", url=cable.url) as screen:

            async def kill() -> None:
                cable.cut()

            async def heal() -> None:
                cable.mend()

            await in_every_screen(screen, hall, kill, heal)

            # While a number is being asked for: the touch is one number, whenever the answer comes.
            await go(screen, ("Choose(queue='card')",), None)
            before = await hall.until("/api/v1/hall", lambda body: body["ready"])
            cable.stall()
            await screen.touch("Take()")
            await screen.at("Asking")
            cable.cut()
            cable.mend()
            await screen.until(lambda seen: seen["screen"] in ("Printing", "Number"))
            taken = number(await screen.shows("请取走纸票"))
            _, ticket = await hall.ask("lead", "GET", f"/api/v1/tickets/{taken}")
            assert (ticket["queue"], ticket["state"]) == ("card", "waiting")
            after = await hall.until("/api/v1/hall", lambda body: body["ready"])
            assert after["waiting"] == before["waiting"] + 1
            # And while a number is shown: it stays.
            cable.cut()
            assert number(await screen.at("Number")) == taken
            cable.mend()
            await comes_home(screen)


@pytest.mark.timeout(600)
async def test_the_kiosk_is_killed_in_every_screen(tmp_path: Path) -> None:
    with DemoHall(tmp_path / "hall") as hall:
        ticket = await issued(hall)
        for name in ("Confirm", "Guide", "Sure"):
            async with kiosk(hall, "--size", "1366x768", ends=-signal.SIGKILL) as screen:
                await go(screen, WAYS[name], ticket)
                await screen.at(name)
                screen.process.send_signal(signal.SIGKILL)
                await screen.process.wait()
        # A number that was just asked for is given all the same, and the next kiosk knows nothing of it.
        async with kiosk(hall, "--size", "1366x768", ends=-signal.SIGKILL) as screen:
            await go(screen, ("Choose(queue='card')", "Take()"), None)
            taken = number(await screen.until(lambda seen: seen["screen"] in ("Printing", "Number")))
            screen.process.send_signal(signal.SIGKILL)
            await screen.process.wait()
        _, kept = await hall.ask("lead", "GET", f"/api/v1/tickets/{taken}")
        assert kept["state"] == "waiting"
        async with kiosk(hall, "--size", "1366x768") as screen:
            await screen.until(lambda seen: seen["pristine"] and seen["targets"])


@pytest.mark.timeout(600)
async def test_the_hub_is_killed_and_the_printer_goes(tmp_path: Path) -> None:
    folder = tmp_path / "hall"
    with DemoHall(folder) as hall:
        port, ticket = hall.port, await issued(hall)
        async with kiosk(hall, "--size", "1366x768") as screen:
            await go(screen, WAYS["Mine"], ticket)
            await screen.at("Mine")
            hall.end(signal.SIGKILL)
            await screen.shows("取号服务正在恢复")
            with DemoHall(folder, port=port) as again:
                back = await screen.until(lambda seen: bool(seen["targets"]))
                assert back["screen"] == "Mine"
                # The printer goes while the slip is asked for again: the number is there to be noted down.
                status, _ = await again.ask(
                    "lead", "POST", "/virtual/act", {"device": "printer", "act": "unplug"}
                )
                assert status < 300
                await screen.touch("Do(what='reprint')")
                await screen.shows("领取纸票")
                status, _ = await again.ask(
                    "lead", "POST", "/virtual/act", {"device": "printer", "act": "plug"}
                )
                assert status < 300
                await comes_home(screen)
