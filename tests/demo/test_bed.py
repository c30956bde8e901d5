"""The simulated hall's devices on real ptys and sockets, spoken to by the real drivers."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from drivers.errors import ConfigurationError
from drivers.transport.address import parse_address
from kioskd.demo.bed import Bed
from kioskd.demo.run import HALL_FILE
from kioskd.demo.story import Entry, Story
from kioskd.settings import load
from kioskd.station.config import DeviceSettings

SETTINGS = load(HALL_FILE)
DEVICES = SETTINGS.station.devices


@pytest_asyncio.fixture
async def bed(tmp_path: Path) -> AsyncIterator[Bed]:
    bed = Bed(DEVICES, tmp_path / "dev")
    await bed.start()
    yield bed
    await bed.stop()


async def until(done: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not done():  # noqa: ASYNC110 - the kernel's end of a pty sets no event
            await asyncio.sleep(0.005)


def there(address: str) -> bool:
    path = Path(parse_address(address).target)
    return path.is_symlink() and str(path.readlink()).startswith("/dev/pts/")


def test_the_demo_hall_has_all_it_should_have() -> None:
    kinds = [device.kind for device in Bed(DEVICES, Path("unused")).devices.values()]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "printer": 1,
        "speaker": 3,
        "document_camera": 2,
        "board": 1,
        "sign": 6,
        "keypad": 6,
        "pad": 6,
    }


async def test_every_device_is_on_a_real_port_and_buses_are_shared(bed: Bed) -> None:
    addresses = [settings.address for settings in bed.settings()]
    for address in addresses:
        parsed = parse_address(address)
        if parsed.scheme == "serial":
            assert there(address)
        else:
            host, port = parsed.target.rsplit(":", 1)
            _, writer = await asyncio.open_connection(host, int(port))
            writer.close()
            await writer.wait_closed()
    by_id = {settings.id: settings.address for settings in bed.settings()}
    assert by_id["sign-1"] == by_id["sign-2"] == by_id["sign-3"]
    assert by_id["sign-4"] == by_id["sign-5"] == by_id["sign-6"] != by_id["sign-1"]
    assert "rs485_gap_ms=4" in by_id["sign-1"], "what the hall's table says of the wire is kept"
    assert len({by_id[f"keypad-{n}"] for n in range(1, 7)}) == 6


async def test_a_key_is_a_frame_on_the_wire_and_its_story_has_the_bytes(bed: Bed) -> None:
    told: list[Entry] = []
    story = Story(lambda: 1234, told.append)
    bed.on_change(story.changed)
    keypad = bed.devices["keypad-1"]
    fd = os.open(parse_address(keypad.settings.address).target, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        story.pressed(keypad, key="call")
        keypad.simulator.press("call")
        frame = b""

        def whole() -> bool:
            nonlocal frame
            try:
                frame += os.read(fd, 64)
            except BlockingIOError:
                return False
            return frame.endswith(b"\x16")

        await until(whole)
        assert frame == bytes.fromhex("FF 68 03 03 68 01 01 0C 0E 16")
        assert told == [], "nobody has answered yet"
        os.write(fd, frame)
        await until(lambda: len(told) == 1)
    finally:
        os.close(fd)
    assert told[0] | {"wire": 0} == {
        "did": "key",
        "device": "keypad-1",
        "at": 1234,
        "parameters": {"key": "call"},
        "wire": 0,
        "hand": False,
    }
    assert [(burst["toHost"], burst["hex"]) for burst in told[0]["wire"]] == [
        (True, "FF 68 03 03 68 01 01 0C 0E 16"),
        (False, "FF 68 03 03 68 01 01 0C 0E 16"),
    ]


async def test_a_port_that_is_pulled_is_gone_and_comes_back_at_the_same_place(bed: Bed) -> None:
    keypad = bed.devices["keypad-2"]
    address = keypad.settings.address
    assert "unplug" in keypad.actions()
    await keypad.act("unplug")
    assert not there(address)
    assert not keypad.plugged
    assert "plug" in keypad.actions()
    await keypad.act("plug")
    assert there(address)
    assert keypad.plugged


async def test_one_sign_pulled_off_a_bus_leaves_the_others_on_it(bed: Bed) -> None:
    sign = bed.devices["sign-1"]
    await sign.act("unplug")
    assert not sign.plugged
    assert sign.line is not None
    assert sign.line.port.plugged
    assert bed.devices["sign-2"].plugged
    await sign.act("plug")
    await sign.act("unplug_line")
    assert [bed.devices[f"sign-{n}"].plugged for n in (1, 2, 3, 4)] == [False, False, False, True]
    await bed.devices["sign-3"].act("plug_line")
    assert sign.plugged


async def test_only_what_can_be_done_is_offered_and_done(bed: Bed) -> None:
    printer = bed.devices["printer"]
    assert "refill" not in printer.actions()
    with pytest.raises(ValueError, match="refill cannot be done"):
        await printer.act("refill")
    with pytest.raises(ValueError, match="__init__ cannot be done"):
        await printer.act("__init__")
    await printer.act("empty")
    assert printer.view()["paper"] == "out"
    await printer.act("refill")
    await printer.act("open_cover")
    assert printer.view()["cover"] == "open"
    await printer.act("close_cover")
    await printer.act("jam")
    assert printer.view()["paper"] == "jammed"
    assert "clear_jam" in printer.actions()
    await printer.act("power_off")
    assert printer.view()["powered"] is False


async def test_a_real_device_takes_a_simulators_place(tmp_path: Path) -> None:
    bed = Bed(DEVICES, tmp_path, instead={"printer": "tcp://10.1.2.3:9100"})
    await bed.start()
    try:
        printer = bed.devices["printer"]
        assert printer.view()["real"] == "tcp://10.1.2.3:9100"
        assert printer.actions() == []
        assert [device.id for device in bed.real] == ["printer"]
        by_id = {settings.id: settings for settings in bed.settings()}
        assert by_id["printer"].address == "tcp://10.1.2.3:9100"
    finally:
        await bed.stop()


@pytest.mark.parametrize(
    ("instead", "code"),
    [
        ({"printer": "tcp://10.1.2.3"}, "address.bad"),
        ({"printer": "udp://10.1.2.3:9100"}, "address.bad"),
        ({"printer": "nonsense"}, "address.bad"),
        ({"sign-77": "tcp://10.1.2.3:1"}, "demo.unknown_device"),
    ],
)
def test_bad_addresses_are_refused_before_anything_runs(
    tmp_path: Path, instead: dict[str, str], code: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Bed(DEVICES, tmp_path, instead=instead)
    assert refused.value.code == code


def test_a_driver_without_a_simulator_is_refused(tmp_path: Path) -> None:
    device = DeviceSettings(id="x", driver="printer.cups", address="tcp://1.2.3.4:5")
    with pytest.raises(ConfigurationError) as refused:
        Bed([device], tmp_path)
    assert refused.value.code == "demo.no_simulator"
