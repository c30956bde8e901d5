"""What is left out where people read: the code on a slip opens its ticket to whoever has it."""

from __future__ import annotations

import re

_TICKET_CODE = re.compile(r"\bc_[0-9A-Za-z]+")


def masked(text: str) -> str:
    """Return a text without codes of tickets: a report is read by more people than a slip."""
    return _TICKET_CODE.sub("c_…", text)
