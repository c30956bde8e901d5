"""A disk that was put back, and who finds it out."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import msgspec
import pytest
from aiohttp import web

from kioskd.journal import Journal
from kioskd.journal.backup import carry_on
from kioskd.journal.keys import KEY_NAME, load_or_create_keys
from kioskd.journal.lasting import NotLastingError, check_lasting
from kioskd.journal.records import GuardNumbers, Position
from kioskd.journal.refused import Refusal, RefusedError, refusal_of
from kioskd.standby.fence import sign, successor
from kioskd.standby.witness import Witnesses
from kioskd.station.link.memory import HubMemory
from kioskd.station.link.proof import PROOF_PATH
from kioskd.station.messages import Seen
from kioskd.web.server import serving
from kioskd.web.settings import WebSettings
from tests.backup.halls import Walls, issue, running


async def _seen(data: Path, walls: Walls, first: int, last: int) -> Seen:
    """Issue some numbers; return what a station of then remembers."""
    async with running(data, walls) as desk:
        witnesses = Witnesses(desk._journal, lambda: ())
        desk.follow(witnesses)
        for n in range(first, last + 1):
            await issue(desk, f"{n}")
        return witnesses.standing().seen


async def _may_go_on(data: Path, walls: Walls, seen: Seen) -> str:
    """Start a hub to which a station says what it has seen; return what became of it."""
    async with running(data, walls) as desk:
        witnesses = Witnesses(desk._journal, lambda: ())
        desk.follow(witnesses)
        good = witnesses.heard("window-1", seen)
        if witnesses._refusing is not None:
            await witnesses._refusing
        assert good == desk.ready
        return desk._journal.closed_for or ""


async def test_an_image_with_its_guard_put_back_is_found_out_by_a_station(tmp_path: Path) -> None:
    walls, data = Walls(), tmp_path / "hub"
    await _seen(data, walls, 1, 3)
    shutil.copytree(data, tmp_path / "image")
    seen = await _seen(data, walls, 4, 9)
    assert await _may_go_on(data, walls, seen) == "", "an honest disk"

    shutil.rmtree(data)
    (tmp_path / "image").rename(data)
    assert await _may_go_on(data, walls, seen) == "rolled_back"
    with pytest.raises(RefusedError) as refused:
        await Journal.open(data, now_wall=walls.wall_ms, boot="boot")
    assert refused.value.refusal.by == "window-1"

    refusal = refusal_of(data)
    assert refusal is not None
    assert refusal.numbers == GuardNumbers("2026-03-02", {"A": 9})
    carry_on(data, wall=walls.wall_ms, boot="b", above_epoch=refusal.epoch, numbers=refusal.numbers)
    async with running(data, walls) as desk:
        assert await issue(desk, "new") == "A060", "above what the station has seen, and the reservation"
    assert await _may_go_on(data, walls, seen) == ""


async def test_a_station_that_saw_a_later_hub_stops_the_earlier_one(tmp_path: Path) -> None:
    walls, data = Walls(), tmp_path / "hub"
    seen = await _seen(data, walls, 1, 3)
    later = Seen(history=seen.history, epoch=2, seq=1)
    assert await _may_go_on(data, walls, later) == "superseded"


async def test_what_was_seen_of_another_history_says_nothing(tmp_path: Path) -> None:
    walls, data = Walls(), tmp_path / "hub"
    await _seen(data, walls, 1, 3)
    assert await _may_go_on(data, walls, Seen(history="0" * 16, epoch=9, seq=9)) == ""


async def test_a_station_remembers_over_a_restart(tmp_path: Path) -> None:
    walls = Walls()
    async with running(tmp_path / "hub", walls) as desk:
        standing = Witnesses(desk._journal, lambda: ("https://10.0.0.3:8443",)).standing()
    memory = HubMemory(tmp_path / "hub.json")
    assert memory.seen is None
    await memory.keep(standing)
    assert HubMemory(tmp_path / "hub.json").standing == standing
    (tmp_path / "hub.json").write_bytes(b"{torn")
    assert HubMemory(tmp_path / "hub.json").seen is None


def test_a_note_that_cannot_be_read_refuses_all_the_same(tmp_path: Path) -> None:
    assert refusal_of(tmp_path) is None
    (tmp_path / "refused.json").write_bytes(b"{torn")
    assert isinstance(refusal_of(tmp_path), Refusal)


ROOT = "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"


@pytest.mark.parametrize(
    ("mounts", "kind"),
    [
        (ROOT, ""),
        (ROOT + "21 20 0:30 / /var rw - tmpfs tmpfs rw\n", "tmpfs"),
        (ROOT + "21 20 0:30 / /var rw - tmpfs tmpfs rw\n22 21 8:2 / /var/lib rw - ext4 /dev/sdb rw\n", ""),
        ("20 1 0:20 / / rw - overlay overlay rw,lowerdir=/ro,upperdir=/cow/up,workdir=/cow/w\n"
         "21 20 0:21 / /cow rw - tmpfs tmpfs rw\n", "overlay/tmpfs"),
        ("20 1 0:20 / / rw - overlay overlay rw,lowerdir=/ro,upperdir=/disk/up\n"
         "21 20 8:3 / /disk rw - ext4 /dev/sda3 rw\n", ""),
    ],
)  # fmt: skip
def test_memory_is_no_disk(tmp_path: Path, mounts: str, kind: str) -> None:
    file = tmp_path / "mountinfo"
    file.write_text(mounts)
    if not kind:
        check_lasting(Path("/var/lib/kioskd"), file)
        return
    with pytest.raises(NotLastingError) as refused:
        check_lasting(Path("/var/lib/kioskd"), file)
    assert refused.value.kind == kind


async def test_stations_hear_of_a_number_once_it_is_on_the_disk(tmp_path: Path) -> None:
    walls = Walls()
    async with running(tmp_path / "hub", walls) as desk:
        follower = Witnesses(desk._journal, lambda: ())
        desk.follow(follower)
        await issue(desk, "one")
        head = desk._journal.durable
        behind = SimpleNamespace(
            identity="h", keys=desk._journal.keys, durable=head, head=Position(head.epoch, head.seq + 1)
        )
        witnesses = Witnesses(cast("Journal", behind), lambda: ())
        witnesses.rebuilt(desk._state)
        assert witnesses.standing().seen.numbers == {}, "the state is ahead of the disk"
        behind.durable = behind.head
        assert witnesses.standing().seen.numbers == {"A": 1}


async def test_a_hub_may_go_on_that_is_exactly_where_a_station_saw_it(tmp_path: Path) -> None:
    walls = Walls()
    async with running(tmp_path / "hub", walls) as desk:
        witnesses = Witnesses(desk._journal, lambda: ())
        desk.follow(witnesses)
        await issue(desk, "one")
        assert witnesses.heard("window-1", witnesses.standing().seen)
        assert desk._journal.closed_for is None


@pytest.mark.parametrize(("epoch", "gives_way"), [(1, False), (2, False), (3, True)])
async def test_a_hub_gives_way_to_a_later_epoch_only(tmp_path: Path, epoch: int, gives_way: bool) -> None:
    """A hub of this hall answers where this one's standby is known to be: whose epoch is later is the hub."""
    keys = load_or_create_keys(tmp_path / KEY_NAME)
    other = cast("Journal", SimpleNamespace(identity="h", durable=Position(epoch, 900)))

    async def prove(request: web.Request) -> web.Response:
        return web.Response(body=msgspec.json.encode(sign(other, keys, request.query["nonce"], ())))

    app = web.Application()
    app.router.add_get(PROOF_PATH, prove)
    async with serving(app, WebSettings(), 0) as port:
        urls = [f"http://127.0.0.1:{port}", "http://127.0.0.1:9"]
        key = keys.public_key().hex()
        proof = await successor(urls, tmp_path, "h", key, Position(2, 5))
        assert (proof is not None) == gives_way
        assert await successor(urls, tmp_path, "another hall", key, Position(2, 5)) is None
