"""Backups that are proven, and halls that come back from them."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest

from benchmarks.hubs import bare_hall
from kioskd.__main__ import main
from kioskd.access.tokens import FILE_NAME, TokenStore
from kioskd.backup import code, make, recovery
from kioskd.backup.box import BoxError, Opener
from kioskd.backup.errors import PlaceError
from kioskd.backup.keeper import Keeper, PlaceStanding, days_without, due, note, standing_of
from kioskd.backup.make import Outcome
from kioskd.backup.places import FolderStore, mounted, prepare
from kioskd.backup.restore import Back, RestoreError, restore
from kioskd.backup.settings import BackupSettings, FolderPlace
from kioskd.hub.desk import Desk
from kioskd.journal.database import DATABASE_NAME
from kioskd.journal.keys import KEY_NAME, load_keys
from kioskd.journal.verify import verify
from kioskd.web.language import Language, fill, texts
from tests.backup.halls import MONDAY, Walls, into, issue, issue_many, job, running, users

HOUR = timedelta(hours=1)


class Kept:
    """A hall of one Monday morning with a backup made in the middle of it."""

    def __init__(self, tmp: Path) -> None:
        self.data, self.far, self.tmp = tmp / "hub", tmp / "far", tmp
        self.walls = Walls()
        self.code = ""
        self.token = ""

    async def morning(self, before: int = 3, after: int = 0) -> Outcome:
        async with running(self.data, self.walls) as desk:
            self.token = users(self.data)
            self.code = recovery.make_first(self.data, self.walls.wall_ms) or ""
            prepare(self.far)
            await issue_many(desk, 1, before)
            (made,) = self.make()
            await issue_many(desk, before + 1, before + after)
        return made

    def make(self, settings: BackupSettings | None = None) -> tuple[Outcome, ...]:
        self.walls.wall_ms += 1000
        return make.make(job(self.data), settings or into(self.far), wall=lambda: self.walls.wall_ms)

    def file(self) -> Path:
        return max(self.far.glob("*.kbk"))

    def back(self, name: str = "bare", **more: Any) -> Back:
        opener = Opener(code.read(more.pop("code", self.code)))
        return restore(
            more.pop("file", self.file()),
            self.tmp / name,
            self.tmp / f"{name}-settings",
            opener,
            wall=self.walls.wall_ms,
            boot="new",
            **more,
        )


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


async def test_a_backup_is_proven_and_a_bare_machine_goes_on_with_it(kept: Kept) -> None:
    made = await kept.morning()
    assert (made.code, made.name) == ("", kept.file().name)
    assert not (kept.data / make.WORK).exists()
    done = kept.back()
    bare = kept.tmp / "bare"
    assert done.settings.read_bytes() == b"[hall]\n"
    assert (done.settings.parent / "layouts/one.toml").read_bytes() == b"one"
    tokens = TokenStore.open(bare / FILE_NAME)
    assert tokens.authenticate(kept.token) is not None
    tokens.close()
    assert (bare / KEY_NAME).read_bytes() == (kept.data / KEY_NAME).read_bytes()
    async with running(bare, kept.walls) as desk:
        assert desk.head.epoch == 2
        assert await issue(desk, "new") == "A055", "above the last one and the reservation"
    assert not verify(bare / DATABASE_NAME, keys=load_keys(bare / KEY_NAME)).findings


async def test_what_was_given_after_the_backup_is_not_given_again(kept: Kept) -> None:
    await kept.morning(before=3, after=40)
    kept.back()
    async with running(kept.tmp / "bare", kept.walls) as desk:
        assert await issue(desk, "new") > "A043"


async def test_last_nights_backup_does_not_begin_today_anew(kept: Kept) -> None:
    """The hub burnt in the morning: its journal of today is nowhere, its numbers are in people's hands."""
    await kept.morning(before=70)
    kept.walls.set(MONDAY + timedelta(days=1) + HOUR)
    done = kept.back()
    assert (done.floors.day, done.floors.last["A"]) == ("", 70), "as many as on the busiest day"
    async with running(kept.tmp / "bare", kept.walls) as desk:
        assert await issue(desk, "new") == "A121"
        assert await issue(desk, "other", "advice") == "Z051"
    kept.walls.set(MONDAY + timedelta(days=2))
    async with running(kept.tmp / "bare", kept.walls) as desk:
        assert await issue(desk, "later") == "A001", "and the day after begins as ever"


