"""What the desk is asked and what it answers."""

from __future__ import annotations

import msgspec

from kioskd.hall.events import Event
from kioskd.journal.records import Position


class Request(msgspec.Struct, frozen=True):
    """Names a command so that its repeat gets the first answer.

    ``key`` is scoped to principal and route by the caller; ``fingerprint`` tells a repeat from another
    command under the same key; the answer is kept ``keep_ms`` of hall time.
    """

    key: str
    fingerprint: bytes
    keep_ms: int


class Done(msgspec.Struct, frozen=True):
    """A command was done and its events are durable.

    ``response`` is what the caller's renderer made of the state right after; of a repeat
    (``replayed``) it is the first one's, and ``events`` are left out.
    """

    position: Position
    events: tuple[Event, ...] = ()
    response: bytes = b""
    replayed: bool = False


class KeyReused(Exception):  # noqa: N818 - an answer to a caller, not a fault
    """The request key was used before for another command."""
