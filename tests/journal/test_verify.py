"""Whoever changes the journal is found out, whichever table they touch."""

from __future__ import annotations

import shutil
from pathlib import Path

import apsw
import pytest

from kioskd.journal import Batch, NewEvent, NotAJournal, Position, PrivateValue
from kioskd.journal.chain import link
from kioskd.journal.database import events
from kioskd.journal.guard import GUARD_NAME
from kioskd.journal.keys import KEY_NAME, load_keys
from kioskd.journal.records import BEFORE_ALL
from kioskd.journal.verify import SHOWN, verify
from tests.journal.halls import WALL, batch, event, examine, issue, numbers, opened


@pytest.fixture
async def hall(tmp_path: Path) -> Path:
    """Two epochs; checkpoints at 1.4, 1.7 and 2.3; one event after the last."""
    folder, copy = tmp_path / "hall", tmp_path / "copy"
    async with opened(folder) as journal:
        private = PrivateValue("ref-1", "2026-01-01", WALL, b"value")
        await journal.submit(Batch((event(1),), private=(private,)), numbers=numbers(1)).durable
        await journal.submit(batch(2, keyed=True)).durable
        await issue(journal, 3)
        await journal.checkpoint("one")
        await issue(journal, 4, 5, 6)
        await journal.checkpoint("two")
    shutil.copytree(folder, copy)
    async with opened(folder) as journal:
        await issue(journal, 7)
    shutil.copy(copy / "journal.db", folder / "journal.db")
    async with opened(folder) as journal:
        await issue(journal, 8, 9)
        await journal.checkpoint("three")
        await journal.snapshot_save(journal.durable, 1, b"state")
        await issue(journal, 10)
    return folder


def tamper(folder: Path, *statements: str) -> None:
    connection = apsw.Connection(str(folder / "journal.db"))
    for statement in statements:
        connection.execute(statement)
    connection.close()


def number(epoch: int, seq: int) -> int:
    return Position(epoch, seq).number


async def test_an_honest_journal_is_sound(hall: Path) -> None:
    report = examine(hall)
    assert report.found == {}
    assert (report.events, report.epochs, report.checkpoints) == (11, 2, 3)
    assert report.head == Position(2, 4)
    assert report.proven is not None
    assert (report.proven.number, report.proven.position) == (3, Position(2, 3))
    assert report.after_proof == 1
    assert report.first_bad is None
    assert report.rows_checked


