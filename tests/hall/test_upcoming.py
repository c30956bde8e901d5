"""The line as a window will call it: what `upcoming` foretells is what `choose` does."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from kioskd.hall.model import Ticket, TicketState
from kioskd.hall.order import choose, upcoming
from kioskd.hall.rules import OrderMode
from kioskd.hall.state import State, new_state
from tests.hall.conftest import make_rules

MINUTE = 60_000
LINES = ("q:general", "q:company", "w:1")

tickets = st.lists(
    st.tuples(
        st.integers(0, 120),  # arrived, minutes
        st.sampled_from(["general", "company"]),
        st.sampled_from([None, "elderly"]),
        st.booleans(),  # bound to the window
    ),
    max_size=14,
)


def hall(rows: list[tuple[int, str, str | None, bool]], mode: OrderMode) -> State:
    from kioskd.hall.book import Book

    rules = make_rules()
    order = msgspec.structs.replace(rules.policy.order, mode=mode, k=1, n=3)
    policy = msgspec.structs.replace(rules.policy, order=order)
    state = new_state()
    state.rules = msgspec.structs.replace(rules, policy=policy)
    state.index.book = Book(state.rules)
    for n, (minute, queue, priority, bound) in enumerate(rows):
        fields: dict[str, Any] = {"priority": priority, "bound_window": "1" if bound else None}
        ticket = Ticket(
            id=f"t_{n}",
            code="",
            number=f"A{n:03}",
            prefix="A",
            count=n,
            queue=queue,
            state=TicketState.WAITING,
            issued_at=minute * MINUTE,
            issued_wall=0,
            place=(minute * MINUTE - (20 * MINUTE if priority else 0), n * 1024),
            **fields,
        )
        state.tickets[ticket.id] = ticket
        state.index.enter(ticket)
    return state


@given(tickets, st.sampled_from(list(OrderMode)), st.integers(0, 2), st.integers(1, 20))
def test_the_line_is_foretold(
    rows: list[tuple[int, str, str | None, bool]], mode: OrderMode, turn: int, count: int
) -> None:
    state = hall(rows, mode)
    at = 121 * MINUTE
    told = [(one.ticket.id, one.reason, one.turn) for one in upcoming(state, LINES, turn, at, count)]
    before = deepcopy(sorted(state.tickets))
    done = []
    while len(done) < count and (choice := choose(state, LINES, turn, at)) is not None:
        done.append((choice.ticket.id, choice.reason, choice.turn))
        state.index.leave(choice.ticket)
        turn = choice.turn
    assert told == done
    assert sorted(state.tickets) == before
