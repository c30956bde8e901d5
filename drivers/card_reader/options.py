"""Settings that all card readers share."""

from __future__ import annotations

from typing import Annotated

import msgspec

from drivers.card_reader.api import CardField


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``fields`` are what may be read from a card: nothing else ever leaves the driver. The reader is asked
    every ``poll_ms`` and has ``answer_ms`` to answer.
    """

    fields: tuple[CardField, ...] = (CardField.NUMBER,)
    poll_ms: Annotated[float, msgspec.Meta(ge=50, le=5000)] = 400.0
    answer_ms: Annotated[float, msgspec.Meta(ge=50, le=10_000)] = 2000.0
