"""Signs that know no harmless question: they are asked, and kept right, by sending what they should show.

Before anything is wanted that is a dark face. A sign that comes back from a power cut is therefore
right with the very poll that finds it, and one that never answers is right one poll later at the
latest.
"""

from __future__ import annotations

from abc import abstractmethod

import msgspec

from drivers.caller_display.api import Page
from drivers.caller_display.polled import Answer, Frame, SignProtocol
from drivers.facts import Fact, fact

UNCONFIRMED = fact("sign.unconfirmed")
SCROLL_POLLS = 6
"""Polls between two sendings of a text that scrolls to a sign that never answers: each sending
begins it anew, and people want to read it to its end."""


class Layout(msgspec.Struct, frozen=True):
    """A face as frames, one for every place of the sign, to be sent in this order.

    A frame replaces what the one before it in its own place said, and nothing else. ``missing``
    holds the characters the sign can't show, ``blank`` says that texts made of nothing else were left out
    and not replaced; ``note`` is what else a technician should know.
    """

    frames: tuple[bytes, ...]
    missing: str = ""
    note: Fact | None = None
    scrolls: bool = False
    blank: bool = False


class RefreshedProtocol(SignProtocol):
    """What a sign holds, place by place.

    ``answer`` is the length of the longest answer, 0 where a sign never answers. ``opening`` stands
    before the first frame to a sign of which nothing is known.
    """

    def __init__(self, answer: int, opening: bytes = b"") -> None:
        self._answer = answer
        self._opening = opening
        self._wanted = self.lay_out(None)
        self._held: dict[int, bytes] = {}
        self._next = 0
        self._polls = 0

    @abstractmethod
    def lay_out(self, page: Page | None) -> Layout:
        """Make a page (None: dark) ready to be sent; at least one frame."""

    @property
    def notes(self) -> tuple[Fact, ...]:
        """Characters the font lacks, and whether anything is confirmed."""
        missing = self._wanted.missing
        notes = (
            fact("sign.not_in_font", characters=missing) if missing else None,
            self._wanted.note,
            None if self._answer else UNCONFIRMED,
        )
        return tuple(note for note in notes if note is not None)

    @property
    def missing(self) -> str:
        """Characters that were replaced."""
        return "" if self._wanted.blank else self._wanted.missing

    def compose(self, page: Page | None) -> Frame | None:
        """Return the first frame that differs from what the sign holds."""
        self._wanted = self.lay_out(page)
        for place, data in enumerate(self._wanted.frames):
            if self._held.get(place) != data:
                return self._frame(place)
        return None

    def _frame(self, place: int) -> Frame:
        opening = b"" if self._held else self._opening
        return Frame(opening + self._wanted.frames[place], self._answer, place)

    def taken(self, frame: Frame) -> None:
        """Note what its place holds now."""
        opening = b"" if self._held else self._opening
        self._held[frame.holds] = frame.data[len(opening) :]

    def forget(self) -> None:
        """It may hold anything."""
        self._held.clear()

    def probe(self) -> Frame | None:
        """Return what it should show, one place after the other."""
        frames = self._wanted.frames
        holds_all = all(self._held.get(place) == data for place, data in enumerate(frames))
        self._polls += 1
        if self._wanted.scrolls and not self._answer and holds_all and self._polls % SCROLL_POLLS:
            return None
        self._next = (self._next + 1) % len(frames)
        return self._frame(self._next if self._held else 0)

    def feed(self, data: bytes) -> list[Answer]:
        """Nothing, unless a protocol says otherwise."""
        return []