E15 = number(1, 5)
END = number(2, 4)
TAMPERINGS = [
    (f"UPDATE event SET body = x'7b7d' WHERE position = {E15}", "event_changed", (1, 5), 1),
    (f"UPDATE event SET body = CAST(body || ' ' AS BLOB) WHERE position = {E15}", "event_changed", (1, 5), 1),
    (f"UPDATE event SET at = at + 1 WHERE position = {E15}", "event_changed", (1, 5), 1),
    (f"UPDATE event SET wall = wall - 1 WHERE position = {E15}", "event_changed", (1, 5), 1),
    (f"UPDATE event SET kind = 'ticket.void' WHERE position = {E15}", "event_changed", (1, 5), 1),
    (f"UPDATE event SET version = 2 WHERE position = {E15}", "event_changed", (1, 5), 1),
    (f"UPDATE event SET boot = 'b' WHERE position = {E15}", "event_changed", (1, 5), 1),
    (f"UPDATE event SET chain = zeroblob(32) WHERE position = {E15}", "event_changed", (1, 5), 1),
    (f"DELETE FROM event WHERE position = {E15}", "event_missing", (1, 6), 1),
    (f"DELETE FROM event WHERE position <= {number(1, 3)}", "event_missing", (1, 4), None),
    (f"DELETE FROM event WHERE position < {number(2, 1)}", "epoch_unfounded", (2, 1), None),
    (f"DELETE FROM event WHERE position = {number(2, 1)}", "event_missing", (2, 2), 2),
    (f"DELETE FROM event WHERE position = {number(1, 7)}", "epoch_unfounded", (2, 1), 1),
    (f"UPDATE event SET position = -5 WHERE position = {E15}", "event_misplaced", (1, 6), 1),
    (
        "INSERT INTO event(position, kind, version, at, wall, boot, body, chain)"
        " SELECT -5, kind, version, at, wall, boot, body, chain FROM event LIMIT 1",
        "event_misplaced",
        None,
        3,
    ),
    (f"UPDATE event SET position = {number(3, 1)} WHERE position = {END}", "epoch_unfounded", (3, 1), 3),
    (f"DELETE FROM event WHERE position = {END}", "end_missing", None, 3),
    (f"DELETE FROM event WHERE position >= {number(2, 3)}", "checkpoint_contradicts", None, 2),
    ("UPDATE checkpoint SET chain = zeroblob(32) WHERE number = 3", "checkpoint_forged", None, 2),
    ("UPDATE checkpoint SET wall = wall + 1 WHERE number = 3", "checkpoint_forged", None, 2),
    ("UPDATE checkpoint SET reason = 'x' WHERE number = 3", "checkpoint_forged", None, 2),
    ("UPDATE checkpoint SET position = position + 1 WHERE number = 3", "checkpoint_forged", None, 2),
    ("UPDATE checkpoint SET signature = zeroblob(64) WHERE number = 3", "checkpoint_forged", None, 2),
    ("UPDATE checkpoint SET signature = x'00' WHERE number = 3", "checkpoint_forged", None, 2),
    ("UPDATE checkpoint SET key_id = 'other' WHERE number = 3", "checkpoint_unknown_key", None, 2),
    ("DELETE FROM checkpoint WHERE number = 2", "checkpoint_missing", None, 3),
    ("UPDATE checkpoint SET number = 9 WHERE number = 3", "checkpoint_forged", None, 2),
    ("UPDATE request SET response = x'00'", "request_changed", None, 3),
    ("UPDATE request SET fingerprint = x'00'", "request_changed", None, 3),
    ("UPDATE request SET key = 'other'", "request_changed", None, 3),
    ("UPDATE request SET expires = expires + 1", "request_changed", None, 3),
    ("UPDATE request SET position = position + 1", "request_changed", None, 3),
    ("UPDATE snapshot SET data = x'00'", "snapshot_changed", None, 3),
    ("UPDATE snapshot SET apply_version = 2", "snapshot_changed", None, 3),
    ("UPDATE snapshot SET position = position - 1", "snapshot_changed", None, 3),
    ("UPDATE snapshot SET mac = zeroblob(32)", "snapshot_changed", None, 3),
    ("UPDATE private SET ref = 'other'", "private_changed", None, 3),
    ("UPDATE private SET purge_at = NULL", "private_changed", None, 3),
    ("UPDATE private SET salt = zeroblob(16)", "private_changed", None, 3),
    ("UPDATE private SET sealed = zeroblob(60)", "private_changed", None, 3),
    ("UPDATE private SET key = 77", "private_changed", None, 3),
    ("UPDATE vault_key SET sealed = zeroblob(60)", "private_changed", None, 3),
    ("UPDATE vault_key SET key_group = 'other'", "private_changed", None, 3),
]


@pytest.mark.parametrize(("statement", "code", "first_bad", "proven"), TAMPERINGS, ids=str)
async def test_every_change_is_noticed(
    hall: Path, statement: str, code: str, first_bad: tuple[int, int] | None, proven: int | None
) -> None:
    tamper(hall, statement)
    report = examine(hall)
    assert code in report.found
    if first_bad is not None:
        assert report.first_bad == Position(*first_bad)
    assert (None if report.proven is None else report.proven.number) == proven


async def test_a_report_opens_nobodys_ticket(hall: Path) -> None:
    code = "c_0123456789abcdefghjkmnpqrstv"
    tamper(hall, f"UPDATE request SET key = '/api/v1/tickets/{code}/cancel cancelTicket k1'")
    (finding,) = [found for found in examine(hall).findings if found.code == "request_changed"]
    assert finding.what == "/api/v1/tickets/c_…/cancel cancelTicket k1"


