"""What all commands share."""

from __future__ import annotations

import msgspec


class By(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Who caused a command: ``kind`` person, device, program or system; ``via`` the way it came in."""

    kind: str
    id: str
    role: str = ""
    via: str = ""


class Asked(msgspec.Struct, frozen=True, tag=True, tag_field="command", gc=False):
    """A wish, and whose it is."""

    by: By


class AtWindow(Asked, frozen=True, kw_only=True):
    """Something asked at a window, about the ticket there or the one named."""

    window: str
    ticket: str | None = None
