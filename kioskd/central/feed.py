"""The feed of orders to one hall: the central server's side, without I/O."""

from __future__ import annotations

from collections.abc import Sequence

from kioskd.sync.messages import Order


def is_at(orders: Sequence[Order], after: int, last: str) -> bool:
    """Whether the hall's place in the feed is one of this feed: its ``after``-th order has id ``last``.

    Where it is not, this database was put back and the places were given anew: the feed must take a new id,
    so that the hall reads it from the beginning.
    """
    if after == 0:
        return not last
    return after <= len(orders) and orders[after - 1].id == last
