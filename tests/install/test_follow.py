"""A station and the hub whose release it is to run, over a real socket."""

from __future__ import annotations

import asyncio
import json
import platform
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from benchmarks.hubs import bare_hall
from installer.pack import runnable
from kioskd.access.pairing import Pairing
from kioskd.app import RunningHub, run_hub
from kioskd.install.follow import LeftError, Station, follow
from kioskd.install.layout import Layout
from kioskd.install.place import offer
from kioskd.install.switch import point, record
from kioskd.settings import load
from kioskd.station.link.memory import FILE_NAME
from kioskd.web.releases import Offered
from tests.install.conftest import DEAD, GOOD, make_release


class Told:
    """A service manager that finds well whatever does not end at once."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.told: list[str] = []

    def stop(self, roles: Sequence[str]) -> None:
        self.told.append("stop")

    def start(self, roles: Sequence[str]) -> None:
        self.told.append("start")

    def well(self, roles: Sequence[str], patience_s: float) -> str:
        program = self.layout.base / "bin" / "kioskd"
        return "kioskd-station.service: failed" if "exit 7" in program.read_text() else ""


class Hall:
    """A hub with an installer to offer, and one station's PC."""

    def __init__(self, folder: Path, hub: RunningHub, offered: Offered, token: str) -> None:
        self.offered, self.hub = offered, hub
        self.pc = Layout(folder / "pc")
        for place in (self.pc.releases, self.pc.settings, self.pc.data):
            place.mkdir(parents=True)
        make_release(self.pc.release("1.0.0"), "1.0.0")
        self.pc.roles.write_text("station\n")
        point(self.pc, "1.0.0")
        (self.pc.data / "station.token").write_text(token)
        self.station = Station(hub.url, self.pc.data / "station.token", None)
        self.services = Told(self.pc)
        self.meet(hub.journal.keys.public_key().hex())

    def meet(self, key: str) -> None:
        """What the station remembers of its hub."""
        seen = {"history": self.hub.journal.identity, "epoch": 1, "seq": 1}
        standing = {"type": "Standing", "seen": seen, "key": key, "urls": []}
        (self.pc.data / FILE_NAME).write_text(json.dumps(standing))

    async def follow(self, *, now: bool = True) -> str:
        """What came of it."""
        try:
            step = await asyncio.to_thread(follow, self.pc, self.station, self.services, now=now)
        except LeftError as error:
            return error.code
        return step.outcome


@asynccontextmanager
async def hall(folder: Path, program: str = GOOD) -> AsyncIterator[Hall]:
    carried, offered = folder / "carried", Layout(folder / "hub")
    carried.mkdir()
    release = make_release(folder / "kioskd-1.1.0", "1.1.0", program)
    offer(offered, runnable(release, platform.machine(), carried, quick=True))
    shelf = Offered(offered.offered, "1.1.0")
    data = folder / "data"
    async with run_hub(load(bare_hall(folder)), data, port=0, offered=shelf) as hub:
        pairing = Pairing(hub.tokens)
        _, token = pairing.redeem(pairing.offer("window-1"), "window-1")
        yield Hall(folder, hub, shelf, token)


async def test_a_station_comes_to_its_hubs_release_when_the_hall_is_closed(tmp_path: Path) -> None:
    async with hall(tmp_path) as it:
        assert await it.follow(now=False) == "later", "people wait at the windows"
        assert it.services.told == []
        assert await it.follow() == "done"
        assert it.pc.version() == "1.1.0"
        assert it.services.told == ["stop", "start"]
        assert not (it.pc.base / ".fetched").exists()
        assert await it.follow() == "same"
        it.offered.version = "1.0.0"
        assert await it.follow() == "no_release", "the hub went back, and nobody carried that file in"


async def test_one_that_does_not_come_up_gives_way_and_is_left_alone_for_the_day(tmp_path: Path) -> None:
    async with hall(tmp_path, DEAD) as it:
        assert await it.follow() == "returned"
        assert it.pc.version() == "1.0.0"
        assert await it.follow(now=False) == "failed_before"
        assert len(record(it.pc)) == 1


async def test_only_what_the_pinned_hub_signed_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hall(tmp_path) as it:
        it.meet("00" * 32)
        assert await it.follow() == "untrue", "another hub at that address"
        it.meet(it.hub.journal.keys.public_key().hex())
        assert await it.follow() == "untrue", (
            "and what was pinned stays pinned, whatever the station's user says"
        )
        (it.pc.base / "hub.key").unlink()
        file = it.offered.file(platform.machine())
        assert file is not None
        good = it.offered.sum(file)
        monkeypatch.setattr(it.offered, "sum", lambda _: good)
        # One byte of a comment: the file still unpacks, and nobody but the signed sum could tell.
        file.write_bytes(file.read_bytes().replace(b"# kioskd", b"# Kioskd", 1))
        assert await it.follow() == "damaged"
        assert it.pc.version() == "1.0.0"
        (it.pc.data / "station.token").write_text("nobody")
        assert await it.follow() == "unreached"
        (it.pc.data / "station.token").unlink()
        assert await it.follow() == "unpaired"
