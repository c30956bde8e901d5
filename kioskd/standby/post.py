"""What a standby's process answers while it follows: how it stands, and taking the hub's place."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import apsw
import structlog

from kioskd.access.database import AccessDatabase
from kioskd.access.errors import AccessError
from kioskd.access.notes import Note, insert_note
from kioskd.access.pin import PinDoor, PinError
from kioskd.backup.parts import ACCESS
from kioskd.hall.commands import By
from kioskd.journal.keys import KEY_NAME, load_keys
from kioskd.journal.records import BEFORE_ALL, Position
from kioskd.journal.replica import Copy
from kioskd.standby.control import Ask, Reply
from kioskd.standby.fence import tell_at_once
from kioskd.standby.follower import FOLLOWING, Config, Follower, read_config
from kioskd.standby.holding import held_files
from kioskd.standby.promote import NotReadyError, Promoted, promote_aside

NEVER_HEARD_S = 24 * 3600.0
TAKEN_OVER = "hub.taken_over"
"""The audit trail's word for it."""

AT_THE_MACHINE = By(kind="person", id="standby", role="technician", via="command")
"""Somebody with the PIN at the standby's own command line."""

log = structlog.get_logger(__name__)


class Post:
    """A standby at its post. ``over`` is set when it is one no longer: with ``done`` it is the hub's turn."""

    def __init__(
        self,
        data: Path,
        config: Config,
        follower: Follower,
        copy: Copy,
        door: PinDoor,
        *,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.data, self.config, self.follower = data, config, follower
        self._copy, self._door, self._wall = copy, door, wall
        self._word = ""
        self._following: asyncio.Task[None] | None = None
        self._taking = asyncio.Lock()
        self.over = asyncio.Event()
        self.done: Promoted | None = None

    def follow(self) -> None:
        """Follow the hub; if that dies, it is over."""

        def ended(task: asyncio.Task[None]) -> None:
            if not task.cancelled():
                self.over.set()

        self._following = asyncio.create_task(self.follower.run(), name="following")
        self._following.add_done_callback(ended)

    async def rest(self) -> None:
        """Follow no longer. Raises what following died of."""
        if self._following is not None:
            self._following.cancel()
            try:
                await self._following
            except asyncio.CancelledError:
                if not self._following.cancelled():
                    raise

    @property
    def silent_s(self) -> float | None:
        """For how long the hub has not been heard; None for never."""
        contact = self.follower.status.contact
        return None if not contact else max(0.0, self._wall() - contact / 1000)

    @property
    def taking(self) -> bool:
        """Whether it is taking over at this moment."""
        return self._taking.locked() or self.done is not None

    def whole(self) -> bool:
        """Whether everything that a hub needs is here."""
        return self._copy.head != BEFORE_ALL and held_files(self.data) is not None

    async def answer(self, asked: Ask) -> Reply:
        """Answer the command line of this PC."""
        if asked.what == "status":
            self._word = f"{secrets.randbelow(10_000):04d}"
            return Reply(status=self.follower.status, word=self._word, silent_s=self.silent_s)
        if asked.what != "promote" or self.over.is_set():
            return Reply(code="unknown")
        code = await self.check_pin(asked.pin)
        if code:
            return Reply(code=code)
        if not self._word or not secrets.compare_digest(asked.word, self._word):
            return Reply(code="word")
        return await self.take_over(AT_THE_MACHINE)

    async def check_pin(self, pin: str) -> str:
        """Return what is wrong with a PIN, as `kioskd.access.pin.PinError` has it; empty for nothing."""
        try:
            await asyncio.to_thread(self._door.check, pin)
        except PinError as error:
            return error.code
        return ""

    async def take_over(self, by: By) -> Reply:
        """Make this PC the hub. Whoever asks has proved that they may; ``by`` goes into the audit trail."""
        async with self._taking:
            if self.over.is_set():
                return Reply(code="unknown")
            if not await asyncio.to_thread(self.whole):
                return Reply(code="not_ready")
            silent, answers = self.silent_s, self.follower.status.code in FOLLOWING
            await self.rest()
            history = await asyncio.to_thread(lambda: self._copy.history)
            try:
                self.done = await promote_aside(
                    self.data,
                    self._copy,
                    read_config(self.data) or self.config,
                    held_files(self.data),
                    NEVER_HEARD_S if silent is None else silent,
                )
            except (NotReadyError, apsw.Error, OSError) as error:
                self.follow()
                log.error("standby.not_promoted", reason=repr(error), exc_info=True)
                return Reply(code=error.code if isinstance(error, NotReadyError) else "failed")
            log.warning("standby.promoted", head=str(self.done.head), by=by.id)
            if answers:
                await self._fence(history, self.done.head)
            await asyncio.to_thread(self._note, by)
            self.over.set()
            return Reply(head=str(self.done.head), seconds=self.done.seconds)

    async def _fence(self, history: str, head: Position) -> None:
        keys = await asyncio.to_thread(load_keys, self.data / KEY_NAME)
        if keys is not None:
            await tell_at_once(self.config.hub, self.data, history, head, keys)

    def _note(self, by: By) -> None:
        """Leave word for the audit trail of the hub that begins now; it begins without, too."""
        note = Note(
            at=int(self._wall() * 1000), by=by, action=TAKEN_OVER, subject=self.config.name, params={}
        )
        try:
            database = AccessDatabase.open(self.data / ACCESS)
        except (AccessError, apsw.Error, OSError) as error:
            log.error("standby.not_noted", reason=repr(error))
            return
        try:
            with database.change() as connection:
                insert_note(connection, note)
        except apsw.Error as error:
            log.error("standby.not_noted", reason=repr(error))
        finally:
            database.close()
