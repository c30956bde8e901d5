"""Keeping one sign right on a line that several share.

What a frame says is the business of a `SignProtocol`; here is when it is sent, what an answer or
its absence means, and what is reported. One turn on the line per frame; the face is asked for
inside the turn, so that only the newest costs wire time, and a lost frame is superseded by what
is wanted by then. A sign that never answers is sent what it should show again and again; its turn
lasts until the frame has left the wire, so that here too the newest goes first.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import Any

import msgspec

from drivers.caller_display.api import CallerDisplay, Page, SignFace
from drivers.device import DeviceSink, Wanted
from drivers.errors import ConfigurationError, DeviceError, TransientError
from drivers.facts import Fact, fact
from drivers.status import DeviceState, DeviceStatus, ErrorAction
from drivers.transport.address import wire_of
from drivers.transport.api import Line

TRIES = 3
"""Frames without an answer until a sign counts as silent."""
SHORTEST_PAGE = 0.5
"""Seconds; nobody reads faster, and a bus has others to serve."""


class Timing(msgspec.Struct, frozen=True):
    """Seconds: ``poll`` between questions to a healthy sign, ``silent_poll`` to a silent one.

    ``answer`` is how long a sign may think, on top of wire time.
    """

    poll: float = 4.0
    silent_poll: float = 0.4
    answer: float = 0.15


class Frame(msgspec.Struct, frozen=True):
    """Bytes to send.

    ``answer`` is the length of the longest answer, 0 where none ever comes: the frame then counts as
    taken once it has left. ``holds`` is what the sign holds once it has taken them, for the
    protocol that composed them.
    """

    data: bytes
    answer: int
    holds: Any = None


class Verdict(StrEnum):
    """What an answer means."""

    TAKEN = "taken"
    AGAIN = "again"
    REFUSED = "refused"
    RESTARTED = "restarted"


class Answer(msgspec.Struct, frozen=True):
    """An answer of our sign. ``why`` is for technicians."""

    verdict: Verdict
    why: Fact | None = None

    @property
    def facts(self) -> tuple[Fact, ...]:
        """``why``, as errors and statuses take it."""
        return () if self.why is None else (self.why,)


_UNANSWERED = Answer(Verdict.TAKEN)


class SignProtocol(ABC):
    """One sign's protocol and what it is known to hold. Pure: no I/O, no clock."""

    @abstractmethod
    def compose(self, page: Page | None) -> Frame | None:
        """Return the next frame on the way to ``page`` (None: dark), None when it's there."""

    @abstractmethod
    def taken(self, frame: Frame) -> None:
        """Note that the sign has taken a frame."""

    @abstractmethod
    def forget(self) -> None:
        """Assume nothing of what the sign holds."""

    @abstractmethod
    def probe(self) -> Frame | None:
        """Return a frame that a living sign answers and that changes nothing to be seen.

        None when this time none should go out.
        """

    @abstractmethod
    def feed(self, data: bytes) -> list[Answer]:
        """Take bytes from the line and return the answers of our sign among them."""

    @property
    @abstractmethod
    def notes(self) -> tuple[Fact, ...]:
        """What a technician should know of the page composed last; nothing when all is well."""

    @property
    def missing(self) -> str:
        """Characters of the page composed last that were replaced, apart by blanks."""
        return ""


