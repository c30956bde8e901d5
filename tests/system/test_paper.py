"""A roll of paper, from low to the answer whether the new one prints well."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchmarks.hubs import DEMO_HALL
from kioskd.hall.events import AlertRaised, RollChanged
from kioskd.settings import HallSettings, load
from tests.system.hall import SimulatedHall, simulated_hall

ROLL_M = 4.0
WARN = 20


def _hall() -> HallSettings:
    hall = load(DEMO_HALL)
    devices = tuple(
        msgspec.structs.replace(device, options=device.options | {"roll_m": ROLL_M, "warn_slips": WARN})
        if device.driver == "printer.escpos"
        else device
        for device in hall.station.devices
    )
    return msgspec.structs.replace(hall, station=msgspec.structs.replace(hall.station, devices=devices))


HALL = _hall()
PRINTER = next(device.id for device in HALL.station.devices if device.driver == "printer.escpos")


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[SimulatedHall]:
    async with simulated_hall(HALL, tmp_path, only=lambda name: name == PRINTER) as hall:
        yield hall


async def device(hall: SimulatedHall, role: str = "guide") -> Any:
    return next(one for one in await hall.get(role, "devices") if one["id"] == PRINTER)


def slips(hall: SimulatedHall) -> list[str]:
    return [piece.text for piece in hall.device(PRINTER).simulator.slips if "换纸测试" in piece.text]


async def tickets(hall: SimulatedHall, count: int) -> None:
    for _ in range(count):
        number = (await hall.issue(assisted_by="guide-1"))["number"]
        await hall.until(lambda number=number: hall.prints().get((number, 1)) == "done", f"{number} printed")


async def answered(hall: SimulatedHall) -> None:
    async def unasked() -> bool:
        return not (await device(hall)).get("question")

    await hall.until_none(unasked)


async def test_a_roll_and_the_next(hall: SimulatedHall, tmp_path: Path) -> None:
    fresh = (await device(hall))["paper"]
    assert (fresh["percent"], fresh["metres"], fresh["assumed"]) == (100, ROLL_M, True)

    # Tickets count; below the warning level staff are told, once, by the count alone.
    while (await device(hall))["paper"]["slips"] > WARN:
        await tickets(hall, 1)

    async def not_low() -> bool:
        return (await device(hall))["status"]["paper"] != "low"

    await hall.until_none(not_low)
    used = 80_000 - hall.device(PRINTER).simulator.view()["paper_mm"]
    left = (await device(hall))["paper"]["metres"]
    assert left == pytest.approx(ROLL_M - used / 1000, abs=0.06), "the count and the paper that came out"
    assert (await device(hall))["sentence"] == "纸快用完，请准备换纸。"
    if hall.hub.desk._state.hours.serving:
        await hall.until(
            lambda: len([e for e in hall.of(AlertRaised) if e.about == "paper_low"]) == 1, "the lead is told"
        )

    # A new roll by hand: counted full, a slip to look at, a question to staff and kiosks.
    await hall.post("kiosk", f"devices/{PRINTER}/new-roll", ok=204)
    await answered(hall)
    assert len(slips(hall)) == 1
    now = await device(hall)
    assert now["question"] == "换纸后的测试票，字迹清楚吗？"
    assert now["status"].get("code") is None
    assert now["paper"]["percent"] >= 96
    assert "assumed" not in now["paper"]
    for role in ("kiosk", "guide", "technician"):
        (seen,) = (await hall.get(role, "hall"))["printers"]
        assert (seen["asked"], seen["paper"]) == (True, "full")
    assert "printers" not in await hall.get("public", "hall")

    # No: the printer looks well to itself, and staff are told what to do.
    await hall.post("guide", f"devices/{PRINTER}/print-clear", {"clear": False}, ok=204)
    now = await device(hall)
    assert "question" not in now
    assert (now["status"]["state"], now["status"]["code"]) == ("userError", "printer.unreadable")
    assert "装反" in now["sentence"]
    await hall.post("guide", f"devices/{PRINTER}/print-clear", {"clear": True}, ok=204)
    assert "sentence" not in await device(hall)


async def test_the_printer_tells_of_its_new_roll_itself(hall: SimulatedHall) -> None:
    printer = hall.device(PRINTER).simulator
    printer.empty()
    await hall.until(lambda: hall.known(PRINTER) == "userError", "out of paper")
    refused = await hall.post("guide", f"devices/{PRINTER}/new-roll")
    assert (refused.status, refused.body["code"]) == (409, "no_paper_in")
    printer.refill()
    await hall.until(lambda: hall.of(RollChanged, sensed=True), "the sensors tell")
    await answered(hall)
    assert len(slips(hall)) == 1
    # Whoever put it in presses the button as well: no second slip.
    await hall.post("guide", f"devices/{PRINTER}/new-roll", ok=204)
    assert len(hall.of(RollChanged)) == 1


async def test_count_and_question_outlive_the_hub(tmp_path: Path) -> None:
    def only(name: str) -> bool:
        return name == PRINTER

    async with simulated_hall(HALL, tmp_path, only=only) as hall:
        await hall.post("technician", f"devices/{PRINTER}/new-roll", ok=204)
        await answered(hall)
        await tickets(hall, 3)
        before = (await device(hall))["paper"]
    async with simulated_hall(HALL, tmp_path, only=only) as hall:
        after = await device(hall)
        assert after["paper"] == before
        assert after["question"]
        assert len(slips(hall)) == 0, "no second slip for the same roll"
