from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.caller_display.api import Colour, Page, SignFace
from drivers.caller_display.huidu.codec import (
    MAX_FRAGMENT,
    MAX_PACKET,
    MAX_XML,
    NO_NAME,
    VERSION,
    Assembly,
    Call,
    Command,
    Packet,
    answer,
    decoder,
    encode,
    encode_xml,
    hello,
    parse_call,
    request,
)
from drivers.caller_display.huidu.driver import HuiduProtocol, Options, build
from drivers.caller_display.huidu.simulator import HuiduBoard
from drivers.device import ShowDevice
from drivers.errors import ConfigurationError, TransientError
from drivers.registry import build as build_driver
from drivers.status import DeviceState, ErrorAction
from drivers.transport.line import open_line
from drivers.transport.simulated import TcpPort
from tests.drivers.caller_display.signs import face, hall, page, row
from tests.drivers.hostile import LATE, HostileWire
from tests.drivers.owner import Owner

DRIVER = "caller_display.huidu"
SMALL = {"rows": 2, "columns": 16}
FAST = {**SMALL, "poll_s": 0.2, "silent_poll_s": 0.1, "answer_ms": 500.0}
CALM = {**FAST, "poll_s": 60.0}

GOLDEN_VERSION = bytes.fromhex("0800 0120 05000001")
"""The version packet of the maker's C# library."""
GOLDEN_HEARTBEAT = bytes.fromhex("0400 5f00")


def small() -> HuiduBoard:
    return HuiduBoard(0, Options(rows=2, columns=16))


def port(*boards: object) -> TcpPort:
    return TcpPort("127.0.0.1", 0, boards)  # type: ignore[arg-type]


# The wire


def test_golden_packets() -> None:
    assert encode(Packet(Command.VERSION, VERSION.to_bytes(4, "little"))) == GOLDEN_VERSION
    assert encode(Packet(Command.HEARTBEAT)) == GOLDEN_HEARTBEAT
    xml = hello()
    assert xml.decode() == (
        '<?xml version="1.0" encoding="utf-8"?><sdk guid="##GUID">'
        '<in method="GetIFVersion"><version value="1000000"/></in></sdk>'
    )
    head = (12 + len(xml)).to_bytes(2, "little") + b"\x03\x20" + len(xml).to_bytes(4, "little") + bytes(4)
    assert encode_xml(xml) == head + xml
    assert decoder().feed(GOLDEN_VERSION + GOLDEN_HEARTBEAT) == [
        Packet(Command.VERSION, VERSION.to_bytes(4, "little")),
        Packet(Command.HEARTBEAT),
    ]


def test_the_makers_answers_are_read() -> None:
    maker = (
        '<?xml version="1.0" encoding="utf-8"?>\r\n<sdk guid="f7b3b451c4f3cf3310e2d6714fbb50e8">\r\n'
        '  \t<out method="GetIFVersion" result="kSuccess">\r\n\t\t<version value="1000000"/>\r\n  \t</out>'
        "\r\n</sdk>"
    )
    assert parse_call(maker.encode()) == Call("f7b3b451c4f3cf3310e2d6714fbb50e8", "GetIFVersion", "kSuccess")
    other = "<sdk guid='A'><out result='kInvalidGUID' method='AddProgram'/></sdk>"
    assert parse_call(other.encode()) == Call("A", "AddProgram", "kInvalidGUID")
    for nothing in (b"", b"<sdk/>", b"<out method='A'/>", b"\xff" * 100):
        assert parse_call(nothing) is None
    assert parse_call(request("x", "OpenScreen")) == Call("x", "OpenScreen")
    assert parse_call(answer("x", "OpenScreen")) == Call("x", "OpenScreen", "kSuccess")


packets = st.one_of(
    st.builds(Packet, st.sampled_from([Command.HEARTBEAT, Command.HEARTBEAT_ANSWER])),
    st.builds(Packet, st.just(Command.ERROR), st.binary(min_size=2, max_size=2)),
    st.builds(
        Packet, st.sampled_from([Command.VERSION, Command.VERSION_ANSWER]), st.binary(min_size=4, max_size=4)
    ),
    st.builds(
        lambda command, data, before, after: Packet(command, data, before + len(data) + after, before),
        st.sampled_from([Command.XML, Command.XML_ANSWER]),
        st.binary(min_size=1, max_size=300),
        st.integers(0, 20_000),
        st.integers(0, 20_000),
    ),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(packets, max_size=5), st.integers(1, 200))
