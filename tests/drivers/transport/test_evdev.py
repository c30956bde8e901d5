"""Input devices: their files are opened and grabbed together; FIFOs and ptys stand in for them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from evdev import UInput, UInputError, ecodes

from drivers.errors import ConfigurationError, TransientError
from drivers.hid.codec import DOWN, EV_KEY, Decoder, Event, encode
from drivers.transport import evdev as evdev_line
from drivers.transport.api import Address, Line
from drivers.transport.evdev import InputFiles, open_evdev
from drivers.transport.line import open_line
from drivers.transport.simulated import PtyPort
from drivers.transport.stream import Timing
from tests.drivers.transport.devices import Ear, Recorder

TIMING = Timing(drain=0.1)


class Grabbed(InputFiles):
    """Grabs on paper."""

    def __init__(self, folder: Path, error: OSError | None = None) -> None:
        super().__init__(folder / "sys", folder / "input")
        self.grabbed = 0
        self._error = error

    def grab(self, file: int) -> None:
        if self._error is not None and self.grabbed:
            raise self._error
        self.grabbed += 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pad with two files and another keyboard, as sysfs tells of them."""
    places = {
        "event3": "usb-0000:00:14.0-2/input0",
        "event4": "usb-0000:00:14.0-2/input1",
        "event5": "usb-0000:00:14.0-2.1/input0",
        "event6": "",
        "event7": "LNXPWRBN/button/input0",
    }
    (tmp_path / "input" / "by-path").mkdir(parents=True)
    for name, place in places.items():
        os.mkfifo(tmp_path / "input" / name)
        about = tmp_path / "sys" / "class" / "input" / name / "device"
        about.mkdir(parents=True)
        (about / "phys").write_text(f"{place}\n", "ascii")
    (tmp_path / "input" / "by-path" / "pad-event-kbd").symlink_to("../event3")
    return tmp_path


@pytest_asyncio.fixture
async def line(folder: Path) -> AsyncIterator[Line]:
    address = Address("evdev", str(folder / "input" / "by-path" / "pad-event-kbd"))
    line = await open_evdev(address, None, TIMING, Grabbed(folder))
    yield line
    await line.close()


def press(folder: Path, name: str, code: int) -> None:
    with (folder / "input" / name).open("wb") as file:
        file.write(encode(Event(1.0, EV_KEY, code, DOWN)))


async def lost(line: Line) -> None:
    with pytest.raises(TransientError) as caught:
        await asyncio.wait_for(line.wait_lost(), 5)
    assert caught.value.code == "line.lost"


def test_a_family_is_what_hangs_on_one_plug(folder: Path) -> None:
    files = InputFiles(folder / "sys", folder / "input")
    by_path = folder / "input" / "by-path" / "pad-event-kbd"
    assert files.family(by_path) == [by_path, folder / "input" / "event4"]
    for alone in ("event5", "event6"):
        path = folder / "input" / alone
        assert files.family(path) == [path]


async def test_keys_of_both_files_are_heard(line: Line, folder: Path) -> None:
    ear = Ear()
    line.listen(ear)
    press(folder, "event3", 79)
    await ear.until(encode(Event(1.0, EV_KEY, 79, DOWN)))
    press(folder, "event4", 96)
    await ear.until(encode(Event(1.0, EV_KEY, 96, DOWN)))
    press(folder, "event3", 80)
    await ear.until(encode(Event(1.0, EV_KEY, 80, DOWN)))
    assert [event.code for event in Decoder().feed(bytes(ear.heard))] == [79, 96, 80]


async def test_both_are_grabbed_or_none_stays_open(folder: Path) -> None:
    address = Address("evdev", str(folder / "input" / "event3"))
    system = Grabbed(folder)
    line = await open_evdev(address, None, TIMING, system)
    assert system.grabbed == 2
    await line.close()
    with pytest.raises(ConfigurationError) as caught:
        await open_evdev(address, None, TIMING, Grabbed(folder, OSError(16, "Device or resource busy")))
    assert caught.value.code == "line.busy"


