"""Settings of the hub's web server."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class TlsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """``[web.tls]``: HTTPS for the hall's other PCs. Files are relative to the data folder; left as they
    are, they are what ``kioskd ca`` makes.
    """

    host: str = "0.0.0.0"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8443
    certificate: Annotated[str, Meta(min_length=1, max_length=500)] = "tls/hub.pem"
    key: Annotated[str, Meta(min_length=1, max_length=500)] = "tls/hub.key"


class WebSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Where the hub listens and what it bears.

    It listens on loopback unless told otherwise. ``origins`` are further addresses (``https://hall.example``)
    whose pages may call this hub from a browser; its own pages always may. ``head_s`` is the time a request's
    head may take to arrive, ``body_s`` its body, which ``body_bytes`` limits; a head has at most 8 KiB a line
    and 128 lines. At most ``connections`` are open, ``per_address`` of one address; the last ``reserved`` of
    them are kept for this PC and for addresses of stations, kiosks and rating faces. Who is one too many
    takes the place of a connection that waits idly, or is told so. ``followers`` limits open event streams,
    ``follower_s`` how long one may leave what it was sent unread; ``keep_alive_s`` is the silence after which
    a stream sends a comment.

    A page locks ``idle_min`` minutes after its person's last press or key, a session ends after
    ``session_h`` hours. ``plain_sign_in`` lets passwords cross the network unencrypted: for a hall whose
    PCs reach the hub through something that encrypts by itself.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8080
    origins: tuple[Annotated[str, Meta(pattern=r"^https?://[^/]+$")], ...] = ()
    body_bytes: Annotated[int, Meta(ge=1024, le=1 << 24)] = 64 * 1024
    head_s: Annotated[float, Meta(gt=0)] = 10.0
    body_s: Annotated[float, Meta(gt=0)] = 10.0
    connections: Annotated[int, Meta(ge=16, le=20_000)] = 800
    per_address: Annotated[int, Meta(ge=4, le=20_000)] = 200
    reserved: Annotated[int, Meta(ge=0, le=10_000)] = 100
    followers: Annotated[int, Meta(ge=1)] = 400
    follower_s: Annotated[float, Meta(gt=0)] = 30.0
    keep_alive_s: Annotated[float, Meta(gt=0)] = 15.0
    idle_min: Annotated[int, Meta(ge=1, le=720)] = 15
    session_h: Annotated[int, Meta(ge=1, le=72)] = 12
    plain_sign_in: bool = False
    tls: TlsSettings | None = None
