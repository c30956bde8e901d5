"""A recording plays back as the device it was made of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
import pytest

from drivers.printer.api import Outcome, TicketPrinter
from drivers.recording.format import Chunk, Header, Recording
from drivers.recording.playback import OWN_WORDS_S, Playback
from drivers.registry import DRIVERS, PRIVATE, DeviceClass
from drivers.status import DeviceState
from tests.drivers.families import FAMILIES, SLIP, Family, options_of
from tests.drivers.recorded import names, playing, recording

HEADER = Header(driver="call_pad.ff68", scheme="serial")
SLOW = OWN_WORDS_S * 2
LATE = (3.0, ">", b"b")


class Host:
    """The other end of a playback."""

    def __init__(self, *chunks: tuple[float, str, bytes], pace: float = 0.0) -> None:
        self.heard = bytearray()
        made = tuple(Chunk(at, "<" if way == "<" else ">", data) for at, way, data in chunks)
        self.playback = Playback(Recording(HEADER, made), pace=pace)
        self.playback.connect(self.heard.extend)

    def says(self, data: bytes) -> bytes:
        self.heard.clear()
        self.playback.receive(data)
        return bytes(self.heard)


BYTE_LINES = {"tcp", "serial", "udp"}
"""Lines whose bytes can be recorded and played back; input devices hand over the kernel's records."""


def test_every_driver_on_a_byte_line_has_a_recording() -> None:
    # What a speaker is sent is sound: it is heard, not read.
    unread = PRIVATE | {DeviceClass.SPEAKER}
    recordable = sorted(
        name
        for name, driver in DRIVERS.items()
        if BYTE_LINES & set(driver.schemes) and driver.device_class not in unread
    )
    assert names() == recordable
    assert sorted(family.driver for family in FAMILIES) == recordable


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.driver)
async def test_a_recorded_device_works_its_driver(family: Family) -> None:
    assert recording(family.driver).header.options == options_of(family), "make the recordings anew"
    async with playing(family.driver, family.face) as played:
        owner = played.owner
        await played.pulse.until(lambda: owner.state is DeviceState.ONLINE)
        if isinstance(played.device, TicketPrinter):
            async with asyncio.timeout(10):
                result = await played.device.print(SLIP)
            assert result.outcome is Outcome.DONE
            assert not played.playback.strange
            return
        await played.pulse.until(lambda: owner.shows)
        await played.pulse.until(lambda: len(owner.readings) >= len(family.pressed))
        await played.end()
        assert tuple(owner.readings) == family.pressed
        assert not owner.errors


async def test_what_the_device_answered_it_answers_again_however_the_bytes_come() -> None:
    host = Host((0.0, ">", b"how?"), (0.1, "<", b"well"), (0.2, ">", b"who?"), (0.3, "<", b"me"))
    assert host.says(b"ho") == b""
    assert host.says(b"w?wh") == b"well"
    assert host.says(b"o?") == b"me"
    assert host.playback.finished
    assert host.playback.view() == {"kind": "recording", "frames": 2, "of": 2, "strange": ""}


async def test_a_frame_that_comes_again_is_answered_but_no_key_is_pressed_twice() -> None:
    host = Host((0.0, ">", b"poll"), (0.01, "<", b"idle"), (SLOW, "<", b"KEY"), (SLOW + 1, ">", b"ack"))
    assert host.says(b"poll") == b"idleKEY"
    assert host.says(b"ack") == b""
    assert host.says(b"poll") == b"idle"


async def test_frames_left_out_take_no_key_press_with_them() -> None:
    host = Host((0.0, ">", b"init"), (0.1, "<", b"ok"), (SLOW, "<", b"KEY"), (SLOW + 1, ">", b"poll"))
    assert host.says(b"poll") == b"KEY"
    assert host.playback.finished


async def test_bytes_that_the_recording_lacks_are_told_and_answered_by_nothing() -> None:
    host = Host((0.0, ">", b"\x10\x04"), (0.1, "<", b"\x12"))
    assert host.says(b"\xee\xff\x10\x04") == b"\x12"
    assert host.playback.view()["strange"] == "eeff"
    assert not Host((0.0, ">", b"ask")).playback.finished


async def test_a_part_that_varies_may_be_another() -> None:
    made = Recording(
        msgspec.structs.replace(HEADER, vary=("t=[0-9]+",)),
        (Chunk(0.0, ">", b"<t=17>"), Chunk(0.1, "<", b"ok")),
    )
    playback, heard = Playback(made, pace=0.0), bytearray()
    playback.connect(heard.extend)
    playback.receive(b"<t=")
    playback.receive(b"99>")
    assert (bytes(heard), playback.finished) == (b"ok", True)
    playback.receive(b"[t=99>")
    assert bytes(playback.strange) == b"[t=99>"


async def test_a_device_that_speaks_first_does_so_at_once() -> None:
    host = Host((2.0, "<", b"KEY"))
    assert bytes(host.heard) == b"KEY"


async def test_pauses_are_kept_and_bytes_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    set_for: list[tuple[float, Callable[[], None]]] = []

    class Timer:
        def cancel(self) -> None:
            set_for.clear()

    def call_at(when: float, action: Callable[[], None]) -> Timer:
        set_for.append((when - loop.time(), action))
        return Timer()

    host = Host((0.0, ">", b"a"), (1.0, "<", b"1"), (3.0, "<", b"2"), LATE, (3.0, "<", b"3"), pace=0.5)
    with monkeypatch.context() as patch:
        patch.setattr(loop, "call_at", call_at)
        assert host.says(b"ab") == b""
    assert [round(after, 1) for after, _ in set_for] == [0.5, 1.5, 1.5]
    for _, action in tuple(set_for):
        action()
    assert bytes(host.heard) == b"123"


async def test_a_new_connection_begins_anew() -> None:
    host = Host((0.0, ">", b"ask"), (0.1, "<", b"yes"), (SLOW, "<", b"KEY"))
    assert host.says(b"ask") == b"yesKEY"
    host.playback.disconnect()
    assert host.says(b"ask") == b""
    host.playback.connect(host.heard.extend)
    assert host.says(b"ask") == b"yesKEY"
