"""PCs of a hall that are switched on quickly: ``kioskd`` processes forked off one that has imported all.

Each is a process of its own with its own memory, killed as dead as any other; what is saved is Python's
start, which a test of a hundred cut-offs would otherwise spend most of its time on.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import signal
import sys
from pathlib import Path

START_S = 60.0
ROOT = Path(__file__).parents[2]
EARLY = ("kioskd.app", "kioskd.setup.wizard", "kioskd.standby.post", "kioskd.web.standby_page")


class Nursery:
    """``async with Nursery(folder) as nursery:`` and then `start`; whoever is left at the end is killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._count = 0

    async def __aenter__(self) -> Nursery:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.standby.warm"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=dict(os.environ, PYTHONUNBUFFERED="1"),
            cwd=ROOT,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        await self._process.communicate()

    async def start(self, *arguments: str | Path) -> Warm:
        """Begin ``kioskd`` with these arguments."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        async with self._turn, asyncio.timeout(START_S):
            self._count += 1
            said = self._folder / f"process-{self._count}.log"
            wish = {"arguments": [str(one) for one in arguments], "said": str(said)}
            self._process.stdin.write(json.dumps(wish).encode() + b"\n")
            return Warm(int(await self._process.stdout.readline()), said)


class Warm:
    """One of them. What it says, also of its log, is in the file ``said``."""

    def __init__(self, pid: int, said: Path) -> None:
        self._pid, self.said = pid, said
        self._end = os.pidfd_open(pid)
        self._read = 0
        self._alive = True

    async def line(self, until: str) -> None:
        """Wait until it says something with this in it."""
        async with asyncio.timeout(START_S):
            while True:
                content = self.said.read_bytes() if self.said.exists() else b""
                at = content.find(until.encode(), self._read)
                if at >= 0:
                    self._read = at + len(until)
                    return
                await asyncio.sleep(0.01)

    async def kill(self) -> None:
        """Cut it off, and wait until it is gone."""
        if not self._alive:
            return
        self._alive = False
        gone = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._end, gone.set)
        try:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._end, signal.SIGKILL)
            async with asyncio.timeout(START_S):
                await gone.wait()
        finally:
            loop.remove_reader(self._end)
            os.close(self._end)


def _be(arguments: list[str], said: str) -> int:
    from kioskd.__main__ import main

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDONLY)
    out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for target, source in ((0, null), (1, out), (2, out)):
        os.dup2(source, target)
    status = main(arguments)
    sys.stdout.flush()
    return status


def _serve() -> None:
    from kioskd.__main__ import COMMANDS

    for name in ("run", "standby"):
        assert name in COMMANDS
        importlib.import_module(f"kioskd.commands.{name}")
    for name in EARLY:
        importlib.import_module(name)
    begun: list[int] = []

    def end(*_: object) -> None:
        for pid in begun:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os._exit(0)

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever ends is gone at once
    signal.signal(signal.SIGTERM, end)
    for line in sys.stdin.buffer:
        wish = json.loads(line)
        pid = os.fork()
        if pid == 0:
            try:
                os._exit(_be(wish["arguments"], wish["said"]))
            except BaseException:
                import traceback

                traceback.print_exc()
                sys.stderr.flush()
                os._exit(70)
        begun.append(pid)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    end()


if __name__ == "__main__":
    _serve()
