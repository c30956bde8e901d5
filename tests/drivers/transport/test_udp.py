from __future__ import annotations

import asyncio
import socket

import pytest

from drivers.errors import ConfigurationError, TransientError
from drivers.transport.address import Wire, format_address, host_port, parse_address, wire_of
from drivers.transport.api import Address
from drivers.transport.line import open_line
from drivers.transport.simulated_udp import UdpPort
from drivers.transport.stream import Timing
from tests.drivers.transport.devices import Ear, Recorder

HASTY = Timing(refused=0.2)


def test_addresses() -> None:
    address = parse_address("udp://10.0.0.6:8453")
    assert host_port(address) == ("10.0.0.6", 8453)
    assert format_address(address) == "udp://10.0.0.6:8453"
    assert wire_of(address) == Wire()
    for text in ("udp://10.0.0.6", "udp://10.0.0.6:0", "udp://10.0.0.6:8453?baudrate=9600", "udp://::1:8453"):
        with pytest.raises(ConfigurationError, match=r"udp://"):
            parse_address(text)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_frame_is_a_datagram_both_ways(host: str) -> None:
    traffic: list[tuple[str, bytes]] = []
    device = Recorder(lambda data: b"answer to " + data)
    port = UdpPort(host, 0, [device])
    await port.start()
    line = await open_line(port.address, traffic=lambda way, data: traffic.append((way, data)))
    ear = Ear()
    stop = line.listen(ear)
    await asyncio.gather(*(line.write(bytes((65 + n,)) * 500) for n in range(8)))
    await device.until(lambda: len(device.got) == 8 * 500)
    assert sorted(device.got[at : at + 500] for at in range(0, 4000, 500)) == [
        bytes((65 + n,)) * 500 for n in range(8)
    ]
    await ear.until(b"answer to H")
    assert [way for way, _ in traffic].count(">") == 8
    stop()
    await line.close()
    await line.close()
    await port.stop()


async def test_a_refusal_is_silence_and_not_the_end() -> None:
    device = Recorder()
    port = UdpPort("127.0.0.1", 0, [device])
    await port.start()
    line = await open_line(port.address, timing=HASTY)
    loop = asyncio.get_running_loop()
    await line.write(b"one")
    await port.unplug()
    for _ in range(3):
        with pytest.raises(TransientError) as refused:
            await line.write(b"nobody hears this")
        assert refused.value.code == "line.refused"
    await port.plug()
    # The first that arrives is still called refused: the network is believed for a while.
    with pytest.raises(TransientError):
        await line.write(b"two")
    await device.until(lambda: device.got == b"onetwo")
    began = loop.time()
    codes = set()
    async with asyncio.timeout(5):
        while True:
            try:
                await line.write(b"!")
            except TransientError as error:
                codes.add(error.code)
            else:
                break
    assert codes == {"line.refused"}
    assert loop.time() - began > 0.05
    lost = asyncio.create_task(line.wait_lost())
    await asyncio.sleep(0)
    assert not lost.done()
    await line.close()
    with pytest.raises(TransientError):
        await lost
    await port.stop()


async def test_a_word_from_the_device_ends_the_doubt() -> None:
    device = Recorder(lambda data: data)
    port = UdpPort("127.0.0.1", 0, [device])
    await port.start()
    line = await open_line(port.address, timing=Timing(refused=3600.0))
    await port.unplug()
    with pytest.raises(TransientError):
        await line.write(b"?")
    await port.plug()
    await line.write(b"!")
    await line.close()
    await port.stop()


async def test_a_datagram_is_not_eaten_by_an_old_refusal() -> None:
    device = Recorder()
    port = UdpPort("127.0.0.1", 0, [device])
    await port.start()
    line = await open_line(port.address, timing=HASTY)
    await port.unplug()
    sock = line._sock  # type: ignore[attr-defined]
    # As when the refusal comes in the instant before the next datagram: nobody has read it yet.
    asyncio.get_running_loop().remove_reader(sock)
    sock.send(b"refused, and nobody has asked yet")
    await port.plug()
    # The refusal waits in the socket and would fail the next send instead of sending it.
    with pytest.raises(TransientError):
        await line.write(b"heard")
    await device.until(lambda: device.got == b"heard")
    await line.close()
    await port.stop()


async def test_a_broken_socket_is_a_lost_line() -> None:
    port = UdpPort("127.0.0.1", 0, [])
    await port.start()
    line = await open_line(port.address)
    waiting = asyncio.create_task(line.wait_lost())
    holding = asyncio.create_task(_hold(line))
    await asyncio.sleep(0)
    line._failed(OSError(5, "Input/output error"))  # type: ignore[attr-defined]
    for task in (waiting, holding):
        with pytest.raises(TransientError) as lost:
            await asyncio.wait_for(task, 5)
        assert lost.value.code == "line.lost"
    with pytest.raises(TransientError):
        await line.write(b"x")
    await line.close()
    await port.stop()


async def _hold(line) -> None:  # type: ignore[no-untyped-def]
    async with line.turn(), line.turn():
        pass


async def test_a_name_that_nobody_knows_is_absent() -> None:
    with pytest.raises(TransientError) as absent:
        await open_line(Address("udp", "no-such-host.invalid:8453"), timing=Timing(connect=5.0))
    assert absent.value.code == "line.absent"


async def test_an_unplugged_port_keeps_its_number() -> None:
    port = UdpPort("127.0.0.1", 0, [])
    await port.start()
    number = port.port
    await port.unplug()
    assert not port.plugged
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", number))
    await port.plug()
    await port.plug()
    assert port.port == number
    await port.stop()
