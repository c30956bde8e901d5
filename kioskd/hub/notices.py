"""What stands on papers for citizens beside the slip: 一次性告知单 (what is missing) and 受理回执 (what was
taken).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from drivers.printer.api import Slip
from kioskd.hall.model import Notice, Ticket
from kioskd.hall.rules import Name, Promise, PromiseKind
from kioskd.hall.state import State
from kioskd.hub.layout import NOTICES, SlipLayout, fill


class NoticeComposer:
    """Composes them of the hall's layouts."""

    def __init__(self, layouts: Mapping[str, SlipLayout]) -> None:
        self._layouts = layouts
        self.complete = all(name in layouts for name in NOTICES)
        """Whether the hall has every layout that is needed."""

    def slip(self, state: State, ticket: Ticket, notice: Notice, wall: int) -> Slip:
        """Return a notice (``wall``: UTC milliseconds now). KeyError where the hall has no layout for it."""
        layout = self._layouts[f"{notice.paper}.{notice.language}"]
        return fill(layout, self._fields(state, ticket, notice, wall))

    def _fields(self, state: State, ticket: Ticket, notice: Notice, wall: int) -> dict[str, str]:
        book = state.book
        if book is None:
            return {"number": ticket.number}
        chinese = notice.language == "zh"

        def said(name: Name) -> str:
            return name.zh if chinese else name.en

        services = [service for code in ticket.services if (service := book.services.get(code))]
        materials = {m.name.zh: m for service in services for m in service.materials}
        taken: dict[str, int] = {}
        for page in ticket.pages:
            taken[page.material] = taken.get(page.material, 0) + 1
        pages = "{}（{} 页）" if chinese else "{} ({} p.)"
        received = [
            pages.format(
                said(materials[name].name) if name in materials else ("其他" if chinese else "Other"), count
            )
            for name, count in taken.items()
        ]
        local = datetime.fromtimestamp(wall / 1000, UTC) + timedelta(minutes=book.rules.utc_offset_min)
        teller = next((one.staff_no for one in book.rules.tellers if one.id == notice.teller), "")
        promises = [text for one in services if (text := promised(one.promise, chinese=chinese))]
        return {
            "hall": said(book.rules.name),
            "queue": said(book.queues[ticket.queue].name) if ticket.queue in book.queues else "",
            "number": ticket.number,
            "services": "\n".join(said(service.name) for service in services),
            "missing": _numbered(
                [_wanted(said(materials[name].name), materials[name].copies, chinese=chinese)
                 for name in notice.missing if name in materials]
            ),
            "received": _numbered(received),
            "window": notice.window,
            "staff": teller,
            "printed": local.strftime("%Y-%m-%d %H:%M"),
            "promise": "\n".join(dict.fromkeys(promises)),
            "project_no": ticket.case.project_no if ticket.case is not None else "",
            "notice": said(state.notice) if state.notice is not None else "",
            "test_mark": ("测试" if chinese else "TEST") if ticket.test else "",
        }  # fmt: skip


def promised(promise: Promise | None, *, chinese: bool) -> str:
    """Return a promised time in words, empty where nothing is promised."""
    if promise is None:
        return ""
    if promise.kind is PromiseKind.IMMEDIATE:
        if promise.minutes is None:
            return "当场办结" if chinese else "at once"
        return f"当场办结（{promise.minutes} 分钟）" if chinese else f"at once ({promise.minutes} min)"
    if promise.days is None:
        return ""
    return f"{promise.days} 个工作日内" if chinese else f"within {promise.days} working days"


def _wanted(name: str, copies: int, *, chinese: bool) -> str:
    if copies < 2:
        return name
    return f"{name}（{copies} 份）" if chinese else f"{name} ({copies} copies)"


def _numbered(lines: list[str]) -> str:
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))
