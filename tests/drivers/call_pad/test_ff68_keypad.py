from __future__ import annotations

from pathlib import Path

import pytest

from drivers.call_pad.api import Key, KeypadFace, KeyPressed
from drivers.call_pad.ff68.driver import KEYS, Options, build
from drivers.call_pad.ff68.simulator import SimulatedKeypad
from drivers.device import Reading
from drivers.errors import ConfigurationError, TransientError
from drivers.ff68.codec import BEEP, Frame, encode
from drivers.ff68.link import MAX_REPEATS
from drivers.ff68.simulator import TRIES, Lamp
from drivers.status import DeviceState
from drivers.transport.line import open_line
from drivers.transport.simulated import TcpPort
from tests.drivers.call_pad.pads import Clock, Deaf, Echo, frames, pads
from tests.drivers.hostile import LATE, ONE_BYTE_AT_A_TIME, HostileWire, Weather
from tests.drivers.owner import Owner, Pulse

DRIVER = "call_pad.ff68"
BLANK = KeypadFace()


@pytest.mark.parametrize("key", sorted(KEYS.values()))
async def test_every_key_is_reported_and_acknowledged(tmp_path: Path, key: Key) -> None:
    pad = SimulatedKeypad(1)
    async with pads(tmp_path, DRIVER, [1], [pad], BLANK) as (pulse, (owner,)):
        pad.press(key)
        await pulse.until(lambda: pad.lamp is Lamp.TAKEN)
        assert owner.readings == [KeyPressed(key)]


async def test_the_acknowledgement_goes_out_only_after_the_press_was_taken(tmp_path: Path) -> None:
    pad = SimulatedKeypad(1)
    async with pads(tmp_path, DRIVER, [1], [pad], BLANK) as (pulse, (owner,)):
        pad.press(Key.CALL)
        await pulse.until(lambda: pad.lamp is Lamp.TAKEN)
        press = encode(Frame(1, 1, b"\x0c"))
        taken = owner.log.index(("reading", KeyPressed(Key.CALL)))
        assert owner.log.index((">", press)) > taken


async def test_a_press_the_sink_failed_to_take_is_taken_when_the_pad_tries_again(tmp_path: Path) -> None:
    clock = Clock()
    pad = SimulatedKeypad(1, later=clock)
    async with pads(tmp_path, DRIVER, [1], [pad], BLANK) as (pulse, (owner,)):
        take = owner.reading

        def fail_once(reading: Reading) -> None:
            owner.reading = take  # type: ignore[method-assign]
            owner.log.append(("failed", reading))
            pulse.beat()
            raise OSError("disk full")

        owner.reading = fail_once  # type: ignore[method-assign]
        pad.press(Key.CALL)
        await pulse.until(lambda: owner.log[-1][0] == "failed")
        assert pad.lamp is Lamp.SENDING
        clock.ring()
        await pulse.until(lambda: pad.lamp is Lamp.TAKEN)
        assert owner.readings == [KeyPressed(Key.CALL)]
        assert frames(owner).count(Frame(1, 1, b"\x0c")) == 1


async def test_a_lost_acknowledgement_does_not_make_two_presses(tmp_path: Path) -> None:
    pad = SimulatedKeypad(1)
    async with pads(tmp_path, DRIVER, [1], [Deaf(pad, 2)], BLANK, {"refresh_s": 3600.0}) as (pulse, (owner,)):
        # The first frame the pad misses are its digits, the second is the acknowledgement.
        pad.press(Key.CALL)
        await pulse.until(lambda: pad.lamp is Lamp.TAKEN)
        assert owner.readings == [KeyPressed(Key.CALL)]
        assert frames(owner).count(Frame(1, 1, b"\x0c")) == 2


async def test_a_bouncing_key_is_one_press_and_another_key_is_another(tmp_path: Path) -> None:
    pad = SimulatedKeypad(1)
    async with pads(tmp_path, DRIVER, [1], [pad], BLANK) as (pulse, (owner,)):
        for key in (Key.CALL, Key.CALL, Key.RECALL):
            pad.press(key)
            await pulse.until(lambda: pad.lamp is Lamp.TAKEN)
            pad.lamp = Lamp.DARK
        await pulse.until(lambda: len(owner.readings) == 2)
        assert owner.readings == [KeyPressed(Key.CALL), KeyPressed(Key.RECALL)]


async def test_the_same_key_later_is_another_press(tmp_path: Path) -> None:
    pad = SimulatedKeypad(1)
    async with pads(tmp_path, DRIVER, [1], [pad], BLANK, {"debounce_ms": 0.0}) as (pulse, (owner,)):
        for count in (1, 2):
            # Two frames within 80 ms could be an echo, so the second waits for that to be over.
            while len(owner.readings) < count:
                pad.press(Key.CALL)
                await pulse.until(lambda: pad.lamp is not Lamp.SENDING)
        assert owner.readings == [KeyPressed(Key.CALL)] * 2


