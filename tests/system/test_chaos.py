"""Any device unplugged, jammed or switched off under load: the hall goes on, and what returns is right."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec
from structlog.testing import capture_logs

from drivers.transport.address import parse_address, wire_of
from kioskd.demo.run import HALL_FILE
from kioskd.hall.events import RatingGiven, RatingMissed, RatingOpened, TicketCalled
from kioskd.settings import HallSettings, load
from tests.system.floor import Teller, busy, goes_on
from tests.system.hall import SimulatedHall, simulated_hall

RETURN_S = 1.0
"""A device that comes back is right within this, plus the time its line needs."""

FRAME = 120
"""Bytes that cross a line for one show: question, frame and answers."""

SEED = 17
STROKES = 8
"""How often something is done to three devices; with any other seed and more strokes it holds as well."""

BACK = {
    "unplug": "plug",
    "unplug_line": "plug_line",
    "power_off": "power_on",
    "jam": "clear_jam",
    "empty": "refill",
    "open_cover": "close_cover",
}


OFTEN: dict[str, dict[str, float]] = {
    "printer": {"poll": 0.3},
    "sign-3": {"poll_s": 1.0},
    "sign-6": {"poll_s": 1.0},
}
"""Looked at more often than in life: that they are gone is noticed sooner, and the tests are shorter."""


def _hall(often: dict[str, dict[str, float]]) -> HallSettings:
    hall = load(HALL_FILE)
    devices = tuple(
        msgspec.structs.replace(device, options=device.options | often.get(device.id, {}))
        for device in hall.station.devices
    )
    return msgspec.structs.replace(hall, station=msgspec.structs.replace(hall.station, devices=devices))


HALL = _hall(OFTEN)


async def comes_back(hall: SimulatedHall, name: str, action: str, right: Callable[[], bool]) -> None:
    """Undo what was done to a device; fail if it is not right in time."""
    loop, device = asyncio.get_running_loop(), hall.device(name)
    assert device.line is not None
    wire = wire_of(parse_address(device.settings.address))
    limit = RETURN_S + FRAME * wire.byte_time * len(device.line.devices)
    lost, since = hall.lost_s, loop.time()
    await device.act(BACK[action])
    await hall.until(right, f"{name} right again after {action}")
    taken = loop.time() - since - (hall.lost_s - lost)
    assert taken <= limit, f"{name} after {action}: {taken:.2f} s of {limit:.2f} s"


# --- signs --------------------------------------------------------------------------------------


async def test_a_sign_comes_back_with_the_call_of_the_moment(tmp_path: Path) -> None:
    async with simulated_hall(HALL, tmp_path) as hall, busy(hall, "1245") as tellers:

        async def lose(sign: str, teller: Teller) -> None:
            for action in ("unplug", "power_off", "unplug_line"):
                await hall.device(sign).act(action)
                await hall.until(lambda: not hall.online(sign), f"{sign} missed after {action}")
                await goes_on(hall, tellers)
                await teller.stand_still()
                await comes_back(hall, sign, action, lambda: f"{teller.number}到" in hall.reads(sign))
                teller.go_on()

        async def lose_unseen(sign: str) -> None:
            # Nobody works there: nothing new is to be shown, only what was there before.
            await hall.until(lambda: hall.reads(sign) == "请等候叫号", f"{sign} invites")
            await hall.device(sign).act("power_off")
            await hall.until(lambda: not hall.online(sign), f"{sign} missed")
            assert hall.reads(sign) == ""
            await comes_back(hall, sign, "power_off", lambda: hall.reads(sign) == "请等候叫号")

        # One of each make, each on a bus with others.
        await asyncio.gather(lose("sign-1", tellers["1"]), lose("sign-4", tellers["4"]))
        await asyncio.gather(lose_unseen("sign-3"), lose_unseen("sign-6"))
    assert all(teller.by_page == 0 for teller in tellers.values())


async def test_the_board_comes_back_with_the_last_calls(tmp_path: Path) -> None:
    async with simulated_hall(HALL, tmp_path) as hall, busy(hall, "145") as tellers:
        for action in ("unplug", "power_off"):
            await hall.device("board").act(action)
            await hall.until(lambda: not hall.online("board"), "board missed")
            await goes_on(hall, tellers)
            await asyncio.gather(*(teller.stand_still() for teller in tellers.values()))
            last = [event.number for event in hall.of(TicketCalled)[-3:]]
            await comes_back(
                hall,
                "board",
                action,
                lambda: all(number in hall.reads("board") for number in last),  # noqa: B023
            )
            for teller in tellers.values():
                teller.go_on()


# --- keypads and pads ---------------------------------------------------------------------------


async def test_a_dead_keypad_stops_nobody_and_works_again_at_once(tmp_path: Path) -> None:
    async with simulated_hall(HALL, tmp_path) as hall, busy(hall, "124") as tellers:
        for action in ("unplug", "power_off"):
            await hall.device("keypad-1").act(action)
            by_page = tellers["1"].by_page
            await goes_on(hall, tellers)
            assert tellers["1"].by_page >= by_page + 3, "call, start, evaluate"
            await hall.device("keypad-1").act(BACK[action])
            await hall.until(lambda: hall.online("keypad-1"), "keypad back")
            await goes_on(hall, tellers, 1)
            by_page = tellers["1"].by_page
            await goes_on(hall, tellers, 1)
            assert tellers["1"].by_page == by_page, "served by keypad again"
    assert tellers["2"].by_page == tellers["4"].by_page == 0


async def test_a_dead_pad_leaves_a_rating_open_and_takes_it_when_it_is_back(tmp_path: Path) -> None:
    async with simulated_hall(HALL, tmp_path) as hall, busy(hall, "24") as tellers:
        one, pad = Teller(hall, "1"), hall.device("pad-1").simulator

        def asks() -> bool:
            return bool(pad.digits.strip() == one.number[1:])

        for action in ("unplug", "power_off"):
            await one.serve()
            await hall.until(asks, f"{one.number} on the pad")
            await hall.device("pad-1").act(action)
            pad.rate(5)  # nobody hears it
            await goes_on(hall, tellers, 1)
            await hall.until(lambda: pad.lamp != "sending", "the lost press given up")
            if action == "unplug":
                pad.digits = ""
                await comes_back(hall, "pad-1", action, asks)
            else:
                # A pad says nothing when it is switched on: its digits return later, its keys work at once.
                await hall.device("pad-1").act(BACK[action])
            pad.rate(4)
            await hall.until(lambda: hall.of(RatingGiven, number=one.number), "the rating")
            assert [given.level for given in hall.of(RatingGiven, number=one.number)] == [4]
    assert not hall.of(RatingMissed, window="1")
    assert len(hall.of(RatingOpened, window="1")) == 2


# --- the printer --------------------------------------------------------------------------------


async def test_no_slip_comes_out_twice_whatever_happens_to_the_printer(tmp_path: Path) -> None:
    async with simulated_hall(HALL, tmp_path) as hall, busy(hall, "14") as tellers:
        printer = hall.device("printer").simulator
        for action in ("unplug", "power_off", "jam", "empty", "open_cover"):
            # Nobody is at the advice desk, so this citizen waits.
            number = (await hall.issue("advice"))["number"]
            await hall.until(lambda: number in str(printer.view()["hanging"]), f"{number} half out")  # noqa: B023
            await hall.device("printer").act(action)
            await hall.until(lambda: not hall.well("printer"), f"printer missed after {action}")
            await goes_on(hall, tellers)

            # Where nobody knows whether the citizen has the slip, nobody says so; the number is good.
            outcome = "unknown" if action in ("unplug", "power_off") else "failed"
            await hall.until(lambda: hall.prints()[number, 1] == outcome, f"{number} {outcome}")  # noqa: B023
            there = await hall.get("guide", f"tickets/{number}")
            assert (there["state"], there["print"]["state"]) == ("waiting", outcome)

            await hall.device("printer").act(BACK[action])
            await hall.until(lambda: hall.well("printer"), f"printer back after {action}")
            await hall.post("guide", f"tickets/{number}/reprint", ok=200)
            await hall.until(lambda: 2 in hall.paper.whole(number), f"{number} again, marked")  # noqa: B023
        await slips_are_as_told(hall)


async def slips_are_as_told(hall: SimulatedHall) -> None:
    """What the hub says of every slip is what came out of the printer, once the last one is out."""
    asked = set(hall.prints())
    await hall.until(
        lambda: not asked & {slip for slip, said in hall.prints().items() if said == "asked"},
        "the end of every slip",
    )
    assert hall.paper.twice() == []
    for (number, copy), said in hall.prints().items():
        whole = copy in hall.paper.whole(number)
        assert said in ("asked", "unknown") or whole == (said == "done"), (number, copy, said)


# --- everything ---------------------------------------------------------------------------------


async def test_everything_at_once(tmp_path: Path) -> None:
    """Whatever is broken and mended in whatever order, nothing is left wrong and nobody was stopped."""
    dice = random.Random(SEED)
    # A sign that was off between two questions is mended at the second one.
    signs = {f"sign-{n}": {"poll_s": 1.0} for n in range(1, 7)}
    settings = _hall(OFTEN | signs)
    with capture_logs() as logs:
        async with simulated_hall(settings, tmp_path) as hall:
            async with busy(hall, "14") as tellers:
                for _ in range(STROKES):
                    for device in dice.sample(sorted(hall.bed.devices), 3):
                        await strike(hall, device, dice)
                    await goes_on(hall, tellers, 1)
                for device in hall.bed.devices.values():
                    while repairs := [action for action in device.actions() if action in BACK.values()]:
                        await device.act(repairs[0])
                await goes_on(hall, tellers, 1)
            await hall.until_none(hall.untrue_signs)
            await slips_are_as_told(hall)
            called = Counter(event.ticket for event in hall.of(TicketCalled))
            assert set(called.values()) == {1}
    assert not [entry for entry in logs if "exc_info" in entry or entry["log_level"] == "error"]


async def strike(hall: SimulatedHall, name: str, dice: random.Random) -> None:
    """Break or mend something at a device."""
    device = hall.device(name)
    known = {*BACK, *BACK.values()}
    await device.act(dice.choice([action for action in device.actions() if action in known]))
