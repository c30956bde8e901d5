"""Errors of the journal, by what the caller may believe afterwards.

Codes: ``disk_full``, ``disk_error``, ``writer_dead``, ``stopped``, ``internal`` say why nothing can be
saved; ``outcome_unknown``, ``data_folder_busy``, ``journal_damaged``, ``journal_too_new``,
``not_a_journal`` and ``unreadable`` are the others.
"""

# The names are words the whole hub uses for outcomes, hence no "Error" at their end.
# ruff: noqa: N818

from __future__ import annotations


class JournalError(Exception):
    """Something about the journal went wrong; ``code`` is stable, the message is for technicians."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code


class NotSaved(JournalError):
    """Certainly nothing was stored. The same command may be sent again once the journal takes intake."""

    def again(self) -> NotSaved:
        """Return an equal error, since one raised in several tasks would mix their tracebacks."""
        return NotSaved(self.code, str(self))


class OutcomeUnknown(JournalError):
    """The disk failed while committing: stored or not, only `Journal.reopen` will tell."""

    def __init__(self, message: str = "") -> None:
        super().__init__("outcome_unknown", message)

    def again(self) -> OutcomeUnknown:
        """Return an equal error, since one raised in several tasks would mix their tracebacks."""
        return OutcomeUnknown(str(self))


class DataFolderBusy(JournalError):
    """Another process holds the data folder; ``pid`` is its process, 0 when it did not say."""

    def __init__(self, folder: str, pid: int) -> None:
        super().__init__("data_folder_busy", f"{folder} is in use by process {pid or '?'}")
        self.folder = folder
        self.pid = pid


class JournalDamaged(JournalError):
    """The database file is broken and must be restored or salvaged."""

    def __init__(self, message: str) -> None:
        super().__init__("journal_damaged", message)


class JournalTooNew(JournalError):
    """A later kioskd wrote this database."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__("journal_too_new", f"schema version {found}, this program knows {known}")
        self.found = found
        self.known = known


class NotAJournal(JournalError):
    """The file is no kioskd journal."""

    def __init__(self, path: str) -> None:
        super().__init__("not_a_journal", f"{path} is no kioskd journal")
        self.path = path
