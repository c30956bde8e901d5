from __future__ import annotations

from pathlib import Path

import pytest

from drivers.call_pad.api import Key, KeypadFace, KeyPressed
from drivers.call_pad.ff68.simulator import SimulatedKeypad
from drivers.errors import ConfigurationError
from drivers.ff68.codec import BEEP, RATING, Frame, encode
from drivers.ff68.simulator import TRIES, Lamp
from drivers.rating_pad.api import PadFace, PadMode, Rated
from drivers.rating_pad.ff68.driver import Options, build
from drivers.rating_pad.ff68.simulator import SimulatedRatingPad
from drivers.transport.line import open_line
from drivers.transport.simulated import PtyPort
from tests.drivers.call_pad.pads import Clock, Deaf, frames, pads
from tests.drivers.hostile import ONE_BYTE_AT_A_TIME, STORM, HostileWire, Weather
from tests.drivers.owner import Owner, Pulse

DRIVER = "rating_pad.ff68"
IDLE = PadFace()


@pytest.mark.parametrize(
    ("levels", "values"),
    [
        ((1, 2, 3, 4, 5), {1: 1, 2: 2, 3: 3, 4: 4, 5: 5}),
        ((5, 4, 3, 2, 1), {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}),
        ((2, 3, 4, 5), {1: 2, 2: 3, 3: 4, 4: 5}),
    ],
    ids=["five", "reversed", "four"],
)
async def test_keys_become_levels_by_the_profile(
    tmp_path: Path, levels: tuple[int, ...], values: dict[int, int]
) -> None:
    pad = SimulatedRatingPad(1, Options(levels=levels))
    async with pads(tmp_path, DRIVER, [1], [pad], IDLE, {"levels": list(levels)}) as (pulse, (owner,)):
        for value, level in values.items():
            pad.press_value(value)
            await pulse.until(lambda level=level: owner.readings[-1:] == [Rated(level)])
        for level in sorted(values.values(), reverse=True):
            pad.rate(level)
            await pulse.until(lambda level=level: owner.readings[-1:] == [Rated(level)])
        await pulse.until(lambda: pad.lamp is Lamp.TAKEN)


async def test_a_rating_is_acknowledged_after_it_was_taken(tmp_path: Path) -> None:
    pad = SimulatedRatingPad(4)
    async with pads(tmp_path, DRIVER, [4], [pad], IDLE) as (pulse, (owner,)):
        pad.rate(5)
        await pulse.until(lambda: pad.lamp is Lamp.TAKEN)
        answer = encode(Frame(4, 0x01, b"\x05"))
        assert owner.log.index((">", answer)) > owner.log.index(("reading", Rated(5)))


async def test_a_lost_acknowledgement_does_not_make_two_ratings(tmp_path: Path) -> None:
    pad = SimulatedRatingPad(1)
    async with pads(tmp_path, DRIVER, [1], [Deaf(pad, 2)], IDLE, {"refresh_s": 3600.0}) as (pulse, (owner,)):
        pad.rate(2)
        await pulse.until(lambda: pad.lamp is Lamp.TAKEN)
        assert owner.readings == [Rated(2)]
        assert frames(owner).count(Frame(1, 0x01, b"\x02")) == 2


async def test_a_value_without_a_level_is_left_to_fail_and_told(tmp_path: Path) -> None:
    clock = Clock()
    pad = SimulatedRatingPad(1, later=clock)
    async with pads(tmp_path, DRIVER, [1], [pad], IDLE) as (pulse, (owner,)):
        pad.press_value(9)
        await pulse.until(lambda: "09" in owner.statuses[-1].detail)
        for _ in range(TRIES):
            clock.ring()
        assert pad.lamp is Lamp.FAILED
        assert owner.readings == []


async def test_asking_for_a_rating_beeps_once_and_shows_the_number(tmp_path: Path) -> None:
    pad = SimulatedRatingPad(1)
    async with pads(tmp_path, DRIVER, [1], [pad], IDLE) as (pulse, (owner,)):
        owner.want(PadFace(PadMode.RATE, "A012"))
        await pulse.until(lambda: pad.digits == "   012" and pad.beeps == 1)
        shows = owner.shows
        owner.want(PadFace(PadMode.RATE, "A012"))
        await pulse.until(lambda: owner.shows > shows)
        for mode in (PadMode.THANKS, PadMode.IDLE, PadMode.PAUSED, PadMode.CLOSED):
            owner.want(PadFace(mode, "A012"))
            await pulse.until(lambda: pad.digits == "      ")
        owner.want(PadFace(PadMode.RATE, "B107"))
        await pulse.until(lambda: pad.digits == "   107" and pad.beeps == 2)
        assert [frame.function for frame in frames(owner)].count(BEEP) == 2


async def test_keypad_and_pad_of_a_window_share_line_and_address(tmp_path: Path) -> None:
    keypad, pad = SimulatedKeypad(3), SimulatedRatingPad(3)
    pulse = Pulse()
    pulse.watch(keypad, pad)
    port = PtyPort(tmp_path / "bus", [keypad, pad])
    await port.start()
    line = await open_line(port.address)
    from drivers.call_pad.ff68 import driver as call_pad

    keys: Owner[KeypadFace] = Owner(pulse, KeypadFace())
    rates: Owner[PadFace] = Owner(pulse, IDLE)
    async with (
        keys.owns(call_pad.build(line, 3, call_pad.Options(), keys)),
        rates.owns(build(line, 3, Options(), rates)),
    ):
        await pulse.until(lambda: keys.shows and rates.shows)
        keypad.press(Key.CALL)
        pad.rate(4)
        await pulse.until(lambda: keypad.lamp is Lamp.TAKEN and pad.lamp is Lamp.TAKEN)
        assert keys.readings == [KeyPressed(Key.CALL)]
        assert rates.readings == [Rated(4)]
    await line.close()
    await port.stop()


@pytest.mark.parametrize(
    "weather", [ONE_BYTE_AT_A_TIME, Weather(loss=0.01, noise=0.01), STORM], ids=["bytes", "bad", "storm"]
)
async def test_a_bad_wire_makes_no_false_ratings(tmp_path: Path, weather: Weather) -> None:
    pad = SimulatedRatingPad(1)
    async with pads(tmp_path, DRIVER, [1], [HostileWire(pad, weather, seed=2)], IDLE) as (pulse, (owner,)):
        wanted, taken = [5, 1, 4, 2, 3, 5, 1], []
        for level in wanted:
            pad.rate(level)
            await pulse.until(lambda: pad.lamp is not Lamp.SENDING)
            if pad.lamp is Lamp.TAKEN:
                taken.append(level)
        levels = [reading.level for reading in owner.readings if isinstance(reading, Rated)]
        left = iter(levels)
        assert all(level in left for level in taken)
        given = iter(wanted)
        assert all(level in given for level in levels)


def test_options_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match=r"options\.same_level level=5"):
        Options(levels=(5, 5, 1))
    with pytest.raises(ConfigurationError):
        build(None, -1, Options(), None)  # type: ignore[arg-type]
    assert SimulatedRatingPad(1).view()["levels"] == [5, 4, 3, 2, 1]
    assert RATING == 0x11
