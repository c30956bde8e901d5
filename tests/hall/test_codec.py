"""Event bytes: frozen, readable, and lifted when they are old."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kioskd.hall import codec
from kioskd.hall.apply import apply
from kioskd.hall.events import JournalNote, NoticeSet, TicketCancelled
from kioskd.hall.model import Saved
from kioskd.hall.moment import Moment
from kioskd.hall.state import dump, load, new_state
from tests.hall.conftest import STAFF, Hall
from tests.hall.golden import FOLDER, meaning, path_of


@pytest.mark.parametrize("kind", sorted(codec.KINDS))
def test_shipped_bytes_are_frozen(kind: str) -> None:
    version = codec.VERSIONS.get(kind, 1)
    full, least, means = path_of(kind, version).read_bytes().splitlines()
    for body in (full, least):
        assert codec.encode(codec.decode(kind, version, body)) == (kind, version, body)
    fields, now = msgspec.json.decode(means), msgspec.json.decode(meaning(codec.decode(kind, version, least)))
    assert {name: now[name] for name in fields} == fields, "a default changed its meaning"


def test_every_old_version_can_still_be_read() -> None:
    paths = list(FOLDER.iterdir())
    assert len(paths) >= len(codec.KINDS)
    for path in paths:
        kind, _, version = path.stem.rpartition(".")
        for body in path.read_bytes().splitlines()[:2]:
            codec.decode(kind, int(version), body)


def test_old_bytes_are_lifted_step_by_step() -> None:
    """Version 1 said ``text``, version 2 ``zh`` alone, version 3 both languages."""

    def to_2(body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "zh": body["text"]}

    def to_3(body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "en": body["zh"]}

    body = b'{"kind":"notice.set","by":{"kind":"person","id":"x"},"text":"hello"}'
    event = codec.decode(
        "notice.set", 1, body, {"notice.set": 3}, {("notice.set", 1): to_2, ("notice.set", 2): to_3}
    )
    assert isinstance(event, NoticeSet)
    assert (event.zh, event.en) == ("hello", "hello")


@pytest.mark.parametrize(
    ("kind", "version", "body"),
    [
        ("ticket.invented", 1, b"{}"),
        ("notice.set", 2, b"{}"),
        ("notice.set", 0, b"{}"),
        ("notice.set", 1, b"{"),
        ("notice.set", 1, b'{"kind":"notice.set"}'),
        (
            "notice.set",
            1,
            b'{"kind":"ticket.cancelled","by":{"kind":"p","id":"x"},"ticket":"t","number":"n"}',
        ),
        ("notice.set", 1, b"\xff"),
    ],
)
def test_what_cannot_be_read_is_said_so(kind: str, version: int, body: bytes) -> None:
    with pytest.raises(codec.UnknownEventError):
        codec.decode(kind, version, body)


def test_the_journals_own_notes_only_move_the_position() -> None:
    state = new_state()
    note = codec.decode("epoch.open", 1, b'{"parent":[1,7],"reason":"restore"}')
    assert isinstance(note, JournalNote)
    assert codec.encode(note) == ("epoch.open", 1, b'{"parent":[1,7],"reason":"restore"}')
    assert codec.kind_of(note) == "epoch.open"
    before = dump(state)
    apply(state, note, Moment(5, 5), (2, 1))
    assert state.position == (2, 1)
    state.position = (0, 0)
    assert dump(state) == before


def test_kinds_are_stable_words() -> None:
    event = TicketCancelled(by=STAFF, ticket="t", number="A001")
    assert codec.kind_of(event) == "ticket.cancelled"


def test_a_snapshot_is_small_and_whole(hall: Hall) -> None:
    empty = len(dump(hall.state))
    for _ in range(100):
        hall.issue()
        hall.serve(minutes=1, rate=True)
        hall.wait(20)
    data = dump(hall.state)
    assert (len(data) - empty) / 100 < 1_000, "bytes for a ticket"
    again = load(data)
    assert dump(again) == data
    assert list(again.index.calls) == list(hall.state.index.calls)


def test_what_is_no_snapshot() -> None:
    with pytest.raises(msgspec.DecodeError):
        load(b"\xc1")
    assert load(dump(new_state())).tickets == {}
    assert "index" not in Saved.__struct_fields__
