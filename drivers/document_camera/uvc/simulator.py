"""A document camera with paper under it, in changing light."""

from __future__ import annotations

import asyncio
import io
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from drivers.document_camera.uvc.driver import Options
from drivers.transport import video

SIZES: tuple[video.Size, ...] = ((3264, 2448), (1600, 1200), (1280, 960), (640, 480))
RATE = 15
POSES = 8
"""Ways the paper lies, one after the other while nobody looks closely."""
POSE_FRAMES = 45
PAPERS = ("form", "card", "empty", "nothing")
_LINES = 24


class SimulatedCamera:
    """A `drivers.simulator.Simulator` of a camera over a table.

    ``paper`` is what lies there: ``form``, ``card``, ``empty`` (a blank sheet) or ``nothing``; ``dark`` that
    the lamp is off. Frames are drawn in a thread and kept, so that streaming costs nothing.
    """

    def __init__(self, unit: int = 0, options: Options | None = None, speed: float = 1.0) -> None:
        self.paper = "form"
        self.dark = False
        self.frozen: int | None = None
        """The one way the paper lies; None: another every three seconds."""
        self.grain = 0
        """How much a sensor's noise spreads, in grey levels: as that of a real one, for measurements."""
        self.shots = 0
        """Frames sent so far."""
        self.controls: list[tuple[int, int]] = []
        """What was set, in order."""
        self.refuses: set[int] = set()
        """Controls that it has not."""
        self._send: Callable[[bytes], None] | None = None
        self._notify: Callable[[], None] = lambda: None
        self._messages = video.Messages()
        self._streaming: asyncio.Task[None] | None = None
        self._size: video.Size | None = None
        self._powered = True
        self._count = 0

    @property
    def powered(self) -> bool:
        """Whether it gives pictures."""
        return self._powered

    def power_on(self) -> None:
        """Switch it on."""
        self._powered = True
        self._notify()

    def power_off(self) -> None:
        """Switch it off: it says nothing any more."""
        self._powered = False
        self._stop()
        self._notify()

    def lay(self, paper: str) -> None:
        """Put something else under it."""
        self.paper = paper
        self._notify()

    def connect(self, send: Callable[[bytes], None]) -> None:
        """Somebody opened the line."""
        self._send = send
        self._messages = video.Messages()

    def disconnect(self) -> None:
        """The line is closed."""
        self._send = None
        self._stop()

    def receive(self, data: bytes) -> None:
        """Take orders."""
        try:
            for message in self._messages.feed(data):
                if not self._powered:
                    continue
                if isinstance(message, video.Ask) and self._send is not None:
                    self._send(video.encode(video.Sizes(SIZES)))
                elif isinstance(message, video.Stream):
                    self._stop()
                    self._size = min(SIZES, key=lambda size: abs(size[0] - message.size[0]))
                    self._streaming = asyncio.get_running_loop().create_task(
                        self._stream(self._size), name="simulated camera"
                    )
                elif isinstance(message, video.Stop):
                    self._stop()
                elif isinstance(message, video.Control):
                    self._set(message)
        except video.BadMessageError:
            self._messages = video.Messages()
        self._notify()

    def _set(self, order: video.Control) -> None:
        if order.id not in self.refuses:
            self.controls.append((order.id, order.value))
        elif self._send is not None:
            self._send(video.encode(video.Trouble(f"control {order.id:#010x}: Invalid argument")))

    def view(self) -> dict[str, Any]:
        """What a person sees: whether its light is on, and what lies under it."""
        return {
            "powered": self._powered,
            "streaming": list(self._size) if self._size is not None else None,
            "paper": self.paper,
            "dark": self.dark,
        }

    def on_change(self, notify: Callable[[], None]) -> None:
        """Call ``notify`` when it begins or ends to stream."""
        self._notify = notify

    def _stop(self) -> None:
        if self._streaming is not None:
            self._streaming.cancel()
        self._streaming = self._size = None

    async def _stream(self, size: video.Size) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while self._send is not None:
            pose = self.frozen if self.frozen is not None else self._count // POSE_FRAMES % POSES
            jpeg = await asyncio.to_thread(scene, size, self.paper, pose, self.dark, self.grain)
            if self._send is not None:
                self._send(video.encode(video.Frame(size, jpeg)))
                self.shots += 1
            self._count += 1
            due = max(due + 1 / RATE, loop.time())
            await asyncio.sleep(max(due - loop.time(), 0.005))


