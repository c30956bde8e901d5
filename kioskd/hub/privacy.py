"""What the hall may remember about a person without knowing who it is.

Identity numbers become a keyed hash at once; its key is destroyed in the transaction that opens the
next business day, after which nobody can tell whose ticket was whose. What a citizen writes is kept
sealed, apart from the events, until its time is over.
"""

from __future__ import annotations

import hmac
from typing import NamedTuple
from uuid import uuid4

from kioskd.hall.events import DayOpened, Event
from kioskd.hall.model import BAD_LEVEL
from kioskd.hall.moment import Moment
from kioskd.hall.state import State
from kioskd.journal.journal import Journal
from kioskd.journal.records import Position, PrivateValue

IDENTITY_GROUP = "identity"
"""Key group of the day's identity hashes; `kioskd.hub.desk` destroys it with every ``day.opened``."""

COMMENT_GROUP = "comment"
COMMENT_KEEP_MS = 365 * 24 * 3600 * 1000
"""How long what a citizen wrote with a rating is kept: complaints come within a year."""

CONTACT_GROUP = "contact"
CONTACT_KEEP_MS = 180 * 24 * 3600 * 1000
"""How long a phone number is kept that was left to be called back: far longer than a 差评 may take."""

NOTE_GROUP = "staff_note"


class Privacy:
    """Keeper of the day's identity key; follows the desk to know when a day ends."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._key: bytes | None = None
        self._days = 0

    async def identity(self, number: str) -> str:
        """Return the day's hash of an identity number (128 bits, hex). Raises `NotSaved`."""
        key = self._key
        while key is None:
            days = self._days
            key = await self._journal.secret(IDENTITY_GROUP)
            if days != self._days:
                key = None  # the day ended meanwhile, and that key with it
        self._key = key
        return hmac.digest(key, number.strip().upper().encode(), "sha256").hex()[:32]

    # --- following the desk ---------------------------------------------------------------------

    def decided(self, state: State, events: tuple[Event, ...], first: Position, now: Moment) -> None:
        """Forget the key of a day that is over."""
        for event in events:
            if isinstance(event, DayOpened):
                self._forget()

    def committed(self, last: Position) -> None:
        """Nothing waits for this."""

    def rebuilt(self, state: State) -> None:
        """Whether the key still holds is for the journal to say."""
        self._forget()

    def _forget(self) -> None:
        self._key = None
        self._days += 1


def comment(text: str, now: Moment) -> tuple[str, PrivateValue]:
    """Return the reference that an event may hold of what a citizen wrote, and the value to be sealed."""
    return _sealed(COMMENT_GROUP, text, now.at + COMMENT_KEEP_MS)


def contact(phone: str, now: Moment) -> tuple[str, PrivateValue]:
    """Return reference and value of a phone number that a citizen left with a 差评."""
    return _sealed(CONTACT_GROUP, phone, now.at + CONTACT_KEEP_MS)


class Said(NamedTuple):
    """What came with a rating, as references for its event and as values to be sealed."""

    comment: str | None
    contact: str | None
    private: tuple[PrivateValue, ...]


def said(level: int, words: str | None, phone: str | None, now: Moment) -> Said:
    """Return what is kept of a rating's words and phone number; a number is wanted for a 差评 only."""
    kept = []
    if words and words.strip():
        kept.append(comment(words, now))
    if phone and phone.strip() and level <= BAD_LEVEL:
        kept.append(contact(phone.strip(), now))
    references = {value.key_group: reference for reference, value in kept}
    return Said(
        references.get(COMMENT_GROUP), references.get(CONTACT_GROUP), tuple(value for _, value in kept)
    )


def staff_note(text: str, now: Moment) -> tuple[str, PrivateValue]:
    """Return reference and value of what staff wrote about a 差评; it may tell of the citizen."""
    return _sealed(NOTE_GROUP, text, now.at + COMMENT_KEEP_MS)


def _sealed(group: str, text: str, purge_at: int) -> tuple[str, PrivateValue]:
    value = PrivateValue(f"{group}/{uuid4().hex}", group, purge_at, text.encode())
    return f"{value.ref} {value.digest()}", value
