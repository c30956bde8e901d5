"""USB printers through pyusb, on a bus that answers as libusb does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest
import pytest_asyncio

from drivers.errors import ConfigurationError, DeviceError, TransientError
from drivers.transport import usb as usb_line
from drivers.transport.api import Address, Line
from drivers.transport.simulated_usb import SimulatedBus, UsbPort
from drivers.transport.stream import Timing
from drivers.transport.usb import UsbLine, open_usb
from tests.drivers.transport.devices import Ear, Recorder

TIMING = Timing(stuck=0.3, drain=2)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usb_line, "_CALL", 0.05)


@pytest.fixture
def bus() -> SimulatedBus:
    return SimulatedBus()


@pytest_asyncio.fixture
async def device() -> Recorder:
    return Recorder()


@pytest_asyncio.fixture
async def port(bus: SimulatedBus, device: Recorder) -> AsyncIterator[UsbPort]:
    port = UsbPort(bus, "1-1.2", device)
    await port.start()
    yield port
    await port.stop()
    assert bus.handles == 0, "a handle was left open"


@asynccontextmanager
async def opened(
    bus: SimulatedBus, address: Address, traffic: Callable[[str, bytes], None] | None = None
) -> AsyncIterator[UsbLine]:
    line = await open_usb(address, traffic, TIMING, bus)
    try:
        yield line
    finally:
        await line.close()


async def refused(bus: SimulatedBus, address: Address, timing: Timing = TIMING) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        await open_usb(address, None, timing, bus)
    return caught.value


async def lost(line: Line) -> TransientError:
    with pytest.raises(TransientError) as caught:
        await asyncio.wait_for(line.wait_lost(), 5)
    assert caught.value.code == "line.lost"
    return caught.value


async def test_bytes_go_both_ways_unchanged(bus: SimulatedBus, port: UsbPort, device: Recorder) -> None:
    told: list[tuple[str, bytes]] = []
    every = bytes(range(256)) * 300
    async with opened(bus, port.address, lambda way, data: told.append((way, data))) as line:
        ear = Ear()
        line.listen(ear)
        await line.write(every)
        await device.until(lambda: bytes(device.got) == every)
        device.say(every)
        await ear.until(every)
        assert bytes(ear.heard) == every
        assert port.at_once == 1
    assert b"".join(data for way, data in told if way == ">") == every
    assert b"".join(data for way, data in told if way == "<") == every


async def test_the_kernels_driver_steps_aside_and_comes_back(bus: SimulatedBus, port: UsbPort) -> None:
    async with opened(bus, port.address) as line:
        assert (port.kernel_driver, port.claimed) == (False, True)
        await line.close()
        assert (port.kernel_driver, port.claimed) == (True, False)


async def test_one_that_had_no_kernel_driver_gets_none(bus: SimulatedBus, port: UsbPort) -> None:
    port.kernel_driver = False
    async with opened(bus, port.address):
        pass
    assert not port.kernel_driver


async def test_two_of_a_kind_are_told_apart_by_their_place(bus: SimulatedBus, port: UsbPort) -> None:
    other_device = Recorder()
    other = UsbPort(bus, "1-1.3", other_device)
    await other.start()
    async with opened(bus, other.address) as line:
        await line.write(b"to the other")
        await other_device.until(lambda: bytes(other_device.got) == b"to the other")
        assert other.claimed
        assert not port.claimed
    error = await refused(bus, Address("usb", "04b8:0e15"))
    assert isinstance(error, ConfigurationError)
    assert error.code == "address.bad"
    assert "1-1.2, 1-1.3" in str(error)
    await other.stop()
    async with opened(bus, Address("usb", "04b8:0e15")):
        assert port.claimed


async def test_absent_and_where_it_is_instead(bus: SimulatedBus, port: UsbPort) -> None:
    error = await refused(bus, Address("usb", "04b8:0e15", {"port": "2-1"}))
    assert (type(error), error.code) == (TransientError, "line.absent")
    assert "usb.elsewhere ports=1-1.2" in str(error)
    error = await refused(bus, Address("usb", "04b8:0202"))
    assert error.code == "line.absent"


async def test_busy_denied_and_no_printer(bus: SimulatedBus, port: UsbPort) -> None:
    port.taken = True
    error = await refused(bus, port.address)
    assert (type(error), error.code) == (ConfigurationError, "line.busy")
    assert port.kernel_driver, "who could not claim it gives it back"
    port.taken = False
    port.denied = True
    error = await refused(bus, port.address)
    assert (type(error), error.code) == (ConfigurationError, "line.denied")
    assert "line.not_in_group group=lp" in str(error)
    port.denied = False
    port.interface = (3, 1, 1)
    error = await refused(bus, port.address)
    assert (type(error), error.code) == (ConfigurationError, "address.bad")
    assert "usb.no_printer" in str(error)


async def test_one_program_at_a_time(bus: SimulatedBus, port: UsbPort) -> None:
    async with opened(bus, port.address) as line:
        assert (await refused(bus, port.address)).code == "line.busy"
        await line.write(b"still ours")


async def test_unplugged_and_claimed_again(bus: SimulatedBus, port: UsbPort, device: Recorder) -> None:
    async with opened(bus, port.address) as line:
        await port.unplug()
        error = await lost(line)
        assert "disconnected" in str(error)
        with pytest.raises(TransientError) as caught:
            await line.write(b"x")
        assert caught.value.code == "line.lost"
        assert (await refused(bus, port.address)).code == "line.absent"
        await port.plug()
    async with opened(bus, port.address) as line:
        await line.write(b"again")
        await device.until(lambda: bytes(device.got) == b"again")


async def test_unplugged_in_the_middle_of_a_write(bus: SimulatedBus, port: UsbPort) -> None:
    port.set_jammed(True)
    async with opened(bus, port.address) as line:
        writing = asyncio.create_task(line.write(b"x" * 100))
        await asyncio.sleep(0)
        await port.unplug()
        with pytest.raises(TransientError) as caught:
            await asyncio.wait_for(writing, 5)
        assert caught.value.code == "line.lost"


async def test_a_jammed_printer_is_stuck_and_says_why(
    bus: SimulatedBus, port: UsbPort, device: Recorder
) -> None:
    port.set_jammed(True)
    port.paper = False
    async with opened(bus, port.address) as line:
        for _ in range(2):
            with pytest.raises(TransientError) as caught:
                await asyncio.wait_for(line.write(b"first"), 5)
            assert caught.value.code == "line.stuck"
            assert "usb.port_no_paper" in str(caught.value)
        port.set_jammed(False)
        await line.write(b" second")
        # As on any wire: the frame under way leaves whole, one that never began does not.
        await device.until(lambda: bytes(device.got) == b"first second")


async def test_a_stall_is_cleared(bus: SimulatedBus, port: UsbPort, device: Recorder) -> None:
    async with opened(bus, port.address) as line:
        port.stalls = 2
        await line.write(b"after the stall")
        await device.until(lambda: bytes(device.got) == b"after the stall")


async def test_a_device_that_stalls_without_end_is_lost(bus: SimulatedBus, port: UsbPort) -> None:
    async with opened(bus, port.address) as line:
        port.stalls = 1000
        await lost(line)


async def test_cancelled_writers_leave_whole_frames(
    bus: SimulatedBus, port: UsbPort, device: Recorder
) -> None:
    port.set_jammed(True)
    async with opened(bus, port.address) as line:
        first, second = (asyncio.create_task(line.write(bytes([65 + n]) * 20_000)) for n in range(2))
        await asyncio.sleep(0)
        first.cancel()
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        third = asyncio.create_task(line.write(b"C" * 20_000))
        port.set_jammed(False)
        await third
        await device.until(lambda: len(device.got) >= 40_000)
        assert bytes(device.got) == b"A" * 20_000 + b"C" * 20_000


async def test_closing_lets_the_frame_leave(bus: SimulatedBus, port: UsbPort, device: Recorder) -> None:
    async with opened(bus, port.address) as line:
        writing = asyncio.create_task(line.write(b"x" * 100_000))
        await asyncio.sleep(0)
        await line.close()
        await writing
        await device.until(lambda: len(device.got) == 100_000)


async def test_what_is_claimed_too_late_is_given_back(bus: SimulatedBus, port: UsbPort) -> None:
    bus.opening = 0.2
    error = await refused(bus, port.address, msgspec.structs.replace(TIMING, connect=0.05))
    assert (type(error), error.code) == (TransientError, "line.absent")
    assert await asyncio.to_thread(bus.closed.wait, 5)
    assert (port.kernel_driver, port.claimed) == (True, False)
    bus.opening = 0
    async with opened(bus, port.address) as line:
        await line.write(b"x")