async def test_a_number_that_people_know_of_counts(kept: Kept) -> None:
    await kept.morning()
    kept.walls.set(MONDAY + timedelta(days=1) + HOUR)
    kept.back(issued={"A": 212})
    async with running(kept.tmp / "bare", kept.walls) as desk:
        assert await issue(desk, "new") == "A263"


async def test_with_a_clock_at_1970_numbers_still_go_on_above(kept: Kept) -> None:
    await kept.morning(before=20)
    kept.walls.set(datetime(1970, 1, 1, 9))  # noqa: DTZ001
    kept.back()
    async with running(kept.tmp / "bare", kept.walls) as desk:
        assert await issue(desk, "new") == "A072"


async def test_a_lost_key_comes_back_by_the_code(kept: Kept) -> None:
    await kept.morning()
    key = (kept.data / KEY_NAME).read_bytes()
    assert recovery.unseal_key(kept.data, code.read(kept.code)) == key
    with pytest.raises(BoxError) as wrong:
        recovery.unseal_key(kept.data, code.new_secret())
    assert wrong.value.code == "wrong_key"


async def test_a_new_code_leaves_older_backups_to_the_older_code(kept: Kept) -> None:
    await kept.morning()
    first, older = kept.code, kept.file()
    second = recovery.make(kept.data, kept.walls.wall_ms)
    assert recovery.fits(kept.data, code.read(second))
    assert not recovery.fits(kept.data, code.read(first))
    (made,) = kept.make()
    assert made.code == ""
    kept.back("by-second", code=second)
    kept.back("by-first", code=first, file=older)
    with pytest.raises(BoxError) as wrong:
        kept.back("none", code=first)
    assert wrong.value.code == "wrong_key"
    assert not (kept.tmp / "none" / DATABASE_NAME).exists()


