from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.caller_display.api import Colour
from drivers.caller_display.onbon_bx.codec import (
    ALL_AREAS,
    ANY,
    HOST,
    MAX_DATA,
    MAX_FRAME,
    Area,
    CardError,
    Decoder,
    Move,
    Packet,
    Ping,
    QueryStatus,
    Reply,
    Request,
    Status,
    Switch,
    Update,
    crc,
    encode_packet,
    encode_reply,
    encode_request,
    parse_reply,
    parse_request,
    parse_text,
)

HEAD = "a5" * 8
HUANYING_6K3 = bytes.fromhex(
    HEAD + "feff0080000000000000fe022c00a30601000000012300000080000080802000000000"
    "0a0000000002010100020a08000000bbb6d3adb9e2c1d93c495a"
)
"""The maker's example for a 6K3 of 128x32 dots: 欢迎光临."""


def frame(destination: int, request: Request) -> str:
    return encode_packet(Packet(destination, HOST, encode_request(request))).hex()


def test_frames_of_the_makers_library() -> None:
    assert frame(ANY, Switch(True)) == HEAD + "feff0080000000000000fe020600a300010000015df15a"
    assert frame(1, Ping()) == HEAD + "01000080000000000000fe020500a20001000068f85a"
    assert frame(1, QueryStatus()) == HEAD + "01000080000000000000fe020500a1020100002d405a"


def test_the_makers_area() -> None:
    (packet,) = Decoder().feed(HUANYING_6K3)
    request = parse_request(packet.data)
    assert isinstance(request, Update)
    (area,) = request.areas
    assert (area.x, area.y, area.width, area.height, area.move) == (0, 0, 128, 32, Move.STILL)
    assert area.in_dots
    assert parse_text(area.text) == [[("欢迎光临", Colour.RED)]]
    assert encode_packet(Packet(ANY, HOST, encode_request(request))) == HUANYING_6K3


def test_the_makers_acknowledgement_with_its_odd_header() -> None:
    data = bytes.fromhex("a5" * 9 + "0080feff000000000000fe020500a00000000014ac5a")
    (packet,) = Decoder().feed(data)
    assert (packet.destination, packet.source) == (HOST, ANY)
    assert parse_reply(packet.data) == Reply()


def test_crc_is_arc() -> None:
    assert crc(b"123456789") == 0xBB3D


def test_bytes_that_frame_a_packet_are_two_inside_it() -> None:
    packet = Packet(1, HOST, bytes.fromhex("a5a65a5b a602 5b01"))
    frame = encode_packet(packet)
    assert bytes.fromhex("a602 a601 5b02 5b01 a60102 5b0101") in frame
    assert Decoder().feed(frame) == [packet]


def test_a_5k_card_counts_across_in_eight_dots() -> None:
    data = encode_request(Update((Area(0, 16, 0, 128, 16, b"1"),)))
    assert data[10:18].hex() == "0200000010001000"


def test_delete_all_areas() -> None:
    assert encode_request(Update((), ALL_AREAS)).hex() == "a306010000ff00"
    assert parse_request(encode_request(Update((), ALL_AREAS))) == Update((), ALL_AREAS)


def test_refusals() -> None:
    assert parse_reply(bytes.fromhex("a001040000")) == Reply(CardError.MEMORY)
    assert parse_reply(bytes.fromhex("a001000000")) == Reply(CardError.COMMAND)


def test_status_as_the_makers_library_reads_it() -> None:
    clock = bytes.fromhex("2026010230110501")
    data = b"\xa1\x02\x00\x00\x00" + b"\x01\x0f" + clock + b"\x01P000\x00" + b"\x00" + b"\x02\x00\x01"
    assert parse_reply(data) == Reply(status=Status(True, 15, (0, 1)))
    assert parse_reply(data[:-2]) == Reply()


