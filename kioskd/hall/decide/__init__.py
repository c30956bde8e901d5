"""What a command does to a hall: events, or a refusal. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kioskd.hall.commands import Command
from kioskd.hall.decide.appointments import DECIDERS as _APPOINTMENTS
from kioskd.hall.decide.approvals import DECIDERS as _APPROVALS
from kioskd.hall.decide.away import DECIDERS as _AWAY
from kioskd.hall.decide.calls import DECIDERS as _CALLS
from kioskd.hall.decide.central import DECIDERS as _CENTRAL
from kioskd.hall.decide.day import DECIDERS as _DAY
from kioskd.hall.decide.devices import DECIDERS as _DEVICES
from kioskd.hall.decide.duty import DECIDERS as _DUTY
from kioskd.hall.decide.hall import DECIDERS as _HALL
from kioskd.hall.decide.issue import DECIDERS as _ISSUE
from kioskd.hall.decide.keys import DECIDERS as _KEYS
from kioskd.hall.decide.pages import DECIDERS as _PAGES
from kioskd.hall.decide.poor_ratings import DECIDERS as _POOR_RATINGS
from kioskd.hall.decide.ratings import DECIDERS as _RATINGS
from kioskd.hall.decide.roster import DECIDERS as _ROSTER
from kioskd.hall.decide.service import DECIDERS as _SERVICE
from kioskd.hall.decide.signing import DECIDERS as _SIGNING
from kioskd.hall.decide.skills import DECIDERS as _SKILLS
from kioskd.hall.decide.tick import DECIDERS as _TICK
from kioskd.hall.decide.tickets import DECIDERS as _TICKETS
from kioskd.hall.events import Event, HallEvent
from kioskd.hall.moment import Moment
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import State

_DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], list[HallEvent] | Refusal]] = {
    **_APPROVALS,
    **_DAY,
    **_DEVICES,
    **_HALL,
    **_KEYS,
    **_POOR_RATINGS,
    **_PAGES,
    **_RATINGS,
    **_TICK,
    **_TICKETS,
    **_APPOINTMENTS,
    **_AWAY,
    **_CALLS,
    **_CENTRAL,
    **_DUTY,
    **_ISSUE,
    **_ROSTER,
    **_SERVICE,
    **_SIGNING,
    **_SKILLS,
}


def decide(state: State, command: Command, now: Moment) -> tuple[Event, ...] | Refusal:
    """Return the events that ``command`` makes at ``now``, none if it changes nothing, or why not.

    Reads its arguments only and never raises for what a command says; names, ages and counts that
    make no sense are refused.
    """
    decision = _DECIDERS[type(command)](state, command, now)
    return decision if isinstance(decision, Refusal) else tuple(decision)
