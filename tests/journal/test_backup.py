from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from kioskd.journal import (
    Batch,
    DataFolderBusy,
    EpochOpen,
    JournalDamaged,
    JournalTooNew,
    NotAJournal,
    Position,
    PrivateValue,
)
from kioskd.journal import (
    backup as backup_module,
)
from kioskd.journal.backup import back_up, restore
from kioskd.journal.database import connect_writer
from kioskd.journal.guard import GuardFile
from kioskd.journal.keys import KEY_NAME, load_keys
from kioskd.journal.verify import verify
from tests.journal.halls import WALL, batch, event, everything, examine, issue, issued, numbers, opened


async def test_a_backup_of_a_running_hall_is_whole_and_sound(tmp_path: Path) -> None:
    folder, copy = tmp_path / "hall", tmp_path / "copy.db"
    async with opened(folder) as journal:
        await journal.submit(batch(1, keyed=True)).durable
        await issue(journal, 2)
        await journal.checkpoint("day_end")
        done = back_up(folder / "journal.db", copy)
        assert (done.path, done.head, done.size) == (copy, Position(1, 3), copy.stat().st_size)
        await issue(journal, 3)
    report = verify(copy, keys=load_keys(folder / KEY_NAME))
    assert not report.found
    assert report.events == 3
    assert report.proven is not None
    assert copy.stat().st_mode & 0o777 == 0o600
    assert sorted(os.listdir(tmp_path)) == ["copy.db", "hall"]  # noqa: PTH208


async def test_a_backup_never_overwrites_and_leaves_no_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, copy = tmp_path / "hall", tmp_path / "copy.db"
    async with opened(folder) as journal:
        await issue(journal, 1)
    copy.write_bytes(b"precious")
    with pytest.raises(FileExistsError):
        back_up(folder / "journal.db", copy)
    assert copy.read_bytes() == b"precious"
    copy.unlink()
    with monkeypatch.context() as patch:
        patch.setattr(backup_module, "quick_check", lambda _: "row 1 missing")
        with pytest.raises(JournalDamaged):
            back_up(folder / "journal.db", copy)
    with pytest.raises(NotAJournal):
        back_up(tmp_path / "nothing.db", copy)
    (tmp_path / "empty.db").touch()
    with pytest.raises(NotAJournal):
        back_up(tmp_path / "empty.db", copy)
    (tmp_path / "rubbish.db").write_bytes(b"rubbish" * 999)
    with pytest.raises(JournalDamaged):
        back_up(tmp_path / "rubbish.db", copy)
    assert sorted(os.listdir(tmp_path)) == ["empty.db", "hall", "rubbish.db"]  # noqa: PTH208


async def test_restoring_opens_an_epoch_that_heeds_the_guard(tmp_path: Path) -> None:
    folder, copy = tmp_path / "hall", tmp_path / "copy.db"
    async with opened(folder) as journal:
        await issue(journal, 1, 2)
        back_up(folder / "journal.db", copy)
        await issue(journal, 3, 4, 5)
    done = restore(folder, copy, wall=WALL, boot="boot-9")
    assert (done.parent, done.head, done.lost) == (Position(1, 3), Position(2, 1), Position(1, 6))
    assert done.set_aside is not None
    assert issued(done.set_aside) == [1, 2, 3, 4, 5]
    opening = everything(folder)[-1]
    body = msgspec.json.decode(opening.body, type=EpochOpen)
    assert (opening.boot, body.reason) == ("boot-9", "restored")
    assert body.parent is not None
    assert (body.parent.epoch, body.parent.seq) == (1, 3)
    assert body.guard is not None
    assert body.guard.numbers == numbers(5)
    async with opened(folder) as journal:
        assert not journal.opened.unclean
        assert journal.head == Position(2, 1)
        assert journal.opened.epoch == body
        assert journal.opened.behind == body.guard
        await issue(journal, 60)
    assert not examine(folder).found


async def test_restoring_twice_never_reuses_an_epoch(tmp_path: Path) -> None:
    folder, copy = tmp_path / "hall", tmp_path / "copy.db"
    async with opened(folder) as journal:
        await issue(journal, 1)
    back_up(folder / "journal.db", copy)
    for expected in (2, 3, 4):
        assert restore(folder, copy, wall=WALL, boot="b").head == Position(expected, 1)
        if expected == 2:
            async with opened(folder) as journal:
                await issue(journal, 7)
    # On a new disk nothing remembers the epochs; central does, and a person says so.
    assert restore(tmp_path / "new", copy, wall=WALL, boot="b").head == Position(2, 1)
    assert restore(tmp_path / "newer", copy, wall=WALL, boot="b", above_epoch=7).head == Position(8, 1)
    chains = {everything(tmp_path / name)[-1].chain for name in ("new", "newer")}
    assert len(chains) == 2


