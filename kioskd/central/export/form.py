"""One rating in the words of the province's interface."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import msgspec

from kioskd.hall.rules import Name, Promise, PromiseKind

CHINA = timedelta(hours=8)
DONE, TAKEN_IN = "3", "2"
"""proStatus: 已办结, 已受理."""

PROMISED, AT_ONCE = "1", "2"


class Rated(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a hall's log says of one rating; ``at`` and ``called`` are UTC milliseconds.

    ``case`` to ``accepted`` are the business system's own words where it handed over the case.
    """

    hall: str
    rating: str
    at: int
    level: int
    pf: str = "4"
    options: tuple[int, ...] = ()
    teller: str = ""
    service: str = ""
    queue: str = ""
    case: str = ""
    task_code: str = ""
    task_name: str = ""
    status: str = ""
    accepted: str = ""
    result: str = "done"
    called: int | None = None


class _Service(msgspec.Struct, frozen=True):
    code: str
    name: Name
    promise: Promise | None = None


class _Queue(msgspec.Struct, frozen=True):
    id: str
    name: Name


class _Teller(msgspec.Struct, frozen=True):
    id: str
    name: str


class FormRules(msgspec.Struct, frozen=True):
    """What a form needs of a hall's rules; the rest of them is not looked at."""

    services: tuple[_Service, ...] = ()
    queues: tuple[_Queue, ...] = ()
    tellers: tuple[_Teller, ...] = ()


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """The interface's fields under its own names. ``writingEvaluation`` stays empty: what a citizen writes
    does not leave the hall.
    """

    areaCode: str  # noqa: N815
    deptCode: str  # noqa: N815
    taskCode: str  # noqa: N815
    taskName: str  # noqa: N815
    projectNo: str  # noqa: N815
    proStatus: str  # noqa: N815
    proManager: str  # noqa: N815
    pf: str
    satisfaction: str
    evalDetail: str  # noqa: N815
    writingEvaluation: str  # noqa: N815
    assessTime: str  # noqa: N815
    assessNumber: str  # noqa: N815
    promiseTime: str  # noqa: N815
    acceptDate: str  # noqa: N815


def assess_number(hall: str, rating: str) -> str:
    """Return what names this rating for ever, however often it is sent: 32 hex digits."""
    return hashlib.sha256(f"kioskd.assess.1 {hall} {rating}".encode()).hexdigest()[:32]


def fill(rated: Rated, codes: tuple[str, str], rules: FormRules) -> Form:
    """Fill in the form. What the hall's settings do not know stands under its id."""
    service = next((one for one in rules.services if one.code == rated.service), None)
    queue = next((one for one in rules.queues if one.id == rated.queue), None)
    teller = next((one.name for one in rules.tellers if one.id == rated.teller), rated.teller)
    if service is not None:
        task = service.name.zh
    else:
        task = rated.service or (queue.name.zh if queue is not None else rated.queue)
    promise = None if service is None else service.promise
    at_once = promise is None or promise.kind is PromiseKind.IMMEDIATE
    return Form(
        areaCode=codes[0],
        deptCode=codes[1],
        taskCode=rated.task_code or rated.service or rated.queue,
        taskName=rated.task_name or task,
        projectNo=rated.case,
        proStatus=rated.status or (DONE if rated.result == "done" else TAKEN_IN),
        proManager=teller,
        pf=rated.pf or "4",
        satisfaction=str(rated.level),
        evalDetail=",".join(map(str, rated.options)),
        writingEvaluation="",
        assessTime=_time(rated.at),
        assessNumber=assess_number(rated.hall, rated.rating),
        promiseTime=AT_ONCE if at_once else PROMISED,
        acceptDate=rated.accepted or _time(rated.called if rated.called is not None else rated.at),
    )


def _time(wall: int) -> str:
    return (datetime.fromtimestamp(wall / 1000, UTC) + CHINA).strftime("%Y-%m-%d %H:%M:%S")
