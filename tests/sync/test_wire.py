"""A push on the wire: what is packed comes out, and nothing harmful gets in."""

from __future__ import annotations

import gzip

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kioskd.journal.chain import GENESIS, store
from kioskd.journal.records import NewEvent, Position
from kioskd.sync.messages import Mark, Push, WireEvent, Witness
from kioskd.sync.wire import MOST_BYTES, NotAPush, links, pack, unpack, wire_event

BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
).map(msgspec.json.encode)
WORDS = st.from_regex(r"[a-z.\-]{1,12}", fullmatch=True)
ZEROS = GENESIS.hex()


@given(bodies=st.lists(BODIES, max_size=6), boot=WORDS, kind=WORDS, first=st.integers(1, 1 << 39))
def test_events_arrive_byte_for_byte_and_prove_themselves(
    bodies: list[bytes], boot: str, kind: str, first: int
) -> None:
    chain, stored = GENESIS, []
    for seq, body in enumerate(bodies, first):
        stored.append(store(chain, Position(7, seq), NewEvent(kind, 1, body, seq, -seq), boot))
        chain = stored[-1].chain
    push = Push(
        7,
        first,
        ZEROS,
        chain.hex(),
        Mark(6, 3),
        "c1",
        Witness("c1", 7, first),
        tuple(map(wire_event, stored)),
    )
    got = unpack(pack(push))
    assert got == push
    assert [bytes(event.body) for event in got.events] == bodies
    assert list(links(GENESIS, 7, first, got.events)) == [event.chain for event in stored]


@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(NotAPush):
        unpack(noise)
    with pytest.raises(NotAPush):
        unpack(gzip.compress(noise))


def one(**changes: object) -> dict[str, object]:
    return {"epoch": 1, "first": 1, "prev": ZEROS, "head": ZEROS, **changes}


@pytest.mark.parametrize(
    "wrong",
    [
        one(epoch=0),
        one(first=0),
        one(prev="00"),
        one(head="zz" * 32),
        one(head="AB" * 32),
        one(events=[{"kind": "a b", "version": 1, "at": 0, "wall": 0, "boot": "b", "body": {}}]),
        one(events=[{"kind": "a", "version": 1, "at": 0, "wall": 0, "boot": "", "body": {}}]),
        one(events=[{"kind": "a", "version": 1, "at": 0, "wall": 0, "boot": "b", "body": 1}] * 501),
    ],
)
def test_what_no_hall_would_send_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(NotAPush):
        unpack(msgspec.json.encode(wrong), zipped=False)


def test_a_bomb_is_refused_before_it_unfolds() -> None:
    bomb = gzip.compress(b" " * (MOST_BYTES * 50))
    with pytest.raises(NotAPush, match="too large"):
        unpack(bomb)


def test_a_cut_push_is_refused() -> None:
    event = WireEvent("a", 1, 0, 0, "b", msgspec.Raw(b"{}"))
    data = pack(Push(1, 1, ZEROS, ZEROS, events=(event,)))
    for end in range(len(data)):
        with pytest.raises(NotAPush):
            unpack(data[:end])
