"""What the settings say beside the hall's rules: guide fields and rating options."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from kioskd.hall.rules import Name
from kioskd.station.config import Id


class GuideField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One column of every service's guide, such as 办理依据, in the order they are shown.

    ``common`` holds for services that don't say otherwise; a service must fill a ``required`` field
    that has none.
    """

    id: Id
    name: Name
    common: Name | None = None
    required: bool = True


class OptionText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a numbered option says: the national text, and what English pages show, where there is any."""

    zh: str
    en: str = ""


class EvaluationOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The national numbered options of a rating: level → its word, and level → code → texts."""

    version: Annotated[str, Meta(min_length=1)]
    levels: dict[str, str]
    options: dict[str, dict[str, OptionText]]


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """Both, as this hub was started with."""

    guide_fields: tuple[GuideField, ...] = ()
    evaluation: EvaluationOptions = EvaluationOptions(version="none", levels={}, options={})
