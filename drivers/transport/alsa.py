"""Lines to this PC's sound: PCM goes out, counts of what was played come back.

``alsa://default``, ``alsa://plughw:CARD=PCH,DEV=0``: the target is ALSA's name of the device. The line
speaks `drivers.transport.pcm`.
"""

from __future__ import annotations

import asyncio
import errno
from concurrent.futures import ThreadPoolExecutor

from drivers.errors import ConfigurationError
from drivers.facts import fact, refused
from drivers.transport.address import format_address
from drivers.transport.alsa_library import Card, State
from drivers.transport.api import Address
from drivers.transport.frames import FrameLine
from drivers.transport.node import cannot_open, did_not_open
from drivers.transport.opening import open_in_thread
from drivers.transport.pcm import RATE, SAMPLE, encode_count
from drivers.transport.stream import Timing, Traffic

BUFFER_S = 0.5
"""What the device holds; the driver keeps less than that on its way."""
COUNT_S = 0.05
"""Between counts while something plays."""
LOOK_S = 1.0
"""Between looks at a silent card: one that was pulled out says so."""


async def open_alsa(address: Address, traffic: Traffic | None, timing: Timing) -> AlsaLine:
    """Open the device; see `drivers.transport.line.open_line` for the errors.

    Without libasound: `ConfigurationError` ``line.no_library``.
    """
    where = format_address(address)
    try:
        card = await open_in_thread(
            lambda: Card(address.target, RATE, BUFFER_S), lambda card: card.close(), timing.connect
        )
    except TimeoutError:
        raise did_not_open(where, timing.connect) from None
    except OSError as error:
        if error.errno is None:
            raise ConfigurationError("line.no_library", fact("line.at", where=where)) from error
        if error.errno == errno.EAGAIN:
            error.errno = errno.EBUSY
        raise cannot_open(where, error, "audio") from error
    return AlsaLine(address, card, traffic, timing)


class AlsaLine(FrameLine):
    """A line to one sound device. libasound is called in one thread of the line's own."""

    def __init__(self, address: Address, card: Card, traffic: Traffic | None, timing: Timing) -> None:
        super().__init__(address, traffic, timing)
        self._card = card
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sound")
        self._given = 0
        self._told = 0
        self._more = asyncio.Event()
        self._counting = asyncio.create_task(self._count(), name=f"counts of {self._where}")

    async def _put(self, data: bytes) -> int:
        taken = await self._loop.run_in_executor(self._thread, self._card.write, data)
        self._given += taken // SAMPLE
        if taken:
            self._more.set()
        return taken

    async def _count(self) -> None:
        """Say how far the card has played, and notice when it is gone."""
        while not self._gone.is_set():
            try:
                state, waiting = await self._loop.run_in_executor(self._thread, self._look)
            except OSError as error:
                self._lose(refused(error))
                return
            if state is State.DISCONNECTED:
                self._lose(fact("sound.pulled_out"))
                return
            played = self._given - waiting
            if played > self._told:
                self._told = played
                self._heard(encode_count(played))
            if self._told < self._given:
                await asyncio.sleep(COUNT_S)
                continue
            self._more.clear()
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._more.wait()
            except TimeoutError:
                continue

    def _look(self) -> tuple[State, int]:
        return self._card.state(), self._card.waiting()

    async def _release(self) -> None:
        self._counting.cancel()
        await asyncio.gather(self._counting, return_exceptions=True)
        await self._loop.run_in_executor(self._thread, self._card.close)
        self._thread.shutdown(wait=False)