async def test_keypads_on_one_line_do_not_hear_each_other(tmp_path: Path) -> None:
    units = range(1, 7)
    line = [SimulatedKeypad(unit) for unit in units]
    async with pads(tmp_path, DRIVER, units, line, BLANK, baudrate=9600) as (pulse, owners):
        for pad, key in zip(line, KEYS.values(), strict=False):
            pad.press(key)
            await pulse.until(lambda pad=pad: pad.lamp is Lamp.TAKEN)
        assert [owner.readings for owner in owners] == [
            [KeyPressed(key)] for key, _ in zip(KEYS.values(), units, strict=False)
        ]


async def test_a_keypad_alone_needs_no_address(tmp_path: Path) -> None:
    pad = SimulatedKeypad(9)
    async with pads(tmp_path, DRIVER, [0], [pad], KeypadFace(waiting=3)) as (pulse, (owner,)):
        pad.press(Key.CALL)
        await pulse.until(lambda: pad.lamp is Lamp.TAKEN)
        owner.want(KeypadFace(waiting=4))
        await pulse.until(lambda: pad.digits == "     4")


async def test_a_press_without_a_meaning_is_left_to_fail_and_told(tmp_path: Path) -> None:
    clock = Clock()
    pad = SimulatedKeypad(1, later=clock)
    async with pads(tmp_path, DRIVER, [1], [pad], BLANK) as (pulse, (owner,)):
        pad.send_press(Frame(1, 1, b"\x07"))
        await pulse.until(lambda: "07" in owner.statuses[-1].detail)
        for _ in range(TRIES):
            clock.ring()
        assert pad.lamp is Lamp.FAILED
        assert owner.readings == []
        assert owner.state is DeviceState.ONLINE


async def test_keys_are_what_the_profile_says(tmp_path: Path) -> None:
    options = {"keys": {"01": "call", "02 01": "hold"}}
    pad = SimulatedKeypad(1, Options(keys={"01": Key.CALL, "02 01": Key.HOLD}))
    async with pads(tmp_path, DRIVER, [1], [pad], BLANK, options) as (pulse, (owner,)):
        pad.press("hold")
        pad.press("call")
        await pulse.until(lambda: len(owner.readings) == 2)
        assert owner.readings == [KeyPressed(Key.HOLD), KeyPressed(Key.CALL)]


async def test_the_digits_tell_how_many_wait(tmp_path: Path) -> None:
    pad = SimulatedKeypad(2)
    async with pads(tmp_path, DRIVER, [2], [pad], KeypadFace(waiting=12)) as (pulse, (owner,)):
        await pulse.until(lambda: pad.digits == "    12")
        owner.want(KeypadFace(waiting=0))
        await pulse.until(lambda: pad.digits == "     0")
        owner.want(KeypadFace())
        await pulse.until(lambda: pad.digits == "      ")
        owner.want(KeypadFace(waiting=12_345_678))
        await pulse.until(lambda: pad.digits == "999999")


async def test_a_refusal_beeps_once_and_an_old_one_never(tmp_path: Path) -> None:
    pad = SimulatedKeypad(1)
    async with pads(tmp_path, DRIVER, [1], [pad], KeypadFace(waiting=1, refused=7)) as (pulse, (owner,)):
        await pulse.until(lambda: pad.digits == "     1")
        owner.want(KeypadFace(waiting=1, refused=8))
        await pulse.until(lambda: pad.beeps == 1)
        owner.want(KeypadFace(waiting=2, refused=8))
        await pulse.until(lambda: pad.digits == "     2")
        assert [frame.function for frame in frames(owner)].count(BEEP) == 1


async def test_digits_come_back_to_a_pad_that_lost_them(tmp_path: Path) -> None:
    pad = SimulatedKeypad(1)
    async with pads(tmp_path, DRIVER, [1], [pad], KeypadFace(waiting=5), {"refresh_s": 1.0}) as (pulse, _):
        await pulse.until(lambda: pad.digits == "     5")
        pad.power_off()
        pad.power_on()
        await pulse.until(lambda: pad.digits == "     5")


async def test_the_status_says_whether_the_pad_was_heard(tmp_path: Path) -> None:
    pad = SimulatedKeypad(1)
    async with pads(tmp_path, DRIVER, [1], [pad], BLANK) as (pulse, (owner,)):
        assert owner.state is DeviceState.ONLINE
        assert "pad.not_heard" in owner.statuses[-1].detail
        pad.press(Key.CALL)
        await pulse.until(lambda: "pad.heard" in owner.statuses[-1].detail)


async def test_a_wrong_baud_rate_is_told_until_the_pad_is_heard(tmp_path: Path) -> None:
    pad = SimulatedKeypad(1)
    async with pads(tmp_path, DRIVER, [1], [pad], BLANK) as (pulse, (owner,)):
        assert pad._send is not None
        pad._send(bytes.fromhex("f8 00 80 fe") * 12)
        pad._send(b"\x80")
        await pulse.until(lambda: "pad.strange_bytes bytes=f8 00" in owner.statuses[-1].detail)
        assert (owner.state, owner.code) == (DeviceState.ONLINE, "")
        pad.press(Key.CALL)
        await pulse.until(lambda: "pad.heard" in owner.statuses[-1].detail)
        told = len(owner.statuses)
        pad._send(bytes.fromhex("f8 00 80 fe") * 20)
        pad.press(Key.RECALL)
        await pulse.until(lambda: len(owner.readings) == 2)
        assert len(owner.statuses) == told, "what was heard once is right; others may share the line"


