"""What the hall may remember about a person without knowing who it is.

Identity numbers become a keyed hash at once; its key is destroyed in the transaction that opens the
next business day, after which nobody can tell whose ticket was whose. What a citizen writes is kept
sealed, apart from the events, until its time is over.
"""

from __future__ import annotations

import hmac
from typing import Annotated, NamedTuple
from unicodedata import normalize
from uuid import uuid4

import msgspec
from msgspec import Meta

from kioskd.hall.events import DayOpened, Event
from kioskd.hall.model import BAD_LEVEL
from kioskd.hall.moment import Moment
from kioskd.hall.state import State
from kioskd.journal.journal import Journal
from kioskd.journal.records import Position, PrivateValue

IDENTITY_GROUP = "identity"
"""Key group of the day's identity hashes; `kioskd.hub.desk` destroys it with every ``day.opened``."""

COMMENT_GROUP = "comment"
CONTACT_GROUP = "contact"
NOTE_GROUP = "staff_note"
DAY_MS = 24 * 3600 * 1000

Days = Annotated[int, Meta(ge=30, le=3650)]
"""At least a month: a 差评 is worked off within fifteen working days."""


class PrivacySettings(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """``[privacy]``: for how many days what people wrote is kept, from the day it was written.

    ``comment_days``: what a citizen wrote with a rating; complaints come within a year. ``contact_days``: a
    phone number left to be called back on. ``note_days``: what staff wrote while they worked off a 差评. What
    is kept already goes when it was to go.
    """

    comment_days: Days = 365
    contact_days: Days = 180
    note_days: Days = 365


class NoNumberError(ValueError):
    """An identity number without a letter or digit."""


class Said(NamedTuple):
    """What came with a rating, as references for its event and as values to be sealed."""

    comment: str | None
    contact: str | None
    private: tuple[PrivateValue, ...]


class Privacy:
    """Keeper of the day's identity key and of how long words are kept; follows the desk to know when a day
    ends.
    """

    def __init__(self, journal: Journal, settings: PrivacySettings) -> None:
        self._journal = journal
        self._settings = settings
        self._key: bytes | None = None
        self._days = 0

    async def identity(self, number: str) -> str:
        """Return the day's hash of an identity number (128 bits, hex), the same however it is written:
        letters of either case or full width, spaces, dashes and brackets. Raises `NoNumberError` where
        nothing is written at all, as by a reader that read nothing, and `NotSaved`.
        """
        written = "".join(filter(str.isalnum, normalize("NFKC", number))).upper()
        if not written:
            raise NoNumberError
        key = self._key
        while key is None:
            days = self._days
            key = await self._journal.secret(IDENTITY_GROUP)
            if days != self._days:
                key = None  # the day ended meanwhile, and that key with it
        self._key = key
        return hmac.digest(key, written.encode(), "sha256").hex()[:32]

    def said(self, level: int, words: str | None, phone: str | None, now: Moment) -> Said:
        """Return what is kept of a rating's words and phone number; a number is wanted for a 差评 only."""
        kept = []
        if words and words.strip():
            kept.append(_sealed(COMMENT_GROUP, words, now, self._settings.comment_days))
        if phone and phone.strip() and level <= BAD_LEVEL:
            kept.append(_sealed(CONTACT_GROUP, phone.strip(), now, self._settings.contact_days))
        references = {value.key_group: reference for reference, value in kept}
        return Said(
            references.get(COMMENT_GROUP), references.get(CONTACT_GROUP), tuple(value for _, value in kept)
        )

    def staff_note(self, text: str, now: Moment) -> tuple[str, PrivateValue]:
        """Return reference and value of what staff wrote about a 差评; it may tell of the citizen."""
        return _sealed(NOTE_GROUP, text, now, self._settings.note_days)

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


def _sealed(group: str, text: str, now: Moment, days: int) -> tuple[str, PrivateValue]:
    """Return the reference that an event may hold of a text, and the value to be sealed."""
    value = PrivateValue(f"{group}/{uuid4().hex}", group, now.at + days * DAY_MS, text.encode())
    return f"{value.ref} {value.digest()}", value
