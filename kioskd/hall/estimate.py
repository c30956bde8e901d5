"""Rule 13: how long a citizen will probably wait, learned from this hall's own times.

Work before a newcomer is the people of every queue that shares its windows, each counted with that queue's
learned length, on top of what is in hand at each window. Queues that few windows serve fill those windows
first and the others go around them, as water does: a long line at one special window keeps nobody waiting at
the other nine. The range is about one standard deviation on each side, and breaks of the calendar are added.
Costs a few steps for each window and queue, whatever the number of people. benchmarks/estimate.py compares it
with a plain estimate.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from kioskd.hall import clock
from kioskd.hall.events import Wait
from kioskd.hall.lane import Key
from kioskd.hall.model import Learned
from kioskd.hall.moment import Moment
from kioskd.hall.order import ahead_of
from kioskd.hall.state import State

_MEMORY = 30
"""Services that a new one is averaged with."""
_PRIOR_WEIGHT = 5
"""Services that the configured length counts for before anything is learned."""
_PRIOR_SPREAD = 0.6
"""Standard deviation of one service as a share of its length, before anything is learned."""
_OUTLIER = 5.0
"""A service longer than this many learned lengths teaches no more than one that long."""
_STILL = 0.5
"""Share of its usual length that a service takes yet at least, however long it has taken."""
_LOW, _HIGH = 1.0, 1.3
"""Standard deviations below and above the mean; a wait that turns out shorter annoys nobody."""


def learned(state: State, queue: str) -> Learned:
    """Return what is known of the length of one service."""
    found = state.learned.get(queue)
    if found is not None:
        return found
    rules = state.book.queues.get(queue) if state.book else None
    mean = (rules.expected_minutes if rules else 8.0) * clock.MINUTE_MS
    return Learned(count=0, mean_ms=mean, var_ms2=(mean * _PRIOR_SPREAD) ** 2)


def learn(state: State, queue: str, occupied_ms: int) -> Learned:
    """Return what is known after one more call that occupied its window for ``occupied_ms``."""
    before = learned(state, queue)
    sample = min(float(occupied_ms), before.mean_ms * _OUTLIER)
    weight = 1 / min(_MEMORY, before.count + _PRIOR_WEIGHT + 1)
    delta = sample - before.mean_ms
    return Learned(
        count=before.count + 1,
        mean_ms=before.mean_ms + weight * delta,
        var_ms2=(1 - weight) * (before.var_ms2 + weight * delta * delta),
    )


class Expected(NamedTuple):
    """People ahead in the queue, and mean and standard deviation (ms) of the wait while windows work on."""

    ahead: int
    mean_ms: float
    deviation_ms: float


def promise(state: State, queue: str, key: Key, is_privileged: bool, now: Moment) -> Wait | None:
    """Return people ahead and the range of minutes for one who stands at ``key`` of ``queue``.

    None when no window of the hall serves the queue.
    """
    book = state.book
    assert book is not None
    found = expected(state, queue, key, is_privileged, now)
    if found is None:
        return None
    mean, deviation = found.mean_ms, found.deviation_ms
    low, high = max(0.0, mean - _LOW * deviation), mean + _HIGH * deviation
    if clock.trusted(state):
        at = clock.local(book, now)
        longest = clock.elapsed_ms(book, at, queue, high)
        if longest != high:
            low, high = clock.elapsed_ms(book, at, queue, low), longest
    least = math.floor(low / clock.MINUTE_MS)
    return Wait(ahead=found.ahead, low=least, high=max(least + 1, math.ceil(high / clock.MINUTE_MS)))


def expected(state: State, queue: str, key: Key, is_privileged: bool, now: Moment) -> Expected | None:
    """Return what one who stands at ``key`` of ``queue`` may expect, breaks of the calendar left out.

    None when no window of the hall serves the queue.
    """
    pool = state.index.pools.get(queue)
    if pool is None or not pool[0]:
        return None
    windows, shares = pool
    own, ahead, people, spread = learned(state, queue), 0, 0.0, 0.0
    work: list[tuple[int, float, frozenset[str]]] = []
    waiting = state.index.waiting
    for other, share in shares:
        if not waiting.get(other):
            continue
        count = ahead_of(state, other, key, is_privileged)
        if other == queue:
            ahead = count
        if count:
            known = own if other == queue else learned(state, other)
            theirs = state.index.pools[other][0]
            work.append((len(theirs), count * known.mean_ms, theirs))
            people += count * share
            spread += count * share * known.var_ms2
    loads = [_left(state, window, now) for window in windows]
    if people < loads.count(0.0):
        return Expected(ahead, 0.0, 0.0)
    if len(work) == 1 and work[0][2] == windows:
        level = _level(loads, work[0][1])
    else:
        level = _level_of_all(state, dict(zip(windows, loads, strict=True)), windows, work, now)
    # When the first window is free the others are still in the middle of a service.
    middle = own.mean_ms / 2 + own.var_ms2 / (2 * own.mean_ms)
    mean = max(level - middle * (len(windows) - 1) / len(windows), own.mean_ms / 2 / len(windows))
    return Expected(ahead, mean, math.sqrt(spread + own.var_ms2) / len(windows))


def _left(state: State, window: str, now: Moment) -> float:
    """Return how long a window will probably be taken by the ticket in hand: the longer it took, the less,
    but never nothing.
    """
    name = state.windows[window].ticket
    if name is None or (ticket := state.tickets.get(name)) is None:
        return 0.0
    mean = learned(state, ticket.queue).mean_ms
    gone = now.at - ticket.called_at if ticket.called_at is not None else 0
    return max(mean - gone, mean * _STILL)


def _level_of_all(
    state: State,
    loads: dict[str, float],
    windows: frozenset[str],
    work: list[tuple[int, float, frozenset[str]]],
    now: Moment,
) -> float:
    """Return the load of the first of ``windows`` to be free once all work has been given out."""
    for _, _, theirs in work:
        for window in theirs:
            if window not in loads:
                loads[window] = _left(state, window, now)
    # Whoever may go to few windows only is served there first; those with more windows go around them.
    for _, amount, theirs in sorted(work, key=lambda one: one[:2]):
        level = _level([loads[window] for window in theirs], amount)
        for window in theirs:
            if loads[window] < level:
                loads[window] = level
    return min([loads[window] for window in windows])


def _level(loads: list[float], amount: float) -> float:
    """Return where the load of those windows ends that get work, which always goes to the one that is free
    first, as if it were water.
    """
    loads.sort()
    level, filled = loads[0], 0
    for top in loads:
        room = (top - level) * filled
        if room >= amount and filled:
            break
        amount -= room
        level = top
        filled += 1
    return level + amount / filled
