"""The usual way of pushes into halls' logs on SQLite: each guarded by where its log ended before.

Every call of SQLite hands Python's lock over, and has to wait to get it back from a loop that is busy reading
the next push. So the cursors of all halls are one statement, and their events few.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any

from kioskd.central.database import Advance
from kioskd.central.schema import EVENT, EVENT_COLUMNS

BLOCKS = (400, 100, 25)
"""Rows that go in by one statement: each of these is kept by SQLite, and what is left goes row by row."""


def advance(raw: sqlite3.Connection, steps: Sequence[Advance]) -> list[tuple[int, int] | None]:
    """Do as `kioskd.central.database.Database.advance` says with each, in the transaction that there is.

    No hall is there twice. Raises sqlite3.Error, and OverflowError for a number too large, with some of it
    done.
    """
    ends = [
        (s.hall, s.before.inc, s.before.epoch, s.before.next, s.before.chain,
         s.after.epoch, s.after.next, s.after.chain, s.heard)
        for s in steps
    ]  # fmt: skip
    if not ends:
        return []
    moved = {row[0]: (row[1], row[2]) for row in raw.execute(_move_text(len(ends)), _flat(ends))}
    rows = [row for step in steps if step.hall in moved for row in step.events]
    insert(raw, EVENT.name, EVENT_COLUMNS, rows)
    return [moved.get(step.hall) for step in steps]


def insert(
    raw: sqlite3.Connection, table: str, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows in blocks. Raises as `advance` does."""
    at = 0
    for block in BLOCKS:
        while len(rows) - at >= block:
            raw.execute(_insert_text(table, columns, block), _flat(rows[at : at + block]))
            at += block
    if at < len(rows):
        raw.executemany(_insert_text(table, columns, 1), rows[at:])


def _flat(rows: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(chain.from_iterable(rows))


@cache
def _insert_text(table: str, columns: tuple[str, ...], rows: int) -> str:
    return f"INSERT INTO {table}({', '.join(columns)}) VALUES{_values(len(columns), rows)}"


@cache
def _move_text(halls: int) -> str:
    return f"""
        WITH step(hall, inc, was_epoch, was_next, was_chain, to_epoch, to_next, to_chain, heard_at)
            AS (VALUES{_values(9, halls)})
        UPDATE hall
        SET epoch = to_epoch, next = to_next, chain = to_chain, heard = heard_at, quarantined = NULL
        FROM step
        WHERE hall.id = step.hall
            AND hall.epoch = was_epoch AND hall.next = was_next AND hall.chain = was_chain
            AND EXISTS (SELECT 1 FROM server WHERE server.id = 1 AND server.inc = step.inc)
        RETURNING id, safe_epoch, safe_seq"""


def _values(columns: int, rows: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return ", ".join([row] * rows)
