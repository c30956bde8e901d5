"""The hall's recovery code at work: the hub keeps only what seals, the paper keeps what opens."""

from __future__ import annotations

from pathlib import Path

import msgspec

from kioskd.backup import code
from kioskd.backup.box import BoxError, Opener, seal, unseal
from kioskd.journal.files import write_new

PUBLIC_NAME = "recovery.json"
SEALED_NAME = "keys.sealed"


class Recovery(msgspec.Struct, frozen=True):
    """``public`` (hex) seals for the code's holder; ``made`` is when the code was printed, UTC in ms."""

    public: str
    made: int


class NoRecoveryError(Exception):
    """This hall has no recovery code yet, or its file is spoilt: a new one must be made."""


def known(data: Path) -> Recovery:
    """Return what the hub knows of the code. Raises `NoRecoveryError`, OSError."""
    try:
        found = msgspec.json.decode((data / PUBLIC_NAME).read_bytes(), type=Recovery)
        if len(bytes.fromhex(found.public)) != 32:
            raise ValueError
    except (FileNotFoundError, msgspec.DecodeError, ValueError) as error:
        raise NoRecoveryError(str(data / PUBLIC_NAME)) from error
    return found


def make(data: Path, wall: int) -> str:
    """Make a new code and return it: it is nowhere else. Older backups open with the older code."""
    secret = code.new_secret()
    found = Recovery(Opener(secret).public.hex(), wall)
    write_new(data / PUBLIC_NAME, msgspec.json.encode(found), 0o600)
    (data / SEALED_NAME).unlink(missing_ok=True)
    return code.show(secret)


def make_first(data: Path, wall: int) -> str | None:
    """Make the hall's first code; None when there is one already."""
    try:
        known(data)
    except NoRecoveryError:
        return make(data, wall)
    return None


def fits(data: Path, secret: bytes) -> bool:
    """Whether this is the present code's secret. Raises `NoRecoveryError`, OSError."""
    return Opener(secret).public.hex() == known(data).public


def seal_key(data: Path, key_file: Path) -> None:
    """Keep the journal's key sealed beside it too, for the day when only the key file is lost."""
    sealed = data / SEALED_NAME
    if not key_file.exists() or (sealed.exists() and sealed.stat().st_mtime >= key_file.stat().st_mtime):
        return
    content = key_file.read_bytes()
    write_new(sealed, seal(content, bytes.fromhex(known(data).public)), 0o600)


def unseal_key(data: Path, secret: bytes) -> bytes:
    """Return the content of the journal's key file. Raises `BoxError`, OSError."""
    return unseal((data / SEALED_NAME).read_bytes(), Opener(secret))


__all__ = [
    "BoxError",
    "NoRecoveryError",
    "Recovery",
    "fits",
    "known",
    "make",
    "make_first",
    "seal_key",
    "unseal_key",
]
