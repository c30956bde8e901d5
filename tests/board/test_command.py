"""``kioskd board``: a browser is found, opens the board, and is brought back when it dies."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from kioskd.__main__ import main
from kioskd.commands import browser
from tests.board import scenes
from tests.board.conftest import PATIENCE_MS, api
from tests.board.stage import staged
from tests.started import CHROMIUM, NO_BROWSER

PATIENCE_S = 40.0


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@asynccontextmanager
async def board(hub: str, chosen: Path, profile: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "kioskd", "board", "--hub", hub, "--zone", "east", "--lang", "both"),
        *("--browser", str(chosen), "--profile", str(profile)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_S):
            await process.communicate()
        assert process.returncode == 0


async def told(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        while (line := await process.stdout.readline()) != b"board ready\n":
            assert line, "the command has ended"


async def test_a_browser_that_ends_is_started_again_with_a_profile_of_its_own(tmp_path: Path) -> None:
    said, profile = tmp_path / "said", tmp_path / "profile"
    profile.mkdir()
    (profile / "SingletonLock").symlink_to("another-pc-4711")
    fake = program(tmp_path / "browser", f'test -L "{profile}/SingletonLock" && exit 9\necho "$@" >> {said}')
    async with board("http://127.0.0.1:1/", fake, profile) as process:
        await told(process)
        await told(process)
        lines = said.read_text().splitlines()
    assert f"--user-data-dir={profile}" in lines[0]
    assert "--kiosk" in lines[0]
    (features,) = (word for word in lines[0].split() if word.startswith("--disable-features="))
    assert {"Translate", "WebUIOmniboxPopup"} <= set(features.partition("=")[2].split(","))
    assert lines[0].endswith("%2Fboard%3Flang%3Dboth%26zone%3Deast")
    assert "waiting.html#http%3A%2F%2F127.0.0.1%3A1%2Fboard" in lines[0]


def test_the_halls_ca_is_put_where_browsers_of_this_user_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, ca = tmp_path / "said", tmp_path / "hall-ca.pem"
    ca.write_text("the hall's")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "certutil" in browser.trust(ca)
    tool = program(tmp_path / "certutil", f'echo "$@" >> {said}')
    older = tmp_path / ".pki" / "nssdb"
    assert browser.trust(ca) == ""
    assert f"-d sql:{older} -A -t C,, -n kioskd " in said.read_text()
    assert said.read_text().endswith(f"-i {ca}\n")
    # A browser that has begun to keep them in the newer place goes on there.
    newer = tmp_path / ".local" / "share" / "pki" / "nssdb"
    newer.mkdir(parents=True)
    older.rmdir()
    assert browser.trust(ca) == ""
    assert f"-d sql:{newer} -A" in said.read_text()
    program(tool, "echo no such certificate >&2\nexit 255")
    assert browser.trust(ca) == "no such certificate"


def test_no_browser_is_said_clearly(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert main(["board", "--hub", "http://10.0.0.2:8080"]) == 1
    said = capsys.readouterr().err
    assert "没有找到浏览器" in said
    assert "chromium" in said
    assert main(["board", "--hub", "10.0.0.2"]) == 2
    assert browser.find(None) is None


@pytest.mark.skipif(CHROMIUM is None, reason=NO_BROWSER)
async def test_a_real_browser_waits_for_the_hub_shows_the_board_and_comes_back_after_a_kill(
    tmp_path: Path,
) -> None:
    profile = tmp_path / "profile"
    port_file = profile / "DevToolsActivePort"
    chosen = program(
        tmp_path / "browser",
        f"rm -f {port_file}; exec {CHROMIUM} --headless=new --no-sandbox --disable-gpu "
        '--remote-debugging-port=0 "$@"',
    )
    async with staged(scenes.hall(12)) as stage:
        port = int(stage.url.rsplit(":", 1)[1])
    async with board(stage.url, chosen, profile) as process, api.async_playwright() as playwright:
        await told(process)
        page = await attached(playwright, port_file)
        await api.expect(page.locator("body")).to_contain_text("叫号屏正在启动", timeout=PATIENCE_MS)
        async with staged(scenes.hall(12), port) as stage:
            await api.expect(page.locator(".call__number").first).to_have_text("C021", timeout=PATIENCE_MS)
            assert page.url == stage.url + "/board?lang=both&zone=east"
            port_file.unlink()
            os.kill(child_of(process.pid), signal.SIGKILL)
            await told(process)
            again = await attached(playwright, port_file)
            await api.expect(again.locator(".call__number").first).to_have_text("C021", timeout=PATIENCE_MS)


def child_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def written(file: Path) -> str:
    return file.read_text() if file.exists() else ""


async def attached(playwright: Any, port_file: Path) -> Any:
    """Return the page of a browser that tells its port in a file."""
    async with asyncio.timeout(PATIENCE_S):
        while not (said := written(port_file)).strip():  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
        there = await playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{said.splitlines()[0]}")
        while not there.contexts[0].pages:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    return there.contexts[0].pages[0]
