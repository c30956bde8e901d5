"""An 80 mm ESC/POS ticket printer with paper that ends, a cover that opens and a cutter that jams.

It reads the bytes a real one would, obeys real-time commands on arrival and the others at the
pace of its mechanics, and stops where a real one stops: what it had received stays in its buffer
and comes out once it can print again, unless it is told to forget it.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.printer.escpos import paper
from drivers.printer.escpos.interpreter import (
    Advance,
    AskIdentity,
    AskName,
    AskPaper,
    AutoStatusMask,
    Chop,
    Interpreter,
    Line,
    Mark,
    Picture,
    Present,
    Qr,
    Step,
)

_REAL_TIME = re.compile(rb"\x10(?:\x04[\x01-\x04\x14]|\x05[\x01\x02]|\x14\x08\x01\x03\x14\x01\x06\x02\x08)")
_LONGEST_REAL_TIME = 10
_KEPT = 50
"""Slips remembered."""
_SHOWN = 10
"""Slips in `view`, newest last."""
_LONGEST = 500
"""Marks on one piece; more paper than that hanging out gets torn off."""


class EscposSimulator:
    """The far end of the line.

    ``speed`` scales its mechanics, not its answers; ``names`` are maker, model and serial number, None
    where it doesn't tell. With ``presenter`` a slip that is held out waits at the mouth for `take`.
    """

    def __init__(
        self,
        *,
        process_id: bool = True,
        names: tuple[str, str, str] | None = None,
        width_dots: int = 576,
        paper_mm: float = 80_000,
        near_end_mm: float = 3_000,
        mm_per_s: float = 150,
        cut_s: float = 0.4,
        cut_feed_mm: float = 0.0,
        presenter: bool = False,
        speed: float = 1.0,
        font: Path | None = None,
    ) -> None:
        self.speed = speed
        self.retracted = 0
        """Slips that were drawn in from the mouth."""
        self.dropped = 0
        """Slips that were pushed out of the mouth."""
        self.taken = 0
        """Slips that somebody took from the mouth."""
        self._presenter = presenter
        self._presented = False
        self._wedged = False
        self._crumpled = False
        self.printed = 0
        """Pieces that came out so far, torn ones too."""
        self._process_id = process_id
        self._names = names
        self._width = width_dots
        self._paper_mm = paper_mm
        self._near_end_mm = near_end_mm
        self._mm_per_s = mm_per_s
        self._cut_s = cut_s
        self._cut_feed_mm = cut_feed_mm
        self._font = font
        self._powered = True
        self._cover_open = False
        self._jammed = False
        self._error = False
        self._mask = 0
        self._told = b""
        self._tail = b""
        self._interpreter = Interpreter(width_dots)
        self._doing: Step | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._marks: list[Mark] = []
        self._slips: deque[paper.Piece] = deque(maxlen=_KEPT)
        self._send: Callable[[bytes], None] | None = None
        self._listeners: list[Callable[[], None]] = []

    # Simulator

    def connect(self, send: Callable[[bytes], None]) -> None:
        """Somebody opened the line."""
        self._send = send

    def disconnect(self) -> None:
        """The line is closed; the buffer stays and goes on printing."""
        self._send = None
        self._tail = b""

    def receive(self, data: bytes) -> None:
        """Obey real-time commands now, put everything into the receive buffer."""
        if not self._powered:
            return
        window = self._tail + data
        done = len(self._tail)
        obeyed = 0
        for match in _REAL_TIME.finditer(window):
            if match.end() <= done:
                continue
            self._interpreter.push(window[done : match.end()])
            done = obeyed = match.end()
            self._obey_now(match.group())
        self._interpreter.push(window[done:])
        self._tail = window[max(len(window) - _LONGEST_REAL_TIME + 1, obeyed) :]
        self._work()

    def view(self) -> dict[str, Any]:
        """State and the newest slips."""
        return {
            "power": self._powered,
            "paper": "out" if self._out else "low" if self._near_end else "full",
            "paper_mm": round(self._paper_mm),
            "cover": "open" if self._cover_open else "closed",
            "jammed": self._jammed,
            "error": self._error,
            "printing": self._timer is not None,
            "printed": self.printed,
            "slips": [paper.describe(piece) for piece in list(self._slips)[-_SHOWN:]],
            "mouth": "slip" if self._presented else "empty",
            "retracted": self.retracted,
            "hanging": paper.describe(self._piece(complete=False))["lines"],
        }

    def on_change(self, notify: Callable[[], None]) -> None:
        """Call ``notify`` whenever `view` changes."""
        self._listeners.append(notify)

    # What a person sees and does

    @property
    def slips(self) -> tuple[paper.Piece, ...]:
        """The pieces that came out, oldest first, at most the last 50."""
        return tuple(self._slips)

    def render(self, slip: int) -> bytes:
        """PNG of a slip by id; KeyError when it is not remembered, ValueError without a font."""
        if self._font is None:
            raise ValueError("this printer was built without a font to draw with")
        for piece in self._slips:
            if piece.id == slip:
                return paper.render(piece, self._width, self._font)
        raise KeyError(slip)

    def empty(self) -> None:
        """The paper ends now."""
        self._paper_mm = 0
        self._halt()

    def refill(self, paper_mm: float = 80_000) -> None:
        """Put in a new roll; what hung out of the printer went with the old one."""
        self._tear()
        self._paper_mm = paper_mm
        self._go_on()

    def take(self) -> None:
        """Take the slip from the mouth, also one that got stuck there."""
        self.taken += self._presented
        self._presented = self._wedged = False
        self._notify()

    def wedge(self) -> None:
        """The slip in the mouth can no longer be moved by the printer."""
        self._wedged = True

    def paper_jam(self) -> None:
        """Paper is crumpled up in its way, as a printer with a presenter can tell."""
        self._crumpled = True
        self._halt()

    def jam(self) -> None:
        """Block the cutter."""
        self._jammed = self._error = True
        self._halt()

    def clear(self) -> None:
        """Open the cover, free the cutter, pull out what hangs there, close the cover.

        The error stays until the printer is told to recover.
        """
        self.open_cover()
        self._tear()
        self._jammed = self._crumpled = False
        self.close_cover()

    def open_cover(self) -> None:
        """Open the cover."""
        self._cover_open = True
        self._halt()

    def close_cover(self) -> None:
        """Close the cover."""
        self._cover_open = False
        self._go_on()

    def power_off(self) -> None:
        """Cut the power: what was received is gone, what is on paper hangs there."""
        self._halt()
        self._powered = False
        self._interpreter.power_on()
        self._doing = None
        self._mask = 0
        self._told = b""
        self._tail = b""
        self._error = False
        self._notify()

    def power_on(self) -> None:
        """Switch on again; somebody tears off what hung there."""
        self._powered = True
        self._error = self._jammed
        self._tear()
        self._go_on()

    # Real time

    def _obey_now(self, command: bytes) -> None:
        if command[1] == 0x04 and command[2] == 0x14:
            if self._presenter:
                self._answer(self._full_status())
        elif command[1] == 0x04:
            self._answer(bytes([self._real_time(command[2])]))
        elif command[1] == 0x05:
            self._recover(forget=command[2] == 2)
        elif self._process_id:
            self._forget()
            self._answer(b"\x37\x25\x00")

    def _recover(self, *, forget: bool) -> None:
        if not self._error:
            return
        if forget:
            self._forget()
        self._error = self._jammed
        self._go_on()

    def _forget(self) -> None:
        self._halt()
        self._doing = None
        self._interpreter.clear()

    @property
    def _out(self) -> bool:
        return self._paper_mm <= 0

    @property
    def _near_end(self) -> bool:
        return self._paper_mm <= self._near_end_mm

    @property
    def _blocked(self) -> bool:
        return not self._powered or self._out or self._cover_open or self._error or self._crumpled

    def _real_time(self, number: int) -> int:
        bits = {
            1: 0x08 * self._blocked,
            2: 0x04 * self._cover_open | 0x20 * self._out | 0x40 * self._error,
            3: 0x08 * self._error,
            4: 0x0C * self._near_end | 0x60 * self._out,
        }
        return 0x12 | bits[number]

    def _auto_status(self) -> bytes:
        return bytes(
            (
                0x10 | 0x08 * self._blocked | 0x20 * self._cover_open,
                0x08 * self._error,
                0x03 * self._near_end | 0x0C * self._out,
                0x00,
            )
        )

    def _full_status(self) -> bytes:
        paper_ = 0x01 * self._out | 0x04 * self._near_end | 0x20 * self._presented
        return bytes(
            (0x10, 0x0F, paper_, 0x03 * self._cover_open, 0x40 * self._crumpled, 0x01 * self._jammed)
        )

    # Work

    def _work(self) -> None:
        """Take up the next steps until one needs time."""
        while self._timer is None and not self._blocked:
            if self._doing is None:
                self._doing = self._interpreter.next()
            step = self._doing
            if step is None:
                return
            seconds = self._seconds(step)
            if seconds > 0:
                self._timer = asyncio.get_running_loop().call_later(seconds, self._time_is_up)
            else:
                self._finish(step)

    def _time_is_up(self) -> None:
        self._timer = None
        if self._doing is not None:
            self._finish(self._doing)
        self._work()

    def _finish(self, step: Step) -> None:
        match step:
            case Line() | Qr() | Picture() | Advance():
                needed = paper.height(step) / paper.DOTS_PER_MM
                if needed > self._paper_mm:
                    # It stays to be done, on the next roll.
                    self.empty()
                    return
                self._doing = None
                self._paper_mm -= needed
                self._marks.append(step)
                if len(self._marks) >= _LONGEST:
                    self._tear()
                self._notify()
            case Chop():
                self._doing = None
                # The last line goes past the cutter: paper that the next slip begins with.
                self._paper_mm = max(self._paper_mm - self._cut_feed_mm, 0)
                self._end_piece(complete=True)
            case Present(how):
                self._doing = None
                if self._presenter:
                    self._present(how)
            case AskPaper():
                self._doing = None
                self._answer(bytes([0x03 * self._near_end | 0x0C * self._out]))
            case AskIdentity(identity):
                self._doing = None
                if self._process_id:
                    self._answer(b"\x37\x22" + identity + b"\x00")
            case AskName(number):
                self._doing = None
                if self._names is not None and 66 <= number <= 68:
                    self._answer(b"_" + self._names[number - 66].encode("ascii") + b"\x00")
            case AutoStatusMask(mask):
                self._doing = None
                self._mask = mask
                if mask:
                    self._told = self._auto_status()
                    self._answer(self._told)

    def _seconds(self, step: Step) -> float:
        if self.speed <= 0:
            return 0.0
        match step:
            case Line() | Qr() | Picture() | Advance():
                return paper.height(step) / paper.DOTS_PER_MM / self._mm_per_s / self.speed
            case Chop():
                return self._cut_s / self.speed
            case _:
                return 0.0

    def _present(self, how: int) -> None:
        if how == 3:
            # It cuts by itself what has not been cut.
            self._end_piece(complete=True)
            self._presented = bool(self._slips)
        elif how in (2, 5) and self._presented and not self._wedged:
            self._presented = False
            if how == 2:
                self.retracted += 1
            else:
                self.dropped += 1
        self._notify()

    def _halt(self) -> None:
        """Stop in the middle of whatever is being done; it is done again when work goes on."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._notify()

    def _go_on(self) -> None:
        self._notify()
        self._work()

    def _tear(self) -> None:
        if self._marks:
            self._end_piece(complete=False)

    def _end_piece(self, *, complete: bool) -> None:
        if self._marks:
            self.printed += 1
            self._slips.append(self._piece(complete=complete))
            self._marks = []
        self._notify()

    def _piece(self, *, complete: bool) -> paper.Piece:
        return paper.Piece(self.printed, tuple(self._marks), complete)

    def _answer(self, data: bytes) -> None:
        if self._send is not None and self._powered:
            self._send(data)

    def _notify(self) -> None:
        status = self._auto_status()
        if self._mask and self._powered and status != self._told:
            self._told = status
            self._answer(status)
        for listener in tuple(self._listeners):
            listener()
