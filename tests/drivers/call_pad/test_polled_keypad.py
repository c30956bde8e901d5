from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers.call_pad.api import Key, KeypadFace, KeyPressed
from drivers.call_pad.polled.codec import Fields
from drivers.call_pad.polled.driver import TRIES, TURNS_AHEAD, Options, build
from drivers.call_pad.polled.simulator import SimulatedPolledKeypad
from drivers.device import Reading, ShowDevice
from drivers.errors import ConfigurationError, TransientError
from drivers.ff68.simulator import Lamp
from drivers.registry import build as build_driver
from drivers.simulator import Simulator
from drivers.status import DeviceState
from drivers.transport.line import open_line
from drivers.transport.simulated import PtyPort, TcpPort
from tests.drivers.call_pad.pads import pads
from tests.drivers.hostile import LATE, ONE_BYTE_AT_A_TIME, HostileWire, Weather
from tests.drivers.owner import Owner, Pulse

DRIVER = "call_pad.polled"
PROFILES = Path(__file__).parents[3] / "config" / "profiles"
BLANK = KeypadFace()
CONFIRMED: dict[str, Any] = tomllib.loads((PROFILES / "polled-keypad.toml").read_text("utf-8"))
TOLD_ONCE: dict[str, Any] = tomllib.loads((PROFILES / "polled-counter.toml").read_text("utf-8"))
FAST = {"poll_s": 0.02, "silent_poll_s": 0.1, "answer_ms": 60.0}


def options(profile: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**profile, **FAST, **more}


def keypad(unit: int, profile: dict[str, Any] = CONFIRMED) -> SimulatedPolledKeypad:
    return SimulatedPolledKeypad(unit, msgspec.convert(profile, Options))


@asynccontextmanager
async def bus(
    path: Path, line: Sequence[SimulatedPolledKeypad], wire: Simulator | None = None
) -> AsyncIterator[tuple[Pulse, list[Owner[Any]]]]:
    """Give every keypad on one port a driver with an owner; nobody waits for any to be there."""
    pulse = Pulse()
    pulse.watch(*line)
    owners: list[Owner[Any]] = [Owner(pulse, BLANK) for _ in line]
    async with AsyncExitStack() as stack:
        port = PtyPort(path / "bus", [wire] if wire else line, 9600)
        await port.start()
        stack.push_async_callback(port.stop)
        opened = await open_line(port.address)
        stack.push_async_callback(opened.close)
        for owner, pad in zip(owners, line, strict=True):
            device = build_driver(DRIVER, opened, pad.unit, options(CONFIRMED), owner)
            assert isinstance(device, ShowDevice)
            await stack.enter_async_context(owner.owns(device))
        yield pulse, owners


@pytest.mark.parametrize("profile", [CONFIRMED, TOLD_ONCE], ids=["confirmed", "told once"])
async def test_every_key_is_reported_once(tmp_path: Path, profile: dict[str, Any]) -> None:
    pad = keypad(1, profile)
    async with pads(tmp_path, DRIVER, [1], [pad], BLANK, options(profile)) as (pulse, (owner,)):
        assert owner.state is DeviceState.ONLINE
        for key in map(Key, profile["keys"].values()):
            pad.press(key)
            await pulse.until(lambda key=key: owner.readings[-1:] == [KeyPressed(key)])
            await pulse.until(lambda: pad.lamp is Lamp.TAKEN)
            asked = pad.asked
            await pulse.until(lambda asked=asked: pad.asked > asked + 1)
        assert owner.readings == [KeyPressed(Key(key)) for key in profile["keys"].values()]


async def test_a_confirmation_goes_out_only_after_the_press_was_taken(tmp_path: Path) -> None:
    pad = keypad(1)
    async with pads(tmp_path, DRIVER, [1], [pad], BLANK, options(CONFIRMED)) as (pulse, (owner,)):
        pad.press(Key.CALL)
        await pulse.until(lambda: pad.lamp is Lamp.TAKEN)
        taken = owner.log.index(("reading", KeyPressed(Key.CALL)))
        confirmation = bytes.fromhex("a5010601ad")
        assert owner.log.index((">", confirmation)) > taken


async def test_a_press_the_sink_failed_to_take_is_taken_at_the_next_answer(tmp_path: Path) -> None:
    pad = keypad(1)
    async with pads(tmp_path, DRIVER, [1], [pad], BLANK, options(CONFIRMED)) as (pulse, (owner,)):
        take = owner.reading

        def fail_once(reading: Reading) -> None:
            owner.reading = take  # type: ignore[method-assign]
            owner.log.append(("failed", reading))
            raise OSError("disk full")

        owner.reading = fail_once  # type: ignore[method-assign]
        pad.press(Key.CALL)
        await pulse.until(lambda: pad.lamp is Lamp.TAKEN)
        assert ("failed", KeyPressed(Key.CALL)) in owner.log
        assert owner.readings == [KeyPressed(Key.CALL)]


