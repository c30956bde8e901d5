"""What needs a second person."""

from __future__ import annotations

from kioskd.hall.commands.base import Asked


class AskApproval(Asked, frozen=True, kw_only=True):
    """``person`` asks that another one agree to ``about`` for ``subject`` within ``minutes``.

    ``approval`` is a fresh id. ``params`` hold what will be done; see `kioskd.hall.decide.approvals`.
    """

    approval: str
    about: str
    subject: str
    params: dict[str, str | int | float | bool | None] = {}
    person: str = ""
    minutes: int = 60
    why: str = ""


class DecideApproval(Asked, frozen=True, kw_only=True):
    """Another person agrees, and it is done; or does not. ``teller`` is who that is at the windows."""

    approval: str
    granted: bool
    person: str = ""
    teller: str | None = None


class WithdrawApproval(Asked, frozen=True, kw_only=True):
    """Who asked takes it back."""

    approval: str
    person: str = ""
