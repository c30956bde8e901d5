"""A station on another PC, paired by a code: either end is killed, and nothing is lost, doubled or untrue."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kioskd.hall.events import JobUnknown, RatingGiven, RatingStray, TicketCalled
from tests.system.remote import HOLD_TRUTH_S, remote_hall

pytestmark = pytest.mark.on_disk


async def test_the_hub_dies(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    async with remote_hall(tmp_path) as hall:
        pad, keypad = hall.simulator("pad-1"), hall.simulator("keypad-1")
        first, second, third = [await hall.issue() for _ in range(3)]
        await hall.ask_for_rating(first)
        await hall.until(lambda: hall.sign == "请等候叫号", "the sign of a free window")

        # The hub is gone before it can hear the rating; the sign stays true for a while.
        await hall.hub.kill()
        died = loop.time()
        pad.rate(4)
        await hall.until(lambda: pad.lamp == "taken", "the rating taken")
        await hall.until(lambda: hall.sign != "请等候叫号", "the rule of a lost hub")
        assert loop.time() - died >= HOLD_TRUTH_S - 0.2
        assert hall.sign == "暂停服务"
        await hall.until(lambda: pad.digits.strip() == keypad.digits.strip() == "", "the digits dark")
        # A press that nobody heard in time is dropped, and the teller hears that.
        beeps = keypad.beeps
        keypad.press("call")
        await hall.until(lambda: keypad.beeps > beeps, "a beep for a press in vain")

        await hall.hub.start()
        await hall.until(lambda: hall.sign == "请等候叫号", "the truth again")
        await hall.until_told(f"tickets/{first}", lambda ticket: ticket["ratings"][0].get("level") == 4)
        assert (await hall.get(f"tickets/{second}"))["state"] == "waiting", "the dropped press called nobody"

        # Rated in the very moment in which the hub dies: sent, and never heard.
        await hall.ask_for_rating(second)
        hall.hub.freeze()
        pad.rate(2)
        await hall.until(lambda: pad.lamp == "taken", "the rating taken")
        await hall.hub.kill()
        await hall.hub.start()
        await hall.until_told(f"tickets/{second}", lambda ticket: ticket["ratings"][0].get("level") == 2)

        # Hub and station die one after the other, and the rating lies on the station's disk.
        await hall.ask_for_rating(third)
        await hall.hub.kill()
        pad.rate(5)
        await hall.until(lambda: hall.sign == "暂停服务", "the rule of a lost hub")
        await hall.station.kill()
        await hall.hub.start()
        await hall.station.start()
        await hall.until_told(f"tickets/{third}", lambda ticket: ticket["ratings"][0].get("level") == 5)
        await hall.until(lambda: hall.sign == "欢迎光临", "the truth again")

        events = await hall.events()
    given = [(event.number, event.level) for event in events if isinstance(event, RatingGiven)]
    assert sorted(given) == [(first, 4), (second, 2), (third, 5)], "each once"
    assert not [event for event in events if isinstance(event, RatingStray)]
    assert [event.number for event in events if isinstance(event, TicketCalled)] == [first, second, third]


async def test_the_station_dies(tmp_path: Path) -> None:
    async with remote_hall(tmp_path) as hall:
        printer = hall.simulator("printer")
        called = await hall.issue()
        await hall.until(lambda: hall.paper.whole(called) == [1], f"{called} on paper")
        await hall.press_until("call", lambda: f"{called}到" in hall.sign)

        torn = await hall.issue()
        await hall.until(lambda: torn in str(printer.view()["hanging"]), f"{torn} half out")
        await hall.station.kill()
        meanwhile = [await hall.issue() for _ in range(2)]
        devices = await hall.get("devices")
        assert {device["status"]["state"] for device in devices} == {"offline"}
        # Somebody else goes on at that window, by page, while its sign hangs on.
        await hall.post("teller", "windows/1/start")
        await hall.post("teller", "windows/1/finish")
        assert f"{called}到" in hall.sign

        await hall.station.start()
        await hall.until(lambda: hall.sign == "请等候叫号", "the truth again")
        await hall.until_told(f"tickets/{torn}", lambda ticket: ticket["print"]["state"] == "unknown")
        for number in meanwhile:
            await hall.until(lambda: hall.paper.whole(number) == [1], f"{number} on paper")  # noqa: B023
        assert hall.paper.whole(torn) == [1], "it came out, but nobody here could know"
        await hall.post("guide", f"tickets/{torn}/reprint")
        await hall.until(lambda: hall.paper.whole(torn) == [1, 2], f"{torn} again, by a person's word")
        assert hall.paper.twice() == []

        events = await hall.events()
    assert len([event for event in events if isinstance(event, JobUnknown)]) == 1
