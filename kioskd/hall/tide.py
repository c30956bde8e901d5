"""潮汐窗口: which one window should also call which one queue for a while, and what that would do.

The hall is looked at as a flow: windows of the same skills are one basin, people arrive as they did in the
last half hour, services last as learned, and whoever waits longest goes first, so that a basin's work is
spread over its queues as their work stands. What is promised of a move is the wait of somebody who comes
now, with and without it. A move is only proposed where it helps much and nobody else comes to wait longer
than those it helps.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from kioskd.hall.clock import MINUTE_MS
from kioskd.hall.estimate import learned
from kioskd.hall.moment import Moment
from kioskd.hall.state import State

LOOK_BACK_MIN = 30
"""Arrivals of so many minutes make the rate."""
LEAST_WAIT_MIN = 15.0
"""Below this nobody's wait is worth moving a window for."""
LEAST_GAIN_MIN = 5.0
LEAST_GAIN_SHARE = 0.2
_STEP_MIN = 2.0
_HORIZON_MIN = 180.0
"""A wait that is longer is said to be this long."""

Basins = Counter[frozenset[str]]
"""How many windows call the same queues."""


class Effect(msgspec.Struct, frozen=True):
    """What somebody who comes now would wait, whole minutes, without and with a move."""

    queue: str
    before: int
    after: int


class Tide(msgspec.Struct, frozen=True, kw_only=True):
    """``window`` should also call ``queue``. ``trained``: the teller there is known to be trained for it.

    ``effects`` are of ``queue`` first, then of the queues that come to wait longer.
    """

    window: str
    queue: str
    teller: str | None
    trained: bool
    effects: tuple[Effect, ...]


class _Move(msgspec.Struct, frozen=True):
    window: str
    queue: str
    teller: str | None
    trained: bool


def suggest(state: State, now: Moment) -> Tide | None:
    """Return the one move that helps most, None where none is worth its trouble."""
    book = state.book
    if book is None or not state.index.waiting_total:
        return None
    work = {queue: state.index.waiting.get(queue, 0) for queue in book.queues}
    rates = arrivals(state, now)
    lengths = {queue: learned(state, queue).mean_ms / MINUTE_MS for queue in book.queues}
    reaches = _reaches(state)
    basins: Basins = Counter(reaches.values())
    before = waits(basins, work, rates, lengths)
    tried: dict[tuple[frozenset[str], str], dict[str, float]] = {}
    best: tuple[bool, float, _Move, dict[str, float]] | None = None
    for move in _moves(state, reaches):
        if before[move.queue] < LEAST_WAIT_MIN:
            continue
        key = (reaches[move.window], move.queue)
        after = tried.get(key)
        if after is None:
            changed = basins.copy()
            changed[key[0]] -= 1
            changed[key[0] | {move.queue}] += 1
            after = tried[key] = waits(changed, work, rates, lengths)
        gain = _gain(move.queue, before, after, work)
        if gain > 0 and (best is None or (move.trained, gain) > best[:2]):
            best = (move.trained, gain, move, after)
    if best is None:
        return None
    _, _, move, after = best
    worse = [queue for queue in before if queue != move.queue and round(after[queue]) > round(before[queue])]
    return Tide(
        window=move.window,
        queue=move.queue,
        teller=move.teller,
        trained=move.trained,
        effects=tuple(
            Effect(queue, round(before[queue]), round(after[queue])) for queue in (move.queue, *worse)
        ),
    )


def arrivals(state: State, now: Moment) -> dict[str, float]:
    """Return people a minute by queue, of late."""
    opened = state.day.opened_at if state.day is not None else 0
    since = max(now.at - LOOK_BACK_MIN * MINUTE_MS, opened)
    span = max(1.0, (now.at - since) / MINUTE_MS)
    came = Counter(
        ticket.queue for ticket in state.tickets.values() if ticket.issued_at >= since and not ticket.test
    )
    return {queue: count / span for queue, count in came.items()}


def waits(
    basins: Basins, people: dict[str, int], rates: dict[str, float], lengths: dict[str, float]
) -> dict[str, float]:
    """Return minutes that a newcomer of each queue waits, at most `_HORIZON_MIN`."""
    backlog = {queue: people[queue] * lengths[queue] for queue in people}
    ahead = dict(backlog)
    found: dict[str, float] = {queue: 0.0 for queue, work in ahead.items() if work <= 0}
    order = sorted(
        (basin for basin in basins if basins[basin] > 0), key=lambda basin: (len(basin), *sorted(basin))
    )
    at = 0.0
    while at < _HORIZON_MIN and len(found) < len(people):
        for basin in order:
            capacity = basins[basin] * _STEP_MIN
            total = sum(backlog[queue] for queue in basin)
            if total <= 0:
                continue
            share = min(1.0, capacity / total)
            for queue in basin:
                done = backlog[queue] * share
                backlog[queue] -= done
                if queue not in found:
                    if done >= ahead[queue] > 0:
                        found[queue] = at + _STEP_MIN * ahead[queue] / done
                    ahead[queue] -= done
        for queue, rate in rates.items():
            if queue in backlog:
                backlog[queue] += rate * lengths[queue] * _STEP_MIN
        at += _STEP_MIN
    return {queue: found.get(queue, _HORIZON_MIN) for queue in people}


def _reaches(state: State) -> dict[str, frozenset[str]]:
    """Return what windows call now, of those where somebody works."""
    book = state.book
    assert book is not None
    return {
        window.id: frozenset(book.skills(window.id, window.teller, window.reach))
        for window in state.windows.values()
        if window.pause is None and (window.teller is not None or window.ticket is not None)
    }


def _moves(state: State, reaches: dict[str, frozenset[str]]) -> list[_Move]:
    book = state.book
    assert book is not None
    found = []
    for window, reach in reaches.items():
        here = state.windows[window]
        if here.move is not None:
            continue  # A lead has decided there already.
        able = book.skills(window, here.teller)
        for queue in book.queues:
            if queue not in reach and book.could_serve(window, queue):
                found.append(_Move(window, queue, here.teller, queue in able))
    return found


def _gain(queue: str, before: dict[str, float], after: dict[str, float], people: dict[str, int]) -> float:
    """Return minutes that all who wait are spared; 0 where the move is not worth it."""
    spared = before[queue] - after[queue]
    if spared < max(LEAST_GAIN_MIN, LEAST_GAIN_SHARE * before[queue]):
        return 0.0
    others = [other for other in before if other != queue and after[other] > before[other] + 0.5]
    if any(after[other] > after[queue] for other in others):
        return 0.0
    return sum((before[name] - after[name]) * (people[name] + 1) for name in before)
