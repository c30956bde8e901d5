"""The description of what a central server answers to halls, to citizens and to the office (OpenAPI 3.1).

Enough, with docs/sync-protocol.md, for another vendor's central server or hall.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
from aiohttp import web

from kioskd.central.appointments import AppointmentShown, BookAsked, OffersShown
from kioskd.central.citizens import HallShown, PlaceShown
from kioskd.central.entry import Entry
from kioskd.central.office import described
from kioskd.central.remote import Asked, TakeAsked
from kioskd.central.server import JoinAsked, Joined
from kioskd.central.vault import Kept
from kioskd.sync.messages import NotTaken, Orders, Push, Refetch, Taken
from kioskd.sync.sharing import SharedValue
from kioskd.sync.status import HallStatus
from kioskd.web.security import CSRF, SESSION

PATH = "/api/v1/openapi.json"
_REF = "#/components/schemas/{name}"


class HallsShown(msgspec.Struct, frozen=True):
    """Every hall."""

    halls: tuple[HallShown, ...]


class Token(msgspec.Struct, frozen=True):
    """A token; those before it end when it is first used."""

    token: str


class Nothing(msgspec.Struct, frozen=True):
    """An empty object."""


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True):
    """Problem details (RFC 9457). ``code`` is stable."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    params: dict[str, str | int] = {}


_HALL = {401: "token_missing, token_unknown", 403: "other_hall"}
_SYNC = "/sync/v1/halls/{hall}"

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "post",
        "/sync/v1/join",
        "Trade a one-time code for a hall's token",
        {200: Joined},
        JoinAsked,
        {400: "body_invalid", 403: "code_wrong", 429: "too_many_attempts"},
    ),
    Entry(
        "post",
        f"{_SYNC}/events",
        "Push events of a hall's log, or a heartbeat",
        {200: Taken, 409: NotTaken},
        Push,
        {400: "body_invalid, corrupt", 404: "unknown_hall", **_HALL},
        token=True,
        gzip=True,
    ),
    Entry(
        "get",
        f"{_SYNC}/feed",
        "Orders past a place; the question is held for up to `wait` seconds",
        {200: Orders, 409: Refetch},
        None,
        {400: "query_invalid", 404: "unknown_hall", **_HALL},
        token=True,
        query=(("feed", "string"), ("after", "integer"), ("last", "string"), ("wait", "number")),
    ),
    Entry(
        "put",
        f"{_SYNC}/status",
        "How the hall stands; the last word counts",
        {200: Nothing},
        HallStatus,
        {400: "body_invalid", **_HALL},
        token=True,
        gzip=True,
    ),
    Entry(
        "get",
        f"{_SYNC}/settings/{{version}}",
        "The files of a release of settings: name by content",
        {200: dict[str, str]},
        None,
        {404: "no_release", **_HALL},
        token=True,
    ),
    Entry(
        "put",
        f"{_SYNC}/documents/{{document}}.pdf",
        "Keep a document (the body is its PDF); answered once it is durable, with its SHA-256",
        {200: Kept},
        None,
        {
            400: "digest_differs",
            404: "not_found",
            408: "body_slow",
            413: "body_too_large",
            415: "not_a_pdf",
            503: "documents_key_missing, spool_failed",
            507: "spool_full",
            **_HALL,
        },
        token=True,
    ),
    Entry(
        "get",
        f"{_SYNC}/documents/{{document}}.pdf",
        "A document that the hall gave (application/pdf)",
        {200: bytes},
        None,
        {404: "unknown_document", 503: "documents_key_missing, page_broken, key_wrong", **_HALL},
        token=True,
    ),
    Entry(
        "put",
        f"{_SYNC}/values",
        "A personal value that an event refers to, where the hall's settings let it go up",
        {200: Nothing},
        SharedValue,
        {400: "body_invalid, digest_differs", 404: "not_found", **_HALL},
        token=True,
    ),
    Entry("post", f"{_SYNC}/token", "Another token", {200: Token}, None, _HALL, token=True),
    Entry("get", "/api/v1/halls", "Every hall, and whether it is open", {200: HallsShown}),
    Entry(
        "get",
        "/api/v1/halls/{hall}",
        "A hall with its waits",
        {200: HallShown},
        problems={404: "unknown_hall"},
    ),
    Entry(
        "get",
        "/api/v1/halls/{hall}/tickets/{code}",
        "Where a ticket stands, by the code on its slip",
        {200: PlaceShown},
        problems={404: "unknown_hall, unknown_ticket", 429: "too_many_attempts"},
    ),
    Entry(
        "post",
        "/api/v1/halls/{hall}/tickets",
        "Ask the hall for a number by phone; the same key again gives the same answer",
        {202: Asked},
        TakeAsked,
        {
            400: "body_invalid, key_missing",
            404: "unknown_hall",
            409: "remote_off, person_refused",
            422: "person_invalid",
            429: "too_many_attempts",
        },
        keyed=True,
    ),
    Entry(
        "get",
        "/api/v1/halls/{hall}/slots",
        "Times that can be had",
        {200: OffersShown},
        problems={404: "unknown_hall"},
    ),
    Entry(
        "post",
        "/api/v1/halls/{hall}/appointments",
        "Take a time; the same key again gives the same answer",
        {201: AppointmentShown, 200: AppointmentShown},
        BookAsked,
        {
            400: "body_invalid, key_missing",
            404: "unknown_hall",
            409: "full, not_offered, unknown_service, person_refused, already_booked, blocked",
            422: "person_invalid, key_reused",
            429: "too_many_attempts",
        },
        keyed=True,
    ),
    Entry(
        "get",
        "/api/v1/appointments/{code}",
        "An appointment by its code",
        {200: AppointmentShown},
        problems={404: "unknown_appointment", 429: "too_many_attempts"},
    ),
    Entry(
        "post",
        "/api/v1/appointments/{code}/cancel",
        "Give a time back",
        {200: AppointmentShown},
        problems={404: "unknown_appointment", 409: "too_late, not_waiting", 429: "too_many_attempts"},
    ),
    Entry("get", PATH, "This description", {200: dict[str, Any]}),
    *described.ENTRIES,
)


