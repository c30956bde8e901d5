"""One row of the route table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import msgspec

from kioskd.access.roles import Role

if TYPE_CHECKING:
    from aiohttp import web

    from kioskd.web.call import Call
    from kioskd.web.problem import ProblemError

    Handler = Callable[[Call], Awaitable[web.StreamResponse]]
    Refuse = Callable[[web.Request, ProblemError], web.Response]
else:
    Handler = Refuse = Any


API = "/api/v1"
"""How the path of everything for programs begins."""


class Keep(IntEnum):
    """How long the answer to a repeatable request is kept, in milliseconds of hall time.

    ``NEVER`` is for looks, for answers that are secrets, and for what leaves nothing in the journal.
    """

    NEVER = 0
    DAYS_2 = 48 * 3600 * 1000
    DAYS_30 = 30 * 24 * 3600 * 1000


class Summary(msgspec.Struct, frozen=True):
    """What a route does, for people who read the API's description."""

    zh: str
    en: str


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known of one route.

    ``roles`` may not be empty; `Role.PUBLIC` admits callers without a token. ``body`` and ``query`` are the
    structs of what comes in (None: nothing), ``answers`` maps every good status to the type of its body
    (None: none that has a schema), ``problems`` are the codes that callers should expect beside those that
    any route may answer. ``needs_key`` (Idempotency-Key) holds for every POST but those whose answer is a
    secret. ``body_bytes`` is what a body may hold where that is more than the settings give. ``window``: the
    path's ``{window}`` is commanded, so that a caller bound to a window may use no other. ``sends`` is the
    media type of a body that is no JSON, which the handler reads itself. ``refuse`` answers a problem where
    that is no program's to read (a page); such a route is left out of the API's description.
    """

    name: str
    method: str
    path: str
    roles: frozenset[Role]
    handler: Handler
    summary: Summary
    answers: dict[int, Any]
    body: Any = None
    query: Any = None
    problems: tuple[str, ...] = ()
    keep: Keep = Keep.NEVER
    needs_key: bool | None = None
    window: bool = False
    media_type: str = "application/json"
    sends: str = ""
    body_bytes: int = 0
    refuse: Refuse | None = None

    def __post_init__(self) -> None:
        if not self.roles:
            raise ValueError(f"{self.name}: a route needs roles")
        if self.keep is not Keep.NEVER and not self.keyed:
            raise ValueError(f"{self.name}: an answer can only be kept under a key")

    @property
    def keyed(self) -> bool:
        """Whether a request must carry an Idempotency-Key."""
        return self.method == "POST" if self.needs_key is None else self.needs_key
