"""When time will next do something."""

from __future__ import annotations

from kioskd.hall import appointments
from kioskd.hall.commands import By
from kioskd.hall.decide.approvals import expiries
from kioskd.hall.decide.day import day_due, hours_due
from kioskd.hall.decide.skills import moves
from kioskd.hall.decide.tick import alerts_due, check_due, remote_ends, slots, starts
from kioskd.hall.moment import Moment
from kioskd.hall.state import State

_CLOCK = By(kind="system", id="clock")


def next_deadline(state: State, now: Moment | None = None) -> int | None:
    """Return the hall time at which a `Tick` is due, which may be over already; None: never.

    ``now`` gives the exact relation of hall and wall time; without it the last event's is used, and a
    deadline of the calendar may come some milliseconds early.
    """
    moment = now if now is not None else Moment(state.at, state.wall)
    dues = [
        day_due(state, moment, _CLOCK),
        hours_due(state, moment),
        state.quiet_until,
        check_due(state, moment),
        alerts_due(state),
        appointments.due(state, moment),
    ]
    dues += [due for _, due in starts(state)]
    dues += [due for _, due in slots(state)]
    dues += [due for _, due in moves(state)]
    dues += [due for _, due in remote_ends(state)]
    dues += [due for _, due in expiries(state)]
    return min((due for due in dues if due is not None), default=None)
