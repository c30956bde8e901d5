"""The speaker on its line: what is said is heard whole, and what became of it is never guessed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.device import Reading
from drivers.errors import ConfigurationError, DeviceError, MaintenanceError
from drivers.facts import plain
from drivers.outcome import Outcome
from drivers.speaker.api import Sentence, Speech
from drivers.speaker.pcm import driver as pcm
from drivers.speaker.pcm.driver import Options, PcmSpeaker, build
from drivers.speaker.pcm.simulator import SimulatedSpeaker
from drivers.speaker.recordings import Recordings
from drivers.speaker.sound import bytes_of, samples_of
from drivers.status import DeviceState, DeviceStatus
from drivers.transport.line import open_line
from drivers.transport.pcm import Counts, encode_count
from drivers.transport.simulated import TcpPort
from tests.drivers.speaker.waves import write

CALL = Speech((Sentence("zh", "请三号"),), volume=100, chime=True)
FAST = 40.0


class Sink:
    def __init__(self) -> None:
        self.statuses: list[DeviceStatus] = []

    def status(self, status: DeviceStatus) -> None:
        self.statuses.append(status)

    def reading(self, reading: Reading) -> None:
        raise AssertionError("a speaker reads nothing")

    def traffic(self, direction: str, data: bytes) -> None:
        pass


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("请", "三", "号"):
        write(tmp_path / "voice" / "zh" / f"{name}.wav", 0.3)
    write(tmp_path / "voice" / "chime.wav", 0.5)
    return tmp_path / "voice"


@asynccontextmanager
async def speaking(
    folder: Path, far: SimulatedSpeaker, **options: int
) -> AsyncIterator[tuple[PcmSpeaker, TcpPort, Sink]]:
    port, sink = TcpPort("127.0.0.1", 0, [far]), Sink()
    await port.start()
    line = await open_line(port.address)
    speaker = build(line, 0, Options(folders=(str(folder),), **options), sink)
    running = asyncio.create_task(speaker.run())
    await asyncio.sleep(0)
    try:
        yield speaker, port, sink
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await line.close()
        await port.stop()


async def heard(far: SimulatedSpeaker, count: int) -> list[bytes]:
    """Wait until so many announcements have been heard to their end."""
    async with asyncio.timeout(30):
        while sum(one.ended for one in far.heard) < count:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.01)
    return [bytes(one.data) for one in far.heard]


async def test_every_sample_is_heard_and_done_is_said_after_the_last(folder: Path) -> None:
    far = SimulatedSpeaker(speed=FAST)
    async with speaking(folder, far) as (speaker, _, sink):
        assert [status.state for status in sink.statuses] == [DeviceState.ONLINE]
        wanted = bytes_of(Recordings([folder]).say(CALL).samples)
        assert (await speaker.speak(CALL)).outcome is Outcome.DONE
        assert bytes(far.heard[-1].data) == wanted
        await heard(far, 1)
        assert (await speaker.speak(CALL)).outcome is Outcome.DONE
        assert await heard(far, 2) == [wanted, wanted]


async def test_the_trim_of_a_speaker_makes_it_softer(folder: Path) -> None:
    far = SimulatedSpeaker(speed=FAST)
    async with speaking(folder, far, volume=50) as (speaker, _, _):
        await speaker.speak(CALL)
    loud = Recordings([folder]).say(CALL).samples
    soft = samples_of(bytes(far.heard[-1].data))
    assert len(soft) == len(loud)
    assert max(soft) == pytest.approx(max(loud) / 8, rel=0.01)


async def test_what_is_not_recorded_is_not_said_and_named(folder: Path) -> None:
    far = SimulatedSpeaker(speed=FAST)
    async with speaking(folder, far) as (speaker, _, _):
        result = await speaker.speak(Speech((Sentence("zh", "请九号"),)))
        assert (result.outcome, result.code) == (Outcome.FAILED, "speaker.piece_missing")
        assert "zh/九" in plain(result.facts)
        assert not far.heard
        half = await speaker.speak(Speech((Sentence("zh", "请九号"), Sentence("zh", "请三号"))))
        assert (half.outcome, half.code) == (Outcome.DONE, "speaker.piece_missing")
        nothing = await speaker.speak(Speech(()))
        assert (nothing.outcome, nothing.code) == (Outcome.FAILED, "speaker.nothing_to_say")
        (folder / "zh" / "三.wav").write_bytes(b"")
        bad = await speaker.speak(CALL)
        assert (bad.outcome, bad.code) == (Outcome.FAILED, "speaker.recording_bad")


async def test_a_plug_pulled_half_way_leaves_it_unknown_and_before_the_first_sample_failed(
    folder: Path,
) -> None:
    far = SimulatedSpeaker(speed=0.5)
    async with speaking(folder, far) as (speaker, port, _):
        saying = asyncio.create_task(speaker.speak(CALL))
        async with asyncio.timeout(30):
            while not far.heard or len(far.heard[-1].data) < 1000:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        await port.unplug()
        # The supervisor ends a driver whose line is lost; its call into the driver ends by itself.
        result = await asyncio.wait_for(saying, 30)
        assert (result.outcome, result.code) == (Outcome.UNKNOWN, "line.lost")
        again = await speaker.speak(CALL)
        assert (again.outcome, again.code) == (Outcome.FAILED, "line.lost")


async def test_a_speaker_that_takes_sound_and_plays_none_is_found_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pcm, "SILENT_S", 0.2)
    far = SimulatedSpeaker(speed=FAST)
    async with speaking(folder, far) as (speaker, _, _):
        far.stuck = True
        result = await speaker.speak(CALL)
        assert (result.outcome, result.code) == (Outcome.UNKNOWN, "speaker.silent")
        with pytest.raises(DeviceError):
            await speaker.test()


async def test_the_test_says_a_sentence_or_why_it_cannot(folder: Path) -> None:
    far = SimulatedSpeaker(speed=FAST)
    async with speaking(folder, far) as (speaker, _, _):
        with pytest.raises(MaintenanceError) as caught:
            await speaker.test()
        assert caught.value.code == "speaker.piece_missing"
        for name in ("测试", "零", "一", "到", "窗口", "办理"):
            write(folder / "zh" / f"{name}.wav", 0.1)
        await speaker.test()
        assert far.heard


async def test_with_the_amplifier_off_nobody_can_tell_and_nothing_is_heard(folder: Path) -> None:
    far = SimulatedSpeaker(speed=FAST)
    far.power_off()
    async with speaking(folder, far) as (speaker, _, _):
        assert (await speaker.speak(CALL)).outcome is Outcome.DONE
        assert await heard(far, 1) == [b""]
        assert not far.view()["powered"]
        far.power_on()
        await speaker.speak(CALL)
        assert (await heard(far, 2))[1]
        assert far.view()["sound"]["n"] == 2


async def test_a_speaker_has_no_unit(folder: Path) -> None:
    port = TcpPort("127.0.0.1", 0, [SimulatedSpeaker()])
    await port.start()
    line = await open_line(port.address)
    try:
        with pytest.raises(ConfigurationError):
            build(line, 1, Options(), Sink())
    finally:
        await line.close()
        await port.stop()


@given(st.lists(st.integers(0, 100_000), max_size=20), st.data())
def test_counts_are_followed_through_any_chunks_and_past_the_end_of_their_range(
    steps: list[int], data: st.DataObject
) -> None:
    played, wire = 2**32 - 150_000, b""
    counts = Counts()
    counts.played = played
    for step in steps:
        played += step
        wire += encode_count(played)
    while wire:
        cut = data.draw(st.integers(1, len(wire)))
        counts.feed(wire[:cut])
        wire = wire[cut:]
    assert counts.played == played


def test_a_count_that_runs_backwards_is_no_progress() -> None:
    counts = Counts()
    assert counts.feed(encode_count(1000))
    assert not counts.feed(encode_count(400))
    assert counts.played == 1000
