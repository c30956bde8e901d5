"""From the key on a window's keypad to the sound in its zone, with real bytes all the way."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from drivers.speaker.api import Sentence, Speech
from drivers.speaker.pcm.simulator import SimulatedSpeaker
from drivers.speaker.recordings import Recordings
from drivers.speaker.sound import bytes_of
from kioskd.demo.run import HALL_FILE
from kioskd.hall.events import JobDone, JobFailed, JobUnknown, TicketAnnounced, TicketCalled
from kioskd.hall.rules import Voice
from kioskd.settings import HallSettings, load
from kioskd.settings.check_voice import SHIPPED
from tests.system.hall import SimulatedHall, simulated_hall
from tests.system.test_durable_first import LONGEST_S, SlowDisk, disk

__all__ = ["disk"]

DEVICES = {"keypad-1", "keypad-3", "speaker-east", "speaker-west"}
EAST, WEST = "1", "3"


def _hall(**voice: object) -> HallSettings:
    hall = load(HALL_FILE)
    spoken = msgspec.structs.replace(Voice(repeats=1), **voice)
    policy = msgspec.structs.replace(hall.rules.policy, voice=spoken)
    return msgspec.structs.replace(hall, rules=msgspec.structs.replace(hall.rules, policy=policy))


def _speaker(hall: SimulatedHall, name: str) -> SimulatedSpeaker:
    speaker = hall.device(name).simulator
    assert isinstance(speaker, SimulatedSpeaker)
    return speaker


def _sound(text: str, *, chime: bool = True) -> bytes:
    """What a sentence sounds like at the hall's volume."""
    speech = Speech((Sentence("zh", text),), volume=80, chime=chime)
    return bytes_of(Recordings([SHIPPED]).say(speech).samples)


async def test_a_press_is_heard_in_its_zone_after_the_commit(tmp_path: Path, disk: SlowDisk) -> None:
    async with simulated_hall(_hall(), tmp_path, only=DEVICES.__contains__) as hall:
        number = (await hall.issue())["number"]
        east, west = _speaker(hall, "speaker-east"), _speaker(hall, "speaker-west")
        with disk.hold():
            hall.press(EAST, "call")
            await asyncio.to_thread(disk.held.wait, LONGEST_S)
            assert not east.heard, "a sound before the disk"
        await hall.until(lambda: hall.of(JobDone), "the announcement")
        (called,) = hall.of(TicketCalled)
        assert called.number == number
        assert called.caption is not None
        assert called.caption.zh == f"请{number}号到{EAST}号窗口办理"
        assert bytes(east.heard[-1].data) == _sound("请 A 零 零 幺 号到 一 号窗口办理")
        assert not west.heard
        await hall.until(lambda: hall.of(TicketAnnounced, device="speaker-east"), "it counts as announced")
        view = await hall.get("kiosk", "hall")
        assert view["calls"][0]["caption"] == {
            "zh": f"请{number}号到{EAST}号窗口办理",
            "en": f"Ticket {number}, please go to window {EAST}",
        }


async def test_calls_never_talk_over_each_other(tmp_path: Path) -> None:
    async with simulated_hall(_hall(chime=False), tmp_path, only=lambda name: name != "printer") as hall:
        for _ in range(3):
            await hall.issue()
        for window in ("1", "2"):
            await hall.key(window, "call", TicketCalled)
        await hall.until(lambda: len(hall.of(JobDone)) == 2, "both announcements")
        heard = b"".join(bytes(one.data) for one in _speaker(hall, "speaker-east").heard)
        wanted = [
            _sound(f"请 A 零 零 {n} 号到 {w} 号窗口办理", chime=False)
            for n, w in (("幺", "一"), ("二", "二"))
        ]
        assert heard == b"".join(wanted), "one after the other, whole"


@pytest.mark.parametrize("pulled", ["before", "while"])
async def test_a_speaker_that_is_gone_harms_nobody(tmp_path: Path, pulled: str) -> None:
    hall_file = _hall(expires_s=5)
    async with simulated_hall(hall_file, tmp_path, only=DEVICES.__contains__) as hall:
        await hall.issue()
        speaker = _speaker(hall, "speaker-east")
        if pulled == "before":
            await hall.device("speaker-east").act("unplug")
            await hall.until(lambda: hall.known("speaker-east") == "offline", "the hub notices")
        else:
            speaker.stuck = True
        hall.press(EAST, "call")
        await hall.until(lambda: hall.of(TicketCalled), "the call")
        if pulled == "while":
            await hall.until(lambda: speaker.heard, "the first samples")
            await hall.device("speaker-east").act("unplug")
            await hall.until(lambda: hall.of(JobUnknown), "nobody knows how much was heard")
        else:
            await hall.until(lambda: hall.of(JobFailed), "it failed")
        assert not hall.of(TicketAnnounced, device="speaker-east")
        speaker.stuck = False
        before = len(speaker.heard)
        await hall.device("speaker-east").act("plug")
        await hall.until(lambda: hall.known("speaker-east") == "online", "it is back")
        assert len(speaker.heard) == before, "what has passed is not read out late"
        await hall.issue()
        hall.press(EAST, "recall")
        await hall.until(lambda: hall.of(TicketAnnounced, device="speaker-east"), "the next call is said")
