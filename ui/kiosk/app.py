"""The kiosk's shell: what happens goes into `step`, what it asks for is done, layouts come out on the screen.

One thread and one event loop, which sleeps until a touch, an event or a moment wakes it; a frame is drawn
only when the layout differs from the one shown.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pygame

from ui.kiosk import scanner
from ui.kiosk.client import HubClient
from ui.kiosk.fingers import Fingers
from ui.kiosk.layout import next_look
from ui.kiosk.model.events import CheckStaff, Event, HallSeen, Known, StartAnew, Tick, Wish
from ui.kiosk.model.kiosk import Kiosk, Ways, started
from ui.kiosk.model.step import step
from ui.kiosk.people import People
from ui.kiosk.placed import Layout
from ui.kiosk.screen import open_screen
from ui.kiosk.stage import Stage
from ui.kiosk.theme import Panel, Theme
from ui.kiosk.voice import Voice, open_voice
from ui.kiosk.waking import BUSY_S, Waking

SOMEBODY_S = 10.0
"""So long after a touch somebody is there."""
SPEAKING_S = 0.03
"""How often is looked whether a recording is over and the next may begin."""

log = logging.getLogger("kiosk")


@dataclass(frozen=True)
class Options:
    """What a kiosk is started with. ``panel`` None takes the whole screen."""

    url: str
    token: str
    panel: Panel | None = None
    inches: float | None = None
    theme: Theme = field(default_factory=Theme)
    ways: Ways = field(default_factory=Ways)
    windowed: bool = False
    tls: ssl.SSLContext | bool = True
    people: People = field(default_factory=People)
    voice: Path | None = None
    scanner: tuple[str, int] | None = None


class App:
    """One kiosk on one screen. pygame's display and fonts must be initialised."""

    def __init__(
        self,
        surface: pygame.Surface,
        panel: Panel,
        options: Options,
        now: Callable[[], float] = time.monotonic,
        voice: Voice | None = None,
    ) -> None:
        self.kiosk: Kiosk = started(options.ways, now())
        self.again = asyncio.Event()
        self._now = now
        self._options = options
        self._voice = voice or open_voice(options.voice)
        self._stage = Stage(surface, panel, options.theme, self._voice)
        self._fingers = Fingers(panel, now, self.happened, windowed=options.windowed)
        self._look_at = 0.0
        self._changed = True
        self._speaking = False
        self._waking: Waking | None = None
        self._doing: set[asyncio.Task[None]] = set()
        self._client: HubClient | None = None
        self._warmed = False

    @property
    def layout(self) -> Layout | None:
        """What is shown."""
        return self._stage.layout

    @property
    def frames(self) -> int:
        """How many pictures were shown."""
        return self._stage.frames

    @property
    def calm(self) -> bool:
        """Whether the last touch is over: one that follows at once is a trembling finger."""
        return self._fingers.calm

    @property
    def moving(self) -> bool:
        """Whether one screen is giving way to another."""
        return self._stage.moving

    @property
    def caption(self) -> str:
        """What was said last."""
        return self._stage.caption

    async def run(self) -> None:
        """Serve citizens until cancelled."""
        options = self._options
        async with HubClient(options.url, options.token, self.happened, tls=options.tls) as client:
            self._client = client
            async with asyncio.TaskGroup() as group:
                group.create_task(client.follow(), name="hub")
                group.create_task(self._screen(), name="screen")
                if options.scanner is not None:
                    port, baudrate = options.scanner
                    group.create_task(scanner.follow(port, baudrate, self._fingers.scanned), name="scanner")

    def happened(self, event: Event) -> None:
        """Take in what happened; what it asks for is begun at once."""
        self.kiosk, wish = step(self.kiosk, event, self._now())
        self._changed = True
        if self._waking is not None:
            self._waking.stir()
        if wish is not None:
            self._begin(wish)
        if isinstance(event, HallSeen) and event.hall.ready and not self._warmed:
            self._warmed = True
            self._task(self._stage.warm(self.kiosk))

    def _begin(self, wish: Wish) -> None:
        match wish:
            case StartAnew():
                log.info("asked to start anew")
                self.again.set()
            case CheckStaff():
                self._task(self._find_out(wish))
            case _:
                if self._client is not None:
                    self._task(self._client.do(wish))

    def _task(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._doing.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._doing.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a task ended badly", exc_info=error)

    async def _find_out(self, wish: CheckStaff) -> None:
        people = self._options.people
        who = await asyncio.to_thread(people.who, wish.text) if people else None
        self.happened(Known(wish.serial, who))

    async def _screen(self) -> None:
        with Waking() as self._waking:
            while True:
                frames = self.frames
                self._look()
                if self.frames != frames and not self._stage.moving:
                    # Showing a picture may have read touches off the connection: they are looked at now.
                    await asyncio.sleep(0)
                    continue
                now = self._now()
                await self._waking.wait(self._until(now), somebody=self._somebody(now))

    def _look(self) -> None:
        """Take in what was touched, let time pass, and bring the screen up to date."""
        self._fingers.look(self._stage)
        now = self._now()
        if now >= self._look_at:
            self.happened(Tick())
        if self._changed or self._stage.moving or self._fingers.moved:
            self._changed = self._fingers.moved = False
            self._look_at = next_look(self.kiosk, now)
            self._stage.show(self.kiosk, now, self._fingers)
        self._speaking = self._voice.go_on()

    def _until(self, now: float) -> float:
        """Return the seconds until the screen has to be looked at though nothing happens."""
        if self._stage.moving:
            return BUSY_S
        moments = (self._look_at, self._fingers.due_at, now + SPEAKING_S if self._speaking else None)
        return min(moment for moment in moments if moment is not None) - now

    def _somebody(self, now: float) -> bool:
        return self._stage.moving or now - self._fingers.touched_at <= SOMEBODY_S


async def run(options: Options, stop: asyncio.Event, ready: Callable[[App], None]) -> None:
    """Run a kiosk until ``stop`` is set or staff want it to start anew; call ``ready`` once it serves.

    Raises `pygame.error` where there is no screen.
    """
    surface, panel = open_screen(options.panel, options.inches, windowed=options.windowed)
    try:
        app = App(surface, panel, options)
        serving = asyncio.create_task(app.run())
        ends = [asyncio.create_task(stop.wait()), asyncio.create_task(app.again.wait())]
        ready(app)
        await asyncio.wait((serving, *ends), return_when=asyncio.FIRST_COMPLETED)
        for task in (*ends, serving):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await serving
    finally:
        pygame.quit()
