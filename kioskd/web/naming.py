"""Names of tickets: what is given to a new one, and which one a caller means.

``t_…`` is an id. ``c_…`` is a code: the id's characters and a secret of 80 bits that only the slip
carries. ``A012-4821`` is a number of the current day with its check code, which is on the slip too.
Anything else is a number alone.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterator

from kioskd.hall.model import Ticket
from kioskd.hall.state import State
from kioskd.hub.check_code import check_code

ID_LENGTH = 12
CODE_LENGTH = ID_LENGTH + 16
_DRAWN = 64
_CHECKED = re.compile(r"(.{1,12})-(\d{4})")
_ALPHABET = b"0123456789abcdefghjkmnpqrstvwxyz"
_PICK = bytes(_ALPHABET[byte & 31] for byte in range(256))


def new_tickets() -> Iterator[tuple[str, str]]:
    """Give fresh ids (60 random bits) and codes without end."""
    while True:
        # Drawn for many at once: a system call each would let go of the interpreter while the journal's
        # writer wants it. One byte a character: five of its bits pick one of 32, evenly.
        drawn = secrets.token_bytes(_DRAWN * CODE_LENGTH).translate(_PICK).decode("ascii")
        for start in range(0, len(drawn), CODE_LENGTH):
            yield f"t_{drawn[start : start + ID_LENGTH]}", f"c_{drawn[start : start + CODE_LENGTH]}"


def is_code(name: str) -> bool:
    """Return whether a caller shows a ticket's code."""
    return name.startswith("c_")


def is_id(name: str) -> bool:
    """Return whether a caller names a ticket by its id."""
    return name.startswith("t_")


def checked(name: str) -> tuple[str, str] | None:
    """Return number and check code where a name has both."""
    found = _CHECKED.fullmatch(name)
    return (found[1].upper(), found[2]) if found is not None else None


def holds_slip(name: str) -> bool:
    """Return whether such a name is known only to somebody who has the slip (or guesses)."""
    return is_code(name) or checked(name) is not None


def find(state: State, name: str) -> Ticket | None:
    """Return the ticket a caller means; a wrong code or check code finds nothing."""
    if is_id(name):
        return state.tickets.get(name)
    if is_code(name):
        ticket = state.tickets.get("t_" + name[2 : 2 + ID_LENGTH])
        if ticket is not None and hmac.compare_digest(ticket.code.encode(), name.encode("utf-8", "replace")):
            return ticket
        return None
    if (both := checked(name)) is not None:
        ticket = find(state, both[0])
        right = ticket is not None and hmac.compare_digest(check_code(ticket.code), both[1])
        return ticket if right else None
    ticket_id = state.index.by_number.get(name) or state.index.by_number.get(name.upper())
    return state.tickets.get(ticket_id) if ticket_id is not None else None
