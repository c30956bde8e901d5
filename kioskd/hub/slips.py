"""What stands on a ticket's slip: the state's facts filled into the hall's layouts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from drivers.printer.api import Align, Feed, Rule, Slip, Text
from kioskd.hall import queries
from kioskd.hall.model import PriorityState, Ticket
from kioskd.hall.rules import Name
from kioskd.hall.state import State
from kioskd.hub.check_code import check_code
from kioskd.hub.layout import SlipLayout, fill

MAX_SERVICES = 4
MAX_MATERIALS = 8
"""A slip longer than a hand is no help; the rest is on the guide page."""


class SlipComposer:
    """Composes slips in the citizen's language and size."""

    def __init__(self, layouts: Mapping[str, SlipLayout], public_url: str = "") -> None:
        """``layouts`` holds every name of `layout.LAYOUTS`; ``public_url`` is where citizens' phones
        reach the place of a ticket, empty where they cannot.
        """
        self._layouts = layouts
        self._public_url = public_url.rstrip("/")

    def slip(self, state: State, ticket: Ticket, copy: int) -> Slip:
        """Return the slip of a ticket; copies after the first are marked 补打."""
        language = ticket.language if ticket.language in ("zh", "en") else "zh"
        if ticket.test:
            name = "test"
        elif ticket.large_print:
            name = f"ticket-large.{language}"
        else:
            name = f"ticket.{language}"
        return fill(self._layouts[name], self._fields(state, ticket, copy, language))

    def roll_slip(self, state: State, device: str, wall: int) -> Slip:
        """Return the slip that is printed on a new roll, to be looked at (``wall``: UTC milliseconds).

        Two rows of squares, one half a square further, use every dot of the print head: a burnt one shows
        as a white line.
        """
        rules = state.rules
        hall = f"{rules.name.zh} · " if rules is not None else ""
        offset = rules.utc_offset_min if rules is not None else 0
        local = datetime.fromtimestamp(wall / 1000, UTC) + timedelta(minutes=offset)
        return Slip(
            (
                Text("换纸测试", size=3, align=Align.CENTER, bold=True),
                Text("Paper check", align=Align.CENTER),
                Rule(),
                Text("■" * 12, size=2, align=Align.CENTER),
                Text(" " + "■" * 11 + " ", size=2, align=Align.CENTER),
                Text("字迹清楚吗？方块里有白线吗？", align=Align.CENTER, bold=True),
                Text("Is it clear, without white lines?", align=Align.CENTER),
                Text("A012 0123456789 取号 综合业务", align=Align.CENTER),
                Rule(),
                Text(f"{hall}{device}", align=Align.CENTER),
                Text(local.strftime("%Y-%m-%d %H:%M"), align=Align.CENTER),
                Feed(1),
            )
        )

    def _fields(self, state: State, ticket: Ticket, copy: int, language: str) -> dict[str, str]:
        book = state.book
        if book is None or ticket.queue not in book.queues:
            return {"number": ticket.number}
        rules, queue = book.rules, book.queues[ticket.queue]

        def said(name: Name) -> str:
            return name.zh if language == "zh" else name.en

        zone = next((said(zone.name) for zone in rules.zones if zone.id == queue.zone), "")
        services = [service for code in ticket.services if (service := book.services.get(code))]
        materials = dict.fromkeys(
            said(material.name) for service in services for material in service.materials
        )
        wait = ticket.wait if copy == 1 else queries.place(state, ticket.id)
        local = datetime.fromtimestamp(ticket.issued_wall / 1000, UTC) + timedelta(
            minutes=rules.utc_offset_min
        )
        place = f"{self._public_url}/t/{ticket.code}" if self._public_url else ""
        priority = ""
        if ticket.priority_state is PriorityState.PENDING:
            classes = rules.policy.order.priorities
            priority = next((said(p.name) for p in classes if p.id == ticket.priority), "")
        separator = "、" if language == "zh" else ", "
        return {
            "hall": said(rules.name),
            "queue": said(queue.name),
            "number": ticket.number,
            "ahead": str(wait.ahead) if wait is not None else "",
            "wait_low": str(wait.low) if wait is not None and wait.high else "",
            "wait_high": str(wait.high) if wait is not None and wait.high else "",
            "zone": zone,
            "windows": separator.join(queries.windows_serving(state, ticket.queue)),
            "issued": local.strftime("%Y-%m-%d %H:%M"),
            "services": _lines([said(service.name) for service in services], MAX_SERVICES, language),
            "materials": _lines(list(materials), MAX_MATERIALS, language),
            "priority_note": priority,
            "notice": said(state.notice) if state.notice is not None else "",
            "code_url": place or ticket.code,
            "own_place_url": place,
            "check": check_code(ticket.code) if ticket.code else "",
            "reprint": str(copy - 1) if copy > 1 else "",
            "test_mark": ("测试" if language == "zh" else "TEST") if ticket.test else "",
        }


def _lines(names: list[str], most: int, language: str) -> str:
    """One name a line; where there are more, the last line says how many, so that nobody takes it for all."""
    if len(names) <= most:
        return "\n".join(names)
    rest = len(names) - most + 1
    more = (
        f"……还有 {rest} 项，请问工作人员"
        if language == "zh"
        else f"... and {rest} more: please ask our staff"
    )
    return "\n".join([*names[: most - 1], more])
