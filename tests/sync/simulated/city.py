"""A hall and a central server in virtual time: the product's own uplink, HTTP and server; disks in memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import NamedTuple

from structlog.testing import capture_logs

from kioskd.sync.courier import Standing
from tests.sync.simulated.central import Central
from tests.sync.simulated.database import empty
from tests.sync.simulated.hall import TOKEN, Hall
from tests.sync.simulated.loop import SimLoop, repeatable


async def bodies(central: Central) -> set[bytes]:
    """Return every fact that the central server has."""
    return {body for body, _ in (await central.events()).values()}


async def schedule(loop: SimLoop, folder: Path) -> str:
    """Let everything happen that can, then heal it and compare with the truth; return the last chain."""
    rng = loop.rng
    hall, central = Hall(loop, folder), Central(loop)
    lost: set[bytes] = set()
    backups: list[set[bytes]] = []
    await central.prepare()
    await central.start()
    await hall.start()
    try:
        for _ in range(rng.randint(15, 40)):
            await asyncio.sleep(rng.expovariate(0.4))
            what = rng.random()
            if what < 0.42:
                hall.issue()
            elif what < 0.45:
                rng.choice((hall.clock, central.clock)).jump()
            elif what < 0.55:
                await central.order()
            elif what < 0.65:
                loop.up = not loop.up
            elif what < 0.72:
                loop.reset()
            elif what < 0.79:
                await hall.stop()
                await asyncio.sleep(rng.uniform(0, 3))
                await hall.start()
            elif what < 0.84:
                await central.stop()
                await asyncio.sleep(rng.uniform(0, 5))
                await central.start()
            elif what < 0.88:
                central.back_up()
                backups.append(await bodies(central))
            elif what < 0.92:
                here = {bytes(event.body) for event in hall.events}
                if await central.put_back(hall.done, told=rng.random() < 0.5) and hall.was_put_back:
                    lost |= hall.facts - here - await bodies(central)
            elif what < 0.96:
                hall.back_up()
            else:
                kept = await bodies(central)
                lost |= await hall.put_back(kept.union(*backups[-1:]))
        loop.up = True
        await _quiet(central, hall)
        await _check(hall, central, lost)
        return hall.events[-1].chain.hex()
    finally:
        loop.up = True
        await hall.stop()
        await central.stop()
        await central.database.close()


async def twins(loop: SimLoop, folder: Path) -> str:
    """Let a second PC go on from a copy of the hall's data, token and all: the city has one's log, whole, and
    nothing of the other's, which is told.
    """
    rng = loop.rng
    hall, central = Hall(loop, folder), Central(loop)
    await central.prepare()
    await central.start()
    await hall.start()
    for _ in range(rng.randint(1, 6)):
        hall.issue()
        await asyncio.sleep(rng.expovariate(0.5))
    twin = hall.twin(prepared(folder / "twin"))
    await twin.start()
    pair = (hall, twin)
    try:
        for _ in range(rng.randint(5, 25)):
            await asyncio.sleep(rng.expovariate(0.4))
            what, one = rng.random(), rng.choice(pair)
            if what < 0.6:
                one.issue()
            elif what < 0.7:
                loop.up = not loop.up
            elif what < 0.8:
                loop.reset()
            elif what < 0.92:
                await one.stop()
                await asyncio.sleep(rng.uniform(0, 3))
                await one.start()
            else:
                await central.stop()
                await asyncio.sleep(rng.uniform(0, 5))
                await central.start()
        loop.up = True
        for one in pair:
            one.issue()
        await _quiet(central, *pair)
        held = await central.events()
        whole = [one for one in pair if held == _log_of(one)]
        assert len(whole) == 1, f"{len(whole)} of two logs are the city's"
        (other,) = set(pair) - set(whole)
        assert _standing(whole[0]) is Standing.GOING
        assert not whole[0].refused
        assert _standing(other) is Standing.DIVERGED
        return whole[0].events[-1].chain.hex()
    finally:
        loop.up = True
        await hall.stop()
        await twin.stop()
        await central.stop()
        await central.database.close()


def _log_of(hall: Hall) -> dict[tuple[int, int], tuple[bytes, bytes]]:
    places = ((event, event.position) for event in hall.events)
    return {(place.epoch, place.seq): (bytes(event.body), event.chain) for event, place in places}


def _standing(hall: Hall) -> Standing:
    assert hall.uplink is not None
    return hall.uplink.standing


async def _quiet(central: Central, *halls: Hall) -> None:
    """Wait until nothing has changed for a while."""
    still, before = 0, None
    for _ in range(60):
        await asyncio.sleep(20)
        now = (await central.count(), [len(hall.events) for hall in halls], await central.inc())
        still = still + 1 if now == before else 0
        before = now
        if still == 4:
            return
    raise AssertionError("never came to rest")


async def _check(hall: Hall, central: Central, lost: set[bytes]) -> None:
    assert len(hall.printed) == len(set(hall.printed)), "a number twice"
    held = await central.events()
    known = [body for body, _ in held.values()]
    assert len(known) == len(set(known)), "the same fact twice at the central server"
    missing = hall.facts - lost - set(known)
    assert not missing, f"lost at the central server: {missing}"
    for place, event in _log_of(hall).items():
        assert held.get(place) == event, f"differs at {place}"
    assert _standing(hall) is Standing.GOING, _standing(hall)
    assert central.ordered <= set(hall.done), f"never done: {central.ordered - set(hall.done)}"
    if not hall.was_put_back:
        assert len(hall.done) == len(set(hall.done)), "done twice"
    taken = [central.releases[name] for name in hall.done if name in central.releases]
    assert hall.shelf.version == hall.shelf.chosen == (taken[-1] if taken else 0), "another release"


class Played(NamedTuple):
    """A schedule that went well: how long it was in hall time, and marks of its course and of its end."""

    seconds: float
    course: int
    end: str


def prepared(folder: Path) -> Path:
    """Make the folder that of a PC which has joined and has heard nothing yet; return it."""
    folder.mkdir(exist_ok=True)
    with contextlib.suppress(OSError):
        (folder / "central-witness.json").unlink()
    (folder / "central.token").write_text(TOKEN)
    return folder


def run(
    seed: int, folder: Path, what: Callable[[SimLoop, Path], Coroutine[None, None, str]] = schedule
) -> Played:
    """Run one schedule; the same seed is the same schedule in every process."""
    empty()  # made once a process: no schedule's dice are in it
    loop = SimLoop(seed)
    asyncio.set_event_loop(loop)
    try:
        prepared(folder)
        with capture_logs(), repeatable(loop):
            end = loop.run_until_complete(what(loop, folder))
        return Played(loop.now, loop.course, end)
    finally:
        asyncio.set_event_loop(None)
        loop.close()
