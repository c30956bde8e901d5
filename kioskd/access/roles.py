"""Who may ask for something: roles and principals."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What a caller of the hall's API is. Rights lie in the route table, not here.

    ``public`` is everybody without a token, ``face`` a rating face: a browser on the citizen's side of one
    window; ``standby`` a PC that holds a copy of everything and may become the hub.
    """

    PUBLIC = "public"
    KIOSK = "kiosk"
    TELLER = "teller"
    GUIDE = "guide"
    LEAD = "lead"
    TECHNICIAN = "technician"
    AUDITOR = "auditor"
    INTEGRATOR = "integrator"
    ADMIN = "admin"
    STATION = "station"
    FACE = "face"
    STANDBY = "standby"


PERSONS = frozenset(
    {
        Role.TELLER,
        Role.GUIDE,
        Role.LEAD,
        Role.TECHNICIAN,
        Role.AUDITOR,
        Role.INTEGRATOR,
        Role.ADMIN,
    }
)
"""Roles that a named account may have."""


class Principal(msgspec.Struct, frozen=True, omit_defaults=True):
    """One known caller. ``id`` is what journals and idempotency keys name; it holds no secret.

    ``window`` binds the caller to one window: it may command no other. ``station`` is the station that a
    station's token was paired for. ``origins`` are the sites whose pages may call with its token (none: those
    of the settings). ``session`` says that a person has signed in, by its id; ``teller`` is who that person
    is at the hall's windows.
    """

    id: str
    role: Role
    label: str = ""
    window: str | None = None
    station: str | None = None
    origins: tuple[str, ...] = ()
    session: str | None = None
    teller: str | None = None


NOBODY = Principal(id="public", role=Role.PUBLIC)
"""The caller without a token."""
