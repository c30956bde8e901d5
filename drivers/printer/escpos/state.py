"""What a printer's status bytes mean. Bits as in the Epson ESC/POS command reference."""

from __future__ import annotations

import msgspec

from drivers.facts import Fact, fact
from drivers.status import Cover, DeviceState, DeviceStatus, ErrorAction, Paper


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a printer tells of itself at one moment."""

    offline: bool = False
    cover_open: bool = False
    out: bool = False
    near_end: bool = False
    cutter: bool = False
    fatal: bool = False
    recoverable: bool = False
    overheated: bool = False
    jammed: bool = False
    presented: bool = False
    """A slip stands at the mouth of the presenter."""

    @property
    def stopped(self) -> str:
        """Status code of what keeps slips from being printed until somebody comes; empty if nothing."""
        if self.fatal:
            return "printer.fatal"
        if self.cover_open:
            return "printer.cover_open"
        if self.jammed:
            return "printer.jammed"
        if self.out:
            return "printer.paper_out"
        if self.cutter:
            return "printer.cutter"
        if self.recoverable:
            return "printer.error"
        return ""

    @property
    def stuck(self) -> bool:
        """Whether the printer waits for a command to leave an error, such as a blocked cutter."""
        return self.cutter or self.recoverable

    @property
    def unable(self) -> bool:
        """Whether a slip sent now would not be printed at once."""
        return bool(self.stopped) or self.overheated or self.offline

    @property
    def code(self) -> str:
        """Status code of the foremost thing to say; empty when all is well."""
        if self.stopped:
            return self.stopped
        if self.overheated:
            return "printer.overheated"
        if self.offline:
            return "printer.offline"
        return "printer.paper_low" if self.near_end else ""


def from_answers(printer: int, offline: int, error: int, paper: int, full: bytes = b"") -> Condition:
    """Read the four ``DLE EOT`` answers and, where the printer has a presenter, its full status."""
    return Condition(
        offline=bool(printer & 0x08),
        cover_open=bool(offline & 0x04),
        # Either sensor word will do: bit 5 of 2 says that printing stopped for lack of paper.
        out=bool(paper & 0x60 or offline & 0x20),
        near_end=bool(paper & 0x0C),
        cutter=bool(error & 0x08),
        fatal=bool(error & 0x20),
        recoverable=bool(error & 0x04),
        overheated=bool(error & 0x40),
        jammed=bool(full and full[2] & 0x40),
        presented=bool(full and full[0] & 0x20),
    )


def from_auto_status(data: bytes) -> Condition:
    """Read the four bytes of an automatic status."""
    printer, error, paper, _ = data
    return Condition(
        offline=bool(printer & 0x08),
        cover_open=bool(printer & 0x20),
        out=bool(paper & 0x0C),
        near_end=bool(paper & 0x03),
        cutter=bool(error & 0x08),
        fatal=bool(error & 0x20),
        recoverable=bool(error & 0x04),
        overheated=bool(error & 0x40),
    )


_STATES = {
    "": DeviceState.ONLINE,
    "printer.paper_low": DeviceState.ONLINE,
    "printer.paper_out": DeviceState.USER_ERROR,
    "printer.cover_open": DeviceState.USER_ERROR,
    "printer.jammed": DeviceState.USER_ERROR,
    "printer.mouth_blocked": DeviceState.USER_ERROR,
    "printer.cutter": DeviceState.HARDWARE_ERROR,
    "printer.error": DeviceState.HARDWARE_ERROR,
    "printer.fatal": DeviceState.HARDWARE_ERROR,
    "printer.overheated": DeviceState.DEVICE_BUSY,
    "printer.offline": DeviceState.OFFLINE,
}


def status_of(
    condition: Condition, *, near_end_sensor: bool, blocked: bool = False, facts: tuple[Fact, ...] = ()
) -> DeviceStatus:
    """Say it in standard words; ``blocked``: a slip cannot be moved out of the presenter's mouth."""
    if not near_end_sensor:
        condition = msgspec.structs.replace(condition, near_end=False)
    code = condition.code
    if blocked and not condition.stopped:
        code = "printer.mouth_blocked"
    paper = Paper.OUT if condition.out else Paper.LOW if condition.near_end else Paper.FULL
    if condition.jammed:
        paper = Paper.JAMMED
    return DeviceStatus(
        state=_STATES[code],
        code=code,
        action=ErrorAction.NONE if code in ("", "printer.overheated") else ErrorAction.MAINTENANCE,
        facts=facts,
        paper=paper,
        cover=Cover.OPEN if condition.cover_open else Cover.CLOSED,
    )


def silent(questions: int) -> DeviceStatus:
    """Say that the printer left so many questions in a row unanswered; what it last said of its paper is no
    longer known.
    """
    return DeviceStatus(
        state=DeviceState.OFFLINE,
        code="printer.silent",
        action=ErrorAction.MAINTENANCE,
        facts=(fact("printer.no_status", times=questions),),
        paper=Paper.UNKNOWN,
        cover=Cover.UNKNOWN,
    )
