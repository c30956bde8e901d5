"""Times that the central server has given somebody."""

from __future__ import annotations

from kioskd.hall.commands.base import Asked


class BookAppointment(Asked, frozen=True, kw_only=True):
    """The central server has given somebody a time: ``date`` (``"YYYY-MM-DD"``), ``start`` to ``end``
    (``"HH:MM"``). ``id`` starts with ``a_``; ``code`` is what is kept of the code that they hold. They may
    check in from ``early_min`` before its start until ``late_min`` after its end.
    """

    id: str
    code: str
    queue: str
    services: tuple[str, ...] = ()
    date: str
    start: str
    end: str
    early_min: int = 15
    late_min: int = 15


class CancelAppointment(Asked, frozen=True, kw_only=True):
    """Somebody gave their time back."""

    id: str
