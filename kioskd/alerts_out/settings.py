"""Where alerts go beside the page."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(min_length=1, max_length=500)]
TimeOfDay = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Address = Annotated[str, Meta(pattern=r"^[^@\s,<>]+@[^@\s,<>]+$", max_length=254)]
Id = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=40)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    pass


class Webhook(_Table, frozen=True, kw_only=True):
    """``[alert_sink.webhook]``: JSON is posted to ``url``. With ``secret_file`` (relative to the data folder)
    it is signed; ``ca_file`` is the authority of the far end's certificate (None: the system's).
    """

    url: Annotated[str, Meta(pattern=r"^https?://[^\s#]+$", max_length=500)]
    secret_file: Text | None = None
    ca_file: Text | None = None


class Email(_Table, frozen=True, kw_only=True):
    """``[alert_sink.email]``: plain text by SMTP. ``tls``: ``starttls`` (must succeed), ``tls`` from the
    first byte, or ``none``. ``password_file`` (relative to the data folder) goes with ``user``.
    """

    host: Text
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: Text | None = None
    password_file: Text | None = None
    ca_file: Text | None = None
    sender: Address
    to: Annotated[tuple[Address, ...], Meta(min_length=1, max_length=50)]


class AlertSink(_Table, frozen=True, kw_only=True):
    """``[[alert_sink]]``: exactly one of webhook and email.

    ``about`` are kinds of alerts (empty: all) of ``least_tier`` and above. What comes within ``gather_s`` is
    one message; at most ``per_hour`` messages are sent, and what is held back goes with the next.
    From ``quiet_from`` to ``quiet_until`` (the hall's time, over midnight too) nothing is sent; what is still
    up then goes in one message. ``language`` is that of the sentences.
    """

    id: Id
    webhook: Webhook | None = None
    email: Email | None = None
    about: tuple[Id, ...] = ()
    least_tier: Annotated[int, Meta(ge=1, le=9)] = 1
    gather_s: Annotated[float, Meta(ge=0, le=3600)] = 10.0
    per_hour: Annotated[int, Meta(ge=1, le=600)] = 12
    quiet_from: TimeOfDay | None = None
    quiet_until: TimeOfDay | None = None
    language: Literal["zh-CN", "en"] = "zh-CN"
