"""One hub at a time: a new hub tells the former one, and one that comes back asks before it starts."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import Iterable
from pathlib import Path

import aiohttp
import msgspec
import structlog

from kioskd.journal.files import write_new
from kioskd.journal.journal import Journal
from kioskd.journal.keys import JournalKeys
from kioskd.journal.records import Position
from kioskd.journal.refused import SUPERSEDED, Refusal
from kioskd.standby.hub import known_in
from kioskd.station.link.proof import FENCE_PATH, PROOF_PATH, HubProof, holds

FORMER = "former.json"
ASK_S = 2.0
KNOCK_S = 3.0
KNOCK_RARELY_S = 60.0

log = structlog.get_logger(__name__)


class Former(msgspec.Struct, frozen=True):
    """Where the hub was that this one took over from."""

    urls: tuple[str, ...]


def remember_former(data: Path, urls: Iterable[str]) -> None:
    """Write down whom to knock at. Raises OSError."""
    write_new(data / FORMER, msgspec.json.encode(Former(tuple(urls))), 0o600)


def former_of(data: Path) -> Former | None:
    """Return the hub before this one, None where there was none."""
    try:
        return msgspec.json.decode((data / FORMER).read_bytes(), type=Former)
    except (OSError, msgspec.DecodeError):
        return None


def hall_tls(data: Path) -> ssl.SSLContext | bool:
    """Return what aiohttp's ``ssl`` wants: the hall's own authority where there is one."""
    ca = data / "tls" / "ca.pem"
    return ssl.create_default_context(cafile=str(ca)) if ca.exists() else True


async def successor(
    urls: Iterable[str], data: Path, history: str, key: str, head: Position
) -> HubProof | None:
    """Ask where another hub may be; return the proof of one of a later epoch than ``head``."""
    tls = await asyncio.to_thread(hall_tls, data)
    timeout = aiohttp.ClientTimeout(total=ASK_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        proofs = await asyncio.gather(*(ask(session, url, tls) for url in urls))
    for proof in proofs:
        if proof is not None and holds(proof, key, None, history) and proof.epoch > head.epoch:
            return proof
    return None


async def ask(session: aiohttp.ClientSession, url: str, tls: ssl.SSLContext | bool) -> HubProof | None:
    """Return what the hub at a URL says of itself to a fresh nonce; None when nobody does. The caller checks
    it.
    """
    nonce = os.urandom(16).hex()
    try:
        async with session.get(
            url.rstrip("/") + PROOF_PATH, params={"nonce": nonce}, ssl=tls, allow_redirects=False
        ) as answer:
            if answer.status != 200:
                return None
            proof = msgspec.json.decode(await answer.read(), type=HubProof)
    except (aiohttp.ClientError, TimeoutError, OSError, msgspec.DecodeError):
        return None
    return proof if proof.nonce == nonce else None


async def may_begin(journal: Journal, keys: JournalKeys, data: Path) -> Refusal | None:
    """Ask every standby this hub has had, before it gives a number, whether one of them is the hub now."""
    urls = [one.url for one in (await asyncio.to_thread(known_in, data)).values() if one.url]
    if not urls:
        return None
    key = keys.public_key().hex()
    later = await successor(urls, data, journal.identity, key, journal.durable)
    return None if later is None else superseded(later, later.urls[0] if later.urls else urls[0])


def superseded(proof: HubProof, by: str) -> Refusal:
    """Return why a hub may not go on that has seen this."""
    at = time.time_ns() // 1_000_000
    return Refusal(code=SUPERSEDED, by=by, epoch=proof.epoch, seq=proof.seq, at=at)


async def knock(journal: Journal, keys: JournalKeys, data: Path) -> None:
    """Tell the former hub, whenever it can be reached, that there is another; until cancelled."""
    former = await asyncio.to_thread(former_of, data)
    if former is None:
        return
    tls = await asyncio.to_thread(hall_tls, data)
    timeout = aiohttp.ClientTimeout(total=ASK_S)
    told = False
    async with aiohttp.ClientSession(timeout=timeout) as session:
        while True:
            proof = await asyncio.to_thread(sign, journal, keys, os.urandom(16).hex(), ())
            for url in former.urls:
                if await _tell(session, url, proof, tls) and not told:
                    told = True
                    log.info("hub.former_fenced", url=url)
            await asyncio.sleep(KNOCK_RARELY_S if told else KNOCK_S)


async def tell_at_once(url: str, data: Path, history: str, head: Position, keys: JournalKeys) -> None:
    """Tell a former hub that still answers, before there is a new one to `knock`: it gives no number in
    between.
    """
    tls = await asyncio.to_thread(hall_tls, data)
    proof = await asyncio.to_thread(_signed, history, head, keys, os.urandom(16).hex(), ())
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ASK_S)) as session:
        await _tell(session, url, proof, tls)


async def _tell(
    session: aiohttp.ClientSession, url: str, proof: HubProof, tls: ssl.SSLContext | bool
) -> bool:
    """Whether the hub there has heard it."""
    try:
        async with session.post(
            url.rstrip("/") + FENCE_PATH,
            data=msgspec.json.encode(proof),
            headers={"Content-Type": "application/json"},
            ssl=tls,
            allow_redirects=False,
        ) as answer:
            return answer.status == 204
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False


def sign(journal: Journal, keys: JournalKeys, nonce: str, urls: tuple[str, ...]) -> HubProof:
    """Return this hub's word on itself."""
    return _signed(journal.identity, journal.durable, keys, nonce, urls)


def _signed(history: str, head: Position, keys: JournalKeys, nonce: str, urls: tuple[str, ...]) -> HubProof:
    proof = HubProof(
        history=history,
        epoch=head.epoch,
        seq=head.seq,
        nonce=nonce,
        urls=urls,
        key=keys.public_key().hex(),
    )
    return msgspec.structs.replace(proof, signature=keys.sign(proof.text()).hex())
