"""What the writer does beside committing: the guard file, the size of the log, the hourly signature."""

from __future__ import annotations

from collections.abc import Callable

import apsw
import structlog

from kioskd.journal.database import BUSY_MS
from kioskd.journal.guard import GuardFile
from kioskd.journal.records import GuardNumbers, GuardState, StoredEvent
from kioskd.journal.room import make_room

GUARD_WRITE_SECONDS = 0.02
"""How far the guard may be behind, so that a rush of commits does not pay for one guard each. Nobody puts
back a copy that is younger."""
GUARD_SYNC_SECONDS = 1.0
WIPE_AGAIN_SECONDS = 1.0
QUIET_SECONDS = 0.05
"""No commit for so long is a quiet moment, good for moving the log into the database."""
LOG_PAGES = 1_000
"""Pages in the write-ahead log (4 MB) from which a quiet moment is used."""
LOG_PAGES_AT_ONCE = 1_000
"""Pages beyond that from which no quiet moment is waited for: a log that is written over is synced more than
twice as fast as one that grows."""
LOG_ROOM = LOG_PAGES + LOG_PAGES_AT_ONCE
"""Pages that the log has room for before it is written to, see `kioskd.journal.room`."""

_log = structlog.get_logger(__name__)


class Upkeep:
    """Keeps times and thresholds; lives in the writer thread. Nothing here can fail a commit."""

    def __init__(
        self,
        connection: apsw.Connection,
        guard: GuardFile,
        numbers: GuardNumbers,
        sign_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self._connection = connection
        self._guard = guard
        self._numbers = numbers
        self._sign_seconds = sign_seconds
        self._clock = clock
        self._unnoted: StoredEvent | None = None
        self._note_due = clock()
        self._guard_due: float | None = None
        self._guard_failed = False
        self._pages = 0
        self._pages_next = LOG_PAGES
        self._pages_failed = False
        self._room_due = False
        self._quiet_at = 0.0
        self._wipe_due: float | None = None
        self._signed_at = clock()
        self._unsigned = False
        connection.set_wal_hook(self._log_grew)

    def _log_grew(self, _connection: apsw.Connection, _database: str, pages: int) -> int:
        if pages < self._pages:
            self._pages_next = LOG_PAGES
        self._pages = pages
        return apsw.SQLITE_OK

    def committed(self, last: StoredEvent, numbers: GuardNumbers | None) -> None:
        """See what has just become durable; the guard is told soon."""
        now = self._clock()
        self._unsigned = True
        self._quiet_at = now + QUIET_SECONDS
        if numbers is not None:
            self._numbers = numbers
        self._unnoted = last
        if now >= self._note_due:
            self.note()

    def note(self) -> None:
        """Write into the guard what it does not know yet."""
        last, self._unnoted = self._unnoted, None
        if last is not None:
            self._note_due = self._clock() + GUARD_WRITE_SECONDS
            self._guard_step(self._write_guard, last)

    def _write_guard(self, last: StoredEvent) -> None:
        self._guard.write(GuardState(last.position, last.chain.hex(), self._numbers))
        if self._guard_due is None:
            self._guard_due = self._clock() + GUARD_SYNC_SECONDS

    def signed(self) -> None:
        """Note that the last event is now covered by a signature."""
        self._unsigned = False
        self._signed_at = self._clock()

    def sign_due(self) -> bool:
        """Whether events have gone unsigned for too long; says so once an interval."""
        if not self._unsigned or self._clock() < self._signed_at + self._sign_seconds:
            return False
        self._signed_at = self._clock()
        return True

    def wait(self) -> float | None:
        """Seconds until something is due, None when nothing will be."""
        times = []
        if self._unnoted is not None:
            times.append(self._note_due)
        if self._guard_due is not None:
            times.append(self._guard_due)
        if self._pages >= self._pages_next:
            times.append(self._quiet_at)
        if self._wipe_due is not None:
            times.append(self._wipe_due)
        if self._room_due:
            return 0.0
        if self._unsigned:
            times.append(self._signed_at + self._sign_seconds)
        return max(0.0, min(times) - self._clock()) if times else None

    def run(self) -> None:
        """Do what is due."""
        now = self._clock()
        if self._unnoted is not None and now >= self._note_due:
            self.note()
        if self._guard_due is not None and now >= self._guard_due:
            self._guard_due = None
            self._guard_step(self._guard.sync)
        if self._wipe_due is not None and now >= self._wipe_due:
            self.wipe()
        quiet = self._pages >= self._pages_next and now >= self._quiet_at
        if quiet or self._pages >= self._pages_next + LOG_PAGES_AT_ONCE:
            self.move_log(apsw.SQLITE_CHECKPOINT_PASSIVE)
        if self._room_due:
            self._room_due = False
            make_room(self._connection, LOG_ROOM)

    def move_log(self, mode: int) -> bool:
        """Move the log into the database as far as readers allow; True when all of it went."""
        self._pages_next = self._pages + LOG_PAGES
        try:
            self._connection.set_busy_timeout(0)  # commits must not wait for somebody's long read
            in_log, moved = self._connection.wal_checkpoint(mode=mode)
        except apsw.BusyError:
            return False
        except apsw.Error as error:
            # Nothing is lost: SQLite copies the same pages again next time.
            if not self._pages_failed:
                _log.error("journal.log_not_moved", error=str(error))
            self._pages_failed = True
            return False
        finally:
            self._connection.set_busy_timeout(BUSY_MS)
        if self._pages_failed:
            self._pages_failed = False
            _log.info("journal.log_moved_again")
        return in_log == moved

    def wipe(self) -> None:
        """Empty the log of what was just deleted; tried again each second while a reader still needs it."""
        done = self.move_log(apsw.SQLITE_CHECKPOINT_TRUNCATE)
        self._room_due = self._room_due or done
        self._wipe_due = None if done else self._clock() + WIPE_AGAIN_SECONDS

    def finish(self) -> None:
        """Leave everything in order at a stop: guard on the disk, log empty."""
        self.note()
        self._guard_step(self._guard.sync)
        self.move_log(apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def _guard_step(self, step: Callable[..., None], *args: object) -> None:
        try:
            step(*args)
        except (OSError, ValueError) as error:
            if not self._guard_failed:
                self._guard_failed = True
                _log.error("journal.guard_failed", error=str(error))
        else:
            if self._guard_failed:
                self._guard_failed = False
                _log.info("journal.guard_works_again")
