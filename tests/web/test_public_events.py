"""Projections: each kind is either public on purpose or inside on purpose, and says no more than it may."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, get_args

import msgspec
import pytest

from kioskd.hall.codec import KINDS
from kioskd.hall.events import HallEvent
from kioskd.hub import public_events
from kioskd.hub.feed import Committed
from kioskd.hub.public_events import Audience, encode, project
from kioskd.journal.records import Position

INSIDE = {
    "clock.jumped",
    "hall.checked",
    "ticket.announced",
    "rating.stray",
    "press.dropped",
    "audit.noted",
    "command.applied",
    "station.attached",
    "appointment.booked",
    "appointment.cancelled",
    "appointment.missed",
    "document.archived",
    "document.removed",
}
"""Kinds that nobody outside hears of."""

SECRET = {"identity", "comment", "skills", "rules", "boot", "numbers"}
"""Fields of events that never leave; nor does a ticket's code."""


def sample(kind: type[Any]) -> Any:
    """An event of a kind with every field filled."""
    return msgspec.convert(filled(kind) | {"kind": kind.__struct_config__.tag}, kind)


def filled(kind: type[Any]) -> dict[str, Any]:
    return {field.name: value(field.name, field.type) for field in msgspec.structs.fields(kind)}


def value(name: str, form: Any) -> Any:
    text = str(form)
    if isinstance(form, type) and issubclass(form, msgspec.Struct):
        if form.__name__ == "Rules":
            from tests.web.rules import open_hall

            return msgspec.to_builtins(open_hall())
        return filled(form)
    if isinstance(form, type) and hasattr(form, "__members__"):
        return next(iter(form)).value
    if form is bool:
        return True
    if "dict" in text:
        return {}
    if "Order |" in text:
        return None
    if "DayRoster" in text:
        return []
    if "PaperTicket" in text:
        from kioskd.hall.events import PaperTicket

        return [filled(PaperTicket)]
    if "FiledDocument" in text:
        from kioskd.hall.events import FiledDocument

        return [filled(FiledDocument)]
    if "tuple[tuple[str, str]" in text:
        return [[f"{name}-value", f"{name}-value"]]
    if "tuple[int, int]" in text:
        return [1, 2]
    if "tuple[int" in text:
        return [101]
    if "tuple[str" in text:
        return [f"{name}-value"]
    if "Name" in text:
        return {"zh": f"{name}-value", "en": f"{name}-value"}
    if "Wait" in text:
        return {"ahead": 1, "low": 2, "high": 3}
    if "int" in text:
        return 3
    return f"{name}-value"


def committed(kind: type[Any]) -> Committed:
    return Committed(Position(1, 7), 5000, 1_773_000_000_123, sample(kind))


@pytest.mark.parametrize("name", sorted(KINDS))
def test_each_kind_is_decided_upon(name: str) -> None:
    shown = [audience for audience in Audience if project(committed(KINDS[name]), audience, 480) is not None]
    assert bool(shown) is (name not in INSIDE)
    assert shown == [audience for audience in Audience if shown and audience >= shown[0]]


@pytest.mark.parametrize("name", sorted(KINDS))
@pytest.mark.parametrize("audience", list(Audience))
def test_nothing_secret_leaves(name: str, audience: Audience) -> None:
    event = committed(KINDS[name])
    shown = encode(event, audience, 480)
    if shown is None:
        return
    kind, raw = shown
    fields = msgspec.json.decode(raw)
    assert fields["v"] == 1
    assert fields["type"] == kind
    assert fields["at"] == "2026-03-09T04:00:00.123+08:00"
    for secret in SECRET | ({"code"} if name in ("ticket.issued", "paper_range.entered") else set()):
        assert f"{secret}-value".encode() not in raw, secret
    if audience is Audience.PUBLIC:
        assert not fields.keys() & {"ticket", "teller", "priority", "by", "level"}
        assert "reason" not in fields or name.startswith("window.")
    if audience < Audience.LEADS:
        assert "level" not in fields
        assert not re.match(r"rating\.(given|missed|changed|late|stray)", kind)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_what_a_higher_audience_sees_includes_what_a_lower_one_sees(name: str) -> None:
    event = committed(KINDS[name])
    views = [encode(event, audience, 480) for audience in Audience]
    for lower, higher in pairwise(views):
        if lower is not None:
            assert higher is not None
            less = msgspec.json.decode(lower[1]).items()
            more = msgspec.json.decode(higher[1]).items()
            if lower[0] == higher[0]:
                assert [item for item in less if item not in more] == []


def test_a_bad_rating_is_an_alert_for_leads_only() -> None:
    raised = sample(KINDS["alert.raised"])
    bad = msgspec.structs.replace(raised, about="bad_rating", alert="bad_rating:t_1")
    cleared = msgspec.structs.replace(sample(KINDS["alert.cleared"]), alert="bad_rating:t_1")
    for event in (bad, cleared):
        told = Committed(Position(1, 1), 0, 0, event)
        assert project(told, Audience.STAFF, 480) is None
        assert project(told, Audience.LEADS, 480) is not None


def test_every_projected_class_is_an_event() -> None:
    assert set(public_events._MAKERS) <= set(get_args(HallEvent))
