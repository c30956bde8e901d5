"""A monkey at the kiosk: random touches, keys and scans on a real kiosk process at a real hub.

    python -m tests.kiosk.monkey 100000     (make monkey)

Nothing may crash, no screen may stick, and memory stays flat. Time in the kiosk is left out while it is
waited for, so that every screen is left by itself many times. How long that may take is counted in what the
kiosk does, not in seconds: a busy machine is no stuck screen.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.demo.hall import DemoHall
from tests.kiosk.process import Kiosk, kiosk

KEYS = ("tab", "return", "escape", "left", "right", "space", "f1", "f3", "backspace", "a", "7")
SCANS = ("c_0123456789abcdef", "GONGHAO-0001", "YY20261122", "https://hall.example/t/c_0000000000000000")
SOME = 20
"""Touches for which there is one answer."""
PAUSES_S = (1.0, 9.0, 31.0)
"""What is left out of the kiosk's time now and then: more than a trembling finger, a slip and somebody's
patience.
"""
LOOKS, LOOK_S, LEFT_OUT_S = 300, 0.05, 2.0
"""Left alone it must be home again within so many looks, each that many seconds of the machine's time and
of the kiosk's after the one before. Every screen together waits for less.
"""
GROWTH_MB = 12.0
"""Caches fill up; after the first part of a long run nothing may grow."""
LONG = 20_000
"""A run this long has filled the caches before its last part begins."""


async def run(touches: int, hall: DemoHall, seed: int, *, say: bool = False) -> dict[str, Any]:
    """Let the monkey loose; return what was seen. Raises AssertionError for anything that is wrong."""
    chance = random.Random(seed)
    seen_screens: dict[str, int] = {}
    async with kiosk(hall, "--size", "1366x768", still=False) as screen:
        await screen.at("Home")
        await screen.do("bold")
        done, settled, began = 0, 0.0, time.monotonic()
        while done < touches:
            some = min(SOME, touches - done)
            screens = await screen.do("monkey", chance.randrange(2**31), some)
            for name, count in screens["seen"].items():
                seen_screens[name] = seen_screens.get(name, 0) + count
            done += some
            # Slips take their time, and so would the monkey in front of one.
            if screens["seen"].get("Printing", 0) > some // 2 or chance.random() < 0.1:
                await screen.do("skip", chance.choice(PAUSES_S))
            if chance.random() < 0.02:
                await _other(screen, chance)
            if done % 2000 < some:
                await _leaves(screen)
            if not settled and done >= touches * 0.4:
                settled = _rss_mb(screen)
            if say and done % 5000 < some:
                rate = done / (time.monotonic() - began)
                sys.stdout.write(f"{done} touches, {rate:.0f}/s, {_rss_mb(screen):.1f} MB\n")
                sys.stdout.flush()
        await _leaves(screen)
        last = _rss_mb(screen)
    assert touches < LONG or last - settled <= GROWTH_MB, f"{settled:.1f} MB grew to {last:.1f} MB"
    return {"touches": done, "settled_mb": settled, "last_mb": last, "screens": seen_screens}


async def _other(screen: Kiosk, chance: random.Random) -> None:
    if chance.random() < 0.5:
        await screen.do("key", chance.choice(KEYS))
    else:
        await screen.do("type", chance.choice(SCANS))


async def _leaves(screen: Kiosk) -> None:
    """Left alone, it comes home: no screen sticks."""
    for _ in range(LOOKS):
        if (seen := await screen.do("look"))["pristine"]:
            break
        await screen.do("skip", LEFT_OUT_S)
        await asyncio.sleep(LOOK_S)
    assert (seen["screen"], seen["pristine"]) == ("Home", True), seen


def _rss_mb(screen: Kiosk) -> float:
    text = Path(f"/proc/{screen.process.pid}/statm").read_text()
    return int(text.split()[1]) * 4096 / 1e6


def main() -> None:
    touches = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with (
        tempfile.TemporaryDirectory(prefix="kiosk-monkey-") as folder,
        DemoHall(Path(folder) / "hall") as hall,
    ):
        found = asyncio.run(run(touches, hall, seed, say=True))
    sys.stdout.write(f"{found}\n")


if __name__ == "__main__":
    main()
