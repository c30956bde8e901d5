"""Figures over any range of days, read from the daily ones."""

from __future__ import annotations

import datetime
from enum import StrEnum

import apsw
import msgspec

from kioskd.figures.cells import COUNTS, Cell, durations
from kioskd.figures.model import Durations, Figures

_SUMS = ",".join(f"SUM({name})" for name in COUNTS)


class By(StrEnum):
    """What makes a row."""

    DAY = "day"
    HOUR = "hour"
    QUEUE = "queue"
    SERVICE = "service"
    WINDOW = "window"
    TELLER = "teller"
    ZONE = "zone"


class RangeRow(msgspec.Struct, frozen=True, kw_only=True):
    """``key`` is an id of the settings, an hour (``"08"``) or a date; ``unknown`` is nobody known."""

    key: str
    figures: Figures


class HeatCell(msgspec.Struct, frozen=True, kw_only=True):
    """One hour of one weekday (ISO, 1 is Monday) over ``days`` days."""

    weekday: int
    hour: str
    days: int
    tickets: int
    served: int
    wait: Durations


def dates(connection: apsw.Connection, first: str, last: str) -> list[tuple[str, bool]]:
    """Return the days with figures from ``first`` to ``last``, and whether each is over."""
    rows = connection.execute(
        "SELECT date, closed FROM day WHERE date BETWEEN ? AND ? ORDER BY date", (first, last)
    )
    return [(date, bool(closed)) for date, closed in rows]


def through(connection: apsw.Connection) -> int:
    """Return the number of the last position counted."""
    found: int = next(connection.execute("SELECT COALESCE(MAX(through), 0) FROM day"))[0]
    return found


def total(connection: apsw.Connection, first: str, last: str, teller: str | None = None) -> Figures:
    """Return the figures of the hall (or of one teller) over a range of days."""
    dimension, key = ("total", "") if teller is None else ("teller", teller)
    found = _cells(connection, dimension, "key", first, last, key)
    return found[key].figures() if key in found else Cell((0,) * len(COUNTS), b"", b"").figures()


def rows(
    connection: apsw.Connection, by: By, first: str, last: str, teller: str | None = None
) -> list[RangeRow]:
    """Return a row for each key that has figures, ordered by key; ``teller`` narrows rows by day."""
    if by is By.DAY:
        dimension, key = ("total", "") if teller is None else ("teller", teller)
        found = _cells(connection, dimension, "date", first, last, key)
    else:
        found = _cells(connection, by.value, "key", first, last)
    return [RangeRow(key=key, figures=cell.figures()) for key, cell in sorted(found.items())]


def heat(connection: apsw.Connection, first: str, last: str) -> list[HeatCell]:
    """Return what each hour of each weekday was like."""
    counted: dict[tuple[int, str], list[int]] = {}
    waits: dict[tuple[int, str], list[bytes]] = {}
    for day, hour, tickets, served, wait_ms, within, kept in connection.execute(
        "SELECT date, key, tickets, served, wait_ms, wait_within, waits FROM cell "
        "WHERE dimension = 'hour' AND date BETWEEN ? AND ?",
        (first, last),
    ):
        place = datetime.date.fromisoformat(day).isoweekday(), hour
        sums = counted.setdefault(place, [0] * 5)
        for n, value in enumerate((1, tickets, served, wait_ms, within)):
            sums[n] += value
        waits.setdefault(place, []).append(kept)
    return [
        HeatCell(
            weekday=weekday,
            hour=hour,
            days=days,
            tickets=tickets,
            served=served,
            wait=durations(b"".join(waits[weekday, hour]), wait_ms, within),
        )
        for (weekday, hour), (days, tickets, served, wait_ms, within) in sorted(counted.items())
    ]


def _cells(
    connection: apsw.Connection, dimension: str, group: str, first: str, last: str, key: str | None = None
) -> dict[str, Cell]:
    """Lay together the daily cells of a dimension that have the same ``group`` (``key`` or ``date``)."""
    where = "WHERE dimension = ? AND date BETWEEN ? AND ?" + ("" if key is None else " AND key = ?")
    values = (dimension, first, last) if key is None else (dimension, first, last, key)
    waits: dict[str, list[bytes]] = {}
    services: dict[str, list[bytes]] = {}
    for name, wait, service in connection.execute(
        f"SELECT {group}, waits, services FROM cell {where}", values
    ):
        waits.setdefault(name, []).append(wait)
        services.setdefault(name, []).append(service)
    return {
        name: Cell(counts, b"".join(waits[name]), b"".join(services[name]))
        for name, *counts in connection.execute(
            f"SELECT {group}, {_SUMS} FROM cell {where} GROUP BY {group}", values
        )
    }
