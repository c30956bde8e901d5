"""Slips without what stands on them, for recordings that leave the hall."""

from __future__ import annotations

from drivers.printer.escpos.interpreter import command_length

_HALF = b"X"
_WIDE = "□".encode("gbk")
_LONG = "㐁".encode("gb18030")
"""Any character of four bytes."""


class BlankSlips:
    """Replaces characters, QR data and pictures by others of the same length; commands stay.

    ``double_byte``: the printer is set to two-byte characters for good, so no ``FS &`` is awaited.
    Bytes of commands that the interpreter doesn't know count as text.
    """

    def __init__(self, *, double_byte: bool = False) -> None:
        self._always = double_byte
        self._double_byte = double_byte
        self._held = bytearray()

    def feed(self, data: bytes) -> bytes:
        """Take bytes and return whole commands and characters."""
        self._held += data
        out = bytearray()
        while True:
            length = command_length(self._held, double_byte=self._double_byte)
            if length == 0 or length > len(self._held):
                return bytes(out)
            out += self._blanked(bytes(self._held[:length]))
            del self._held[:length]

    def flush(self) -> bytes:
        """Return as many blanks as bytes are held back."""
        rest = _HALF * len(self._held)
        self._held.clear()
        return rest

    def _blanked(self, command: bytes) -> bytes:
        first = command[0]
        if first >= 0x80:
            return {2: _WIDE, 4: _LONG}.get(len(command), _HALF)
        if first >= 0x20:
            return b" " if command == b" " else _HALF
        if command in (b"\x1c&", b"\x1c.", b"\x1b@"):
            self._double_byte = self._always or command == b"\x1c&"
        if command.startswith(b"\x1d(k") and command[6:7] == b"\x50":
            return command[:8] + _HALF * (len(command) - 8)
        if command.startswith(b"\x1dv"):
            return command[:8] + bytes(len(command) - 8)
        return command