async def test_a_file_that_comes_later_is_heard_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel makes the files of a pad one after the other; udev lets us open them later still."""
    monkeypatch.setattr(evdev_line, "_LATER", (0.01,) * 1000)
    late = folder / "input" / "event4"
    late.unlink()
    about = folder / "sys" / "class" / "input" / "event4" / "device" / "phys"
    place = about.read_text("ascii")
    about.unlink()
    system = Grabbed(folder)
    line = await open_evdev(Address("evdev", str(folder / "input" / "event3")), None, TIMING, system)
    try:
        ear = Ear()
        line.listen(ear)
        about.write_text(place, "ascii")
        # Shown, but not to be opened yet.
        await asyncio.sleep(0.05)
        assert system.grabbed == 1
        os.mkfifo(late)
        # Opening it to write waits until somebody has it open to read.
        await asyncio.wait_for(asyncio.to_thread(press, folder, "event4", 96), 10)
        await ear.until(encode(Event(1.0, EV_KEY, 96, DOWN)))
        assert system.grabbed == 2
    finally:
        await line.close()


async def test_a_pad_that_can_only_be_heard_in_part_is_not_well(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evdev_line, "_LATER", (0.01,) * 3)
    late = folder / "input" / "event4"
    about = folder / "sys" / "class" / "input" / "event4" / "device" / "phys"
    place = about.read_text("ascii")
    about.unlink()
    late.unlink()
    line = await open_evdev(Address("evdev", str(folder / "input" / "event3")), None, TIMING, Grabbed(folder))
    about.write_text(place, "ascii")
    await lost(line)
    await line.close()


async def test_pulled_out_and_back(tmp_path: Path) -> None:
    device = Recorder()
    port = PtyPort(tmp_path / "event0", [device])
    address = Address("evdev", str(port.path))
    await port.start()
    for _ in range(2):
        line = await open_evdev(address, None, TIMING, Grabbed(tmp_path))
        ear = Ear()
        line.listen(ear)
        device.say(encode(Event(1.0, EV_KEY, 96, DOWN)))
        await ear.until(encode(Event(1.0, EV_KEY, 96, DOWN)))
        await port.unplug()
        await lost(line)
        await line.close()
        with pytest.raises(TransientError) as absent:
            await open_evdev(address, None, TIMING, Grabbed(tmp_path))
        assert absent.value.code == "line.absent"
        await port.plug()
    await port.stop()


async def test_what_is_no_input_device(folder: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        await open_line(Address("evdev", str(folder / "input" / "event6")))
    assert caught.value.code == "address.bad"
    assert "input.no_device" in str(caught.value)


def _uinput() -> UInput:
    try:
        pad = UInput({ecodes.EV_KEY: [ecodes.KEY_KPENTER], ecodes.EV_LED: [ecodes.LED_NUML]}, name="a pad")
    except (UInputError, OSError) as error:
        pytest.skip(f"no real input device here: {error}")
    if pad.device is None:
        pad.close()
        pytest.skip("no real input device here: the kernel made one, but nobody gives it a file")
    return pad


async def test_a_real_input_device() -> None:
    pad = _uinput()
    address = Address("evdev", str(pad.device.path))
    line = await open_line(address)
    ear = Ear()
    line.listen(ear)
    with pytest.raises(ConfigurationError) as caught:
        await open_line(address)
    assert caught.value.code == "line.busy"
    pad.write(ecodes.EV_KEY, ecodes.KEY_KPENTER, 1)
    pad.syn()
    decoder, got = Decoder(), list[Event]()
    async with asyncio.timeout(5):
        while not got:
            got = decoder.feed(bytes(ear.heard))
            ear.heard.clear()
            await asyncio.sleep(0.01)
    assert (got[0].code, got[0].value) == (ecodes.KEY_KPENTER, DOWN)
    assert abs(got[0].at - asyncio.get_running_loop().time()) < 5, "times are of the monotonic clock"
    pad.device.close()
    pad.close()
    await lost(line)
    await line.close()
