"""A camera on a line that speaks `drivers.transport.video`: ``v4l2://`` in this PC, ``tcp://`` elsewhere.

A camera streams one size at a time. While a sheet is laid straight it streams a small one, which costs next
to nothing; for a page it changes to full resolution, lets the light settle for some frames, takes one, and
goes back when the next preview is asked for. A page never waits for a preview: whoever waits for one gives
way. A camera whose change is slow has ``preview = "full"`` in its profile and always streams the large one.
"""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from drivers.device import DeviceSink
from drivers.document_camera.api import DocumentCamera, Picture
from drivers.document_camera.uvc.controls import Exposure, Focus, controls_of
from drivers.errors import ConfigurationError, DeviceError, MaintenanceError, TransientError
from drivers.facts import Fact, fact
from drivers.options import OptionError
from drivers.status import DeviceState, DeviceStatus, ErrorAction
from drivers.transport import video
from drivers.transport.api import Line

FIRST_S = 5.0
"""Until the first frame after a change of size; cameras take 0.1 to 1.5 s."""
NEXT_S = 3.0
REST_S = 8.0
"""After so long without a question the camera is stopped: its light goes out."""
HELLO_S = 5.0
_END = b"\xff\xd9"
_CONTROL = re.compile(r"control (0x[0-9a-f]+): (.+)", re.DOTALL)


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Habits of a camera.

    ``width`` × ``height`` is the size of pages (0: the largest it has), ``preview_width`` the least width of
    the preview. ``settle`` frames are let go after a change of size, while exposure and focus find
    themselves. ``exposure`` is ``"auto"`` or milliseconds, ``focus`` ``"auto"`` or the lens's own number (on
    most cameras 0 is far); what is not named stays as the camera has it. ``controls`` are any other controls
    of V4L2, set after these: identifier (hexadecimal) to value, such as ``"0x00980913" = 40`` (gain).
    """

    width: Annotated[int, Meta(ge=0, le=65535)] = 0
    height: Annotated[int, Meta(ge=0, le=65535)] = 0
    preview_width: Annotated[int, Meta(ge=160, le=65535)] = 640
    preview: Literal["small", "full"] = "small"
    settle: Annotated[int, Meta(ge=0, le=60)] = 2
    exposure: Exposure | None = None
    focus: Focus | None = None
    controls: dict[str, int] = {}

    def __post_init__(self) -> None:
        """Raises `OptionError` for a control that is no hexadecimal number."""
        for name in self.controls:
            try:
                int(name, 16)
            except ValueError:
                raise OptionError(fact("options.no_hex", option=name)) from None


class UvcCamera(DocumentCamera):
    """A camera on its line."""

    def __init__(self, line: Line, options: Options, sink: DeviceSink) -> None:
        self._line = line
        self._options = options
        self._sink = sink
        self._messages = video.Messages()
        self._sizes: tuple[video.Size, ...] = ()
        self._known = asyncio.Event()
        self._turn = asyncio.Lock()
        self._wanted: video.Size | None = None
        self._skip = 0
        self._newest: video.Frame | None = None
        self._came = asyncio.Event()
        self._trouble: Fact | None = None
        self._lost: DeviceError | None = None
        self._asked_at = 0.0
        self._pages = 0
        """Askers that wait for a page: nobody else keeps the camera meanwhile."""
        self._well = DeviceStatus(state=DeviceState.ONLINE)

    async def run(self) -> None:
        """Keep the camera ready until the line is lost; stop it when nobody looks."""
        loop = asyncio.get_running_loop()
        stop = self._line.listen(self._heard)
        lost = asyncio.create_task(self._line.wait_lost(), name="camera line")
        try:
            await self._line.write(video.encode(video.Ask()))
            async with asyncio.timeout(HELLO_S):
                await self._known.wait()
            await self._set_up()
            self._sink.status(self._well)
            while True:
                done, _ = await asyncio.wait((lost,), timeout=1.0)
                if done:
                    await lost
                if self._wanted is not None and loop.time() - self._asked_at > REST_S:
                    async with self._turn:
                        if loop.time() - self._asked_at > REST_S:
                            await self._rest()
        except TimeoutError:
            raise TransientError("camera.silent", fact("camera.no_word", seconds=HELLO_S)) from None
        except DeviceError as error:
            self._lost = error
            self._came.set()
            raise
        finally:
            lost.cancel()
            await asyncio.gather(lost, return_exceptions=True)
            stop()

    async def _set_up(self) -> None:
        """Set the controls. Pictures come also from a camera that refuses one; that is told."""
        own = self._options
        wanted = controls_of(own.exposure, own.focus, own.controls)
        if not wanted:
            return
        for number, value in wanted:
            await self._line.write(video.encode(video.Control(number, value)))
        self._known.clear()
        # Orders are answered in turn: with this answer all refusals are here.
        await self._line.write(video.encode(video.Ask()))
        async with asyncio.timeout(HELLO_S):
            await self._known.wait()
        if self._trouble is not None:
            self._well = DeviceStatus(
                state=DeviceState.ONLINE,
                code="camera.setting",
                action=ErrorAction.CONFIGURATION,
                facts=(self._trouble,),
            )

    async def test(self) -> None:
        """Take a picture; a picture that came is a camera that works."""
        await self.picture(full=True)

    async def picture(self, *, full: bool) -> Picture:
        """Return the next frame; a page goes before previews that were asked for earlier."""
        size = self._size(full or self._options.preview == "full")
        self._asked_at = asyncio.get_running_loop().time()
        self._pages += full
        self._came.set()
        try:
            frame: video.Frame | None = None
            while frame is None:
                async with self._turn:
                    frame = await self._taken(size, gives_way=not full)
        finally:
            self._pages -= full
        self._asked_at = asyncio.get_running_loop().time()
        return Picture(frame.jpeg, *frame.size)

    async def _taken(self, size: video.Size, *, gives_way: bool) -> video.Frame | None:
        """Return the next frame of a size; None when a page is wanted first."""
        if gives_way and self._pages:
            return None
        changed = size != self._wanted
        if changed:
            self._trouble = self._newest = None
            self._wanted, self._skip = size, self._options.settle
            await self._line.write(video.encode(video.Stream(size)))
        return await self._next(FIRST_S if changed else NEXT_S, gives_way)

    def _size(self, full: bool) -> video.Size:
        own = self._options
        if not self._sizes:
            return (own.width or 1280, own.height or 960)
        if full:
            if own.width and own.height:
                return (own.width, own.height)
            return max(self._sizes, key=lambda size: size[0] * size[1])
        shape = self._size(True)
        wide = [size for size in self._sizes if size[0] >= own.preview_width] or list(self._sizes)
        # A preview of another shape would show another part of the table.
        return min(wide, key=lambda size: (abs(size[0] / size[1] - shape[0] / shape[1]) > 0.02, size[0]))

    async def _next(self, limit: float, gives_way: bool) -> video.Frame | None:
        self._newest = None
        try:
            async with asyncio.timeout(limit):
                while self._newest is None:
                    if self._lost is not None:
                        raise self._lost
                    if gives_way and self._pages:
                        return None
                    if self._trouble is not None:
                        self._wanted = None
                        raise MaintenanceError("camera.refused", self._trouble)
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            self._wanted = None  # the next question begins anew
            no_frame = fact("camera.no_frame", seconds=limit)
            self._sink.status(
                DeviceStatus(
                    state=DeviceState.HARDWARE_ERROR,
                    code="camera.silent",
                    action=ErrorAction.MAINTENANCE,
                    facts=(no_frame,),
                )
            )
            raise TransientError("camera.silent", no_frame) from None
        self._sink.status(self._well)
        return self._newest

    async def _rest(self) -> None:
        self._wanted, self._newest = None, None
        await self._line.write(video.encode(video.Stop()))

    def _heard(self, data: bytes) -> None:
        try:
            for message in self._messages.feed(data):
                match message:
                    case video.Sizes():
                        self._sizes = message.sizes
                        self._known.set()
                    case video.Frame():
                        self._frame(message)
                    case video.Trouble():
                        self._trouble = _trouble(message.why)
                        self._came.set()
        except video.BadMessageError as error:
            self._lost = TransientError("camera.unreadable", fact("camera.no_message", text=error))
            self._came.set()

    def _frame(self, frame: video.Frame) -> None:
        if self._wanted is None or not _whole(frame.jpeg):
            return
        if frame.size != self._wanted and frame.size in self._sizes:
            return  # still of the size before
        if self._skip:
            self._skip -= 1
            return
        self._newest = frame
        self._came.set()


def _trouble(why: str) -> Fact:
    if why == video.NO_MJPEG:
        return fact("camera.no_mjpeg_at_size")
    if (refused := _CONTROL.fullmatch(why)) is not None:
        return fact("camera.control_refused", control=refused[1], text=refused[2])
    return fact("camera.trouble", text=why)


def _whole(jpeg: bytes) -> bool:
    """Whether a frame is whole: some cameras fill up with zeros behind the end."""
    return jpeg.startswith(b"\xff\xd8") and _END in jpeg[-4096:]


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> UvcCamera:
    """A camera alone on its line.

    Raises `ConfigurationError` (``driver.options``) for a unit: a camera has none.
    """
    if unit != 0:
        raise ConfigurationError("driver.options", fact("options.no_unit"))
    return UvcCamera(line, options, sink)
