"""What simulated citizens and tellers do: choices as numbers drawn from a seeded generator.

Pure. Durations are seconds of hall time. Service times follow a lognormal law, as measured in
counter service generally; their mean is chosen so that the demo hall is busy but flows.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import msgspec

from kioskd.hall.rules import Queue

BUSY = 0.69
"""Share of the day the windows are taken, walking and rating included. At the morning peak more
citizens come than leave, and a queue builds that drains over noon."""

OVERHEAD_S = 20.0
"""Hall time between two services: walking up, and now and then a break or somebody who has left."""

PRESSES_S = 0.25
"""Real time between two services: three keys cross the wire and come back as lights on signs. In a hall
of sixty times the speed that is a quarter of a minute."""

SHORTEST_S = 25.0
"""Nobody is served faster; a hall takes less than 20 s for a mistake or a trick."""

SPREAD = 0.6
"""Sigma of the lognormal service time: the longest of twenty takes 2.7 times the median."""

WEIGHTS = {
    "general": 0.46,
    "employer": 0.15,
    "card": 0.17,
    "special": 0.08,
    "advice": 0.12,
    "enterprise": 0.02,
}
"""Share of each queue of the sample hall."""

UNKNOWN_WEIGHT = 0.1

NO_SHOW = 0.03
"""Citizens who take a number and go at once; those whose patience ends come on top."""

PATIENCE_S = 50 * 60.0
"""Median wait after which a citizen gives up and leaves without telling anybody."""

RETURNS = 0.25
"""Share of passed citizens who come back and ask for 过号恢复."""

RATINGS = ((5, 0.56), (4, 0.12), (3, 0.024), (2, 0.007), (1, 0.004))
"""Shares of the five levels; the rest, more than a quarter, walks away without an answer."""

BREAK = 0.012
"""Chance that a teller takes a short break after a service."""


class Citizen(msgspec.Struct, frozen=True):
    """One citizen's day at the hall, decided before it happens.

    ``patience_s`` is how long they wait before giving up; ``returns_s`` after being passed they come
    back (None: never); ``rating`` None leaves the pad unanswered.
    """

    queue: str
    priority: str | None
    patience_s: float
    walk_s: float
    service_s: float
    rating: int | None
    rating_s: float
    returns_s: float | None


class Break(msgspec.Struct, frozen=True):
    """A teller's pause."""

    seconds: float


class Habits(msgspec.Struct, frozen=True):
    """How the people of one hall behave: queues with their shares and mean service times in seconds."""

    queues: tuple[tuple[str, float, float], ...]
    priorities: tuple[str, ...] = ()


def habits(
    queues: Sequence[Queue],
    *,
    windows: int,
    citizens: float,
    hours: float,
    speed: float = 1.0,
    priorities: Sequence[str] = (),
) -> Habits:
    """Return habits that keep ``windows`` windows busy with ``citizens`` over ``hours``, but not drowned.

    The queues' expected minutes say how their services compare with each other; all are scaled by
    one factor, so that windows are taken for the share `BUSY` of the day. Raises ValueError when
    there is no queue at the kiosk.
    """
    offered = [queue for queue in queues if queue.on_kiosk]
    if not offered:
        raise ValueError("no queue is offered at the kiosk")
    weights = [WEIGHTS.get(queue.id, UNKNOWN_WEIGHT) for queue in offered]
    expected = sum(w * q.expected_minutes for w, q in zip(weights, offered, strict=True)) / sum(weights)
    cycle = windows * hours * 3600 * BUSY / citizens
    factor = max(cycle - OVERHEAD_S - PRESSES_S * speed, SHORTEST_S) / (expected * 60)
    return Habits(
        queues=tuple(
            (q.id, w, q.expected_minutes * 60 * factor) for w, q in zip(weights, offered, strict=True)
        ),
        priorities=tuple(priorities),
    )


def lognormal(rng: random.Random, mean: float, sigma: float) -> float:
    """Draw from the lognormal law with this mean."""
    return rng.lognormvariate(math.log(mean) - sigma * sigma / 2, sigma)


def citizen(habits: Habits, rng: random.Random) -> Citizen:
    """Draw one citizen."""
    names = [name for name, _, _ in habits.queues]
    weights = [weight for _, weight, _ in habits.queues]
    index = rng.choices(range(len(names)), weights)[0]
    priority = rng.choice(habits.priorities) if habits.priorities and rng.random() < 0.05 else None
    gone = rng.random() < NO_SHOW
    patience = 0.0 if gone else rng.lognormvariate(math.log(PATIENCE_S), 0.5)
    returns = rng.uniform(120, 900) if rng.random() < RETURNS else None
    return Citizen(
        queue=names[index],
        priority=priority,
        patience_s=patience,
        walk_s=rng.uniform(10, 24),
        service_s=max(SHORTEST_S, lognormal(rng, habits.queues[index][2], SPREAD)),
        rating=_rating(rng),
        rating_s=rng.uniform(2, 6),
        returns_s=returns,
    )


def _rating(rng: random.Random) -> int | None:
    drawn = rng.random()
    for level, share in RATINGS:
        drawn -= share
        if drawn < 0:
            return level
    return None


def breather(rng: random.Random) -> Break | None:
    """Draw whether a teller pauses after a service."""
    return Break(rng.uniform(180, 480)) if rng.random() < BREAK else None
