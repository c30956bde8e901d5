"""People at work in a simulated hall: they never stop for a broken device."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

from kioskd.hall.events import RatingOpened, TicketCalled, TicketFinished, TicketIssued, TicketStarted
from tests.system.hall import SimulatedHall

GLANCE_S = 1.0
"""So long a teller waits for the sign."""

WAITING = 8
"""Citizens come until so many wait; more than there are tellers."""

HAND_S = 0.1
"""No hand is faster from one key to another."""

AGAIN_S = 0.4
"""After a beep a hand is back on the same key; what comes faster is a finger that bounced."""


class Teller:
    """Serves at one window: by keypad, and by the page while the keypad is dead."""

    def __init__(self, hall: SimulatedHall, window: str) -> None:
        self.window = window
        self.number = ""
        self.served = 0
        self.by_page = 0
        """Actions for which the keypad was of no use."""
        self._hall = hall
        self._may_go_on = asyncio.Event()
        self._may_go_on.set()
        self._stands = asyncio.Event()

    async def work(self) -> None:
        while True:
            await self.serve()

    async def serve(self) -> None:
        hall, sign = self._hall, f"sign-{self.window}"
        # So many that nobody comes away empty-handed, whoever presses first.
        await hall.until(lambda: waiting(hall) > WAITING // 2, "citizens")
        called = await self.do("call", "call-next", TicketCalled, {"after": None})
        self.number = called.number
        if not self._may_go_on.is_set():
            self._stands.set()
            await self._may_go_on.wait()
        # The citizen looks up; after a glance at a dead sign the teller calls out.
        with suppress(AssertionError):
            await hall.until(
                lambda: called.number in hall.reads(sign) or not hall.online(sign), "the sign", GLANCE_S
            )
        await self.do("confirm", "start", TicketStarted)
        await self.do("evaluate", "evaluate", TicketFinished)
        self.served += 1
        hall.news.stir()

    async def stand_still(self) -> None:
        """Call one more and wait for the citizen until told to go on."""
        self._stands.clear()
        self._may_go_on.clear()
        async with asyncio.timeout(20):
            await self._stands.wait()

    def go_on(self) -> None:
        self._may_go_on.set()

    async def do(self, key: str, path: str, kind: type[Any], body: Any = None) -> Any:
        """Press a key, or use the page if the keypad's lamp says that nobody heard; return the event."""
        hall, since = self._hall, len(self._hall.news.events)

        def done() -> Any:
            return hall.of(kind, since, window=self.window)

        await asyncio.sleep(HAND_S)
        keypad = hall.device(f"keypad-{self.window}")
        pad = keypad.simulator
        while keypad.plugged and pad.powered:
            beeps = pad.beeps
            hall.press(self.window, key)
            await hall.until(
                lambda: done() or pad.beeps > beeps or pad.lamp in ("failed", "dark"),  # noqa: B023
                f"{key} at {self.window}: {await hall.window(self.window)}",
            )
            if done() or pad.lamp in ("failed", "dark"):
                break
            await asyncio.sleep(AGAIN_S)
        if not done():
            self.by_page += 1
            answer = await hall.post("teller", f"windows/{self.window}/{path}", body)
            # The keypad's press may have been heard although its lamp does not say so.
            assert answer.status == 200 or answer.body["code"] in ("window_moved_on", "window_empty"), answer
            await hall.until(done, f"{path} at {self.window}")
        return done()[-1]


def waiting(hall: SimulatedHall) -> int:
    return len(hall.of(TicketIssued)) - len(hall.of(TicketCalled))


async def citizens(hall: SimulatedHall) -> None:
    """Take numbers as fast as people are called."""
    while True:
        await hall.until(lambda: waiting(hall) < WAITING, "a call", seconds=60)
        await hall.issue()


async def raters(hall: SimulatedHall, window: str) -> None:
    """Rate whatever a pad asks for, as far as it can be pressed."""
    seen: list[RatingOpened] = []

    def asked() -> list[RatingOpened]:
        return hall.of(RatingOpened, window=window)

    while True:
        await hall.until(lambda: len(asked()) > len(seen), "a rating", seconds=60)
        seen[:] = asked()
        pad = hall.device(f"pad-{window}")
        if pad.plugged and pad.simulator.powered:
            pad.simulator.rate(5)


@asynccontextmanager
async def busy(hall: SimulatedHall, windows: Iterable[str]) -> AsyncIterator[dict[str, Teller]]:
    """Keep these windows busy for as long as the block; a teller who cannot go on fails it."""
    tellers = {window: Teller(hall, window) for window in windows}
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(citizens(hall), name="citizens")]
        for window, teller in tellers.items():
            tasks.append(group.create_task(teller.work(), name=f"teller {window}"))
            tasks.append(group.create_task(raters(hall, window), name=f"raters {window}"))
        yield tellers
        for task in tasks:
            task.cancel()


async def goes_on(hall: SimulatedHall, tellers: dict[str, Teller], count: int = 2) -> None:
    """Wait until so many more were served at every window."""
    goal = {window: teller.served + count for window, teller in tellers.items()}
    await hall.until(
        lambda: all(teller.served >= goal[window] for window, teller in tellers.items()),
        "service at every window",
    )
