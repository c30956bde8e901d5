"""Figures of a business day, as they are published."""

from __future__ import annotations

import msgspec


class Durations(msgspec.Struct, frozen=True, kw_only=True):
    """Spread of durations in seconds; percentiles are nearest-rank, None where there is nothing.

    ``within`` is the share (0–1) inside the target that applied to each.
    """

    count: int
    mean_s: float | None
    p50_s: float | None
    p90_s: float | None
    p95_s: float | None
    within: float | None


class Ratings(msgspec.Struct, frozen=True, kw_only=True):
    """好差评. ``levels`` counts answers from 5 非常满意 to 1 非常不满意, ``missed`` is 未评价.

    ``good_rate`` 好评率 is levels 5–3 among all closed slots: a rating nobody gave is no good one.
    ``active_good_rate`` 主动评价好评率 is levels 5–3 among the answers. ``missed_rate`` 未评价率 is 未评价
    among all closed slots. ``late`` and ``changed`` are parts of the answers, ``unasked`` (slots no pad
    asked for) of 未评价. None where there is nothing to divide by.
    """

    levels: dict[int, int]
    missed: int
    unasked: int
    late: int
    changed: int
    good_rate: float | None
    active_good_rate: float | None
    missed_rate: float | None


class EstimateError(msgspec.Struct, frozen=True, kw_only=True):
    """How good the promised waits were: ``inside`` is the share called within the promised range,
    ``outside_s`` the mean distance of all calls from it, ``bias_s`` the mean of real wait minus the
    range's middle (positive: people waited longer than promised).
    """

    count: int
    inside: float | None
    outside_s: float | None
    bias_s: float | None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One row of figures.

    ``served`` 服务人次 counts visits that ended in service, so a ticket passed on counts at both places;
    ``items`` 受理件数, ``materials`` 资料份数, ``scans`` 扫描份数. ``wait`` is from taking the number to its
    first call, ``service`` one visit without time away. Ratings belong to the hour in which their slot
    opened.
    """

    tickets: int
    served: int
    items: int
    materials: int
    scans: int
    no_shows: int
    returned: int
    transfers: int
    holds: int
    requeues: int
    recalls: int
    cancelled: int
    voided: int
    ended: int
    short: int
    results: dict[str, int]
    wait: Durations
    service: Durations
    ratings: Ratings
    estimate: EstimateError


class DayFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A business day of one hall. Test tickets count nowhere.

    ``hours`` are keyed by the wall hour (``"08"``); whoever is served by nobody known is under
    ``unknown`` in ``tellers``. ``stray_ratings`` are keys pressed when no rating was asked for;
    ``closed`` says that the day is over, ``through`` up to which journal position it was counted.
    """

    date: str
    closed: bool
    through: str
    stray_ratings: int
    total: Figures
    queues: dict[str, Figures]
    windows: dict[str, Figures]
    tellers: dict[str, Figures]
    services: dict[str, Figures]
    hours: dict[str, Figures]
    zones: dict[str, Figures]