async def test_a_key_that_is_held_is_one_press_and_pressed_again_another(tmp_path: Path) -> None:
    pad = keypad(1, TOLD_ONCE)
    async with pads(tmp_path, DRIVER, [1], [pad], BLANK, options(TOLD_ONCE)) as (pulse, (owner,)):
        for count in (1, 2):
            pad.hold(Key.CALL)
            asked = pad.asked
            await pulse.until(lambda asked=asked: pad.asked > asked + 4)
            assert owner.readings == [KeyPressed(Key.CALL)] * count
            pad.release()
            asked = pad.asked
            await pulse.until(lambda asked=asked: pad.asked > asked + 2)


async def test_a_lost_confirmation_does_not_make_two_presses(tmp_path: Path) -> None:
    pad = Deaf(1, msgspec.convert(CONFIRMED, Options))
    async with bus(tmp_path, [pad]) as (pulse, (owner,)):
        await pulse.until(lambda: owner.state is DeviceState.ONLINE)
        pad.press(Key.CALL)
        await pulse.until(lambda: pad.lamp is Lamp.TAKEN)
        assert owner.readings == [KeyPressed(Key.CALL)]
        assert pad.missed == 2


class Deaf(SimulatedPolledKeypad):
    """Misses the first two confirmations."""

    missed = 0

    def _confirmed(self, confirmation: Fields) -> None:
        if self.missed < 2:
            self.missed += 1
        else:
            super()._confirmed(confirmation)


async def test_what_was_pressed_while_nobody_asked_is_no_press(tmp_path: Path) -> None:
    pad = keypad(1)
    pad.press(Key.CALL)
    async with pads(tmp_path, DRIVER, [1], [pad], BLANK, options(CONFIRMED)) as (pulse, (owner,)):
        await pulse.until(lambda: pad.lamp is Lamp.TAKEN)
        assert owner.readings == []
        pad.press(Key.RECALL)
        await pulse.until(lambda: owner.readings == [KeyPressed(Key.RECALL)])


async def test_a_press_without_a_meaning_is_told_to_technicians(tmp_path: Path) -> None:
    pad = keypad(1)
    async with pads(tmp_path, DRIVER, [1], [pad], BLANK, options(CONFIRMED)) as (pulse, (owner,)):
        pad.press_code(0x77)
        await pulse.until(lambda: any("77" in status.detail for status in owner.statuses))
        await pulse.until(lambda: owner.statuses[-1].detail == "")
        assert owner.readings == []


async def test_the_digits_tell_how_many_wait_and_come_back(tmp_path: Path) -> None:
    pad = keypad(5, TOLD_ONCE)
    wanted = options(TOLD_ONCE, refresh_s=1.0)
    async with pads(tmp_path, DRIVER, [5], [pad], KeypadFace(waiting=999), wanted) as (pulse, (owner,)):
        await pulse.until(lambda: pad.digits == "   999")
        assert bytes.fromhex("0503e7ef") in owner.sent()
        owner.want(KeypadFace(waiting=100_000))
        await pulse.until(lambda: pad.digits == " 65535")
        owner.want(KeypadFace())
        await pulse.until(lambda: pad.digits == "     0")
        owner.want(KeypadFace(waiting=3))
        await pulse.until(lambda: pad.digits == "     3")
        pad.digits = "      "
        await pulse.until(lambda: pad.digits == "     3")


async def test_a_refusal_beeps_once_and_an_old_one_never(tmp_path: Path) -> None:
    pad = keypad(1, {**CONFIRMED, "beep": "A5 {unit} 07 {sum}"})
    wanted = options(CONFIRMED, beep="A5 {unit} 07 {sum}")
    async with pads(tmp_path, DRIVER, [1], [pad], KeypadFace(waiting=1, refused=7), wanted) as (
        pulse,
        (owner,),
    ):
        await pulse.until(lambda: pad.digits == "     1")
        owner.want(KeypadFace(waiting=1, refused=8))
        await pulse.until(lambda: pad.beeps == 1)
        owner.want(KeypadFace(waiting=2, refused=8))
        await pulse.until(lambda: pad.digits == "     2")
        assert pad.beeps == 1


async def test_keypads_on_one_line_do_not_hear_each_other_and_a_dead_one_stops_nobody(tmp_path: Path) -> None:
    line = [keypad(unit) for unit in range(1, 9)]
    dead, others = line[3], [pad for pad in line if pad.unit != 4]
    dead.power_off()
    async with bus(tmp_path, line) as (pulse, owners):
        gone = owners[3]
        await pulse.until(lambda: gone.code == "device.silent")
        assert gone.state is DeviceState.OFFLINE
        for pad in others:
            pad.press(Key.CALL)
        await pulse.until(
            lambda: all(owners[pad.unit - 1].readings == [KeyPressed(Key.CALL)] for pad in others)
        )
        dead.power_on()
        await pulse.until(lambda: gone.state is DeviceState.ONLINE)
        dead.press(Key.CALL)
        await pulse.until(lambda: gone.readings == [KeyPressed(Key.CALL)])
        assert len(gone.statuses) == 2, "told once when it goes, once when it is back"


