"""Kiosks side by side in one process: each with its own screen, its own line to the hub and its own time.

What stands in every screen at the same time can be bereft of the same hub, and be watched as it recovers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pygame
import pytest

from tests.demo.hall import DemoHall
from tests.kiosk.line import Line, line
from tests.kiosk.process import STILL, people
from ui.kiosk import stage, waking
from ui.kiosk.app import App, Options
from ui.kiosk.draw import Fonts
from ui.kiosk.model.events import Knock, Pressed
from ui.kiosk.people import read_people
from ui.kiosk.placed import Layout
from ui.kiosk.theme import panel, read_theme

PATIENCE_S = 60.0
SIZE = (1366, 768)


class One(App):
    """A kiosk whose time stands still but for `skip`."""

    def __init__(self, name: str, cable: Line, options: Options) -> None:
        self.name = name
        self.cable = cable
        self.time = 1000.0
        # What is shown is asked of the layout: of the picture a corner is enough.
        super().__init__(pygame.Surface((1, 1)), panel(*SIZE), options, now=lambda: self.time)
        # Nobody waits for a first picture here.
        self._warmed = True

    def skip(self, seconds: float) -> None:
        self.time += seconds
        if self._waking is not None:
            self._waking.stir()

    @property
    def shown(self) -> Layout:
        assert self.layout is not None
        return self.layout

    @property
    def texts(self) -> str:
        return "".join("".join(label.lines) for label in self.shown.labels)

    async def until(self, true: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while self.layout is None or not true():  # noqa: ASYNC110 - nothing tells of a picture
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"{self.name}: {self.kiosk.screen}") from None

    async def touch(self, *actions: str) -> None:
        for action in actions:
            await self.until(
                lambda action=action: any(action in repr(one.action) for one in self.shown.offered)
            )  # type: ignore[misc]
            target = next(one for one in self.shown.offered if action in repr(one.action))
            self.happened(Pressed(target.action))
            before = self.shown
            await self.until(lambda before=before: self.shown is not before or not self._changed)  # type: ignore[misc]

    async def type(self, text: str) -> None:
        await self.touch(*(f"Press(key='{sign}')" for sign in text))

    async def knock(self) -> None:
        for _ in range(5):
            self.happened(Pressed(Knock()))

    async def wait(self, seconds: float) -> None:
        self.skip(seconds)

    async def comes_to(self, key: str) -> None:
        await self.until(lambda: self.shown.key == key)

    def offers(self) -> bool:
        """Whether it is at home, has forgotten everybody, and offers the queues."""
        return self.kiosk.pristine and any("Choose" in repr(one.action) for one in self.shown.offered)


@asynccontextmanager
async def row(hall: DemoHall, names: tuple[str, ...], folder: Path) -> AsyncIterator[dict[str, One]]:
    """Run a kiosk for each name."""
    theme, staff = folder / "still.toml", folder / "people.toml"
    theme.write_text(STILL)
    staff.write_text(people())
    pygame.display.init()
    pygame.font.init()
    pygame.display.set_mode((1, 1))
    kiosks: dict[str, One] = {}
    async with AsyncExitStack() as stack:
        # Nothing comes from SDL here, and everything else wakes them.
        patched = stack.enter_context(pytest.MonkeyPatch.context())
        patched.setattr(waking, "BUSY_S", 1.0)
        patched.setattr(waking, "QUIET_S", 1.0)
        # All have one set of fonts.
        fonts = Fonts()
        patched.setattr(stage, "Fonts", lambda: fonts)
        for name in names:
            cable = await stack.enter_async_context(line(hall.port))
            options = Options(
                cable.url, hall.tokens["kiosk"], theme=read_theme(theme), people=read_people(staff)
            )
            kiosks[name] = One(name, cable, options)
        running = [asyncio.create_task(kiosk.run()) for kiosk in kiosks.values()]
        try:
            yield kiosks
            assert not any(task.done() for task in running), "one of them ended"
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            pygame.display.quit()
