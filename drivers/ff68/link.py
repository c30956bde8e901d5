"""A pad's end of a line: presses in, acknowledgements, digits and beeps out.

Pads talk when they are pressed and at no other time, so a pad that is unplugged cannot be told
from one that nobody presses: a pad is online while its line is open, and the status says whether
it was heard. For the same reason the digits are sent again now and then.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable

from drivers.device import DeviceSink, Reading
from drivers.facts import Fact, fact
from drivers.ff68.codec import BEEP, DIGITS, MAX_FRAME, Decoder, Frame, acknowledgement, digits, encode
from drivers.status import DeviceState, DeviceStatus
from drivers.transport.api import Line

ECHO_WINDOW = 0.08
"""Seconds after an acknowledgement in which the same frame is an RS-485 adapter's echo of it: no
pad repeats itself that fast, and a pad that did would try again."""
MAX_REPEATS = 10
"""Repeats of one press that are acknowledged. Pads give up sooner; more are an echo come late, and
answering it would never end."""

STRANGE = MAX_FRAME + 8
"""Bytes without a frame, from a line on which the pad was never heard, that are worth telling: most likely a
wrong baud rate or wiring. More than the longest frame, whose bytes may come one by one.
"""

_UNHEARD = fact("pad.not_heard")
_HEARD = fact("pad.heard")


class PadLink:
    """One pad on a line that it may share with others.

    ``unit`` is its address; 0 takes presses of any address and shows to the one heard last.
    ``understand`` makes a reading of a frame; one it returns None for is left unacknowledged. A frame that
    arrives again within ``debounce`` seconds of its last arrival is the same press: a finger that
    bounced, or a pad that missed the acknowledgement; it is acknowledged again and not reported.
    The acknowledgement goes out after the sink has taken the reading.
    """

    def __init__(
        self,
        line: Line,
        unit: int,
        sink: DeviceSink,
        understand: Callable[[Frame], Reading | None],
        *,
        debounce: float,
        refresh: float,
    ) -> None:
        self._line = line
        self._unit = unit
        self._address = unit
        self._sink = sink
        self._understand = understand
        self._debounce = debounce
        self._refresh = refresh
        self._loop = asyncio.get_running_loop()
        self._decoder = Decoder()
        self._press: Frame | None = None
        self._pressed_at = -math.inf
        self._repeats = 0
        self._answered: Frame | None = None
        self._answered_at = -math.inf
        self._due: deque[Frame] = deque(maxlen=16)
        self._wake = asyncio.Event()
        self._status: DeviceStatus | None = None
        self._digits: str | None = None
        self._strange = bytearray()

    async def run(self) -> None:
        """Listen, acknowledge and keep the digits until the line is lost."""
        stop = self._line.listen(self._heard)
        tasks = [
            asyncio.create_task(work)
            for work in (self._line.wait_lost(), self._acknowledge(), self._repeat_digits())
        ]
        self._report(_UNHEARD)
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            stop()

    async def show(self, text: Callable[[], str], changed: Callable[[], float] | None = None) -> None:
        """Show digits; ``text`` is asked once the line is ours. Unchanged digits cost nothing."""
        async with self._line.turn(changed):
            wanted = text()
            if wanted != self._digits:
                await self._send(digits(self._address, wanted))
                self._digits = wanted

    async def beep(self, changed: Callable[[], float] | None = None) -> None:
        """Beep once."""
        async with self._line.turn(changed):
            await self._send(Frame(self._address, BEEP))

    def puzzled(self, frame: Frame) -> None:
        """Tell technicians of a press that the profile has no meaning for."""
        self._report(fact("pad.press_unknown", press=frame.data.hex(" ")))

    def forget_digits(self) -> None:
        """Assume nothing of what the pad shows."""
        self._digits = None

    async def _send(self, frame: Frame) -> None:
        data = encode(frame)
        self._sink.traffic(">", data)
        await self._line.write(data)

    async def _acknowledge(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._due:
                # Before everything else: the pad is waiting and would send again.
                async with self._line.turn(lambda: math.inf):
                    answer = acknowledgement(self._due.popleft())
                    await self._send(answer)
                    self._answered, self._answered_at = answer, self._loop.time()

    async def _repeat_digits(self) -> None:
        while True:
            await asyncio.sleep(self._refresh)
            async with self._line.turn():
                if self._digits is not None:
                    await self._send(digits(self._address, self._digits))

    def _heard(self, data: bytes) -> None:
        frames = self._decoder.feed(data)
        if not frames and self._status == _status(_UNHEARD):
            self._puzzle_over(data)
        for frame in frames:
            if self._unit in (0, frame.address) and frame.function not in (DIGITS, BEEP):
                self._take(frame)

    def _puzzle_over(self, data: bytes) -> None:
        """Tell of bytes that are no frames, as long as the pad was not heard: others may share the line."""
        self._strange += data
        if len(self._strange) >= STRANGE:
            self._report(fact("pad.strange_bytes", bytes=self._strange[:16].hex(" ")))

    def _take(self, frame: Frame) -> None:
        now = self._loop.time()
        if frame == self._answered and now - self._answered_at < ECHO_WINDOW:
            return
        reading = self._understand(frame)
        if reading is None:
            return
        self._sink.traffic("<", encode(frame))
        self._address = frame.address
        self._report(_HEARD)
        again = frame == self._press and now - self._pressed_at < self._debounce
        if not again:
            self._sink.reading(reading)
        # Only now: a press that the sink failed to take is a new one when the pad sends it again.
        self._press, self._pressed_at = frame, now
        self._repeats = self._repeats + 1 if again else 0
        if self._repeats <= MAX_REPEATS:
            self._due.append(frame)
            self._wake.set()

    def _report(self, known: Fact) -> None:
        status = _status(known)
        if status != self._status:
            self._status = status
            self._sink.status(status)


def _status(known: Fact) -> DeviceStatus:
    return DeviceStatus(state=DeviceState.ONLINE, facts=(known,))
