"""The touch kiosk on a real X display: how soon it answers a finger, what it costs when nobody is there."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.hubs import ROOT, bare_hall, hub
from benchmarks.idle import _cpu, _rss_mb
from benchmarks.report import Figure, p95

SIZE = (1080, 1920)
TOUCHES = 60
IDLE_S = 20.0
PATIENCE_S = 30.0
WAYS = ("Open(what='mine')", "Open(what='ease')", "Choose(queue='general')")


@contextlib.contextmanager
def display(width: int, height: int) -> Iterator[str]:
    """Run an X server of that size in memory; give its name."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as number:
            yield f":{number.readline().strip()}"
    finally:
        server.terminate()
        server.wait(10)


class Finger:
    """Clicks by the XTEST extension of a display, as xdotool does, without a process for each."""

    def __init__(self, on: str) -> None:
        self._x = ctypes.CDLL("libX11.so.6")
        self._test = ctypes.CDLL("libXtst.so.6")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._display = ctypes.c_void_p(self._x.XOpenDisplay(on.encode()))

    def click(self, x: int, y: int) -> None:
        """Move there and click."""
        self._test.XTestFakeMotionEvent(self._display, -1, x, y, ctypes.c_ulong(0))
        for down in (1, 0):
            self._test.XTestFakeButtonEvent(self._display, 1, down, ctypes.c_ulong(0))
        self._x.XFlush(self._display)


class Screen:
    """A kiosk with its stopwatch, and a finger."""

    def __init__(self, process: subprocess.Popen[str], finger: Finger) -> None:
        self.process = process
        self._finger = finger
        self.shown: dict[str, Any] = {}

    def frame(self) -> dict[str, Any]:
        """Return the next picture."""
        assert self.process.stdout is not None
        while line := self.process.stdout.readline():
            if line.startswith("{"):
                self.shown = json.loads(line)
                return self.shown
        raise RuntimeError("the kiosk has ended")

    def until(self, screen: str) -> dict[str, Any]:
        """Return the picture in which a screen has come to rest."""
        shown = self.shown
        while shown.get("screen") != screen or shown["moving"]:
            shown = self.frame()
        return shown

    def touch(self, action: str) -> float:
        """Touch; return the seconds until the first changed picture."""
        x, y, w, h = next(rect for name, rect in self.shown["targets"].items() if action in name)
        time.sleep(0.4)
        left, before = self.shown["screen"], time.monotonic()
        self._finger.click(x + w // 2, y + h // 2)
        while self.frame()["screen"] == left:
            pass
        return float(self.shown["at"]) - before


@contextlib.contextmanager
def kiosk(url: str, token: Path, on: str) -> Iterator[Screen]:
    """Run a kiosk on a display."""
    environment = {**os.environ, "DISPLAY": on, "SDL_VIDEODRIVER": "x11", "SDL_AUDIODRIVER": "dummy"}
    command = [sys.executable, "-m", "benchmarks.kiosk_probe", "kiosk", "--hub", url]
    process = subprocess.Popen(
        [*command, "--token-file", str(token), "--size", f"{SIZE[0]}x{SIZE[1]}", "--fullscreen"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        cwd=ROOT,
    )
    try:
        yield Screen(process, Finger(on))
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


def run() -> Iterator[Figure]:
    """Measure with a hub of its own, nothing else going on there."""
    missing = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
    if missing:
        print(f"kiosk: not measured, {' and '.join(missing)} not installed", file=sys.stderr)
        return
    with (
        tempfile.TemporaryDirectory(prefix="kioskd-bench-") as name,
        hub(bare_hall(Path(name)), Path(name) / "data") as running,
        display(*SIZE) as on,
    ):
        token = Path(name) / "kiosk.token"
        token.write_text(running.token)
        began = time.monotonic()
        with kiosk(f"http://127.0.0.1:{running.port}", token, on) as screen:
            start = float(screen.until("Home")["at"]) - began
            time.sleep(2)
            waits = []
            for at in range(TOUCHES // 2):
                waits.append(screen.touch(WAYS[at % len(WAYS)]))
                while screen.shown["moving"]:
                    screen.frame()
                waits.append(screen.touch("GoBack()"))
                screen.until("Home")
            # Somebody was there a moment ago; then nobody is.
            time.sleep(12)
            pid = screen.process.pid
            before = _cpu(pid)
            time.sleep(IDLE_S)
            share = (_cpu(pid) - before) / IDLE_S * 100
            rss = _rss_mb(pid)
    yield Figure("kiosk, touch to first changed picture, p95", p95(waits) * 1000, 33.0, "ms", "≤ 33 ms")
    yield Figure("kiosk idle, share of a core", share, 1.0, "%", "≤ 1 % of a core")
    yield Figure("kiosk, start to usable", start, 2.0, "s", "≤ 2 s")
    yield Figure("kiosk, memory", rss, 200.0, "MB", "≤ 200 MB RSS")
