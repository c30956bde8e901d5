"""``python -m tests.hardware_lab [SESSION …]``: run the lab, or say why it cannot run here."""

from __future__ import annotations

import argparse
import asyncio
import compileall
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

from tests.hardware_lab import needs
from tests.hardware_lab.install import ROOT
from tests.hardware_lab.kernel import Kernel, prepare
from tests.hardware_lab.machine import accelerator
from tests.hardware_lab.power_cuts import power_cuts
from tests.hardware_lab.sessions import Lab, Say, devices, hall_pc, screen

CACHE = ROOT / ".hardware-lab"
SESSIONS: dict[str, Callable[[Lab, Say], Awaitable[None]]] = {
    "power-cuts": power_cuts,
    "hall-pc": hall_pc,
    "screen": screen,
    "devices": devices,
}
"""What the lab does, one virtual PC each; the longest first."""
AT_ONCE = 2
"""Each emulated PC keeps one processor of the host busy."""
LIMIT_S = 1800.0
"""Of a session: ten minutes where nothing else runs, more on a busy machine."""


def main() -> int:
    """Run the lab; 0 also where it cannot run, which is said."""
    parser = argparse.ArgumentParser(prog="python -m tests.hardware_lab", description=__doc__)
    parser.add_argument("sessions", nargs="*", metavar="SESSION", help=" · ".join(SESSIONS))
    parser.add_argument("--pytest", default="", metavar="WORDS", help="further words for pytest")
    args = parser.parse_args()
    chosen = args.sessions or list(SESSIONS)
    if unknown := set(chosen) - SESSIONS.keys():
        parser.error(f"no session is called {', '.join(sorted(unknown))}")
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    if any(character in str(ROOT) for character in " '\"\\"):
        return _did_not_run("the path of this folder holds blanks or quotes")
    try:
        needs.check()
        kernel = prepare(CACHE)
    except needs.CannotRun as why:
        return _did_not_run(str(why))
    _compile()
    # Told to end, it clears up as when it is interrupted.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return asyncio.run(_run(chosen, kernel, args.pytest))


def _compile() -> None:
    """Compile here what the PC would compile, at a tenth of the speed, at every start."""
    for folder in ("kioskd", "drivers", "ui", "benchmarks", "tests"):
        compileall.compile_dir(ROOT / folder, quiet=2, workers=0)


def _did_not_run(why: str) -> int:
    print(f"hardware lab did not run: {why}")
    return 0


async def _run(chosen: Sequence[str], kernel: Kernel, words: str) -> int:
    lab = Lab(kernel, await accelerator(kernel), CACHE, words)
    print(f"hardware lab: kernel {kernel.release}, {lab.accelerator.partition(',')[0]}")
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> str:
        def say(text: str) -> None:
            print(f"[{name}] {text}")

        async with gate:
            began = time.monotonic()
            try:
                async with asyncio.timeout(LIMIT_S):
                    await SESSIONS[name](lab, say)
                verdict = ""
            except Exception as error:
                say(f"FAILED: {error!r}" if not str(error) else f"FAILED: {error}")
                verdict = "FAILED "
            return f"{verdict}{name} {time.monotonic() - began:.0f} s"

    verdicts = await asyncio.gather(*(one(name) for name in chosen))
    failed = any(verdict.startswith("FAILED") for verdict in verdicts)
    print(f"hardware lab {'failed' if failed else 'passed'}: {', '.join(verdicts)}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
