"""What is wrong with a body or a query, as codes: where it is and why, never what stood there.

The decoder names both in one English sentence (msgspec's messages); here it becomes parameters, and the
reader's language makes its own sentence of them.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

_FIELD = 60
"""Longest name of a field that an answer repeats."""

_PLACE = re.compile(r" - at `(?:key in )?\$\.?([^`]*)`$")
_MESSAGES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("truncated", re.compile(r"Input data was truncated")),
    ("surrogate", re.compile(r"JSON is malformed: invalid utf-16 surrogate pair .*")),
    ("malformed", re.compile(r"JSON is malformed: .* \(byte (?P<byte>\d+)\)")),
    ("unknown_field", re.compile(r"Object contains unknown field `(?P<field>.*)`", re.DOTALL)),
    ("missing_field", re.compile(r"Object missing required field `(?P<field>.*)`")),
    ("too_short", re.compile(r"Expected `str` of length >= (?P<least>\d+)")),
    ("too_long", re.compile(r"Expected `str` of length <= (?P<most>\d+)")),
    ("too_few", re.compile(r"Expected `array` of length >= (?P<least>\d+)")),
    ("too_many", re.compile(r"Expected `array` of length <= (?P<most>\d+)")),
    ("no_multiple", re.compile(r"Expected `(?:int|float)` that's a multiple of (?P<of>[\d.]+)")),
    ("too_small", re.compile(r"Expected `(?:int|float)` >= (?P<least>-?[\d.]+)")),
    ("too_large", re.compile(r"Expected `(?:int|float)` <= (?P<most>-?[\d.]+)")),
    ("not_above", re.compile(r"Expected `(?:int|float)` > (?P<least>-?[\d.]+)")),
    ("not_below", re.compile(r"Expected `(?:int|float)` < (?P<most>-?[\d.]+)")),
    ("no_date", re.compile(r"Invalid RFC3339 encoded date")),
    ("pattern", re.compile(r"Expected `str` matching regex .*", re.DOTALL)),
    ("wrong_type", re.compile(r"Expected `(?P<want>\w+)(?: \| null)?`, got `\w+`")),
    ("no_choice", re.compile(r"Invalid enum value .*", re.DOTALL)),
    ("out_of_range", re.compile(r"(?:Number|Integer value) out of range")),
)
REASONS = (*(name for name, _ in _MESSAGES), "encoding", "too_deep", "transfer", "other")
"""Every sub-code, as ``params.reason`` has it."""


def fault(
    error: msgspec.DecodeError | UnicodeDecodeError | RecursionError, raw: bytes = b""
) -> dict[str, Any]:
    """Return the parameters of ``body_invalid`` or ``query_invalid``; ``raw`` is the body.

    ``reason`` is one of `REASONS`; ``path`` leads to the place (``services[0]``; left out for the whole),
    and ``field``, ``want``, ``least``, ``most``, ``of`` and ``byte`` go with the reasons that need them.
    """
    if isinstance(error, UnicodeDecodeError):
        return {"reason": "encoding"}
    if isinstance(error, RecursionError):
        return {"reason": "too_deep"}
    params = told(str(error))
    if params == {"reason": "truncated"} and _whole(raw):
        # The decoder takes half of a character that is written in two for an end that came too soon.
        return {"reason": "surrogate"}
    return params


def told(message: str) -> dict[str, Any]:
    """Return the same of what msgspec said."""
    place = _PLACE.search(message)
    params: dict[str, Any] = {}
    if place is not None:
        message = message[: place.start()]
        if place[1]:
            params["path"] = place[1][:_FIELD]
    for reason, pattern in _MESSAGES:
        found = pattern.fullmatch(message)
        if found is not None:
            return {"reason": reason, **params, **{k: _value(v) for k, v in found.groupdict().items()}}
    return {"reason": "other", **params}


def _whole(raw: bytes) -> bool:
    """Whether a body is a whole JSON text, as another reader has it."""
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return True


def _value(text: str) -> int | str:
    # A bound of a fraction that is whole is said as a person writes it.
    whole = re.fullmatch(r"(-?\d{1,15})(\.0)?", text)
    return int(whole[1]) if whole else text[:_FIELD]
