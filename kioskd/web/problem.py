"""Problems: what an answer says when something was not done (RFC 9457).

``code`` is stable and part of the public contract; ``title`` and ``detail`` are in the reader's
language; ``params`` are the values in the sentence; further members depend on the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from kioskd.web.headers import HEADERS
from kioskd.web.language import Language, Sentence, fill, texts

MEDIA_TYPE = "application/problem+json"
URN = "urn:kioskd:problem:"

REFUSED = 409
"""A command that the hall's rules refuse conflicts with the state it met, unless said otherwise."""

STATUS: dict[str, int] = {
    "bad_dates": 400,
    "bad_level": 400,
    "bad_options": 400,
    "bad_range": 400,
    "bad_request": 400,
    "bad_value": 400,
    "body_invalid": 400,
    "headcount_needed": 400,
    "key_invalid": 400,
    "key_missing": 400,
    "not_http": 400,
    "one_target": 400,
    "position_invalid": 400,
    "query_invalid": 400,
    "queue_or_services": 400,
    "session_over": 401,
    "session_locked": 401,
    "password_change_needed": 401,
    "sign_in_wrong": 403,
    "own_password_wrong": 403,
    "account_disabled": 403,
    "csrf_refused": 403,
    "https_needed": 403,
    "token_missing": 401,
    "token_unknown": 401,
    "check_wrong": 403,
    "code_needed": 403,
    "not_allowed": 403,
    "origin_refused": 403,
    "other_station": 403,
    "not_your_window": 403,
    "named_account_needed": 403,
    "not_the_asker": 403,
    "not_the_handler": 403,
    "own_rating": 403,
    "same_person": 403,
    "own_days_only": 403,
    "other_teller": 403,
    "other_window": 403,
    "pairing_wrong": 403,
    "no_successor": 403,
    "pin_wrong": 403,
    "pin_locked": 429,
    "test_only": 403,
    "no_figures": 404,
    "no_rating_asked": 409,
    "no_signature_pad": 404,
    "not_signed": 404,
    "no_contact": 404,
    "no_release": 404,
    "unknown_approval": 404,
    "unknown_poor_rating": 404,
    "not_found": 404,
    "appointment_unknown": 404,
    "no_photo": 404,
    "no_picture": 422,
    "no_settings_file": 404,
    "no_setup": 404,
    "unknown_settings_file": 404,
    "settings_not_own": 409,
    "unknown_version": 404,
    "settings_changed": 409,
    "settings_wrong": 422,
    "no_central": 404,
    "central_away": 503,
    "unknown_account": 404,
    "unknown_alert": 404,
    "unknown_device": 404,
    "unknown_station": 404,
    "station_away": 409,
    "bundle_busy": 409,
    "not_a_printer": 422,
    "rebind_not_asked": 409,
    "rebind_wrong_code": 409,
    "nothing_to_undo": 409,
    "device_away": 409,
    "unknown_job": 404,
    "unknown_document": 404,
    "unknown_page": 404,
    "document_archived": 410,
    "no_camera": 404,
    "no_printer": 404,
    "no_reader": 404,
    "reader_failed": 503,
    "not_a_picture": 415,
    "page_gone": 404,
    "page_broken": 500,
    "page_failed": 500,
    "key_wrong": 503,
    "camera_failed": 503,
    "documents_key_missing": 503,
    "documents_spool_failed": 503,
    "documents_starting": 503,
    "spool_failed": 503,
    "spool_full": 507,
    "unknown_ticket": 404,
    "unknown_window": 404,
    "method_not_allowed": 405,
    "body_slow": 408,
    "head_slow": 408,
    "body_too_large": 413,
    "not_json": 415,
    "encoding_refused": 415,
    "no_table": 422,
    "setup_wrong": 422,
    "setup_changed": 409,
    "roster_wrong": 422,
    "account_name_invalid": 422,
    "account_role_invalid": 422,
    "key_reused": 422,
    "password_same": 422,
    "password_weak": 422,
    "unknown_priority": 422,
    "unknown_queue": 422,
    "unknown_service": 422,
    "unknown_teller": 422,
    "not_websocket": 426,
    "burst": 429,
    "head_too_large": 431,
    "check_locked": 429,
    "reprint_at_desk": 429,
    "sign_in_closed": 429,
    "too_many_attempts": 429,
    "internal": 500,
    "intake_closed": 503,
    "not_the_hub": 503,
    "not_taken_over": 503,
    "no_backup_place": 409,
    "hub_alive": 409,
    "standby_not_ready": 409,
    "permit_over": 409,
    "no_settings": 503,
    "not_saved": 503,
    "outcome_unknown": 503,
    "settings_half": 503,
    "settings_unwritable": 503,
    "too_many_connections": 503,
    "too_many_followers": 503,
}
"""Status of every code; refusals of the hall that are not named here are `REFUSED`."""

_HEADERS: dict[int, dict[str, str]] = {
    401: {"WWW-Authenticate": "Bearer"},
    426: {"Upgrade": "websocket"},
    429: {"Retry-After": "60"},
    503: {"Retry-After": "1"},
}


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Body of a problem answer. ``present`` is what the caller should know to go on."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    params: dict[str, Any] = {}
    present: Any = None


class ProblemError(Exception):
    """Ends a request with a problem.

    ``named`` are the parameters as its sentence says them: names instead of identifiers.
    """

    def __init__(
        self,
        code: str,
        params: Mapping[str, Any] | None = None,
        *,
        present: object = None,
        headers: Mapping[str, str] | None = None,
        close: bool = False,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.params = dict(params or {})
        self.named: Mapping[str, Any] = self.params
        self.present = present
        self.headers = headers
        self.close = close


def status_of(code: str) -> int:
    """Return the HTTP status of a code."""
    return STATUS.get(code, REFUSED)


def refusal_sentence(code: str, params: Mapping[str, Any], language: Language) -> str:
    """Return what people read about a code with these parameters."""
    known = texts(language)
    said = {name: known.word.get(f"{name}.{value}", value) for name, value in params.items()}
    why = known.invalid.get(str(params.get("reason")))
    if why is not None:
        said["why"] = fill(why, said)
    return fill(_sentence(code, language).detail, said)


def _sentence(code: str, language: Language) -> Sentence:
    # A code without sentences is a mistake that a test catches; the reader still gets the code.
    known = texts(language).problem
    return known.get(code) or known["internal"]


def answer(error: ProblemError, language: Language) -> web.Response:
    """Return the answer that says a problem in the reader's language."""
    status = status_of(error.code)
    sentence = _sentence(error.code, language)
    problem = Problem(
        type=URN + error.code,
        title=sentence.title,
        status=status,
        code=error.code,
        detail=refusal_sentence(error.code, error.named, language),
        params=error.params,
        present=error.present,
    )
    response = web.Response(
        status=status,
        body=msgspec.json.encode(problem),
        headers={
            "Content-Type": MEDIA_TYPE,
            "Content-Language": language.value,
            **HEADERS,
            **_HEADERS.get(status, {}),
            **(error.headers or {}),
        },
    )
    if error.close:
        response.force_close()
    return response
