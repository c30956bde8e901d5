"""Durable event journal on SQLite: group commit, hash chain, epochs, snapshots, backup, verify."""

from kioskd.journal.errors import (
    DataFolderBusy,
    JournalDamaged,
    JournalError,
    JournalTooNew,
    NotAJournal,
    NotSaved,
    OutcomeUnknown,
)
from kioskd.journal.journal import Journal, Submitted
from kioskd.journal.records import (
    BEFORE_ALL,
    Batch,
    EpochOpen,
    GuardNumbers,
    GuardState,
    NewEvent,
    Opened,
    Position,
    PrivateValue,
    Purged,
    RequestRecord,
    SignedCheckpoint,
    Snapshot,
    StoredEvent,
)
from kioskd.journal.settings import JournalSettings

__all__ = [
    "BEFORE_ALL",
    "Batch",
    "DataFolderBusy",
    "EpochOpen",
    "GuardNumbers",
    "GuardState",
    "Journal",
    "JournalDamaged",
    "JournalError",
    "JournalSettings",
    "JournalTooNew",
    "NewEvent",
    "NotAJournal",
    "NotSaved",
    "Opened",
    "OutcomeUnknown",
    "Position",
    "PrivateValue",
    "Purged",
    "RequestRecord",
    "SignedCheckpoint",
    "Snapshot",
    "StoredEvent",
    "Submitted",
]
