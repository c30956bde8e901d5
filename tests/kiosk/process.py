"""A kiosk in a process of its own, and a citizen in front of it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.demo.hall import DemoHall
from tests.kiosk.line import Line

SHOWN_S = 60.0
"""Generous: the machine may be busy with other tests."""
ENVIRONMENT = {**os.environ, "SDL_VIDEODRIVER": "dummy", "PYGAME_HIDE_SUPPORT_PROMPT": "1"}


@dataclass(frozen=True)
class At:
    """A hub that kiosks can be run at, and a folder for what they are told in files."""

    url: str
    data: Path
    tokens: dict[str, str]


class Kiosk:
    """A kiosk process and a citizen in front of it."""

    def __init__(self, process: asyncio.subprocess.Process, cable: Line | None = None) -> None:
        self.process = process
        self._cable = cable

    @property
    def cable(self) -> Line:
        """Its line to the hub, where it was given one that can be cut."""
        assert self._cable is not None
        return self._cable

    async def do(self, *words: object) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(" ".join(map(str, words)).encode() + b"\n")
        async with asyncio.timeout(SHOWN_S):
            line = await self.process.stdout.readline()
        assert line, "the kiosk has ended"
        return json.loads(line)

    async def until(self, done: Callable[[Any], bool]) -> Any:
        """Look at the screen until it is as it should be."""
        seen: Any = None
        try:
            async with asyncio.timeout(SHOWN_S):
                while not done(seen := await self.do("look")):  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(seen) from None
        return seen

    async def touch(self, *actions: str) -> None:
        """Touch the middle of what does each action, once it is there and the finger has calmed down."""
        for action in actions:
            seen = await self.until(
                lambda seen, action=action: (  # type: ignore[misc]
                    seen["calm"] and any(action in one["action"] for one in seen["targets"])
                )
            )
            x, y, w, h = next(one["rect"] for one in seen["targets"] if action in one["action"])
            await self.do("touch", x + w // 2, y + h // 2)

    async def ends(self, action: str) -> int:
        """Touch what ends the process, which may be gone before it answers; return its exit status."""
        assert self.process.stdin is not None
        seen = await self.until(lambda seen: any(action in one["action"] for one in seen["targets"]))
        x, y, w, h = next(one["rect"] for one in seen["targets"] if action in one["action"])
        self.process.stdin.write(f"touch {x + w // 2} {y + h // 2}\n".encode())
        async with asyncio.timeout(SHOWN_S):
            return await self.process.wait()

    async def type(self, text: str) -> None:
        """Touch the keys of a text on the screen."""
        await self.touch(*(f"Press(key='{sign}')" for sign in text))

    async def shows(self, text: str) -> Any:
        return await self.until(lambda seen: any(text in one for one in seen["texts"]))

    async def at(self, screen: str) -> Any:
        return await self.until(lambda seen: seen["screen"] == screen)

    async def comes_to(self, key: str) -> Any:
        """Wait until it shows a screen, by what is drawn: `at` goes by what it stands for."""
        return await self.until(lambda seen: seen["shows"] == key)

    async def wait(self, seconds: float) -> None:
        """Let its time go on."""
        await self.do("skip", seconds)

    async def scan(self, text: str) -> None:
        """Hold something before the scanner that types."""
        await self.do("type", text)
        await self.wait(1.0)

    async def knock(self) -> None:
        """Touch the hidden door as often as opens it."""
        for _ in range(5):
            await self.do("knock")

    async def let_in(self, pin: str) -> None:
        """Knock at the door for staff and type a PIN."""
        await self.at("Home")
        await self.knock()
        await self.type(pin)
        await self.touch("Enter()")

    async def helped(self) -> None:
        """A guide is here: their numbers don't count as a burst."""
        await self.let_in("2468")
        await self.until(lambda seen: seen["helper"] == "g01" and seen["screen"] == "Home")


PEOPLE = """
[[person]]
kind = "guide"
id = "g01"
name = "导办台"
pin = "scrypt$00112233445566778899aabbccddeeff${guide}"
card = "scrypt$00112233445566778899aabbccddeeff${card}"

[[person]]
kind = "technician"
id = "t01"
name = "技术员"
pin = "scrypt$00112233445566778899aabbccddeeff${technician}"
"""


STILL = "[motion]\nmilliseconds = 0\n"


@cache
def people() -> str:
    """Return a file of staff; its secrets cost some time to make."""
    from ui.kiosk.people import _hash

    salt = bytes.fromhex("00112233445566778899aabbccddeeff")
    text = PEOPLE
    for name, secret in (("guide", "2468"), ("card", "GONGHAO-0001"), ("technician", "13579")):
        text = text.replace("{" + name + "}", _hash(secret, salt).hex())
    return text


@asynccontextmanager
async def kiosk(
    hall: DemoHall | At,
    *arguments: str,
    cable: Line | None = None,
    ends: int = 0,
    still: bool = True,
    timed: bool = True,
) -> AsyncIterator[Kiosk]:
    """Run a kiosk at a hub; at the end it is told to stop and must do so in order.

    A ``still`` one moves no pictures and takes every touch, however soon it follows the one before. The time
    of one that is not ``timed`` stands still but for `Kiosk.wait`: nothing is over before it was looked at,
    however busy the machine.
    """
    token, staff = hall.data / "kiosk.token", hall.data / "people.toml"
    token.write_text(hall.tokens["kiosk"] + "\n")
    staff.write_text(people())
    if still:
        theme = hall.data / "still.toml"
        theme.write_text(STILL)
        arguments = (*arguments, "--theme", str(theme))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.kiosk.driven", "kiosk", "--hub", cable.url if cable else hall.url),
        *("--token-file", str(token), "--people", str(staff), *arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
        limit=2**20,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(SHOWN_S):
            assert await process.stdout.readline() == b"kiosk ready\n"
        screen = Kiosk(process, cable)
        if still:
            await screen.do("bold")
        if not timed:
            await screen.do("speed", 0)
        yield screen
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(SHOWN_S):
            _, said = await process.communicate()
        assert process.returncode == ends, said.decode()
        assert b"Traceback" not in said, said.decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


_NUMBER = re.compile(r"[A-Z]{1,2}\d{3}")


def numbered(seen: Any) -> bool:
    return seen["screen"] in ("Printing", "Number") and any(map(_NUMBER.fullmatch, seen["texts"]))


def number(seen: Any) -> str:
    return next(text for text in seen["texts"] if _NUMBER.fullmatch(text))
