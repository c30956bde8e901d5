"""From a copy to a hub: the numbers to go on above, and the new epoch."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import msgspec
import structlog

from kioskd.access.errors import AccessError
from kioskd.backup.restore import floors_after
from kioskd.hall.apply import apply
from kioskd.hall.codec import decode
from kioskd.hall.moment import Moment
from kioskd.hall.state import APPLY_VERSION, State, load, new_state
from kioskd.hub.clock import boot_id
from kioskd.journal import snapshots
from kioskd.journal.database import DATABASE_NAME, connect_reader, events
from kioskd.journal.keys import KEY_NAME, load_keys
from kioskd.journal.records import BEFORE_ALL, Position
from kioskd.journal.replica import Copy
from kioskd.standby.certificate import certify
from kioskd.standby.fence import remember_former
from kioskd.standby.follower import Config, write_config
from kioskd.standby.holding import Held

PER_MINUTE = 2
"""Numbers of one prefix that a hall may have given in a minute that the standby has not seen: more than the
busiest halls do.
"""

SURE_S = 15.0
"""As long after the last word of the hub nothing can have been missed but what was on its way."""

_PAGE = 2000
log = structlog.get_logger(__name__)


class Promoted(msgspec.Struct, frozen=True, kw_only=True):
    """A finished promotion: the last event of the former hub that is here, the new epoch's first, and the
    seconds it took.
    """

    parent: Position
    head: Position
    floors: dict[str, int]
    seconds: float


class NotReadyError(Exception):
    """This copy cannot take over yet: it never had everything. ``code`` is ``no_journal``, ``no_files`` or
    ``no_key``.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def missed(silent_s: float) -> int:
    """Return how many numbers of a prefix may have been given since the hub was last heard."""
    return 1 + int(max(0.0, silent_s - SURE_S) / 60 * PER_MINUTE + 0.999)


def promote(data: Path, copy: Copy, config: Config, held: Held | None, silent_s: float) -> Promoted:
    """Make the copy a hub's journal and close it. Blocks. Raises `NotReadyError`, OSError, apsw.Error.

    ``silent_s`` is for how long the hub has not been heard.
    """
    began = time.monotonic()
    if copy.head == BEFORE_ALL:
        raise NotReadyError("no_journal")
    if held is None:
        raise NotReadyError("no_files")
    keys = load_keys(data / KEY_NAME)
    if keys is None:
        raise NotReadyError("no_key")
    wall = time.time_ns() // 1_000_000
    parent = copy.head
    state = state_of(data)
    floors = floors_after(state, state.numbers, wall, {}, more=missed(silent_s))
    if held.tls:
        try:
            certify(data, config.address)
        except (OSError, ValueError, AccessError) as error:
            # It has the one it was sent; a hall without a hub would be worse than a browser's warning.
            log.error("standby.no_certificate", reason=repr(error))
    opening = copy.promote(floors, wall=wall, boot=boot_id())
    remember_former(data, [config.hub])
    write_config(data, msgspec.structs.replace(config, promoted=True))
    copy.close()
    return Promoted(
        parent=parent, head=opening.position, floors=floors.last, seconds=time.monotonic() - began
    )


def state_of(data: Path) -> State:
    """Return the hall as the journal in a data folder has it, by its newest snapshot."""
    connection = connect_reader(data / DATABASE_NAME)
    try:
        keys = load_keys(data / KEY_NAME)
        kept = None if keys is None else snapshots.load(connection, keys)
        state, after = new_state(), BEFORE_ALL
        if kept is not None and kept.apply_version == APPLY_VERSION:
            state, after = load(kept.data), kept.position
        while page := events(connection, after, _PAGE):
            for one in page:
                event = decode(one.kind, one.version, one.body)
                apply(state, event, Moment(at=one.at, wall=one.wall), (one.position.epoch, one.position.seq))
            after = page[-1].position
        return state
    finally:
        connection.close(True)


async def promote_aside(
    data: Path, copy: Copy, config: Config, held: Held | None, silent_s: float
) -> Promoted:
    """Do it in a worker thread."""
    return await asyncio.to_thread(promote, data, copy, config, held, silent_s)
