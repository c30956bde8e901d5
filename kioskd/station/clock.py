"""Time as the station uses it, so that tests need not wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar
from uuid import uuid4

T = TypeVar("T")


class Timer(Protocol):
    """Something that will happen unless cancelled."""

    def cancel(self) -> None:
        """Don't; harmless when it has happened."""
        ...


class Clock(Protocol):
    """What time it is, and what to do later. Seconds throughout."""

    boot: str
    """Names this boot of the machine; `steady` times compare only within one."""

    def steady(self) -> float:
        """Time since the machine started, sleep included; never goes back."""
        ...

    def wall(self) -> float:
        """Unix time as the machine believes it, which may be wrong by years."""
        ...

    def call_later(self, seconds: float, act: Callable[[], None]) -> Timer:
        """Call ``act`` on the event loop after so long."""
        ...


class SystemClock:
    """The machine's own time."""

    def __init__(self) -> None:
        try:
            self.boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        except OSError:
            # Without a name for the boot every start counts as one, so ages go by the wall.
            self.boot = uuid4().hex

    def steady(self) -> float:
        # CLOCK_MONOTONIC stands still while the machine sleeps and would call a stale press fresh.
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def wall(self) -> float:
        return time.time()

    def call_later(self, seconds: float, act: Callable[[], None]) -> Timer:
        return asyncio.get_running_loop().call_later(seconds, act)


class Wake:
    """Waiting that others can end. A wake-up while nobody waits is kept for the next `wait`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._woken = False
        self._waiting: asyncio.Future[None] | None = None

    def set(self) -> None:
        """End the present or the next wait."""
        self._woken = True
        self._go_on()

    def clear(self) -> None:
        """Forget a wake-up that nobody waited for."""
        self._woken = False

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait to be woken, at most so long (None: for ever); True when woken. For one waiter."""
        if not self._woken:
            self._waiting = asyncio.get_running_loop().create_future()
            timer = None if seconds is None else self._clock.call_later(seconds, self._go_on)
            try:
                await self._waiting
            finally:
                self._waiting = None
                if timer is not None:
                    timer.cancel()
        woken, self._woken = self._woken, False
        return woken

    def _go_on(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class Limited(Generic[T]):
    """A piece of work that must end in time.

    It is done by whoever awaits its `result` and not by a task of its own, for which a sign would wait a
    turn of the loop longer.
    """

    def __init__(self, clock: Clock, seconds: float, work: Coroutine[Any, Any, T]) -> None:
        self._clock = clock
        self._seconds = seconds
        self._work = work
        self._doing: asyncio.Task[Any] | None = None
        self._late = False
        self._timers: list[Timer] = []

    def shorten(self, seconds: float) -> None:
        """From now it has no more than so long, if it has begun."""
        self._timers.append(self._clock.call_later(seconds, self._end))

    async def result(self) -> T:
        """Do it; cancel it and raise TimeoutError when its time is over. Awaited once."""
        doing = self._doing = asyncio.current_task()
        assert doing is not None
        others = doing.cancelling()
        self.shorten(self._seconds)
        try:
            return await self._work
        except asyncio.CancelledError:
            if self._late and doing.cancelling() == others + 1:
                raise TimeoutError from None
            raise
        finally:
            self._doing = None
            if self._late:
                doing.uncancel()
            for timer in self._timers:
                timer.cancel()

    def _end(self) -> None:
        if self._doing is not None and not self._late:
            self._late = True
            self._doing.cancel()