@lru_cache(maxsize=24)
def scene(size: video.Size, paper: str, pose: int, dark: bool, grain: int = 0) -> bytes:
    """Return a JPEG of a table with a sheet on it; ``pose`` is one of `POSES` ways it lies and is lit."""
    from PIL import Image, ImageChops

    width, height = size
    ground = Image.new("RGB", size, (58, 84, 66))
    turn = math.radians((-7, 4, 0, 11, -14, 2, 7, -3)[pose % POSES])
    if paper != "nothing":
        sheet = _sheet(paper, round(height * (0.82 if paper != "card" else 0.34)))
        w, h = sheet.size
        centre = (width * (0.5 + 0.01 * (pose % 3)), height * 0.5)
        corners = []
        for index, (x, y) in enumerate(((-w, -h), (w, -h), (w, h), (-w, h))):
            near = 1 + 0.012 * ((pose + index) % 3 - 1)
            x, y = x / 2 * near, y / 2 * near
            corners.append(
                (
                    centre[0] + x * math.cos(turn) - y * math.sin(turn),
                    centre[1] + x * math.sin(turn) + y * math.cos(turn),
                )
            )
        way = _way_back(corners, sheet.size)
        laid = sheet.transform(size, Image.Transform.PERSPECTIVE, way, Image.Resampling.BICUBIC)
        mask = Image.new("L", sheet.size, 255).transform(size, Image.Transform.PERSPECTIVE, way)
        ground.paste(laid, (0, 0), mask)
    light = Image.linear_gradient("L").resize(size).rotate(90 * (pose % 4)).resize(size)
    shade = light.point([(160 if not dark else 25) + v * (0.36 if not dark else 0.1) for v in range(256)])
    lit = ImageChops.multiply(ground, Image.merge("RGB", (shade, shade, shade)))
    if grain:
        noise = Image.effect_noise(size, grain)
        lit = ImageChops.add(lit, Image.merge("RGB", (noise, noise, noise)), offset=-128)
    out = io.BytesIO()
    lit.save(out, "JPEG", quality=88)
    return out.getvalue()


def _sheet(paper: str, height: int) -> Any:
    from PIL import Image, ImageDraw

    wide = height * (85.6 / 54.0 if paper == "card" else 210 / 297)
    sheet = Image.new("RGB", (round(wide), height), (246, 245, 240) if paper != "card" else (205, 216, 230))
    if paper == "empty":
        return sheet
    draw = ImageDraw.Draw(sheet)
    unit = sheet.width / 100
    if paper == "card":
        draw.rectangle((66 * unit, 10 * unit, 93 * unit, 45 * unit), fill=(168, 176, 186))
        for row in range(4):
            draw.rectangle(
                (7 * unit, (10 + 11 * row) * unit, (30 + 7 * (row % 3)) * unit, (14 + 11 * row) * unit),
                fill=(52, 58, 84),
            )
        return sheet
    draw.rectangle((30 * unit, 8 * unit, 70 * unit, 11.5 * unit), fill=(40, 40, 44))
    for row in range(_LINES):
        y = (20 + 4.6 * row) * unit
        x = 9 * unit
        for word in range(9):
            length = (3 + (row * 7 + word * 5) % 6) * unit
            if x + length > 91 * unit:
                break
            draw.rectangle((x, y, x + length, y + 1.5 * unit), fill=(58, 58, 62))
            x += length + 1.6 * unit
    draw.ellipse(
        (66 * unit, 112 * unit, 88 * unit, 134 * unit), outline=(196, 40, 40), width=max(round(unit), 2)
    )
    return sheet


def _way_back(corners: list[tuple[float, float]], size: video.Size) -> tuple[float, ...]:
    """Return the eight numbers of the perspective from the picture back to the sheet (Gauss, 8 × 8)."""
    flat = ((0.0, 0.0), (size[0], 0.0), (size[0], size[1]), (0.0, size[1]))
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(corners, flat, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for n in range(8):
        best = max(range(n, 8), key=lambda row: abs(rows[row][n]))
        rows[n], rows[best] = rows[best], rows[n]
        rows[n] = [value / rows[n][n] for value in rows[n]]
        for other in range(8):
            if other != n:
                factor = rows[other][n]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[n], strict=True)]
    return tuple(row[8] for row in rows)
