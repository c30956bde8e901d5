"""Checking a journal against its own chain, its signatures, its key file and its guard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import apsw
import msgspec

from kioskd.journal import checkpoints, requests, snapshots
from kioskd.journal.chain import GENESIS, link
from kioskd.journal.database import events, quick_check
from kioskd.journal.epochs import opening_of
from kioskd.journal.errors import JournalDamaged
from kioskd.journal.keys import JournalKeys, key_id, signature_holds
from kioskd.journal.masking import masked
from kioskd.journal.records import BEFORE_ALL, GuardState, Position, SignedCheckpoint, StoredEvent
from kioskd.journal.schema import open_to_read
from kioskd.journal.vault import Vault

SHOWN = 10
"""At most so many findings of one kind are listed; `Report.found` counts them all."""
_PAGE = 1_000


class Finding(msgspec.Struct, frozen=True):
    """Something that is not as it was written.

    Codes and the ``what`` that goes with each: ``database_broken`` (SQLite's words), ``event_changed``,
    ``event_missing``, ``event_misplaced`` (position), ``epoch_unfounded`` (position: the epoch does not
    begin with an opening that names its parent), ``end_missing`` (position the guard knows),
    ``guard_contradicts`` (position), ``checkpoint_forged``, ``checkpoint_contradicts``,
    ``checkpoint_missing``, ``checkpoint_unknown_key`` (number of the checkpoint), ``request_changed`` (key,
    with codes of tickets masked), ``snapshot_changed`` (position), ``private_changed`` (reference or key
    group).
    """

    code: str
    what: str


class Report(msgspec.Struct, kw_only=True):
    """Outcome of a verification.

    ``proven`` is the last checkpoint up to which everything is provably unchanged; ``after_proof`` counts
    the sound events after it, which only the next signature will prove. ``rows_checked`` tells whether
    the tables beside the events could be checked, for which the key file is needed.
    """

    events: int = 0
    head: Position = BEFORE_ALL
    epochs: int = 0
    checkpoints: int = 0
    proven: SignedCheckpoint | None = None
    after_proof: int = 0
    first_bad: Position | None = None
    rows_checked: bool = False
    found: dict[str, int] = {}
    findings: list[Finding] = []

    def add(self, code: str, what: object) -> None:
        """Note a finding."""
        self.found[code] = self.found.get(code, 0) + 1
        if self.found[code] <= SHOWN:
            self.findings.append(Finding(code, str(what)))


def verify(
    database: Path,
    *,
    keys: JournalKeys | None = None,
    public_keys: Sequence[bytes] = (),
    guard: GuardState | None = None,
    progress: Callable[[int], None] = lambda _count: None,
) -> Report:
    """Check everything there is to check; a running hall is not disturbed.

    ``public_keys`` are trusted for signatures, beside that of ``keys``. ``guard`` must have been read
    before. ``progress`` is called with the number of events checked so far. Raises `NotAJournal`,
    `JournalTooNew`; a file SQLite cannot read is a finding.
    """
    report = Report()
    try:
        connection = open_to_read(database)
    except JournalDamaged as error:
        report.add("database_broken", error)
        return report
    try:
        _examine(connection, report, keys, public_keys, guard, progress)
    except (apsw.CorruptError, apsw.NotADBError) as error:
        report.add("database_broken", error)
    finally:
        connection.close(True)
    return report


def _examine(
    connection: apsw.Connection,
    report: Report,
    keys: JournalKeys | None,
    public_keys: Sequence[bytes],
    guard: GuardState | None,
    progress: Callable[[int], None],
) -> None:
    complaint = quick_check(connection)
    if complaint:
        report.add("database_broken", complaint)
    trusted = {key_id(public): public for public in public_keys}
    if keys is not None:
        trusted[key_id(keys.public_key())] = keys.public_key()
    signed = list(checkpoints.every(connection))
    report.checkpoints = len(signed)
    marks = {mark.position: mark for mark in _check_signatures(signed, trusted, report)}
    _check_events(connection, marks, guard, report, progress)
    if keys is not None:
        report.rows_checked = True
        answers = requests.sound(connection, keys)
        _check_rows("request_changed", ((masked(key), whole) for key, whole in answers), report)
        _check_rows("snapshot_changed", snapshots.sound(connection, keys), report)
        _check_rows("private_changed", Vault(keys).sound(connection), report)


def _check_signatures(
    signed: list[SignedCheckpoint], trusted: dict[str, bytes], report: Report
) -> Iterator[SignedCheckpoint]:
    expected = 1
    for mark in signed:
        for missing in range(expected, min(mark.number, expected + SHOWN)):
            report.add("checkpoint_missing", missing)
        expected = mark.number + 1
        text = checkpoints.message(mark.number, mark.position, mark.chain, mark.wall, mark.reason)
        if mark.key_id not in trusted:
            report.add("checkpoint_unknown_key", mark.number)
        elif not signature_holds(trusted[mark.key_id], text, mark.signature):
            report.add("checkpoint_forged", mark.number)
        else:
            yield mark


def _check_events(
    connection: apsw.Connection,
    marks: dict[Position, SignedCheckpoint],
    guard: GuardState | None,
    report: Report,
    progress: Callable[[int], None],
) -> None:
    for stray in connection.execute("SELECT position FROM event WHERE position <= 0"):
        report.add("event_misplaced", *stray)
    last, chain = BEFORE_ALL, GENESIS
    guard_seen = guard is None
    while page := events(connection, last, _PAGE):
        for event in page:
            place = event.position
            problem = _problem(last, chain, event)
            if problem:
                report.add(*problem)
                if report.first_bad is None:
                    report.first_bad = place
            last, chain = place, event.chain
            report.events += 1
            report.epochs += place.seq == 1
            report.after_proof += report.first_bad is None
            if guard is not None and place == guard.position:
                guard_seen = True
                if event.chain.hex() != guard.chain:
                    report.add("guard_contradicts", place)
            mark = marks.pop(place, None)
            if mark is None:
                continue
            if mark.chain != event.chain:
                report.add("checkpoint_contradicts", mark.number)
                report.first_bad = report.first_bad or place
            elif report.first_bad is None:
                report.proven, report.after_proof = mark, 0
        progress(report.events)
    report.head = last
    for mark in marks.values():
        report.add("checkpoint_contradicts", mark.number)
    if guard is not None and not guard_seen:
        report.add("end_missing" if guard.position > last else "guard_contradicts", guard.position)


def _problem(last: Position, chain: bytes, event: StoredEvent) -> tuple[str, object] | None:
    place = event.position
    if place.epoch == last.epoch and place.seq > last.seq + 1:
        return "event_missing", Position(last.epoch, last.seq + 1)
    if place.epoch != last.epoch:
        if place.epoch < 1 or place.seq < 1:
            return "event_misplaced", place
        if place.seq > 1:
            return "event_missing", Position(place.epoch, 1)
        if not _founded(last, chain, event):
            return "epoch_unfounded", place
    if event.chain != link(chain, place.epoch, place.seq, event, event.boot):
        return "event_changed", place
    return None


def _founded(last: Position, chain: bytes, event: StoredEvent) -> bool:
    opening = opening_of(event)
    if opening is None:
        return False
    parent = opening.parent
    if parent is None:
        return last == BEFORE_ALL
    return (parent.epoch, parent.seq, parent.chain) == (last.epoch, last.seq, chain.hex())


def _check_rows(code: str, rows: Iterator[tuple[object, bool]], report: Report) -> None:
    for name, whole in rows:
        if not whole:
            report.add(code, name)
