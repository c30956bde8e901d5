"""A journal that may not go on: another hub has taken over, or its disk was put back.

The word of it stays beside the journal until a person has decided, so that no restart forgets it.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from kioskd.journal.errors import JournalError
from kioskd.journal.files import write_new
from kioskd.journal.records import GuardNumbers

REFUSED_NAME = "refused.json"
SUPERSEDED = "superseded"
ROLLED_BACK = "rolled_back"


class Refusal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why. ``code`` is ``superseded`` (a later epoch of this history exists elsewhere) or ``rolled_back``
    (the journal lacks what a witness has seen of it); ``by`` names the witness, ``epoch`` and ``seq`` are
    what it has seen, ``numbers`` what it knows of numbers given; ``at`` is UTC in ms.
    """

    code: str
    by: str
    epoch: int
    seq: int
    at: int
    numbers: GuardNumbers = GuardNumbers()


class RefusedError(JournalError):
    """The journal may not be opened to be written."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code, f"{refusal.by} has seen {refusal.epoch}.{refusal.seq}")
        self.refusal = refusal


def refusal_of(folder: Path) -> Refusal | None:
    """Return why the journal in a folder may not go on, None when it may. Raises OSError; a note that can't
    be read is one all the same.
    """
    try:
        data = (folder / REFUSED_NAME).read_bytes()
    except FileNotFoundError:
        return None
    try:
        return msgspec.json.decode(data, type=Refusal)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Refusal(code=ROLLED_BACK, by="?", epoch=0, seq=0, at=0)


def note(folder: Path, refusal: Refusal) -> None:
    """Write it down. Raises OSError."""
    write_new(folder / REFUSED_NAME, msgspec.json.encode(refusal), 0o600)
