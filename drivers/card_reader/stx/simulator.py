"""A reader with ``02 … 03`` frames."""

from __future__ import annotations

from drivers.card_reader.simulated import SimulatedCardReader
from drivers.card_reader.stx.codec import DONE, READ, Answer, answer, questions

_NO_CARD = 0x6F80
_PICTURE = bytes(1024)


class SimulatedStx(SimulatedCardReader):
    """Answers with the card's text and picture for as long as the card lies there."""

    def __init__(self) -> None:
        super().__init__()
        self._hunter = questions()

    def answers_to(self, data: bytes) -> list[bytes]:
        return [self._said(asked) for asked in self._hunter.feed(data)]

    def _said(self, asked: bytes) -> bytes:
        if asked != READ or not self.text or self.worn:
            return answer(Answer(_NO_CARD))
        return answer(Answer(DONE, self.text), _PICTURE)
