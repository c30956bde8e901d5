"""What happened to times that the central server gave."""

from __future__ import annotations

from kioskd.hall.events.base import Recorded


class _OfAppointment(Recorded, frozen=True, kw_only=True, omit_defaults=True):
    appointment: str


class AppointmentBooked(_OfAppointment, frozen=True, kw_only=True, tag="appointment.booked"):
    """Somebody will come to ``queue`` on ``date`` between ``start`` and ``end`` (``"HH:MM"``).

    Whoever holds the code of which ``code`` is a digest may check in from ``early_min`` before until
    ``late_min`` after. Who it is nobody here knows. Arriving is a ``ticket.issued`` with ``appointment``.
    """

    code: str
    queue: str
    services: tuple[str, ...] = ()
    date: str
    start: str
    end: str
    early_min: int
    late_min: int


class AppointmentCancelled(_OfAppointment, frozen=True, kw_only=True, tag="appointment.cancelled"):
    """It was given back."""


class AppointmentMissed(_OfAppointment, frozen=True, kw_only=True, tag="appointment.missed"):
    """Its time is over and nobody came. ``excused``: the hall was not there for them all of that time."""

    date: str
    excused: bool = False
