"""Who of the hall's people may do more at this kiosk: their PINs and cards, kept as salted hashes.

The file (TOML) has one table a person::

    [[person]]
    kind = "guide"          # or "technician"
    id = "g01"              # goes with the tickets a guide takes
    name = "导办台"          # shown while the guide helps
    pin = "scrypt$…"        # either or both; made by `kioskd kiosk-secret`
    card = "scrypt$…"
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ui.kiosk.model.events import Helper

_COST = {"n": 2**13, "r": 8, "p": 1}
_SECRET = r"^scrypt\$[0-9a-f]{32}\$[0-9a-f]{64}$"


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of the hall's people."""

    kind: Literal["guide", "technician"]
    id: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x20\x7f]+$")]
    name: Annotated[str, Meta(min_length=1, max_length=20)]
    pin: Annotated[str, Meta(pattern=_SECRET)] = ""
    card: Annotated[str, Meta(pattern=_SECRET)] = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    person: tuple[Person, ...] = ()


class People:
    """Everybody who has a PIN or a card."""

    def __init__(self, people: tuple[Person, ...] = ()) -> None:
        self._people = people

    def who(self, text: str) -> Helper | None:
        """Return whose PIN or card this is, None for nobody's. Takes some time: call it outside the loop."""
        for person in self._people:
            if any(_is(text, kept) for kept in (person.pin, person.card) if kept):
                return Helper(person.kind, person.id, person.name)
        return None

    def __bool__(self) -> bool:
        return bool(self._people)


def read_people(file: Path | None) -> People:
    """Return the people of a file. Raises OSError, and ValueError for what is no such file."""
    if file is None:
        return People()
    try:
        found = msgspec.convert(tomllib.loads(file.read_text("utf-8")), _File)
    except msgspec.ValidationError as error:
        raise ValueError(f"{file}: {error}") from error
    for person in found.person:
        if not person.pin and not person.card:
            raise ValueError(f"{file}: {person.id} has neither pin nor card")
    return People(found.person)


def secret(text: str) -> str:
    """Return what a file may keep of a PIN or of what a card says."""
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${_hash(text, salt).hex()}"


def _is(text: str, kept: str) -> bool:
    _, salt, digest = kept.split("$")
    return hmac.compare_digest(_hash(text, bytes.fromhex(salt)).hex(), digest)


def _hash(text: str, salt: bytes) -> bytes:
    return hashlib.scrypt(text.encode(), salt=salt, dklen=32, **_COST)
