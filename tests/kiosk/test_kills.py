"""Hub, network or printer go, in whatever screen: the kiosk comes back without a person."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.demo.hall import DemoHall
from tests.kiosk.row import One, row
from tests.kiosk.walks import PASSES, STAYS, walk
from ui.kiosk.model.screens import Mine


async def go(one: One, hall: DemoHall) -> None:
    """Lead a kiosk from home to its screen."""
    await one.until(one.offers)
    await walk(one, one.name, hall)


async def bereft(kiosks: dict[str, One]) -> None:
    """What waits for the citizen says that there is no hub and offers nothing; the rest goes on."""
    for name, one in kiosks.items():
        await one.until(lambda one=one: one.kiosk.lost_at is not None)  # type: ignore[misc]
        one.skip(2)
        if name in STAYS:
            await one.until(lambda one=one: one.shown.key == "Away")  # type: ignore[misc]
            assert "取号服务正在恢复" in one.texts, name
            assert one.shown.offered == (), name
    assert kiosks["Number"].shown.key == "Number", "a number stays"
    assert kiosks["Entry pin"].shown.offered, "staff come in all the more"


async def recovered(kiosks: dict[str, One]) -> None:
    """Nobody touches anything: each is where it was, and then at home, offering the queues."""
    for name in STAYS:
        one = kiosks[name]
        await one.until(lambda one=one: one.shown.key == one.name.split()[0] and bool(one.shown.offered))  # type: ignore[misc]
    for one in kiosks.values():
        await comes_home(one)


@pytest.mark.timeout(600)
async def test_hub_network_and_printer_go_in_every_screen(tmp_path: Path) -> None:
    folder = tmp_path / "hall"
    names = (*STAYS, *PASSES)
    with DemoHall(folder) as hall:
        port = hall.port
        async with row(hall, names, tmp_path) as kiosks:
            await the_network_goes(hall, kiosks)
            await the_printer_goes(hall, kiosks)
            for one in kiosks.values():
                await go(one, hall)
            hall.end(signal.SIGKILL)
            await bereft(kiosks)
            with DemoHall(folder, port=port):
                for one in kiosks.values():
                    one.cable.mend()
                await recovered(kiosks)


async def the_network_goes(hall: DemoHall, kiosks: dict[str, One]) -> None:
    await one_number_for_one_touch(hall, kiosks["Asking"])
    for one in kiosks.values():
        await go(one, hall)
    for one in kiosks.values():
        one.cable.cut()
    await bereft(kiosks)
    for one in kiosks.values():
        one.cable.mend()
    await recovered(kiosks)


async def one_number_for_one_touch(hall: DemoHall, one: One) -> None:
    """What was asked for when the line broke is one number, whenever its answer comes."""
    before = await hall.until("/api/v1/hall", lambda body: body["ready"])
    await go(one, hall)
    one.cable.cut()
    one.cable.mend()
    await one.until(lambda: one.shown.key in ("Printing", "Number"))
    after = await hall.until("/api/v1/hall", lambda body: body["ready"])
    assert after["waiting"] == before["waiting"] + 1
    await comes_home(one)


async def comes_home(one: One) -> None:
    """Its time goes on and nobody touches anything: it is at home and offers the queues."""

    def home() -> bool:
        if not one.kiosk.pristine:
            one.skip(5)
        return one.offers()

    await one.until(home)


async def the_printer_goes(hall: DemoHall, kiosks: dict[str, One]) -> None:
    """Whoever was about to get a slip is told what to do; nobody else notices."""
    for name in STAYS:
        await go(kiosks[name], hall)
    place = kiosks["Mine"].kiosk.screen
    assert isinstance(place, Mine)
    await hall.until(f"/api/v1/tickets/{place.place.id}", lambda body: body["print"]["state"] == "done", 60)
    await act(hall, "unplug")
    for one, action in ((kiosks["Confirm"], "Take()"), (kiosks["Mine"], "Do(what='reprint')")):
        await one.touch(action)
        await one.until(lambda one=one: one.shown.key == "Printing")  # type: ignore[misc]
        one.skip(9)
        await one.until(lambda one=one: "领取纸票" in one.texts)  # type: ignore[misc]
    await act(hall, "plug")
    for one in (kiosks["Confirm"], kiosks["Mine"]):
        # The slip comes after all.
        await one.until(lambda one=one: "请取走纸票" in one.texts)  # type: ignore[misc]
    for name in STAYS.keys() - {"Confirm", "Mine"}:
        assert kiosks[name].shown.key == name.split()[0]
        assert kiosks[name].shown.offered
    for one in kiosks.values():
        await comes_home(one)


async def act(hall: DemoHall, what: str) -> None:
    status, said = await hall.ask("lead", "POST", "/virtual/act", {"device": "printer", "act": what})
    assert status < 300, said
