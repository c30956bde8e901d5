"""What window signs and hall boards show."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from drivers.device import ShowDevice


class Colour(StrEnum):
    """Colours of two-colour LED modules."""

    RED = "red"
    GREEN = "green"
    YELLOW = "yellow"


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a display.

    ``texts`` says the same thing from longest to shortest; a display takes the first that fits
    and, when none does, scrolls or shortens the last by its own rule, never inside a character.
    """

    texts: tuple[str, ...]
    colour: Colour = Colour.RED
    flash: bool = False


class Page(msgspec.Struct, frozen=True, omit_defaults=True):
    """Rows shown together, top first, for ``seconds`` where there are several pages."""

    rows: tuple[Row, ...]
    seconds: float = 4.0


class SignFace(msgspec.Struct, frozen=True, omit_defaults=True, tag="sign", tag_field="face"):
    """All that a sign or board shows; no page is a dark display. Rows beyond its height are dropped."""

    pages: tuple[Page, ...] = ()


class CallerDisplay(ShowDevice[SignFace]):
    """A window sign or hall board."""
