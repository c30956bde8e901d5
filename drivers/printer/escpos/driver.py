"""ESC/POS ticket printers.

Status comes from ``DLE EOT``, asked in rounds, with automatic status as a hint to ask at once. A
slip is sent only to a printer that has just said it can print, and its end is confirmed as the
model can (`Confirm`). A printer that stops half-way is told to forget the rest, so that refilling
paper never brings out the remains of a slip whose outcome was already told.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from typing import NamedTuple

from drivers.device import DeviceSink
from drivers.errors import DeviceError, MaintenanceError, OutcomeUnknownError, TransientError
from drivers.facts import fact
from drivers.printer.api import Align, Feed, Outcome, PrintResult, Slip, SlipRetracted, Text, TicketPrinter
from drivers.printer.escpos import codec, length, replies, state
from drivers.printer.escpos.conversation import Conversation, Silence, Timing
from drivers.printer.escpos.options import Confirm, Mode, Options, Presenter, Qr
from drivers.printer.escpos.presenter import Attendant
from drivers.printer.escpos.qr import SlipError
from drivers.status import DeviceStatus
from drivers.transport.api import Line

__all__ = ["EscposPrinter", "Options", "Timing", "build"]

_PRINT_RATE = 10_000
"""Bytes a second that the slowest printer takes off the line while it prints: a row of 72 bytes,
eight rows a millimetre, 60 mm/s make 34 kB/s; a third of that leaves room for its pauses."""

_CONFIRMS = "confirm"
"""Remembered: how the unit confirms, and on the next line what it says of itself."""

_WAYS = {
    Confirm.PROCESS_ID: fact("printer.confirms_by_id"),
    Confirm.FENCE: fact("printer.confirms_by_fence"),
    Confirm.NONE: fact("printer.confirms_nothing"),
    Confirm.PROBE: fact("printer.confirms_unasked"),
}

TEST_SLIP = Slip(
    (
        Text("打印测试", size=2, align=Align.CENTER, bold=True),
        Text("Printer test", align=Align.CENTER),
        Feed(2),
    )
)


FRESH_S = 0.5
"""What a printer said so long ago still holds for a slip."""


class _Ready(NamedTuple):
    """A slip made ready until ``until`` (loop time), and what it rests on.

    ``data`` is its bytes, or why it cannot be printed; ``paper`` its length in millimetres.
    """

    slip: Slip
    until: float
    condition: state.Condition | None
    confirm: Confirm
    data: bytes | PrintResult
    paper: float = 0.0


class _Job:
    """A slip on its way, and what became known of it.

    Until ``patience`` (loop time) silence proves nothing: over TCP, questions queue behind the slip.
    """

    def __init__(self, identity: bytes, patience: float) -> None:
        self.identity = identity
        self.patience = patience
        self.confirmed = False
        self.cleared = False
        self.stopped = ""
        self.lost = ""
        self.news = asyncio.Event()

    async def wait(self, until: float) -> bool:
        """Wait for news; false when the time was up first."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self.news.wait()
                self.news.clear()
                return True
        return False


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> EscposPrinter:
    """Build a printer on an open line.

    Raises `ConfigurationError` (``printer.font``) when raster mode has no font it can read.
    """
    if options.mode is Mode.RASTER:
        codec.encode(Slip((Text("试"),)), options)
    return EscposPrinter(line, options, sink)


