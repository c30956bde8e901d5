"""CD5220 pole displays on the wire: bytes to commands and back.

Source: "CD5220 User's Manual", Partner Tech; 9600 8N1, nothing comes back. Two lines of 20 characters.
``1B 40`` sets up anew, ``0C`` (CLR) clears, ``1B 51 41 text 0D`` writes the upper line and ``1B 51 42 text
0D`` the lower, ``1B 51 44 text 0D`` scrolls up to 40 characters along the upper line until the next
command. After the line commands the display takes only these, CLR and CAN, so the set-up stands
behind a CLR.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

COLUMNS = 20
ROWS = 2
MAX_SCROLL = 40
CLEAR = b"\x0c"
SET_UP = CLEAR + b"\x1b@"
_CANCEL = 0x18
_ESC, _CR = 0x1B, 0x0D
MAX_COMMAND = 3 + MAX_SCROLL + 1


class Place(StrEnum):
    """What a line command writes."""

    UPPER = "A"
    LOWER = "B"
    SCROLL = "D"


class Write(msgspec.Struct, frozen=True):
    """A line command; ``text`` is printable ASCII."""

    place: Place
    text: str


class Clear(msgspec.Struct, frozen=True):
    """Both lines are blank now: CLR, or the set-up."""


Command = Write | Clear


def encode(write: Write) -> bytes:
    """One line command. Raises ValueError for a text that is too long or not printable ASCII."""
    longest = MAX_SCROLL if write.place is Place.SCROLL else COLUMNS
    if len(write.text) > longest or not all(" " <= character <= "~" for character in write.text):
        raise ValueError(f"{write.text!r} is not up to {longest} characters of printable ASCII")
    return b"\x1bQ" + write.place.encode() + write.text.encode("ascii") + b"\r"


class Decoder:
    """Commands out of a stream of chunks of any size, as a display takes them.

    The protocol has no check: noise among printable characters is shown. A line command is dropped
    when its text grows too long or holds a control byte. Holds at most one command.
    """

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[Command]:
        """Take bytes and return the commands they complete."""
        commands: list[Command] = []
        for byte in data:
            command = self._take(byte)
            if command is not None:
                commands.append(command)
        return commands

    def clear(self) -> None:
        """Forget half a command."""
        self._held.clear()

    def _take(self, byte: int) -> Command | None:
        held = self._held
        if len(held) >= 3 and byte == _CR:
            place, text = Place(chr(held[2])), held[3:].decode("ascii")
            held.clear()
            longest = MAX_SCROLL if place is Place.SCROLL else COLUMNS
            return Write(place, text) if len(text) <= longest else None
        if byte == _ESC:
            held[:] = bytes((byte,))
            return None
        if byte in CLEAR or byte == _CANCEL:
            held.clear()
            return Clear() if byte in CLEAR else None
        held.append(byte)
        if held == b"\x1b@":
            held.clear()
            return Clear()
        if not self._goes_on():
            held.clear()
        return None

    def _goes_on(self) -> bool:
        """Whether what is held may become a line command."""
        held = self._held
        match len(held):
            case 1:
                return held[0] == _ESC
            case 2:
                return held[1] == ord("Q")
            case 3:
                return chr(held[2]) in set(Place)
        return len(held) < MAX_COMMAND and 0x20 <= held[-1] < 0x7F
