"""The only place where the state of a hall changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kioskd.hall.apply.appointments import HANDLERS as _APPOINTMENTS
from kioskd.hall.apply.approvals import HANDLERS as _APPROVALS
from kioskd.hall.apply.central import HANDLERS as _CENTRAL
from kioskd.hall.apply.devices import HANDLERS as _DEVICES
from kioskd.hall.apply.hall import HANDLERS as _HALL
from kioskd.hall.apply.pages import HANDLERS as _PAGES
from kioskd.hall.apply.poor_ratings import HANDLERS as _POOR_RATINGS
from kioskd.hall.apply.ratings import HANDLERS as _RATINGS
from kioskd.hall.apply.roster import HANDLERS as _ROSTER
from kioskd.hall.apply.signing import HANDLERS as _SIGNING
from kioskd.hall.apply.tickets import HANDLERS as _TICKETS
from kioskd.hall.apply.time import HANDLERS as _TIME
from kioskd.hall.apply.time import note_moment
from kioskd.hall.apply.windows import HANDLERS as _WINDOWS
from kioskd.hall.events import Event
from kioskd.hall.model import Position
from kioskd.hall.moment import Moment
from kioskd.hall.state import State

_HANDLERS: Mapping[type[Any], Callable[[State, Any], None]] = {
    **_APPOINTMENTS,
    **_APPROVALS,
    **_DEVICES,
    **_CENTRAL,
    **_HALL,
    **_POOR_RATINGS,
    **_PAGES,
    **_RATINGS,
    **_ROSTER,
    **_SIGNING,
    **_TICKETS,
    **_TIME,
    **_WINDOWS,
}


def apply(state: State, event: Event, now: Moment, position: Position) -> None:
    """Change ``state`` in place by one event that stands at ``position`` of the journal.

    ``now`` is the moment kept with the event. Reads nothing but its arguments. The journal's own
    notes change the position and nothing else.
    """
    handler = _HANDLERS.get(type(event))
    state.position = position
    if handler is not None:
        note_moment(state, now)
        handler(state, event)
