"""Finding the hub again: at the addresses that are known, and by a word to everybody near.

Only a hub that signs the question with the pinned key is believed, and of several the one of the latest
epoch, never one of an earlier epoch than was seen before: that one has been replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

import aiohttp
import msgspec
import structlog

from kioskd.station.link.addresses import interfaces
from kioskd.station.link.credentials import hub_tls
from kioskd.station.link.memory import HubMemory
from kioskd.station.link.proof import PROOF_PATH, HubProof, holds

FIND_PORT = 18478
"""UDP port on which a hub hears who looks for it."""

ANSWERS_S = 0.6
ASK_S = 2.0
LARGEST = 1400

log = structlog.get_logger(__name__)


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """The question: who is the hub of this history? In JSON, one datagram."""

    kioskd: str = "where"
    history: str
    nonce: str


def best(proofs: Iterable[HubProof], key: str, nonce: str, history: str, epoch: int) -> HubProof | None:
    """Return the right hub's proof: signed, of this history, of no earlier epoch, the furthest of all."""
    good = [one for one in proofs if holds(one, key, nonce, history) and one.epoch >= epoch and one.urls]
    return max(good, key=lambda one: one.head, default=None)


class Seeker:
    """Looks for the hub that a station remembers."""

    def __init__(
        self,
        memory: HubMemory,
        home: str,
        ca_file: Path | None = None,
        *,
        port: int = FIND_PORT,
        broadcasts: Callable[[], list[str]] | None = None,
    ) -> None:
        """``home`` is the settings' URL; ``broadcasts`` gives the addresses that reach everybody near."""
        self._memory = memory
        self._home = home.rstrip("/")
        self._ca_file = ca_file
        self._port = port
        self._broadcasts = broadcasts or (lambda: [broadcast for _, broadcast in interfaces()])

    async def find(self) -> str | None:
        """Return the URL of the hub, None when none was found; takes some seconds at most."""
        standing = self._memory.standing
        if standing is None:
            return None
        nonce = os.urandom(16).hex()
        seen = standing.seen
        asked, heard = await asyncio.gather(
            self._ask_known((self._home, *standing.urls), nonce), self._call_out(seen.history, nonce)
        )
        proof = best([*asked, *heard], standing.key, nonce, seen.history, seen.epoch)
        if proof is None:
            return None
        return await self._reachable(proof, asked)

    async def _reachable(self, proof: HubProof, asked: dict[HubProof, str]) -> str:
        """Prefer the address that answered; of the hub's own say the first that does."""
        if proof in asked:
            return asked[proof]
        for url in proof.urls:
            if await self._ask_known((url,), proof.nonce):
                return url
        return proof.urls[0]

    async def _ask_known(self, urls: Iterable[str], nonce: str) -> dict[HubProof, str]:
        try:
            tls = await hub_tls(self._ca_file)
        except OSError:
            return {}
        timeout = aiohttp.ClientTimeout(total=ASK_S)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            unique = list(dict.fromkeys(url.rstrip("/") for url in urls))
            found = await asyncio.gather(*(_ask(session, url, nonce, tls) for url in unique))
        return {proof: url for proof, url in zip(found, unique, strict=True) if proof is not None}

    async def _call_out(self, history: str, nonce: str) -> list[HubProof]:
        question = msgspec.json.encode(Where(history=history, nonce=nonce))
        answers: list[HubProof] = []
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Answers(answers), local_addr=("0.0.0.0", 0), allow_broadcast=True
            )
            try:
                for address in self._broadcasts():
                    transport.sendto(question, (address, self._port))
                await asyncio.sleep(ANSWERS_S)
            finally:
                transport.close()
        return answers


class _Answers(asyncio.DatagramProtocol):
    def __init__(self, answers: list[HubProof]) -> None:
        self._answers = answers

    def datagram_received(self, data: bytes, addr: object) -> None:
        if len(self._answers) < 100:
            with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
                self._answers.append(msgspec.json.decode(data, type=HubProof))

    def error_received(self, exc: Exception) -> None:
        """Nobody is there on one of the networks."""


async def _ask(
    session: aiohttp.ClientSession, url: str, nonce: str, tls: ssl.SSLContext | bool
) -> HubProof | None:
    try:
        async with session.get(
            url + PROOF_PATH, params={"nonce": nonce}, ssl=tls, allow_redirects=False
        ) as answer:
            if answer.status != 200:
                return None
            return msgspec.json.decode(await answer.read(), type=HubProof)
    except (aiohttp.ClientError, TimeoutError, OSError, msgspec.DecodeError, ValueError):
        return None


class Beacon(asyncio.DatagramProtocol):
    """The hub's end: answers whoever looks for this history, a bounded number of times a second."""

    PER_SECOND = 50

    def __init__(self, history: str, answer: Callable[[str], HubProof | None]) -> None:
        """``answer`` signs a nonce, or returns None where this is no hub any more."""
        self._history = history
        self._answer = answer
        self._second, self._count = 0, 0
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio's own transports for datagrams do not all say that they are.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        second = int(asyncio.get_running_loop().time())
        if second != self._second:
            self._second, self._count = second, 0
        self._count += 1
        if len(data) > LARGEST or self._count > self.PER_SECOND or self._transport is None:
            return
        try:
            asked = msgspec.json.decode(data, type=Where)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return
        if asked.kioskd != "where" or asked.history != self._history or not 8 <= len(asked.nonce) <= 64:
            return
        proof = self._answer(asked.nonce)
        if proof is not None:
            self._transport.sendto(msgspec.json.encode(proof), addr)


async def serve_beacon(
    beacon: Beacon, port: int = FIND_PORT, host: str = "0.0.0.0"
) -> asyncio.BaseTransport | None:
    """Listen until the transport is closed; None where the port cannot be had: it costs only the finding."""
    loop = asyncio.get_running_loop()
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        transport, _ = await loop.create_datagram_endpoint(lambda: beacon, sock=listening)
    except OSError as error:
        listening.close()
        log.warning("beacon.not_heard", port=port, reason=str(error))
        return None
    return transport