async def test_even_a_backup_of_this_moment_opens_an_epoch(tmp_path: Path) -> None:
    folder, copy = tmp_path / "hall", tmp_path / "copy.db"
    async with opened(folder) as journal:
        await issue(journal, 1)
    back_up(folder / "journal.db", copy)
    done = restore(folder, copy, wall=WALL, boot="b")
    assert done.lost is None
    assert done.head == Position(2, 1)


async def test_a_running_hall_is_not_restored(tmp_path: Path) -> None:
    folder, copy = tmp_path / "hall", tmp_path / "copy.db"
    async with opened(folder) as journal:
        await issue(journal, 1)
        back_up(folder / "journal.db", copy)
        with pytest.raises(DataFolderBusy):
            restore(folder, copy, wall=WALL, boot="b")
        await issue(journal, 2)
    assert issued(folder) == [1, 2]


async def test_a_bad_backup_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "hall"
    async with opened(folder) as journal:
        await issue(journal, 1)
    bad = tmp_path / "bad.db"
    bad.write_bytes(b"rubbish" * 999)
    with pytest.raises(JournalDamaged):
        restore(folder, bad, wall=WALL, boot="b")
    with pytest.raises(NotAJournal):
        restore(folder, tmp_path / "nothing.db", wall=WALL, boot="b")
    shutil.copy(folder / "journal.db", bad)
    connection = connect_writer(bad)
    connection.pragma("user_version", 999)
    connection.close()
    with pytest.raises(JournalTooNew):
        restore(folder, bad, wall=WALL, boot="b")
    assert issued(folder) == [1]
    async with opened(folder) as journal:
        assert journal.head == Position(1, 2)


async def test_an_unclean_database_is_set_aside_whole(tmp_path: Path) -> None:
    """Its log holds the last tickets, and must neither be lost nor be applied to the restored file."""
    folder, crashed, copy = tmp_path / "hall", tmp_path / "crashed", tmp_path / "copy.db"
    async with opened(folder) as journal:
        await issue(journal, 1)
        back_up(folder / "journal.db", copy)
        await issue(journal, 2, 3)
        shutil.copytree(folder, crashed)
    done = restore(crashed, copy, wall=WALL, boot="b")
    assert issued(crashed) == [1]
    assert done.set_aside is not None
    assert issued(done.set_aside) == [1, 2, 3]


async def test_a_crash_at_any_step_of_restoring_leaves_one_journal_or_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, crashed, copy = tmp_path / "hall", tmp_path / "crashed", tmp_path / "copy.db"
    async with opened(folder) as journal:
        await issue(journal, 1)
        back_up(folder / "journal.db", copy)
        await issue(journal, 2)
        shutil.copytree(folder, crashed)
    states: list[Path] = []

    def watched(function: Callable[..., object]) -> Callable[..., object]:
        def run(*args: object, **kwargs: object) -> object:
            states.append(tmp_path / f"state-{len(states)}")
            shutil.copytree(crashed, states[-1])
            return function(*args, **kwargs)

        return run

    with monkeypatch.context() as patch:
        for owner, name in ((os, "link"), (Path, "rename"), (Path, "replace"), (GuardFile, "write")):
            patch.setattr(owner, name, watched(getattr(owner, name)))
        restore(crashed, copy, wall=WALL, boot="b")
    assert len(states) >= 4
    for state in [*states, crashed]:
        async with opened(state) as journal:
            await issue(journal, 3)
        assert issued(state) in ([1, 3], [1, 2, 3])
        assert not examine(state).found
    assert issued(states[0]) == [1, 2, 3]
    assert issued(crashed) == [1, 3]


async def test_what_was_erased_since_the_backup_stays_erased(tmp_path: Path) -> None:
    folder, copy = tmp_path / "hall", tmp_path / "copy.db"

    def value(ref: str, group: str) -> PrivateValue:
        return PrivateValue(ref, group, None, b"value of " + ref.encode())

    async with opened(folder) as journal:
        values = (value("kept", "g1"), value("erased", "g1"), value("destroyed", "g2"))
        await journal.submit(Batch((event(1),), private=values)).durable
        back_up(folder / "journal.db", copy)
        await journal.submit(Batch((event(2, "private.erased"),), erase=("erased",), destroy=("g2",))).durable
    restore(folder, copy, wall=WALL, boot="b")
    async with opened(folder) as journal:
        assert journal.private("kept") is not None
        assert journal.private("erased") is None
        assert journal.private("destroyed") is None
    assert not examine(folder).found
    # The journal of another hall says nothing about this one's values.
    async with opened(tmp_path / "other") as journal:
        await issue(journal, 1)
    shutil.copy(folder / KEY_NAME, tmp_path / "other" / KEY_NAME)
    restore(tmp_path / "other", copy, wall=WALL, boot="b")
    async with opened(tmp_path / "other") as journal:
        assert journal.private("erased") is not None
