"""Cameras in this PC, with the kernel's answers made up: claimed, streaming, refused, pulled out."""

from __future__ import annotations

import asyncio
import errno
import mmap
import os
import struct
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from drivers.errors import ConfigurationError, DeviceError, TransientError
from drivers.transport import v4l2_structs as kernel
from drivers.transport.api import Address
from drivers.transport.stream import Timing
from drivers.transport.v4l2 import System, VideoLine, open_v4l2
from drivers.transport.video import Ask, Control, Frame, Messages, Size, Sizes, Stream, Trouble, encode

SIZES: tuple[Size, ...] = ((640, 480), (3264, 2448))
ADDRESS = Address("v4l2", "/dev/video-of-the-test")
JPEG = b"\xff\xd8 as the camera made it \xff\xd9"


class Kernel(System):
    """A camera's node; its file is readable while a frame is there."""

    def __init__(self) -> None:
        self.controls: list[tuple[int, int]] = []
        self.refuses: dict[int, int] = {}
        """Error numbers, by request or control."""
        self.frames: list[bytes] = []
        self.streaming = False
        self._maps: list[mmap.mmap] = []
        self._ready, self._tell = os.pipe()

    def open(self, path: str) -> int:
        return os.dup(self._ready)

    def map(self, file: int, length: int, offset: int) -> mmap.mmap:
        self._maps.append(mmap.mmap(-1, length))
        return self._maps[-1]

    def ioctl(self, file: int, request: int, data: bytearray) -> bytearray:
        if request in self.refuses:
            raise OSError(self.refuses[request], os.strerror(self.refuses[request]))
        return self._answers().get(request, lambda given: given)(data)

    def show(self, jpeg: bytes) -> None:
        self.frames.append(jpeg)
        os.write(self._tell, b"!")

    def close(self) -> None:
        os.close(self._ready)
        os.close(self._tell)

    def _answers(self) -> dict[int, Callable[[bytearray], bytearray]]:
        return {
            kernel.QUERYCAP: self._about,
            kernel.ENUM_FMT: self._pixels,
            kernel.ENUM_FRAMESIZES: self._sizes,
            kernel.QUERYBUF: self._buffer,
            kernel.DQBUF: self._filled,
            kernel.S_CTRL: self._control,
            kernel.STREAMON: self._begins,
        }

    def _about(self, data: bytearray) -> bytearray:
        caps = kernel.CAP_VIDEO_CAPTURE | kernel.CAP_STREAMING
        struct.pack_into("=III", data, 80, 0, caps, caps)
        return data

    def _pixels(self, data: bytearray) -> bytearray:
        self._only(data, 1)
        struct.pack_into("=I", data, 44, kernel.MJPEG)
        return data

    def _sizes(self, data: bytearray) -> bytearray:
        index = self._only(data, len(SIZES))
        struct.pack_into("=III", data, 8, kernel.SIZE_DISCRETE, *SIZES[index])
        return data

    def _buffer(self, data: bytearray) -> bytearray:
        struct.pack_into("=I", data, 72, 4096)
        return data

    def _filled(self, data: bytearray) -> bytearray:
        if not self.frames:
            raise BlockingIOError(errno.EAGAIN, "none")
        os.read(self._ready, 1)
        jpeg = self.frames.pop(0)
        self._maps[-3][: len(jpeg)] = jpeg
        struct.pack_into("=III", data, 0, 0, kernel.CAPTURE, len(jpeg))
        return data

    def _control(self, data: bytearray) -> bytearray:
        number, value = struct.unpack("=Ii", data)
        if number in self.refuses:
            raise OSError(self.refuses[number], os.strerror(self.refuses[number]))
        self.controls.append((number, value))
        return data

    def _begins(self, data: bytearray) -> bytearray:
        self.streaming = True
        return data

    def _only(self, data: bytearray, count: int) -> int:
        index: int = struct.unpack_from("=I", data)[0]
        if index >= count:
            raise OSError(errno.EINVAL, "no more")
        return index


class Listener:
    """What the line said."""

    def __init__(self, line: VideoLine) -> None:
        self.said: list[Any] = []
        self._messages = Messages()
        self._came = asyncio.Event()
        line.listen(self._heard)

    def _heard(self, data: bytes) -> None:
        self.said += self._messages.feed(data)
        self._came.set()

    async def next(self) -> Any:
        async with asyncio.timeout(30):
            while not self.said:
                self._came.clear()
                await self._came.wait()
        return self.said.pop(0)


@pytest.fixture
async def system() -> AsyncIterator[Kernel]:
    system = Kernel()
    yield system
    system.close()


@pytest.fixture
async def line(system: Kernel) -> AsyncIterator[VideoLine]:
    line = await open_v4l2(ADDRESS, None, Timing(), system)
    yield line
    await line.close()


async def test_frames_come_as_the_camera_made_them(system: Kernel, line: VideoLine) -> None:
    heard = Listener(line)
    await line.write(encode(Ask()))
    assert await heard.next() == Sizes(SIZES)
    await line.write(encode(Stream(SIZES[1])))
    assert system.streaming
    system.show(JPEG)
    assert await heard.next() == Frame(SIZES[1], JPEG)


async def test_settings_reach_the_camera_in_order(system: Kernel, line: VideoLine) -> None:
    for number, value in ((0x009A0901, 1), (0x009A0902, 200)):
        await line.write(encode(Control(number, value)))
    assert system.controls == [(0x009A0901, 1), (0x009A0902, 200)]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ERANGE, errno.EIO])
async def test_a_refused_setting_is_said_and_the_picture_goes_on(
    system: Kernel, line: VideoLine, number: int
) -> None:
    heard = Listener(line)
    await line.write(encode(Stream(SIZES[0])))
    system.refuses[0x009A090C] = number
    await line.write(encode(Control(0x009A090C, 1)))
    assert await heard.next() == Trouble(f"control 0x009a090c: {os.strerror(number)}")
    system.show(JPEG)
    assert await heard.next() == Frame(SIZES[0], JPEG)


async def test_another_program_has_it(system: Kernel) -> None:
    system.refuses[kernel.S_FMT] = errno.EBUSY
    with pytest.raises(ConfigurationError) as caught:
        await open_v4l2(ADDRESS, None, Timing(), system)
    assert caught.value.code == "camera.busy"


async def test_who_may_not_is_told_how(system: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: str) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(system, "open", denied)
    with pytest.raises(ConfigurationError) as caught:
        await open_v4l2(ADDRESS, None, Timing(), system)
    assert caught.value.code == "line.denied"
    assert "video" in str(caught.value)


async def test_pulled_out_while_it_streams(system: Kernel, line: VideoLine) -> None:
    await line.write(encode(Stream(SIZES[0])))
    system.refuses[kernel.DQBUF] = errno.ENODEV
    system.show(JPEG)
    with pytest.raises(TransientError) as caught:
        async with asyncio.timeout(30):
            await line.wait_lost()
    assert caught.value.code == "line.lost"
    with pytest.raises(DeviceError):
        await line.write(encode(Stream(SIZES[1])))
