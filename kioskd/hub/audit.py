"""The audit trail: notes of the access file become ``audit.noted`` events of the journal."""

from __future__ import annotations

import asyncio
import contextlib

import apsw
import structlog

from kioskd.access.notes import Note, Notes
from kioskd.hall.commands import NoteAudit
from kioskd.hub.answers import Request
from kioskd.hub.desk import Desk
from kioskd.journal.errors import JournalError

LOOK_S = 5.0
"""How soon a change made by another process (the command line) is in the journal."""

KEEP_MS = 48 * 3600 * 1000
"""How long the journal knows a note again that could not be taken away."""

_log = structlog.get_logger(__name__)


class AuditTrail:
    """Carries notes over, in order; each gets into the journal once."""

    def __init__(self, desk: Desk, notes: Notes) -> None:
        self._desk = desk
        self._notes = notes
        self._stirred = asyncio.Event()
        self._failed = False

    def stir(self) -> None:
        """Something was noted just now."""
        self._stirred.set()

    async def run(self) -> None:
        """Carry over, for ever."""
        while True:
            self._stirred.clear()
            try:
                while await self.carry():
                    pass
                self._failed = False
            except (JournalError, apsw.Error) as error:
                # The desk mends the journal by itself; the notes wait on the disk.
                if not self._failed:
                    _log.warning("audit.waits", reason=f"{type(error).__name__}: {error}")
                self._failed = True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._stirred.wait()

    async def carry(self) -> int:
        """Carry over the oldest notes; return how many there were. Raises `JournalError`, `apsw.Error`."""
        pending = await asyncio.to_thread(self._notes.pending)
        for name, note in pending:
            await self._desk.submit(_command(note), request=Request(f"note {name}", b"", KEEP_MS))
        if pending:
            await asyncio.to_thread(self._notes.done, [name for name, _ in pending])
        return len(pending)


def _command(note: Note) -> NoteAudit:
    return NoteAudit(by=note.by, action=note.action, subject=note.subject, params=note.params, wall=note.at)
