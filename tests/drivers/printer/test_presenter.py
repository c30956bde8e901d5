"""A slip waits at the mouth: it is taken, drawn in, pushed out by the next one, or gets stuck."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printer.api import Outcome, PrintResult, SlipRetracted
from drivers.printer.escpos import codec, replies
from drivers.printer.escpos.options import NotTaken, Options, Presenter
from drivers.printer.escpos.presenter import MOVED_S, Mouth, News
from drivers.printer.escpos.simulator import EscposSimulator
from drivers.printer.escpos.state import from_answers
from drivers.status import DeviceState, Paper
from tests.drivers.printer.booth import DONE, OPTIONS, Booth, booth, printing, result, slip

PATIENT = msgspec.structs.replace(OPTIONS, presenter=Presenter.GS_E, present_s=300)
HASTY = msgspec.structs.replace(PATIENT, present_s=3)


def patience_ends(hall: Booth, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for seconds here: a slip that was seen at the mouth is overdue at the next look."""
    monkeypatch.setattr(Mouth, "__init__", _impatient)


def _impatient(self: Mouth, patience: float) -> None:
    self._patience = 0.0
    self._expected_until = float("-inf")
    self._since = self._moving_until = None
    self.stuck = False


# The mouth alone


def test_what_is_taken_in_time_is_taken() -> None:
    mouth = Mouth(20)
    mouth.printed(0)
    assert mouth.watched(1)
    assert mouth.saw(False, 1) is None
    assert mouth.saw(True, 2) is None
    assert mouth.occupied
    assert mouth.saw(True, 21.9) is None
    assert mouth.saw(False, 22) is News.TAKEN
    assert not mouth.watched(22.1)


def test_what_nobody_takes_is_overdue_once_and_then_moved() -> None:
    mouth = Mouth(20)
    mouth.saw(True, 0)
    assert mouth.saw(True, 20) is News.OVERDUE
    assert mouth.saw(True, 20 + MOVED_S / 2) is None
    assert mouth.saw(False, 20 + MOVED_S / 2 + 1) is News.MOVED
    assert mouth.saw(False, 40) is None


def test_what_cannot_be_moved_is_stuck_until_it_is_gone() -> None:
    mouth = Mouth(20)
    mouth.saw(True, 0)
    mouth.saw(True, 20)
    assert mouth.saw(True, 20 + MOVED_S) is News.STUCK
    assert mouth.stuck
    assert mouth.saw(True, 1000) is None
    assert mouth.saw(False, 1001) is News.FREE
    assert not mouth.stuck


@given(st.lists(st.tuples(st.booleans(), st.floats(0.1, 30)), max_size=30))
def test_nothing_is_moved_that_is_not_there_and_nothing_twice(looks: list[tuple[bool, float]]) -> None:
    mouth, now, news = Mouth(20), 0.0, []
    for there, later in looks:
        now += later
        said = mouth.saw(there, now)
        news += [said] if said else []
        if said in (News.OVERDUE, News.STUCK):
            assert there
        elif said is not None:
            assert not there
    for before, after in pairwise(news):
        assert (before is News.OVERDUE) == (after in (News.MOVED, News.STUCK))


# What the bytes say


def test_full_status_of_the_makers_manual() -> None:
    # Byte 3 bit 5: ticket at the output. Byte 5 bit 6: paper jam.
    (reply,) = replies.Splitter(full=True).feed(bytes.fromhex("10 0f 20 00 40 00"))
    assert reply == replies.FullStatus(bytes.fromhex("20 00 40 00"))
    condition = from_answers(0x12, 0x12, 0x12, 0x12, reply.data)
    assert (condition.presented, condition.jammed, condition.code) == (True, True, "printer.jammed")


def test_full_status_is_only_looked_for_where_there_is_a_presenter() -> None:
    heard = replies.Splitter().feed(bytes.fromhex("10 0f 00 00"))
    assert heard == [replies.AutoStatus(bytes.fromhex("10 0f 00 00"))]


def test_how_far_a_slip_is_held_out() -> None:
    # 84 mm by the example of the maker's manual.
    assert codec.present(Options(presenter=Presenter.GS_E, present_mm=84)) == b"\x1de\x03\x0c"
    assert codec.present(Options(present_mm=84)) == b""
    fine = Options(presenter=Presenter.GS_E, present_mm=1000, present_step_mm=0.625)
    assert codec.present(fine) == b"\x1de\x03\xff"
    assert codec.encode(slip("A001"), PATIENT).endswith(b"\x1de\x03\x0b")


# The driver at a printer


