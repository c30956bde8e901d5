from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readerboard.protocol import constants, frames, markup

from drivers.caller_display import refreshed
from drivers.caller_display.alpha.codec import (
    MAX_BODY,
    MAX_FRAME,
    Mode,
    Packet,
    Position,
    Row,
    TextFile,
    decoder,
    encode,
    marked,
    parse_rows,
    parse_text_file,
    write_text,
)
from drivers.caller_display.alpha.driver import AlphaProtocol, Options, build
from drivers.caller_display.alpha.simulator import AlphaSign
from drivers.caller_display.api import Colour, Page, SignFace
from drivers.errors import ConfigurationError
from drivers.status import DeviceState
from drivers.transport.simulated import TcpPort
from tests.drivers.caller_display.signs import face, hall, page, pty, row
from tests.drivers.hostile import LATE, ONE_BYTE_AT_A_TIME, HostileWire

DRIVER = "caller_display.alpha"
FAST = {"poll_s": 0.2}
CALM = {"poll_s": 60.0}

GOLDEN = bytes.fromhex("0000000000015a303002 41411b2062 1c3141303132 33 03 30323738 04")
"""A0123 in red on every sign, held in the middle, with its check: the wake-up of five nulls that the
document asks for."""


def of(text: bytes, **more: object) -> bytes:
    return write_text(TextFile("A", text, **more))  # type: ignore[arg-type]


# The wire


def test_the_golden_frame() -> None:
    packet = Packet("Z", "00", of(marked([Row((("A0123", Colour.RED),))])))
    assert encode(packet) == b"\x00" + GOLDEN
    assert decoder().feed(GOLDEN) == [packet]


TAGS = {Colour.RED: "<red>", Colour.GREEN: "<green>", Colour.YELLOW: "<amber>"}
MODES = {Mode.HOLD: constants.MODE_HOLD, Mode.ROTATE: constants.MODE_ROTATE}
words = st.text(
    alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="<"), max_size=30
)


@settings(max_examples=150, deadline=None)
@given(
    words,
    st.sampled_from(Colour),
    st.sampled_from(Mode),
    st.booleans(),
    st.sampled_from("Z^a"),
    st.integers(0, 255),
)
def test_frames_equal_what_readerboard_encodes(
    text: str, colour: Colour, mode: Mode, flash: bool, kind: str, unit: int
) -> None:
    ours = encode(
        Packet(kind, f"{unit:02X}", of(marked([Row(((text, colour),), flash)]), mode=mode)), check=False
    )
    body = markup.render(TAGS[colour] + text)
    if flash:
        body = constants.CHAR_FLASH_ON + body + constants.CHAR_FLASH_OFF
    theirs = frames.packet(
        frames.write_text_file(b"A", body, mode=MODES[mode]),
        sign_type=kind.encode(),
        address=f"{unit:02X}".encode(),
    )
    assert ours == theirs


def test_two_rows_and_the_dark_face_equal_what_readerboard_encodes() -> None:
    rows = [Row((("A012", Colour.RED),)), Row((("3", Colour.GREEN),))]
    theirs = frames.write_text_file(b"A", markup.render("<red>A012\n<green>3"))
    assert of(marked(rows)) == theirs
    assert of(b"") == frames.write_text_file(b"A", b"")
    assert tuple(
        code.decode() for code in (constants.TEXT_POS_TOP, constants.TEXT_POS_BOTTOM, constants.TEXT_POS_FILL)
    ) == (Position.TOP, Position.BOTTOM, Position.FILL)


def test_a_check_is_the_sum_from_stx_to_etx() -> None:
    frame = encode(Packet("Z", "00", b"AA"))
    assert frame.endswith(b"\x02AA\x03" + f"{0x02 + 0x41 + 0x41 + 0x03:04X}".encode() + b"\x04")


