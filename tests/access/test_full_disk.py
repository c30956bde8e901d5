from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from kioskd.access.roles import Role
from kioskd.access.tokens import FILE_NAME, TokenStore
from tests.journal.disk import Disk, FailAt, nothing


@pytest.fixture
def disk() -> Iterator[Disk]:
    disk = Disk()
    apsw.set_default_vfs(disk.name)
    yield disk
    apsw.set_default_vfs(disk.base)
    disk.unregister()


def test_a_full_disk_is_named_and_what_was_due_is_noted_later(tmp_path: Path, disk: Disk) -> None:
    store = TokenStore.open(tmp_path / FILE_NAME)
    _, secret = store.add(Role.KIOSK, "取号机")
    disk.hook = FailAt(apsw.FullError, {"write"}, 1, lasting=True)
    with pytest.raises(apsw.FullError):
        store.add(Role.TELLER, "柜台一")
    assert store.authenticate(secret) is not None
    store.flush()
    assert [token.last_used for token in store.tokens()] == [None]
    disk.hook = nothing
    assert store.tokens()[0].last_used is not None, "tokens() writes down what is due"
    store.close()
