"""Pictures of document cameras as they come from stations, part by part; in memory and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import uuid4

import msgspec

from kioskd.station.messages import PicturePart

WAIT_S = 15.0
LARGEST = 24 * 1024 * 1024
"""Bytes of one picture: what a camera of twenty megapixels makes is less."""


class NoPictureError(Exception):
    """There is no picture; ``code`` is the device's, ``station.away`` or ``camera.silent``."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


class Picture(msgspec.Struct, frozen=True):
    """One JPEG frame as the camera made it."""

    jpeg: bytes
    width: int
    height: int


class _Coming(msgspec.Struct):
    station: str
    answer: asyncio.Future[Picture]
    parts: list[bytes] = []
    size: int = 0


class Pictures:
    """Pictures that are on their way."""

    def __init__(self) -> None:
        self._coming: dict[str, _Coming] = {}

    async def take(self, station: str, ask: Callable[[str], None]) -> Picture:
        """Ask a station, under a name for the request, and return what it sends. Raises `NoPictureError`."""
        request = uuid4().hex
        answer: asyncio.Future[Picture] = asyncio.get_running_loop().create_future()
        self._coming[request] = _Coming(station, answer)
        try:
            ask(request)
            async with asyncio.timeout(WAIT_S):
                return await answer
        except TimeoutError:
            raise NoPictureError("camera.silent") from None
        finally:
            del self._coming[request]

    def received(self, station: str, part: PicturePart) -> None:
        """Take a part; one that nobody waits for any more is dropped."""
        coming = self._coming.get(part.request)
        if coming is None or coming.station != station or coming.answer.done():
            return
        coming.size += len(part.data)
        if part.code or coming.size > LARGEST:
            coming.answer.set_exception(NoPictureError(part.code or "camera.unreadable", part.detail))
            return
        coming.parts.append(part.data)
        if part.last:
            coming.answer.set_result(Picture(b"".join(coming.parts), part.width, part.height))
