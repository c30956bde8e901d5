"""The day is closed by its lead: drained, voided with a reason, signs blank, everything signed, on disk."""

from __future__ import annotations

from pathlib import Path

from benchmarks.hubs import DEMO_HALL
from kioskd.hall.events import DayClosed, TicketVoided
from kioskd.settings import load
from tests.system.hall import simulated_hall

DEVICES = ("sign-1", "sign-2")


async def test_a_day_is_closed_line_by_line(tmp_path: Path) -> None:
    async with simulated_hall(load(DEMO_HALL), tmp_path, only=lambda name: name in DEVICES) as hall:
        served, *left = [(await hall.issue("general"))["number"] for _ in range(3)]
        await hall.post("teller", "windows/1/call-next", {"after": None})
        await hall.until(lambda: served in hall.reads("sign-1"), "the call on its sign")

        # It drains first: who stands at a window is served to the end, and nobody is voided unseen.
        busy = await hall.post("lead", "day/close", {"void": 2})
        assert (busy.status, busy.body["code"]) == (409, "windows_busy")
        for step in ("start", "finish"):
            await hall.post("teller", f"windows/1/{step}", {})
        unseen = await hall.post("lead", "day/close", {"void": 0})
        assert (unseen.status, unseen.body["code"]) == (409, "still_waiting")

        signed = (await hall.hub.journal.standing()).checkpoint or 0
        await hall.post("lead", "day/close", {"void": 2}, ok=204)
        await hall.until(lambda: hall.of(DayClosed), "the day's end")
        ended = {event.ticket: event.reason for event in hall.of(TicketVoided)}
        for number in left:
            ticket = await hall.get("lead", f"tickets/{number}")
            assert (ticket["state"], ticket["end_reason"]) == ("voided", "closing")
            assert ended[ticket["id"]] == "closing"
        for sign in DEVICES:
            await hall.until(lambda sign=sign: not hall.reads(sign).strip(), f"{sign} blank")  # type: ignore[misc]
        late = await hall.post("kiosk", "tickets", {"queue": "general"})
        assert late.body["code"] == "day_closed"
        # Flushed: signed up to the end, and nothing on its way.
        journal = hall.hub.journal
        await hall.until(lambda: journal.durable == journal.head, "everything durable")
        assert ((await journal.standing()).checkpoint or 0) > signed
