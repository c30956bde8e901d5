"""Why a command was not done."""

from __future__ import annotations

from typing import Any

import msgspec


class Refusal(msgspec.Struct, frozen=True):
    """A command changed nothing.

    ``code`` is stable and part of the public contract; ``params`` fill the sentence that the edge
    makes of it in the reader's language, and are plain JSON values.
    """

    code: str
    params: dict[str, Any] = {}
