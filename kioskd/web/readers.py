"""Routes about what people hold before readers and sign on pads: somebody's own, so never kept where it
passes.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from drivers.barcode_reader.api import CodeScanned
from drivers.card_reader.api import CardRead
from drivers.registry import DeviceClass
from kioskd.hall import commands
from kioskd.hall.state import State
from kioskd.hub.readings import PassingReading
from kioskd.web.asking import look, note
from kioskd.web.call import Call, respond, respond_empty
from kioskd.web.naming import find
from kioskd.web.problem import ProblemError
from kioskd.web.windows import at_window, who

MOST_WAIT_S = 25.0
_READERS = frozenset({DeviceClass.BARCODE_READER.value, DeviceClass.CARD_READER.value})


class ReadingQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many seconds to wait for a reading."""

    wait: Annotated[float, Meta(ge=0, le=MOST_WAIT_S)] = 0.0


class ReadingAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was read in the last ten seconds; it is given once. ``kind`` is ``code``, ``card`` or
    ``card_unread`` (a card that should be put there again); ``card`` has the fields that the reader's
    settings allow.
    """

    kind: str
    code: str = ""
    card: dict[str, str] = {}


class SignatureAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A signature: its strokes as SVG, and a PNG of them in Base64."""

    svg: str
    png: bytes


async def reading(call: Call) -> web.Response:
    """GET devices/{device}/reading."""
    stations, name = call.site.stations, call.path("device")
    known = next((device for device in stations.devices() if device.id == name), None)
    if known is None or known.device_class not in _READERS:
        raise ProblemError("unknown_device", {"device": name[:40]})
    query: ReadingQuery = call.query
    found = await stations.readings.wait(name, query.wait)
    return respond_empty() if found is None else respond(msgspec.json.encode(_answer(found)))


def _answer(found: PassingReading) -> ReadingAnswer:
    if isinstance(found, CodeScanned):
        return ReadingAnswer(kind="code", code=found.code)
    if isinstance(found, CardRead):
        return ReadingAnswer(kind="card", card=found.values)
    return ReadingAnswer(kind="card_unread")


async def ask_signature(call: Call) -> web.Response:
    """POST windows/{window}/signature."""
    if not has_signature_pad(call, call.path("window")):
        raise ProblemError("no_signature_pad", {"window": call.path("window")[:40]})
    return await at_window(call, commands.AskSignature(**who(call)))


def has_signature_pad(call: Call, window: str) -> bool:
    """Return whether somebody could sign at a window."""
    pads = (d for d in call.site.stations.devices() if d.device_class == DeviceClass.SIGNATURE_PAD.value)
    return any(pad.window == window for pad in pads)


async def drop_signature(call: Call) -> web.Response:
    """POST windows/{window}/signature/cancel."""
    return await at_window(call, commands.DropSignature(by=call.by, window=call.path("window")))


async def show_signature(call: Call) -> web.Response:
    """GET tickets/{ticket}/signature. That it was looked at stands in the journal first."""

    def see(state: State) -> tuple[str, str, str]:
        ticket = find(state, call.path("ticket"))
        if ticket is None:
            raise ProblemError("unknown_ticket", {"ticket": call.path("ticket")[:40]})
        return ticket.id, ticket.signature, ticket.signature_picture

    ticket, strokes, picture = await look(call, see)
    if not strokes:
        raise ProblemError("not_signed", {"ticket": call.path("ticket")[:40]})
    await note(call, "ticket.signature_viewed", ticket)
    values = [call.site.journal.private(kept.partition(" ")[0]) for kept in (strokes, picture)]
    svg, png = (None if value is None else value.data for value in values)
    if svg is None or png is None:
        raise ProblemError("not_signed", {"ticket": call.path("ticket")[:40]})
    return respond(msgspec.json.encode(SignatureAnswer(svg=svg.decode(), png=png)))
