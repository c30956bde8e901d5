"""How a hall reaches its central queue server."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(min_length=1)]
Seconds = Annotated[float, Meta(ge=0.1, le=300)]


class CentralSettings(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """``[central]``. Everything works without it; with it, calls and ratings go up.

    ``url`` is the central server's address, ``hall`` the id it gave this hall. ``token_file`` holds what
    joining brought and ``ca_file`` the authority that the server's certificate must come from (None: the
    system's); both are relative to the data folder. Calls and bad ratings go at once, everything else is
    gathered for ``gather_s``. ``share`` names what may go up of a 差评 beside the log: ``words`` (what the
    citizen wrote), ``phone`` (left to be called back on); by default nothing personal leaves the hall.
    """

    url: Annotated[str, Meta(pattern=r"^https?://[^/\s]+/?$", max_length=200)]
    hall: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
    token_file: Text = "central.token"
    ca_file: Text | None = None
    gather_s: Seconds = 3.0
    share: tuple[Literal["words", "phone"], ...] = ()
