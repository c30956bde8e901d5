"""Routes about what keeps a hall alive: standby hubs, who is the hub, backups."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from kioskd.access.errors import PairingRefusedError
from kioskd.access.roles import Role
from kioskd.backup.keeper import standing_of
from kioskd.hall.moment import rfc3339
from kioskd.standby.fence import sign, superseded
from kioskd.standby.messages import LARGEST, PAIR_PATH, STANDBY_PATH
from kioskd.station.link.proof import FENCE_PATH, PROOF_PATH, HubProof, holds
from kioskd.web import openapi
from kioskd.web.asking import note
from kioskd.web.call import Call, respond
from kioskd.web.fields import Id
from kioskd.web.problem import ProblemError
from kioskd.web.rights import EVERYBODY
from kioskd.web.route import API, Route, Summary
from kioskd.web.rows import ADMIN, LEAD, TECHNICIAN

_encode = msgspec.json.Encoder().encode
_HEARTBEAT_S = 10.0


class HubQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the answer must be signed with, so that it is no old one."""

    nonce: Annotated[str, Meta(pattern=r"^[0-9a-zA-Z_-]{8,64}$")]


class PairStandbyBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The code as typed, and the standby it was made for."""

    code: Annotated[str, Meta(min_length=1, max_length=40)]
    name: Id


class PairedStandby(msgspec.Struct, frozen=True, kw_only=True):
    """The standby's token; it can't be had again."""

    token: str


class BackupAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One place for backups. ``good`` is when its last proven backup was made and ``age_s`` how old that is;
    ``code`` is left out when the last try was good. ``tried`` is when that was.
    """

    place: str
    code: str = ""
    tried: str | None = None
    good: str | None = None
    age_s: int | None = None
    name: str = ""
    bytes: int | None = None
    position: str = ""


class StandbyAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A standby hub. ``stored`` is how far its copy is known to be, ``behind`` by how many events."""

    name: str
    following: bool
    stored: str = ""
    behind: int | None = None
    seen: str | None = None
    version: str = ""
    url: str = ""


class SafetyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the hall would be saved by. ``making``: a backup is being made."""

    backups: tuple[BackupAnswer, ...]
    standbys: tuple[StandbyAnswer, ...]
    making: bool
    recovery: bool


class MakingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a backup was begun; one that was under way goes on."""

    begun: bool


async def who(call: Call) -> web.Response:
    """GET hub. A hub that another has taken over from, or whose disk was put back, is none."""
    site = call.site
    if site.journal.refused:
        raise ProblemError("not_the_hub")
    return respond(_encode(sign(site.journal, site.journal.keys, call.query.nonce, site.urls)))


async def fence(call: Call) -> web.Response:
    """POST hub/fence. What is said proves itself: only a hub that took over can sign a later epoch."""
    proof: HubProof = call.body
    journal = call.site.journal
    key = journal.keys.public_key().hex()
    if not holds(proof, key, None, journal.identity) or proof.epoch <= journal.durable.epoch:
        raise ProblemError("no_successor")
    await journal.refuse(superseded(proof, call.request.remote or "?"))
    return web.Response(status=204)


async def pair(call: Call) -> web.Response:
    """POST standby/pair. Its answer is a secret, so it is never kept for a repeat."""
    body: PairStandbyBody = call.body
    try:
        _, secret = await asyncio.to_thread(call.site.pairing.redeem_standby, body.code, body.name)
    except PairingRefusedError as refused:
        raise ProblemError(refused.code) from None
    return respond(_encode(PairedStandby(token=secret)), 201)


async def link(call: Call) -> web.StreamResponse:
    """GET standby/link, a WebSocket."""
    standbys, name = call.site.standbys, call.principal.station
    if standbys is None or name is None or call.site.journal.refused:
        raise ProblemError("not_the_hub")
    socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_S, max_msg_size=LARGEST)
    if not socket.can_prepare(call.request):
        raise ProblemError("not_websocket")
    await socket.prepare(call.request)
    call.site.sockets.add(socket)
    try:
        await standbys.serve(socket, name.rpartition(" ")[2], call.request.remote or "127.0.0.1")
    finally:
        call.site.sockets.discard(socket)
    return socket


async def show(call: Call) -> web.Response:
    """GET safety."""
    site, now = call.site, call.site.desk.now().wall
    offset = site.desk.utc_offset_min
    known = await asyncio.to_thread(standing_of, site.journal.folder)
    places = site.keeper.places if site.keeper is not None else ()
    backups = []
    for place in places:
        one = known.get(place)
        if one is None:
            backups.append(BackupAnswer(place=place))
            continue
        good = one.good
        backups.append(
            BackupAnswer(
                place=place,
                code=one.code,
                tried=rfc3339(one.tried, offset),
                good=None if good is None else rfc3339(good, offset),
                age_s=None if good is None else max(0, now - good) // 1000,
                name=one.name,
                bytes=one.size or None,
                position=one.head,
            )
        )
    standbys = site.standbys
    answer = SafetyAnswer(
        backups=tuple(backups),
        standbys=tuple(
            StandbyAnswer(
                name=one.name,
                following=one.name in standbys.following,
                stored=one.stored,
                behind=standbys.behind(one.name),
                seen=rfc3339(one.seen, offset) if one.seen else None,
                version=one.version,
                url=one.url,
            )
            for one in standbys.known.values()
        )
        if standbys is not None
        else (),
        making=site.keeper is not None and site.keeper.running,
        recovery=(site.journal.folder / "recovery.json").exists(),
    )
    return respond(_encode(answer))


async def make(call: Call) -> web.Response:
    """POST backups: one is made now, as well as the hub can beside its work."""
    keeper = call.site.keeper
    if keeper is None or not keeper.places:
        raise ProblemError("no_backup_place")
    await note(call, "backup.asked")
    return respond(_encode(MakingAnswer(begun=keeper.now())), 202)


ROUTES: tuple[Route, ...] = (
    Route(
        name="getHub",
        method="GET",
        path=PROOF_PATH,
        roles=EVERYBODY,
        handler=who,
        summary=Summary("谁是大厅主机（签名）", "Who is the hall's hub, signed"),
        query=HubQuery,
        answers={200: HubProof},
        problems=("not_the_hub",),
    ),
    Route(
        name="fenceHub",
        method="POST",
        path=FENCE_PATH,
        roles=EVERYBODY,
        handler=fence,
        summary=Summary("告知已有新主机（签名）", "Tell a hub, signed, that there is a later one"),
        body=HubProof,
        answers={204: None},
        problems=("no_successor",),
        needs_key=False,
    ),
    Route(
        name="pairStandby",
        method="POST",
        path=PAIR_PATH,
        roles=EVERYBODY,
        handler=pair,
        summary=Summary("用配对码换取备用主机令牌", "Trade a pairing code for a standby hub's token"),
        body=PairStandbyBody,
        answers={201: PairedStandby},
        problems=("pairing_wrong", "too_many_attempts"),
        needs_key=False,
    ),
    Route(
        name="linkStandby",
        method="GET",
        path=STANDBY_PATH,
        roles=frozenset({Role.STANDBY}),
        handler=link,
        summary=Summary("备用主机连接（WebSocket）", "A standby hub's WebSocket"),
        answers={101: None},
        problems=("not_websocket", "not_the_hub"),
    ),
    Route(
        name="getSafety",
        method="GET",
        path=f"{API}/safety",
        roles=frozenset({LEAD, TECHNICIAN, ADMIN}),
        handler=show,
        summary=Summary("备份和备用主机的情况", "How backups and standby hubs stand"),
        answers={200: SafetyAnswer},
    ),
    Route(
        name="makeBackup",
        method="POST",
        path=f"{API}/backups",
        roles=frozenset({TECHNICIAN, ADMIN}),
        handler=make,
        summary=Summary("立即备份", "Make a backup now"),
        body=openapi.Empty,
        answers={202: MakingAnswer},
        problems=("no_backup_place",),
        needs_key=False,
    ),
)
"""Rows of the route table about safety."""
