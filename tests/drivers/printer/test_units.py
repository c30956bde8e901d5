"""How a printer confirms is asked of every unit once, remembered, and asked again of another unit."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.printer.api import Outcome
from drivers.printer.escpos import codec, replies
from drivers.printer.escpos.simulator import EscposSimulator
from tests.drivers.printer.booth import Booth, booth, printing, result

PROCESS_ID = b"\x1d(H"
FENCE = codec.FENCE

NAMES = ("EPSON", "TM-T82III", "X4DZ012345")


async def prints(shop: Booth) -> Outcome:
    """One life of a driver: it comes up and prints a slip."""
    shop.frames.clear()
    async with shop.driver() as printer:
        await shop.online()
        return (await result(await printing(printer, "A012"))).outcome


def simulator(process_id: bool, names: tuple[str, str, str] | None) -> EscposSimulator:
    return EscposSimulator(process_id=process_id, names=names, speed=0)


@pytest.mark.parametrize("names", [NAMES, None], ids=["named", "nameless"])
async def test_a_unit_with_process_ids_is_asked_once(
    tmp_path: Path, names: tuple[str, str, str] | None
) -> None:
    async with booth("tcp", tmp_path, simulator(True, names)) as shop:
        assert await prints(shop) is Outcome.DONE
        assert shop.notes["confirm"] == "process_id\n" + (" / ".join(names) if names else "")
        asked_first = shop.sent(FENCE)
        assert await prints(shop) is Outcome.DONE
        assert shop.sent(FENCE) < asked_first, "only who it is is asked again"


@pytest.mark.parametrize("names", [NAMES, None], ids=["named", "nameless"])
async def test_a_unit_without_is_never_sent_one_again(
    tmp_path: Path, names: tuple[str, str, str] | None
) -> None:
    async with booth("tcp", tmp_path, simulator(False, names)) as shop:
        assert await prints(shop) is Outcome.DONE
        assert shop.sent(PROCESS_ID) == 1
        assert shop.notes["confirm"].startswith("fence\n")
        assert await prints(shop) is Outcome.DONE
        assert shop.sent(PROCESS_ID) == 0


@pytest.mark.parametrize("had", [True, False])
@pytest.mark.parametrize("names", [NAMES, None], ids=["named", "nameless"])
async def test_another_unit_at_the_same_place(
    tmp_path: Path, had: bool, names: tuple[str, str, str] | None
) -> None:
    other = (NAMES[0], NAMES[1], "X4DZ099999") if names else None
    async with booth("tcp", tmp_path, simulator(had, names)) as shop:
        assert await prints(shop) is Outcome.DONE
        notes = shop.notes
    async with booth("tcp", tmp_path, simulator(not had, other)) as shop:
        shop.notes = notes
        assert await prints(shop) is Outcome.DONE, "whatever it is, its slips are confirmed"
        if names or had:
            # A unit that can do more and says nothing of itself goes on with what the one before could.
            assert shop.notes["confirm"].startswith("fence" if had else "process_id")


def test_names_among_other_answers() -> None:
    stream = b"\x12\x16_EPSON\x00\x37\x22AB12\x00_\x00\x14\x00\x00\x0f"
    for size in (1, 3, len(stream)):
        splitter = replies.Splitter()
        heard = [r for at in range(0, len(stream), size) for r in splitter.feed(stream[at : at + size])]
        assert heard == [
            replies.RealTime(0x12),
            replies.RealTime(0x16),
            replies.Named("EPSON"),
            replies.Printed(b"AB12"),
            replies.Named(""),
            replies.AutoStatus(b"\x14\x00\x00\x0f"),
        ]


def test_a_name_that_never_ends_is_given_up() -> None:
    splitter = replies.Splitter()
    splitter.feed(b"_" + b"A" * 200)
    assert replies.Printed(b"AB12") in splitter.feed(b"\x37\x22AB12\x00")
