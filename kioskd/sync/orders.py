"""What an order of the central server asks of the hall, as the hall's own commands."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from kioskd.hall.commands import By, Command, SetNotice, SetQueueOpen
from kioskd.sync.messages import Order

CENTRAL = By(kind="system", id="central", role="central", via="sync")

_Text = Annotated[str, Meta(max_length=500)]


class _Notice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zh: _Text = ""
    en: _Text = ""


class _Queue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    queue: Annotated[str, Meta(min_length=1, max_length=64)]
    open: bool


_BODIES: dict[str, type[Any]] = {"notice.set": _Notice, "queue.set": _Queue}


class UnreadableOrderError(ValueError):
    """An order of a kind that this version does not know, or whose body makes no sense."""


def wish(order: Order) -> Command:
    """Return the command an order stands for. Raises `UnreadableOrderError`."""
    kind = _BODIES.get(order.kind)
    if kind is None:
        raise UnreadableOrderError(order.kind)
    try:
        body = msgspec.json.decode(order.body, type=kind)
    except msgspec.DecodeError as error:
        raise UnreadableOrderError(f"{order.kind}: {error}") from error
    if isinstance(body, _Notice):
        return SetNotice(by=CENTRAL, zh=body.zh, en=body.en)
    return SetQueueOpen(by=CENTRAL, queue=body.queue, open=body.open)
