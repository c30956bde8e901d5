from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from kioskd.access.database import VERSION, AccessDatabase
from kioskd.access.errors import AccessError
from kioskd.access.roles import Role
from kioskd.access.tokens import RECHECK_S, USED_STEP_MS, TokenStore


class Times:
    def __init__(self) -> None:
        self.wall = 1_700_000_000_000
        self.mono = 10.0


@pytest.fixture
def times() -> Times:
    return Times()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "access.db"


def opened(path: Path, times: Times) -> TokenStore:
    return TokenStore(AccessDatabase.open(path), wall=lambda: times.wall, monotonic=lambda: times.mono)


@pytest.fixture
def store(path: Path, times: Times) -> Iterator[TokenStore]:
    store = opened(path, times)
    yield store
    store.close()


def test_a_token_is_known_by_its_secret_only(store: TokenStore) -> None:
    token, secret = store.add(Role.TELLER, "柜台三", window="3")
    principal = store.authenticate(secret)
    assert principal is not None
    assert (principal.id, principal.role, principal.window) == (token.id, Role.TELLER, "3")
    assert store.authenticate(token.id) is None
    assert store.authenticate("") is None
    assert store.authenticate("kd_\udce4") is None


def test_the_file_is_private_and_holds_no_secret(store: TokenStore, path: Path) -> None:
    _, secret = store.add(Role.ADMIN, "office")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert secret.removeprefix("kd_").encode() not in path.read_bytes()
    assert len(secret) >= 43


def test_a_revoked_token_ends_at_once(store: TokenStore) -> None:
    token, secret = store.add(Role.GUIDE, "导办")
    assert store.revoke(token.id)
    assert store.authenticate(secret) is None
    assert not store.revoke(token.id)
    assert store.tokens()[0].revoked is not None


def test_tokens_outlive_the_process(store: TokenStore, path: Path, times: Times) -> None:
    _, secret = store.add(Role.LEAD, "带班")
    again = opened(path, times)
    try:
        assert again.authenticate(secret) is not None
    finally:
        again.close()


def test_what_another_process_changes_is_noticed(store: TokenStore, path: Path, times: Times) -> None:
    other = opened(path, times)
    try:
        token, secret = other.add(Role.KIOSK, "kiosk")
        assert store.authenticate(secret) is not None, "a new token is looked for at once"
        other.revoke(token.id)
        times.mono += RECHECK_S
        assert store.authenticate(secret) is None
    finally:
        other.close()


def test_last_use_is_written_in_coarse_steps(store: TokenStore, times: Times) -> None:
    _, secret = store.add(Role.KIOSK, "kiosk")
    assert store.tokens()[0].last_used is None
    store.authenticate(secret)
    first = store.tokens()[0].last_used
    assert first == times.wall
    times.wall += USED_STEP_MS - 1
    store.authenticate(secret)
    assert store.tokens()[0].last_used == first
    times.wall += 1
    store.authenticate(secret)
    assert store.tokens()[0].last_used == times.wall


def test_the_public_gets_no_token(store: TokenStore) -> None:
    with pytest.raises(AccessError):
        store.add(Role.PUBLIC, "anybody")


def test_an_unreadable_file_is_set_aside(path: Path, times: Times) -> None:
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)
    store = opened(path, times)
    try:
        assert store.tokens() == []
        assert path.with_name("access.db.unreadable-1").exists()
    finally:
        store.close()


def test_a_file_of_a_later_release_is_left_alone(path: Path, times: Times) -> None:
    opened(path, times).close()
    connection = apsw.Connection(str(path))
    connection.pragma("user_version", VERSION + 1)
    connection.close()
    with pytest.raises(AccessError) as refused:
        opened(path, times)
    assert refused.value.code == "access.newer"
    assert path.exists()
