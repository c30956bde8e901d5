"""Rule 8: when a called ticket may be marked 过号."""

from __future__ import annotations

from typing import NamedTuple

from kioskd.hall.model import Ticket, TicketState
from kioskd.hall.rules import Calling


class NoShow(NamedTuple):
    """Calls that count so far, calls needed, and hall time from which no-show opens."""

    counted: int
    needed: int
    opens_at: int

    def ready(self, at: int) -> bool:
        """Return whether the ticket may be marked now."""
        return self.counted >= self.needed and at >= self.opens_at


def visit_open(ticket: Ticket) -> bool:
    """Return whether nobody has said yet that the citizen came: called, or started by time alone."""
    return ticket.state is TicketState.CALLED or (
        ticket.state is TicketState.SERVING and ticket.started_how == "time"
    )


def no_show(ticket: Ticket, calling: Calling) -> NoShow:
    """Return how far a called ticket is from no-show.

    A call counts if it was announced and the last one that counted is long enough ago.
    """
    gap = calling.announcement_gap_s * 1000
    counted = 0
    last: int | None = None
    for call in ticket.calls:
        if (call.announced or not calling.need_announced) and (last is None or call.at - last >= gap):
            counted += 1
            last = call.at
    first = ticket.calls[0].at if ticket.calls else 0
    return NoShow(counted, calling.no_show_calls, first + calling.no_show_after_s * 1000)
