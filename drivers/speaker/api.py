"""What every loudspeaker can do."""

from __future__ import annotations

from abc import abstractmethod

import msgspec

from drivers.device import Device
from drivers.facts import Fact
from drivers.outcome import Outcome


class Sentence(msgspec.Struct, frozen=True):
    """Something to say.

    ``text`` is written as it is spoken, every figure in words (请A零幺二号到三号窗口办理); blanks and
    punctuation only part words. ``language`` names the set of recordings that says it (``zh``, ``en``,
    or a dialect's folder).
    """

    language: str
    text: str


class Speech(msgspec.Struct, frozen=True, omit_defaults=True):
    """One announcement: silence for ``pause_ms``, the chime if wanted, then its sentences in turn.

    ``volume`` is 0–100 of what the device can do, by ear: half of it sounds about half as loud.
    """

    sentences: tuple[Sentence, ...]
    volume: int = 80
    chime: bool = True
    pause_ms: int = 0


class SpeakResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """Outcome of an announcement and, unless all is well, why (such as ``speaker.piece_missing``).

    ``FAILED`` is said only when nothing was heard, ``DONE`` when the device has played the last sample.
    ``DONE`` with a code: at least one sentence was said whole, others were left out.
    """

    outcome: Outcome
    code: str = ""
    facts: tuple[Fact, ...] = ()


class Speaker(Device):
    """A loudspeaker for announcements."""

    @abstractmethod
    async def speak(self, speech: Speech) -> SpeakResult:
        """Say one announcement and wait for its end.

        One at a time; the owner waits for the result before the next. Cancelling it stops the sound as
        soon as the device has played what it was given, and leaves the outcome unknown. Never raises for
        a fault of the device.
        """