bodies = st.binary(min_size=1, max_size=60).map(
    lambda data: b"A" + data.translate(None, bytes((0, 1, 2, 3, 4))) + b"."
)
packets = st.builds(Packet, st.sampled_from("Z^1"), st.integers(0, 255).map("{:02X}".format), bodies)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(packets, st.booleans()), max_size=4), st.integers(1, 50))
def test_packets_survive_the_wire(sent: list[tuple[Packet, bool]], chunk: int) -> None:
    stream = b"".join(encode(packet, check=check) for packet, check in sent)
    hunter = decoder()
    found = [each for at in range(0, len(stream), chunk) for each in hunter.feed(stream[at : at + chunk])]
    assert found == [packet for packet, _ in sent]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80).map(lambda data: data.replace(b"\x01", b"\x11")), packets)
def test_a_good_packet_is_found_after_noise(noise: bytes, packet: Packet) -> None:
    assert decoder().feed(noise + encode(packet)) == [packet]


def test_a_good_packet_is_found_behind_broken_ones() -> None:
    frame = encode(Packet("Z", "01", b"AA"))
    for noise in (frame[:-1], frame[:-5] + b"0000\x04", b"\x01Z00\x02AA\x01", b"\x01Z", frame[:9]):
        hunter = decoder()
        assert not hunter.feed(noise)
        assert hunter.feed(frame) == [Packet("Z", "01", b"AA")], noise


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=1500), max_size=3))
def test_the_decoder_stays_small(chunks: list[bytes]) -> None:
    hunter = decoder()
    for chunk in chunks:
        hunter.feed(chunk)
        assert len(hunter._held) <= MAX_FRAME
    longest = Packet("Z", "00", b"A" * MAX_BODY)
    assert longest in hunter.feed(encode(longest))


def test_what_cannot_be_sent_is_refused() -> None:
    for body in (b"A" * (MAX_BODY + 1), b"A\x04", b"A\x00"):
        with pytest.raises(ValueError, match="framing"):
            encode(Packet("Z", "00", body))
    with pytest.raises(ValueError, match="125"):
        write_text(TextFile("0", b"A" * 126))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_any_text_is_shown_somehow(text: bytes) -> None:
    parse_rows(text)
    parse_text_file(text)


asciis = st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=12)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.builds(Row, st.tuples(st.tuples(asciis, st.sampled_from(Colour))), st.booleans()),
        min_size=1,
        max_size=2,
    )
)
def test_rows_come_back(rows: list[Row]) -> None:
    file = TextFile("A", marked(rows), Position.FILL)
    assert parse_text_file(write_text(file)) == file
    assert parse_rows(file.text) == rows


# What is made of a face

anything = st.lists(st.text(max_size=40), max_size=3).map(tuple)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(anything, max_size=3),
    st.sampled_from(
        [Options(), Options(label="0", rows=2, columns=40), Options(overflow="shorten"), Options(rows=2)]
    ),
)
def test_any_face_becomes_a_frame_without_a_stray_control_byte(
    rows: list[tuple[str, ...]], options: Options
) -> None:
    protocol = AlphaProtocol(7, options)
    frame = protocol.compose(Page(tuple(row(*texts) for texts in rows)))
    assert frame is not None
    (packet,) = decoder().feed(frame.data)
    file = parse_text_file(packet.body)
    assert file is not None
    assert len(file.text) <= (125 if options.label == "0" else MAX_BODY)
    assert set(file.text) <= {*range(0x20, 0x7F), 0x1C, 0x07, 0x0D}


# The sign


async def test_a_call_shows_the_most_that_can_be_shown_whole(tmp_path: Path) -> None:
    sign = AlphaSign(1)
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign], FAST) as signs:
        texts = ("请A012到3号窗口", "A012到3号窗口", "A012 -> 3", "A012")
        signs.one.want(face(row(*texts, colour=Colour.GREEN)))
        await signs.pulse.until(lambda: sign.texts() == ["A012 -> 3"] and signs.one.shows)
        assert signs.one.state is DeviceState.ONLINE
        assert signs.one.statuses[-1].facts == (refreshed.UNCONFIRMED,)
        (shown,) = sign.rows()
        assert (shown.runs[0][1], shown.move, shown.flash) == (Colour.GREEN, "still", False)
        assert {dot for line in sign.dots() for dot in line} == {"0", "2"}


