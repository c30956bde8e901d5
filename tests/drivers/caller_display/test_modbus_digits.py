from __future__ import annotations

import asyncio
import os
import tty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymodbus import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.server.base import ModbusBaseServer
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers import registry
from drivers.caller_display.api import SignFace
from drivers.caller_display.modbus_digits import codec
from drivers.caller_display.modbus_digits.codec import (
    ANSWER_LENGTH,
    MAX_REQUEST,
    Answer,
    answers,
    write_number,
    write_point,
    write_segments,
)
from drivers.caller_display.modbus_digits.driver import ModbusDigitsProtocol, Options, build
from drivers.caller_display.modbus_digits.simulator import ModbusDigits, requests
from drivers.device import ShowDevice
from drivers.errors import ConfigurationError
from drivers.facts import plain
from drivers.options import OptionError
from drivers.status import DeviceState, ErrorAction
from drivers.transport.api import Address
from drivers.transport.line import open_line
from drivers.transport.simulated import TcpPort
from tests.drivers.caller_display.signs import FAST, face, hall, page, pty, row
from tests.drivers.hostile import LATE, ONE_BYTE_AT_A_TIME, HostileWire, Weather
from tests.drivers.owner import Owner, Pulse

DRIVER = "caller_display.modbus_digits"
CALM = {**FAST, "poll_s": 60.0}


