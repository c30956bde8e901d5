"""Two persons for what cannot be taken back: one asks, another one decides, and then it is done at once.

What an approval does is one function for each ``about`` in `EFFECTS`; what may be asked is one in `CHECKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from kioskd.hall.approvals import Approval
from kioskd.hall.commands import AskApproval, By, DecideApproval, WithdrawApproval
from kioskd.hall.decide.find import Decision
from kioskd.hall.decide.poor_ratings import voided_item
from kioskd.hall.events import (
    ApprovalAsked,
    ApprovalDecided,
    ApprovalEnded,
    DocumentRemoved,
    HallEvent,
    PrivateErased,
    RatingVoided,
)
from kioskd.hall.model import SlotState
from kioskd.hall.moment import Moment
from kioskd.hall.poor import name_of, said_with
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import State

RATING_VOID = "rating.void"
SCAN_PURGE = "scan.purge"
WORDS_ERASE = "words.erase"
MOST_MINUTES = 3 * 24 * 60
_MOST_OPEN = 200


def _ask(state: State, command: AskApproval, now: Moment) -> Decision:
    check = CHECKS.get(command.about)
    if check is None:
        return Refusal("bad_value", {"field": "about"})
    if not 1 <= command.minutes <= MOST_MINUTES:
        return Refusal("bad_value", {"field": "minutes"})
    if command.approval in state.approvals or len(state.approvals) >= _MOST_OPEN:
        return Refusal("approval_open", {"subject": command.subject[:40]})
    if any(one.about == command.about and one.subject == command.subject for one in state.approvals.values()):
        return Refusal("approval_open", {"subject": command.subject[:40]})
    refused = check(state, command)
    if refused is not None:
        return refused
    return [
        ApprovalAsked(
            by=command.by,
            approval=command.approval,
            about=command.about,
            subject=command.subject,
            person=command.person or command.by.id,
            minutes=command.minutes,
            params=command.params,
            why=command.why,
        )
    ]


def _decide(state: State, command: DecideApproval, now: Moment) -> Decision:
    approval = state.approvals.get(command.approval)
    if approval is None or approval.until <= now.at:
        return Refusal("unknown_approval", {"approval": command.approval[:40]})
    person = command.person or command.by.id
    if person == approval.person:
        return Refusal("same_person", {"subject": approval.subject})
    if command.teller is not None and command.teller == approval.params.get("teller"):
        return Refusal("own_rating", {"number": str(approval.params.get("number", ""))})
    decided = ApprovalDecided(by=command.by, approval=approval.id, granted=command.granted, person=person)
    done = EFFECTS[approval.about](state, command.by, approval, person) if command.granted else []
    return [decided, *done]


def _withdraw(state: State, command: WithdrawApproval, now: Moment) -> Decision:
    approval = state.approvals.get(command.approval)
    if approval is None:
        return Refusal("unknown_approval", {"approval": command.approval[:40]})
    if (command.person or command.by.id) != approval.person:
        return Refusal("not_the_asker", {"subject": approval.subject})
    return [ApprovalEnded(by=command.by, approval=approval.id, why="withdrawn")]


def expiries(state: State) -> Iterator[tuple[str, int]]:
    """Return what waits for a second person, and when it no longer does."""
    for approval in state.approvals.values():
        yield approval.id, approval.until


def expired(state: State, now: Moment, by: By) -> list[HallEvent]:
    """End what nobody decided in time."""
    return [
        ApprovalEnded(by=by, approval=name, why="expired") for name, due in expiries(state) if due <= now.at
    ]


# --- a rating taken out of the count ------------------------------------------------------------


def _may_void(state: State, command: AskApproval) -> Refusal | None:
    """``params`` say which rating: ticket, number, item, date, level, window, teller, service.

    For a ticket of today the state says whether there is one; for an earlier day whoever asks has looked it
    up.
    """
    said = command.params
    item, level = said.get("item"), said.get("level")
    if not (isinstance(item, int) and isinstance(level, int) and 1 <= level <= 5):
        return Refusal("bad_value", {"field": "level"})
    ticket = state.tickets.get(str(said.get("ticket")))
    if command.subject != name_of(str(said.get("ticket")), item):
        return Refusal("bad_value", {"field": "subject"})
    if ticket is None:
        return None if _is_date(said.get("date")) else Refusal("bad_value", {"field": "date"})
    slot = next((slot for slot in ticket.slots if slot.item == item), None)
    if slot is None or slot.state is not SlotState.GIVEN:
        return Refusal("not_rated", {"number": ticket.number})
    return None


def _is_date(value: object) -> bool:
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _void(state: State, by: By, approval: Approval, person: str) -> list[HallEvent]:
    said = approval.params
    ticket, item = str(said.get("ticket")), int(said.get("item") or 1)
    known = state.tickets.get(ticket)
    slot = next((one for one in known.slots if one.item == item), None) if known is not None else None
    if slot is not None and slot.state is SlotState.VOIDED:
        return []
    voided = RatingVoided(
        by=by,
        ticket=ticket,
        number=str(said.get("number", "")),
        date=str(said.get("date", "")),
        level=slot.level if slot is not None else int(said.get("level") or 0),
        window=str(said.get("window", "")),
        why=approval.why,
        teller=str(said.get("teller", "")),
        service=str(said.get("service", "")),
        item=item,
        approval=approval.id,
        asked_by=approval.person,
        approved_by=person,
    )
    return [voided, *voided_item(state, by, name_of(ticket, item), person)]


# --- a document deleted before an archive has it ------------------------------------------------


def _may_purge(state: State, command: AskApproval) -> Refusal | None:
    """``params`` say which document: document, number, material, date. Whoever asks has looked it up."""
    if command.params.get("document") != command.subject or not command.subject.startswith("d_"):
        return Refusal("bad_value", {"field": "subject"})
    return None


def _purge(state: State, by: By, approval: Approval, person: str) -> list[HallEvent]:
    return [DocumentRemoved(by=by, document=approval.subject, why="purged")]


# --- what a citizen wrote, deleted at the citizen's word ------------------------------------------


def _may_erase(state: State, command: AskApproval) -> Refusal | None:
    """The subject is an item of 差评; ``params`` say it to persons: number, window, date, teller."""
    item = state.poor.get(command.subject)
    if item is None:
        return Refusal("unknown_poor_rating", {"rating": command.subject[:40]})
    return None if said_with(item) else Refusal("nothing_to_erase", {"number": item.number})


def _erase(state: State, by: By, approval: Approval, person: str) -> list[HallEvent]:
    item = state.poor.get(approval.subject)
    refs = said_with(item) if item is not None else ()
    if not refs:
        return []
    return [
        PrivateErased(
            by=by,
            refs=refs,
            rating=approval.subject,
            approval=approval.id,
            asked_by=approval.person,
            approved_by=person,
        )
    ]


Check = Callable[[State, AskApproval], Refusal | None]
Effect = Callable[[State, By, Approval, str], list[HallEvent]]

CHECKS: Mapping[str, Check] = {
    RATING_VOID: _may_void,
    SCAN_PURGE: _may_purge,
    WORDS_ERASE: _may_erase,
}
"""Whether something may be asked for at all."""

EFFECTS: Mapping[str, Effect] = {RATING_VOID: _void, SCAN_PURGE: _purge, WORDS_ERASE: _erase}
"""The events of what was agreed to; the last argument is who agreed."""

DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], Decision]] = {
    AskApproval: _ask,
    DecideApproval: _decide,
    WithdrawApproval: _withdraw,
}
