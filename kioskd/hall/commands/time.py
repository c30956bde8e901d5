"""The hub itself, and the hall's days."""

from __future__ import annotations

from kioskd.hall.commands.base import Asked
from kioskd.hall.rules import Rules


class StartHub(Asked, frozen=True, kw_only=True):
    """A process began to run this hall. ``numbers`` are last given numbers by prefix that a witness
    outside the journal knows of, of business day ``numbers_day`` (empty: not known). A prefix of
    which the journal knows less goes on ``reservation`` above the witness.
    """

    boot: str
    numbers: dict[str, int] = {}
    numbers_day: str = ""


class ApplySettings(Asked, frozen=True, kw_only=True):
    """These rules hold from now on; equal rules change nothing."""

    rules: Rules


class Tick(Asked, frozen=True, kw_only=True):
    """Time has passed; everything due is done. ``witness`` are business dates that stations or the
    central server believe in, for the plausibility of a new day.
    """

    witness: tuple[str, ...] = ()


class ConfirmDay(Asked, frozen=True, kw_only=True):
    """A person says which business day it is (clock not plausible)."""

    date: str


class CloseDay(Asked, frozen=True, kw_only=True):
    """End the business day now: stop issuing, void what still waits with a reason, close.

    ``void`` is how many waiting and held tickets the caller has seen and means to void; another number
    than there are now is refused, so that nobody's ticket goes unseen.
    """

    void: int = 0