def document() -> bytes:
    """Return the description as JSON."""
    types = list(
        dict.fromkeys(
            part for entry in ENTRIES for part in (Refusal, entry.body, *entry.answers.values()) if part
        )
    )
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    schema_of = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for entry in ENTRIES:
        paths.setdefault(entry.path, {})[entry.method] = _operation(entry, schema_of)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "kioskd central queue server",
                "version": "1",
                "description": "docs/sync-protocol.md says what the messages under /sync/v1 mean.",
            },
            "paths": paths,
            "components": {
                "schemas": components,
                "securitySchemes": {
                    "hall": {"type": "http", "scheme": "bearer"},
                    "person": {"type": "apiKey", "in": "cookie", "name": SESSION},
                },
            },
        }
    )


_KINDS = {"date": {"type": "string", "format": "date"}}


def _operation(entry: Entry, schema_of: dict[Any, Any]) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", entry.path)
    ]
    parameters += [
        {"name": name, "in": "query", "required": False, "schema": _KINDS.get(kind, {"type": kind})}
        for name, kind in entry.query
    ]
    if entry.keyed:
        key = {"type": "string", "minLength": 16, "maxLength": 200}
        parameters.append({"name": "Idempotency-Key", "in": "header", "required": True, "schema": key})
    if entry.session and "csrf_refused" in entry.problems.get(403, ""):
        csrf = {"type": "string"}
        parameters.append({"name": CSRF, "in": "header", "required": True, "schema": csrf})
    if entry.gzip:
        coding = {"type": "string", "enum": ["gzip"]}
        parameters.append({"name": "Content-Encoding", "in": "header", "required": False, "schema": coding})
    answers: dict[str, Any] = {
        str(status): {
            "description": entry.summary,
            **({} if kind is None else {"content": _content(schema_of[kind])}),
        }
        for status, kind in entry.answers.items()
    }
    for status, codes in entry.problems.items():
        problem = {"application/problem+json": {"schema": schema_of[Refusal]}}
        answers[str(status)] = {"description": codes, "content": problem}
    words = re.findall(r"\w+", entry.path.replace("{", "by_"))
    operation: dict[str, Any] = {
        "operationId": "_".join([entry.method, *words]),
        "summary": entry.summary,
        "parameters": parameters,
        "responses": answers,
        "security": [{"hall": []}] if entry.token else [{"person": []}] if entry.session else [],
    }
    if entry.body is not None:
        operation["requestBody"] = {"required": True, "content": _content(schema_of[entry.body])}
    return operation


def _content(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def mount() -> Callable[[web.Application], None]:
    """Return what adds the route to an application. The description is made when it is first asked for."""
    made = cache(document)

    async def handle(_: web.Request) -> web.Response:
        return web.Response(body=await asyncio.to_thread(made), content_type="application/json")

    def add(app: web.Application) -> None:
        app.router.add_get(PATH, handle)

    return add
