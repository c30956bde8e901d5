"""Paper is counted, stored, set right by sensors, and told in a printer's own words."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from drivers.status import DeviceState, DeviceStatus, Paper
from kioskd.station.paper import PaperAccount
from kioskd.station.store import PaperRow, Store
from tests.station.timing import FakeClock

FULL = DeviceStatus(state=DeviceState.ONLINE, paper=Paper.FULL)


class Desk:
    """An account of a 10 m roll and what it stored."""

    def __init__(self, *, warn: int = 10) -> None:
        self.kept: list[PaperRow] = []
        self.account = PaperAccount("p", {"roll_m": 10, "warn_slips": warn, "cut": "none"}, self.kept.append)

    def print(self, count: int, mm: float = 100.0) -> None:
        for _ in range(count):
            self.account.used(mm)


def test_slips_are_counted_in_slips_of_their_own_length() -> None:
    desk = Desk()
    assert desk.account.new_roll("1.5.1")
    assert desk.account.count.slips == 83, "before the first slip a usual length is assumed"
    desk.print(40)
    assert (desk.account.count.left_mm, desk.account.count.slips) == (6000, 60)
    desk.print(40, mm=150.0)
    assert desk.account.count.left_mm == 0
    assert desk.account.count.slip_mm == pytest.approx(150, abs=2)
    assert not desk.account.count.assumed


def test_the_count_says_low_in_the_words_of_a_sensor() -> None:
    desk = Desk()
    desk.print(89)
    assert desk.account.adjust(FULL) == FULL
    desk.print(1)
    low = desk.account.adjust(FULL)
    assert (low.state, low.code, low.paper) == (DeviceState.ONLINE, "printer.paper_low", Paper.LOW)
    assert desk.account.new_roll("1.9.1")
    assert desk.account.adjust(FULL) == FULL


def test_hearing_of_a_roll_twice_changes_nothing() -> None:
    desk = Desk()
    desk.account.new_roll("1.5.1")
    desk.print(3)
    assert not desk.account.new_roll("1.5.1")
    assert desk.account.count.left_mm == 9700


def test_what_a_printer_says_itself_is_never_covered() -> None:
    desk = Desk()
    desk.print(99)
    for status in (
        msgspec.structs.replace(FULL, paper=Paper.OUT, code="printer.paper_out"),
        msgspec.structs.replace(FULL, state=DeviceState.HARDWARE_ERROR, code="printer.cutter"),
        msgspec.structs.replace(FULL, state=DeviceState.OFFLINE, paper=Paper.UNKNOWN),
        DeviceStatus(state=DeviceState.OFFLINE, code="line.lost"),
    ):
        assert desk.account.adjust(status) == status


def test_sensors_set_the_count_right() -> None:
    desk = Desk()
    desk.print(10)
    desk.account.adjust(msgspec.structs.replace(FULL, paper=Paper.LOW))
    assert desk.account.count.slips == 10, "the near-end sensor knows better"
    desk.account.adjust(msgspec.structs.replace(FULL, paper=Paper.OUT))
    assert desk.account.count.slips == 0
    assert desk.kept[-1].left_mm == 0


def test_new_paper_that_the_sensors_see_is_a_full_roll() -> None:
    desk = Desk()
    desk.print(10)
    low = msgspec.structs.replace(FULL, paper=Paper.LOW, code="printer.paper_low")
    for between in (
        [low, msgspec.structs.replace(low, code="printer.cover_open")],
        [low, DeviceStatus(state=DeviceState.OFFLINE, code="line.lost")],
        [msgspec.structs.replace(FULL, paper=Paper.OUT, code="printer.paper_out")],
    ):
        for status in between:
            desk.account.adjust(status)
            assert desk.account.count.slips <= 10
        assert desk.account.adjust(FULL) == FULL
        assert desk.account.count.left_mm == 10_000
    desk.account.adjust(low)
    assert desk.account.adjust(FULL).paper is Paper.LOW, "a sensor that flutters brings no paper"


async def test_the_count_outlives_the_station(tmp_path: Path, clock: FakeClock) -> None:
    desk = Desk()
    desk.account.new_roll("2.7.1")
    desk.print(25)
    store = Store(tmp_path / "station.db", clock)
    await store.start()
    for row in desk.kept:
        store.keep_paper(row)
    await store.close()
    again = Store(tmp_path / "station.db", clock)
    await again.start()
    try:
        (row,) = await again.papers()
    finally:
        await again.close()
    other = Desk()
    other.account.load(row)
    assert other.account.count == desk.account.count
    assert not other.account.new_roll("2.7.1")
