"""Events on the wire: packing, unpacking, and the chain that proves them."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence

import msgspec

from kioskd.journal.chain import linked
from kioskd.journal.records import StoredEvent
from kioskd.sync.messages import Push, WireEvent
from kioskd.sync.status import HallStatus

MOST_EVENTS = 500
MOST_BYTES = 1 << 20
"""Of a push, unpacked: what one request may carry at most."""

_LEVEL = 1
"""Level 9 saves 5 % more and costs the hub's PC three times as much."""

_encoder = msgspec.json.Encoder()
_push = msgspec.json.Decoder(Push)


class NotAPush(ValueError):  # noqa: N818 - it says what the body is
    """The body of a push cannot be read; the text says why."""


def wire_event(event: StoredEvent) -> WireEvent:
    """Return the event as it travels."""
    return WireEvent(event.kind, event.version, event.at, event.wall, event.boot, msgspec.Raw(event.body))


def links(prev: bytes, epoch: int, first: int, events: Sequence[WireEvent]) -> Iterator[bytes]:
    """Yield the chain of each event, the first of them following ``prev``.

    An event that no journal could have made gives a chain that fits nothing.
    """
    chain = prev
    for seq, event in enumerate(events, first):
        body = bytes(event.body)
        chain = linked(chain, epoch, seq, event.kind, event.version, event.at, event.wall, event.boot, body)
        yield chain


def pack(push: Push | HallStatus) -> bytes:
    """Return the gzipped JSON of a push, or of a status."""
    return gzip.compress(_encoder.encode(push), _LEVEL, mtime=0)


def unzip(data: bytes) -> bytes:
    """Return what was gzipped. Raises `NotAPush`, also for what would unfold to too much."""
    unfolding = zlib.decompressobj(wbits=31)
    try:
        plain = unfolding.decompress(data, 2 * MOST_BYTES)
    except zlib.error as error:
        raise NotAPush(f"not gzip: {error}") from error
    if unfolding.unconsumed_tail or not unfolding.eof:
        raise NotAPush("cut short, or too large")
    return plain


def unpack(data: bytes, *, zipped: bool = True) -> Push:
    """Read what `pack` wrote, or plain JSON. Raises `NotAPush`, also for what would unpack to too much."""
    if zipped:
        data = unzip(data)
    try:
        push = _push.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotAPush(str(error)) from error
    if len(push.events) > MOST_EVENTS:
        raise NotAPush("too many events")
    words = {(event.kind, event.boot) for event in push.events}
    if any(f"{kind} {boot}".split() != [kind, boot] for kind, boot in words):
        raise NotAPush("kind and boot are words")
    return push
