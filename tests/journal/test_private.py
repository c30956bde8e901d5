"""Personal values: sealed, apart from the chain, and gone for good when they go."""

from __future__ import annotations

from pathlib import Path

import pytest

from kioskd.journal import Batch, PrivateValue
from kioskd.journal.keys import KEY_NAME
from tests.journal.halls import WALL, event, everything, examine, issue, opened

SECRET = "王小明 13800000000".encode()


def value(ref: str = "ref-1", group: str = "2026-01-01", purge_at: int | None = None) -> PrivateValue:
    return PrivateValue(ref, group, purge_at, SECRET + ref.encode())


def bytes_on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("journal.db*"))


async def test_a_value_comes_back_and_its_digest_proves_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        sent = value()
        await journal.submit(Batch((event(1),), private=(sent,))).durable
        assert journal.private("ref-1") == sent
        assert journal.private("ref-2") is None
    async with opened(tmp_path) as journal:
        found = journal.private("ref-1")
        assert found is not None
        assert found.data == sent.data
        assert found.digest() == sent.digest()
    assert PrivateValue("ref-1", "g", None, sent.data).digest() != sent.digest()  # every salt is its own


async def test_nothing_of_it_is_readable_in_the_files(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await journal.submit(Batch((event(1),), private=(value(),))).durable
        assert SECRET not in bytes_on_disk(tmp_path)
        assert b"13800000000" not in bytes_on_disk(tmp_path)


@pytest.mark.parametrize("way", ["erase", "destroy", "purge"])
async def test_what_is_gone_leaves_no_sealed_bytes_behind(tmp_path: Path, way: str) -> None:
    async with opened(tmp_path) as journal:
        values = (value("gone", "old", WALL), value("kept", "new"))
        await journal.submit(Batch((event(1),), private=values)).durable
        rows = journal._readers.near(
            lambda connection: connection.execute(
                "SELECT private.sealed, salt, vault_key.sealed FROM private JOIN vault_key ON id = key"
                " WHERE ref = 'gone'"
            ).fetchall()
        )
        sealed, salt, key = rows[0]
        assert sealed in bytes_on_disk(tmp_path)
        if way == "erase":
            gone = event(2, "private.erased")
            await journal.submit(Batch((gone,), erase=("gone",))).durable
        elif way == "destroy":
            await journal.submit(Batch((event(2),), destroy=("old",))).durable
        else:
            assert (await journal.purge(WALL - 1)).refs == ()
            assert (await journal.purge(WALL)).refs == ("gone",)
        assert journal.private("gone") is None
        assert journal.private("kept") is not None
        left = bytes_on_disk(tmp_path)
        assert sealed not in left
        assert salt not in left
        assert (key in left) == (way != "destroy")
    assert not examine(tmp_path).found
    assert len(everything(tmp_path)) == (2 if way == "purge" else 3)


async def test_events_and_values_are_saved_together(tmp_path: Path) -> None:
    """A value whose event was refused must not lie around."""
    async with opened(tmp_path) as journal:
        bad = Batch((event(1, "white space"),), private=(value(),))
        with pytest.raises(ValueError, match="kind"):
            journal.submit(bad)
        await journal.barrier()
        assert journal.private("ref-1") is None


async def test_a_groups_secret_lives_as_long_as_the_group(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        first = await journal.secret("day-1")
        assert len(first) == 32
        assert await journal.secret("day-1") == first
        assert await journal.secret("day-2") != first
    async with opened(tmp_path) as journal:
        assert await journal.secret("day-1") == first
        await journal.submit(Batch(destroy=("day-1",))).durable
        assert await journal.secret("day-1") != first


async def test_losing_the_key_file_loses_the_values_but_not_the_hall(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await journal.submit(Batch((event(1),), private=(value(),))).durable
        await journal.snapshot_save(journal.durable, 1, b"state")
    (tmp_path / KEY_NAME).unlink()
    async with opened(tmp_path) as journal:
        assert journal.private("ref-1") is None
        assert await journal.snapshot_load() is None  # nobody vouches for it: replay instead
        await journal.submit(Batch((event(2),), private=(value("ref-2"),))).durable
        assert journal.private("ref-2") is not None


def files_beside(path: Path) -> list[bytes]:
    return [other.read_bytes() for other in path.parent.glob(path.name + ".*")]


async def test_a_spoilt_key_file_is_set_aside(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await issue(journal, 1)
    spoilt = b"kioskd-journal-key-1 0123"
    (tmp_path / KEY_NAME).write_bytes(spoilt)
    async with opened(tmp_path) as journal:
        await issue(journal, 2)
    assert (tmp_path / KEY_NAME).stat().st_mode & 0o777 == 0o600
    assert spoilt in files_beside(tmp_path / KEY_NAME)
