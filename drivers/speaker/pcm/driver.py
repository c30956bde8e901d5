"""A loudspeaker behind a line that takes PCM: ``alsa://`` for this PC's sound, ``tcp://`` for another's."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from drivers.device import DeviceSink
from drivers.errors import ConfigurationError, DeviceError, MaintenanceError, OutcomeUnknownError
from drivers.facts import fact
from drivers.outcome import Outcome
from drivers.speaker.api import Sentence, Speaker, SpeakResult, Speech
from drivers.speaker.recordings import Recordings, Said
from drivers.speaker.sound import at_volume, bytes_of
from drivers.status import DeviceState, DeviceStatus
from drivers.transport.api import Line
from drivers.transport.pcm import RATE, SAMPLE, Counts

CHUNK = RATE // 10
"""Samples handed over at once: 100 ms."""
AHEAD = RATE * 4 // 10
"""Most samples on their way: enough to bridge a busy moment, little enough that a stop is a stop."""
SILENT_S = 5.0
"""A device that has samples and plays none for so long is stuck."""

TEST = Speech((Sentence("zh", "请测试零零一号到一号窗口办理"),), volume=60)


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Habits of a speaker. ``folders`` hold recordings, the first that has a piece wins; left empty, the
    program's own. ``volume`` trims this speaker against others, 0–100.
    """

    folders: tuple[str, ...] = ()
    volume: Annotated[int, Meta(ge=0, le=100)] = 100


class PcmSpeaker(Speaker):
    """A speaker on its line."""

    def __init__(self, line: Line, options: Options, sink: DeviceSink) -> None:
        self._line = line
        self._volume = options.volume
        self._recordings = Recordings([Path(folder) for folder in options.folders])
        self._sink = sink
        self._counts = Counts()
        self._sent = 0
        self._progress = asyncio.Event()
        self._lost: DeviceError | None = None

    async def run(self) -> None:
        """Follow what the device plays until the line is lost."""
        stop = self._line.listen(self._heard)
        try:
            self._sink.status(DeviceStatus(state=DeviceState.ONLINE))
            await self._line.wait_lost()
        except DeviceError as error:
            self._lost = error
            self._progress.set()
            raise
        finally:
            stop()

    async def test(self) -> None:
        """Say a test call at a moderate volume."""
        result = await self.speak(TEST)
        if result.outcome is Outcome.UNKNOWN:
            raise OutcomeUnknownError(result.code, *result.facts)
        if result.code:
            raise MaintenanceError(result.code, *result.facts)

    async def speak(self, speech: Speech) -> SpeakResult:
        """Say one announcement and wait until its last sample has been played."""
        said = await asyncio.to_thread(self._joined, speech)
        facts = (*said.bad, *(fact("speaker.not_recorded", piece=part) for part in said.missing))
        code = "speaker.recording_bad" if said.bad else "speaker.piece_missing" if said.missing else ""
        if not said.sentences:
            return SpeakResult(Outcome.FAILED, code or "speaker.nothing_to_say", facts)
        before = self._sent
        try:
            await self._play(bytes_of(said.samples))
        except DeviceError as error:
            begun = Outcome.UNKNOWN if self._sent > before else Outcome.FAILED
            return SpeakResult(begun, error.code, error.facts)
        return SpeakResult(Outcome.DONE, code, facts)

    def _joined(self, speech: Speech) -> Said:
        said = self._recordings.say(speech)
        return msgspec.structs.replace(said, samples=at_volume(said.samples, self._volume))

    async def _play(self, data: bytes) -> None:
        for at in range(0, len(data), CHUNK * SAMPLE):
            chunk = data[at : at + CHUNK * SAMPLE]
            await self._until(AHEAD - len(chunk) // SAMPLE)
            # Counted first: who is interrupted here has made a sound.
            self._sent += len(chunk) // SAMPLE
            await self._line.write(chunk)
        await self._until(0)

    async def _until(self, left: int) -> None:
        """Wait until the device has no more than ``left`` samples to play."""
        while self._sent - self._counts.played > left:
            if self._lost is not None:
                raise self._lost
            self._progress.clear()
            try:
                async with asyncio.timeout(SILENT_S):
                    await self._progress.wait()
            except TimeoutError:
                # What it still holds may be played or not; the next announcement begins from here.
                self._counts.played = self._sent
                raise OutcomeUnknownError(
                    "speaker.silent", fact("speaker.nothing_played", seconds=SILENT_S)
                ) from None

    def _heard(self, data: bytes) -> None:
        if self._counts.feed(data):
            self._progress.set()


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> PcmSpeaker:
    """A speaker alone on its line.

    Raises `ConfigurationError` (``driver.options``) for a unit: a speaker has no address.
    """
    if unit != 0:
        raise ConfigurationError("driver.options", fact("options.no_unit"))
    return PcmSpeaker(line, options, sink)
