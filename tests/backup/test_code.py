from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kioskd.backup.code import CodeError, new_secret, read, show

SECRETS = st.binary(min_size=15, max_size=15)
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@given(SECRETS)
def test_a_code_is_read_as_it_was_printed(secret: bytes) -> None:
    assert read(show(secret)) == secret


@given(SECRETS)
def test_a_code_is_read_as_people_type_it(secret: bytes) -> None:
    typed = show(secret).lower().replace("-", " ").replace("0", "o").replace("1", "l").replace("v", "u")
    assert read(f" {typed}\n") == secret


@given(SECRETS, st.integers(0, 29), st.sampled_from(DIGITS))
def test_a_wrong_character_is_found_in_its_group(secret: bytes, at: int, other: str) -> None:
    plain = show(secret).replace("-", "")
    if plain[at] == other:
        return
    with pytest.raises(CodeError) as slip:
        read(plain[:at] + other + plain[at + 1 :])
    assert slip.value.groups == (at // 5 + 1,)


@given(SECRETS, st.integers(0, 28))
def test_two_neighbours_that_changed_places_are_found(secret: bytes, at: int) -> None:
    plain = show(secret).replace("-", "")
    if plain[at] == plain[at + 1]:
        return
    with pytest.raises(CodeError):
        read(plain[:at] + plain[at + 1] + plain[at] + plain[at + 2 :])


@given(SECRETS)
def test_groups_in_another_order_are_found(secret: bytes) -> None:
    groups = show(secret).split("-")
    with pytest.raises(CodeError) as slip:
        read("-".join([groups[1], groups[0], *groups[2:]]))
    assert slip.value.groups == (1, 2)


@pytest.mark.parametrize("text", ["", "7Q2MK", "A" * 31, "恢复码"])
def test_what_is_no_code_is_said_so(text: str) -> None:
    with pytest.raises(CodeError) as slip:
        read(text)
    assert slip.value.groups == ()


def test_secrets_differ() -> None:
    assert new_secret() != new_secret()
