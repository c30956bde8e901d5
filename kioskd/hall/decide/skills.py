"""潮汐窗口: what a window calls is changed for a while, and goes back by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kioskd.hall.commands import By, MoveSkills
from kioskd.hall.decide.find import Decision, find_here
from kioskd.hall.events import HallEvent, SkillsMoved
from kioskd.hall.model import WindowState
from kioskd.hall.moment import Moment
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import State

LONGEST_MIN = 240
"""A move is for a rush, half a day at most; what lasts longer is a matter of the roster."""


def _move(state: State, command: MoveSkills, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    if command.minutes == 0:
        return [_over(command.by, here.window)] if here.window.move is not None else []
    add, remove = tuple(sorted(set(command.add))), tuple(sorted(set(command.remove)))
    for queue in (*add, *remove):
        if queue not in here.book.queues:
            return Refusal("unknown_queue", {"queue": queue})
    if not 0 < command.minutes <= LONGEST_MIN:
        return Refusal("bad_value", {"field": "minutes"})
    if not (add or remove) or set(add) & set(remove):
        return Refusal("bad_value", {"field": "add"})
    for queue in add:
        if not here.book.could_serve(here.window.id, queue):
            return Refusal("not_equipped", {"window": here.window.id, "queue": queue})
    if not here.book.skills(here.window.id, here.teller or None, (here.window.skills, add, remove)):
        return Refusal("no_skills_left", {"window": here.window.id})
    return [
        SkillsMoved(
            by=command.by,
            window=here.window.id,
            teller=here.teller,
            add=add,
            remove=remove,
            minutes=command.minutes,
        )
    ]


def moves(state: State) -> Iterator[tuple[WindowState, int]]:
    """Return windows with changed skills and when that ends."""
    for window in state.windows.values():
        if window.move is not None:
            yield window, window.move.until


def ended(state: State, now: Moment, by: By) -> list[HallEvent]:
    """Return the ends of moves whose time is over."""
    return [_over(by, window) for window, until in moves(state) if until <= now.at]


def _over(by: By, window: WindowState) -> SkillsMoved:
    return SkillsMoved(by=by, window=window.id, teller=window.teller or "", minutes=0)


DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], Decision]] = {MoveSkills: _move}
