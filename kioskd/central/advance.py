"""The usual way of a push into a hall's log: one step, guarded by where the log ended before."""

from __future__ import annotations

from sqlalchemy import bindparam, select, update

from kioskd.central.database import Advance, Bound, Insert, Running
from kioskd.central.schema import EVENT, HALL, SERVER

COLUMNS = ("hall", "epoch", "seq", "kind", "version", "at", "wall", "boot", "body", "chain")

_MOVE = (
    update(HALL)
    .where(
        HALL.c.id == bindparam("hall"),
        HALL.c.epoch == bindparam("was_epoch"),
        HALL.c.next == bindparam("was_next"),
        HALL.c.chain == bindparam("was_chain"),
        select(SERVER.c.id).where(SERVER.c.id == 1, SERVER.c.inc == bindparam("inc")).exists(),
    )
    .values(
        epoch=bindparam("to_epoch"),
        next=bindparam("to_next"),
        chain=bindparam("to_chain"),
        heard=bindparam("heard_at"),
        quarantined=None,
    )
    .returning(HALL.c.safe_epoch, HALL.c.safe_seq)
)


def advancing(step: Advance) -> Running[tuple[int, int] | None]:
    """Do as `kioskd.central.database.Database.advance` says, as a script."""
    before, after = step.before, step.after
    moved = yield Bound(
        _MOVE,
        {
            "hall": step.hall,
            "inc": before.inc,
            "was_epoch": before.epoch,
            "was_next": before.next,
            "was_chain": before.chain,
            "to_epoch": after.epoch,
            "to_next": after.next,
            "to_chain": after.chain,
            "heard_at": step.heard,
        },
    )
    if not moved:
        return None
    yield Insert(EVENT, COLUMNS, step.events)
    return moved[0].safe_epoch, moved[0].safe_seq
