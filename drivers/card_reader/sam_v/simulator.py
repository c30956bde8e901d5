"""A security module that speaks SAM_V."""

from __future__ import annotations

from drivers.card_reader.sam_v.codec import (
    DONE,
    FIND,
    FOUND,
    NO_CARD,
    READ,
    SELECT,
    STATUS,
    Answer,
    answer,
    questions,
)
from drivers.card_reader.simulated import SimulatedCardReader

_NOT_SELECTED, _UNREADABLE, _UNKNOWN = 0x81, 0x41, 0x21
_PICTURE = bytes(1024)


class SimulatedSamV(SimulatedCardReader):
    """Wants find, select and read in this order; a card that was read is found again only after it was taken
    away, as modules in the field do. ``module`` other than done is what it answers to everything.
    """

    def __init__(self) -> None:
        super().__init__()
        self.module = DONE
        self._hunter = questions()
        self._step = 0
        self._read = b""

    def take_away(self) -> None:
        self._read = b""
        super().take_away()

    def answers_to(self, data: bytes) -> list[bytes]:
        return [answer(self._said(asked)) for asked in self._hunter.feed(data)]

    def _said(self, asked: tuple[int, int]) -> Answer:
        if self.module != DONE:
            return Answer(self.module)
        if asked == STATUS:
            return Answer(DONE)
        if asked == FIND:
            self._step = 1 if self.text and self.text != self._read else 0
            return Answer(FOUND, bytes(4)) if self._step else Answer(NO_CARD)
        if asked == SELECT:
            if self._step != 1:
                return Answer(_NOT_SELECTED)
            self._step = 2
            return Answer(DONE, bytes(8))
        if asked == READ:
            if self._step != 2:
                return Answer(_UNREADABLE)
            self._step, self._read = 0, self.text
            if self.worn:
                return Answer(_UNREADABLE)
            sizes = len(self.text).to_bytes(2, "big") + len(_PICTURE).to_bytes(2, "big")
            return Answer(DONE, sizes + self.text + _PICTURE)
        return Answer(_UNKNOWN)
