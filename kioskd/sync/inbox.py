"""The hall's side of the feed of orders, as a pure state machine."""

from __future__ import annotations

from kioskd.sync.messages import Order, Orders, Refetch


class Inbox:
    """Knows up to where the present feed has been done.

    ``feed``, ``after`` and ``last`` come from the hall's state, where each order's event leaves them in the
    same transaction as what the order does: so a crash repeats no order and loses none. ``last`` is the id of
    the order at ``after``; by it a central server that was put back finds out that it has given the same
    place to another order. That an order's id is known already, under this feed or an older one, is the
    concern of whoever does it.
    """

    def __init__(self, feed: str = "", after: int = 0, last: str = "") -> None:
        self.feed = feed
        self.after = after
        self.last = last
        self._asked = 0
        self._in_flight: int | None = None

    def next(self) -> int:
        """Return the number of the next request, which asks for ``feed`` past ``after``, ``last``."""
        self._asked += 1
        self._in_flight = self._asked
        return self._asked

    def heard(self, number: int, answer: Orders | Refetch) -> tuple[Order, ...]:
        """Return what is to be done now, in order, each followed by `did`; nothing for a late answer."""
        if number != self._in_flight:
            return ()
        self._in_flight = None
        if isinstance(answer, Refetch):
            self.feed, self.after, self.last = answer.feed, 0, ""
            return ()
        if answer.feed != self.feed or answer.after != self.after:
            return ()
        due: list[Order] = []
        for order in answer.orders:
            if order.seq != self.after + len(due) + 1:
                break
            due.append(order)
        return tuple(due)

    def did(self, order: Order) -> None:
        """The order is done, refused or noted as known or expired, durably."""
        self.after, self.last = order.seq, order.id
