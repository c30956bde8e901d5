"""One route of a central server, as its description says it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """One route. ``answers`` are types by status, None for an answer without JSON; ``problems`` are codes.
    ``query`` are parameters with their JSON type, or ``date``.
    """

    method: str
    path: str
    summary: str
    answers: dict[int, Any]
    body: Any = None
    problems: Mapping[int, str] = MappingProxyType({})
    token: bool = False
    gzip: bool = False
    query: tuple[tuple[str, str], ...] = ()
    keyed: bool = False
    session: bool = False
    """Asked by somebody who has signed in; what changes something carries ``X-CSRF-Token`` too."""
