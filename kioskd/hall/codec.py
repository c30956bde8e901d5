"""Events as bytes, and old bytes as today's events.

A body is JSON and says its kind, so it can be read without this program. A kind whose fields
change meaning gets the next version and an upcaster, a pure function that lifts a decoded body of
the version before by one version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

import msgspec

from kioskd.hall.events import Event, HallEvent, JournalNote

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

VERSIONS: Mapping[str, int] = {}
"""Present version by kind; a kind not listed is at version 1."""

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
"""``(kind, version)`` → lift a body of that version to the next."""

JOURNAL_KINDS = frozenset({"epoch.open", "checkpoint"})
"""Kinds that the journal writes about itself."""

KINDS: Mapping[str, type[Any]] = {str(t.__struct_config__.tag): t for t in get_args(HallEvent)}
"""Every kind of the hall and its class."""


class UnknownEventError(ValueError):
    """Bytes of a kind or version that this program does not know, or that do not fit it."""


_CLASSES: Mapping[type[Any], tuple[str, int]] = {
    t: (kind, VERSIONS.get(kind, 1)) for kind, t in KINDS.items()
}
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[HallEvent] = msgspec.json.Decoder(HallEvent)


def kind_of(event: Event) -> str:
    """Return the stable kind of an event, such as ``ticket.issued``."""
    if isinstance(event, JournalNote):
        return event.kind
    return str(event.__struct_config__.tag)


def encode(event: Event) -> tuple[str, int, bytes]:
    """Return kind, version and body of an event."""
    if isinstance(event, JournalNote):
        return event.kind, 1, bytes(event.body)
    return *_CLASSES[type(event)], _encoder.encode(event)


def decode(
    kind: str,
    version: int,
    body: bytes,
    versions: Mapping[str, int] = VERSIONS,
    upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
) -> Event:
    """Return the event in ``body``, lifted to today's version.

    Raises `UnknownEventError` for a kind or version this program does not know and for a body that does
    not fit its kind.
    """
    if kind in JOURNAL_KINDS:
        return JournalNote(kind, msgspec.Raw(body))
    present = versions.get(kind, 1)
    if kind not in KINDS or version > present or version < 1:
        raise UnknownEventError(f"no reader for {kind} version {version}")
    try:
        if version == present:
            event: HallEvent = _decoder.decode(body)
        else:
            fields = msgspec.json.decode(body)
            for step in range(version, present):
                fields = upcasters[kind, step](fields)
            event = msgspec.convert(fields, HallEvent)
    except (msgspec.MsgspecError, KeyError) as error:
        raise UnknownEventError(f"{kind} version {version}: {error}") from error
    if event.__struct_config__.tag != kind:
        raise UnknownEventError(f"a body of {event.__struct_config__.tag} was kept as {kind}")
    return event
