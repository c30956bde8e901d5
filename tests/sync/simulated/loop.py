"""An event loop in virtual time with a network in memory: the same seed gives the same run.

Nothing sleeps: when nothing is ready, the clock jumps to the next timer. What would go to a thread runs at
once. Unmodified aiohttp clients and servers talk through it, byte for byte.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import gc
import itertools
import random
import secrets
from collections.abc import Callable, Iterator, MutableSet
from struct import pack
from typing import Any, cast
from unittest.mock import patch
from zlib import crc32

import aiohttp


class Cut(Exception):  # noqa: N818 - what a network does
    """There is no way to the other side."""


class SimLoop(cast(Any, asyncio.BaseEventLoop)):  # type: ignore[misc]
    """``up`` says whether bytes get through; ``rng`` is where everything random comes from.

    ``course`` is a mark of everything that happened and when: of two runs that differ anywhere it differs.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.rng = random.Random(seed)
        self.names = random.Random(f"names {seed}")
        self.up = True
        self.now = 0.0
        self.course = 0
        self._tasks = itertools.count()
        self.set_task_factory(self._task)
        self._servers: dict[str, Callable[[], asyncio.Protocol]] = {}
        self._pipes: dict[Pipe, None] = {}  # in order, so that a seed is a run
        self._selector = self
        self._clock_resolution = 1e-9

    # what BaseEventLoop asks of a selector

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("nothing is ready and nothing will be")
        self.now += timeout
        ready = list(cast(Any, self)._ready)
        self.note(self.now, len(ready))
        self.rng.shuffle(ready)
        cast(Any, self)._ready = collections.deque(ready)
        return []

    def _process_events(self, events: Any) -> None:
        pass

    def _write_to_self(self) -> None:
        pass

    def time(self) -> float:
        return self.now

    def note(self, moment: float, count: int) -> None:
        """Have something be part of ``course``."""
        self.course = crc32(pack("<dI", moment, count), self.course)

    def _task(self, loop: Any, coro: Any, **context: Any) -> asyncio.Task[Any]:
        return _Task(coro, next(self._tasks), loop=self, **context)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    # the network

    async def create_unix_server(self, factory: Any = None, path: Any = None, **kwargs: Any) -> Any:
        self._servers[path] = factory
        return _Server(self, path)

    async def create_unix_connection(self, factory: Any, path: Any = None, **kwargs: Any) -> Any:
        await asyncio.sleep(self.delay())
        if not self.up or path not in self._servers:
            raise ConnectionRefusedError(path)
        near, far = factory(), self._servers[path]()
        here, there = Pipe(self, near), Pipe(self, far)
        here.peer, there.peer = there, here
        self._pipes |= {here: None, there: None}
        near.connection_made(here)
        far.connection_made(there)
        return here, near

    def delay(self) -> float:
        """How long some bytes take."""
        return self.rng.uniform(0.001, 0.2)

    def reset(self) -> None:
        """Break every connection at once, with what is on its way."""
        for pipe in tuple(self._pipes):
            pipe.lose()

    def forget(self, pipe: Pipe) -> None:
        self._pipes.pop(pipe, None)


class _Server:
    sockets: tuple[Any, ...] = ()

    def __init__(self, loop: SimLoop, path: str) -> None:
        self._loop = loop
        self._path = path

    def close(self) -> None:
        self._loop._servers.pop(self._path, None)

    def close_clients(self) -> None:
        pass

    async def wait_closed(self) -> None:
        pass

    def is_serving(self) -> bool:
        return self._path in self._loop._servers


class Pipe(asyncio.Transport):
    """One end of a connection; bytes arrive later and in order, or never."""

    peer: Pipe

    def __init__(self, loop: SimLoop, protocol: Any) -> None:
        super().__init__({"peername": ("10.0.0.2", 1), "sockname": ("10.0.0.1", 1)})
        self._sim = loop
        self._protocol = protocol
        self._closing = False
        self._arrives = 0.0

    def write(self, data: Any) -> None:
        if self._closing or not self._sim.up:
            return
        self._arrives = max(self._arrives + 1e-6, self._sim.now + self._sim.delay())
        self._sim.note(self._arrives, len(data))
        self._sim.call_at(self._arrives, self.peer.arrived, bytes(data))

    def writelines(self, lines: Any) -> None:
        self.write(b"".join(lines))

    def arrived(self, data: bytes) -> None:
        if not self._closing and self._sim.up:
            self._protocol.data_received(data)

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._sim.forget(self)
            self._sim.call_soon(self._protocol.connection_lost, None)
            self._sim.call_at(max(self._arrives, self._sim.now) + self._sim.delay(), self.peer.lose)

    abort = close

    def lose(self) -> None:
        if not self._closing:
            self._closing = True
            self._sim.forget(self)
            self._protocol.connection_lost(ConnectionResetError())

    def is_closing(self) -> bool:
        return self._closing

    def get_protocol(self) -> Any:
        return self._protocol

    def set_protocol(self, protocol: Any) -> None:
        self._protocol = protocol

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def is_reading(self) -> bool:
        return True

    def set_write_buffer_limits(self, high: Any = None, low: Any = None) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0


# --- what else would differ from one process to the next -------------------------------------------


@contextlib.contextmanager
def repeatable(loop: SimLoop) -> Iterator[None]:
    """Let only the loop decide: no clock and no dice of the machine, and garbage is collected at the end."""
    collects = gc.isenabled()
    gc.disable()
    gc.freeze()  # so that what was there before is not looked through at the end
    try:
        with (
            patch.object(aiohttp.connector, "monotonic", loop.time),
            patch.object(secrets, "token_hex", lambda size: loop.names.randbytes(size).hex()),
        ):
            yield
    finally:
        gc.collect()
        gc.unfreeze()
        if collects:
            gc.enable()


class _Task(asyncio.Task[Any]):
    """A task that a set finds by its number: whom a group cancels first is no chance of addresses then."""

    def __init__(self, coro: Any, number: int, **where: Any) -> None:
        self._number = number
        super().__init__(coro, **where)

    def __hash__(self) -> int:
        return self._number


class Connector(aiohttp.UnixConnector):
    """aiohttp's own, which closes what is in use in the order in which it came into use."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._acquired = cast(Any, _InOrder())


class _InOrder(MutableSet[Any]):
    """A set that keeps its order."""

    def __init__(self) -> None:
        self._items: dict[Any, None] = {}

    def __contains__(self, item: object) -> bool:
        return item in self._items

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def add(self, value: Any) -> None:
        self._items[value] = None

    def discard(self, value: Any) -> None:
        self._items.pop(value, None)
