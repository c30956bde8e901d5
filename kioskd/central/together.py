"""Steps of many halls gathered into few transactions: what came while one was written goes into the next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from kioskd.central.database import Advance

Done = tuple[int, int] | None


@dataclass(slots=True)
class _Waiting:
    step: Advance
    future: asyncio.Future[Done]


class Together:
    """Runs ``write`` with groups of steps, at most ``writers`` at a time and each hall in one of them.

    The smallest steps go first, so that a call of one hall does not wait for another's week; one that was
    passed over goes first in the next group. A group that fails is taken apart, and each of its steps fails
    or succeeds by itself.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Advance]], Awaitable[Sequence[Done]]],
        writers: int,
        most_events: int,
    ) -> None:
        self._write = write
        self._writers = writers
        self._most = most_events
        self._waiting: list[_Waiting] = []
        self._passed: list[_Waiting] = []
        self._writing: set[asyncio.Task[None]] = set()

    async def do(self, step: Advance) -> Done:
        """Return what ``write`` says of this step, or raise what it raises."""
        waiting = _Waiting(step, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._start()
        return await waiting.future

    async def close(self) -> None:
        """Wait for what is under way."""
        while self._writing:
            await asyncio.wait(self._writing)

    def _start(self) -> None:
        while len(self._writing) < self._writers and (self._waiting or self._passed):
            group = self._group()
            if not group:
                continue
            task = asyncio.create_task(self._run(group), name="central group")
            self._writing.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._writing.discard(task)
        self._start()

    def _group(self) -> list[_Waiting]:
        """Take the next group off the queue."""
        queue = [*self._passed, *sorted(self._waiting, key=lambda w: len(w.step.events))]
        group: dict[str, _Waiting] = {}
        rest, events = [], 0
        for waiting in queue:
            size = len(waiting.step.events)
            if waiting.future.done():
                continue  # whoever asked has gone, and may have come again
            if waiting.step.hall in group or (group and events + size > self._most):
                rest.append(waiting)
                continue
            group[waiting.step.hall] = waiting
            events += size
        self._passed, self._waiting = rest, []
        return list(group.values())

    async def _run(self, group: list[_Waiting]) -> None:
        try:
            found = await self._write([waiting.step for waiting in group])
        except Exception as error:
            if len(group) == 1:
                _fail(group[0], error)
                return
            for waiting in group:
                await self._run([waiting])
            return
        for waiting, done in zip(group, found, strict=True):
            if not waiting.future.done():
                waiting.future.set_result(done)


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.future.done():
        waiting.future.set_exception(error)
