"""好差评: a key or a page answers the slot of a finished ticket."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import UnsetType

from kioskd.hall.commands import By, PressRating, Rate
from kioskd.hall.decide.find import Decision, find_here, find_ticket, unknown_ticket, wrong_state
from kioskd.hall.decide.poor_ratings import due_date
from kioskd.hall.decide.visit import MOST_ITEMS
from kioskd.hall.events import (
    AlertRaised,
    HallEvent,
    PoorRatingRegistered,
    RatingChanged,
    RatingGiven,
    RatingLate,
    RatingOpened,
    RatingStray,
)
from kioskd.hall.model import BAD_LEVEL, MissedSlot, Slot, SlotState, Ticket, TicketState
from kioskd.hall.moment import Moment
from kioskd.hall.poor import name_of
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import State

_LEVELS = range(1, 6)
_PAD = "4"
"""pf of the provincial interface: the pad at the window."""


def _press(state: State, command: PressRating, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    if command.level not in _LEVELS:
        return Refusal("bad_level", {"level": command.level})
    age = max(0, command.age_ms)
    name = here.window.slot if isinstance(command.slot, UnsetType) else command.slot
    stray: list[HallEvent] = [
        RatingStray(by=command.by, window=command.window, level=command.level, ticket=name, age_ms=age)
    ]
    if name is None:
        return stray
    answer = _Answer(command.by, command.level, source=_PAD, age_ms=age)
    ticket = find_ticket(state, name)
    if ticket is None:
        return answer.to_earlier_day(state, name, now.at - age) or stray
    given = answer.to_ticket(state, ticket, now.at - age)
    return stray if given is None else given


def _rate(state: State, command: Rate, now: Moment) -> Decision:
    book = state.book
    if book is None:
        return Refusal("no_settings")
    if command.level not in _LEVELS:
        return Refusal("bad_level", {"level": command.level})
    known = book.rules.policy.rating.options
    allowed = known.get(str(command.level), ())
    wrong = [option for option in command.options if known and option not in allowed]
    if wrong or len(command.options) > 100:
        return Refusal("bad_options", {"level": command.level, "options": wrong[:10]})
    answer = _Answer(
        command.by, command.level, command.options, command.comment, command.source, contact=command.contact
    )
    ticket = find_ticket(state, command.ticket)
    if ticket is None:
        return answer.to_earlier_day(state, command.ticket, None) or unknown_ticket(command.ticket)
    if ticket.state is not TicketState.FINISHED:
        return wrong_state(ticket)
    given = answer.to_ticket(state, ticket, None, now.at)
    return (
        Refusal("already_rated", {"ticket": ticket.id, "number": ticket.number}) if given is None else given
    )


class _Answer:
    """One answer looking for its slot."""

    def __init__(
        self,
        by: By,
        level: int,
        options: tuple[int, ...] = (),
        comment: str | None = None,
        source: str = "",
        age_ms: int = 0,
        contact: str | None = None,
    ) -> None:
        self.by = by
        self.level = level
        self.options = options
        self.comment = comment
        self.source = source
        self.age_ms = age_ms
        self.contact = contact if level <= BAD_LEVEL else None

    def to_ticket(
        self, state: State, ticket: Ticket, pressed_at: int | None, now_at: int = 0
    ) -> Decision | None:
        """Return the events of an answer for a ticket of today; None when no slot takes it.

        ``pressed_at`` is when a pad's key was pressed, and must lie in the slot; None for a page or
        program, whose answer comes ``now_at`` and counts as late after the slot was closed.
        """
        assert state.book is not None
        change_ms = state.book.rules.policy.rating.change_within_s * 1000
        at = now_at if pressed_at is None else pressed_at
        for slot in _latest_first(ticket):
            if slot.state is SlotState.OPEN:
                if slot.opened_at <= at <= slot.closes_at or pressed_at is None:
                    return [self._given(RatingGiven, ticket, slot), *self._next_item(state, ticket, slot)]
            elif slot.state is SlotState.VOIDED:
                continue
            elif slot.state is SlotState.GIVEN:
                given_at = slot.given_at or 0
                if not slot.late and given_at <= at <= given_at + change_ms:
                    same = slot.level == self.level and not self.options and self.comment is None
                    return [] if same else [self._given(RatingChanged, ticket, slot)]
            elif pressed_at is None or slot.opened_at <= at <= (slot.closed_at or slot.closes_at):
                return [self._late(state, ticket, slot)]
        return None

    def to_earlier_day(self, state: State, name: str, pressed_at: int | None) -> list[HallEvent]:
        """Return the events of an answer for a ticket of an earlier day; empty when no slot takes it."""
        for date, key, slot in _missed(state, name):
            if pressed_at is None or slot.opened_at <= pressed_at <= slot.closed_at:
                ticket, _, item = key.rpartition("/")
                late = RatingLate(
                    by=self.by,
                    ticket=ticket,
                    number=slot.number,
                    window=slot.window,
                    level=self.level,
                    teller=slot.teller,
                    service=slot.service,
                    item=int(item),
                    options=self.options,
                    comment=self.comment,
                    source=self.source,
                    age_ms=self.age_ms,
                    contact=self.contact,
                    date=date,
                )
                if self.level > BAD_LEVEL:
                    return [late]
                told = bad_rating(self.by, ticket, slot.number, slot.window, slot.teller, self.level)
                return [late, told, self._earlier(state, late)]
        return []

    def _earlier(self, state: State, late: RatingLate) -> HallEvent:
        """Make an item of a bad rating of an earlier day, which nobody can change any more."""
        return PoorRatingRegistered(
            by=self.by,
            ticket=late.ticket,
            number=late.number,
            rating=name_of(late.ticket, late.item),
            date=late.date,
            due=due_date(state),
            window=late.window,
            level=late.level,
            teller=late.teller,
            service=late.service,
            item=late.item,
            options=late.options,
            comment=late.comment,
            contact=late.contact,
            source=late.source,
            late=True,
        )

    def _given(self, kind: type[RatingGiven] | type[RatingChanged], ticket: Ticket, slot: Slot) -> HallEvent:
        return kind(
            by=self.by,
            ticket=ticket.id,
            number=ticket.number,
            window=slot.window,
            level=self.level,
            teller=slot.teller,
            service=slot.service,
            item=slot.item,
            options=self.options,
            comment=self.comment,
            source=self.source,
            age_ms=self.age_ms,
            contact=self.contact,
            test=ticket.test,
        )

    def _late(self, state: State, ticket: Ticket, slot: Slot) -> HallEvent:
        return RatingLate(
            by=self.by,
            ticket=ticket.id,
            number=ticket.number,
            window=slot.window,
            level=self.level,
            teller=slot.teller,
            service=slot.service,
            item=slot.item,
            options=self.options,
            comment=self.comment,
            source=self.source,
            age_ms=self.age_ms,
            contact=self.contact,
            test=ticket.test,
            date=state.day.date if state.day is not None else "",
        )

    def _next_item(self, state: State, ticket: Ticket, slot: Slot) -> list[HallEvent]:
        if slot.item >= slot.of:
            return []
        assert state.book is not None
        return [
            RatingOpened(
                by=self.by,
                ticket=ticket.id,
                number=ticket.number,
                window=slot.window,
                timeout_ms=state.book.rules.policy.rating.timeout_s * 1000,
                teller=slot.teller,
                service=ticket.services[slot.item] if len(ticket.services) > slot.item else "",
                item=slot.item + 1,
                of=slot.of,
                asked=slot.asked,
                test=ticket.test,
            )
        ]


def _latest_first(ticket: Ticket) -> list[Slot]:
    return sorted(ticket.slots, key=lambda slot: -slot.item)


def _missed(state: State, name: str) -> Iterator[tuple[str, str, MissedSlot]]:
    for date in sorted(state.missed, reverse=True):
        for item in range(1, MOST_ITEMS + 1):
            slot = state.missed[date].get(f"{name}/{item}")
            if slot is not None:
                yield date, f"{name}/{item}", slot


def bad_rating(by: By, ticket: str, number: str, window: str, teller: str, level: int) -> HallEvent:
    """Tell the lead of a 差评."""
    return AlertRaised(
        by=by,
        alert=f"bad_rating:{ticket}",
        about="bad_rating",
        subject=ticket,
        params={"number": number, "window": window, "teller": teller, "level": level},
    )


DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], Decision]] = {PressRating: _press, Rate: _rate}
