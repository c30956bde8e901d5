from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kioskd.backup import box
from kioskd.backup.box import BoxError, Emptier, Filler, Opener, pieces, read_head, seal, unseal

ONE, OTHER = Opener(b"one"), Opener(b"other")


def filled(content: list[bytes], *openers: Opener) -> bytes:
    target = io.BytesIO()
    filler = Filler(target, [opener.public for opener in openers])
    for part in content:
        filler.write(part)
    filler.close()
    return target.getvalue()


@given(st.lists(st.binary(max_size=40), max_size=5), st.integers(1, 30))
@settings(max_examples=60)
def test_what_goes_in_comes_out_in_any_bites(parts: list[bytes], bite: int) -> None:
    small, box.PIECE = box.PIECE, 16
    try:
        source = io.BytesIO(filled(parts, ONE, OTHER))
        head, raw = read_head(source)
        out = Emptier(pieces(source, raw, OTHER.unwrap(head)))
        found = b""
        while part := out.read(bite):
            found += part
        assert found == b"".join(parts)
    finally:
        box.PIECE = small


def test_another_secret_does_not_open_it() -> None:
    with pytest.raises(BoxError) as wrong:
        unseal(seal(b"secret", ONE.public), OTHER)
    assert wrong.value.code == "wrong_key"


def test_nothing_can_be_cut_off_or_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box, "PIECE", 16)
    whole = filled([b"0123456789abcdef" * 3], ONE)
    assert unseal(whole, ONE) == b"0123456789abcdef" * 3
    for end in range(len(whole)):
        with pytest.raises(BoxError):
            unseal(whole[:end], ONE)
    for at in range(0, len(whole), 3):
        with pytest.raises(BoxError):
            unseal(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], ONE)


def test_pieces_cannot_change_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box, "PIECE", 16)
    whole = filled([b"a" * 16 + b"b" * 16 + b"c"], ONE)
    start = len(whole) - 2 * (4 + 16 + 16) - (4 + 1 + 16)
    swapped = whole[:start] + whole[start + 36 : start + 72] + whole[start : start + 36] + whole[start + 72 :]
    with pytest.raises(BoxError):
        unseal(swapped, ONE)
