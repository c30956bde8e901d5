"""Kinds of value that requests carry, with their limits."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Meta

Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x20\x7f]+$")]
"""An identifier of the hall's settings, of a ticket or of a person."""

Line = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""A short text on one line."""

Text = Annotated[str, Meta(max_length=1000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
"""A text a person typed; it may have line breaks."""

Phone = Annotated[str, Meta(min_length=5, max_length=20, pattern=r"^[0-9+ -]+$")]
"""A phone number as a citizen types it."""

Services = Annotated[tuple[Id, ...], Meta(max_length=20)]
"""Service codes."""

Count = Annotated[int, Meta(ge=0, le=9999)]
"""How many."""

BASE64 = {"pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"}
"""What the description of the API says of bytes: the decoder reads no other Base64."""

Date = date
"""A day that a calendar has, ``YYYY-MM-DD``: what no calendar has never gets past the decoder."""
