"""The office's routes, for the description of the whole server."""

from __future__ import annotations

import msgspec

from kioskd.central.entry import Entry
from kioskd.central.export.outbox import Standing
from kioskd.central.office.door import OfficeSession
from kioskd.central.office.halls import HallsView, HallView
from kioskd.central.office.poor import PoorItem, Said, StepBody
from kioskd.central.office.reports import AnomalyRow, NotedRow
from kioskd.web.session import PasswordBody, SignInBody, UnlockBody


class Count(msgspec.Struct, frozen=True):
    """How many."""

    count: int


_IN = {401: "token_missing, session_over", 403: "session_locked, password_change_needed, not_allowed"}
_DOING = {400: "not_json, body_invalid", 401: _IN[401], 403: f"{_IN[403]}, origin_refused, csrf_refused"}
_SESSION = "/api/v1/session"
_OFFICE = "/api/v1/office"
_RANGE = (("first", "date"), ("last", "date"), ("hall", "string"), ("audit_class", "string"))

ENTRIES: tuple[Entry, ...] = (
    Entry("get", _SESSION, "Who is signed in", {200: OfficeSession}, problems={403: "origin_refused"}),
    Entry(
        "post",
        _SESSION,
        "Sign in; the answer sets the session's cookie",
        {200: OfficeSession},
        SignInBody,
        {
            400: "not_json, body_invalid",
            403: "sign_in_wrong, https_needed, origin_refused",
            429: "sign_in_closed, too_many_attempts",
        },
    ),
    Entry(
        "post",
        f"{_SESSION}/end",
        "Sign out",
        {204: None},
        problems={403: "origin_refused, csrf_refused"},
        session=True,
    ),
    Entry(
        "post",
        f"{_SESSION}/lock",
        "Lock the page, if anybody is signed in",
        {204: None},
        problems={403: "origin_refused"},
    ),
    Entry(
        "post",
        f"{_SESSION}/unlock",
        "Unlock it again",
        {200: OfficeSession},
        UnlockBody,
        {**_DOING, 429: "sign_in_closed, too_many_attempts"},
        session=True,
    ),
    Entry(
        "post",
        f"{_SESSION}/password",
        "Another password for oneself",
        {200: OfficeSession},
        PasswordBody,
        {**_DOING, 422: "password_weak, password_same", 429: "sign_in_closed, too_many_attempts"},
        session=True,
    ),
    Entry(
        "post", f"{_SESSION}/active", "Somebody is at the page", {204: None}, problems=_DOING, session=True
    ),
    Entry("get", f"{_OFFICE}/halls", "All halls side by side", {200: HallsView}, problems=_IN, session=True),
    Entry(
        "get",
        f"{_OFFICE}/halls/{{hall}}",
        "A hall and the figures of a day; the look is noted",
        {200: HallView},
        problems={**_IN, 400: "query_invalid", 404: "not_found"},
        query=(("date", "date"),),
        session=True,
    ),
    Entry(
        "get",
        f"{_OFFICE}/poor",
        "The register of bad ratings",
        {200: tuple[PoorItem, ...]},
        problems={**_IN, 400: "query_invalid"},
        query=(("show", "string"), ("hall", "string")),
        session=True,
    ),
    Entry(
        "get",
        f"{_OFFICE}/poor/{{hall}}/{{rating}}",
        "One of them; the look is noted",
        {200: PoorItem},
        problems={**_IN, 404: "unknown_poor_rating"},
        session=True,
    ),
    Entry(
        "get",
        f"{_OFFICE}/poor/{{hall}}/{{rating}}/said",
        "What the citizen said, where the hall lets it go up; the look is noted",
        {200: Said},
        problems={**_IN, 404: "unknown_poor_rating"},
        session=True,
    ),
    Entry(
        "post",
        f"{_OFFICE}/poor/{{hall}}/{{rating}}/moves",
        "Ask the hall for a step",
        {202: PoorItem},
        StepBody,
        {**_DOING, 404: "unknown_poor_rating", 409: "poor_rating_moved_on", 422: "bad_value"},
        session=True,
    ),
    Entry(
        "get",
        f"{_OFFICE}/anomalies",
        "Anomalies of all halls; the look is noted",
        {200: tuple[AnomalyRow, ...]},
        problems={**_IN, 400: "query_invalid, bad_dates"},
        query=_RANGE,
        session=True,
    ),
    Entry(
        "get",
        f"{_OFFICE}/months/{{month}}.xlsx",
        "A month as a workbook",
        {200: None},
        problems={**_IN, 400: "bad_dates", 404: "not_found"},
        session=True,
    ),
    Entry(
        "get",
        f"{_OFFICE}/export",
        "How the export to the province stands",
        {200: Standing},
        problems=_IN,
        session=True,
    ),
    Entry(
        "post",
        f"{_OFFICE}/export/retry",
        "Send again what was refused",
        {200: Count},
        problems=_DOING,
        session=True,
    ),
    Entry(
        "get",
        f"{_OFFICE}/noted",
        "Who did or looked at what",
        {200: tuple[NotedRow, ...]},
        problems={**_IN, 400: "query_invalid"},
        query=(("before", "integer"), ("limit", "integer")),
        session=True,
    ),
)
"""What is answered with a code is problem details in the reader's language."""