def test_text_with_codes() -> None:
    text = rb"\FO000\C2" + "请".encode("gbk") + rb"A\C3" + "到".encode("gbk") + rb"\n\C1x\q"
    assert parse_text(text) == [
        [("请A", Colour.GREEN), ("到", Colour.YELLOW)],
        [("x", Colour.RED)],
    ]


areas = st.builds(
    Area,
    id=st.integers(0, 255),
    x=st.integers(0, 500).map(lambda n: n * 8),
    y=st.integers(0, 4000),
    width=st.integers(0, 500).map(lambda n: n * 8),
    height=st.integers(0, 4000),
    text=st.binary(max_size=60),
    move=st.sampled_from(Move),
    speed=st.integers(0, 24),
    stay=st.integers(0, 255),
    single_line=st.booleans(),
    wrap=st.booleans(),
    in_dots=st.booleans(),
    timeout=st.integers(0, 65535),
    run_mode=st.integers(0, 5),
)
requests = st.one_of(
    st.just(Ping()),
    st.just(QueryStatus()),
    st.builds(Switch, st.booleans()),
    st.builds(
        Update,
        st.lists(areas, max_size=5).map(tuple),
        st.one_of(st.just(ALL_AREAS), st.binary(max_size=5).filter(lambda ids: ids != ALL_AREAS)),
    ),
)
packets = st.builds(
    Packet,
    destination=st.integers(0, 0xFFFF),
    source=st.integers(0, 0xFFFF),
    data=st.binary(max_size=120),
    device=st.integers(0, 255),
)


@settings(max_examples=150, deadline=None)
@given(requests)
def test_requests_survive_the_wire(request: Request) -> None:
    assert parse_request(encode_request(request)) == request


@settings(max_examples=100, deadline=None)
@given(
    st.one_of(
        st.builds(Reply, st.integers(0, 16)),
        st.builds(
            Reply,
            st.just(0),
            st.builds(
                Status,
                st.booleans(),
                st.integers(0, 15),
                st.lists(st.integers(0, 255), max_size=20).map(tuple),
            ),
        ),
    )
)
def test_replies_survive_the_wire(reply: Reply) -> None:
    assert parse_reply(encode_reply(reply)) == reply


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=60), packets), max_size=4), st.integers(1, 50))
def test_every_good_frame_is_found_in_any_garbage(parts: list[tuple[bytes, Packet]], chunk: int) -> None:
    stream = b"".join(noise + encode_packet(packet) for noise, packet in parts)
    decoder = Decoder()
    found = [
        packet for at in range(0, len(stream), chunk) for packet in decoder.feed(stream[at : at + chunk])
    ]
    good = iter(found)
    assert all(packet in good for _, packet in parts)


@settings(max_examples=100, deadline=None)
@given(packets, st.data())
def test_a_damaged_frame_is_never_taken(packet: Packet, data: st.DataObject) -> None:
    whole = encode_packet(packet)
    at = data.draw(st.integers(8, len(whole) - 2))
    flipped = whole[:at] + bytes((whole[at] ^ data.draw(st.integers(1, 255)),)) + whole[at + 1 :]
    assert packet not in Decoder().feed(flipped[:-1])
    assert [found for found in Decoder().feed(flipped) if found != packet] == []


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_upset_the_parsers(data: bytes) -> None:
    parse_request(data)
    parse_request(b"\xa3\x06\x01\x00\x00" + data)
    parse_reply(data)
    parse_reply(b"\xa1\x02\x00\x00\x00" + data)
    parse_text(data)


def test_a_frame_that_never_ends_is_given_up() -> None:
    decoder = Decoder()
    decoder.feed(b"\xa5" + b"\x00" * 100_000)
    assert len(decoder._body) <= MAX_FRAME
    assert decoder.feed(HUANYING_6K3)
    longest = Packet(1, 2, b"\xa5" * MAX_DATA)
    assert decoder.feed(encode_packet(longest)) == [longest]
