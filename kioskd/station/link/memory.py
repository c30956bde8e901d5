"""What a station remembers of its hub: the key that proves it, where it may be, and how far its journal was.

So a station finds its hub again after a move or a take-over, is not caught by one that was put back, and is a
witness when a hub has forgotten.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import structlog

from kioskd.journal.files import write_new
from kioskd.station.messages import Seen, Standing

FILE_NAME = "hub.json"
log = structlog.get_logger(__name__)


class HubMemory:
    """One file in the station's data folder. Losing it loses nothing but the memory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = asyncio.Lock()
        self.standing: Standing | None = None
        try:
            self.standing = msgspec.json.decode(path.read_bytes(), type=Standing)
        except FileNotFoundError:
            pass
        except (OSError, msgspec.DecodeError) as error:
            log.warning("hub_memory.unreadable", reason=str(error))

    @property
    def seen(self) -> Seen | None:
        """What to tell a hub of it."""
        return None if self.standing is None else self.standing.seen

    async def keep(self, standing: Standing) -> None:
        """Remember what the hub says of itself."""
        if standing == self.standing:
            return
        self.standing = standing
        async with self._turn:
            try:
                await asyncio.to_thread(write_new, self._path, msgspec.json.encode(standing), 0o600)
            except OSError as error:
                log.warning("hub_memory.not_kept", reason=str(error))