class PolledSign(CallerDisplay):
    """A `CallerDisplay` over a `SignProtocol`.

    Status codes: ``sign.silent`` (no answer, or refused by the network, `TRIES` times; others on the
    line go on), ``sign.restarted`` (it lost its memory; followed by online at once, so that the
    owner shows again), ``sign.refused`` (it answers but does not take what it is sent).
    """

    def __init__(
        self, line: Line, protocol: SignProtocol, timing: Timing, sink: DeviceSink, test_page: Page
    ) -> None:
        self._line = line
        self._protocol = protocol
        self._timing = timing
        self._sink = sink
        self._test_page = test_page
        self._byte_time = wire_of(line.address).byte_time
        self._loop = asyncio.get_running_loop()
        self._awaited: asyncio.Future[Answer] | None = None
        self._silent: bool | None = None
        self._reported: DeviceStatus | None = None
        self._face = SignFace()
        self._page = 0
        self._page_until = float("inf")
        self._missing: dict[str, None] = {}
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Poll, turn pages and report until the line is lost."""
        stop = self._line.listen(self._heard)
        keep = asyncio.create_task(self._keep())
        lost = asyncio.create_task(self._line.wait_lost())
        try:
            await asyncio.wait((keep, lost), return_when=asyncio.FIRST_COMPLETED)
            for task in (lost, keep):
                if task.done():
                    task.result()
        finally:
            keep.cancel()
            lost.cancel()
            await asyncio.gather(keep, lost, return_exceptions=True)
            stop()

    async def show(self, wanted: Wanted[SignFace]) -> None:
        """Make the newest face visible; returns with the sign's last acknowledgement.

        Raises `TransientError` ``sign.silent`` (at once while the sign is known to be silent) and
        `ConfigurationError` ``sign.refused``.
        """
        failed = await self._settle(wanted.newest, wanted.changed)
        if failed is not None:
            raise failed

    async def test(self) -> None:
        """Show a test pattern."""
        face = SignFace((self._test_page,))
        failed = await self._settle(lambda: face, None)
        if failed is not None:
            raise failed

    async def _settle(
        self, newest: Callable[[], SignFace], changed: Callable[[], float] | None
    ) -> DeviceError | None:
        """Send frames until the sign holds the newest face, or tell why it can't."""
        misses = 0
        while True:
            async with self._line.turn(changed):
                self._adopt(newest())
                frame = self._protocol.compose(self._current())
                if self._silent:
                    return TransientError("sign.silent", fact("device.no_answer", times=TRIES))
                if frame is None:
                    self._report(DeviceState.ONLINE)
                    return None
                answer = await self._ask(frame)
                if answer is not None and answer.verdict is Verdict.TAKEN:
                    self._protocol.taken(frame)
                    misses = 0
                    continue
            misses += 1
            if answer is not None:
                if answer.verdict is Verdict.REFUSED or misses >= TRIES:
                    self._report(DeviceState.HARDWARE_ERROR, "sign.refused", answer.facts)
                    return ConfigurationError("sign.refused", *answer.facts)
            elif misses >= TRIES:
                self._fell_silent()
                return TransientError("sign.silent", fact("device.no_answer", times=TRIES))

    async def _keep(self) -> None:
        probed_at = float("-inf")
        while True:
            self._wake.clear()
            poll_at = probed_at + (self._timing.silent_poll if self._silent else self._timing.poll)
            if self._loop.time() >= poll_at:
                await self._probe()
                probed_at = self._loop.time()
            elif self._loop.time() >= self._page_until:
                await self._turn_page()
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(min(poll_at, self._page_until)):
                        await self._wake.wait()

    async def _probe(self) -> None:
        for _ in range(1 if self._silent else TRIES):
            async with self._line.turn():
                frame = self._protocol.probe()
                if frame is None:
                    return
                answer = await self._ask(frame)
                if answer is not None and answer.verdict is Verdict.TAKEN:
                    self._protocol.taken(frame)
            if answer is None:
                continue
            if answer.verdict is Verdict.RESTARTED:
                self._protocol.forget()
                self._report(DeviceState.OFFLINE, "sign.restarted", answer.facts)
                self._report(DeviceState.ONLINE)
            return
        self._fell_silent()

    async def _turn_page(self) -> None:
        self._page = (self._page + 1) % len(self._face.pages)
        self._page_until = self._loop.time() + max(SHORTEST_PAGE, self._face.pages[self._page].seconds)
        if not self._silent:
            # What comes of it is in the status; with no change of the face behind it, it waits
            # until nobody on the line has news.
            await self._settle(lambda: self._face, None)

    async def _ask(self, frame: Frame) -> Answer | None:
        awaited: asyncio.Future[Answer] = self._loop.create_future()
        self._awaited = awaited
        try:
            self._sink.traffic(">", frame.data)
            await self._line.write(frame.data)
            on_the_wire = (len(frame.data) + frame.answer) * self._byte_time
            if frame.answer:
                async with asyncio.timeout(on_the_wire + self._timing.answer):
                    answer = await awaited
            else:
                await asyncio.sleep(on_the_wire)
                answer = _UNANSWERED
        except TimeoutError:
            return None
        except TransientError as error:
            if error.code != "line.refused":
                raise
            return None
        except asyncio.CancelledError:
            # The frame may or may not have been taken.
            self._protocol.forget()
            raise
        finally:
            self._awaited = None
        if self._silent is not False:
            self._silent = False
            self._report(DeviceState.ONLINE)
        return answer

    def _heard(self, data: bytes) -> None:
        if self._awaited is not None:
            self._sink.traffic("<", data)
        for answer in self._protocol.feed(data):
            if self._awaited is not None and not self._awaited.done():
                self._awaited.set_result(answer)

    def _adopt(self, face: SignFace) -> None:
        if face == self._face:
            return
        turns = len(self._face.pages) > 1 and len(face.pages) > 1
        self._face = face
        self._missing.clear()
        if turns:
            # On a board something changes all the time: what takes turns goes on with its turns.
            self._page %= len(face.pages)
        else:
            self._page = 0
            self._page_until = float("inf")
            if len(face.pages) > 1:
                self._page_until = self._loop.time() + max(SHORTEST_PAGE, face.pages[0].seconds)
        self._wake.set()

    def _current(self) -> Page | None:
        return self._face.pages[self._page] if self._face.pages else None

    def _fell_silent(self) -> None:
        self._silent = True
        self._protocol.forget()
        self._report(DeviceState.OFFLINE, "sign.silent", (fact("device.no_answer", times=TRIES),))
        # From now on it is asked more often.
        self._wake.set()

    def _report(self, state: DeviceState, code: str = "", facts: tuple[Fact, ...] = ()) -> None:
        action = {"": ErrorAction.NONE, "sign.refused": ErrorAction.CONFIGURATION}.get(
            code, ErrorAction.RESET
        )
        # Of all pages of a face together: its status does not change with every page.
        self._missing.update(dict.fromkeys(self._protocol.missing.split()))
        status = DeviceStatus(
            state=state,
            code=code,
            action=action,
            facts=facts or self._protocol.notes,
            missing=" ".join(self._missing),
        )
        if status != self._reported:
            self._reported = status
            self._sink.status(status)
