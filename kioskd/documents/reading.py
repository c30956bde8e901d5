"""The writing on a page, read by a process of its own when somebody asks: `kioskd.documents.reader`."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path

import structlog

from kioskd.documents import reader
from kioskd.documents.workers import WorkerError

PAGE_S = 60.0
"""For a page, the start of the program among it: models are loaded then."""

IDLE_S = 120.0
"""After so long without a page the program goes, and its memory (some 500 MB) with it."""

log = structlog.get_logger(__name__)


class Reading:
    """One program, begun with the first page; pages one after the other. ``python`` is the interpreter that
    has the recogniser, empty where none is installed.
    """

    def __init__(self, python: str, *, page_s: float = PAGE_S, idle_s: float = IDLE_S) -> None:
        self._python = python
        self._page_s = page_s
        self._idle_s = idle_s
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None

    @property
    def there(self) -> bool:
        """Whether pages can be read at all."""
        return bool(self._python)

    async def read(self, page: bytes) -> tuple[str, ...]:
        """Return the lines on a page. Raises `WorkerError` (``reader_failed``)."""
        async with self._turn:
            if self._idle is not None:
                self._idle.cancel()
            try:
                async with asyncio.timeout(self._page_s):
                    answer = await self._ask(page)
            except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
                await self._end()
                log.error("documents.reader_failed", detail=str(error) or type(error).__name__)
                raise WorkerError("reader_failed", str(error)) from error
            except BaseException:
                await self._end()
                raise
            self._idle = asyncio.get_running_loop().call_later(self._idle_s, self._dismiss)
        lines = answer.get("lines")
        if not isinstance(lines, list):
            raise WorkerError("reader_failed", str(answer.get("failed", "")))
        return tuple(str(line) for line in lines)

    async def close(self) -> None:
        """End the program."""
        async with self._turn:
            await self._end()
        if self._ending is not None:
            await asyncio.gather(self._ending, return_exceptions=True)

    async def _ask(self, page: bytes) -> dict[str, object]:
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                self._python,
                str(Path(reader.__file__)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        source, sink = self._process.stdout, self._process.stdin
        assert source is not None
        assert sink is not None
        sink.write(reader.LENGTH.pack(len(page)) + page)
        await sink.drain()
        size = reader.LENGTH.unpack(await source.readexactly(reader.LENGTH.size))[0]
        answer = json.loads(await source.readexactly(size))
        if not isinstance(answer, dict):
            raise ValueError("no answer of a reader")
        return answer

    def _dismiss(self) -> None:
        self._ending = asyncio.get_running_loop().create_task(self._rest(), name="reader ends")

    async def _rest(self) -> None:
        async with self._turn:
            await self._end()

    async def _end(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if process.stdin is not None:
            process.stdin.close()
            with suppress(ConnectionError):
                await process.stdin.wait_closed()
