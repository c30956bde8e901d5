"""What reads the screen out: the port, and the loudspeaker of this PC.

The recordings are those of the hall's other voices: ``FOLDER/zh/<text>.wav`` and ``FOLDER/en/<text>.wav``
say ``text``, from a single hanzi or word to a whole sentence; 16-bit PCM. Without recordings, or without
a sound card, captions on the screen stand for the voice.
"""

from __future__ import annotations

import logging
import re
from collections import deque
from pathlib import Path
from typing import Protocol

import pygame

from ui.kiosk.facts import Language

log = logging.getLogger("kiosk")

_CLAUSE = re.compile(r"[，。、：；！？…“”（）·/]+|[,.:;!?()\"]+(?:\s|$)")
_UNIT = re.compile(r"\d+|[a-z']+|[㐀-鿿]")
_DIGITS = "零一二三四五六七八九"


class Voice(Protocol):
    """Says sentences in the order they come."""

    def say(self, text: str, language: Language) -> None:
        """Say a sentence instead of whatever is being said."""

    def hush(self) -> None:
        """Say no more."""

    def go_on(self) -> bool:
        """Begin the next part if the one before is over; return whether anything is still to come."""


class Silent:
    """Captions only."""

    def say(self, text: str, language: Language) -> None:
        """Say nothing."""

    def hush(self) -> None:
        """Nothing is being said."""

    def go_on(self) -> bool:
        """Return that nothing is to come."""
        return False


class Recordings:
    """The loudspeaker of this PC, through SDL. Raises `pygame.error` where there is none."""

    def __init__(self, folder: Path) -> None:
        pygame.mixer.init(frequency=22050, size=-16, channels=1, buffer=1024)
        self._channel = pygame.mixer.Channel(0)
        self._known: dict[Language, dict[tuple[str, ...], Path]] = {}
        for language in ("zh", "en"):
            files = sorted((folder / language).glob("*.wav"))
            self._known[language] = {units(file.stem.replace("-", " ")): file for file in files}
        self._next: deque[Path] = deque()

    def say(self, text: str, language: Language) -> None:
        """Say what is recorded of a sentence, clause by clause; half a clause would mislead."""
        self.hush()
        known = self._known[language]
        for clause in _CLAUSE.split(text):
            pieces = covered(units(clause), known)
            if pieces is not None:
                self._next.extend(known[piece] for piece in pieces)
        self.go_on()

    def hush(self) -> None:
        """Stop."""
        self._next.clear()
        self._channel.stop()

    def go_on(self) -> bool:
        """Begin the next recording once the one before is over."""
        while self._next and not self._channel.get_busy():
            file = self._next.popleft()
            try:
                self._channel.play(pygame.mixer.Sound(str(file)))
            except (pygame.error, OSError) as error:
                log.warning("recording %s: %s", file, error)
        return bool(self._next)


def open_voice(folder: Path | None) -> Voice:
    """Return the voice of a folder; captions only where there is no folder, no sound card or no GLib, which
    pygame asks for and every desktop has.
    """
    if folder is None:
        return Silent()
    try:
        return Recordings(folder)
    except (pygame.error, NotImplementedError) as error:
        log.warning("no sound, captions only: %s", error)
        return Silent()


def units(text: str) -> tuple[str, ...]:
    """Take a text apart into hanzi and words; figures become hanzi where a Chinese voice reads them."""
    found: list[str] = []
    for unit in _UNIT.findall(text.lower()):
        found += list(numeral(int(unit))) if unit.isdigit() and len(unit) < 5 else [unit]
    return tuple(found)


def covered(wanted: tuple[str, ...], known: dict[tuple[str, ...], Path]) -> list[tuple[str, ...]] | None:
    """Split units into recordings, the longest first; None where some are not recorded."""
    longest = max(map(len, known), default=0)
    pieces: list[tuple[str, ...]] = []
    at = 0
    while at < len(wanted):
        for length in range(min(longest, len(wanted) - at), 0, -1):
            if (piece := wanted[at : at + length]) in known:
                pieces.append(piece)
                at += length
                break
        else:
            return None
    return pieces


def numeral(value: int) -> str:
    """Return a number below ten thousand as it is read: 十二, 一百零五."""
    if value < 10:
        return _DIGITS[value]
    said, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, unit)
        if digit:
            said += ("零" if gap else "") + _DIGITS[digit] + name
            gap = False
        elif said and value:
            gap = True
    return said[1:] if said.startswith("一十") else said