async def test_chinese_is_replaced_and_told(tmp_path: Path) -> None:
    sign = AlphaSign(1)
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign], FAST) as signs:
        signs.one.want(face("请到３号窗口（A）：12"))
        await signs.pulse.until(lambda: sign.texts() == ["??3???(A):12"])
        await signs.pulse.until(lambda: any("请 到 号 窗 口" in each.detail for each in signs.one.statuses))
        signs.one.want(face("欢迎光临"))
        await signs.pulse.until(lambda: sign.texts() == [])
        await signs.pulse.until(lambda: "欢 迎 光 临" in signs.one.statuses[-1].detail)
        signs.one.want(face("A013"))
        await signs.pulse.until(lambda: signs.one.statuses[-1].facts == (refreshed.UNCONFIRMED,))


async def test_long_texts_rotate_flashing_ones_flash_and_dark_is_dark(tmp_path: Path) -> None:
    sign = AlphaSign(1, Options(rows=2))
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign], {**FAST, "rows": 2}) as signs:
        signs.one.want(face("Paused", row("A012", flash=True)))
        await signs.pulse.until(lambda: sign.texts() == ["Paused", "A012"])
        assert [shown.flash for shown in sign.rows()] == [False, True]
        lower = [any("1" in line for line in sign.dots(at)[16:]) for at in (0.1, 0.6, 1.1)]
        upper = [any("1" in line for line in sign.dots(at)[:16]) for at in (0.1, 0.6, 1.1)]
        assert (lower, upper) == ([True, False, True], [True] * 3)
        signs.one.want(face("Please go to another window", "A012"))
        await signs.pulse.until(lambda: sign.texts() == ["Please go to another window   A012"])
        assert sign.rows()[0].move == "left"
        assert any("1" in line for line in sign.dots(2.0))
        signs.one.want(SignFace())
        await signs.pulse.until(lambda: sign.texts() == [])
        assert not any("1" in line for line in sign.dots())


async def test_a_shortened_text_stands_still(tmp_path: Path) -> None:
    sign = AlphaSign(1)
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign], {**FAST, "overflow": "shorten"}) as signs:
        signs.one.want(face("Please go to another window"))
        await signs.pulse.until(lambda: sign.texts() == ["Please go to ano"])


async def test_a_sign_that_lost_power_is_right_after_the_next_sending(tmp_path: Path) -> None:
    sign = AlphaSign(1)
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign], FAST) as signs:
        signs.one.want(face("A012"))
        await signs.pulse.until(lambda: sign.texts() == ["A012"])
        sign.power_off()
        sign.power_on()
        await signs.pulse.until(lambda: sign.texts() == ["A012"])
        assert {status.state for status in signs.one.statuses} == {DeviceState.ONLINE}


def test_a_scrolling_text_is_not_begun_anew_with_every_sending() -> None:
    protocol = AlphaProtocol(1, Options())
    first = protocol.compose(face("Please go to another window").pages[0])
    assert first is not None
    assert protocol.probe() is not None, "the sign may not have it yet"
    protocol.taken(first)
    sent = [protocol.probe() is not None for _ in range(4 * refreshed.SCROLL_POLLS)]
    assert sent.count(True) == 4
    still = protocol.compose(face("A012").pages[0])
    assert still is not None
    protocol.taken(still)
    assert all(protocol.probe() for _ in range(10))


