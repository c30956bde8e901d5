"""Items of 差评 and what waits for a second person, as leads are shown them; no text and no phone is here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from kioskd.hall.approvals import Approval
from kioskd.hall.events import Params
from kioskd.hall.poor import OPEN, PoorMove, PoorRating, PoorState
from kioskd.hall.rules import Name
from kioskd.hall.state import State
from kioskd.hub.public import time_of


class PoorMoveView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step that was done. ``has_note``: the person wrote something about it."""

    version: int
    step: str
    state: PoorState
    at: str
    person: str
    ground: str = ""
    result: str = ""
    handler: str = ""
    has_note: bool = False


class PoorRatingView(msgspec.Struct, frozen=True, kw_only=True):
    """An item. ``person`` is who was rated, ``handler`` the account that works on it, with its
    ``handler_name``; ``days_left`` counts calendar days to ``due`` and is negative afterwards. ``moves`` only
    where one item was asked for.
    """

    rating: str
    number: str
    date: str
    due: str
    days_left: int
    overdue: bool
    state: PoorState
    version: int
    window: str
    level: int
    options: tuple[int, ...]
    service: Name | None
    person: str | None
    handler: str
    handler_name: str
    appealed_by: str
    ground: str
    outcome: str
    attempts: int
    late: bool
    at: str
    has_comment: bool
    has_contact: bool
    moves: tuple[PoorMoveView, ...] = ()


class ApprovalView(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for a second person: asked by ``person``, possible until ``until``."""

    approval: str
    about: str
    subject: str
    params: Params
    person: str
    person_name: str
    why: str
    at: str
    until: str


def poor_view(
    state: State, item: PoorRating, names: Mapping[str, str], *, moves: bool = False
) -> PoorRatingView:
    """Return an item; ``names`` are persons by account."""
    book = state.book
    service = book.services.get(item.service) if book is not None else None
    teller = book.tellers.get(item.teller) if book is not None else None
    left = _days_left(state, item)
    return PoorRatingView(
        rating=item.id,
        number=item.number,
        date=item.date,
        due=item.due,
        days_left=left,
        overdue=item.state in OPEN and left < 0,
        state=item.state,
        version=item.version,
        window=item.window,
        level=item.level,
        options=item.options,
        service=service.name if service is not None else None,
        person=teller.name if teller is not None else None,
        handler=item.handler,
        handler_name=_who(item.handler, names),
        appealed_by=item.appealed_by,
        ground=item.ground,
        outcome=item.outcome,
        attempts=item.attempts,
        late=item.late,
        at=time_of(state, item.wall),
        has_comment=item.comment is not None,
        has_contact=item.contact is not None,
        moves=tuple(_move(state, move, names) for move in item.moves) if moves else (),
    )


def poor_items(state: State, show: str) -> list[PoorRating]:
    """Return items: ``open`` by what is due first, ``closed`` by what ended last, ``all`` in that order."""
    items = list(state.poor.values())
    opened = sorted((item for item in items if item.state in OPEN), key=lambda item: (item.due, item.wall))
    closed = sorted(
        (item for item in items if item.state not in OPEN),
        key=lambda item: -(item.moves[-1].wall if item.moves else item.wall),
    )
    return {"open": opened, "closed": closed}.get(show, [*opened, *closed])


def approval_view(state: State, approval: Approval, names: Mapping[str, str]) -> ApprovalView:
    """Return what waits for a second person."""
    return ApprovalView(
        approval=approval.id,
        about=approval.about,
        subject=approval.subject,
        params=approval.params,
        person=approval.person,
        person_name=_who(approval.person, names),
        why=approval.why,
        at=time_of(state, approval.wall),
        until=time_of(state, approval.wall + approval.until - approval.at),
    )


def _move(state: State, move: PoorMove, names: Mapping[str, str]) -> PoorMoveView:
    return PoorMoveView(
        version=move.version,
        step=move.step,
        state=move.state,
        at=time_of(state, move.wall),
        person=_who(move.person, names),
        ground=move.ground,
        result=move.result,
        handler=_who(move.handler, names) if move.step == "take" else "",
        has_note=move.note is not None,
    )


def _who(account: str, names: Mapping[str, str]) -> str:
    return names.get(account, account.removeprefix("central:"))


def _days_left(state: State, item: PoorRating) -> int:
    if state.day is None or not item.due:
        return 0
    return (date.fromisoformat(item.due) - date.fromisoformat(state.day.date)).days
