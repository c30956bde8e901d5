from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kioskd.access.errors import PairingRefusedError
from kioskd.access.pairing import ALPHABET, LIFE_MS, TRIES_PER_CODE, WRONG_PER_MINUTE, Pairing
from kioskd.access.roles import Role
from kioskd.access.tokens import TokenStore


class Wall:
    ms = 1_700_000_000_000


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TokenStore]:
    store = TokenStore.open(tmp_path / "access.db")
    yield store
    store.close()


@pytest.fixture
def pairing(store: TokenStore, wall: Wall) -> Pairing:
    return Pairing(store, wall=lambda: wall.ms)


def refused(pairing: Pairing, code: str) -> str:
    with pytest.raises(PairingRefusedError) as error:
        pairing.redeem(code)
    return error.value.code


def wrong(code: str) -> str:
    return code[:-1] + ("2" if code[-1] != "2" else "3")


def test_a_code_is_good_once(pairing: Pairing, store: TokenStore) -> None:
    code = pairing.offer("window-3")
    token, secret = pairing.redeem(code.lower().replace("-", " - "))
    principal = store.authenticate(secret)
    assert principal is not None
    assert (principal.role, principal.station, principal.id) == (Role.STATION, "window-3", token.id)
    assert refused(pairing, code) == "pairing_wrong"


def test_a_code_expires(pairing: Pairing, wall: Wall) -> None:
    code = pairing.offer("window-3")
    wall.ms += LIFE_MS
    assert refused(pairing, code) == "pairing_wrong"


def test_a_new_code_ends_the_earlier_one(pairing: Pairing) -> None:
    first = pairing.offer("window-3")
    pairing.offer("window-3")
    assert refused(pairing, first) == "pairing_wrong"


def test_a_code_is_for_its_station_only(pairing: Pairing) -> None:
    code = pairing.offer("window-3")
    with pytest.raises(PairingRefusedError):
        pairing.redeem(code, "window-4")
    assert pairing.redeem(code, "window-3")[0].station == "window-3"


def test_wrong_tries_end_a_code(pairing: Pairing) -> None:
    code = pairing.offer("window-3")
    for _ in range(TRIES_PER_CODE):
        assert refused(pairing, wrong(code)) == "pairing_wrong"
    assert refused(pairing, code) == "pairing_wrong"


def test_guessing_at_large_closes_the_door_for_a_minute(pairing: Pairing, wall: Wall) -> None:
    code = pairing.offer("window-3")
    other = next(a * 3 for a in ALPHABET if not code.startswith(a * 3))
    for _ in range(WRONG_PER_MINUTE):
        assert refused(pairing, other + "22222") == "pairing_wrong"
    assert refused(pairing, code) == "too_many_attempts"
    wall.ms += 60_000
    pairing.redeem(code)


@pytest.mark.parametrize("typed", ["", "-", "A", "ABC", "打不开", "A" * 10_000])
def test_odd_input_is_just_wrong(pairing: Pairing, typed: str) -> None:
    pairing.offer("window-3")
    assert refused(pairing, typed) == "pairing_wrong"


def test_the_earlier_token_of_a_station_ends_when_the_new_one_is_used(
    pairing: Pairing, store: TokenStore
) -> None:
    _, first = pairing.redeem(pairing.offer("window-3"))
    assert store.authenticate(first) is not None
    _, second = pairing.redeem(pairing.offer("window-3"))
    assert store.authenticate(first) is not None, "the answer with the second may have been lost"
    assert store.authenticate(second) is not None
    assert store.authenticate(first) is None
    assert store.authenticate(second) is not None


def test_an_unused_token_does_not_end_a_later_one(pairing: Pairing, store: TokenStore) -> None:
    _, first = pairing.redeem(pairing.offer("window-3"))
    _, second = pairing.redeem(pairing.offer("window-3"))
    assert store.authenticate(first) is not None
    assert store.authenticate(second) is not None
