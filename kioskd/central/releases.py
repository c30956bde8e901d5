"""Scripts about settings for all halls: versions, some halls first and then all, and back again."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Row, func, insert, select, update

from kioskd.central import feed
from kioskd.central.database import Running
from kioskd.central.halls import NoSuchHallError
from kioskd.central.reading import Reader
from kioskd.central.schema import HALL, RELEASE, ROLLOUT
from kioskd.sync.release import KIND, Wanted, digest


class ReleaseRefusedError(Exception):
    """Nothing was sent; ``halls`` are those it is about.

    ``code`` is ``no_release``, ``untried``, ``pending``, ``refused`` or ``nothing_before``.
    """

    def __init__(self, code: str, halls: Iterable[str] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.halls = tuple(halls)


class HallRelease(msgspec.Struct, frozen=True):
    """What a hall was asked last (``state``: asked, taken or refused, ``reason``), and before that."""

    hall: str
    version: int
    state: str
    reason: str
    before: int


def add(name: str, files: dict[str, str], wall: int) -> Running[int]:
    """Keep a release; return its version. The same files again are the version they were."""
    data = msgspec.json.encode(dict(sorted(files.items())))
    known = yield select(RELEASE.c.version).where(RELEASE.c.sha256 == digest(data))
    if known:
        version: int = known[0].version
        return version
    version = ((yield select(func.max(RELEASE.c.version)))[0][0] or 0) + 1
    yield insert(RELEASE).values(version=version, name=name, sha256=digest(data), files=data, made=wall)
    return version


def files_of(version: int) -> Running[bytes | None]:
    """Return a release as halls fetch it."""
    rows = yield select(RELEASE.c.files).where(RELEASE.c.version == version)
    return bytes(rows[0].files) if rows else None


def standing() -> Running[list[HallRelease]]:
    """Return how every hall stands that was ever asked for anything."""
    rows = yield select(ROLLOUT).order_by(ROLLOUT.c.hall, ROLLOUT.c.number)
    by_hall: dict[str, list[Row[Any]]] = {}
    for row in rows:
        by_hall.setdefault(row.hall, []).append(row)
    return [
        HallRelease(hall, asked[-1].version, asked[-1].state, asked[-1].reason, _before(asked))
        for hall, asked in by_hall.items()
    ]


def _before(asked: list[Row[Any]]) -> int:
    """Return the release that a hall worked by before the one it was asked for last; 0: none."""
    taken = [row.version for row in asked[:-1] if row.state == "taken"]
    earlier = [version for version in taken if version != asked[-1].version]
    return earlier[-1] if earlier else 0


def send(version: int, halls: tuple[str, ...], wall: int) -> Running[list[str]]:
    """Ask halls to work by a release; return them. Raises `ReleaseRefusedError` and `NoSuchHallError`."""
    wanted = yield from _wanted(version)
    for hall in halls:
        yield from _ask(hall, wanted, wall)
    return list(halls)


def send_all(version: int, wall: int) -> Running[list[str]]:
    """Ask every hall that does not work by a release yet, once some do and none has said no.

    Raises `ReleaseRefusedError`: nothing goes to all halls that no hall has taken, that one of them has
    refused, or that one has not answered about.
    """
    wanted = yield from _wanted(version)
    told = [each for each in (yield from standing()) if each.version == version]
    for state, code in (("refused", "refused"), ("asked", "pending")):
        those = [each.hall for each in told if each.state == state]
        if those:
            raise ReleaseRefusedError(code, those)
    done = {each.hall for each in told}
    if version and not done:
        raise ReleaseRefusedError("untried")
    rows = yield select(HALL.c.id).order_by(HALL.c.id)
    rest = [row.id for row in rows if row.id not in done]
    for hall in rest:
        yield from _ask(hall, wanted, wall)
    return rest


def back(halls: tuple[str, ...], wall: int) -> Running[list[str]]:
    """Ask halls (none named: all that work by anything) to work by what they did before.

    Raises `ReleaseRefusedError` and `NoSuchHallError`.
    """
    known = {each.hall: each for each in (yield from standing())}
    chosen = halls or tuple(known)
    strangers = [hall for hall in chosen if hall not in known]
    if strangers or not chosen:
        raise ReleaseRefusedError("nothing_before", strangers)
    for hall in chosen:
        wanted = yield from _wanted(known[hall].before)
        yield from _ask(hall, wanted, wall)
    return list(chosen)


def _wanted(version: int) -> Running[Wanted]:
    if version == 0:
        return Wanted(0)
    rows = yield select(RELEASE.c.sha256).where(RELEASE.c.version == version)
    if not rows:
        raise ReleaseRefusedError("no_release")
    return Wanted(version, rows[0].sha256)


def _ask(hall: str, wanted: Wanted, wall: int) -> Running[None]:
    if not (yield select(HALL.c.id).where(HALL.c.id == hall)):
        raise NoSuchHallError(hall)
    yield from feed.lock(hall)
    number = ((yield select(func.max(ROLLOUT.c.number)).where(ROLLOUT.c.hall == hall))[0][0] or 0) + 1
    # Never the same again, also not by a server that was put back and counts from an earlier number.
    order = f"{KIND}-{number}-{secrets.token_hex(8)}"
    yield insert(ROLLOUT).values(
        hall=hall,
        number=number,
        order_id=order,
        version=wanted.version,
        state="asked",
        reason="",
        asked=wall,
        changed=wall,
    )
    yield from feed.send(hall, order, KIND, wanted, wall)


class _Said(msgspec.Struct, frozen=True):
    order: str = ""
    order_kind: str = ""
    outcome: str = ""
    code: str = ""


_read = msgspec.json.Decoder(_Said)


def _heard(hall: str, row: Row[Any]) -> Running[None]:
    said = _read.decode(row.body)
    if said.order_kind != KIND:
        return
    yield (
        update(ROLLOUT)
        .where(ROLLOUT.c.hall == hall, ROLLOUT.c.order_id == said.order)
        .values(
            state="taken" if said.outcome in ("done", "known") else "refused",
            reason=said.code,
            changed=row.wall,
        )
    )


READER = Reader("releases", frozenset({"command.applied"}), _heard)
"""Keeps up with what halls say to releases."""
