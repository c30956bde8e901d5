"""A printer's own reading of ESC/POS: bytes in, one step of work at a time out.

Written from the Epson ESC/POS command reference, apart from the codec, so that a mistake there is
not made here again. Commands it does not know are passed over by their length.
"""

from __future__ import annotations

import msgspec

CELL = 12
ROW = 24
SPACING = 30
"""Dots from line to line unless ``ESC 3`` says otherwise."""
_BUFFER = 65536

_ALIGNS = {0: "left", 48: "left", 1: "center", 49: "center", 2: "right", 50: "right"}
_ESC = {
    **dict.fromkeys(b"!-EGMRVartu=JdeT3{ 9%?", 3),
    **dict.fromkeys(b"$\\cB", 4),
    ord("p"): 5,
    **dict.fromkeys(b"@2", 2),
}
_FS = {**dict.fromkeys(b"!-CWx", 3), ord("S"): 4, ord("p"): 4, **dict.fromkeys(b"&.", 2)}
_GS = {**dict.fromkeys(b"!BHhwfraIbT/", 3), **dict.fromkeys(b"LWP$\\x", 4), ord(":"): 2}


class Run(msgspec.Struct, frozen=True):
    """Characters of one look; ``width`` and ``height`` are 1–8 times."""

    text: str
    width: int
    height: int
    bold: bool


class Line(msgspec.Struct, frozen=True, tag="line", tag_field="kind"):
    """One printed line. ``overflowed``: it ended because the paper did, not by a line feed."""

    runs: tuple[Run, ...]
    align: str
    dots: int
    overflowed: bool = False

    @property
    def text(self) -> str:
        """The characters alone."""
        return "".join(run.text for run in self.runs)


class Qr(msgspec.Struct, frozen=True, tag="qr", tag_field="kind"):
    """A QR code drawn by the printer."""

    data: str
    module: int
    level: int
    align: str


class Picture(msgspec.Struct, frozen=True, tag="picture", tag_field="kind"):
    """A raster picture, rows of packed bits."""

    width: int
    height: int
    rows: bytes
    align: str


class Advance(msgspec.Struct, frozen=True, tag="feed", tag_field="kind"):
    """Empty paper."""

    dots: int


class Chop(msgspec.Struct, frozen=True):
    """A cut."""


class AskPaper(msgspec.Struct, frozen=True):
    """``GS r`` 1."""


class AskIdentity(msgspec.Struct, frozen=True):
    """``GS ( H``."""

    identity: bytes


class AskName(msgspec.Struct, frozen=True):
    """``GS I``: 66 maker, 67 model, 68 serial number."""

    number: int


class Present(msgspec.Struct, frozen=True):
    """``GS e``: 2 draw in, 3 hold out by ``steps``, 5 let go."""

    how: int
    steps: int = 0


class AutoStatusMask(msgspec.Struct, frozen=True):
    """``GS a``, or a reset."""

    mask: int


Mark = Line | Qr | Picture | Advance
Step = Mark | Chop | AskPaper | AskIdentity | AskName | AutoStatusMask | Present


def cells_of(character: str) -> int:
    """Half-width cells a character takes in the built-in font."""
    return 1 if character.isascii() else 2


