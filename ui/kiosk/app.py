"""The kiosk's shell: SDL's events and the hub's reports go into `model.step`, layouts come out on the screen.

One thread and one event loop. SDL has no descriptor to wait on, so its queue is emptied at a steady
pace, slower while nobody is there; a frame is drawn only when the layout differs from the one shown.
"""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pygame

from ui.kiosk.client import HubClient
from ui.kiosk.draw import Fonts, Painter
from ui.kiosk.facts import Language
from ui.kiosk.layout import lay_out, next_look
from ui.kiosk.model import Event, GoHome, Kiosk, Pressed, Tick, Touched, started, step
from ui.kiosk.placed import Layout, Rect
from ui.kiosk.theme import Panel, Theme
from ui.kiosk.theme import panel as usual_panel

BUSY_S = 0.008
"""How often SDL is asked for touches while somebody is there."""
QUIET_S = 0.025
"""The same while nobody is."""
SOMEBODY_S = 10.0
"""So long after a touch somebody is there."""
DEBOUNCE_S = 0.25
"""A trembling finger touches once."""

log = logging.getLogger("kiosk")


@dataclass(frozen=True)
class Options:
    """What a kiosk is started with. ``size`` None takes the whole screen."""

    url: str
    token: str
    panel: Panel | None = None
    inches: float | None = None
    theme: Theme = field(default_factory=Theme)
    language: Language = "zh"
    large: bool = False
    windowed: bool = False
    tls: ssl.SSLContext | bool = True


class App:
    """One kiosk on one screen. pygame's display and fonts must be initialised."""

    def __init__(
        self,
        surface: pygame.Surface,
        panel: Panel,
        options: Options,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.kiosk: Kiosk = started(options.language, options.large, now())
        self.layout: Layout | None = None
        self.frames = 0
        self._now = now
        self._panel = panel
        self._options = options
        self._fonts = Fonts()
        self._painter = Painter(surface, self._fonts, options.theme.colours.focus)
        self._look_at = 0.0
        self._changed = True
        self._touched_at = -SOMEBODY_S
        self._focus: int | None = None
        self._drawn_focus: int | None = None
        self._asking: set[asyncio.Task[None]] = set()
        self._client: HubClient | None = None

    async def run(self) -> None:
        """Serve citizens until cancelled."""
        options = self._options
        async with HubClient(options.url, options.token, self.happened, tls=options.tls) as client:
            self._client = client
            async with asyncio.TaskGroup() as group:
                group.create_task(client.follow(), name="hub")
                group.create_task(self._screen(), name="screen")

    @property
    def calm(self) -> bool:
        """Whether the last touch is over: one that follows at once is a trembling finger."""
        return self._now() - self._touched_at >= DEBOUNCE_S

    def happened(self, event: Event) -> None:
        """Take in what happened; what it asks of the hub is begun at once."""
        before, (self.kiosk, question) = self.kiosk, step(self.kiosk, event, self._now())
        if type(before.screen) is not type(self.kiosk.screen):
            self._focus = None
        self._changed = True
        if question is not None and self._client is not None:
            task = asyncio.create_task(self._client.ask(question))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def _screen(self) -> None:
        while True:
            for event in pygame.event.get():
                self._handle(event)
            now = self._now()
            if now >= self._look_at:
                self.happened(Tick())
            if self._changed:
                self._show(now)
            quiet = now - self._touched_at > SOMEBODY_S
            await asyncio.sleep(QUIET_S if quiet else BUSY_S)

    def _show(self, now: float) -> None:
        self._changed = False
        self._look_at = next_look(self.kiosk, now)
        layout = lay_out(self.kiosk, now, self._panel, self._options.theme, self._fonts.measure)
        if layout == self.layout and self._focus == self._drawn_focus:
            return
        self.layout, self._drawn_focus = layout, self._focus
        self._painter.paint(layout, self._focused())
        pygame.display.flip()
        self.frames += 1

    def _handle(self, event: pygame.event.Event) -> None:
        """Take in one SDL event; those that a window manager sends to end or hide a program are ignored."""
        match event.type:
            case pygame.FINGERDOWN:
                self._touch(event.x * self._panel.width, event.y * self._panel.height)
            case pygame.MOUSEBUTTONDOWN if event.button == 1 and not getattr(event, "touch", False):
                self._touch(*event.pos)
            case pygame.KEYDOWN:
                self._key(event.key)
            case pygame.WINDOWEXPOSED | pygame.WINDOWRESTORED:
                self.layout, self._changed = None, True

    def _touch(self, x: float, y: float) -> None:
        calm = self.calm
        self._touched_at = self._now()
        action = self.layout.at(x, y) if self.layout is not None else None
        if calm:
            self._focus = None
            self.happened(Pressed(action) if action is not None else Touched())

    def _key(self, key: int) -> None:
        """Three keys are enough: on, back and press; Escape goes home."""
        targets = self.layout.targets if self.layout is not None else ()
        self._touched_at = self._now()
        if key == pygame.K_ESCAPE:
            self.happened(Pressed(GoHome()))
        elif key in _PRESS and self._focus is not None and self._focus < len(targets):
            self.happened(Pressed(targets[self._focus].action))
        elif key in _STEPS and targets:
            at = self._focus if self._focus is not None else (-1 if _STEPS[key] > 0 else 0)
            self._focus = (at + _STEPS[key]) % len(targets)
            self.happened(Touched())
        else:
            self.happened(Touched())

    def _focused(self) -> Rect | None:
        if self._focus is None or self.layout is None or self._focus >= len(self.layout.targets):
            return None
        return self.layout.targets[self._focus].rect


_PRESS = frozenset({pygame.K_RETURN, pygame.K_KP_ENTER, pygame.K_SPACE})
_STEPS = {
    pygame.K_TAB: 1,
    pygame.K_RIGHT: 1,
    pygame.K_DOWN: 1,
    pygame.K_LEFT: -1,
    pygame.K_UP: -1,
}


def open_screen(options: Options) -> tuple[pygame.Surface, Panel]:
    """Take the screen: the whole of it, without a cursor, unless a window was asked for.

    Raises `pygame.error` where there is none.
    """
    os.environ.setdefault("SDL_VIDEO_ALLOW_SCREENSAVER", "0")
    # Pictures go straight to the screen: without it SDL loads a whole OpenGL (100 MB) to show them.
    os.environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")
    pygame.display.init()
    pygame.font.init()
    pygame.display.set_caption("kioskd")
    size = (options.panel.width, options.panel.height) if options.panel is not None else (0, 0)
    flags = 0 if options.windowed else pygame.FULLSCREEN
    surface = pygame.display.set_mode(size, flags)
    pygame.mouse.set_visible(options.windowed)
    pygame.event.set_allowed(None)
    pygame.event.set_blocked(pygame.MOUSEMOTION)
    width, height = surface.get_size()
    known = options.panel
    if known is None or (known.width, known.height) != (width, height):
        known = usual_panel(width, height, options.inches)
    return surface, known


async def run(options: Options, stop: asyncio.Event, ready: Callable[[App], None]) -> None:
    """Run a kiosk until ``stop`` is set and call ``ready`` once it serves.

    Raises `pygame.error` where there is no screen.
    """
    surface, panel = open_screen(options)
    try:
        app = App(surface, panel, options)
        serving = asyncio.create_task(app.run())
        stopping = asyncio.create_task(stop.wait())
        ready(app)
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
    finally:
        pygame.quit()
