"""What hub and standby say to each other: MessagePack over a WebSocket, one message a frame."""

from __future__ import annotations

import msgspec

from kioskd.journal.records import Position
from kioskd.journal.replica import Rows

PROTOCOL = 1
LARGEST = 64 << 20
STANDBY_PATH = "/api/v1/standby/link"
PAIR_PATH = "/api/v1/standby/pair"


class _Message(msgspec.Struct, frozen=True, tag=True, tag_field="type", omit_defaults=True):
    pass


class Follow(_Message, frozen=True, kw_only=True):
    """First of the standby: up to where its copy goes, and by which chain. ``refs`` are the personal values
    it holds, ``snapshot`` its newest snapshot's place, ``checkpoint`` its last one's number, ``public`` (hex)
    what to seal keys to; ``port`` is where it would be the hub (0: as the hub), ``bundle`` is the digest of
    the files it holds; ``changes``: it takes `Files` that hold only what has changed.
    """

    protocol: int
    name: str
    version: str
    history: str
    head: Position
    chain: bytes
    public: str
    refs: tuple[tuple[str, bytes], ...] = ()
    snapshot: int = 0
    checkpoint: int = 0
    bundle: str = ""
    port: int = 0
    changes: bool = False


class Stored(_Message, frozen=True, kw_only=True):
    """The standby has everything up to here on its disk."""

    head: Position


class Begin(_Message, frozen=True, kw_only=True):
    """First of the hub. ``anew``: what the standby holds is of another history, or beyond the hub's; it
    begins again, empty. ``head`` is where the hub is.
    """

    history: str
    hall: str
    head: Position
    anew: bool = False


class Page(_Message, frozen=True, kw_only=True):
    """Rows to be stored together."""

    rows: Rows


class Files(_Message, frozen=True, kw_only=True):
    """Settings, users, certificates and keys, in a box for this standby alone. ``digest`` names the whole
    set; ``port`` and ``tls`` are where a hub with these settings is reached. With ``since`` the box holds
    what has changed since the set of that digest, and the other files stay.
    """

    box: bytes
    digest: str
    port: int
    tls: bool
    since: str = ""


class Beat(_Message, frozen=True, kw_only=True):
    """The hub is alive; where it is, and its wall clock (UTC in ms). ``shut``: it takes no commands, because
    its disk fails, or does not answer.
    """

    head: Position
    wall: int
    shut: bool = False


class Denied(_Message, frozen=True, kw_only=True):
    """The hub will not be followed; ``code`` is ``protocol``, ``too_large`` or ``ahead``."""

    code: str


ToStandby = Begin | Page | Files | Beat | Denied
ToHub = Follow | Stored
