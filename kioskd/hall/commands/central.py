"""What the hub reports of the central server, of backups and of its standby."""

from __future__ import annotations

from kioskd.hall.commands.base import Asked


class NoteOrder(Asked, frozen=True, kw_only=True):
    """What became of an order of the central server: ``done``, ``refused`` (``code`` says why), ``known``
    (its id was done before), ``expired`` or ``unreadable``. It stood at ``seq`` of ``feed``.
    """

    feed: str
    seq: int
    order: str
    order_kind: str
    outcome: str
    code: str = ""


class ReportUpkeep(Asked, frozen=True, kw_only=True):
    """What lies outside the hall's own state needs somebody, or no longer does (``well``).

    ``about`` is ``backup`` or ``standby``; ``params`` are for the alert's sentence.
    """

    about: str
    subject: str = ""
    well: bool = False
    params: dict[str, str | int | float | bool | None] = {}
