"""The kiosk on a real X display, with real clicks and keys."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator

import pytest

from benchmarks.kiosk import display
from tests.demo.hall import DemoHall
from tests.kiosk import process
from tests.kiosk.process import Kiosk, kiosk, number

MISSING = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
NEEDED = os.environ.get("KIOSKD_NEED_BROWSER") == "1"
pytestmark = pytest.mark.skipif(
    bool(MISSING) and not NEEDED, reason=f"{' and '.join(MISSING)} not installed: real clicks were not tried"
)


async def xdotool(on: str, *words: object) -> None:
    command = await asyncio.create_subprocess_exec(
        "xdotool", *map(str, words), env={**os.environ, "DISPLAY": on}, stderr=subprocess.DEVNULL
    )
    assert await command.wait() == 0


async def click(on: str, screen: Kiosk, action: str) -> None:
    seen = await screen.until(
        lambda seen: seen["calm"] and any(action in one["action"] for one in seen["targets"])
    )
    x, y, w, h = next(one["rect"] for one in seen["targets"] if action in one["action"])
    await xdotool(on, "mousemove", x + w // 2, y + h // 2, "click", 1)


@contextlib.asynccontextmanager
async def on_display(hall: DemoHall, size: tuple[int, int]) -> AsyncIterator[tuple[str, Kiosk]]:
    with display(*size) as on, pytest.MonkeyPatch.context() as patched:
        environment = {**process.ENVIRONMENT, "SDL_VIDEODRIVER": "x11", "DISPLAY": on}
        patched.setattr(process, "ENVIRONMENT", environment)
        async with kiosk(hall, still=False) as screen:
            yield on, screen


async def test_a_ticket_by_two_clicks_and_another_by_keys_and_no_way_out(hall: DemoHall) -> None:
    async with on_display(hall, (1080, 1920)) as (on, screen):
        seen = await screen.shows("请选择要办理的业务")
        assert max(one["rect"][1] for one in seen["targets"]) > 1000, "it takes the whole screen"
        await click(on, screen, "Choose(queue='general')")
        await click(on, screen, "Take()")
        first = number(await screen.shows("请取走纸票"))
        await click(on, screen, "GoHome()")
        await screen.at("Home")

        # Whatever a keyboard can do that would lead to a desktop leads nowhere.
        for keys in ("alt+F4", "ctrl+alt+BackSpace", "super", "alt+Tab", "ctrl+q", "ctrl+c", "F11"):
            await xdotool(on, "key", keys)
        seen = await screen.at("Home")

        await xdotool(on, "key", "Escape")
        await xdotool(on, "key", "Tab", "Return")
        await screen.at("Confirm")
        await xdotool(on, "key", "Tab", "Return")
        second = number(await screen.shows("请取走纸票"))
        assert second != first
        _, ticket = await hall.ask("lead", "GET", f"/api/v1/tickets/{second}")
        assert ticket["queue"] == "general"
