"""Lines over files that stand for devices."""

from __future__ import annotations

import asyncio
import errno
import os
import select
from collections.abc import Sequence
from contextlib import suppress

from drivers.errors import ConfigurationError, DeviceError, TransientError
from drivers.facts import Fact, fact, refused
from drivers.transport.api import Address
from drivers.transport.frames import FrameLine
from drivers.transport.stream import Timing, Traffic

_CHUNK = 4096
_LOOK = 0.25
"""Seconds after which a file that takes nothing is asked again: some say so by an error and not by poll."""
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_ABSENT = {errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO, errno.ENOTDIR}


class NodeLine(FrameLine):
    """A line on open files: reads all of them, writes to the first, closes them at its end.

    ``empty_pause`` is for files where reading nothing means that nothing is there: they are then left
    alone for so many seconds. Without it, reading nothing is the end of the line.
    """

    def __init__(
        self,
        address: Address,
        files: Sequence[int],
        traffic: Traffic | None,
        timing: Timing,
        *,
        empty_pause: float | None = None,
    ) -> None:
        super().__init__(address, traffic, timing)
        self._files: list[int] = []
        self._empty_pause = empty_pause
        self._pauses: dict[int, asyncio.TimerHandle] = {}
        for file in files:
            self._join(file)

    def _join(self, file: int) -> None:
        """Read one more file, and close it with the others."""
        self._files.append(file)
        os.set_blocking(file, False)
        self._watch(file)

    async def _put(self, data: bytes) -> int:
        file = self._files[0]
        try:
            return os.write(file, data)
        except BlockingIOError:
            await self._flushed()
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            # Out of paper, says usblp, and goes on saying that it could be written to.
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await self._gone.wait()
        return 0

    async def _flushed(self) -> bool:
        # Closing usblp throws away what is on its way; it can be written to again once that has left.
        file = self._files[0]
        ready = asyncio.Event()
        self._loop.add_writer(file, ready.set)
        try:
            async with asyncio.timeout(_LOOK):
                await ready.wait()
        except TimeoutError:
            return False
        finally:
            self._loop.remove_writer(file)
        return True

    async def _release(self) -> None:
        for pause in self._pauses.values():
            pause.cancel()
        for file in self._files:
            os.close(file)

    def _lose(self, why: Fact) -> None:
        if not self._gone.is_set():
            for file in self._files:
                self._loop.remove_reader(file)
        super()._lose(why)

    def _watch(self, file: int) -> None:
        if not self._gone.is_set():
            self._loop.add_reader(file, self._readable, file)

    def _readable(self, file: int) -> None:
        try:
            data = os.read(file, _CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(refused(error))
            return
        if data:
            self._heard(data)
        elif self._empty_pause is None or _hung_up(file):
            self._lose(fact("line.hung_up"))
        else:
            self._loop.remove_reader(file)
            self._pauses[file] = self._loop.call_later(self._empty_pause, self._watch, file)


def _hung_up(file: int) -> bool:
    poll = select.poll()
    poll.register(file, 0)
    return any(events & (select.POLLHUP | select.POLLERR) for _, events in poll.poll(0))


def cannot_open(where: str, error: OSError, group: str) -> DeviceError:
    """Say why a device's file could not be opened; ``group`` is the one that may."""
    at = fact("line.at", where=where)
    if error.errno == errno.EBUSY:
        return ConfigurationError("line.busy", at)
    if error.errno in _DENIED:
        return ConfigurationError("line.denied", fact("line.not_in_group", group=group), at)
    if error.errno in _ABSENT:
        return TransientError("line.absent", refused(error), at)
    return ConfigurationError("address.bad", refused(error), at)


def did_not_open(where: str, limit: float) -> TransientError:
    """Say that a device's file was not open in time."""
    return TransientError(
        "line.absent", fact("line.did_not_open", seconds=limit), fact("line.at", where=where)
    )