async def test_one_pressed_lately_is_asked_ahead_and_nobody_is_forgotten(tmp_path: Path) -> None:
    line = [keypad(unit) for unit in range(1, 21)]
    async with bus(tmp_path, line) as (pulse, owners):
        await pulse.until(lambda: all(owner.shows for owner in owners))

        async def rounds(count: int) -> list[int]:
            """How often each was asked while everybody was, ``count`` times."""
            before = [pad.asked for pad in line]
            await pulse.until(lambda: min(asked(line, before)) >= count)
            return asked(line, before)

        assert max(await rounds(3)) <= 3 + 2, "a round is a round as long as nobody presses"
        line[6].press(Key.CALL)
        await pulse.until(lambda: owners[6].readings)
        counts = await rounds(3)
        assert counts[6] >= 3 * TURNS_AHEAD
        assert max(counts[:6] + counts[7:]) <= 3 + 2
        for pad in line[::2]:
            pad.press(Key.RECALL)
        await pulse.until(
            lambda: all(owner.readings[-1:] == [KeyPressed(Key.RECALL)] for owner in owners[::2])
        )
        await rounds(2)


def asked(line: list[SimulatedPolledKeypad], before: list[int]) -> list[int]:
    return [pad.asked - count for pad, count in zip(line, before, strict=True)]


@pytest.mark.parametrize(
    "weather",
    [ONE_BYTE_AT_A_TIME, LATE, Weather(single=True, loss=0.01, noise=0.01, delay=0.0005)],
    ids=["byte by byte", "late", "storm"],
)
async def test_a_bad_wire_makes_no_false_presses(tmp_path: Path, weather: Weather) -> None:
    pad = keypad(1)
    async with bus(tmp_path, [pad], HostileWire(pad, weather, seed=5)) as (pulse, (owner,)):
        await pulse.until(lambda: owner.state is DeviceState.ONLINE)
        pressed = [Key.CALL, Key.RECALL, Key.EVALUATE, Key.NO_SHOW, Key.TRANSFER, Key.PAUSE]
        for key in pressed:
            pad.press(key)
            await pulse.until(lambda: pad.lamp is Lamp.TAKEN)
        assert owner.readings == [KeyPressed(key) for key in pressed]


async def test_the_answer_of_another_keypad_is_not_ours(tmp_path: Path) -> None:
    class Impostor(SimulatedPolledKeypad):
        """Answers whoever is asked, under its own name."""

        def receive(self, data: bytes) -> None:
            if self._send is not None:
                self._send(self._frames.answer.encode(Fields(9, 1)))

    pad = Impostor(1, msgspec.convert(CONFIRMED, Options))
    async with bus(tmp_path, [pad]) as (pulse, (owner,)):
        await pulse.until(lambda: owner.code == "device.silent")
        assert owner.readings == []


async def test_a_silence_on_a_good_line_is_told_after_some_tries(tmp_path: Path) -> None:
    pad = keypad(1)
    async with bus(tmp_path, [pad]) as (pulse, (owner,)):
        await pulse.until(lambda: owner.state is DeviceState.ONLINE)
        pad.mute(True)
        sent = len(owner.sent())
        await pulse.until(lambda: owner.code == "device.silent")
        assert TRIES <= len(owner.sent()) - sent <= TRIES + 2


async def test_a_test_can_be_seen_and_a_lost_line_ends_the_driver() -> None:
    pad = keypad(1)
    port = TcpPort("127.0.0.1", 0, [pad])
    await port.start()
    line = await open_line(port.address)
    pulse = Pulse()
    pulse.watch(pad)
    owner = Owner(pulse, KeypadFace(waiting=3))
    device = build(line, 1, msgspec.convert(options(CONFIRMED), Options), owner)
    async with owner.owns(device):
        await pulse.until(lambda: pad.digits == "     3")
        await device.test()
        await pulse.until(lambda: pad.digits == "   888")
        owner.want(KeypadFace(waiting=3))
        await pulse.until(lambda: pad.digits == "     3")
        await port.unplug()
        with pytest.raises(TransientError) as lost:
            await owner.ended()
        assert lost.value.code == "line.lost"
    await line.close()
    await port.stop()


def test_what_cannot_be_is_refused() -> None:
    for wrong in (
        {"query": ""},
        {"answer": "A5 {unit} {sum}"},
        {"digits": "A5 {unit}"},
        {"idle": "01"},
        {"idle": "x"},
        {"keys": {"zz": "call"}},
        {"beep": "{what}"},
    ):
        with pytest.raises(ValueError, match=r"options\."):
            msgspec.convert({**CONFIRMED, **wrong}, Options)
    with pytest.raises(ConfigurationError):
        build(None, 256, msgspec.convert(CONFIRMED, Options), None)  # type: ignore[arg-type]
