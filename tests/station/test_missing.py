"""What a sign's font lacks is counted, listed for the technician, and told once."""

from __future__ import annotations

from pathlib import Path

import structlog

from drivers.caller_display.pinganlihe.simulator import PinganliheBoard
from drivers.status import DeviceState, DeviceStatus, ErrorAction
from drivers.transport.simulated import PtyPort
from kioskd.station.messages import DeviceReport
from kioskd.station.missing import MOST, REMEMBERED_S, MissingCharacters
from tests.station.hall import TinyHub, device, plugged, running, show
from tests.station.timing import FakeClock, until


def lacking(characters: str) -> DeviceStatus:
    return DeviceStatus(state=DeviceState.ONLINE, missing=characters)


def test_each_time_it_is_to_be_shown_counts_and_only_the_first_is_news(clock: FakeClock) -> None:
    missing = MissingCharacters("sign-3", clock)
    with structlog.testing.capture_logs() as logs:
        for characters in ("囍", "囍", "", "囍 喆", "", "囍"):
            told = missing.adjust(lacking(characters))
            assert (told.code, told.action) == ("sign.characters", ErrorAction.CONFIGURATION)
            assert told.state is DeviceState.ONLINE
    assert [(one.character, one.times) for one in missing.listed] == [("囍", 3), ("喆", 1)]
    assert [(line["event"], line["characters"]) for line in logs] == [("sign.characters", "囍")]


def test_what_is_worse_is_said_instead_and_a_sign_that_lacks_nothing_is_well(clock: FakeClock) -> None:
    missing = MissingCharacters("sign-3", clock)
    assert missing.adjust(lacking("")) == lacking("")
    missing.adjust(lacking("囍"))
    silent = DeviceStatus(state=DeviceState.OFFLINE, code="sign.silent", action=ErrorAction.RESET)
    assert missing.adjust(silent) == silent


def test_it_is_forgotten_after_a_day(clock: FakeClock) -> None:
    missing = MissingCharacters("sign-3", clock)
    missing.adjust(lacking("囍"))
    missing.adjust(lacking(""))
    clock.date += REMEMBERED_S + 1
    assert missing.listed == ()
    assert missing.adjust(lacking("")).code == ""


def test_a_wrong_font_fills_no_memory(clock: FakeClock) -> None:
    missing = MissingCharacters("sign-3", clock)
    for at in range(0, 3 * MOST, 10):
        missing.adjust(lacking(" ".join(chr(0x4E00 + at + n) for n in range(10))))
    assert len(missing.listed) == MOST


async def test_the_whole_way_from_a_face_to_the_technicians_view(tmp_path: Path, clock: FakeClock) -> None:
    hub, sign = TinyHub(), PinganliheBoard(3)
    port = PtyPort(tmp_path / "bus", [sign])
    async with plugged(port):
        own = device("sign", port, driver="caller_display.pinganlihe", unit=3)
        async with running(tmp_path, clock, hub, own) as station:
            await until(lambda: hub.states("sign")[-1:] == ["online"])
            hub.say(show("sign", 1, "囍A012"))
            await until(lambda: sign.texts() == ["□A012"])
            await until(lambda: hub.all(DeviceReport)[-1].status.code == "sign.characters")
            (seen,) = station.view("sign").devices
            assert [(one.character, one.times) for one in seen.missing] == [("囍", 1)]
            hub.say(show("sign", 2, "A013"))
            await until(lambda: sign.texts() == ["A013"])
            assert station.view("sign").devices[0].missing == seen.missing