def test_packets_survive_the_wire(sent: list[Packet], chunk: int) -> None:
    stream = b"".join(map(encode, sent))
    hunter = decoder()
    found = [each for at in range(0, len(stream), chunk) for each in hunter.feed(stream[at : at + chunk])]
    assert found == sent


# Noise below 20h holds no second byte of a command but that of the heartbeats.
@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80).map(lambda data: bytes(byte | 0x80 for byte in data)), packets)
def test_a_good_packet_is_found_after_noise(noise: bytes, packet: Packet) -> None:
    assert decoder().feed(noise + encode(packet)) == [packet]


def test_a_good_packet_is_found_behind_broken_ones() -> None:
    for noise in (
        b"\x00",
        b"\x05\x00\x5f\x00",
        b"\xff\xff\x03\x20",
        b"\x0d\x00\x03\x20" + b"\xff" * 9,
        b"\x20\x00\x04\x20",
    ):
        hunter = decoder()
        assert not hunter.feed(noise)
        assert Packet(Command.HEARTBEAT) in hunter.feed(GOLDEN_HEARTBEAT * 2), noise


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(max_size=2000), max_size=4))
def test_the_decoder_stays_small(chunks: list[bytes]) -> None:
    hunter, assembly = decoder(), Assembly()
    for chunk in chunks:
        for packet in hunter.feed(chunk):
            assembly.take(packet)
        assert len(hunter._held) <= MAX_PACKET
        assert len(assembly._held) <= MAX_XML


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 3 * MAX_FRAGMENT + 5), st.integers(1, 255))
def test_xml_comes_together_from_its_fragments(size: int, salt: int) -> None:
    xml = bytes((index * salt) & 0xFF for index in range(size))
    fragments = decoder().feed(encode_xml(xml))
    assert max(len(packet.data) for packet in fragments) <= 8000
    assert len(fragments) == -(-size // 8000)
    assembly = Assembly()
    whole = [done for packet in fragments if (done := assembly.take(packet)) is not None]
    assert whole == [xml]


def test_fragments_out_of_order_are_dropped_and_the_next_xml_is_whole() -> None:
    first, second, third = decoder().feed(encode_xml(b"x" * 20_000))
    assembly = Assembly()
    assert [assembly.take(each) for each in (first, third, second, third)] == [None] * 4
    assert assembly.take(Packet(Command.XML, b"y", 2, 0)) is None
    assert assembly.take(Packet(Command.XML, b"z", 3, 1)) is None
    (small_one,) = decoder().feed(encode_xml(b"<sdk/>"))
    assert assembly.take(small_one) == b"<sdk/>"
    for xml in (b"", b"x" * (MAX_XML + 1)):
        with pytest.raises(ValueError, match="XML"):
            encode_xml(xml)


# The programme

rows_of_text = st.lists(st.lists(st.text(max_size=60), max_size=3).map(tuple), max_size=3)


@settings(max_examples=100, deadline=None)
@given(rows_of_text)
def test_any_face_is_a_programme_the_card_reads(rows: list[tuple[str, ...]]) -> None:
    board = small()
    protocol = HuiduProtocol(Options(rows=2, columns=16, overflow="scroll"), now=lambda: 1_700_000_000.0)
    heard: list[bytes] = []
    board.connect(heard.append)
    wanted = Page(tuple(row(*texts) for texts in rows))
    for _ in range(6):
        frame = protocol.compose(wanted)
        if frame is None:
            break
        board.receive(frame.data)
        taken = [each for data in heard for each in protocol.feed(data)]
        heard.clear()
        assert [str(each.verdict) for each in taken] == ["taken"], taken
        protocol.taken(frame)
    assert protocol.compose(wanted) is None
    assert len(board.texts()) == 2


def test_a_programme_names_its_place_its_font_and_its_time() -> None:
    protocol = HuiduProtocol(Options(rows=1, columns=16, left_px=8, font="宋体"), now=lambda: 1_700_000_000.5)
    protocol._versioned, protocol._name = True, "a<b"
    frame = protocol.compose(page(row("A&B", colour=Colour.GREEN)))
    assert frame is not None
    xml = frame.data[12:].decode()
    for part in (
        'guid="a&lt;b"',
        '<screen timeStamps="1700000000">',
        '<rectangle x="8" y="0" width="128" height="16"/>',
        "<string>A&amp;B</string>",
        'name="宋体" size="12" color="#00ff00"',
        '<effect in="0" ',
    ):
        assert part in xml


# The board


async def test_a_face_stands_on_the_board() -> None:
    board = small()
    async with hall(port(board), DRIVER, [0], [board], {**FAST, "flash": True}) as signs:
        signs.one.want(face(row("请A012到3号窗口", flash=True), row("A013", colour=Colour.GREEN)))
        await signs.pulse.until(lambda: board.texts() == ["请A012到3号窗口", "A013"] and signs.one.shows)
        assert signs.one.state is DeviceState.ONLINE
        assert signs.one.statuses[-1].detail == ""
        assert [shown.flash for shown in board.rows()] == [True, False]
        upper = [any("1" in line for line in board.dots(at)[:16]) for at in (0.1, 0.6, 1.1)]
        assert upper == [True, False, True]
        assert {dot for line in board.dots()[16:] for dot in line} == {"0", "2"}
        view = board.view()
        assert (view["kind"], view["width"], view["height"]) == ("led", 128, 32)


async def test_long_texts_are_shortened_or_scroll_and_rare_hanzi_are_no_trouble() -> None:
    text = "暂停服务请到其他窗口办理"
    board = small()
    async with hall(port(board), DRIVER, [0], [board], FAST) as signs:
        signs.one.want(face(text, "张喆😀"))
        await signs.pulse.until(lambda: board.texts() == [text[:8], "张喆□"])
        await signs.pulse.until(lambda: any("😀" in status.detail for status in signs.one.statuses))
    async with hall(port(board), DRIVER, [0], [board], {**FAST, "overflow": "scroll"}) as signs:
        signs.one.want(face(text))
        await signs.pulse.until(lambda: board.texts() == [text, ""])
        assert board.rows()[0].move == "left"
        assert any("1" in line for line in board.dots(3.0))


async def test_dark_is_off_and_an_unchanged_face_costs_nothing() -> None:
    board = small()
    async with hall(port(board), DRIVER, [0], [board], CALM) as signs:
        signs.one.want(face("A012"))
        await signs.pulse.until(lambda: board.texts() == ["A012", ""] and signs.one.shows > 1)
        shows, sent = signs.one.shows, len(signs.one.sent())
        signs.one.want(face("A012"))
        await signs.pulse.until(lambda: signs.one.shows > shows)
        assert len(signs.one.sent()) == sent
        signs.one.want(SignFace())
        await signs.pulse.until(lambda: not board.lit)
        signs.one.want(face("A013"))
        await signs.pulse.until(lambda: board.texts() == ["A013", ""])


async def test_a_face_larger_than_a_packet_goes_out_in_fragments() -> None:
    options = Options(rows=32, columns=64)
    board = HuiduBoard(0, options)
    texts = [f"{index:02}" + "请到窗口办理" * 5 for index in range(32)]
    async with hall(port(board), DRIVER, [0], [board], {**CALM, "rows": 32, "columns": 64}) as signs:
        signs.one.want(face(*texts))
        await signs.pulse.until(lambda: board.texts() == texts)
        assert max(map(len, signs.one.sent())) > MAX_FRAGMENT


async def test_a_heartbeat_asks_whether_the_card_is_there() -> None:
    board = small()
    async with hall(port(board), DRIVER, [0], [board], FAST) as signs:
        signs.one.want(face("A012"))
        await signs.pulse.until(lambda: board.texts() == ["A012", ""])
        await signs.pulse.until(lambda: GOLDEN_HEARTBEAT in signs.one.sent()[-1])
        await signs.pulse.until(lambda: board.heartbeats >= 2)
        assert board.programmes == 1
        board.mute(True)
        await signs.pulse.until(lambda: signs.one.code == "sign.silent")
        signs.one.want(face("A013"))
        board.mute(False)
        await signs.pulse.until(lambda: board.texts() == ["A013", ""])
        await signs.pulse.until(lambda: signs.one.state is DeviceState.ONLINE)


async def test_a_card_that_forgot_the_session_is_greeted_anew() -> None:
    board = small()
    async with hall(port(board), DRIVER, [0], [board], CALM) as signs:
        signs.one.want(face("A012"))
        await signs.pulse.until(lambda: board.texts() == ["A012", ""])
        board.forget_session()
        signs.one.want(face("A013"))
        await signs.pulse.until(lambda: board.texts() == ["A013", ""])
        assert not signs.one.errors


async def test_refusals_are_told_and_an_occupied_card_is_asked_again() -> None:
    board = small()
    async with hall(port(board), DRIVER, [0], [board], CALM) as signs:
        signs.one.want(face("A012"))
        await signs.pulse.until(lambda: board.texts() == ["A012", ""] and signs.one.shows)
        board.problems = [4, 4]
        signs.one.want(face("A013"))
        await signs.pulse.until(lambda: board.texts() == ["A013", ""])
        assert not signs.one.errors
        for problem, word in (("kParseXmlFailed", "kParseXmlFailed"), (20, "card.error number=20")):
            board.problems = [problem]
            signs.one.want(face(f"B{word[-2:]}"))
            await signs.pulse.until(lambda word=word: word in signs.one.statuses[-1].detail)
            assert signs.one.code == "sign.refused"
            assert signs.one.statuses[-1].action is ErrorAction.CONFIGURATION
        signs.one.want(face("A014"))
        await signs.pulse.until(lambda: board.texts() == ["A014", ""])


async def test_a_late_answer_confirms_nothing_that_was_asked_since() -> None:
    protocol = HuiduProtocol(Options())
    ask = protocol.compose(None)
    assert ask is not None
    assert not protocol.feed(encode(Packet(Command.HEARTBEAT_ANSWER)))
    assert not protocol.feed(encode_xml(answer("x", "AddProgram"), Command.XML_ANSWER))
    assert protocol.feed(encode(Packet(Command.VERSION_ANSWER, bytes(4))))
    protocol.taken(ask)
    greet = protocol.compose(None)
    assert greet is not None
    assert NO_NAME.encode() in greet.data
    assert not protocol.feed(encode(Packet(Command.VERSION_ANSWER, bytes(4))))
    assert protocol.feed(encode_xml(answer("x", "GetIFVersion"), Command.XML_ANSWER))


async def test_a_restarted_card_ends_the_line_and_is_right_on_the_next() -> None:
    board = small()
    where = port(board)
    async with hall(where, DRIVER, [0], [board], FAST) as signs:
        signs.one.want(face("A012"))
        await signs.pulse.until(lambda: board.texts() == ["A012", ""])
        board.power_off()
        await where.unplug()
        with pytest.raises(TransientError) as lost:
            await signs.one.ended()
        assert lost.value.code == "line.lost"
        board.power_on()
        assert board.texts() == ["A012", ""], "a programme outlives a power cut"
        await where.plug()
        line = await open_line(where.address)
        owner = Owner(signs.pulse, face("A013"))
        device = build_driver(DRIVER, line, 0, FAST, owner)
        assert isinstance(device, ShowDevice)
        returned = signs.now()
        async with owner.owns(device):
            await signs.pulse.until(lambda: board.texts() == ["A013", ""])
        assert signs.now() - returned < 1.0
        await line.close()


async def test_chunks_do_not_matter() -> None:
    board = small()
    wire = HostileWire(board, LATE, seed=3)
    async with hall(port(wire), DRIVER, [0], [board], {**FAST, "answer_ms": 5000.0}) as signs:
        for number in range(3):
            signs.one.want(face(f"A{number:03}"))
            await signs.pulse.until(lambda number=number: board.texts() == [f"A{number:03}", ""])


async def test_pages_take_turns_and_a_test_can_be_seen() -> None:
    board = small()
    async with hall(port(board), DRIVER, [0], [board], CALM) as signs:
        signs.one.want(SignFace((page("暂停服务", seconds=0.5), page("张三", seconds=0.5))))
        for text in ("暂停服务", "张三", "暂停服务"):
            await signs.pulse.until(lambda text=text: board.texts()[:1] == [text])
        signs.one.want(face("A001"))
        await signs.pulse.until(lambda: board.texts() == ["A001", ""])
        await signs.devices[0].test()
        assert board.texts() == ["测试", "测试"]


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        build(None, 1, Options(), None)  # type: ignore[arg-type]
