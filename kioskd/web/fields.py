"""Kinds of value that requests carry, with their limits."""

from __future__ import annotations

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

Date = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
"""A date, ISO 8601."""
