from __future__ import annotations

from pathlib import Path

import pytest

from kioskd.access.passwords import Passwords
from kioskd.access.pin import TRIES, WAIT_S, PinDoor, PinError, is_set, set_pin

CHEAP = Passwords(memory_kib=64, time_cost=1)


def code(door: PinDoor, pin: str) -> str:
    try:
        door.check(pin)
    except PinError as error:
        return error.code
    return ""


@pytest.mark.parametrize("pin", ["", "12345", "1234567890123", "12a456", "111111", "121212", "１２３４５６"])
def test_a_pin_that_is_none_is_not_kept(tmp_path: Path, pin: str) -> None:
    with pytest.raises(PinError):
        set_pin(tmp_path, pin, CHEAP)
    assert not is_set(tmp_path)


def test_tries_are_counted_and_closed_for_a_while(tmp_path: Path) -> None:
    now = [0.0]
    door = PinDoor(tmp_path, CHEAP, lambda: now[0])
    assert code(door, "482915") == "pin_none"
    set_pin(tmp_path, "482915", CHEAP)
    assert b"482915" not in (tmp_path / "pin.json").read_bytes()
    assert code(door, "482915") == ""
    assert [code(door, "000001") for _ in range(TRIES)] == ["pin_wrong"] * TRIES
    assert code(door, "482915") == "pin_locked"
    now[0] = WAIT_S
    assert code(door, "482915") == ""
