"""Codes as lines of text.

Source: the setup sheets of Honeywell, Newland and Zebra readers agree: a serial reader sends the code's bytes
as they are and ends each with a suffix, CR from the factory (CR LF, LF, Tab or ETX by setting), some with STX
before. QR codes of Chinese systems hold UTF-8 or GB18030.
"""

from __future__ import annotations

MAX_CODE = 1024
"""A QR code of the largest size that anybody prints on a slip holds less."""

_ENDS = frozenset(b"\r\n\t\x03")
_STX = 0x02


def encode(code: str, encoding: str = "utf-8") -> bytes:
    """Return a code as a reader sends it."""
    return code.encode(encoding) + b"\r"


def text_of(data: bytes) -> str:
    """Return a code as text: UTF-8 where it is that, else GB18030; empty for what is neither."""
    for encoding in ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text.strip() if text.isprintable() else ""
    return ""


class Decoder:
    """Codes out of chunks of any size. A line too long to be a code is left out up to its end."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._spilt = False

    def feed(self, data: bytes) -> list[str]:
        """Take bytes and return the codes they complete; lines that are no text are left out."""
        codes = []
        for byte in data:
            if byte in _ENDS:
                if (code := self.flush()) is not None:
                    codes.append(code)
            elif byte == _STX:
                self._held.clear()
                self._spilt = False
            elif len(self._held) < MAX_CODE:
                self._held.append(byte)
            else:
                self._spilt = True
        return codes

    def flush(self) -> str | None:
        """End the line here; return its code, None when there is none."""
        held, spilt = bytes(self._held), self._spilt
        self._held.clear()
        self._spilt = False
        return (text_of(held) or None) if not spilt else None

    @property
    def begun(self) -> bool:
        """Whether part of a code has come."""
        return bool(self._held) or self._spilt
