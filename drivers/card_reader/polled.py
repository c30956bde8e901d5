"""A card reader that is asked now and then whether a card lies on it."""

from __future__ import annotations

import asyncio
import hashlib
from abc import abstractmethod
from collections.abc import Iterable
from typing import Generic, TypeVar

from drivers.card_reader.api import CardField, CardRead, CardReader, CardUnread
from drivers.card_reader.identity import decode
from drivers.device import DeviceSink
from drivers.facts import fact
from drivers.hunt import Hunter
from drivers.status import DeviceState, DeviceStatus, ErrorAction
from drivers.transport.api import Line

A = TypeVar("A")

TRIES = 3
"""Questions without an answer until the reader counts as silent."""


class Refused(Exception):  # noqa: N818 - what the reader says, not a fault of ours
    """The reader answered that it cannot do that; ``status`` says why, None when it is the card."""

    def __init__(self, status: DeviceStatus | None = None) -> None:
        super().__init__()
        self.status = status


class PolledCardReader(CardReader, Generic[A]):
    """One reader on its own line. What is read leaves it by its sink and is kept nowhere; of the frames only
    their direction and length are told.
    """

    def __init__(
        self,
        line: Line,
        sink: DeviceSink,
        answers: Hunter[A],
        fields: Iterable[CardField],
        poll: float,
        patience: float,
    ) -> None:
        self._line = line
        self._sink = sink
        self._hunter = answers
        self._fields = tuple(fields)
        self._poll = poll
        self._patience = patience
        self._answers: asyncio.Queue[A] = asyncio.Queue()
        self._status: DeviceStatus | None = None
        self._lies = b""
        """Digest of the card that lies there and has been told."""

    async def run(self) -> None:
        """Ask until the line is lost."""
        stop = self._line.listen(self._heard)
        tasks = [asyncio.create_task(work) for work in (self._line.wait_lost(), self._ask_on())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            stop()

    async def test(self) -> None:
        """Nothing that a person could see: a card put on it is the test."""

    @abstractmethod
    async def read_card(self) -> bytes | None:
        """Return the text of the card that lies there, None when none does.

        Raises TimeoutError when the reader is silent, `Refused` when it says that it cannot.
        """

    async def ask(self, question: bytes) -> A:
        """Send a question and return its answer. Raises TimeoutError."""
        async with self._line.turn():
            while not self._answers.empty():
                self._answers.get_nowait()
            await self._line.write(question)
            async with asyncio.timeout(self._patience):
                return await self._answers.get()

    async def _ask_on(self) -> None:
        silent = 0
        while True:
            try:
                text = await self.read_card()
                silent = 0
                self._report(DeviceStatus(state=DeviceState.ONLINE, facts=(fact("card_reader.answers"),)))
                self._lying(text)
            except TimeoutError:
                silent += 1
                if silent >= TRIES:
                    self._report(
                        DeviceStatus(
                            state=DeviceState.OFFLINE,
                            code="device.silent",
                            action=ErrorAction.RESET,
                            facts=(fact("device.no_answer", times=TRIES),),
                        )
                    )
            except Refused as refused:
                silent = 0
                if refused.status is not None:
                    self._report(refused.status)
                else:
                    self._unread()
            await asyncio.sleep(self._poll)

    def _lying(self, text: bytes | None) -> None:
        if text is None:
            self._lies = b""
            return
        digest = hashlib.sha256(text).digest()
        if digest == self._lies:
            return
        values = decode(text, self._fields)
        if values is None:
            self._unread()
            return
        self._lies = digest
        self._sink.reading(CardRead(values))

    def _unread(self) -> None:
        if self._lies != _UNREADABLE:
            self._lies = _UNREADABLE
            self._sink.reading(CardUnread())

    def _heard(self, data: bytes) -> None:
        for answer in self._hunter.feed(data):
            self._answers.put_nowait(answer)

    def _report(self, status: DeviceStatus) -> None:
        if status != self._status:
            self._status = status
            self._sink.status(status)


_UNREADABLE = b"unreadable"
