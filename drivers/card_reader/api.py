"""What card readers report.

What is on a card is the citizen's own. A driver hands on the fields that its settings allow and nothing else;
they stand in no log, on no disk and in no record of traffic.
"""

from __future__ import annotations

from enum import StrEnum

from drivers.device import Device, Reading


class CardField(StrEnum):
    """What can be read from a resident identity card."""

    NUMBER = "number"
    NAME = "name"
    SEX = "sex"
    BIRTH = "birth"
    NATION = "nation"
    ADDRESS = "address"
    ISSUER = "issuer"
    VALID_FROM = "valid_from"
    VALID_TO = "valid_to"


class CardRead(Reading, frozen=True, tag="card"):
    """A card was read; ``values`` by `CardField`, only those that the settings allow."""

    values: dict[str, str]


class CardUnread(Reading, frozen=True, tag="card_unread"):
    """A card was put on the reader and could not be read: it should be put there again, or is worn."""


class CardReader(Device):
    """A reader of identity cards."""