async def test_a_torn_backup_is_refused_and_leaves_nothing(kept: Kept) -> None:
    await kept.morning()
    whole = kept.file().read_bytes()
    for end in (0, 5, 200, len(whole) // 2, len(whole) - 1):
        kept.file().write_bytes(whole[:end])
        with pytest.raises(BoxError):
            kept.back()
        assert [file.name for file in (kept.tmp / "bare").iterdir()] == ["lock"]
    kept.file().write_bytes(whole)
    kept.back()


async def test_settings_are_not_overwritten(kept: Kept) -> None:
    await kept.morning()
    (kept.tmp / "bare-settings").mkdir()
    (kept.tmp / "bare-settings" / "hall.toml").touch()
    with pytest.raises(RestoreError) as refused:
        kept.back()
    assert refused.value.code == "in_the_way"


async def test_what_comes_back_broken_is_no_backup(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stick that takes what is written and gives something else back."""
    await kept.morning()
    (first,) = kept.far.glob("*.kbk")
    put = FolderStore.put

    def lose_the_end(self: FolderStore, name: str, file: Path) -> None:
        put(self, name, file)
        os.truncate(kept.far / name, file.stat().st_size - 1)

    monkeypatch.setattr(FolderStore, "put", lose_the_end)
    (made,) = kept.make(into(kept.far, keep=2))
    assert made.code == "broken"
    assert first.exists()


async def test_a_changed_journal_is_stored_and_said(kept: Kept) -> None:
    await kept.morning()
    connection = apsw.Connection(str(kept.data / DATABASE_NAME))
    connection.execute("UPDATE event SET body = x'7b7d' WHERE kind = 'day.opened'")
    connection.close(True)
    (made,) = kept.make()
    assert made.code == "journal_unsound"
    assert len(list(kept.far.glob("*.kbk"))) == 2


async def test_a_full_stick_harms_nothing_that_is_on_it(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    await kept.morning()
    before = sorted(kept.far.iterdir())

    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("kioskd.backup.places.os.fsync", lambda fd: full(fd) if _below(fd, kept.far) else None)
        (made,) = kept.make()
    assert made.code == "full"
    assert sorted(kept.far.iterdir()) == before


def _below(fd: int, folder: Path) -> bool:
    return Path(f"/proc/self/fd/{fd}").readlink().is_relative_to(folder)


async def test_the_newest_are_kept_and_one_place_does_not_harm_another(kept: Kept) -> None:
    await kept.morning()
    places = (FolderPlace(id="away", path=str(kept.tmp / "nowhere")), *into(kept.far).places)
    settings = BackupSettings(places=places, keep=2)
    (kept.far / "kioskd-other-20200101T000000Z.kbk").touch()
    for _ in range(4):
        away, there = kept.make(settings)
        assert (away.code, there.code) == ("not_there", "")
    left = sorted(file.name for file in kept.far.glob("kioskd-test-*"))
    assert len(left) == 2
    assert left[-1] == there.name
    assert (kept.far / "kioskd-other-20200101T000000Z.kbk").exists(), "another hall's"


async def test_an_empty_mount_point_is_not_taken_for_the_other_pc(kept: Kept) -> None:
    await kept.morning()
    (kept.tmp / "mnt").mkdir()
    (made,) = kept.make(into(kept.tmp / "mnt"))
    assert made.code == "not_prepared"


def test_a_stick_is_found_by_its_label(tmp_path: Path) -> None:
    labels, mounts = tmp_path / "by-label", tmp_path / "mountinfo"
    labels.mkdir()
    mounts.write_text("36 25 0:21 / / rw - ext4 /dev/root rw\n")
    with pytest.raises(PlaceError) as missing:
        mounted("备份 1", labels, mounts)
    assert missing.value.code == "not_there"
    stick = tmp_path / "sdb1"
    stick.touch()
    (labels / "\\xe5\\xa4\\x87\\xe4\\xbb\\xbd\\x201").symlink_to(stick)
    with pytest.raises(PlaceError) as missing:
        mounted("备份 1", labels, mounts)
    assert missing.value.code == "not_mounted"
    mounts.write_text(f"40 25 8:17 / /media/my\\040stick rw - vfat {stick} rw\n")
    assert mounted("备份 1", labels, mounts) == Path("/media/my stick")


SETTINGS = BackupSettings(places=(FolderPlace(id="pc", path="/x"),), at="17:45")
EAST = 480


def _ms(at: datetime) -> int:
    walls = Walls(at)
    return walls.wall_ms


def _good(at: datetime) -> dict[str, PlaceStanding]:
    return {"pc": PlaceStanding(place="pc", tried=_ms(at), good=_ms(at))}


def test_a_backup_is_due_once_a_day_and_never_among_people_unless_it_is_late() -> None:
    evening = MONDAY.replace(hour=17, minute=50)
    yesterday = _good(evening - timedelta(days=1))
    assert not due(SETTINGS, yesterday, _ms(MONDAY), EAST, serving=True)
    assert not due(SETTINGS, yesterday, _ms(evening.replace(minute=40)), EAST, serving=False)
    assert due(SETTINGS, yesterday, _ms(evening), EAST, serving=False)
    assert not due(SETTINGS, yesterday, _ms(evening), EAST, serving=True), "overtime"
    assert not due(SETTINGS, _good(evening), _ms(evening + HOUR), EAST, serving=False)
    assert not due(SETTINGS, _good(evening), _ms(evening + 15 * HOUR), EAST, serving=False)
    assert due(SETTINGS, _good(evening), _ms(evening + 40 * HOUR), EAST, serving=True), "late"
    assert due(SETTINGS, {}, _ms(MONDAY), EAST, serving=True), "never"
    assert not due(BackupSettings(), {}, _ms(evening), EAST, serving=False)


def test_a_failure_is_tried_again_within_the_hour() -> None:
    failed = {"pc": PlaceStanding(place="pc", tried=_ms(MONDAY), code="not_there")}
    assert not due(SETTINGS, failed, _ms(MONDAY + HOUR / 2), EAST, serving=False)
    assert due(SETTINGS, failed, _ms(MONDAY + HOUR), EAST, serving=False)


def test_a_clock_that_was_wrong_does_not_stop_backups() -> None:
    ahead = _good(MONDAY + timedelta(days=900))
    assert due(SETTINGS, ahead, _ms(MONDAY), EAST, serving=False)


async def test_a_hall_without_a_place_for_backups_is_told_to_its_lead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kioskd.backup.keeper.LOOK_S", 0.01)
    monkeypatch.setattr("kioskd.backup.keeper.SETTLE_S", 0.01)
    data, walls, tries = tmp_path / "hub", Walls(), asyncio.Queue[bool]()

    async def when_told() -> bool:
        if await tries.get():
            note(data, [Outcome(place="pc", made=walls.wall_ms, code="", name="a.kbk")])
        return True

    async def told(desk: Desk) -> dict[str, Any] | None:
        alert = (await desk.read(lambda state: state.alerts.get("backup:")))[1]
        return None if alert is None else dict(alert.params)

    async def until(desk: Desk, params: dict[str, Any] | None) -> None:
        async with asyncio.timeout(10):
            while await told(desk) != params:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    @asynccontextmanager
    async def keeping(desk: Desk, settings: BackupSettings) -> AsyncIterator[Keeper]:
        keeper = Keeper(settings, desk, data, tmp_path, make=when_told, wall=lambda: walls.wall_ms)
        task = asyncio.create_task(keeper.run())
        yield keeper
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    unset = {"unset": "backup.place"}
    async with running(data, walls) as desk:
        async with keeping(desk, BackupSettings()):
            await until(desk, unset)
        async with keeping(desk, SETTINGS) as keeper:
            tries.put_nowait(False)
            await asyncio.sleep(0.1)
            assert await told(desk) == unset, "a place alone is no backup"
            tries.put_nowait(True)
            keeper.now()
            await until(desk, None)
    said = {Language.ZH: "没有设置备份位置（backup.place）", Language.EN: "No place for backups is set"}
    for language, words in said.items():
        sentence = texts(language).alert["backup"]
        assert fill(sentence, unset).startswith(words)
        assert words not in fill(sentence, {"days": 3})
        assert "3" in fill(sentence, {"days": 3})


def test_a_hall_without_a_place_lists_no_backups_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backup", "list", str(bare_hall(tmp_path)), "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("hall.toml 里没有备份位置")


def test_days_without_count_from_the_last_good_one_anywhere() -> None:
    now = _ms(MONDAY)
    assert days_without(SETTINGS, {}, now, now - 3 * 86_400_000) == 3
    assert days_without(SETTINGS, _good(MONDAY - 2 * timedelta(days=1)), now, 0) == 2


def test_a_failure_keeps_what_is_known_of_the_last_good_one(tmp_path: Path) -> None:
    note(tmp_path, [Outcome(place="pc", code="", made=1, name="a.kbk", size=7, head="1.2")])
    note(tmp_path, [Outcome(place="pc", code="full", made=2, detail="No space")])
    assert standing_of(tmp_path) == {
        "pc": PlaceStanding(
            place="pc", tried=2, code="full", detail="No space", good=1, name="a.kbk", size=7, head="1.2"
        )
    }
