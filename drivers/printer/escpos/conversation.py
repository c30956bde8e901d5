"""Questions to a printer and its answers, in an order that keeps them apart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import msgspec

from drivers.printer.escpos import codec, replies
from drivers.printer.escpos.options import Confirm
from drivers.printer.escpos.state import Condition, from_answers
from drivers.transport.address import wire_of
from drivers.transport.api import Line

_ROUNDS = 4
"""Readings taken at most until two in a row agree."""


class Timing(msgspec.Struct, frozen=True):
    """Waits of the driver, in seconds."""

    reply: float = 1.0
    """For a real-time answer, beyond wire time. It comes in milliseconds, except from printers that
    are deaf while they cut."""
    misses: int = 3
    """Looks without an answer until the printer counts as silent."""
    quiet: float = 0.1
    """Without a byte, after which no answer to an earlier question is still under way: TCP stacks
    hold a second small answer back until the first is acknowledged, 40 ms later."""
    handshake: float = 3.0
    """For an idle printer to answer questions that stand in its print queue."""
    ask_again: float = 30.0
    """Until a printer that answered no such question is asked again, each time twice as long: it may have
    been busy with a slip of before, or the PC with other things. One that cannot confirm costs little that
    way.
    """
    ask_again_most: float = 1800.0
    late: float = 0.3
    """For an answer still due when one to a later question has come."""
    grace: float = 0.3
    """For a confirmation under way when the printer reports that it stopped."""
    clear: float = 1.5
    """For a printer to confirm that it forgot what it had received."""
    unconfirmed: float = 2.0
    """Watched after a slip that nothing will confirm: paper ends within that time or not at all."""
    recover: float = 15.0
    """Between attempts to leave a cutter error; the cutter moves each time."""


class Silence(Exception):  # noqa: N818
    """The printer left a question unanswered."""


class Conversation:
    """One printer's end of the line.

    ``hear`` gets every reply but the answers to status questions, which `look` keeps for itself. ``full``
    says that the printer knows ``DLE EOT`` 20 and is to be asked for it at every look.
    """

    def __init__(
        self, line: Line, timing: Timing, hear: Callable[[replies.Reply], None], *, full: bool = False
    ) -> None:
        self._line = line
        self._timing = timing
        self._hear = hear
        self._loop = asyncio.get_running_loop()
        self._byte_time = wire_of(line.address).byte_time
        self._sent_until = 0.0
        self._heard_at = 0.0
        self._full = full
        self._splitter = replies.Splitter(full=full)
        self._answer: asyncio.Future[int | bytes] | None = None
        self._news = asyncio.Event()
        self._identified = b""
        self._names: list[str] = []
        self._fences_due = 0

    def start(self) -> Callable[[], None]:
        """Begin to listen; call what is returned to end it."""
        return self._line.listen(self._receive)

    def wire_time(self, size: int) -> float:
        """Seconds that many bytes spend on the wire."""
        return size * self._byte_time

    def due(self, within: float) -> float:
        """Loop time by which an answer is due, counting what is still on its way to the printer."""
        return max(self._sent_until, self._loop.time()) + within

    async def tell(self, data: bytes) -> None:
        """Send one whole command sequence."""
        async with self._line.turn():
            await self._write(data)

    async def look(self, known: Condition | None) -> Condition:
        """Ask for the printer's condition; one that is news must be read twice alike.

        Raises `Silence`.
        """
        async with self._line.turn():
            last = await self._round()
            for _ in range(_ROUNDS):
                if last == known:
                    break
                await self._calm()
                known, last = last, await self._round()
            return last

    async def ask(self, identity: bytes, *, fence: bool) -> Confirm | None:
        """Put questions into the print queue; returns the best kind that was answered.

        ``identity`` asks by process ID, empty for not at all. After an answer to a fence no other
        is due.
        """
        question = codec.ask_process_id(identity) if identity else b""
        async with self._line.turn():
            if fence:
                question += codec.FENCE
                self._fences_due += 1
            due = self._fences_due
            # The reset throws away what a printer that does not know a question took for text.
            await self._write(question + codec.RESET)

            def identified() -> bool:
                return self._identified == identity != b""

            await self._until(
                lambda: identified() or self._fences_due < due, self.due(self._timing.handshake)
            )
            answered = self._fences_due < due
            if answered:
                await self._until(
                    lambda: self._fences_due == 0 and (identified() or not identity),
                    self._loop.time() + self._timing.late,
                )
                # One that has not come by now was lost with a printer's memory.
                self._fences_due = 0
        if identified():
            return Confirm.PROCESS_ID
        return Confirm.FENCE if answered else None

    async def who(self) -> str:
        """Return what the printer says of itself, empty when it says nothing within the time for a fence.

        What follows is a question that nearly every printer answers, so that silent ones cost no wait.
        """
        async with self._line.turn():
            self._names = []
            self._fences_due += 1
            due = self._fences_due
            await self._write(codec.WHO + codec.FENCE + codec.RESET)
            await self._until(lambda: self._fences_due < due, self.due(self._timing.handshake))
            if self._fences_due >= due:
                self._fences_due = 0
            return " / ".join(self._names)

    async def slip(self, data: bytes, *, fenced: bool, starting: Callable[[], None]) -> None:
        """Send a slip; ``starting`` is called right before its first byte."""
        async with self._line.turn():
            starting()
            self._fences_due += fenced
            await self._write(data)

    async def _write(self, data: bytes) -> None:
        self._sent_until = self.due(self.wire_time(len(data)))
        await self._line.write(data)

    async def _round(self) -> Condition:
        answers: list[int] = []
        full = b""
        for question in (*codec.STATUS_QUESTIONS, *([codec.FULL_STATUS] if self._full else [])):
            self._answer = self._loop.create_future()
            try:
                await self._write(question)
                async with asyncio.timeout_at(self.due(self._timing.reply)):
                    answer = await self._answer
            except TimeoutError:
                self._answer = None
                await self._calm()
                raise Silence from None
            finally:
                self._answer = None
            if isinstance(answer, bytes):
                full = answer
            else:
                answers.append(answer)
        if len(answers) != len(codec.STATUS_QUESTIONS) or bool(full) != self._full:
            # An answer to an earlier question came late, in place of this one's.
            await self._calm()
            raise Silence
        printer, offline, error, paper = answers
        return from_answers(printer, offline, error, paper, full)

    async def _calm(self) -> None:
        """Let answers to earlier questions pass, so that none is taken for that of the next."""
        until = self._loop.time() + self._timing.reply
        while True:
            wait = min(until, self._heard_at + self._timing.quiet) - self._loop.time()
            if wait <= 0:
                break
            await asyncio.sleep(wait)
        self._dispatch(self._splitter.flush())

    async def _until(self, condition: Callable[[], bool], until: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                while not condition():
                    self._news.clear()
                    await self._news.wait()

    def _receive(self, data: bytes) -> None:
        self._heard_at = self._loop.time()
        self._dispatch(self._splitter.feed(data))

    def _dispatch(self, heard: list[replies.Reply]) -> None:
        for reply in heard:
            if isinstance(reply, replies.RealTime | replies.FullStatus):
                if self._answer is not None and not self._answer.done():
                    self._answer.set_result(reply.byte if isinstance(reply, replies.RealTime) else reply.data)
                continue
            if isinstance(reply, replies.Queued):
                self._fences_due = max(self._fences_due - 1, 0)
            if isinstance(reply, replies.Named):
                self._names.append(reply.text)
            if isinstance(reply, replies.Printed):
                self._identified = reply.identity
            self._news.set()
            self._hear(reply)
