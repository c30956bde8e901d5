"""A standby takes the hub's place: real processes, one machine."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from pathlib import Path

import pytest

from kioskd.access.pairing import Pairing
from kioskd.access.tokens import FILE_NAME, TokenStore
from kioskd.hub.photos import PHOTOS
from kioskd.standby.control import Ask, tell
from kioskd.standby.follower import FOLLOWING
from kioskd.standby.promote import PER_MINUTE, SURE_S, missed
from kioskd.station.link.memory import FILE_NAME as MEMORY
from tests.standby.halls import PIN, START_S, Pair, Process, standing_pair

pytestmark = pytest.mark.on_disk


async def test_a_standby_takes_over_and_the_old_hub_is_fenced(tmp_path: Path) -> None:
    async with standing_pair(tmp_path) as pair:
        first = [await pair.issue(pair.port, f"k{n}") for n in range(5)]
        await pair.pair()
        await pair.until_following()
        first += [await pair.issue(pair.port, f"k{n}") for n in range(5, 9)]
        (pair.data / PHOTOS).mkdir()
        (pair.data / PHOTOS / "li.jpg").write_bytes(b"a picture")
        reply = await pair.until_following()
        _, safety = await pair.ask("GET", pair.port, "safety")
        (known,) = safety["standbys"]
        assert known["following"]
        assert known["name"] == "standby-1"
        assert reply.status is not None
        assert known["stored"] == reply.status.stored
        assert (tmp_path / "standby" / "settings" / "hall.toml").exists()

        async with asyncio.timeout(START_S):
            while not (pair.far / PHOTOS / "li.jpg").exists():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await pair.hub.kill()
        for pin, word, code in (("000111", reply.word, "pin_wrong"), (PIN, "no", "word")):
            assert (await tell(pair.far, Ask("promote", pin, word))).code == code
        done = await pair.promote()
        assert done.seconds < 10

        assert await pair.issue(pair.far_port, "k3") == first[3], "a repeat gets its first answer"
        new = await pair.issue(pair.far_port, "n1")
        assert new not in first
        assert int(new[1:]) > int(max(first)[1:]) + missed(0), "one may have been given that nobody saw"
        status, hall = await pair.ask("GET", pair.far_port, "hall")
        assert (status, hall["waiting"]) == (200, 10)

        shown = f"{pair.far_url}/api/v1/tellers/li/photo"
        async with pair.session.get(shown, headers={"Authorization": f"Bearer {pair.token}"}) as answer:
            assert await answer.read() == b"a picture"

        await pair.standby.kill()
        await pair.standby.start()
        assert await pair.issue(pair.far_port, "n1") == new, "it stays the hub"

        # The old hub gets its power back: it asks before it gives a number.
        status, said = await pair.hub.refused()
        assert status == 78
        assert "接任" in said
        assert "Another PC has become the hub" in said


def test_the_longer_a_hub_was_silent_the_further_numbers_go_on() -> None:
    assert missed(0) == missed(SURE_S) == 1
    assert missed(SURE_S + 60) == 1 + PER_MINUTE
    assert missed(SURE_S + 3600) == 1 + 60 * PER_MINUTE


async def test_a_hub_that_was_only_cut_off_is_fenced_while_it_runs(tmp_path: Path) -> None:
    async with standing_pair(tmp_path) as pair:
        await pair.pair()
        await pair.issue(pair.port, "k1")
        await pair.until_following()
        assert pair.hub.process is not None
        pair.hub.process.send_signal(signal.SIGSTOP)
        async with asyncio.timeout(START_S):
            # Who is known to be gone is not told at once, but by the new hub, again and again.
            while (status := (await pair.status()).status) is None or status.code in FOLLOWING:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        await pair.promote()
        new = await pair.issue(pair.far_port, "k2")
        pair.hub.process.send_signal(signal.SIGCONT)
        async with asyncio.timeout(START_S):
            while (await pair.ask("GET", pair.port, "../../readyz"))[0] == 200:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        status, problem = await pair.ask("POST", pair.port, "tickets", "k3", {"queue": "general"})
        assert (status, problem["code"]) == (503, "not_the_hub")
        assert await pair.issue(pair.far_port, "k2") == new
        await pair.hub.kill(signal.SIGTERM)
        assert (await pair.hub.refused())[0] == 78, "and remembers"


async def test_stations_find_the_new_hub_by_themselves_over_https(tmp_path: Path) -> None:
    async with standing_pair(tmp_path, tls=True) as pair:
        settings, data = tmp_path / "station.toml", tmp_path / "station"
        settings.write_text(f'id = "window-9"\n[hub]\nurl = "{pair.url}"\nca_file = "ca.pem"\n')
        await pair.pair()
        await pair.until_following()
        store = TokenStore.open(pair.data / FILE_NAME)
        code = Pairing(store).offer("window-9")
        store.close()
        ca = pair.data / "tls" / "ca.pem"
        station = Process("run", settings, "--data", data, "--code", code, "--ca", ca)
        station.log = tmp_path / "station.log"
        await station.start()
        try:
            await _connected(pair, pair.port)
            # It knows the hub's key, and where its standby is, before it needs either.
            memory = data / MEMORY
            async with asyncio.timeout(START_S):
                while not memory.exists() or pair.far_url not in memory.read_text():  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            # Its token, made a moment ago, goes to the standby as soon as it is there.
            async with asyncio.timeout(START_S):
                while not _knows(pair.far, "window-9"):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            await pair.until_following()
            # Who looks at the standby over HTTPS meets its own certificate, of the hall's authority.
            async with pair.session.get(f"{pair.far_url}/api/v1/standby") as answer:
                standing = await answer.json()
            assert (standing["code"], standing["behind"], standing["lacks"]) == ("following", 0, [])
            await pair.hub.kill()
            began = time.monotonic()
            done = await pair.promote()
            ready = time.monotonic() - began
            assert max(done.seconds, ready) < 10, "the machine's part of a promotion"
            await _connected(pair, pair.far_port)
        finally:
            await station.kill()


def _knows(data: Path, station: str) -> bool:
    """Whether a standby has the token of a station."""
    with contextlib.closing(TokenStore.open(data / FILE_NAME)) as store:
        return any(token.station == station for token in store.tokens())


async def _connected(pair: Pair, port: int) -> None:
    """Wait until the hub there has the station."""
    async with asyncio.timeout(START_S):
        while True:
            status, hub = await pair.ask("GET", port, "diagnostics")
            if status == 200 and any(one["id"] == "window-9" and one["connected"] for one in hub["stations"]):
                return
            await asyncio.sleep(0.1)
