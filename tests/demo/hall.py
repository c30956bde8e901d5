"""A demo hall in a process of its own, started and ended as people do it."""

from __future__ import annotations

import asyncio
import json
import queue
import re
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import aiohttp

READY = re.compile(r"hall ready: (http://127\.0\.0\.1:(\d+)/)\n")
START_S = 60.0
"""Generous: the machine may be busy with other tests."""

END_S = 20.0


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "kioskd", "demo", *arguments]


class DemoHall:
    """``with DemoHall(data) as hall:`` waits until it is ready and ends it like Ctrl-C."""

    def __init__(self, data: Path, *arguments: str, port: int = 0) -> None:
        self.data = data
        # The city beside the hall is another server and another hall: only for tests of it.
        alone = () if "--city" in arguments else ("--no-city",)
        self._arguments = (*arguments, *alone, "--port", str(port), "--data", str(data))
        self.url = ""
        self.port = 0
        self.said: list[str] = []

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            command(*self._arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        lines: queue.Queue[str] = queue.Queue()
        self._readers = [
            threading.Thread(target=_read, args=(self.process.stdout, lines.put)),
            threading.Thread(target=_read, args=(self.process.stderr, self.said.append)),
        ]
        for reader in self._readers:
            reader.start()
        try:
            self.first_line = lines.get(timeout=START_S)
        except queue.Empty:
            self.end()
            raise AssertionError(f"not ready in {START_S} s: {''.join(self.said)}") from None
        found = READY.fullmatch(self.first_line)
        assert found is not None, self.first_line
        self.url, self.port = found[1], int(found[2])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    @property
    def tokens(self) -> dict[str, str]:
        tokens: dict[str, str] = json.loads((self.data / "tokens.json").read_text())
        return tokens

    @property
    def errors(self) -> str:
        return "".join(self.said)

    async def ask(self, role: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and body of one request with a role's token."""
        headers = {"Authorization": f"Bearer {self.tokens[role]}", "Idempotency-Key": secrets.token_hex(8)}
        async with (
            aiohttp.ClientSession(self.url, headers=headers) as session,
            session.request(method, path, json=body) as response,
        ):
            json_ = "json" in response.content_type
            return response.status, await (response.json(content_type=None) if json_ else response.text())

    async def until(self, path: str, done: Callable[[Any], bool], seconds: float = 30.0) -> Any:
        """Look at something until it is as it should be."""
        async with asyncio.timeout(seconds):
            while True:
                status, body = await self.ask("lead", "GET", path)
                if status == 200 and done(body):
                    return body
                await asyncio.sleep(0.05)

    def end(self, number: int = signal.SIGINT) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            status = self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        for reader in self._readers:
            reader.join()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return status


def _read(stream: IO[str], tell: Callable[[str], Any]) -> None:
    for line in stream:
        tell(line)
