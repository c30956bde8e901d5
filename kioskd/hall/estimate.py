"""Rule 13: how long a citizen will probably wait, learned from this hall's own times.

Work before a newcomer is the people of every queue that shares its windows, each counted with that
queue's learned length of service. It is spread over the open windows; the range is about one
standard deviation on each side, and breaks of the calendar are added.
"""

from __future__ import annotations

import math

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
    """Return what is known after one more service that occupied its window for ``occupied_ms``."""
    before = learned(state, queue)
    sample = min(float(occupied_ms), before.mean_ms * _OUTLIER)
    weight = 1 / min(_MEMORY, before.count + _PRIOR_WEIGHT + 1)
    delta = sample - before.mean_ms
    return Learned(
        count=before.count + 1,
        mean_ms=before.mean_ms + weight * delta,
        var_ms2=(1 - weight) * (before.var_ms2 + weight * delta * delta),
    )


def promise(state: State, queue: str, key: Key, is_privileged: bool, now: Moment) -> Wait | None:
    """Return people ahead and the range of minutes for one who stands at ``key`` of ``queue``.

    None when no window of the hall serves the queue.
    """
    book = state.book
    assert book is not None
    pool = state.index.pools.get(queue)
    if pool is None or not pool[0]:
        return None
    windows, shares = pool
    waiting, places, own = state.index.waiting, state.windows, learned(state, queue)
    ahead, work, spread, people = 0, 0.0, 0.0, 0.0
    for other, share in shares:
        if not waiting.get(other):
            continue
        count = ahead_of(state, other, key, is_privileged)
        if other == queue:
            ahead = count
        if count:
            known = own if other == queue else learned(state, other)
            part = count * share
            people += part
            work += part * known.mean_ms
            spread += part * known.var_ms2
    idle = [places[window].ticket for window in windows].count(None)
    if people < idle:
        mean = deviation = 0.0
    else:
        # The one who goes next waits until the first of the busy windows is free.
        share = max(0.0, 1 - idle / (people + 1))
        mean = (work + own.mean_ms) * share / len(windows)
        deviation = math.sqrt((spread + own.var_ms2) * share) / len(windows)
    low, high = max(0.0, mean - _LOW * deviation), mean + _HIGH * deviation
    if clock.trusted(state):
        at = clock.local(book, now)
        longest = clock.elapsed_ms(book, at, queue, high)
        if longest != high:
            low, high = clock.elapsed_ms(book, at, queue, low), longest
    least = math.floor(low / clock.MINUTE_MS)
    return Wait(ahead=ahead, low=least, high=max(least + 1, math.ceil(high / clock.MINUTE_MS)))
