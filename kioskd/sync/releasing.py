"""Takes a release of the city's settings: fetch, check, keep, work by it; or say why not, and go on."""

from __future__ import annotations

import asyncio

import msgspec
import structlog
from msgspec import structs

from kioskd.hall.commands import ApplySettings, NoteOrder
from kioskd.hall.decide import decide
from kioskd.hall.events import CommandApplied
from kioskd.hall.refusal import Refusal
from kioskd.hall.rules import Rules
from kioskd.hub.answers import Done, Request
from kioskd.hub.desk import Desk
from kioskd.sync.line import Line
from kioskd.sync.messages import Order
from kioskd.sync.orders import CENTRAL
from kioskd.sync.release import ReleaseError, Taker, Wanted, read

log = structlog.get_logger(__name__)


async def take_release(
    desk: Desk, line: Line, taker: Taker | None, order: Order, note: NoteOrder, request: Request
) -> None:
    """Deal with a ``settings.set``; raises `LineError` and `JournalError` while it cannot be dealt with.

    What the hall starts with is chosen before the rules are in the journal: after a crash between the two it
    starts with the release, and the order, which it then reads again, changes nothing. A release that the
    hall's own rules refuse is not chosen.
    """
    try:
        wanted = msgspec.json.decode(order.body, type=Wanted)
    except msgspec.DecodeError as error:
        unreadable = structs.replace(note, outcome="unreadable", code=f"{order.kind}: {error}"[:200])
        await desk.obey(unreadable, None, request)
        return
    try:
        if taker is None:
            raise ReleaseError("this hall's settings are not in a file")
        command = ApplySettings(by=CENTRAL, rules=await _prepared(line, taker, wanted))
        _, decision = await desk.read(lambda state: decide(state, command, desk.now()))
        if isinstance(decision, Refusal):
            raise ReleaseError(f"{decision.code} {decision.params}")
        await asyncio.to_thread(taker.choose)
    except (ReleaseError, OSError) as error:
        code = error.code if isinstance(error, ReleaseError) else f"not kept: {error}"
        log.warning("release_refused", version=_version(order), reason=code)
        await desk.obey(structs.replace(note, outcome="refused", code=code[:200]), None, request)
        return
    done = await desk.obey(note, command, request)
    if _applied(done):
        taker.use()
        log.info("release_taken", version=wanted.version)
    else:
        await asyncio.to_thread(taker.leave)


async def _prepared(line: Line, taker: Taker, wanted: Wanted) -> Rules:
    files: dict[str, str] = {}
    if wanted.version:
        data = await line.release(wanted.version)
        if data is None:
            raise ReleaseError("the central server does not have it any more")
        files = read(wanted, data)
    return await asyncio.to_thread(taker.prepare, wanted.version, files)


def _applied(done: Done | Refusal) -> bool:
    return isinstance(done, Done) and any(
        isinstance(event, CommandApplied) and event.outcome == "done" for event in done.events
    )


def _version(order: Order) -> int:
    return msgspec.json.decode(order.body, type=Wanted).version
