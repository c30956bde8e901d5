"""差评 worked off: registered once they can no longer be changed, then step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from kioskd.hall.calendar import working_days_after
from kioskd.hall.commands import By, MovePoorRating
from kioskd.hall.decide.find import Decision
from kioskd.hall.events import HallEvent, PoorRatingMoved, PoorRatingRegistered, RatingVoided
from kioskd.hall.model import Slot, Ticket
from kioskd.hall.moment import Moment
from kioskd.hall.poor import (
    GROUNDS,
    HANDLING,
    RESULTS,
    REVIEW,
    STEPS,
    TRIES,
    VOIDED,
    PoorRating,
    PoorState,
    Step,
    name_of,
)
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import State


def due_date(state: State) -> str:
    """Return the last day to end an item that is registered now; empty without rules or a day."""
    if state.book is None or state.day is None:
        return ""
    today = date.fromisoformat(state.day.date)
    days = state.book.rules.policy.rating.handle_days
    return working_days_after(state.book.rules.calendar, today, days).isoformat()


def registered(state: State, by: By, ticket: Ticket, slot: Slot) -> HallEvent:
    """Make an item of a bad rating of today."""
    return PoorRatingRegistered(
        by=by,
        ticket=ticket.id,
        number=ticket.number,
        rating=name_of(ticket.id, slot.item),
        date=state.day.date if state.day is not None else "",
        due=due_date(state),
        window=slot.window,
        level=slot.level,
        teller=slot.teller,
        service=slot.service,
        item=slot.item,
        options=slot.options,
        comment=slot.comment,
        contact=slot.contact,
        source=slot.source,
        late=slot.late,
    )


def voided_item(state: State, by: By, rating: str, person: str) -> list[HallEvent]:
    """End the item of a rating that is taken out of the count, where there is an open one."""
    item = state.poor.get(rating)
    if item is None or item.state is PoorState.CLOSED:
        return []
    return [_moved(by, item, "void", PoorState.CLOSED, person, outcome=VOIDED)]


def _move(state: State, command: MovePoorRating, now: Moment) -> Decision:
    item = state.poor.get(command.rating)
    if item is None:
        return Refusal("unknown_poor_rating", {"rating": command.rating[:40]})
    refused = _refused(item, command)
    if refused is not None:
        return refused
    step, person = Step(command.step), command.person or command.by.id
    end, fields = _outcome(item, command, step)
    if step is Step.TAKE:
        fields["handler"] = command.handler or person
    elif step in HANDLING and not item.handler and not _is_office(command):
        fields["handler"] = person
    ground = command.ground if step is Step.APPEAL else item.ground if step in REVIEW else ""
    moved = _moved(command.by, item, step.value, end, person, ground=ground, note=command.note, **fields)
    if step is not Step.UPHOLD:
        return [moved]
    voided = RatingVoided(
        by=command.by,
        ticket=item.ticket,
        number=item.number,
        date=item.date,
        level=item.level,
        window=item.window,
        why=item.ground,
        teller=item.teller,
        service=item.service,
        item=item.item,
        asked_by=item.appealed_by,
        approved_by=person,
    )
    return [moved, voided]


def _refused(item: PoorRating, command: MovePoorRating) -> Refusal | None:
    """Return why this person may not do this step now."""
    try:
        step = Step(command.step)
    except ValueError:
        return Refusal("bad_value", {"field": "step"})
    if step is Step.APPEAL and command.ground not in GROUNDS:
        return Refusal("bad_value", {"field": "ground"})
    if step is Step.FOLLOW_UP and command.result not in RESULTS:
        return Refusal("bad_value", {"field": "result"})
    stale = command.version is not None and command.version != item.version
    if stale or item.state not in STEPS[step] or (step is Step.REOPEN and _is_void(item)):
        return Refusal(
            "poor_rating_moved_on",
            {"number": item.number, "state": item.state.value, "version": item.version},
        )
    person = command.person or command.by.id
    if command.teller is not None and command.teller == item.teller:
        return Refusal("own_rating", {"number": item.number})
    if step in REVIEW and person == item.appealed_by:
        return Refusal("same_person", {"number": item.number})
    if step in HANDLING and item.handler and item.handler != person and not _is_office(command):
        return Refusal("not_the_handler", {"number": item.number})
    if step is Step.FOLLOW_UP and command.result == "anonymous" and item.contact is not None:
        return Refusal("contact_given", {"number": item.number})
    return None


def _outcome(item: PoorRating, command: MovePoorRating, step: Step) -> tuple[PoorState, dict[str, Any]]:
    match step:
        case Step.TAKE:
            return item.state, {}
        case Step.VERIFY | Step.REJECT | Step.REOPEN:
            return PoorState.VERIFIED, {}
        case Step.APPEAL:
            return PoorState.APPEALED, {}
        case Step.UPHOLD:
            return PoorState.CLOSED, {"outcome": item.ground}
        case Step.RECTIFY:
            return PoorState.RECTIFIED, {}
        case Step.FOLLOW_UP:
            return _followed_up(item, command.result)


def _followed_up(item: PoorRating, result: str) -> tuple[PoorState, dict[str, Any]]:
    if result == "dissatisfied":
        return PoorState.VERIFIED, {"result": result, "attempts": 0}
    if result != "no_answer":
        return PoorState.CLOSED, {"result": result, "outcome": result}
    attempts = item.attempts + 1
    if attempts < TRIES:
        return PoorState.RECTIFIED, {"result": result, "attempts": attempts}
    return PoorState.CLOSED, {"result": result, "attempts": attempts, "outcome": "unreached"}


def _moved(by: By, item: PoorRating, step: str, state: PoorState, person: str, **fields: Any) -> HallEvent:
    kept: dict[str, Any] = {"handler": item.handler, "attempts": item.attempts, **fields}
    return PoorRatingMoved(
        by=by,
        ticket=item.ticket,
        number=item.number,
        rating=item.id,
        step=step,
        state=state.value,
        version=item.version + 1,
        person=person,
        **kept,
    )


def _is_office(command: MovePoorRating) -> bool:
    """The city's office may do every step, whoever handles the item in the hall."""
    return command.by.kind == "system"


def _is_void(item: PoorRating) -> bool:
    return item.outcome == VOIDED or item.outcome in GROUNDS


DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], Decision]] = {MovePoorRating: _move}
