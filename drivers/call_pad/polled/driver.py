"""Keypads that speak only when asked, many on one line: one question, about 120 ms, one answer.

Twenty windows are a round of some 2.4 s, so keypads pressed lately are asked ahead of the round: after a
press a keypad has three turns before the others for each one in its row, so that nobody is
forgotten however many are pressed. On a line that signs share, what changes on a sign goes first.

A key counts when an answer names another one than the answer before it, so a key that is held, or an
answer that is repeated, is one press. What the first answer after a silence names may have been
pressed any time before; it is no press.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated

import msgspec
import structlog

from drivers.call_pad.api import CallPad, Key, KeypadFace, KeyPressed
from drivers.call_pad.polled.codec import Fields, Template, decoder, parse_template
from drivers.device import DeviceSink, Wanted
from drivers.errors import ConfigurationError
from drivers.facts import Fact, fact
from drivers.options import OptionError, hex_bytes
from drivers.status import DeviceState, DeviceStatus, ErrorAction
from drivers.transport.address import wire_of
from drivers.transport.api import Line

log = structlog.get_logger(__name__)

TRIES = 3
"""Questions without an answer until a keypad counts as silent."""
TURNS_AHEAD = 3
"""Turns before the others that a keypad pressed lately has for each one in its row."""
_BEHIND_NEWS = 1e9
"""Taken off a press's time, so that it ranks below every change on a sign and above those who only wait."""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keypad's frames, as templates (see `drivers.call_pad.polled.codec`), and what its keys mean.

    ``keys`` maps what ``{key}`` of the answer says, in hex, to a function; ``idle`` is what it says when
    nothing is pressed. ``confirm`` is sent after a press was taken, ``digits`` shows how many wait,
    ``beep`` beeps; empty where the keypad has none. The keypad is asked every ``poll_s``, or as often as the
    line allows, a silent one every ``silent_poll_s``; it counts as pressed lately for ``lately_s``.
    ``answer_ms`` is how long it may think. The digits are sent again every ``refresh_s``.
    """

    query: str
    answer: str
    keys: dict[str, Key]
    idle: str = "00"
    confirm: str = ""
    digits: str = ""
    beep: str = ""
    poll_s: Annotated[float, msgspec.Meta(ge=0.02, le=60)] = 0.2
    silent_poll_s: Annotated[float, msgspec.Meta(ge=0.1, le=60)] = 2.0
    lately_s: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 20.0
    answer_ms: Annotated[float, msgspec.Meta(ge=5, le=2000)] = 120.0
    refresh_s: Annotated[float, msgspec.Meta(ge=1, le=3600)] = 15.0

    def __post_init__(self) -> None:
        """Raises `OptionError` for a template or key that cannot be."""
        self.frames()

    def frames(self) -> Frames:
        """The templates and key codes, read. Raises `OptionError` for what cannot be."""
        idle = _number("idle", self.idle)
        frames = Frames(
            query=parse_template(self.query, "query"),
            answer=parse_template(self.answer, "answer"),
            confirm=parse_template(self.confirm, "confirm") if self.confirm else None,
            digits=parse_template(self.digits, "digits") if self.digits else None,
            beep=parse_template(self.beep, "beep") if self.beep else None,
            keys={_number("keys", text): key for text, key in self.keys.items()},
            idle=idle,
        )
        if not frames.answer.has("key"):
            raise OptionError(fact("options.template_lacks", option="answer", field="{key}"))
        if frames.digits is not None and not frames.digits.has("count"):
            raise OptionError(fact("options.template_lacks", option="digits", field="{count}"))
        if idle in frames.keys:
            raise OptionError(fact("options.idle_key", value=self.idle))
        return frames


class Frames(msgspec.Struct, frozen=True):
    """What `Options` say, ready to use."""

    query: Template
    answer: Template
    confirm: Template | None
    digits: Template | None
    beep: Template | None
    keys: dict[int, Key]
    idle: int


def _number(option: str, text: str) -> int:
    return int.from_bytes(hex_bytes(option, text), "big")


class PolledKeypad(CallPad):
    """One keypad. Status code ``device.silent``: no answer, `TRIES` times; others on the line go on."""

    def __init__(self, line: Line, unit: int, options: Options, sink: DeviceSink) -> None:
        self._line = line
        self._unit = unit
        self._options = options
        self._frames = options.frames()
        self._sink = sink
        self._byte_time = wire_of(line.address).byte_time
        self._loop = asyncio.get_running_loop()
        self._decoder = decoder(self._frames.answer)
        self._awaited: asyncio.Future[Fields] | None = None
        self._last: int | None = None
        self._pressed_at = float("-inf")
        self._ahead = 0
        self._misses = 0
        self._silent: bool | None = None
        self._reported: DeviceStatus | None = None
        self._count: int | None = None
        self._refused: int | None = None

    async def run(self) -> None:
        """Ask, report presses and keep the digits until the line is lost."""
        stop = self._line.listen(self._heard)
        tasks = [
            asyncio.create_task(work)
            for work in (self._line.wait_lost(), self._keep_asking(), self._keep_digits())
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            stop()

    async def show(self, wanted: Wanted[KeypadFace]) -> None:
        """Show how many wait, and beep when refusals have grown since the last show.

        A keypad without digits shows nothing; digits that cannot be blank show 0 instead.
        """
        if self._frames.digits is not None:
            async with self._line.turn(wanted.changed):
                count = wanted.newest().waiting or 0
                if count != self._count:
                    await self._send(self._frames.digits, Fields(self._unit, count=count))
                    self._count = count
        refused = wanted.newest().refused
        heard, self._refused = self._refused, refused
        if heard is not None and refused > heard:
            await self._beep(wanted.changed)

    async def test(self) -> None:
        """Show eights and beep, as far as the keypad can."""
        if self._frames.digits is not None:
            async with self._line.turn():
                await self._send(self._frames.digits, Fields(self._unit, count=888))
                self._count = 888
        await self._beep(None)

    async def _beep(self, changed: Callable[[], float] | None) -> None:
        if self._frames.beep is not None:
            async with self._line.turn(changed):
                await self._send(self._frames.beep, Fields(self._unit))

    async def _keep_asking(self) -> None:
        while True:
            await self._ask()
            await asyncio.sleep(self._options.silent_poll_s if self._silent else self._options.poll_s)

    async def _keep_digits(self) -> None:
        while True:
            await asyncio.sleep(self._options.refresh_s)
            if self._frames.digits is not None and self._count is not None:
                async with self._line.turn():
                    await self._send(self._frames.digits, Fields(self._unit, count=self._count))

    async def _ask(self) -> None:
        lately = self._loop.time() - self._pressed_at < self._options.lately_s
        first = lately and self._ahead > 0
        async with self._line.turn(self._rank if first else None):
            self._ahead = self._ahead - 1 if first else TURNS_AHEAD
            fields = await self._answer()
            if fields is not None:
                await self._take(fields)
        if fields is None:
            self._missed()

    def _rank(self) -> float:
        return self._pressed_at - _BEHIND_NEWS

    async def _answer(self) -> Fields | None:
        self._decoder.clear()
        self._awaited = self._loop.create_future()
        try:
            await self._send(self._frames.query, Fields(self._unit))
            on_the_wire = self._frames.answer.length * self._byte_time
            async with asyncio.timeout(on_the_wire + self._options.answer_ms / 1000):
                return await self._awaited
        except TimeoutError:
            return None
        finally:
            self._awaited = None

    async def _take(self, fields: Fields) -> None:
        before, self._misses, self._silent = self._last, 0, False
        facts: tuple[Fact, ...] = ()
        if fields.key not in (self._frames.idle, before) and before is not None:
            key = self._frames.keys.get(fields.key)
            if key is None:
                facts = (fact("pad.press_unknown", press=f"{fields.key:02X}"),)
            elif not self._tell(key):
                return
        self._last = fields.key
        self._report(facts)
        # Also when the press was taken before: the keypad may have missed the confirmation.
        if fields.key != self._frames.idle and self._frames.confirm is not None:
            await self._send(self._frames.confirm, fields)

    def _tell(self, key: Key) -> bool:
        try:
            self._sink.reading(KeyPressed(key))
        except Exception:
            # Not taken and not confirmed: the next answer that names it is a press still.
            log.exception("call_pad.sink_failed", unit=self._unit)
            return False
        self._pressed_at = self._loop.time()
        self._ahead = TURNS_AHEAD
        return True

    async def _send(self, template: Template, fields: Fields) -> None:
        """Send a frame and wait until it has left the wire."""
        data = template.encode(fields)
        self._sink.traffic(">", data)
        await self._line.write(data)
        await asyncio.sleep(len(data) * self._byte_time)

    def _heard(self, data: bytes) -> None:
        if self._awaited is None or self._awaited.done():
            return
        self._sink.traffic("<", data)
        named = self._frames.answer.has("unit")
        for fields in self._decoder.feed(data):
            if (fields.unit == self._unit or not named) and not self._awaited.done():
                self._awaited.set_result(fields)

    def _missed(self) -> None:
        self._misses += 1
        if self._misses >= TRIES:
            self._silent = True
            self._last = self._count = None
            self._status(
                DeviceStatus(
                    state=DeviceState.OFFLINE,
                    code="device.silent",
                    action=ErrorAction.RESET,
                    facts=(fact("device.no_answer", times=TRIES),),
                )
            )

    def _report(self, facts: tuple[Fact, ...]) -> None:
        self._status(DeviceStatus(state=DeviceState.ONLINE, facts=facts))

    def _status(self, status: DeviceStatus) -> None:
        if status != self._reported:
            self._reported = status
            self._sink.status(status)


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> PolledKeypad:
    """A keypad with address ``unit``.

    Raises `ConfigurationError` (``driver.options``) for a unit that its frames cannot say.
    """
    frames = options.frames()
    try:
        for template in (frames.query, frames.answer, frames.confirm, frames.digits, frames.beep):
            if template is not None:
                template.encode(Fields(unit))
    except ValueError as error:
        raise ConfigurationError(
            "driver.options", fact("options.unit_unsayable", unit=unit, text=error)
        ) from error
    return PolledKeypad(line, unit, options, sink)
