"""Codes as key presses of a US keyboard, which is how readers leave the factory.

Source: USB HID Usage Tables, keyboard page, as the kernel's include/uapi/linux/input-event-codes.h numbers
them; Enter or Tab ends a code. A keyboard cannot type hanzi, so codes for such readers are printed in ASCII.
"""

from __future__ import annotations

from collections.abc import Iterator

from drivers.barcode_reader.serial.codec import MAX_CODE
from drivers.hid.codec import DOWN, UP, Decoder
from drivers.hid.keys import code_of

_PLAIN = {f"KEY_{c}": c.lower() for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"} | {
    "KEY_SPACE": " ",
    "KEY_MINUS": "-",
    "KEY_EQUAL": "=",
    "KEY_LEFTBRACE": "[",
    "KEY_RIGHTBRACE": "]",
    "KEY_BACKSLASH": "\\",
    "KEY_SEMICOLON": ";",
    "KEY_APOSTROPHE": "'",
    "KEY_GRAVE": "`",
    "KEY_COMMA": ",",
    "KEY_DOT": ".",
    "KEY_SLASH": "/",
}
_SHIFTED = dict(zip("1234567890-=[]\\;'`,./", '!@#$%^&*()_+{}|:"~<>?', strict=True))
_KEYS = {code_of(name): sign for name, sign in _PLAIN.items()}
_CODES = {sign: code for code, sign in _KEYS.items()}
_SHIFTS = frozenset(map(code_of, ("KEY_LEFTSHIFT", "KEY_RIGHTSHIFT")))
_ENDS = frozenset(map(code_of, ("KEY_ENTER", "KEY_KPENTER", "KEY_TAB")))
_ENTER = code_of("KEY_ENTER")
_SHIFT = code_of("KEY_LEFTSHIFT")
_PLAINS = {shifted: sign for sign, shifted in _SHIFTED.items()}


def type_out(code: str) -> Iterator[tuple[int, int]]:
    """Yield keys and values (down, up) that type an ASCII code and Enter. Raises ValueError for others."""
    for sign in code:
        plain = _PLAINS.get(sign, sign.lower())
        if plain not in _CODES:
            raise ValueError(f"a keyboard cannot type {sign!r}")
        shifted = plain != sign
        if shifted:
            yield _SHIFT, DOWN
        yield _CODES[plain], DOWN
        yield _CODES[plain], UP
        if shifted:
            yield _SHIFT, UP
    yield _ENTER, DOWN
    yield _ENTER, UP


class Typed:
    """Codes out of input events in chunks of any size; keys without a sign are left out, and a code that
    grows too long as a whole.
    """

    def __init__(self) -> None:
        self._events = Decoder()
        self._text: list[str] = []
        self._shifts: set[int] = set()
        self._spilt = False

    def feed(self, data: bytes) -> list[str]:
        """Take bytes and return the codes they complete."""
        codes = []
        for event in self._events.feed(data):
            if event.code in _SHIFTS:
                (self._shifts.discard if event.value == UP else self._shifts.add)(event.code)
            elif event.value == DOWN and event.code in _ENDS:
                if (code := self.flush()) is not None:
                    codes.append(code)
            elif event.value == DOWN:
                self._key(event.code)
        return codes

    def _key(self, code: int) -> None:
        sign = _KEYS.get(code)
        if sign is None:
            return
        if len(self._text) >= MAX_CODE:
            self._spilt = True
        else:
            self._text.append(_SHIFTED.get(sign, sign.upper()) if self._shifts else sign)

    def flush(self) -> str | None:
        """End the code here; None when there is none. A shift still held then lost its release on the way."""
        text, spilt = "".join(self._text).strip(), self._spilt
        self._text.clear()
        self._shifts.clear()
        self._spilt = False
        return (text or None) if not spilt else None

    @property
    def begun(self) -> bool:
        """Whether part of a code has come."""
        return bool(self._text) or self._spilt