async def test_an_unchanged_face_costs_nothing(tmp_path: Path) -> None:
    sign = AlphaSign(1)
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign], CALM) as signs:
        signs.one.want(face("A012"))
        await signs.pulse.until(lambda: sign.texts() == ["A012"] and signs.one.shows)
        shows, sent = signs.one.shows, len(signs.one.sent())
        signs.one.want(face("A012"))
        await signs.pulse.until(lambda: signs.one.shows > shows)
        assert len(signs.one.sent()) == sent


async def test_signs_on_one_line_take_their_own_and_the_newest_goes_first(tmp_path: Path) -> None:
    bus = [AlphaSign(unit) for unit in range(1, 6)]
    async with hall(pty(tmp_path, bus, 9600), DRIVER, range(1, 6), bus, CALM) as signs:
        await signs.pulse.until(lambda: all(owner.shows for owner in signs.owners))
        seen: list[int] = []

        def watch(sign: AlphaSign) -> None:
            sign.on_change(lambda: (seen.append(sign.unit) if sign.texts() else None, signs.pulse.beat()))

        for sign in bus:
            watch(sign)
        for owner in signs.owners:
            owner.want(face("A012 -> 3"))
            owner.changed_at += signs.owners.index(owner)
        await signs.pulse.until(lambda: all(sign.texts() == ["A012 -> 3"] for sign in bus))
        # The first one had its turn before the others wanted theirs.
        assert seen[1:] == sorted(seen[1:], reverse=True)


async def test_a_frame_has_left_before_the_next_goes_out(tmp_path: Path) -> None:
    """The port is fast and its address says 9600 baud: what comes apart was kept apart by the driver."""
    bus = [AlphaSign(unit) for unit in range(1, 6)]
    async with hall(pty(tmp_path, bus), DRIVER, range(1, 6), bus, CALM, {"baudrate": "9600"}) as signs:
        await signs.pulse.until(lambda: all(owner.shows for owner in signs.owners))
        for owner in signs.owners:
            owner.want(face("A012 -> 3"))
        await signs.pulse.until(lambda: all(sign.texts() == ["A012 -> 3"] for sign in bus))
        sent = sorted(
            (at, len(frame))
            for owner in signs.owners
            for at, frame in zip(owner.sent_at, owner.sent(), strict=True)
        )
        assert len(sent) >= 2 * len(bus), "the dark face, and the text"
        for (at, length), (then, _) in pairwise(sent):
            assert then - at > 0.99 * length * 10 / 9600


@pytest.mark.parametrize("weather", [ONE_BYTE_AT_A_TIME, LATE], ids=["byte by byte", "late"])
async def test_chunks_do_not_matter(tmp_path: Path, weather: object) -> None:
    sign = AlphaSign(1)
    wire = HostileWire(sign, weather, seed=3)  # type: ignore[arg-type]
    async with hall(pty(tmp_path, [wire]), DRIVER, [1], [sign], FAST) as signs:
        for number in range(10):
            signs.one.want(face(f"A{number:03}"))
            await signs.pulse.until(lambda number=number: sign.texts() == [f"A{number:03}"])


async def test_pages_take_turns_and_a_test_can_be_seen_over_a_serial_server(tmp_path: Path) -> None:
    sign = AlphaSign(9)
    port = TcpPort("127.0.0.1", 0, [sign], baudrate=9600)
    async with hall(port, DRIVER, [0], [sign], CALM, {"baudrate": "9600"}) as signs:
        signs.one.want(SignFace((page("Paused", seconds=0.5), page("Window 4", seconds=0.5))))
        for text in ("Paused", "Window 4", "Paused"):
            await signs.pulse.until(lambda text=text: sign.texts() == [text])
        signs.one.want(face("A001"))
        await signs.pulse.until(lambda: sign.texts() == ["A001"])
        await signs.devices[0].test()
        await signs.pulse.until(lambda: sign.texts() == ["TEST 0"])


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        build(None, 256, Options(), None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"options\.label_room"):
        Options(label="0", rows=2, columns=60)
