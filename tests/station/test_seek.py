"""A station whose hub is not where it was: it is found, and nobody else is taken for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from kioskd.journal.keys import JournalKeys
from kioskd.station.link.memory import HubMemory
from kioskd.station.link.proof import PROOF_PATH, HubProof, holds
from kioskd.station.link.seek import Beacon, Seeker, best, serve_beacon
from kioskd.station.link.server import STATION_PATH, serve_websocket, station_socket
from kioskd.station.link.websocket import WebSocketLink
from kioskd.station.messages import Seen, Standing
from tests.station.hall import TinyHub, running
from tests.station.timing import FakeClock, until

KEYS, OTHER = JournalKeys(b"k" * 32), JournalKeys(b"o" * 32)
KEY = KEYS.public_key().hex()


def proof(
    nonce: str = "n" * 8, *, keys: JournalKeys = KEYS, epoch: int = 1, seq: int = 1, urls: tuple[str, ...] = ("http://a",)
) -> HubProof:  # fmt: skip
    one = HubProof(history="h", epoch=epoch, seq=seq, nonce=nonce, urls=urls, key=keys.public_key().hex())
    return msgspec.structs.replace(one, signature=keys.sign(one.text()).hex())


def test_of_several_hubs_the_latest_proven_one_is_right() -> None:
    old, new, foreign = proof(epoch=1, seq=90), proof(epoch=2), proof(keys=OTHER, epoch=9)
    forged = msgspec.structs.replace(new, epoch=8)
    replayed = proof("m" * 8, epoch=7)
    everybody = [old, foreign, forged, replayed, new]
    assert best(everybody, KEY, "n" * 8, "h", 1) == new
    assert best([old], KEY, "n" * 8, "h", 2) is None, "a hub that was replaced stays replaced"
    assert best([], KEY, "n" * 8, "h", 1) is None


@given(st.integers(0, 300), st.integers(0, 7))
def test_no_bit_of_a_proof_can_be_changed(at: int, bit: int) -> None:
    told = bytearray(msgspec.json.encode(proof()))
    told[at % len(told)] ^= 1 << bit
    try:
        changed = msgspec.json.decode(bytes(told), type=HubProof)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return
    lax = msgspec.structs.replace(changed, signature=changed.signature.lower(), key=changed.key.lower())
    assert lax == proof() or not holds(changed, KEY, "n" * 8, "h")


class OneHub:
    """A hub as far as stations see it. ``epoch`` 0: there is none at its address."""

    def __init__(self, epoch: int, keys: JournalKeys = KEYS) -> None:
        self.tiny = TinyHub(f"hub-{epoch}")
        self.epoch, self.keys = epoch, keys
        self.port = 0
        self.standing: Callable[[], Standing] = lambda: Standing(
            seen=Seen(history="h", epoch=epoch, seq=5), key=KEY, urls=()
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, nonce: str) -> HubProof:
        return proof(nonce, keys=self.keys, epoch=self.epoch, urls=(self.url,))

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        async def link(request: web.Request) -> web.WebSocketResponse:
            ws = station_socket()
            await ws.prepare(request)
            sockets.add(ws)
            self.tiny.on_attach = [self.standing()]
            await serve_websocket(ws, self.tiny, "pc-1")
            return ws

        async def hub(request: web.Request) -> web.Response:
            return web.Response(body=msgspec.json.encode(self.answer(request.query["nonce"])))

        sockets: set[web.WebSocketResponse] = set()
        app = web.Application()
        app.router.add_get(STATION_PATH, link)
        app.router.add_get(PROOF_PATH, hub)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield
        finally:
            for ws in sockets:
                await ws.close()
            await runner.cleanup()


async def test_a_station_goes_over_to_the_hub_that_took_over(tmp_path: Path, clock: FakeClock) -> None:
    token = tmp_path / "token"
    token.write_text("good")
    old, new, thief = OneHub(1), OneHub(2), OneHub(3, OTHER)
    memory = HubMemory(tmp_path / "hub.json")
    async with AsyncExitStack() as up_to_the_end, new.serving(), thief.serving(), AsyncExitStack() as up:
        # Somebody else has the standby's former address now.
        old.standing = lambda: Standing(seen=Seen(history="h", epoch=1, seq=5), key=KEY, urls=(thief.url,))
        await up.enter_async_context(old.serving())
        beacon = await up_to_the_end.enter_async_context(_lit(new))
        seeker = Seeker(memory, old.url, port=_port(beacon), broadcasts=lambda: ["127.0.0.1"])
        link = WebSocketLink(old.url, token, random=lambda: 0.0, seeker=seeker)
        async with running(tmp_path, clock, old.tiny, link=link, memory=memory):
            await until(lambda: old.tiny.attached == 1 and memory.seen is not None)
            await up.aclose()
            await until(lambda: new.tiny.attached == 1)
            assert new.tiny.hellos[0].seen == Seen(history="h", epoch=1, seq=5), "and bears witness"
            assert thief.tiny.attached == 0


async def test_whoever_cannot_sign_is_not_heard(tmp_path: Path) -> None:
    memory = HubMemory(tmp_path / "hub.json")
    await memory.keep(Standing(seen=Seen(history="h", epoch=1, seq=5), key=KEY))
    thief = OneHub(9, OTHER)
    async with thief.serving(), _lit(thief) as beacon:
        seeker = Seeker(memory, thief.url, port=_port(beacon), broadcasts=lambda: ["127.0.0.1"])
        assert await seeker.find() is None


async def test_a_beacon_answers_its_own_hall_only_and_no_flood() -> None:
    hub = OneHub(1)
    beacon = Beacon("h", hub.answer)
    sent: list[bytes] = []

    class Line(asyncio.DatagramTransport):
        def sendto(self, data: bytes, addr: object = None) -> None:
            sent.append(data)

    beacon.connection_made(Line())
    here = ("10.0.0.9", 5)
    for bad in (b"", b"{", b'{"kioskd":"where","history":"other","nonce":"nnnnnnnn"}', b"x" * 5000):
        beacon.datagram_received(bad, here)
    assert not sent
    good = json.dumps({"kioskd": "where", "history": "h", "nonce": "n" * 16}).encode()
    for _ in range(500):
        beacon.datagram_received(good, here)
    assert 1 <= len(sent) <= 2 * Beacon.PER_SECOND


@asynccontextmanager
async def _lit(hub: OneHub) -> AsyncIterator[asyncio.BaseTransport]:
    transport = await serve_beacon(Beacon("h", hub.answer), port=0, host="127.0.0.1")
    assert transport is not None
    try:
        yield transport
    finally:
        transport.close()
        await asyncio.sleep(0)


def _port(transport: asyncio.BaseTransport) -> int:
    return int(transport.get_extra_info("sockname")[1])
