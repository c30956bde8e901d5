"""Strategies for commands that make sense, half make sense, or make none."""

from __future__ import annotations

import types
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Union, get_args, get_origin

import msgspec
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from kioskd.hall import commands as c
from kioskd.hall.roster import DayRoster
from kioskd.hall.rules import Calendar, Queue, Rules, Session
from tests.hall.conftest import make_rules

_TICKETS = [f"t_{n}" for n in range(1, 15)] + ["A001", "A002", "S001", "C001", "测001"]
_POOLS: dict[str, list[str]] = {
    "ticket": _TICKETS,
    "queue": ["general", "company", "special", "advice"],
    "to_queue": ["general", "company", "special", "advice"],
    "window": ["1", "2", "3"],
    "to_window": ["1", "2", "3"],
    "teller": ["li", "wang", "zhao"],
    "to_teller": ["li", "wang", "zhao"],
    "priority": ["elderly", "soldier"],
    "services": ["pension", "medical", "register", "injury", "audit"],
    "skills": ["general", "company", "special", "advice"],
    "key": ["call", "recall", "evaluate", "confirm", "no_show", "hold", "call_back", "pause", "transfer"],
    "slot": _TICKETS,
    "shown": _TICKETS,
    "after": _TICKETS,
    "date": ["2026-03-02", "2026-03-03", "2026-03-09", "1999-01-01", "9999-12-31", "not a date"],
    "witness": ["2026-03-02", "2026-03-03"],
    "outcome": ["done", "failed", "unknown"],
    "device": ["printer-1", "sign-1", "sign-2"],
    "state": ["online", "offline", "", "hardwareError"],
    "paper": ["out", "full", "low"],
    "job": ["1.6.1", "1.7.1", "1.8.1", "9.9.9"],
    "rating": ["t_1.1", "t_2.1", "t_3.1", "t_4.1"],
    "step": ["take", "verify", "appeal", "uphold", "reject", "rectify", "follow_up", "reopen"],
    "ground": ["mistaken", "unfounded"],
    "result": ["satisfied", "dissatisfied", "no_answer", "anonymous"],
    "person": ["", "sun", "qian"],
    "handler": ["", "sun"],
    "approval": ["a_1", "a_2"],
    "about": ["rating.void"],
    "subject": ["t_1.1", "t_2.1"],
    "alert": ["waiting", "empty_window:1", "long_wait:general", "bad_rating:t_1"],
    "identity": ["hash-a", "hash-b"],
    "appointment": ["a_1", "a_2", "code-a"],
    "id": [f"t_{n}" for n in range(1, 15)] + ["a_1", "a_2"],
    "code": ["code-a", "code-b"],
    "start": ["00:00", "08:30", "09:00", "16:00"],
    "end": ["08:45", "09:15", "16:30", "24:00"],
    "ids": [f"t_p{n}" for n in range(4)],
    "codes": [f"k_p{n}" for n in range(4)],
    "role": ["kiosk", "teller", "lead"],
}
_NONSENSE = st.sampled_from(["", "nonsense", "nonsense\x00", "取号", "A", "1.2", "t_", "-1"])
_INTS: dict[str, st.SearchStrategy[int]] = {
    "level": st.integers(0, 6),
    "age_ms": st.sampled_from([0, 0, 0, 300, 2_000, 30_000, 4_000_000, -5, 10**15]),
    "minutes": st.sampled_from([0, 5, 15, 30, -1, 10**9]),
    "first": st.integers(-1, 60),
    "last": st.integers(-1, 60),
    "headcount": st.sampled_from([1, 12, 0, 10**12]),
    "items": st.sampled_from([1, 0, -1, 10**9]),
    "materials": st.sampled_from([0, 4, -1]),
    "call": st.integers(0, 4),
}


def _rules() -> st.SearchStrategy[Rules]:
    """The same rules, other good ones, and broken ones."""
    good = make_rules()
    without = msgspec.structs.replace(good, windows=good.windows[:2], roster=())
    disabled = msgspec.structs.replace(
        good, windows=(msgspec.structs.replace(good.windows[0], enabled=False), *good.windows[1:])
    )
    fewer = msgspec.structs.replace(good, queues=good.queues[:1], services=(), windows=(), tellers=())
    session: Session = msgspec.structs.replace(good.calendar.sessions[0], serve_from="25:99")
    bad_time = msgspec.structs.replace(good, calendar=Calendar(sessions=(session,)))
    queue: Queue = msgspec.structs.replace(good.queues[0], prefix="测")
    bad_prefix = msgspec.structs.replace(good, queues=(queue, *good.queues[1:]))
    return st.sampled_from([good, good, without, disabled, fewer, bad_time, bad_prefix])


def _text(name: str) -> st.SearchStrategy[str]:
    pool = _POOLS.get(name)
    if pool is None:
        return _NONSENSE
    # Three times of four something that exists.
    return st.integers(0, 3).flatmap(lambda n: st.sampled_from(pool) if n else _NONSENSE)


def _of(name: str, kind: Any) -> st.SearchStrategy[Any]:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return st.one_of([_of(name, option) for option in get_args(kind)])
    if kind is type(None):
        return st.none()
    if kind is UnsetType:
        return st.just(UNSET)
    if kind is bool:
        return st.booleans()
    if kind is int:
        return _INTS.get(name, st.integers(-1, 5))
    if kind is str:
        return _text(name)
    if kind is c.By:
        return st.sampled_from([c.By("person", "p", "lead"), c.By("device", "kiosk-1", "kiosk")])
    if kind is Rules:
        return _rules()
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return st.sampled_from(list(kind))
    if origin is tuple and get_args(kind)[-1] is not Ellipsis:
        return st.tuples(*(_of(name, part) for part in get_args(kind)))
    if origin is tuple:
        return st.lists(_of(name, get_args(kind)[0]), max_size=4).map(tuple)
    if origin is dict:
        return st.dictionaries(st.sampled_from(["A", "C", "测", "X"]), st.integers(-5, 300), max_size=2)
    if kind is DayRoster:
        return st.builds(
            DayRoster,
            date=_text("date"),
            duty=st.dictionaries(_text("window"), _text("teller"), max_size=3),
            leads=st.lists(_NONSENSE, max_size=2).map(tuple),
            stand_ins=st.dictionaries(_text("teller"), _text("teller"), max_size=2),
        )
    raise TypeError(f"no strategy for {name}: {kind}")


def _command(kind: type[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {field.name: _of(field.name, field.type) for field in msgspec.structs.fields(kind)}
    ).map(lambda fields: kind(**fields))


COMMANDS: tuple[type[Any], ...] = get_args(c.Command)
"""Every kind of command."""


def commands(chosen: Callable[[type[Any]], bool] = lambda kind: True) -> st.SearchStrategy[Any]:
    """Any command of the chosen kinds."""
    return st.one_of([_command(kind) for kind in COMMANDS if chosen(kind)])