@pytest.mark.parametrize("kind", ["pty", "tcp", "usb"])
@pytest.mark.parametrize("process_id", [True, False], ids=["process_id", "fence"])
async def test_a_slip_is_done_when_it_stands_at_the_mouth_and_taken_when_it_is(
    tmp_path: Path, kind: str, process_id: bool
) -> None:
    printer = EscposSimulator(process_id=process_id, presenter=True, speed=0)
    async with booth(kind, tmp_path, printer) as hall, hall.driver(PATIENT) as driver:
        await hall.until(lambda: "confirms_by" in hall.statuses[-1].detail)
        assert await result(await printing(driver, "A001")) == DONE
        await hall.until(lambda: "mouth_slip" in hall.statuses[-1].detail)
        assert hall.statuses[-1].state is DeviceState.ONLINE
        assert hall.pieces_with("A001") == 1
        printer.take()
        await hall.until(lambda: "mouth_free" in hall.statuses[-1].detail)
        assert (printer.taken, printer.retracted, printer.dropped) == (1, 0, 0)
        assert hall.readings == []


async def test_a_slip_that_nobody_takes_is_drawn_in_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printer = EscposSimulator(presenter=True, speed=0)
    async with booth("pty", tmp_path, printer) as hall:
        patience_ends(hall, monkeypatch)
        async with hall.driver(HASTY) as driver:
            for nth in (1, 2):
                assert await result(await printing(driver, f"A00{nth}")) == DONE
                await hall.until(lambda nth=nth: len(hall.readings) == nth)  # type: ignore[misc]
                assert hall.readings[-1] == SlipRetracted(driver.slips) == SlipRetracted(nth)
            await hall.until(lambda: "not_taken slips=2" in hall.statuses[-1].detail)
            assert (printer.retracted, printer.dropped, printer.view()["mouth"]) == (2, 0, "empty")


async def test_a_hall_may_have_it_pushed_out_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printer = EscposSimulator(presenter=True, speed=0)
    options = msgspec.structs.replace(HASTY, not_taken=NotTaken.EJECT)
    async with booth("pty", tmp_path, printer) as hall:
        patience_ends(hall, monkeypatch)
        async with hall.driver(options) as driver:
            assert await result(await printing(driver, "A001")) == DONE
            await hall.until(lambda: printer.dropped == 1)
            await hall.until(lambda: "mouth_free" in hall.statuses[-1].detail)
            assert hall.readings == []


async def test_the_next_slip_pushes_the_one_before_out(tmp_path: Path) -> None:
    printer = EscposSimulator(presenter=True, speed=0)
    async with booth("tcp", tmp_path, printer) as hall, hall.driver(PATIENT) as driver:
        assert await result(await printing(driver, "A001")) == DONE
        await hall.until(lambda: "mouth_slip" in hall.statuses[-1].detail)
        assert await result(await printing(driver, "A002")) == DONE
        assert (printer.dropped, printer.retracted, printer.view()["mouth"]) == (1, 0, "slip")
        assert [hall.pieces_with(number) for number in ("A001", "A002")] == [1, 1]


async def test_a_stuck_mouth_is_said_and_nothing_is_printed_into_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.printer.escpos.presenter.MOVED_S", 0.01)
    printer = EscposSimulator(presenter=True, speed=0)
    async with booth("pty", tmp_path, printer) as hall:
        patience_ends(hall, monkeypatch)
        async with hall.driver(HASTY) as driver:
            printer.wedge()
            assert await result(await printing(driver, "A001")) == DONE
            await hall.until(lambda: hall.code == "printer.mouth_blocked")
            assert hall.statuses[-1].state is DeviceState.USER_ERROR
            blocked = PrintResult(Outcome.FAILED, "printer.mouth_blocked")
            assert await result(await printing(driver, "A002")) == blocked
            printer.take()
            await hall.until(lambda: hall.code == "")
            assert await result(await printing(driver, "A003")) == DONE
            assert hall.readings == []


async def test_a_printer_that_jams_says_so(tmp_path: Path) -> None:
    printer = EscposSimulator(presenter=True, speed=0)
    async with booth("pty", tmp_path, printer) as hall, hall.driver(PATIENT) as driver:
        await hall.until(lambda: hall.code == "")
        printer.paper_jam()
        await hall.until(lambda: hall.code == "printer.jammed")
        assert hall.statuses[-1].paper is Paper.JAMMED
        failed = PrintResult(Outcome.FAILED, "printer.jammed")
        assert await result(await printing(driver, "A001")) == failed
        printer.clear()
        await hall.until(lambda: hall.code == "")
        assert await result(await printing(driver, "A002")) == DONE


async def test_one_without_a_presenter_is_never_asked_for_it(tmp_path: Path) -> None:
    async with booth("pty", tmp_path, EscposSimulator(speed=0)) as hall, hall.driver() as driver:
        await hall.online()
        assert await result(await printing(driver, "A001")) == DONE
        assert hall.sent(codec.FULL_STATUS) == 0