async def test_an_adapter_that_hears_itself_makes_no_presses_and_no_loop(tmp_path: Path) -> None:
    pad = SimulatedKeypad(1)
    async with pads(tmp_path, DRIVER, [1], [Echo(pad)], KeypadFace(waiting=1)) as (pulse, (owner,)):
        pad.press(Key.CALL)
        await pulse.until(lambda: pad.lamp is Lamp.TAKEN)
        owner.want(KeypadFace(waiting=2))
        await pulse.until(lambda: pad.digits == "     2")
        assert owner.readings == [KeyPressed(Key.CALL)]
        assert frames(owner).count(Frame(1, 1, b"\x0c")) == 1


async def test_an_echo_that_comes_late_is_not_answered_for_ever(tmp_path: Path) -> None:
    pad = SimulatedKeypad(1, later=Clock())
    async with pads(tmp_path, DRIVER, [1], [pad], BLANK, {"debounce_ms": 5000.0}) as (pulse, (owner,)):
        assert pad._send is not None
        press = encode(Frame(1, 1, b"\x0c"))
        # Interleaved with another frame, so that none looks like an echo just come.
        for _ in range(MAX_REPEATS * 3):
            pad._send(press)
        pad.press(Key.RECALL)
        await pulse.until(lambda: pad.lamp is Lamp.TAKEN)
        assert owner.readings == [KeyPressed(Key.CALL), KeyPressed(Key.RECALL)]
        assert owner.sent().count(press) <= MAX_REPEATS + 1


@pytest.mark.parametrize(
    "weather",
    [ONE_BYTE_AT_A_TIME, LATE, Weather(single=True, loss=0.01, noise=0.01, delay=0.0005)],
    ids=["byte by byte", "late", "storm"],
)
async def test_a_bad_wire_makes_no_false_presses(tmp_path: Path, weather: Weather) -> None:
    pad = SimulatedKeypad(1)
    async with pads(tmp_path, DRIVER, [1], [HostileWire(pad, weather, seed=5)], BLANK) as (pulse, (owner,)):
        pressed = []
        for key in list(KEYS.values()):
            pad.press(key)
            await pulse.until(lambda: pad.lamp is not Lamp.SENDING)
            if pad.lamp is Lamp.TAKEN:
                pressed.append(KeyPressed(key))
        # What the pad saw acknowledged was reported, once and in order.
        assert [reading for reading in owner.readings if reading in pressed] == pressed
        assert len(set(map(str, owner.readings))) == len(owner.readings)
        assert len(pressed) >= 5


async def test_a_test_can_be_seen_and_heard(tmp_path: Path) -> None:
    pad = SimulatedKeypad(1)
    port = TcpPort("127.0.0.1", 0, [pad])
    await port.start()
    line = await open_line(port.address)
    pulse = Pulse()
    pulse.watch(pad)
    owner = Owner(pulse, KeypadFace(waiting=3))
    device = build(line, 1, Options(), owner)
    async with owner.owns(device):
        await pulse.until(lambda: pad.digits == "     3")
        await device.test()
        await pulse.until(lambda: pad.digits == "888888" and pad.beeps == 1)
        owner.want(KeypadFace(waiting=3))
        await pulse.until(lambda: pad.digits == "     3")
        await port.unplug()
        with pytest.raises(TransientError) as lost:
            await owner.ended()
        assert lost.value.code == "line.lost"
    await line.close()
    await port.stop()


def test_a_pad_gives_up_and_goes_on_with_the_next_press() -> None:
    clock = Clock()
    pad = SimulatedKeypad(1, later=clock)
    sent: list[bytes] = []
    pad.connect(sent.append)
    pad.press(Key.CALL)
    pad.press(Key.RECALL)
    for _ in range(TRIES):
        clock.ring()
    assert sent == [encode(Frame(1, 1, b"\x0c"))] * TRIES + [encode(Frame(1, 1, b"\x0d"))]
    pad.receive(encode(Frame(1, 1, b"\x0d")))
    assert pad.view()["lamp"] == "taken"
    for _ in range(100):
        pad.press(Key.CALL)
    assert len(pad._waiting) <= 8
    pad.power_off()
    assert pad.view() | {"keys": []} == {
        "kind": "keypad",
        "digits": "      ",
        "beeps": 0,
        "lamp": "dark",
        "powered": False,
        "keys": [],
    }
    assert not clock.due


def test_options_that_cannot_be_are_refused() -> None:
    for keys in ({"zz": Key.CALL}, {"": Key.CALL}):
        with pytest.raises(ValueError, match=r"options\."):
            Options(keys=keys)
    with pytest.raises(ConfigurationError):
        build(None, 256, Options(), None)  # type: ignore[arg-type]