async def test_a_rewritten_chain_is_caught_by_the_next_signature(hall: Path) -> None:
    """Somebody with the program but without the key changes an event and chains everything anew."""
    connection = apsw.Connection(str(hall / "journal.db"))
    before = bytes(32)
    for stored in events(connection, BEFORE_ALL, 1000):
        body = b'{"number":999}' if stored.position == Position(1, 5) else stored.body
        forged = NewEvent(stored.kind, stored.version, body, stored.at, stored.wall)
        before = link(before, stored.position.epoch, stored.position.seq, forged, stored.boot)
        connection.execute(
            "UPDATE event SET body = ?, chain = ? WHERE position = ?", (body, before, stored.position.number)
        )
    connection.close()
    report = examine(hall)
    assert report.found["checkpoint_contradicts"] == 2
    assert "event_changed" not in report.found
    assert report.proven is not None
    assert report.proven.number == 1  # all that is proven is what stands before the first lie


async def test_cutting_the_end_off_with_its_checkpoints_is_caught_by_the_guard(hall: Path) -> None:
    tamper(
        hall, f"DELETE FROM event WHERE position > {number(2, 1)}", "DELETE FROM checkpoint WHERE number = 3"
    )
    report = examine(hall)
    assert report.found["end_missing"] == 1
    (hall / GUARD_NAME).unlink()
    assert "end_missing" not in examine(hall).found  # the limit: without the guard nobody remembers


async def test_a_tampered_snapshot_is_not_loaded(hall: Path) -> None:
    tamper(hall, "UPDATE snapshot SET data = x'00'")
    async with opened(hall) as journal:
        assert await journal.snapshot_load() is None


async def test_another_key_must_be_vouched_for(hall: Path) -> None:
    old = load_keys(hall / KEY_NAME)
    assert old is not None
    (hall / KEY_NAME).unlink()
    async with opened(hall) as journal:
        await issue(journal, 11)
        await journal.checkpoint("new_key")
        public = await journal.public_key()
    new = load_keys(hall / KEY_NAME)
    assert new is not None
    assert new.public_key() == public
    report = verify(hall / "journal.db", keys=new)
    assert report.found["checkpoint_unknown_key"] == 3
    report = verify(hall / "journal.db", keys=None, public_keys=[old.public_key(), public])
    assert report.found == {}
    assert not report.rows_checked
    assert report.proven is not None
    assert report.proven.number == 4


async def test_findings_are_counted_but_not_all_listed(hall: Path) -> None:
    async with opened(hall) as journal:
        await issue(journal, *range(11, 60))
    tamper(hall, "UPDATE event SET at = at + 1")
    report = examine(hall)
    assert report.found["event_changed"] > SHOWN
    assert sum(finding.code == "event_changed" for finding in report.findings) == SHOWN


async def test_a_broken_file_is_a_finding_and_another_file_is_not_ours(hall: Path, tmp_path: Path) -> None:
    path = hall / "journal.db"
    content = bytearray(path.read_bytes())
    content[4096 * 2 :] = bytes(len(content) - 4096 * 2)
    path.write_bytes(content)
    assert examine(hall).found["database_broken"] >= 1
    path.write_bytes(b"rubbish" * 1000)
    assert examine(hall).found == {"database_broken": 1}
    for other in (tmp_path / "missing.db", tmp_path / "empty.db"):
        if other.name == "empty.db":
            other.touch()
        with pytest.raises(NotAJournal):
            verify(other)


async def test_verifying_beside_a_running_hall_disturbs_neither(hall: Path) -> None:
    async with opened(hall) as journal:
        await issue(journal, 20)
        assert not examine(hall).found
        waiting = [journal.submit(batch(n)).durable for n in range(30, 90)]
        assert not examine(hall).found
        for future in waiting:
            await future
