"""A browser in kiosk mode that is kept running: found, started with a profile of its own, restarted."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import structlog

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "org.deepin.browser",
    "uos-browser-stable",
    "uos-browser",
    "browser360-cn-stable",
    "qaxbrowser-safe-stable",
    "microsoft-edge-stable",
)
"""Programs that are looked for, in this order: all are Chromium inside and take its switches."""

NOT_NEEDED = (
    "Translate",
    "MediaRouter",
    # The browser's own pages below its address line, which a screen without one never shows. They are drawn
    # beforehand for each window: more processor time than the rest of the start, and a process that stays.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
)
"""Features that are switched off; a browser that does not know one, older or newer, passes over its name."""

SWITCHES = (
    "--kiosk",
    "--no-first-run",
    "--no-default-browser-check",
    "--noerrdialogs",
    "--hide-crash-restore-bubble",
    "--disable-session-crashed-bubble",
    "--disable-infobars",
    "--disable-pinch",
    # One list: of several only the last counts.
    f"--disable-features={','.join(NOT_NEEDED)}",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-sync",
    "--overscroll-history-navigation=0",
    "--autoplay-policy=no-user-gesture-required",
    "--password-store=basic",
)

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
LIVED_S = 60.0
"""A browser that lived so long had nothing wrong with its start: it comes back at once."""
END_S = 5.0
CERTUTIL_S = 20.0

_log = structlog.get_logger(__name__)


def find(wanted: str | None) -> Path | None:
    """Return the browser of that name or path, or the first of `NAMES` that is installed."""
    for name in (wanted,) if wanted else NAMES:
        found = shutil.which(name)
        if found is not None:
            return Path(found)
    return None


def trust(ca: Path) -> str:
    """Have this user's browsers trust the hall's own CA; return why they do not, empty when they do.

    On Linux every Chromium reads, beside its own authorities, those of NSS's folder of its user, whatever
    profile it has. Newer ones have another place for that folder, and leave it where it already is.
    """
    older, newer = Path.home() / ".pki" / "nssdb", Path.home() / ".local" / "share" / "pki" / "nssdb"
    folder = newer if newer.exists() and not older.exists() else older
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # By its content: a hall that has made a new CA has both names.
        name = f"kioskd {hashlib.sha256(ca.read_bytes()).hexdigest()[:16]}"
        done = subprocess.run(
            ["certutil", "-d", f"sql:{folder}", "-A", "-t", "C,,", "-n", name, "-i", str(ca)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=CERTUTIL_S,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return done.stderr.strip() or f"certutil: {done.returncode}" if done.returncode else ""


class Kept:
    """One browser process and those that follow it."""

    def __init__(self, browser: Path, profile: Path, address: str) -> None:
        self._browser = browser
        self._profile = profile
        self._address = address

    async def run(self, stop: asyncio.Event, started: Callable[[], None]) -> None:
        """Keep the browser running until ``stop`` is set; ``started`` is told of every start.

        Raises OSError when it cannot be run at all.
        """
        pause = FIRST_PAUSE_S
        while not stop.is_set():
            began = asyncio.get_running_loop().time()
            process = await self._start()
            started()
            ended = asyncio.create_task(process.wait())
            stopped = asyncio.create_task(stop.wait())
            try:
                await asyncio.wait((ended, stopped), return_when=asyncio.FIRST_COMPLETED)
            finally:
                stopped.cancel()
                await _end(process)
                await ended
            if stop.is_set():
                return
            lived = asyncio.get_running_loop().time() - began
            pause = FIRST_PAUSE_S if lived >= LIVED_S else min(pause * 2, LONGEST_PAUSE_S)
            _log.warning("browser.ended", status=process.returncode, lived_s=round(lived), again_in_s=pause)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await stop.wait()

    async def _start(self) -> asyncio.subprocess.Process:
        self._profile.mkdir(parents=True, exist_ok=True)
        # The mark of a browser that died with the power on; nobody else uses this profile.
        for name in ("SingletonLock", "SingletonCookie", "SingletonSocket"):
            (self._profile / name).unlink(missing_ok=True)
        return await asyncio.create_subprocess_exec(
            str(self._browser),
            *SWITCHES,
            f"--user-data-dir={self._profile}",
            self._address,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a browser with all its helpers, which outlive a parent that was killed."""
    group = process.pid
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(END_S):
            await process.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
