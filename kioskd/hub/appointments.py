"""Codes of appointments, and appointments as people see them.

A code is nine characters of an alphabet without look-alikes: eight at random (40 bits) and a check character
over them, which a letter mistyped or two exchanged never fit. Journal and city keep a digest of it alone.
"""

from __future__ import annotations

import hashlib
import re

import msgspec

from kioskd.hall import appointments
from kioskd.hall.appointments import LAST_MINUTE, hhmm
from kioskd.hall.model import Appointment
from kioskd.hall.moment import Moment
from kioskd.hall.rules import Name
from kioskd.hall.state import State

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""31 characters, a prime: so weighted sums of them tell every exchange of two."""

RANDOM = 8
"""Characters that are drawn; one more checks them."""

_SEPARATORS = re.compile(r"[\s\-_.·]+")


def new_code(drawn: int) -> str:
    """Return the code that a random number stands for, as ``ABC-DEF-GHJ``."""
    text = ""
    for _ in range(RANDOM):
        drawn, place = divmod(drawn, len(ALPHABET))
        text += ALPHABET[place]
    return written(text + _check(text))


def written(code: str) -> str:
    """Return a code as it is read out: in groups of three."""
    return "-".join(code[n : n + 3] for n in range(0, len(code), 3))


def _check(text: str) -> str:
    total = sum(place * ALPHABET.index(character) for place, character in enumerate(text, 2))
    return ALPHABET[total % len(ALPHABET)]


def read_code(typed: str) -> str | None:
    """Return the code that somebody typed or scanned, without dashes; None where no code reads like that."""
    text = _SEPARATORS.sub("", typed.upper())
    if len(text) != RANDOM + 1 or any(character not in ALPHABET for character in text):
        return None
    return text if _check(text[:RANDOM]) == text[RANDOM] else None


def appointment_digest(code: str) -> str:
    """Return what is kept of a code (as `read_code` gives it): 128 bits in hex."""
    return hashlib.sha256(b"kioskd.appointment.1 " + code.replace("-", "").encode()).hexdigest()[:32]


class AppointmentView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A time somebody was given; who it is nobody here knows.

    ``state`` is ``booked``, ``arrived`` (``number`` was taken), ``missed`` or ``cancelled``. Check-in is open
    on ``date`` from ``from`` to ``until``; ``when`` says where we are: ``early``, ``open`` or ``late``.
    """

    id: str
    state: str
    when: str
    queue: str
    queue_name: Name | None = None
    services: tuple[str, ...] = ()
    date: str
    start: str
    end: str
    opens: str = msgspec.field(name="from")
    until: str
    number: str | None = None


def appointment_view(state: State, appointment: Appointment, now: Moment) -> AppointmentView:
    """Return an appointment as it stands now."""
    book = state.book
    assert book is not None
    queue = book.queues.get(appointment.queue)
    ticket = state.tickets.get(appointment.ticket)
    return AppointmentView(
        id=appointment.id,
        state=appointment.state.value,
        when=appointments.phase(state, book, appointment, now),
        queue=appointment.queue,
        queue_name=queue.name if queue is not None else None,
        services=appointment.services,
        date=appointment.date,
        start=hhmm(appointment.start),
        end=hhmm(appointment.end),
        opens=hhmm(appointment.opens),
        until=hhmm(min(appointment.closes, LAST_MINUTE)),
        number=ticket.number if ticket is not None else None,
    )


def appointments_view(state: State, day: str, now: Moment) -> tuple[AppointmentView, ...]:
    """Return the appointments of a date, the earliest first."""
    if state.book is None:
        return ()
    found = [each for each in state.appointments.values() if each.date == day]
    found.sort(key=lambda each: (each.start, each.end, each.id))
    return tuple(appointment_view(state, each, now) for each in found)
