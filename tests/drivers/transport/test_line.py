from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from drivers.errors import ConfigurationError, TransientError
from drivers.transport.address import parse_address
from drivers.transport.api import Address, Line
from drivers.transport.line import open_line
from drivers.transport.simulated import PtyPort, TcpPort
from drivers.transport.stream import Timing
from tests.drivers.hostile import ONE_BYTE_AT_A_TIME, HostileWire
from tests.drivers.transport.devices import Ear, Recorder

Port = PtyPort | TcpPort


def make_port(kind: str, tmp_path: Path, *devices: Recorder, baudrate: int | None = None) -> Port:
    if kind == "pty":
        return PtyPort(tmp_path / "port", devices, baudrate)
    return TcpPort("127.0.0.1", 0, devices, baudrate)


@pytest.fixture(params=["pty", "tcp"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture
async def device() -> Recorder:
    return Recorder()


@pytest_asyncio.fixture
async def port(kind: str, tmp_path: Path, device: Recorder) -> AsyncIterator[Port]:
    port = make_port(kind, tmp_path, device)
    await port.start()
    yield port
    await port.stop()


@pytest_asyncio.fixture
async def line(port: Port) -> AsyncIterator[Line]:
    line = await open_line(port.address)
    yield line
    await line.close()


async def lost(line: Line) -> TransientError:
    with pytest.raises(TransientError) as caught:
        await asyncio.wait_for(line.wait_lost(), 5)
    assert caught.value.code == "line.lost"
    return caught.value


async def test_bytes_go_both_ways_unchanged(line: Line, device: Recorder) -> None:
    every = bytes(range(256)) * 4
    ear = Ear()
    line.listen(ear)
    await line.write(every)
    await device.until(lambda: bytes(device.got) == every)
    device.say(every)
    await ear.until(every)
    assert bytes(ear.heard) == every


async def test_frames_of_many_writers_never_mix(line: Line, device: Recorder) -> None:
    frames = [bytes([value]) * 500 for value in range(40)]
    await asyncio.gather(*(line.write(frame) for frame in frames))
    await device.until(lambda: len(device.got) == 500 * 40)
    cut = [bytes(device.got[at : at + 500]) for at in range(0, 500 * 40, 500)]
    assert cut == frames


async def test_traffic_sees_both_directions(port: Port, device: Recorder) -> None:
    seen: list[tuple[str, bytes]] = []
    line = await open_line(port.address, traffic=lambda way, data: seen.append((way, data)))
    ear = Ear()
    line.listen(ear)
    await line.write(b"ask")
    await device.until(lambda: device.got == b"ask")
    device.say(b"answer")
    await ear.until(b"answer")
    assert seen[0] == (">", b"ask")
    assert b"".join(data for way, data in seen if way == "<") == b"answer"
    await line.close()


async def test_a_listener_that_fails_harms_only_itself(line: Line, device: Recorder) -> None:
    def broken(data: bytes) -> None:
        raise ValueError(data)

    ear = Ear()
    line.listen(broken)
    stop = line.listen(ear)
    await line.write(b"x")
    await device.until(lambda: device.connected > 0)
    device.say(b"one")
    await ear.until(b"one")
    stop()
    stop()
    last = Ear()
    line.listen(last)
    device.say(b"two")
    await last.until(b"two")
    assert ear.heard == b"one"


async def test_unplugging_is_noticed_and_plugging_in_works_again(port: Port, device: Recorder) -> None:
    for _ in range(3):
        line = await open_line(port.address)
        await line.write(b"hello")
        await device.until(lambda: bytes(device.got) == b"hello")
        await port.unplug()
        await lost(line)
        with pytest.raises(TransientError) as caught:
            await line.write(b"more")
        assert caught.value.code == "line.lost"
        with pytest.raises(TransientError) as caught:
            async with line.turn():
                raise AssertionError("a turn on a lost line")
        assert caught.value.code == "line.lost"
        await line.close()
        with pytest.raises(TransientError) as caught:
            await open_line(port.address)
        assert caught.value.code == "line.absent"
        assert device.connected == 0
        device.got.clear()
        await port.plug()


async def test_a_write_on_its_way_fails_when_the_line_is_lost(tmp_path: Path) -> None:
    slow = PtyPort(tmp_path / "port", [Recorder()], baudrate=300)
    await slow.start()
    line = await open_line(slow.address)
    writing = asyncio.create_task(line.write(bytes(200_000)))
    waiting = asyncio.create_task(line.write(b"next"))
    await asyncio.sleep(0)
    await slow.unplug()
    for task in (writing, waiting):
        with pytest.raises(TransientError) as caught:
            await asyncio.wait_for(task, 5)
        assert caught.value.code == "line.lost"
    await line.close()
    await slow.stop()


async def test_a_write_returns_only_once_the_system_has_every_byte(tmp_path: Path) -> None:
    slow = PtyPort(tmp_path / "port", [Recorder()])
    await slow.start()
    line = await open_line(slow.address, timing=Timing(stuck=0.01))
    slow._read(False)  # the far end stops taking bytes

    async def fill() -> None:
        for _ in range(1000):
            await line.write(bytes(1000))

    with pytest.raises(TransientError) as caught:
        await fill()
    assert caught.value.code == "line.stuck"
    assert line._transport.get_write_buffer_size() <= 1000  # type: ignore[attr-defined]
    slow._read(True)
    await line.close()
    await slow.stop()


async def test_waiting_writers_hold_no_more_than_one_frame_in_the_buffer(line: Line) -> None:
    transport = line._transport  # type: ignore[attr-defined]
    writers = [asyncio.create_task(line.write(bytes(200_000))) for _ in range(10)]
    while not all(writer.done() for writer in writers):
        assert transport.get_write_buffer_size() <= 200_000
        await asyncio.sleep(0)


async def test_bytes_on_the_wire_are_gone_with_the_plug(tmp_path: Path, kind: str) -> None:
    device = Recorder()
    port = make_port(kind, tmp_path, device, baudrate=9600)
    await port.start()
    line = await open_line(port.address)
    await line.write(b"a" * 400)
    await device.until(lambda: len(device.got) > 0)
    await port.unplug()
    await line.close()
    device.got.clear()
    await port.plug()
    line = await open_line(port.address)
    await line.write(b"b")
    await device.until(lambda: b"b" in device.got)
    assert bytes(device.got) == b"b"
    await line.close()
    await port.stop()


async def test_stuck_is_said_and_a_cancelled_frame_is_not_cut(tmp_path: Path) -> None:
    device = Recorder()
    slow = PtyPort(tmp_path / "port", [device])
    await slow.start()
    line = await open_line(slow.address, timing=Timing(stuck=0.01))
    frame = bytes(range(256)) * 1000  # more than the system buffers
    slow._read(False)  # the far end stops taking bytes
    with pytest.raises(TransientError) as caught:
        await line.write(frame)
    assert caught.value.code == "line.stuck"
    blocked = asyncio.create_task(line.write(b"blocked"))
    await asyncio.sleep(0)
    blocked.cancel()
    await asyncio.wait({blocked})
    slow._read(True)
    await device.until(lambda: len(device.got) == len(frame))
    assert bytes(device.got) == frame
    await line.close()
    await slow.stop()


async def test_closing_lets_the_frame_leave_and_frees_everything(tmp_path: Path, kind: str) -> None:
    device = Recorder()
    port = make_port(kind, tmp_path, device)
    await port.start()
    line = await open_line(port.address)
    frame = b"z" * 100_000
    writing = asyncio.create_task(line.write(frame))
    await asyncio.sleep(0)
    await asyncio.gather(line.close(), line.close())
    await line.close()
    await device.until(lambda: len(device.got) == len(frame))
    await asyncio.wait({writing})
    await lost(line)
    await port.stop()


async def test_serial_port_is_ours_alone(tmp_path: Path) -> None:
    port = PtyPort(tmp_path / "port", [])
    await port.start()
    line = await open_line(port.address)
    with pytest.raises(ConfigurationError) as caught:
        await open_line(port.address)
    assert caught.value.code == "line.busy"
    await line.close()
    await (await open_line(port.address)).close()
    await port.stop()


async def test_absent_and_wrong_ports(tmp_path: Path) -> None:
    with pytest.raises(TransientError) as absent:
        await open_line(Address("serial", str(tmp_path / "nothing")))
    assert absent.value.code == "line.absent"
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    for target in (plain, tmp_path):
        with pytest.raises(ConfigurationError) as wrong:
            await open_line(Address("serial", str(target)))
        assert wrong.value.code == "address.bad"
    with pytest.raises(ConfigurationError) as wrong:
        await open_line(parse_address("camera://04b8:0e15"))
    assert wrong.value.code == "address.bad"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
async def test_denied_as_user(tmp_path: Path) -> None:
    port = PtyPort(tmp_path / "port", [])
    await port.start()
    port.path.chmod(0)
    with pytest.raises(ConfigurationError) as caught:
        await open_line(port.address)
    assert caught.value.code == "line.denied"
    await port.stop()


async def test_denied_names_the_group(tmp_path: Path, mocker) -> None:  # type: ignore[no-untyped-def]
    mocker.patch("serialx.descriptor_transport.os.open", side_effect=PermissionError(13, "Permission denied"))
    with pytest.raises(ConfigurationError) as caught:
        await open_line(Address("serial", str(tmp_path / "port")))
    assert caught.value.code == "line.denied"
    assert "dialout" in str(caught.value)


async def test_a_host_that_does_not_answer_is_absent() -> None:
    # A listener whose backlog is full leaves further connections unanswered.
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        where = full.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(where)
        with pytest.raises(TransientError) as caught:
            await open_line(Address("tcp", f"127.0.0.1:{where[1]}"), timing=Timing(connect=0.05))
        for filler in fillers:
            filler.close()
    assert caught.value.code == "line.absent"


async def test_a_closed_connection_is_a_lost_line() -> None:
    async def goodbye(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(goodbye, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    line = await open_line(Address("tcp", f"127.0.0.1:{port}"))
    await lost(line)
    await line.close()
    server.close()
    await server.wait_closed()


async def test_keepalive_is_on() -> None:
    port = TcpPort("127.0.0.1", 0, [])
    await port.start()
    line = await open_line(port.address)
    sock = line._transport.get_extra_info("socket")  # type: ignore[attr-defined]
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 25_000
    await line.close()
    await port.stop()


async def test_tcp_port_keeps_its_number_and_newest_connection_wins() -> None:
    device = Recorder()
    port = TcpPort("127.0.0.1", 0, [device])
    await port.start()
    number = port.port
    first = await open_line(port.address)
    second = await open_line(port.address)
    await lost(first)
    await second.write(b"hi")
    await device.until(lambda: device.got == b"hi")
    assert device.connected == 1
    await port.unplug()
    await port.plug()
    assert port.port == number
    await lost(second)
    for line in (first, second):
        await line.close()
    await port.stop()


async def test_pty_path_is_a_link_that_goes_away(tmp_path: Path) -> None:
    port = PtyPort(tmp_path / "port", [])
    await port.start()
    assert port.path.is_symlink()
    assert stat.S_ISCHR(port.path.stat().st_mode)
    await port.unplug()
    await port.unplug()
    assert not port.path.is_symlink()
    assert os.listdir(tmp_path) == []  # noqa: PTH208
    await port.stop()


async def test_a_bus_hears_everything_and_answers_from_any(tmp_path: Path, kind: str) -> None:
    first, second = Recorder(lambda data: b"1:" + data), Recorder(lambda data: b"2:" + data)
    port = make_port(kind, tmp_path, first, second)
    await port.start()
    line = await open_line(port.address)
    ear = Ear()
    line.listen(ear)
    await line.write(b"?")
    await ear.until(b"1:?2:?")
    assert first.got == second.got == b"?"
    await line.close()
    await port.stop()


async def test_pacing_takes_wire_time_and_keeps_every_byte(tmp_path: Path, kind: str) -> None:
    device = Recorder()
    port = make_port(kind, tmp_path, device, baudrate=57600)
    await port.start()
    line = await open_line(port.address)
    data = bytes(range(256)) * 5
    loop = asyncio.get_running_loop()
    began = loop.time()
    await line.write(data)
    await device.until(lambda: len(device.got) == len(data))
    assert loop.time() - began >= len(data) * 10 / 57600 * 0.95
    assert bytes(device.got) == data
    await line.close()
    await port.stop()


async def test_a_simulator_at_the_end_of_a_bad_wire_is_still_reached(tmp_path: Path, kind: str) -> None:
    device = Recorder(lambda data: data)
    port = make_port(kind, tmp_path, HostileWire(device, ONE_BYTE_AT_A_TIME))  # type: ignore[arg-type]
    await port.start()
    line = await open_line(port.address)
    ear = Ear()
    line.listen(ear)
    await line.write(b"one at a time")
    await ear.until(b"one at a time")
    await line.close()
    await port.stop()