class EscposPrinter(TicketPrinter):
    """One printer on its own line."""

    def __init__(self, line: Line, options: Options, sink: DeviceSink, timing: Timing | None = None) -> None:
        self._line = line
        self._options = options
        self._sink = sink
        self._timing = timing or Timing()
        self._loop = asyncio.get_running_loop()
        presents = options.presenter is not Presenter.NONE
        self._talk = Conversation(line, self._timing, self._hear, full=presents)
        self._mouth = Attendant(options, self._talk.tell, self._retracted)
        self._auto = b""
        self._confirm = options.confirm
        self._unit = ""
        self._introduced = options.confirm is Confirm.NONE
        self._introducing = asyncio.Lock()
        self._ask_again_at = float("inf")
        self._ask_again = self._timing.ask_again
        self._condition: state.Condition | None = None
        self._reported: DeviceStatus | None = None
        self._remains = False
        self._was_open = False
        self._recover_at = 0.0
        self._running = False
        self._poke = asyncio.Event()
        self._one_slip = asyncio.Lock()
        self._ready: _Ready | None = None
        self._job: _Job | None = None
        # Starting anywhere keeps a late answer to an earlier connection from naming our slip.
        self._number = random.randrange(95**4)

    # Device

    async def run(self) -> None:
        """Look at the printer again and again and report changes, until the line is lost."""
        stop = self._talk.start()
        self._running = True
        tasks = [asyncio.create_task(self._keep()), asyncio.create_task(self._line.wait_lost())]
        why = "line.lost"
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except DeviceError as error:
            why = error.code
            raise
        finally:
            self._running = False
            stop()
            self._give_up(why)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def test(self) -> None:
        """Print a few words."""
        result = await self.print(TEST_SLIP)
        if result.outcome is Outcome.FAILED:
            raise MaintenanceError(result.code, fact("printer.test_not_printed"))
        if result.outcome is Outcome.UNKNOWN:
            raise OutcomeUnknownError(result.code, fact("printer.test_unknown"))

    # TicketPrinter

    async def prepare(self, slip: Slip) -> None:
        """Ask the printer and draw the slip."""
        async with self._one_slip:
            self._ready = await self._make_ready(slip)

    async def print(self, slip: Slip) -> PrintResult:
        """Print one slip, at most once."""
        async with self._one_slip:
            ready, self._ready = self._ready, None
            if ready is None or ready.slip is not slip or not self._holds(ready):
                ready = await self._make_ready(slip)
            if not isinstance(ready.data, bytes):
                return ready.data
            if not self._running:
                return PrintResult(Outcome.FAILED, "line.lost")
            result = await self._send(ready.data)
            if result.outcome is not Outcome.FAILED:
                self.used_mm += ready.paper
            return result

    def _holds(self, ready: _Ready) -> bool:
        """Whether nothing has happened since that changes it."""
        same = ready.condition == self._condition and ready.confirm is self._confirm
        return same and self._loop.time() <= ready.until

    async def _make_ready(self, slip: Slip) -> _Ready:
        data, paper = await self._drawn(slip)
        return _Ready(slip, self._loop.time() + FRESH_S, self._condition, self._confirm, data, paper)

    async def _drawn(self, slip: Slip) -> tuple[bytes | PrintResult, float]:
        """Return a slip's bytes and its length (mm), or why it cannot be printed."""
        if not self._running:
            return PrintResult(Outcome.FAILED, "line.lost"), 0.0
        try:
            refusal = await self._refusal()
            if refusal:
                return PrintResult(Outcome.FAILED, refusal), 0.0
            return await self._encode(slip), length.millimetres(slip, self._options)
        except SlipError:
            return PrintResult(Outcome.FAILED, "printer.slip"), 0.0
        except DeviceError as error:
            return PrintResult(Outcome.FAILED, error.code), 0.0

    async def _refusal(self) -> str:
        """Why nothing can be printed now, as a status code; empty when it can."""
        condition = None
        for _ in range(self._timing.misses):
            with suppress(Silence):
                condition = await self._look()
                break
        if condition is not None and condition.stuck and not condition.cover_open:
            await self._recover()
            condition = None
            with suppress(Silence):
                condition = await self._look()
        if condition is None:
            return "printer.silent"
        if condition.unable:
            return condition.code
        if self._mouth.stuck:
            return "printer.mouth_blocked"
        await self._introduce()
        # A fence is answered in order: the answer to this one proves that no earlier one is due.
        if self._confirm is Confirm.FENCE and await self._talk.ask(b"", fence=True) is None:
            return "printer.silent"
        return ""

    async def _encode(self, slip: Slip) -> bytes:
        if self._options.mode is Mode.RASTER or self._options.qr is Qr.RASTER:
            # Drawing takes tens of milliseconds.
            return await asyncio.to_thread(codec.encode, slip, self._options, asb=self._asb)
        return codec.encode(slip, self._options, asb=self._asb)

    async def _send(self, data: bytes) -> PrintResult:
        identity = self._next_identity()
        fenced = self._confirm is Confirm.FENCE
        if self._confirm is Confirm.PROCESS_ID:
            data += codec.ask_process_id(identity)
        elif fenced:
            data += codec.FENCE
        if self._remains:
            # What an abandoned slip left on the paper must not head this one.
            data = codec.CUT[self._options.cut] + data
            self._remains = False
        through = self._talk.wire_time(len(data)) + len(data) / _PRINT_RATE
        data = self._mouth.before() + data
        job = _Job(identity, self._loop.time() + through)

        def starting() -> None:
            self._job = job
            self.slips += 1
            self._mouth.printed(self.slips)
            self._poke.set()

        try:
            await self._talk.slip(data, fenced=fenced, starting=starting)
            job.patience = self._loop.time() + through
            return await self._follow(job)
        except TransientError as error:
            # Before its turn came, nothing had been sent.
            outcome = Outcome.FAILED if self._job is None else Outcome.UNKNOWN
            return PrintResult(outcome, error.code)
        finally:
            self._job = None
            self._poke.set()

    async def _follow(self, job: _Job) -> PrintResult:
        """Wait for what becomes of a slip whose last byte has been handed over."""
        none = self._confirm is Confirm.NONE
        deadline = job.patience + (self._timing.unconfirmed if none else self._options.confirm_within)
        while True:
            if job.confirmed:
                return await self._confirmed()
            if job.lost:
                return PrintResult(Outcome.UNKNOWN, job.lost)
            if job.stopped:
                result = await self._abandon(job)
                if result is not None:
                    return result
            elif not await job.wait(deadline):
                if self._condition is None or not self._condition.unable:
                    return PrintResult(Outcome.UNKNOWN, "printer.unconfirmed")
                job.stopped = self._condition.code

    async def _confirmed(self) -> PrintResult:
        if self._confirm is Confirm.FENCE:
            # The commands were carried out; a last look tells whether the paper lasted.
            with suppress(Silence):
                condition = await self._look()
                if condition.stopped:
                    return PrintResult(Outcome.UNKNOWN, condition.stopped)
        return PrintResult(Outcome.DONE)

    async def _abandon(self, job: _Job) -> PrintResult | None:
        """The printer stopped: make it forget the rest. None when there is something else to follow."""
        code = job.stopped
        # A confirmation may be under way, and one bad byte must not cost a slip.
        until = self._loop.time() + self._timing.grace
        while not (job.confirmed or job.lost) and await job.wait(until):
            pass
        with suppress(Silence):
            condition = await self._look()
            if not condition.unable:
                job.stopped = ""
                return None
            code = condition.code
        if job.confirmed or job.lost:
            return None
        job.cleared = False
        self._remains = True
        await self._talk.tell(codec.CLEAR)
        until = self._talk.due(self._timing.clear)
        while not (job.confirmed or job.cleared or job.lost) and await job.wait(until):
            pass
        if job.confirmed:
            return await self._confirmed()
        if job.cleared:
            return PrintResult(Outcome.FAILED, code)
        await self._recover()
        return PrintResult(Outcome.UNKNOWN, job.lost or code)

    # Keeping

    async def _keep(self) -> None:
        misses = 0
        while True:
            self._poke.clear()
            try:
                condition = await self._look()
            except Silence:
                misses += 1
                if misses < self._timing.misses:
                    continue
                self._fell_silent()
            else:
                misses = 0
                if self._job is None:
                    await self._tend(condition)
            often = self._job is not None or self._mouth.watched
            with suppress(TimeoutError):
                async with asyncio.timeout(self._options.poll_printing if often else self._options.poll):
                    await self._poke.wait()

    async def _tend(self, condition: state.Condition) -> None:
        """Whatever a printer that answers may need, while no slip is on its way."""
        await self._mouth.attend(condition)
        self._report()
        if condition.stuck:
            # Somebody has been at the cutter, or it is time to see whether it has come free.
            touched = self._was_open or self._loop.time() >= self._recover_at
            if touched and not condition.cover_open:
                await self._recover()
                self._poke.set()
        elif condition.unable:
            # Whatever it left unanswered, it may answer once it is well.
            self._ask_again_at = min(self._ask_again_at, self._loop.time())
        else:
            if self._unsure and self._loop.time() >= self._ask_again_at:
                self._introduced, self._confirm = False, self._options.confirm
            await self._introduce()
            if self._asb and self._job is None:
                # Again each time: a printer that was switched off and on has forgotten it.
                await self._talk.tell(codec.ASB_ON)

    async def _look(self) -> state.Condition:
        condition = await self._talk.look(self._condition)
        self._take(condition)
        return condition

    async def _recover(self) -> None:
        self._was_open = False
        self._recover_at = self._loop.time() + self._timing.recover
        await self._talk.tell(codec.RECOVER)

    async def _introduce(self) -> None:
        """Learn how the printer confirms, by asking every unit only once."""
        async with self._introducing:
            if self._introduced:
                return
            if self._options.confirm is Confirm.PROBE:
                await self._recall()
            chosen = await self._probe()
            if chosen is None:
                # An earlier connection may have left half a command that swallows questions.
                await self._talk.tell(codec.CLEAR)
                chosen = await self._probe()
            if (
                self._options.confirm is Confirm.PROBE
                and self._confirm is not Confirm.PROBE
                and chosen is None
            ):
                # It isn't the unit that was asked before, whatever it says of itself.
                self._confirm = Confirm.PROBE
                chosen = await self._probe()
            if self._confirm is Confirm.PROBE:
                self._confirm = chosen or Confirm.NONE
            if self._options.confirm is Confirm.PROBE and chosen is not None:
                self._sink.remember(_CONFIRMS, f"{self._confirm}\n{self._unit}")
            self._introduced = True
            if self._unsure:
                self._ask_again_at = self._loop.time() + self._ask_again
                self._ask_again = min(2 * self._ask_again, self._timing.ask_again_most)
            if self._confirm is Confirm.FENCE:
                await self._talk.tell(codec.ASB_OFF)
            self._report()

    @property
    def _unsure(self) -> bool:
        """Whether it counts as one that cannot confirm only because it left the questions unanswered."""
        return self._introduced and self._confirm is Confirm.NONE is not self._options.confirm

    async def _recall(self) -> None:
        """Take up what is known of this unit: it is the same one if it says the same of itself."""
        self._unit = await self._talk.who()
        confirm, _, unit = self._sink.recall(_CONFIRMS).partition("\n")
        if unit == self._unit and confirm in (Confirm.PROCESS_ID, Confirm.FENCE):
            self._confirm = Confirm(confirm)

    async def _probe(self) -> Confirm | None:
        """Ask in every way allowed; None when there was no answer at all."""
        identity = b"" if self._confirm is Confirm.FENCE else self._next_identity()
        return await self._talk.ask(identity, fence=self._confirm is not Confirm.PROCESS_ID)

    def _next_identity(self) -> bytes:
        self._number += 1
        return codec.process_id(self._number)

    @property
    def _asb(self) -> bool:
        presents = self._options.presenter is not Presenter.NONE
        return self._options.asb and not presents and self._confirm is not Confirm.FENCE

    # Hearing and telling

    def _hear(self, reply: replies.Reply) -> None:
        job = self._job
        match reply:
            case replies.AutoStatus(data) if data != self._auto:
                self._auto = data
                self._take(state.from_auto_status(data))
                self._poke.set()
            case replies.WentOffline():
                self._poke.set()
            case replies.Queued() if job is not None and self._confirm is Confirm.FENCE:
                job.confirmed = True
                job.news.set()
            case replies.Printed(identity) if job is not None and self._confirm is Confirm.PROCESS_ID:
                if identity == job.identity:
                    job.confirmed = True
                    job.news.set()
            case replies.Cleared() if job is not None:
                job.cleared = True
                job.news.set()

    def _take(self, condition: state.Condition) -> None:
        self._condition = condition
        self._was_open = self._was_open or condition.cover_open
        self._report()
        if self._job is not None and condition.stopped:
            self._job.stopped = condition.stopped
            self._job.news.set()

    def _report(self) -> None:
        if self._condition is not None:
            how = _WAYS[self._confirm] if self._introduced else fact("printer.confirms_unasked")
            self._tell(
                state.status_of(
                    self._condition,
                    near_end_sensor=self._options.near_end,
                    blocked=self._mouth.stuck,
                    facts=(how, *self._mouth.notes),
                )
            )

    def _retracted(self, slip: int) -> None:
        self._sink.reading(SlipRetracted(slip))

    def _fell_silent(self) -> None:
        if self._job is not None and self._loop.time() < self._job.patience:
            return
        self._tell(state.silent(self._timing.misses))
        self._give_up("printer.silent")

    def _tell(self, status: DeviceStatus) -> None:
        if status != self._reported:
            self._reported = status
            self._sink.status(status)

    def _give_up(self, code: str) -> None:
        if self._job is not None:
            self._job.lost = self._job.lost or code
            self._job.news.set()
