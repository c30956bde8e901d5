"""The hub's side of backups: when one is due, how the last ones went, and whom to tell."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import structlog

from kioskd.backup.make import Outcome
from kioskd.backup.settings import BackupSettings
from kioskd.hall.commands import ReportUpkeep
from kioskd.hall.state import State
from kioskd.hub.desk import SYSTEM, Desk
from kioskd.journal.errors import JournalError
from kioskd.journal.files import write_new

STANDING = "backups.json"
LOOK_S = 60.0
SETTLE_S = 600.0
"""After a start the hall has other things to do first."""

RETRY_MS = 3600 * 1000
DAY_MS = 24 * 3600 * 1000
_LATE_MS = 40 * 3600 * 1000
"""A backup this old is made anew even while people wait."""

_MOST_S = 4 * 3600.0

log = structlog.get_logger(__name__)


class PlaceStanding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one place stands. ``good`` is its last proven backup; ``code`` is empty when the last try was good.
    Times are UTC in ms.
    """

    place: str
    tried: int = 0
    code: str = ""
    detail: str = ""
    good: int | None = None
    name: str = ""
    size: int = 0
    head: str = ""


def standing_of(data: Path) -> dict[str, PlaceStanding]:
    """Return what is known of each place; nothing where nothing was ever tried."""
    try:
        found = msgspec.json.decode((data / STANDING).read_bytes(), type=tuple[PlaceStanding, ...])
    except (OSError, msgspec.DecodeError):
        return {}
    return {one.place: one for one in found}


def note(data: Path, outcomes: Sequence[Outcome]) -> None:
    """Write down how it went. Raises OSError."""
    known = standing_of(data)
    for one in outcomes:
        before = known.get(one.place, PlaceStanding(place=one.place))
        if one.code:
            known[one.place] = msgspec.structs.replace(
                before, tried=one.made, code=one.code, detail=one.detail[:300]
            )
        else:
            known[one.place] = PlaceStanding(
                place=one.place, tried=one.made, good=one.made, name=one.name, size=one.size, head=one.head
            )
    write_new(data / STANDING, msgspec.json.encode(tuple(known.values())), 0o600)


def due(
    settings: BackupSettings, known: dict[str, PlaceStanding], now: int, offset_min: int, *, serving: bool
) -> bool:
    """Whether a backup should be made now: once a day after its time and outside serving hours, sooner when
    the last good one is very old, and not again within the hour after a failure.
    """
    if not settings.places:
        return False
    mine = [known.get(place.id, PlaceStanding(place=place.id)) for place in settings.places]
    tried = max(one.tried for one in mine)
    if tried <= now < tried + RETRY_MS:
        return False
    good = min(one.good or 0 for one in mine)
    if now - good >= _LATE_MS or good > now + DAY_MS:
        return True
    local = datetime.fromtimestamp(now / 1000, UTC) + timedelta(minutes=offset_min)
    hour, minute = settings.at.split(":")
    at = local.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    if at > local:
        at -= timedelta(days=1)
    return not serving and good < (at - timedelta(minutes=offset_min)).timestamp() * 1000


def days_without(settings: BackupSettings, known: dict[str, PlaceStanding], now: int, since: int) -> int:
    """Return for how many whole days the hall has been without a good backup anywhere; ``since`` counts where
    there never was one.
    """
    good = max((known[p.id].good or 0 for p in settings.places if p.id in known), default=0)
    return max(0, now - (good or since)) // DAY_MS


class Keeper:
    """Makes backups in a process of its own, politely, and tells the lead when there are none."""

    def __init__(
        self,
        settings: BackupSettings,
        desk: Desk,
        data: Path,
        file: Path,
        *,
        make: Callable[[], Awaitable[bool]] | None = None,
        wall: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        """``file`` is the hall's settings file."""
        self._settings = settings
        self._desk = desk
        self._data = data
        self._file = file
        self._make = make or self._aside
        self._wall = wall
        self._wish = asyncio.Event()
        self._since = wall()
        self.running = False
        self.places = tuple(place.id for place in settings.places)

    def now(self) -> bool:
        """Ask for one at once; False when one is being made already."""
        if self.running:
            return False
        self._wish.set()
        return True

    async def run(self) -> None:
        """Work until cancelled."""
        await self._pause(SETTLE_S)
        while True:
            known = await asyncio.to_thread(standing_of, self._data)
            serving, offset = await self._hall()
            if self._wish.is_set() or due(self._settings, known, self._wall(), offset, serving=serving):
                self._wish.clear()
                self.running = True
                try:
                    if not await self._make():
                        log.error("backup.not_made")
                finally:
                    self.running = False
                known = await asyncio.to_thread(standing_of, self._data)
            await self._tell(known)
            await self._pause(LOOK_S)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wish.wait()

    async def _hall(self) -> tuple[bool, int]:
        def look(state: State) -> tuple[bool, int]:
            return state.hours.serving != (), self._desk.utc_offset_min

        try:
            return (await self._desk.read(look))[1]
        except JournalError:
            return False, self._desk.utc_offset_min

    async def _tell(self, known: dict[str, PlaceStanding]) -> None:
        places = self._settings.places
        days = days_without(self._settings, known, self._wall(), self._since)
        well = days < self._settings.alert_days
        if not places:
            report = ReportUpkeep(by=SYSTEM, about="backup", params={"unset": "backup.place"})
        elif not well:
            report = ReportUpkeep(by=SYSTEM, about="backup", params={"days": days})
        elif any(known[place.id].good for place in places if place.id in known):
            report = ReportUpkeep(by=SYSTEM, about="backup", well=True)
        else:
            return  # what the lead was told, such as that there was no place, stands until one was made
        with contextlib.suppress(JournalError):  # said again within the minute
            await self._desk.submit(report)

    async def _aside(self) -> bool:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "kioskd", "backup", "now", str(self._file), "--data", str(self._data)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            preexec_fn=_politely,
        )
        try:
            async with asyncio.timeout(_MOST_S):
                return await process.wait() == 0
        except TimeoutError:
            return False
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def _politely() -> None:
    os.nice(15)
