"""What every archive can do."""

from __future__ import annotations

from typing import Protocol

import msgspec


class ArchiveError(Exception):
    """It is not there for sure; trying again may help. ``code`` is stable, the message for a technician."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """A document on its way. ``about`` (JSON) says what it is; nothing in it is personal."""

    document: str
    pdf: bytes
    sha256: str
    about: bytes


class Archive(Protocol):
    """One archive."""

    async def put(self, parcel: Parcel) -> None:
        """Give it a document; when this returns the archive has it, by its hash. Putting it again is no
        error. Raises `ArchiveError`.
        """

    async def close(self) -> None:
        """Let go of connections."""
