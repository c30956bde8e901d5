"""Announcements at the station: in order, one at a time, repeated only while nobody else waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers.speaker.api import Sentence, Speech
from drivers.speaker.pcm.simulator import SimulatedSpeaker
from drivers.transport.address import format_address
from drivers.transport.pcm import RATE, SAMPLE
from drivers.transport.simulated import TcpPort
from kioskd.station.clock import SystemClock
from kioskd.station.config import DeviceSettings
from kioskd.station.jobs import REPEAT_PAUSE_MS
from kioskd.station.messages import AskJobs, CancelJob, Context, JobReport, SpeakJob
from tests.drivers.speaker.waves import write
from tests.station.hall import TinyHub, running

FAST = 30.0
TEXTS = {"一": 300, "二": 400, "三": 500}
"""What is said, and the pitch it is said at."""


def job(name: str, text: str, *, repeats: int = 1, expires_ms: int = 60_000) -> SpeakJob:
    return SpeakJob(
        job=name,
        device="speaker",
        speech=Speech((Sentence("zh", text),), volume=100, chime=False),
        repeats=repeats,
        expires_ms=expires_ms,
        context=Context(ticket=f"t_{name}", call=2),
    )


class Floor:
    """A station with one speaker, its hub, and what was heard."""

    def __init__(self, hub: TinyHub, far: SimulatedSpeaker, port: TcpPort) -> None:
        self.hub = hub
        self.far = far
        self.port = port

    def reports(self) -> list[JobReport]:
        return self.hub.all(JobReport)

    def heard(self) -> float:
        """Seconds of sound, pauses included."""
        return sum(len(one.data) for one in self.far.heard) / SAMPLE / RATE

    async def until(self, true: object) -> None:
        async with asyncio.timeout(30):
            while not true():  # type: ignore[operator]  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.005)


@asynccontextmanager
async def floor(tmp_path: Path, speed: float = FAST) -> AsyncIterator[Floor]:
    for text, pitch in TEXTS.items():
        write(tmp_path / "voice" / "zh" / f"{text}.wav", 0.5, pitch=pitch)
    hub, far = TinyHub(), SimulatedSpeaker(speed=speed)
    port = TcpPort("127.0.0.1", 0, [far])
    await port.start()
    device = DeviceSettings(
        id="speaker",
        driver="speaker.pcm",
        address=format_address(port.address),
        options={"folders": [str(tmp_path / "voice")]},
    )
    try:
        async with running(tmp_path, SystemClock(), hub, device):
            here = Floor(hub, far, port)
            await here.until(lambda: hub.states("speaker")[-1:] == ["online"])
            yield here
    finally:
        await port.stop()


async def test_each_ends_before_the_next_begins_and_says_what_it_was_about(tmp_path: Path) -> None:
    async with floor(tmp_path) as here:
        here.hub.say(job("1.1.1", "一"), job("1.2.1", "二"), job("1.3.1", "三"))
        await here.until(lambda: len(here.reports()) == 3)
        assert [(one.job, one.outcome, one.device) for one in here.reports()] == [
            (f"1.{n}.1", "done", "speaker") for n in (1, 2, 3)
        ]
        assert here.reports()[0].context == Context(ticket="t_1.1.1", call=2)
        assert here.heard() == pytest.approx(3 * 0.5, abs=0.02)


async def test_alone_it_is_repeated_with_a_pause(tmp_path: Path) -> None:
    async with floor(tmp_path) as here:
        here.hub.say(job("1.1.1", "一", repeats=3))
        await here.until(lambda: len(here.reports()) == 1)
        assert here.heard() == pytest.approx(3 * 0.5 + 2 * REPEAT_PAUSE_MS / 1000, abs=0.02)


async def test_while_another_waits_it_is_said_once(tmp_path: Path) -> None:
    async with floor(tmp_path) as here:
        here.hub.say(job("1.1.1", "一", repeats=3), job("1.2.1", "二"))
        await here.until(lambda: len(here.reports()) == 2)
        assert here.heard() == pytest.approx(2 * 0.5, abs=0.02)


async def test_what_is_taken_back_before_it_began_is_never_heard(tmp_path: Path) -> None:
    async with floor(tmp_path, speed=2.0) as here:
        here.hub.say(job("1.1.1", "一"), job("1.2.1", "二"), CancelJob(job="1.2.1"))
        await here.until(lambda: len(here.reports()) == 2)
        assert [(one.job, one.outcome, one.code) for one in here.reports()] == [
            ("1.1.1", "done", ""),
            ("1.2.1", "failed", "job.cancelled"),
        ]
        assert here.heard() == pytest.approx(0.5, abs=0.02)


async def test_what_is_taken_back_while_it_is_said_is_not_repeated(tmp_path: Path) -> None:
    async with floor(tmp_path, speed=2.0) as here:
        here.hub.say(job("1.1.1", "一", repeats=5))
        await here.until(lambda: here.far.heard)
        here.hub.say(CancelJob(job="1.1.1"))
        await here.until(lambda: len(here.reports()) == 1)
        assert here.reports()[0].outcome == "done"
        assert here.heard() == pytest.approx(0.5, abs=0.02)


async def test_what_waited_too_long_is_not_read_out_late(tmp_path: Path) -> None:
    async with floor(tmp_path, speed=2.0) as here:
        here.hub.say(job("1.1.1", "一"), job("1.2.1", "二", expires_ms=1))
        await here.until(lambda: len(here.reports()) == 2)
        assert (here.reports()[-1].outcome, here.reports()[-1].code) == ("failed", "job.expired")
        assert here.heard() == pytest.approx(0.5, abs=0.02)


async def test_after_a_restart_what_had_begun_is_unknown_and_never_begun_again(tmp_path: Path) -> None:
    async with floor(tmp_path, speed=0.5) as here:
        here.hub.say(job("1.1.1", "一", repeats=5))
        await here.until(lambda: here.far.heard)
        await here.port.unplug()
        await here.until(lambda: here.reports())
        assert here.reports()[0].outcome == "unknown"
    async with floor(tmp_path) as here:
        here.hub.say(AskJobs(jobs=("1.1.1",)))
        await here.until(lambda: len(here.reports()) == 1)
        here.hub.say(job("1.1.1", "一"))
        await here.until(lambda: len(here.reports()) == 2)
        assert {one.outcome for one in here.reports()} == {"unknown"}
        assert not here.far.heard


async def test_a_sentence_nobody_recorded_fails_and_the_next_is_said(tmp_path: Path) -> None:
    async with floor(tmp_path) as here:
        here.hub.say(job("1.1.1", "九"), job("1.2.1", "二"))
        await here.until(lambda: len(here.reports()) == 2)
        assert [(one.outcome, one.code) for one in here.reports()] == [
            ("failed", "speaker.piece_missing"),
            ("done", ""),
        ]
