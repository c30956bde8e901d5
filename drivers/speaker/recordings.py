"""The recordings of a speaker: folders of wav files, the first folder that has a piece wins.

``FOLDER/<language>/<text>.wav`` says ``text`` (``请.wav``, ``号窗口办理.wav``, ``please-go-to-window.wav``);
``FOLDER/chime.wav`` is the chime. 16-bit PCM, mono or stereo, 8 to 48 kHz. Recordings are brought to one
loudness and lose the silence at their ends, so a hall's own may come from any phone.
"""

from __future__ import annotations

import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from drivers.facts import Fact, fact
from drivers.speaker.api import Sentence, Speech
from drivers.speaker.sound import (
    Samples,
    at_volume,
    joined,
    levelled,
    mono,
    resampled,
    samples_of,
    silence,
    trimmed,
)
from drivers.speaker.words import Units, pieces, units, unsaid

CHIME = "chime"
LONGEST_S = 20.0
"""No piece is longer; what is was not meant to be one."""
LOWEST_HZ, HIGHEST_HZ = 8_000, 48_000
PAUSE_S = 0.35
"""Between sentences."""
BREATH_S = 0.08
"""Between the chime and the first word."""


class RecordingError(Exception):
    """A file that cannot be used. ``code`` is ``recording.unreadable``, ``recording.format``,
    ``recording.too_long`` or ``recording.silent``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Said(msgspec.Struct, frozen=True):
    """What there is to play, and what of it could not be said, as ``language/text``."""

    samples: Samples[int]
    sentences: int
    missing: tuple[str, ...] = ()
    bad: tuple[Fact, ...] = ()


def _bad(error: RecordingError) -> Fact:
    match error.code:
        case "recording.too_long":
            return fact("recording.too_long", text=error)
        case "recording.silent":
            return fact("recording.silent", text=error)
        case "recording.format":
            return fact("recording.format", text=error)
    return fact("recording.unreadable", text=error)


def inspect(file: Path) -> float:
    """Return the seconds of sound in a file without preparing it. Raises `RecordingError`."""
    samples, rate = _wav(file)
    if len(samples) > LONGEST_S * rate:
        raise RecordingError("recording.too_long", f"{len(samples) / rate:.1f} s, at most {LONGEST_S:g} s")
    samples = trimmed(samples)
    if not samples:
        raise RecordingError("recording.silent", "nothing is heard in it")
    return len(samples) / rate


def read(file: Path) -> Samples[int]:
    """Read one recording as it will be played, at full volume. Raises `RecordingError`."""
    inspect(file)
    samples, rate = _wav(file)
    return levelled(trimmed(resampled(samples, rate)))


class Recordings:
    """All recordings in some folders. Files may come and go while the program runs."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._read: dict[Path, tuple[tuple[int, int], Samples[int]]] = {}

    def languages(self) -> list[str]:
        """Return the languages there are recordings of."""
        folders = (entry for folder in self._folders for entry in _entries(folder))
        return sorted({entry.name for entry in folders if entry.is_dir()})

    def files(self, language: str) -> dict[Units, Path]:
        """Return the file that says each piece of a language."""
        found: dict[Units, Path] = {}
        for folder in self._folders:
            for file in _entries(folder / language):
                if file.suffix.lower() == ".wav" and (name := units(file.stem)):
                    found.setdefault(name, file)
        return found

    def chime(self) -> Path | None:
        """Return the chime's file."""
        files = (folder / f"{CHIME}.wav" for folder in self._folders)
        return next((file for file in files if file.is_file()), None)

    def say(self, speech: Speech) -> Said:
        """Join an announcement. A sentence with a piece missing or unusable is left out whole: half a
        number is worse than none. Reads files: not for the event loop.
        """
        parts: list[Samples[int]] = []
        missing: list[str] = []
        bad: list[Fact] = []
        for sentence in speech.sentences:
            try:
                said = self._sentence(sentence)
            except RecordingError as error:
                bad.append(_bad(error))
                continue
            if said is None:
                files = self.files(sentence.language)
                missing += [f"{sentence.language}/{part}" for part in unsaid(sentence.text, files)]
                continue
            if parts:
                parts.append(silence(PAUSE_S))
            parts.append(said)
        count = (len(parts) + 1) // 2
        if parts and speech.chime and (chime := self._chime()) is not None:
            parts = [chime, silence(BREATH_S), *parts]
        whole = silence(speech.pause_ms / 1000)
        for part in parts:
            whole.extend(part)
        return Said(at_volume(whole, speech.volume), count, tuple(missing), tuple(bad))

    def _sentence(self, sentence: Sentence) -> Samples[int] | None:
        files = self.files(sentence.language)
        names = pieces(sentence.text, files.keys())
        if not names:
            return None
        return joined([self._piece(files[name]) for name in names])

    def _chime(self) -> Samples[int] | None:
        file = self.chime()
        try:
            return self._piece(file) if file is not None else None
        except RecordingError:
            # An announcement without its chime is better than none.
            return None

    def _piece(self, file: Path) -> Samples[int]:
        try:
            status = file.stat()
        except OSError as error:
            raise RecordingError("recording.unreadable", f"{file.name}: {error.strerror}") from error
        state = (status.st_mtime_ns, status.st_size)
        known = self._read.get(file)
        if known is None or known[0] != state:
            try:
                known = self._read[file] = (state, read(file))
            except RecordingError as error:
                raise RecordingError(error.code, f"{file.parent.name}/{file.name}: {error}") from error
        return known[1]


def _wav(file: Path) -> tuple[Samples[int], int]:
    try:
        with wave.open(str(file), "rb") as sound:
            width, channels, rate = sound.getsampwidth(), sound.getnchannels(), sound.getframerate()
            if width != 2 or channels not in (1, 2) or not LOWEST_HZ <= rate <= HIGHEST_HZ:
                raise RecordingError(
                    "recording.format",
                    f"{width * 8} bit, {channels} channel(s), {rate} Hz; wanted: 16 bit, 1 or 2 channels,"
                    f" {LOWEST_HZ} to {HIGHEST_HZ} Hz",
                )
            data = sound.readframes(int((LONGEST_S + 1) * rate))
    except (wave.Error, EOFError) as error:
        raise RecordingError("recording.format", f"not a PCM wav file: {error}") from error
    except OSError as error:
        raise RecordingError("recording.unreadable", error.strerror or str(error)) from error
    return mono(samples_of(data), channels), rate


def _entries(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(folder.iterdir())
    except OSError:
        return
