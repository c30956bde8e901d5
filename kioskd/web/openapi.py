"""The description of the API (OpenAPI 3.1), made of the route table."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Any, get_args

import msgspec
from aiohttp import web

from kioskd.access.roles import Role
from kioskd.web.call import Call, respond
from kioskd.web.language import Language, texts
from kioskd.web.problem import MEDIA_TYPE, Problem, status_of
from kioskd.web.route import Route

_REF = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"{(\w+)}")

ANY = ("token_unknown", "origin_refused", "internal", "not_saved", "outcome_unknown")
"""Problems that any route may answer."""

WITH_BODY = ("body_invalid", "not_json", "encoding_refused", "body_too_large", "body_slow")
WITH_KEY = ("key_missing", "key_invalid", "key_reused")


class Empty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A body that says nothing; it may be left out."""


async def show(call: Call) -> web.Response:
    """GET openapi.json. It is made when it is first asked for: most hubs never are."""
    site = call.site
    site.description = site.description or await asyncio.to_thread(site.describe)
    return respond(site.description)


def document(routes: Iterable[Route]) -> bytes:
    """Return the OpenAPI document of these routes as JSON."""
    routes = tuple(route for route in routes if route.refuse is None)
    types = list(dict.fromkeys(part for route in routes for part in (Problem, *_types(route))))
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    schema_of = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schema_of, components)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "kioskd",
                "version": "1",
                "description": "Events on the stream are described by the schema of `followEvents`.",
            },
            "paths": paths,
            "components": {
                "schemas": components,
                "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            },
        }
    )


def _types(route: Route) -> Iterable[Any]:
    for part in (route.body, route.query, *route.answers.values()):
        if part is not None:
            yield from get_args(part) if isinstance(part, UnionType) else (part,)


def _schema(part: Any, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    if isinstance(part, UnionType):
        return {"oneOf": [schemas[kind] for kind in get_args(part)]}
    schema: dict[str, Any] = schemas[part]
    return schema


def _operation(route: Route, schemas: Mapping[Any, Any], components: Mapping[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary.en,
        "description": route.summary.zh,
        "parameters": list(_parameters(route, schemas, components)),
        "responses": _answers(route, schemas),
        "x-roles": sorted(role.value for role in route.roles),
    }
    if Role.PUBLIC in route.roles:
        operation["security"] = [{}, {"bearer": []}]
    else:
        operation["security"] = [{"bearer": []}]
    if route.body is not None:
        operation["requestBody"] = {
            "required": not _may_be_left_out(route.body),
            "content": {"application/json": {"schema": _schema(route.body, schemas)}},
        }
    elif route.sends:
        operation["requestBody"] = {
            "required": True,
            "content": {route.sends: {"schema": {"type": "string", "format": "binary"}}},
        }
    return operation


def _may_be_left_out(body: Any) -> bool:
    """No body says what ``{}`` says."""
    try:
        msgspec.json.decode(b"{}", type=body)
    except msgspec.ValidationError:
        return False
    return True


def _parameters(
    route: Route, schemas: Mapping[Any, Any], components: Mapping[str, Any]
) -> Iterable[dict[str, Any]]:
    for name in _PARAMETER.findall(route.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    if route.query is not None:
        name = schemas[route.query]["$ref"].rpartition("/")[2]
        known = components[name]
        for field, schema in known.get("properties", {}).items():
            yield {
                "name": field,
                "in": "query",
                "required": field in known.get("required", ()),
                "schema": schema,
            }
    if route.keyed:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "schema": {
                "type": "string",
                "minLength": 1,
                "maxLength": 200,
                "pattern": "^[!-~]([ -~]*[!-~])?$",
            },
        }


def _answers(route: Route, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status, answer in route.answers.items():
        entry: dict[str, Any] = {"description": route.summary.en}
        if answer is not None:
            entry["content"] = {route.media_type: {"schema": _schema(answer, schemas)}}
        elif status == 200:
            entry["content"] = {route.media_type: {}}
        answers[str(status)] = entry
    for status, codes in sorted(problems_of(route).items()):
        answers[str(status)] = {
            "description": ", ".join(sorted(codes)),
            "content": {MEDIA_TYPE: {"schema": schemas[Problem]}},
        }
    return answers


def problems_of(route: Route) -> dict[int, set[str]]:
    """Return the codes of problems that a route may answer, by status."""
    codes = {*ANY, *route.problems}
    if route.body is not None:
        codes.update(WITH_BODY)
    if route.keyed:
        codes.update(WITH_KEY)
    if route.query is not None:
        codes.add("query_invalid")
    if Role.PUBLIC not in route.roles:
        codes.add("token_missing")
    if route.roles != frozenset(Role):
        codes.add("not_allowed")
    if route.window:
        codes.add("other_window")
    found: dict[int, set[str]] = {}
    for code in codes & texts(Language.EN).problem.keys():
        found.setdefault(status_of(code), set()).add(code)
    return found
