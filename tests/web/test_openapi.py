from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kioskd.web import routes
from tests.web.conftest import Hall

ROUTES = [route for route in routes.ROUTES if route.refuse is None]
"""What programs use; pages are people's."""


async def test_it_describes_every_route(hall: Hall) -> None:
    answer = await hall.get("openapi.json")
    assert answer.status == 200
    document = answer.json
    assert document["openapi"] == "3.1.0"
    described = {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert described.keys() == {(route.method, route.path) for route in ROUTES}
    for route in ROUTES:
        operation = described[route.method, route.path]
        assert operation["operationId"] == route.name
        assert operation["summary"], route.name
        assert operation["description"], route.name
        assert {int(status) for status in operation["responses"]} >= set(route.answers)
        names = {(p["in"], p["name"]) for p in operation["parameters"]}
        assert {name for place, name in names if place == "path"} == set(re.findall(r"{(\w+)}", route.path))
        assert (("header", "Idempotency-Key") in names) is route.keyed


async def test_every_reference_leads_somewhere(hall: Hall) -> None:
    document = (await hall.get("openapi.json")).json

    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if "$ref" in node:
                yield node["$ref"]
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    found = set(references(document))
    assert len(found) > 30
    for reference in found:
        assert reference.startswith("#/components/schemas/")
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]


async def test_answers_fit_their_description(hall: Hall) -> None:
    """A field in an answer that its schema does not know would be a promise nobody wrote down."""
    document = (await hall.get("openapi.json")).json
    await hall.ticket(priority="elderly")
    for path in ("hall", "queues", "windows", "tickets/A001", "services?search=pension"):
        answer = (await hall.get(path)).json
        route = "/api/v1/" + path.partition("?")[0].replace("A001", "{ticket}")
        schema = document["paths"][route]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        check(answer, schema, document, path)


def check(value: Any, schema: dict[str, Any], document: dict[str, Any], where: str) -> None:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        options = [option for option in schema["anyOf"] if (option.get("type") == "null") == (value is None)]
        assert options, where
        check(value, options[0], document, where)
    elif isinstance(value, dict) and "properties" in schema:
        assert value.keys() <= schema["properties"].keys(), where
        assert set(schema.get("required", ())) <= value.keys(), where
        for key, part in value.items():
            check(part, schema["properties"][key], document, f"{where}.{key}")
    elif isinstance(value, list):
        assert schema["type"] == "array", where
        items = schema.get("items") or {}
        for part in value:
            if items:
                check(part, items, document, where)
