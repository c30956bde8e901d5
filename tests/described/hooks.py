"""What a schema can't say, told to schemathesis; loaded by it, not by pytest."""

from __future__ import annotations

import json
import os
import zlib
from typing import Any

import schemathesis

KNOWN: dict[str, str] = json.loads(os.environ.get("KIOSKD_KNOWN", "{}"))
"""Names that lead somewhere, by parameter: half of all requests are about something that is there."""

FORM = frozenset({"body_invalid", "query_invalid", "not_json", "key_invalid", "key_missing"})
"""Codes that call the form of a request wrong. What has the described form may be refused for what the hall
knows (no such window, more than it may), never for its form.
"""


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Keep a failure unless it is a refusal for what the hall knows."""
    if failure.title != "Schema-valid request rejected":
        return True
    try:
        return json.loads(response.content)["code"] in FORM
    except (ValueError, KeyError, TypeError):
        return True


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Ask for something that is there, every second time."""
    if not path_parameters:
        return path_parameters
    return {
        name: KNOWN[name]
        if name in KNOWN and zlib.crc32(str(value).encode("utf-8", "replace")) % 2
        else value
        for name, value in path_parameters.items()
    }


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Bodies go as they are: schemathesis does not compress what it says is compressed."""
    for headers in (case.headers, kwargs.get("headers")):
        if headers:
            headers.pop("Content-Encoding", None)


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """``400.0`` is an integer to JSON Schema and none to this API, as to most programs that write JSON."""
    return _whole(body)


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return value
