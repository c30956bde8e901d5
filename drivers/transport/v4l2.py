"""Lines to cameras in this PC, ``v4l2:///dev/v4l/by-id/…``; they speak `drivers.transport.video`.

The kernel gives the Motion-JPEG frame as the camera made it. A camera is claimed when the line is opened
(uvcvideo lets one program at a time set a format), so that one in another program's hands is said at once.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from drivers.errors import ConfigurationError
from drivers.facts import Fact, fact, refused
from drivers.transport import v4l2_structs as v4l2
from drivers.transport.address import format_address
from drivers.transport.api import Address
from drivers.transport.frames import FrameLine
from drivers.transport.node import cannot_open, did_not_open
from drivers.transport.opening import open_in_thread
from drivers.transport.stream import Timing, Traffic
from drivers.transport.video import (
    NO_MJPEG,
    Ask,
    BadMessageError,
    Control,
    Frame,
    Messages,
    Size,
    Sizes,
    Stop,
    Stream,
    Trouble,
    encode,
)

BUFFERS = 3
"""One that the camera fills, one that is full, one between."""

RATE = 15
"""Frames a second asked for: what a person needs to lay a sheet straight."""

MOST_SIZES = 64

T = TypeVar("T")


class System:
    """The calls into the kernel, so that a test can stand in its place."""

    def open(self, path: str) -> int:
        """Open a node."""
        return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def ioctl(self, file: int, request: int, data: bytearray) -> bytearray:
        """Do one call; return what came back. Raises OSError."""
        fcntl.ioctl(file, request, data, True)
        return data

    def map(self, file: int, length: int, offset: int) -> mmap.mmap:
        """Map a buffer."""
        return mmap.mmap(file, length, mmap.MAP_SHARED, mmap.PROT_READ, offset=offset)


class Camera:
    """An open video node. Its methods may block for some hundred milliseconds and are called in one thread.

    Raises OSError.
    """

    def __init__(self, path: str, system: System | None = None) -> None:
        self._system = system or System()
        self._maps: list[mmap.mmap] = []
        self.file = self._system.open(path)
        try:
            self._begin()
        except BaseException:
            os.close(self.file)
            raise

    def _begin(self) -> None:
        about = v4l2.capability(self._call(v4l2.QUERYCAP, v4l2.blank_capability()))
        needed = v4l2.CAP_VIDEO_CAPTURE | v4l2.CAP_STREAMING
        if about.capabilities & needed != needed:
            raise OSError(errno.ENOTTY, "this node gives no pictures; take another of the camera's")
        pixels = self._every(v4l2.ENUM_FMT, v4l2.format_question, v4l2.pixel_format)
        self._pixel = next((p for p in pixels if p in (v4l2.MJPEG, v4l2.JPEG)), 0)
        if not self._pixel:
            raise OSError(errno.EMEDIUMTYPE, "the camera gives no Motion-JPEG")
        self.sizes: tuple[Size, ...] = tuple(
            dict.fromkeys(
                self._every(
                    v4l2.ENUM_FRAMESIZES, lambda n: v4l2.size_question(n, self._pixel), v4l2.frame_size
                )
            )
        )
        # Claims the camera: EBUSY where another program has it.
        self._format(self.sizes[0] if self.sizes else (640, 480))
        self._call(v4l2.REQBUFS, v4l2.buffers(BUFFERS))

    def stream(self, size: Size) -> Size:
        """Begin to stream; return the size the camera gives instead of the one asked for."""
        self.stop()
        given = self._format(size)
        with suppress(OSError):  # not every camera lets itself be told
            self._call(v4l2.S_PARM, v4l2.rate(RATE))
        count = v4l2.buffers_given(self._call(v4l2.REQBUFS, v4l2.buffers(BUFFERS)))
        for index in range(count):
            about = v4l2.buffer(self._call(v4l2.QUERYBUF, v4l2.blank_buffer(index)))
            self._maps.append(self._system.map(self.file, about.length, about.offset))
            self._call(v4l2.QBUF, v4l2.blank_buffer(index))
        self._call(v4l2.STREAMON, v4l2.switch())
        return given

    def stop(self) -> None:
        """Stop streaming; the camera stays claimed."""
        with suppress(OSError):
            self._call(v4l2.STREAMOFF, v4l2.switch())
        for one in self._maps:
            one.close()
        self._maps = []
        self._call(v4l2.REQBUFS, v4l2.buffers(0))

    def set(self, number: int, value: int) -> None:
        """Set a control."""
        self._call(v4l2.S_CTRL, v4l2.control(number, value))

    def frame(self) -> bytes | None:
        """Return a frame that has come, None for one that is damaged. Raises BlockingIOError when there is
        none.
        """
        full = v4l2.buffer(self._call(v4l2.DQBUF, v4l2.blank_buffer()))
        try:
            if full.flags & v4l2.FLAG_ERROR or not full.used:
                return None
            return self._maps[full.index][: full.used]
        finally:
            self._call(v4l2.QBUF, v4l2.blank_buffer(full.index))

    def close(self) -> None:
        """Give the camera free."""
        with suppress(OSError):
            self.stop()
        os.close(self.file)

    def _format(self, size: Size) -> Size:
        width, height, pixel = v4l2.given_format(
            self._call(v4l2.S_FMT, v4l2.wanted_format(*size, self._pixel))
        )
        if pixel != self._pixel:
            raise OSError(errno.EMEDIUMTYPE, NO_MJPEG)
        return width, height

    def _call(self, request: int, data: bytearray) -> bytearray:
        return self._system.ioctl(self.file, request, data)

    def _every(
        self, request: int, ask: Callable[[int], bytearray], read: Callable[[bytearray], T]
    ) -> list[T]:
        """Ask for the first, the second and so on, until the kernel says that there are no more."""
        found: list[T] = []
        with suppress(OSError):
            while len(found) < MOST_SIZES:
                found.append(read(self._call(request, ask(len(found)))))
        return found


async def open_v4l2(
    address: Address, traffic: Traffic | None, timing: Timing, system: System | None = None
) -> VideoLine:
    """Open and claim the camera; see `drivers.transport.line.open_line` for the errors."""
    where = format_address(address)
    try:
        camera = await open_in_thread(
            lambda: Camera(address.target, system), lambda camera: camera.close(), timing.connect
        )
    except TimeoutError:
        raise did_not_open(where, timing.connect) from None
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise ConfigurationError("camera.busy", fact("line.at", where=where)) from error
        if error.errno == errno.ENOTTY:
            raise ConfigurationError(
                "address.bad", fact("camera.no_pictures"), fact("line.at", where=where)
            ) from error
        if error.errno == errno.EMEDIUMTYPE:
            raise ConfigurationError(
                "address.bad", fact("camera.no_mjpeg"), fact("line.at", where=where)
            ) from error
        raise cannot_open(where, error, "video") from error
    return VideoLine(address, camera, traffic, timing)


class VideoLine(FrameLine):
    """A line to one camera. Orders go to the kernel in a thread of the line's own, frames come as they are
    there.
    """

    def __init__(self, address: Address, camera: Camera, traffic: Traffic | None, timing: Timing) -> None:
        super().__init__(address, traffic, timing)
        self._camera = camera
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="camera")
        self._orders = Messages()
        self._size: Size = (0, 0)

    async def _put(self, data: bytes) -> int:
        try:
            for order in self._orders.feed(data):
                if isinstance(order, Ask):
                    self._say(Sizes(self._camera.sizes))
                else:
                    await self._ordered(order)
        except BadMessageError as error:
            self._say(Trouble(str(error)))
        return len(data)

    async def _ordered(self, order: object) -> None:
        """Have the kernel do it. What it refuses is said and harms nothing that goes on; only a camera that
        is gone ends the line. Raises OSError.
        """
        self._loop.remove_reader(self._camera.file)
        try:
            await self._loop.run_in_executor(self._thread, self._do, order)
        except OSError as error:
            if error.errno == errno.ENODEV or (error.errno == errno.EIO and not isinstance(order, Control)):
                raise
            about = f"control {order.id:#010x}: " if isinstance(order, Control) else ""
            self._say(Trouble(about + (error.strerror or str(error))))
        if self._size != (0, 0) and not self._gone.is_set():
            self._loop.add_reader(self._camera.file, self._readable)

    def _do(self, order: object) -> None:
        match order:
            case Stream():
                self._size = (0, 0)
                self._size = self._camera.stream(order.size)
            case Stop():
                self._size = (0, 0)
                self._camera.stop()
            case Control():
                self._camera.set(order.id, order.value)

    def _readable(self) -> None:
        try:
            jpeg = self._camera.frame()
        except BlockingIOError:
            return
        except OSError as error:
            self._loop.remove_reader(self._camera.file)
            self._lose(refused(error))
            return
        if jpeg is not None:
            self._say(Frame(self._size, jpeg))

    def _say(self, message: Sizes | Frame | Trouble) -> None:
        if not self._gone.is_set():
            self._heard(encode(message))

    def _lose(self, why: Fact) -> None:
        if not self._gone.is_set():
            self._loop.remove_reader(self._camera.file)
        super()._lose(why)

    async def _release(self) -> None:
        await self._loop.run_in_executor(self._thread, self._camera.close)
        self._thread.shutdown(wait=False)
