"""The hall's PIN: what a person must know to do what changes who is the hub."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from kioskd.access.passwords import Passwords

FILE_NAME = "pin.json"
LEAST, MOST = 6, 12
TRIES = 5
WAIT_S = 900.0
"""After so many wrong tries none is looked at for so long."""


class _Kept(msgspec.Struct, frozen=True):
    hash: str


class PinError(Exception):
    """``code`` is ``pin_none`` (none was set), ``pin_wrong``, ``pin_locked`` or ``pin_form`` (not 6 to 12
    digits).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def set_pin(data: Path, pin: str, passwords: Passwords | None = None) -> None:
    """Keep a new PIN. Raises `PinError` ``pin_form``, OSError. Takes tens of milliseconds."""
    if not (pin.isascii() and pin.isdigit() and LEAST <= len(pin) <= MOST and len(set(pin)) > 2):
        raise PinError("pin_form")
    content = msgspec.json.encode(_Kept((passwords or Passwords()).hash(pin)))
    fresh = data / (FILE_NAME + ".new")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(data / FILE_NAME)


def is_set(data: Path) -> bool:
    """Whether the hall has a PIN."""
    return (data / FILE_NAME).exists()


class PinDoor:
    """Checks the PIN of a data folder, a few tries at a time."""

    def __init__(
        self,
        data: Path,
        passwords: Passwords | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file = data / FILE_NAME
        self._passwords = passwords or Passwords()
        self._clock = clock
        self._wrong = 0
        self._until = 0.0

    def check(self, pin: str) -> None:
        """Return when it is the PIN. Raises `PinError`, OSError. Blocks for tens of milliseconds."""
        if self._clock() < self._until:
            raise PinError("pin_locked")
        try:
            kept = msgspec.json.decode(self._file.read_bytes(), type=_Kept).hash
        except (FileNotFoundError, msgspec.DecodeError) as error:
            raise PinError("pin_none") from error
        if self._passwords.verify(kept, pin):
            self._wrong = 0
            return
        self._wrong += 1
        if self._wrong >= TRIES:
            self._wrong, self._until = 0, self._clock() + WAIT_S
        raise PinError("pin_wrong")
