"""The kiosk itself is killed, in whatever screen, and started again as its unit does: it is at home."""

from __future__ import annotations

import json
import signal
from typing import Any

import aiohttp
import pytest

from tests.demo.hall import DemoHall
from tests.kiosk.line import line
from tests.kiosk.process import Kiosk, kiosk
from tests.kiosk.walks import PASSES, STAYS, walk

GIVES = {"Number", "Printing", "Asking heard"}
"""Where a number was taken before the kill."""
ENTERED = {name for name, way in {**STAYS, **PASSES}.items() if "NUMBER" in way}
"""Where one was issued elsewhere, to be typed."""


async def act(hall: DemoHall, what: str) -> None:
    status, said = await hall.ask("lead", "POST", "/virtual/act", {"device": "printer", "act": what})
    assert status < 300, said


async def papers(hall: DemoHall) -> int:
    """Return how many slips the printer of the hall has cut."""
    async with aiohttp.ClientSession() as session, session.get(f"{hall.url}virtual/events") as stream:
        async for text in stream.content:
            if text.startswith(b"data: "):
                devices = {one["id"]: one for one in json.loads(text[6:])["devices"]}
                newest = devices["printer"]["slip"]
                return int(newest["n"]) if newest else 0
    raise AssertionError("the hall shows nothing")


async def waiting(hall: DemoHall) -> int:
    return int((await hall.until("/api/v1/hall", lambda body: body["ready"]))["waiting"])


async def is_at_home(screen: Kiosk) -> Any:
    """Nobody touches anything: it offers the queues and knows of nobody."""
    seen = await screen.until(lambda seen: any("Choose" in one["action"] for one in seen["targets"]))
    assert (seen["screen"], seen["pristine"], seen["helper"], seen["spoken"]) == ("Home", True, None, [])


async def brought_to(screen: Kiosk, name: str, hall: DemoHall) -> None:
    if name == "Printing":
        await act(hall, "unplug")
        await screen.touch("Choose(queue='card')", "Take()")
        await screen.comes_to(name)
    elif name == "Asking heard":
        before = await waiting(hall)
        await screen.touch("Choose(queue='card')")
        screen.cable.deafen()
        await screen.touch("Take()")
        await screen.comes_to("Asking")
        await hall.until("/api/v1/hall", lambda body: body["waiting"] == before + 1)
    else:
        await walk(screen, name, hall)


@pytest.mark.timeout(600)
async def test_killed_in_every_screen_it_is_at_home_again_and_no_number_is_lost_or_given_twice(
    hall: DemoHall,
) -> None:
    printed, slips = await papers(hall), 0
    # Counted from the first on: a number that comes late, when its kiosk is long gone, is one too many.
    expected = await waiting(hall)
    async with line(hall.port) as cable:
        for name in (*STAYS, *PASSES, "Printing", "Asking heard"):
            async with kiosk(
                hall, "--size", "1366x768", cable=cable, ends=-signal.SIGKILL, timed=False
            ) as screen:
                await is_at_home(screen)
                await brought_to(screen, name, hall)
                screen.process.send_signal(signal.SIGKILL)
                await screen.process.wait()
            # What had not left the kiosk goes with it.
            cable.cut()
            cable.mend()
            if name == "Printing":
                await act(hall, "plug")
            given = name in GIVES or name in ENTERED
            slips += given
            expected += given and name != "Told"
            assert await waiting(hall) == expected, name
        async with kiosk(hall, "--size", "1366x768", cable=cable) as screen:
            await is_at_home(screen)
            await hall.until("/api/v1/hall", lambda body: body["ready"])
            # Each number on paper once, also those whose kiosk was gone before the slip came.
            while await papers(hall) < printed + slips:
                await screen.do("look")
            assert await papers(hall) == printed + slips
            assert await waiting(hall) == expected
