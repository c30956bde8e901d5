"""The kernel's printer file; a pty stands in for it."""

from __future__ import annotations

import asyncio
import os
import tty
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from drivers.errors import ConfigurationError, TransientError
from drivers.transport.api import Address, Line
from drivers.transport.line import open_line
from drivers.transport.node import NodeLine
from drivers.transport.simulated import PtyPort
from drivers.transport.stream import Timing
from tests.drivers.transport.devices import Ear, Recorder


async def lost(line: Line) -> None:
    with pytest.raises(TransientError) as caught:
        await asyncio.wait_for(line.wait_lost(), 5)
    assert caught.value.code == "line.lost"


async def test_bytes_both_ways_unplug_and_back(tmp_path: Path) -> None:
    device = Recorder()
    port = PtyPort(tmp_path / "lp0", [device])
    address = Address("usblp", str(port.path))
    await port.start()
    for _ in range(2):
        device.got.clear()
        told: list[str] = []
        line = await open_line(address, traffic=lambda way, data, told=told: told.append(way))  # type: ignore[misc]
        ear = Ear()
        line.listen(ear)
        every = bytes(range(256)) * 100
        await line.write(every)
        await device.until(lambda every=every: bytes(device.got) == every)  # type: ignore[misc]
        device.say(b"\x12\x00\x0d\x0a\x11")
        await ear.until(b"\x12\x00\x0d\x0a\x11")
        assert told[0] == ">"
        await port.unplug()
        await lost(line)
        with pytest.raises(TransientError):
            await line.write(b"x")
        await line.close()
        await line.close()
        with pytest.raises(TransientError) as absent:
            await open_line(address)
        assert absent.value.code == "line.absent"
        await port.plug()
    await port.stop()


async def test_frames_of_many_writers_never_mix(tmp_path: Path) -> None:
    device = Recorder()
    port = PtyPort(tmp_path / "lp0", [device])
    await port.start()
    line = await open_line(Address("usblp", str(port.path)))
    frames = [bytes([65 + n]) * 9000 for n in range(8)]
    await asyncio.gather(*(line.write(frame) for frame in frames))
    await device.until(lambda: len(device.got) == 8 * 9000)
    assert bytes(device.got) == b"".join(frames)
    await line.close()
    await port.stop()


async def test_a_printer_that_takes_nothing_is_stuck_and_goes_on_whole() -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    line = NodeLine(
        Address("usblp", "/dev/usb/lp0"), (slave,), None, Timing(stuck=0.3, drain=0.1), empty_pause=0.01
    )
    frame = bytes(range(256)) * 400
    with pytest.raises(TransientError) as caught:
        await line.write(frame)
    assert caught.value.code == "line.stuck"
    second = asyncio.create_task(line.write(b"second"))
    got, whole = bytearray(), asyncio.Event()
    os.set_blocking(master, False)

    def take() -> None:
        got.extend(os.read(master, 65536))
        if len(got) >= len(frame) + 6:
            whole.set()

    loop = asyncio.get_running_loop()
    loop.add_reader(master, take)
    await asyncio.wait_for(second, 5)
    await asyncio.wait_for(whole.wait(), 5)
    assert bytes(got) == frame + b"second"
    loop.remove_reader(master)
    await line.close()
    os.close(master)


async def test_out_of_paper_is_no_loss(mocker: MockerFixture) -> None:
    # usblp answers ENOSPC while the printer has no paper, and polls as writable all the while.
    ours, theirs = os.pipe()
    line = NodeLine(Address("usblp", "/dev/usb/lp0"), (theirs,), None, Timing(stuck=0.3), empty_pause=60)
    write = os.write
    refusals = iter([True] * 2)

    def out_of_paper(file: int, data: bytes) -> int:
        if file == theirs and next(refusals, False):
            raise OSError(28, "No space left on device")
        return write(file, data)

    mocker.patch("drivers.transport.node.os.write", out_of_paper)
    mocker.patch("drivers.transport.node._LOOK", 0.02)
    await line.write(b"slip")
    assert os.read(ours, 100) == b"slip"
    await line.close()
    os.close(ours)


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [
        (16, ConfigurationError, "line.busy"),
        (13, ConfigurationError, "line.denied"),
        (19, TransientError, "line.absent"),
        (21, ConfigurationError, "address.bad"),
    ],
)
async def test_what_opening_can_say(
    mocker: MockerFixture, number: int, kind: type[Exception], code: str
) -> None:
    mocker.patch("drivers.transport.usblp.os.open", side_effect=OSError(number, os.strerror(number)))
    with pytest.raises(kind) as caught:
        await open_line(Address("usblp", "/dev/usb/lp0"))
    assert getattr(caught.value, "code", "") == code
