"""The mouth of a presenter: a slip stands there, is taken, or is moved after a time.

A printer only says whether a slip stands at its mouth. That one was taken and not drawn in is known
because nobody but us has it drawn in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum

from drivers.facts import Fact, fact
from drivers.printer.escpos import codec
from drivers.printer.escpos.options import NotTaken, Options, Presenter
from drivers.printer.escpos.state import Condition

NOTICED_S = 5.0
"""From the last byte of a slip until it stands at the mouth: the cutter and 80 mm of transport."""
MOVED_S = 5.0
"""For a presenter to move a slip; longer, it is stuck in the mouth."""


class News(StrEnum):
    """What happened at the mouth."""

    TAKEN = "taken"
    OVERDUE = "overdue"
    MOVED = "moved"
    STUCK = "stuck"
    FREE = "free"


class Mouth:
    """One mouth; times are seconds of any clock that runs on. ``patience`` is what a person is given."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._expected_until = float("-inf")
        self._since: float | None = None
        self._moving_until: float | None = None
        self.stuck = False
        """Whether a slip could not be moved."""

    @property
    def occupied(self) -> bool:
        """Whether a slip was there when last looked."""
        return self._since is not None

    def watched(self, now: float) -> bool:
        """Whether something may happen soon, so that it is worth looking often."""
        return self.occupied or now < self._expected_until

    def printed(self, now: float) -> None:
        """A slip is on its way to the mouth; what stood there has been pushed out."""
        self._since = self._moving_until = None
        self._expected_until = now + NOTICED_S

    def saw(self, there: bool, now: float) -> News | None:
        """Take what the sensor says; return what that means.

        `News.OVERDUE` asks for the slip to be moved; `News.MOVED`, `News.STUCK` and `News.TAKEN` say what
        came of it, `News.FREE` that a stuck one is gone.
        """
        if not there:
            was, moving, stuck = self._since, self._moving_until, self.stuck
            self._since = self._moving_until = None
            self.stuck = False
            if was is None:
                return None
            self._expected_until = now
            return News.FREE if stuck else News.TAKEN if moving is None else News.MOVED
        if self._since is None:
            self._since = now
        if self.stuck:
            return None
        if self._moving_until is None:
            if now - self._since < self._patience:
                return None
            self._moving_until = now + MOVED_S
            return News.OVERDUE
        if now < self._moving_until:
            return None
        self.stuck = True
        return News.STUCK


class Attendant:
    """Looks after the mouth of a printer that has one.

    ``tell`` sends a command to the printer; ``retracted`` is called with the number of the slip that was
    drawn in. `notes` say what stands there.
    """

    def __init__(
        self, options: Options, tell: Callable[[bytes], Awaitable[None]], retracted: Callable[[int], None]
    ) -> None:
        self._mouth = Mouth(options.present_s) if options.presenter is not Presenter.NONE else None
        self._command = codec.RETRACT if options.not_taken is NotTaken.RETRACT else codec.EJECT
        self._tell = tell
        self._retracted = retracted
        self._loop = asyncio.get_running_loop()
        self._slip = 0
        self._drawn_in = 0

    @property
    def watched(self) -> bool:
        """Whether the printer should be looked at often."""
        return self._mouth is not None and self._mouth.watched(self._loop.time())

    @property
    def stuck(self) -> bool:
        """Whether a slip could not be moved out of the mouth."""
        return self._mouth is not None and self._mouth.stuck

    @property
    def notes(self) -> tuple[Fact, ...]:
        """What a technician should know."""
        if self._mouth is None:
            return ()
        there = fact("printer.mouth_slip") if self._mouth.occupied else fact("printer.mouth_free")
        return (there, fact("printer.not_taken", slips=self._drawn_in)) if self._drawn_in else (there,)

    def before(self) -> bytes:
        """Commands to send ahead of a slip: what stands at the mouth makes way."""
        return codec.EJECT if self._mouth is not None and self._mouth.occupied else b""

    def printed(self, slip: int) -> None:
        """A slip is being sent: its number."""
        self._slip = slip
        if self._mouth is not None:
            self._mouth.printed(self._loop.time())

    async def attend(self, condition: Condition) -> None:
        """Act on what the printer says of its mouth while no slip is on its way."""
        if self._mouth is None:
            return
        match self._mouth.saw(condition.presented, self._loop.time()):
            case News.OVERDUE:
                await self._tell(self._command)
            case News.MOVED if self._command == codec.RETRACT:
                self._drawn_in += 1
                self._retracted(self._slip)