class Interpreter:
    """Receive buffer, modes and the line being filled."""

    def __init__(self, width_dots: int) -> None:
        self._width = width_dots
        self.power_on()

    def power_on(self) -> None:
        """Forget everything, as after a power cut."""
        self._buffer = bytearray()
        self._steps: list[Step] = []
        self._stored = b""
        self._module = 3
        self._level = 48
        self._reset()

    def push(self, data: bytes) -> None:
        """Take bytes into the receive buffer; what is over its size is lost."""
        self._buffer += data[: _BUFFER - len(self._buffer)]

    def clear(self) -> None:
        """Forget what was received and not yet printed; modes stay."""
        self._buffer.clear()
        self._steps.clear()
        self._runs: list[Run] = []
        self._used = 0

    def next(self) -> Step | None:
        """The next step of work; None when more bytes are needed."""
        while not self._steps:
            length = command_length(self._buffer, double_byte=self._double_byte)
            if length == 0 or length > len(self._buffer):
                return None
            command = bytes(self._buffer[:length])
            del self._buffer[:length]
            self._obey(command)
        return self._steps.pop(0)

    def _reset(self) -> None:
        self._runs = []
        self._used = 0
        self._align = "left"
        self._wide = self._high = 1
        self._bold = False
        self._double_byte = False
        self._spacing = SPACING

    def _obey(self, command: bytes) -> None:
        first = command[0]
        if first == 0x0A:
            self._end_line()
        elif first in (0x1B, 0x1C, 0x1D) and len(command) > 1:
            name = command[:2]
            value = command[2] if len(command) > 2 else 0
            if first == 0x1D:
                self._obey_gs(name, value, command)
            else:
                self._obey_esc_fs(name, value)
        elif first >= 0x20 and first != 0x7F:
            self._put(command)

    def _obey_esc_fs(self, name: bytes, value: int) -> None:
        if name == b"\x1b@":
            self._reset()
            self._steps.append(AutoStatusMask(0))
        elif name == b"\x1ba":
            self._align = _ALIGNS.get(value, self._align)
        elif name in (b"\x1bE", b"\x1bG"):
            self._bold = bool(value & 1)
        elif name == b"\x1b!":
            self._bold = bool(value & 0x08)
            self._high = 1 + bool(value & 0x10)
            self._wide = 1 + bool(value & 0x20)
        elif name == b"\x1b2":
            self._spacing = SPACING
        elif name == b"\x1b3":
            self._spacing = value
        elif name in (b"\x1bd", b"\x1bJ"):
            if self._runs:
                self._end_line()
                value -= name == b"\x1bd"
            dots = value * (self._spacing if name == b"\x1bd" else 1)
            if dots > 0:
                self._steps.append(Advance(dots))
        elif name == b"\x1c&":
            self._double_byte = True
        elif name == b"\x1c.":
            self._double_byte = False

    def _obey_gs(self, name: bytes, value: int, command: bytes) -> None:
        if name == b"\x1d!":
            self._wide, self._high = (value >> 4 & 7) + 1, (value & 7) + 1
        elif name == b"\x1dV":
            if self._runs:
                self._end_line()
            self._steps.append(Chop())
        elif name == b"\x1dr" and value in (1, 49):
            self._steps.append(AskPaper())
        elif name == b"\x1dI":
            self._steps.append(AskName(value))
        elif name == b"\x1da":
            self._steps.append(AutoStatusMask(value))
        elif name == b"\x1de":
            if self._runs:
                self._end_line()
            self._steps.append(Present(value, command[3] if len(command) > 3 else 0))
        elif name == b"\x1dv":
            across = int.from_bytes(command[4:6], "little")
            down = int.from_bytes(command[6:8], "little")
            self._steps.append(Picture(across * 8, down, command[8:], self._align))
        elif name == b"\x1d(" and command[2:3] == b"H" and command[5:7] == b"\x30\x30":
            self._steps.append(AskIdentity(command[7:11]))
        elif name == b"\x1d(" and command[2:3] == b"k" and command[5:6] == b"\x31":
            self._qr(command[6], command[7:])

    def _qr(self, function: int, data: bytes) -> None:
        if function == 0x43:
            self._module = data[0]
        elif function == 0x45:
            self._level = data[0]
        elif function == 0x50:
            self._stored = data[1:]
        elif function == 0x51 and self._stored:
            text = self._stored.decode("utf-8", "replace")
            self._steps.append(Qr(text, self._module, self._level, self._align))

    def _put(self, code: bytes) -> None:
        if code[0] < 0x80:
            text = code.decode("ascii")
        elif self._double_byte:
            text = code.decode("gb18030", "replace")
        else:
            text = code.decode("cp437")
        room = CELL * self._wide * (1 if len(code) == 1 else 2)
        if self._used + room > self._width:
            self._end_line(overflowed=True)
        self._used += room
        look = Run(text, self._wide, self._high, self._bold)
        if self._runs and msgspec.structs.replace(self._runs[-1], text="") == msgspec.structs.replace(
            look, text=""
        ):
            look = msgspec.structs.replace(look, text=self._runs.pop().text + text)
        self._runs.append(look)

    def _end_line(self, *, overflowed: bool = False) -> None:
        tallest = max((run.height for run in self._runs), default=0) * ROW
        dots = max(tallest, self._spacing)
        if self._runs:
            self._steps.append(Line(tuple(self._runs), self._align, dots, overflowed))
        else:
            self._steps.append(Advance(dots))
        self._runs = []
        self._used = 0


def command_length(data: bytearray, *, double_byte: bool) -> int:
    """Length of the command or character at the beginning; 0 when that is not known yet."""
    if not data:
        return 0
    first = data[0]
    if first >= 0x80:
        return _character_length(data) if double_byte and 0x81 <= first <= 0xFE else 1
    if first not in (0x10, 0x1B, 0x1C, 0x1D):
        return 1
    if len(data) < 2:
        return 0
    if first == 0x10:
        return _real_time_length(data)
    if first == 0x1B:
        return _ESC.get(data[1], 2)
    if first == 0x1C:
        return _FS.get(data[1], 2)
    return _gs_length(data)


def _character_length(data: bytearray) -> int:
    if len(data) < 2:
        return 0
    if 0x30 <= data[1] <= 0x39:
        return 4
    return 2 if data[1] >= 0x40 else 1


def _real_time_length(data: bytearray) -> int:
    """Real-time commands were obeyed on arrival; here they are only passed over."""
    if data[1] in (0x04, 0x05):
        return 3
    if data[1] != 0x14:
        return 1
    if len(data) < 3:
        return 0
    return 10 if data[2] == 8 else 5


def _gs_length(data: bytearray) -> int:
    second = data[1]
    if second == ord("("):
        return 5 + int.from_bytes(data[3:5], "little") if len(data) >= 5 else 0
    if second == ord("v"):
        if len(data) < 8:
            return 0
        return 8 + int.from_bytes(data[4:6], "little") * int.from_bytes(data[6:8], "little")
    if second == ord("e"):
        # 3 says how far, 32 also for how long.
        return {3: 4, 32: 5}.get(data[2], 3) if len(data) >= 3 else 0
    if second == ord("V"):
        if len(data) < 3:
            return 0
        return 4 if data[2] in (65, 66, 97, 98) else 3
    return _GS.get(second, 2)
