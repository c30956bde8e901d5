"""Gives a hall something to do: the one way into its feed of orders."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import func, insert, select

from kioskd.central.database import Running
from kioskd.central.halls import NoSuchHallError
from kioskd.central.schema import HALL, ORDERS


def lock(hall: str) -> Running[None]:
    """Make everybody else who wants to change what this hall is to do wait. Raises `NoSuchHallError`."""
    if not (yield select(HALL.c.id).where(HALL.c.id == hall).with_for_update()):
        raise NoSuchHallError(hall)


def send(hall: str, order: str, kind: str, body: Any, wall: int, expires: int | None = None) -> Running[bool]:
    """Put an order at the end of a hall's feed; False for one whose id is there already.

    ``order`` is its id, unique for ever; what is read after ``expires`` is not done any more. Ring the bell
    once this is durable. Raises `NoSuchHallError`.
    """
    yield from lock(hall)
    if (yield select(ORDERS.c.seq).where(ORDERS.c.hall == hall, ORDERS.c.id == order)):
        return False
    last = (yield select(func.max(ORDERS.c.seq)).where(ORDERS.c.hall == hall))[0][0] or 0
    yield insert(ORDERS).values(
        hall=hall,
        seq=last + 1,
        id=order,
        kind=kind,
        body=msgspec.json.encode(body),
        expires=expires,
        made=wall,
    )
    return True
