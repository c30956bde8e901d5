"""Settings that the city gives to its halls: what a release is, and who takes it at a hall."""

from __future__ import annotations

import hashlib
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta

from kioskd.hall.rules import Rules

KIND = "settings.set"
"""The order that asks a hall to work by a release."""

MOST_BYTES = 8 << 20


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``settings.set``. Version 0: no release, the hall's own files alone.

    ``sha256`` is of the files as they are sent: JSON, name by content.
    """

    version: Annotated[int, Meta(ge=0)]
    sha256: str = ""


class ReleaseError(Exception):
    """A hall cannot work by a release; ``code`` says why, in a few words for the city's people."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code[:190]


class Taker(Protocol):
    """Keeps releases at a hall, and knows how to work by one."""

    @property
    def version(self) -> int:
        """The release that the hall works by; 0: none."""

    def prepare(self, version: int, files: dict[str, str]) -> Rules:
        """Check a release against the hall's own files and return the rules it makes; blocks.

        Raises `ReleaseError` and OSError. Nothing is changed by it yet.
        """

    def choose(self) -> None:
        """Have the hall start with what was prepared from now on, durably; blocks. Raises OSError."""

    def leave(self) -> None:
        """Have the hall start with what it works by after all; blocks. Raises OSError."""

    def use(self) -> None:
        """Work by what was chosen: the rules are in the hall's journal."""


def digest(data: bytes) -> str:
    """Return what a release is known again by."""
    return hashlib.sha256(data).hexdigest()


def read(wanted: Wanted, data: bytes) -> dict[str, str]:
    """Return the files of a release. Raises `ReleaseError` for anything but what was announced."""
    if digest(data) != wanted.sha256:
        raise ReleaseError("sha256 differs")
    try:
        return msgspec.json.decode(data, type=dict[str, str])
    except msgspec.DecodeError as error:
        raise ReleaseError(f"unreadable: {error}") from error