def crc(data: bytes) -> bytes:
    """CRC-16/MODBUS as the specification words it, for no frame here to rest on pymodbus's word."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value.to_bytes(2, "little")


# The wire


def test_golden_frames() -> None:
    assert crc(b"123456789") == bytes.fromhex("374b")
    for frame, body in (
        (write_number(1, 12), "01 06 0000 000c"),
        (write_number(3, -5), "03 06 0000 fffb"),
        (write_point(1, 0), "01 06 0004 0000"),
        (write_segments(1, "A012"), "01 10 0080 0002 04 773f 065b"),
        (write_segments(1, "123"), "01 10 0080 0002 04 065b 4f00"),
    ):
        expected = bytes.fromhex(body)
        assert frame == expected + crc(expected)
    assert write_number(1, 12) == bytes.fromhex("01060000000c89cf")


def test_answers() -> None:
    for body, answer in (
        ("01 06 0000 000c", Answer(1, 6, 0)),
        ("02 10 0080 0002", Answer(2, 16, 0x80)),
        ("03 86 06", Answer(3, 6, refusal=6)),
        ("04 90 02", Answer(4, 16, refusal=2)),
    ):
        data = bytes.fromhex(body)
        assert answers().feed(data + crc(data)) == [answer]
        assert not answers().feed(data + b"\x00\x00")


units = st.integers(1, 247)
frames = st.one_of(
    st.builds(write_number, units, st.integers(-0x8000, 0x7FFF)),
    st.builds(write_point, units, st.integers(0, 3)),
    st.builds(write_segments, units, st.text(alphabet="0123456789ABCDEF- ", min_size=1, max_size=8)),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(frames, max_size=5), st.integers(1, 40))
def test_requests_survive_the_wire(sent: list[bytes], chunk: int) -> None:
    stream = b"".join(sent)
    hunter = requests()
    found = [each for at in range(0, len(stream), chunk) for each in hunter.feed(stream[at : at + chunk])]
    assert [bytes((pdu.dev_id, pdu.function_code)) + pdu.encode() for pdu in found] == [
        frame[:-2] for frame in sent
    ]


replies = st.builds(
    lambda unit, body: bytes((unit,)) + body,
    units,
    st.one_of(
        st.binary(min_size=4, max_size=4).map(lambda data: b"\x06" + data),
        st.binary(min_size=4, max_size=4).map(lambda data: b"\x10" + data),
        st.integers(1, 11).map(lambda code: bytes((0x86, code))),
    ),
)


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=40).map(lambda data: data.translate(None, b"\x06\x10\x86\x90")),
    replies,
    st.integers(1, 9),
)
def test_a_good_answer_is_found_after_noise(noise: bytes, body: bytes, chunk: int) -> None:
    stream = noise + body + crc(body)
    hunter = answers()
    found = [each for at in range(0, len(stream), chunk) for each in hunter.feed(stream[at : at + chunk])]
    assert [(answer.unit, answer.function) for answer in found] == [(body[0], body[1] & 0x7F)]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=100), max_size=4))
def test_the_decoders_stay_small(chunks: list[bytes]) -> None:
    for hunter, longest in ((answers(), ANSWER_LENGTH), (requests(), MAX_REQUEST)):
        for chunk in chunks:
            hunter.feed(chunk)
            assert len(hunter._held) <= longest


def test_what_cannot_be_sent_is_refused() -> None:
    for number in (0x8000, -0x8001):
        with pytest.raises(ValueError, match="16 bits"):
            write_number(1, number)
    for text in ("123456789", "号", "?"):
        with pytest.raises(ValueError, match="segments"):
            write_segments(1, text)


# What is made of a face


def shown(options: Options, *texts: str) -> tuple[str, str]:
    """What the simulated display shows after the frames of a face, and the note."""
    display = ModbusDigits(1, options)
    protocol = ModbusDigitsProtocol(1, options)
    wanted = page(row(*texts))
    while (frame := protocol.compose(wanted)) is not None:
        display.receive(frame.data)
        protocol.taken(frame)
    return display.rows()[0].runs[0][0], plain(protocol.notes)


@pytest.mark.parametrize(
    ("text", "number", "segments"),
    [
        ("请A012到3号窗口", "  12", "A012"),
        ("A012 正在办理", "  12", "A012"),
        ("B100", " 100", "B100"),
        ("测007", "   7", "-007"),
        ("XY12", "  12", "-Y12"),
        ("欢迎光临", "    ", "    "),
        ("3号窗口 10:30", "    ", "    "),
        ("", "    ", "    "),
    ],
)
def test_the_running_number_of_a_ticket(text: str, number: str, segments: str) -> None:
    assert shown(Options(), text)[0] == number
    assert shown(Options(show="segments"), text)[0] == segments


def test_the_first_text_that_names_a_ticket_counts_and_what_is_too_long_is_told() -> None:
    assert shown(Options(), "请稍候", "A012到3号")[0] == "  12"
    assert shown(Options(digits=3), "A1012") == (" 12", "sign.only_the_end text=1012")
    assert shown(Options(digits=6), "A99999") == ("  9999", "sign.only_the_end text=99999")
    assert shown(Options(digits=3, show="segments"), "A012") == (
        "012",
        "sign.only_the_end text=A012",
    )
    assert shown(Options(show="segments"), "K012") == ("-012", "sign.not_in_font characters=K")
    assert shown(Options(ticket="第([0-9]+)号"), "请第45号到3号窗口")[0] == "  45"


def test_a_number_comes_back_after_a_blank() -> None:
    display, protocol = ModbusDigits(1), ModbusDigitsProtocol(1, Options())
    for text, wanted in (("A012", "  12"), ("欢迎光临", "    "), ("A012", "  12")):
        while (frame := protocol.compose(page(text))) is not None:
            display.receive(frame.data)
            protocol.taken(frame)
        assert display.rows()[0].runs[0][0] == wanted


# The display


async def test_a_call_stands_on_the_display(tmp_path: Path) -> None:
    display = ModbusDigits(1)
    async with hall(pty(tmp_path, [display]), DRIVER, [1], [display]) as signs:
        signs.one.want(face("请A012到3号窗口"))
        await signs.pulse.until(lambda: display.texts() == ["12"] and signs.one.shows)
        assert signs.one.state is DeviceState.ONLINE
        view = display.view()
        assert (view["kind"], view["width"]) == ("led", 32)
        assert "1" in "".join(view["windows"][0]["pages"][0])
        signs.one.want(SignFace())
        await signs.pulse.until(lambda: display.texts() == [""])
        await signs.devices[0].test()
        assert display.texts() == ["8888"]


async def test_an_unchanged_number_costs_nothing(tmp_path: Path) -> None:
    display = ModbusDigits(1)
    async with hall(pty(tmp_path, [display]), DRIVER, [1], [display], CALM) as signs:
        signs.one.want(face("请A012到3号窗口"))
        await signs.pulse.until(lambda: display.texts() == ["12"] and signs.one.shows)
        shows, sent = signs.one.shows, len(signs.one.sent())
        signs.one.want(face("A012 正在办理"))
        await signs.pulse.until(lambda: signs.one.shows > shows)
        assert len(signs.one.sent()) == sent


async def test_a_silent_display_stops_nobody_and_is_right_within_a_second_of_its_return(
    tmp_path: Path,
) -> None:
    bus = [ModbusDigits(unit) for unit in range(1, 6)]
    async with hall(pty(tmp_path, bus, 9600), DRIVER, range(1, 6), bus) as signs:
        for owner in signs.owners:
            owner.want(face("A001"))
        await signs.pulse.until(lambda: all(display.texts() == ["1"] for display in bus))
        bus[1].power_off()
        gone = signs.owners[1]
        await signs.pulse.until(lambda: gone.code == "sign.silent")
        for owner in signs.owners:
            owner.want(face("A002"))
        await signs.pulse.until(lambda: all(each.texts() == ["2"] for each in bus if each.powered))
        returned = signs.now()
        bus[1].power_on()
        await signs.pulse.until(lambda: bus[1].texts() == ["2"])
        assert signs.now() - returned < 1.0
        await signs.pulse.until(lambda: gone.state is DeviceState.ONLINE)


async def test_exceptions_are_tried_again_or_told(tmp_path: Path) -> None:
    display = ModbusDigits(1)
    async with hall(pty(tmp_path, [display]), DRIVER, [1], [display], CALM) as signs:
        await signs.pulse.until(lambda: signs.one.shows)
        display.refusals = [codec.Refusal.BUSY, codec.Refusal.BUSY]
        signs.one.want(face("A012"))
        await signs.pulse.until(lambda: display.texts() == ["12"])
        assert not signs.one.errors
        display.refusals = [codec.Refusal.REGISTER]
        signs.one.want(face("A013"))
        await signs.pulse.until(lambda: signs.one.code == "sign.refused")
        assert signs.one.statuses[-1].action is ErrorAction.CONFIGURATION
        assert "modbus.no_register" in signs.one.statuses[-1].detail
        signs.one.want(face("A014"))
        await signs.pulse.until(lambda: display.texts() == ["14"])


@pytest.mark.parametrize(
    "weather",
    [ONE_BYTE_AT_A_TIME, LATE, Weather(single=True, loss=0.01, noise=0.01, delay=0.0005)],
    ids=["byte by byte", "late", "storm"],
)
async def test_a_bad_wire_delays_but_does_not_mislead(tmp_path: Path, weather: Weather) -> None:
    display = ModbusDigits(1)
    async with hall(pty(tmp_path, [HostileWire(display, weather, seed=3)]), DRIVER, [1], [display]) as signs:
        for number in range(1, 13):
            signs.one.want(face(f"A{number:03}"))
            await signs.pulse.until(lambda number=number: display.texts() == [str(number)])


async def test_the_answer_of_another_display_is_not_ours(tmp_path: Path) -> None:
    class Impostor(ModbusDigits):
        """Answers for everybody."""

        def receive(self, data: bytes) -> None:
            if self._send is not None:
                self._send(write_number(self.unit, 12))

    other = Impostor(2)
    async with hall(pty(tmp_path, [other]), DRIVER, [1], [other]) as signs:
        await signs.pulse.until(lambda: signs.one.code == "sign.silent")


# pymodbus's own server


@asynccontextmanager
async def cross_cable() -> AsyncIterator[tuple[str, str]]:
    """Two serial ports, each the far end of the other."""
    ends = [os.openpty() for _ in range(2)]
    loop = asyncio.get_running_loop()
    for (master, slave), (other, _) in zip(ends, ends[::-1], strict=True):
        tty.setraw(slave)
        os.set_blocking(master, False)
        loop.add_reader(master, lambda master=master, other=other: os.write(other, os.read(master, 4096)))
    try:
        yield os.ttyname(ends[0][1]), os.ttyname(ends[1][1])
    finally:
        for master, slave in ends:
            loop.remove_reader(master)
            os.close(master)
            os.close(slave)


@asynccontextmanager
async def owned(address: Address, options: dict[str, object]) -> AsyncIterator[Owner[SignFace]]:
    line = await open_line(address)
    owner = Owner(Pulse(), face("请A012到3号窗口"))
    device = registry.build(DRIVER, line, 1, options, owner)
    assert isinstance(device, ShowDevice)
    async with owner.owns(device):
        yield owner
    await line.close()


class Registers:
    """The registers of a pymodbus device, and who wants to know when they are written."""

    def __init__(self) -> None:
        self.values = dict.fromkeys(range(200), 65535)
        self.written = Pulse()

    def device(self) -> SimDevice:
        data = SimData(0, count=200, values=0xFFFF, datatype=DataType.REGISTERS)
        return SimDevice(1, [data], action=self._act)

    async def _act(
        self, function: int, start: int, address: int, count: int, now: list[int], new: list[int] | None
    ) -> None:
        self.values.update(enumerate(new or [], address))
        self.written.beat()


async def show_against(server: ModbusBaseServer, registers: Registers, address: Address) -> None:
    """What every pymodbus server must see, read back from its own store."""
    async with owned(address, FAST) as owner:
        await registers.written.until(lambda: registers.values[0] == 12)
        await owner.pulse.until(lambda: owner.shows and owner.state is DeviceState.ONLINE)
        assert await server.async_getValues(1, 3, 0, 1) == [12]
        assert await server.async_getValues(1, 3, 4, 1) == [0]
        owner.want(SignFace())
        await registers.written.until(lambda: registers.values[0x80] == 0)
        owner.want(face("B1003到12号窗口"))
        await registers.written.until(lambda: registers.values[0] == 1003)
    async with owned(address, {**FAST, "show": "segments"}) as owner:
        await registers.written.until(lambda: registers.values[0x80] == 0x773F)
        await owner.pulse.until(lambda: owner.shows and owner.state is DeviceState.ONLINE)
        assert await server.async_getValues(1, 3, 0x80, 2) == [0x773F, 0x065B]


async def test_against_pymodbus_on_a_serial_port() -> None:
    registers = Registers()
    async with cross_cable() as (ours, theirs):
        server = ModbusSerialServer(registers.device(), framer=FramerType.RTU, port=theirs, baudrate=9600)
        await server.serve_forever(background=True)
        await show_against(server, registers, Address("serial", ours))
        await server.shutdown()


async def test_against_pymodbus_over_tcp() -> None:
    registers = Registers()
    server = ModbusTcpServer(registers.device(), framer=FramerType.RTU, address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    assert isinstance(server.transport, asyncio.Server)
    port = server.transport.sockets[0].getsockname()[1]
    await show_against(server, registers, Address("tcp", f"127.0.0.1:{port}"))
    await server.shutdown()


async def test_a_register_pymodbus_does_not_have_is_a_refusal() -> None:
    device = SimDevice(1, [SimData(0, count=8, values=0, datatype=DataType.REGISTERS)])
    server = ModbusTcpServer(device, framer=FramerType.RTU, address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    assert isinstance(server.transport, asyncio.Server)
    port = server.transport.sockets[0].getsockname()[1]
    async with owned(Address("tcp", f"127.0.0.1:{port}"), {**FAST, "show": "segments"}) as owner:
        await owner.pulse.until(lambda: owner.code == "sign.refused")
        assert "modbus.no_register" in owner.statuses[-1].detail
    await server.shutdown()


async def test_over_a_serial_server() -> None:
    display = ModbusDigits(7)
    port = TcpPort("127.0.0.1", 0, [display], baudrate=9600)
    async with hall(port, DRIVER, [7], [display], FAST, {"baudrate": "9600"}) as signs:
        signs.one.want(face("A012"))
        await signs.pulse.until(lambda: display.texts() == ["12"])


def test_what_cannot_be_is_refused() -> None:
    for unit in (0, 248):
        with pytest.raises(ConfigurationError):
            build(None, unit, Options(), None)  # type: ignore[arg-type]
    for ticket in ("(", "A[0-9]+", "(A)([0-9]+)", "([0-9]{99999999999})"):
        with pytest.raises(OptionError, match="option=ticket"):
            Options(ticket=ticket)
