"""Personal values on their way up: apart from the log, and only those that the hall's settings name.

An event holds a reference with a salted digest; here goes what it refers to. Only what came with a 差评 may
go at all, and only from the day on that the settings first said so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import structlog
from msgspec import Meta

from kioskd.hall.codec import UnknownEventError, decode
from kioskd.hall.events import PoorRatingRegistered
from kioskd.journal.files import write_new
from kioskd.journal.journal import Journal
from kioskd.journal.records import Position, StoredEvent
from kioskd.sync.line import Line, LineError

FILE = "central-shared.json"
LOOK_S = 20.0
PAGE = 100

KINDS = ("poor_rating.registered",)

ValueKind = Literal["words", "phone"]
"""What a citizen wrote with a 差评, and the number left to be called back on."""

log = structlog.get_logger(__name__)


class SharedValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``PUT …/values``. ``ref`` is the reference as the event has it: a name, a space and the hex of
    SHA-256 over the salt (``salt`` in hex) and ``text``. ``keep_ms``: so much longer it may be kept.
    """

    ref: Annotated[str, Meta(pattern=r"^[a-z_]+/[0-9a-f]{32} [0-9a-f]{64}$")]
    kind: ValueKind
    salt: Annotated[str, Meta(pattern=r"^([0-9a-f]{2}){8,64}$")]
    text: Annotated[str, Meta(min_length=1, max_length=4000)]
    keep_ms: Annotated[int, Meta(gt=0)]


class _Place(msgspec.Struct, frozen=True):
    """``since``: what is older stays in the hall. ``after`` has been dealt with, at the server ``inc``."""

    since: Position
    after: Position
    inc: str = ""


class Sharer:
    """Runs beside the uplink; a crash sends a value again, which changes nothing."""

    def __init__(
        self,
        journal: Journal,
        line: Line,
        data: Path,
        kinds: tuple[ValueKind, ...],
        *,
        hall_now: Callable[[], int],
        inc: Callable[[], str],
    ) -> None:
        """``kinds`` may go; ``hall_now`` is hall time, ``inc`` the central server's incarnation."""
        self._journal = journal
        self._line = line
        self._file = data / FILE
        self._kinds = kinds
        self._hall_now = hall_now
        self._inc = inc

    async def run(self) -> None:
        """Send what there is, for ever; raises `JournalError`."""
        place = await asyncio.to_thread(self._load)
        while True:
            try:
                place = await self.step(place)
            except (LineError, OSError) as error:
                log.debug("sync.values_wait", reason=str(error))
            await asyncio.sleep(LOOK_S)

    async def step(self, place: _Place | None) -> _Place:
        """Send what came since; return how far that was. Raises `LineError` and OSError."""
        if place is None:
            place = _Place(self._journal.durable, self._journal.durable)
            await self._keep(place)
        inc = self._inc()
        if not inc:
            return place
        if inc != place.inc:  # another server, or one that was put back: it may lack what was sent
            place = _Place(place.since, place.since, inc)
        while True:
            found = await asyncio.to_thread(self._journal.log().read_of, place.after, None, KINDS, None, PAGE)
            for event in found:
                for value in self._values(event):
                    await self._line.share(value)
            if found:
                place = _Place(place.since, found[-1].position, inc)
            await self._keep(place)
            if len(found) < PAGE:
                return place

    def _values(self, stored: StoredEvent) -> list[SharedValue]:
        try:
            event = decode(stored.kind, stored.version, stored.body)
        except UnknownEventError:
            return []
        if not isinstance(event, PoorRatingRegistered):
            return []
        wanted: tuple[tuple[ValueKind, str | None], ...] = (
            ("words", event.comment),
            ("phone", event.contact),
        )
        values = []
        for kind, ref in wanted:
            if kind not in self._kinds or ref is None:
                continue
            value = self._journal.private(ref.partition(" ")[0])
            if value is None or value.purge_at is None or value.purge_at <= self._hall_now():
                continue  # its time was over, or somebody asked for it to be erased
            keep = value.purge_at - self._hall_now()
            values.append(SharedValue(ref, kind, value.salt.hex(), value.data.decode(), keep))
        return values

    def _load(self) -> _Place | None:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=_Place)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    async def _keep(self, place: _Place) -> None:
        await asyncio.to_thread(write_new, self._file, msgspec.json.encode(place), 0o600)
