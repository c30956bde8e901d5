"""The real kiosk process against a real hub with its devices on real lines."""

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
from pathlib import Path
from typing import Any

import pytest

from tests.demo.hall import DemoHall

SHOWN_S = 30.0
"""Generous: the machine may be busy with other tests."""
ENVIRONMENT = {**os.environ, "SDL_VIDEODRIVER": "dummy", "PYGAME_HIDE_SUPPORT_PROMPT": "1"}


class Kiosk:
    """A kiosk process and a citizen in front of it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

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

    async def touch(self, action: str) -> None:
        """Touch the middle of what does ``action``, once it is there and the finger has calmed down."""
        seen = await self.until(
            lambda seen: seen["calm"] and any(action in one["action"] for one in seen["targets"])
        )
        x, y, w, h = next(one["rect"] for one in seen["targets"] if action in one["action"])
        await self.do("touch", x + w // 2, y + h // 2)

    async def shows(self, text: str) -> Any:
        return await self.until(lambda seen: any(text in one for one in seen["texts"]))


@asynccontextmanager
async def kiosk(hall: DemoHall, *arguments: str) -> AsyncIterator[Kiosk]:
    token = hall.data / "kiosk.token"
    token.write_text(hall.tokens["kiosk"] + "\n")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.kiosk.driven", "kiosk", "--hub", hall.url, "--token-file", str(token),
        *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(SHOWN_S):
            assert await process.stdout.readline() == b"kiosk ready\n"
        yield Kiosk(process)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(SHOWN_S):
            _, said = await process.communicate()
        assert process.returncode == 0, said.decode()
        assert b"Traceback" not in said, said.decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


def number(seen: Any) -> str:
    return next(text for text in seen["texts"] if re.fullmatch(r"[A-Z]{1,2}\d{3}", text))


async def test_a_ticket_in_two_touches_and_a_hub_that_dies_and_returns(tmp_path: Path) -> None:
    with DemoHall(tmp_path / "hall") as hall:
        port = hall.port
        async with kiosk(hall, "--size", "1080x1920") as screen:
            await screen.touch("Choose(queue='general')")
            await screen.touch("Take()")
            seen = await screen.shows("请取走纸票")
            given = number(seen)
            assert seen["screen"] == "Number"
            _, ticket = await hall.ask("lead", "GET", f"/api/v1/tickets/{given}")
            assert ticket["print"]["state"] == "done"
            assert ticket["state"] == "waiting"
            await screen.touch("GoHome()")
            # The hall's own events bring the new count to the button.
            await screen.shows("前面 1 人")

            # Nothing is drawn while nothing changes.
            before = await screen.until(lambda seen: seen["screen"] == "Home" and seen["calm"])
            assert (await screen.do("look"))["frames"] == before["frames"]

            # Priority and English go with the ticket.
            await screen.touch("SwitchLanguage()")
            await screen.shows("What are you here for?")
            await screen.touch("Choose(queue='card')")
            await screen.touch("Claim(priority='elderly')")
            await screen.touch("Take()")
            seen = await screen.shows("Please take your slip")
            assert "Please show your card at the window" in seen["texts"]
            given = number(seen)
            _, ticket = await hall.ask("lead", "GET", f"/api/v1/tickets/{given}")
            assert (ticket["language"], ticket["priority"]) == ("en", "elderly")
            await screen.touch("GoHome()")
            await screen.shows("请选择要办理的业务")

            hall.end(signal.SIGKILL)
            seen = await screen.shows("取号服务正在恢复")
            assert seen["targets"] == []
            with DemoHall(tmp_path / "hall", port=port) as again:
                await screen.shows("请选择要办理的业务")
                await screen.touch("Choose(queue='general')")
                await screen.touch("Take()")
                await screen.shows("请取走纸票")
                assert again.port == port


async def test_without_paper_the_number_is_to_be_noted_down(tmp_path: Path) -> None:
    with DemoHall(tmp_path / "hall") as hall:
        async with kiosk(hall, "--size", "1366x768", "--large") as screen:
            await screen.shows("请选择要办理的业务")
            status, said = await hall.ask(
                "lead", "POST", "/virtual/act", {"device": "printer", "act": "unplug"}
            )
            assert status < 300, said
            await screen.touch("Choose(queue='enterprise')")
            await screen.touch("People(by=10)")
            await screen.shows("11 人")
            await screen.touch("Take()")
            seen = await screen.shows("领取纸票")
            assert f"请记下号码 {number(seen)}" in "".join(seen["texts"])
            _, ticket = await hall.ask("lead", "GET", f"/api/v1/tickets/{number(seen)}")
            assert (ticket["headcount"], ticket["large_print"]) == (11, True)


def test_what_cannot_start_says_so(tmp_path: Path) -> None:
    token, good = tmp_path / "token", tmp_path / "good"
    good.write_text("secret")
    run = [sys.executable, "-m", "kioskd", "kiosk", "--hub"]
    for arguments, text in (
        (["http://127.0.0.1:1", "--token-file", str(token)], "token"),
        (["127.0.0.1:1", "--token-file", str(good)], "--hub"),
        (["http://127.0.0.1:1", "--token-file", str(token), "--size", "20x30"], "1080x1920"),
    ):
        done = subprocess.run([*run, *arguments], capture_output=True, text=True, env=ENVIRONMENT, timeout=60)
        assert done.returncode == 2
        assert text in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number_", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_asked_even_without_a_hub(tmp_path: Path, number_: signal.Signals) -> None:
    token = tmp_path / "token"
    token.write_text("secret")
    process = subprocess.Popen(
        [sys.executable, "-m", "kioskd", "kiosk", "--hub", "http://127.0.0.1:1", "--token-file", str(token)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "kiosk ready\n"
        process.send_signal(number_)
        _, said = process.communicate(timeout=SHOWN_S)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    assert process.returncode == 0
    assert "secret" not in said
    assert "Traceback" not in said
