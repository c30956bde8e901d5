"""The pool of worker processes: started when first needed, ended when nobody has needed them for a while.

A worker that dies or takes too long is replaced; its task fails and no other does. The pictures a worker
holds go with it.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

import msgspec
import structlog

from kioskd.documents.work import Answer, Failed, Task
from kioskd.documents.worker import LENGTH

log = structlog.get_logger(__name__)

TASK_S = 20.0
"""A page takes a tenth of a second, a PDF of hundreds of pages some seconds."""

IDLE_S = 300.0
"""After so long without work a worker goes, and its memory (some 150 MB) with it."""

_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


class WorkerError(Exception):
    """No page was made; ``code`` is ``unreadable``, ``broken``, ``worker_died`` or ``worker_slow``."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


class Workers:
    """At most ``most`` processes."""

    def __init__(self, most: int = 2, *, task_s: float = TASK_S, idle_s: float = IDLE_S) -> None:
        self._most = most
        self._task_s = task_s
        self._idle_s = idle_s
        self._free: list[_Worker] = []
        self._turns = asyncio.Semaphore(most)
        self._closed = False
        self._all: set[_Worker] = set()

    async def do(self, task: Task) -> Answer:
        """Have a task done. Raises `WorkerError`."""
        async with self._turns:
            worker = self._free.pop() if self._free else await self._start()
            try:
                async with asyncio.timeout(self._task_s):
                    answer = await worker.ask(msgspec.msgpack.encode(task))
            except TimeoutError:
                await self._end(worker)
                raise WorkerError("worker_slow", f"no answer in {self._task_s:g} s") from None
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                await self._end(worker)
                log.error("documents.worker_died", detail=str(error))
                raise WorkerError("worker_died", str(error)) from error
            except BaseException:
                await self._end(worker)
                raise
            self._rest(worker)
        if isinstance(answer, Failed):
            if answer.code == "broken":
                log.error("documents.broken", detail=answer.detail)
            raise WorkerError(answer.code, answer.detail)
        return answer

    async def warm(self) -> None:
        """Have one worker ready, so that the first page is as quick as the others."""
        async with self._turns:
            if not self._free and not self._closed:
                with suppress(WorkerError):
                    self._rest(await self._start())

    async def close(self) -> None:
        """End all of them."""
        self._closed = True
        await asyncio.gather(*(self._end(worker) for worker in tuple(self._all)))

    async def _start(self) -> _Worker:
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "kioskd.documents.worker",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=1 << 20,
            )
        except OSError as error:
            raise WorkerError("worker_died", str(error)) from error
        worker = _Worker(process)
        self._all.add(worker)
        return worker

    def _rest(self, worker: _Worker) -> None:
        if self._closed:
            return
        self._free.append(worker)
        loop = asyncio.get_running_loop()
        worker.idle = loop.call_later(self._idle_s, self._dismiss, worker)

    def _dismiss(self, worker: _Worker) -> None:
        if worker in self._free:
            self._free.remove(worker)
            task = asyncio.get_running_loop().create_task(self._end(worker), name="documents worker ends")
            worker.ending = task

    async def _end(self, worker: _Worker) -> None:
        self._all.discard(worker)
        if worker in self._free:
            self._free.remove(worker)
        await worker.end()


class _Worker:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.idle: asyncio.TimerHandle | None = None
        self.ending: asyncio.Task[None] | None = None

    async def ask(self, task: bytes) -> Answer:
        if self.idle is not None:
            self.idle.cancel()
            self.idle = None
        reader, writer = self._process.stdout, self._process.stdin
        assert reader is not None
        assert writer is not None
        writer.write(LENGTH.pack(len(task)))
        writer.write(task)
        await writer.drain()
        size = LENGTH.unpack(await reader.readexactly(LENGTH.size))[0]
        return _answers.decode(await reader.readexactly(size))

    async def end(self) -> None:
        if self.idle is not None:
            self.idle.cancel()
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
            with suppress(ConnectionError):
                await self._process.stdin.wait_closed()
